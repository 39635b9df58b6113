package pii

func plPESEL() *Kind {
	return &Kind{
		Name: "pl_pesel", Region: "PL", Title: "Polish personal number (PESEL)",
		inContext: []string{`[0-9]{11}`},
		words:     []string{"pesel", "nr pesel", "numer pesel", "numer ewidencyjny"},
		score:     0.9, check: pesel,
	}
}

// pesel checks the birth date, whose month tells the century, and the last digit.
func pesel(s string) bool {
	if !digits(s, 11) {
		return false
	}
	month := num(s[2:4])
	year := num(s[:2]) + [...]int{1900, 2000, 2100, 2200, 1800}[min(month/20, 4)]
	return date(year, month%20, num(s[4:6])) && (10-weigh(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == int(s[10]-'0')
}

func plNIP() *Kind {
	return &Kind{
		Name: "pl_nip", Region: "PL", Title: "Polish tax number (NIP)",
		inContext: []string{`[0-9]{3}-?[0-9]{3}-?[0-9]{2}-?[0-9]{2}|[0-9]{3}-[0-9]{2}-[0-9]{2}-[0-9]{3}`},
		words:     []string{"nip", "numer identyfikacji podatkowej", "nr nip", "numer nip"},
		score:     0.8, check: nip,
	}
}

func nip(s string) bool {
	return digits(s, 10) && weigh(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == int(s[9]-'0') && !same(s)
}

func plREGON() *Kind {
	return &Kind{
		Name: "pl_regon", Region: "PL", Title: "Polish business number (REGON)",
		inContext: []string{`[0-9]{9}`, `[0-9]{14}`},
		words:     []string{"regon", "nr regon", "numer regon"},
		score:     0.8, check: regon,
	}
}

func regon(s string) bool {
	if len(s) == 14 && allDigits(s) && weigh(s, 2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)%11%10 != int(s[13]-'0') {
		return false
	}
	return allDigits(s) && (len(s) == 9 || len(s) == 14) && !same(s) && weigh(s, 8, 9, 2, 3, 4, 5, 6, 7)%11%10 == int(s[8]-'0')
}

func plIDCard() *Kind {
	return &Kind{
		Name: "pl_id_card", Region: "PL", Title: "Polish identity card",
		alone:     []string{`[A-Za-z]{3} [0-9]{6}`},
		inContext: []string{`[A-Za-z]{3}[0-9]{6}`},
		words:     []string{"dowód", "dowód osobisty", "dowodu osobistego", "nr dowodu", "seria i numer", "dowod osobisty", "dowodu"},
		score:     0.6, check: plCard,
	}
}

// plCard checks the first digit: letters count from 10, weights 7 3 1.
func plCard(s string) bool {
	if len(s) != 9 || !allDigits(s[3:]) {
		return false
	}
	sum := value(s[0])*7 + value(s[1])*3 + value(s[2]) + weigh(s[3:], 9, 7, 3, 1, 7, 3)
	return sum%10 == 0 && !same(s[3:])
}
