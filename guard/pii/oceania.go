package pii

import "strings"

func auTFN() *Kind {
	return &Kind{
		Name: "au_tfn", Region: "AU", Title: "Australian tax file number",
		inContext: []string{`[0-9]{3} ?[0-9]{3} ?[0-9]{3}`, `[0-9]{3} ?[0-9]{3} ?[0-9]{2}`},
		words:     []string{"tfn", "tax file", "tax file number", "ato"},
		score:     0.8, check: tfn,
	}
}

func tfn(s string) bool {
	switch {
	case digits(s, 9):
		return weigh(s, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 && !same(s)
	case digits(s, 8):
		return weigh(s, 10, 7, 8, 4, 6, 3, 5, 1)%11 == 0 && !same(s)
	}
	return false
}

func auABN() *Kind {
	return &Kind{
		Name: "au_abn", Region: "AU", Title: "Australian business number",
		alone:     []string{`[1-9][0-9] [0-9]{3} [0-9]{3} [0-9]{3}`},
		inContext: []string{`[1-9][0-9]{10}`},
		words:     []string{"abn", "business number", "australian business number", "a b n"},
		score:     0.8, check: abn,
	}
}

func abn(s string) bool {
	return digits(s, 11) && s[0] != '0' && (weigh(s, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)-10)%89 == 0
}

func auACN() *Kind {
	return &Kind{
		Name: "au_acn", Region: "AU", Title: "Australian company number",
		inContext: []string{`[0-9]{3} ?[0-9]{3} ?[0-9]{3}`},
		words:     []string{"acn", "company number", "australian company number", "a c n", "asic"},
		score:     0.7, check: acn,
	}
}

func acn(s string) bool {
	return digits(s, 9) && num(s) > 0 && (10-weigh(s, 8, 7, 6, 5, 4, 3, 2, 1)%10)%10 == int(s[8]-'0')
}

func auMedicare() *Kind {
	return &Kind{
		Name: "au_medicare", Region: "AU", Title: "Australian Medicare card",
		inContext: []string{`[2-6][0-9]{3} [0-9]{5} [0-9](?:[ /-][0-9])?`, `[2-6][0-9]{9,10}`},
		words:     []string{"medicare", "medicare card", "medicare number", "medicare no", "medicare card number"},
		score:     0.8, check: medicare,
	}
}

// medicare checks the ninth digit; the tenth counts cards, an eleventh names the person on the card.
func medicare(s string) bool {
	return (digits(s, 10) || digits(s, 11)) && s[0] >= '2' && s[0] <= '6' && s[9] != '0' &&
		weigh(s, 1, 3, 7, 9, 1, 3, 7, 9)%10 == int(s[8]-'0')
}

func auPassport() *Kind {
	return &Kind{
		Name: "au_passport", Region: "AU", Title: "Australian passport",
		inContext: []string{`[A-Za-z]{1,2}[0-9]{7}`},
		words:     []string{"australian passport", "passport", "passport number", "passport no", "travel document"},
		score:     0.5, near: 48,
	}
}

func nzIRD() *Kind {
	return &Kind{
		Name: "nz_ird", Region: "NZ", Title: "New Zealand tax number (IRD)",
		inContext: []string{`[0-9]{2,3}[ -]?[0-9]{3}[ -]?[0-9]{3}`},
		words:     []string{"ird", "ird number", "ird no", "inland revenue"},
		score:     0.8, check: ird,
	}
}

// ird checks the last digit with the first weights and, where they give ten, with the second (Inland Revenue,
// Resident withholding tax specification).
func ird(s string) bool {
	if len(s) == 8 {
		s = "0" + s
	}
	if !digits(s, 9) || num(s) < 10_000_000 || num(s) > 150_000_000 {
		return false
	}
	d := (11 - weigh(s, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	if d == 10 {
		d = (11 - weigh(s, 7, 4, 3, 2, 5, 2, 7, 6)%11) % 11
	}
	return d == int(s[8]-'0')
}

func nzNHI() *Kind {
	return &Kind{
		Name: "nz_nhi", Region: "NZ", Title: "New Zealand health number (NHI)",
		inContext: []string{`[A-HJ-NP-Za-hj-np-z]{3}[0-9]{4}`, `[A-HJ-NP-Za-hj-np-z]{3}[0-9]{2}[A-HJ-NP-Za-hj-np-z]{2}`},
		words:     []string{"nhi", "national health index", "health index", "patient", "hospital number"},
		score:     0.7, check: nhi,
	}
}

// nhi checks the last character: modulus 11 in the old form, modulus 23 in the new (HISO 10046).
func nhi(s string) bool {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	if len(s) != 7 {
		return false
	}
	sum := 0
	for i := range 6 {
		v := value(s[i])
		if v > 9 {
			v = strings.IndexByte(letters, s[i]) + 1
		}
		if v < 0 {
			return false
		}
		sum += v * (7 - i)
	}
	if value(s[6]) > 9 {
		return letters[(23-sum%23)%24] == s[6] || sum%23 != 0 && letters[23-sum%23-1] == s[6]
	}
	d := 11 - sum%11
	return d != 11 && d%10 == value(s[6])
}
