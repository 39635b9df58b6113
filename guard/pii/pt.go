package pii

func ptNIF() *Kind {
	return &Kind{
		Name: "pt_nif", Region: "PT", Title: "Portuguese tax number (NIF)",
		inContext: []string{`[1-9][0-9]{2} ?[0-9]{3} ?[0-9]{3}`},
		words: []string{"nif", "contribuinte", "número de contribuinte", "nipc", "número fiscal",
			"identificação fiscal", "nº contribuinte"},
		score: 0.7, check: nif,
	}
}

func nif(s string) bool {
	if !digits(s, 9) || s[0] == '0' || same(s) {
		return false
	}
	d := (11 - weigh(s, 9, 8, 7, 6, 5, 4, 3, 2)%11) % 11 % 10
	return d == int(s[8]-'0')
}

func ptCitizenCard() *Kind {
	return &Kind{
		Name: "pt_citizen_card", Region: "PT", Title: "Portuguese citizen card",
		alone: []string{`[0-9]{8} ?[0-9] ?[A-Za-z0-9]{2}[0-9]`},
		words: []string{"cartão de cidadão", "cartao de cidadao", "cartão do cidadão", "cc", "bilhete de identidade",
			"número do cartão de cidadão"},
		score: 0.7, check: cartao,
	}
}

// cartao checks the last digit of a document number: every second character from the right counts twice, less nine
// where that is over nine; letters count from ten. A number without letters would be any number.
func cartao(s string) bool {
	if len(s) != 12 || countDigits(s[9:11]) == 2 {
		return false
	}
	sum := 0
	for i := range 12 {
		v := value(s[i])
		if v < 0 {
			return false
		}
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
