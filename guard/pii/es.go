package pii

import "strings"

// dniLetters are the letters of Spanish identity numbers, by the remainder of division by 23.
const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

func esDNI() *Kind {
	return &Kind{
		Name: "es_dni", Region: "ES", Title: "Spanish identity number (DNI, NIF)",
		alone:     []string{`[0-9]{8}-?[A-HJ-NP-TV-Za-hj-np-tv-z]`},
		inContext: []string{`[0-9]{7}-?[A-HJ-NP-TV-Za-hj-np-tv-z]`},
		words: []string{"dni", "nif", "documento nacional", "documento nacional de identidad", "número de identificación",
			"identificación fiscal"},
		score: 0.8, check: dni,
	}
}

func dni(s string) bool {
	n := len(s) - 1
	return (n == 7 || n == 8) && allDigits(s[:n]) && num(s[:n]) > 0 && dniLetters[num(s[:n])%23] == s[n]
}

func esNIE() *Kind {
	return &Kind{
		Name: "es_nie", Region: "ES", Title: "Spanish foreigner's identity number (NIE)",
		alone: []string{`[XYZxyz]-?[0-9]{7}-?[A-HJ-NP-TV-Za-hj-np-tv-z]`},
		words: []string{"nie", "número de identidad de extranjero", "extranjero", "extranjeros"},
		score: 0.8, check: nie,
	}
}

// nie reads X, Y and Z as 0, 1 and 2.
func nie(s string) bool {
	return len(s) == 9 && 'X' <= s[0] && s[0] <= 'Z' && allDigits(s[1:8]) &&
		dniLetters[(int(s[0]-'X')*10_000_000+num(s[1:8]))%23] == s[8]
}

func esCIF() *Kind {
	return &Kind{
		Name: "es_cif", Region: "ES", Title: "Spanish company tax number (CIF)",
		alone: []string{`[ABCDEFGHJNPQRSUVWabcdefghjnpqrsuvw]-?[0-9]{7}-?[0-9A-Ja-j]`},
		words: []string{"cif", "nif", "código de identificación fiscal", "identificación fiscal", "razón social"},
		score: 0.6, check: cif,
	}
}

// cif checks the last character, a digit for companies, a letter for others, either for some (Orden EHA/451/2008).
func cif(s string) bool {
	if len(s) != 9 || !allDigits(s[1:8]) || !strings.ContainsRune("ABCDEFGHJNPQRSUVW", rune(s[0])) {
		return false
	}
	sum := 0
	for i, c := range []byte(s[1:8]) {
		d := int(c - '0')
		if i%2 == 0 {
			d = twice(d)
		}
		sum += d
	}
	d := (10 - sum%10) % 10
	byDigit, byLetter := s[8] == byte('0'+d), s[8] == "JABCDEFGHI"[d]
	switch {
	case strings.ContainsRune("ABEH", rune(s[0])):
		return byDigit
	case strings.ContainsRune("NPQRSW", rune(s[0])):
		return byLetter
	}
	return byDigit || byLetter
}

func esSocialSecurity() *Kind {
	return &Kind{
		Name: "es_social_security", Region: "ES", Title: "Spanish social security number",
		alone:     []string{`[0-9]{2}/[0-9]{7,8}/[0-9]{2}`},
		inContext: []string{`[0-9]{2}[ -]?[0-9]{8}[ -]?[0-9]{2}`},
		words:     []string{"seguridad social", "nuss", "naf", "número de la seguridad social", "afiliación", "n ss"},
		score:     0.8, check: nuss,
	}
}

// nuss checks the last two digits: the rest modulo 97, where a number under ten million stands without its zero.
func nuss(s string) bool {
	if !allDigits(s) || len(s) < 11 || len(s) > 12 {
		return false
	}
	province, serial, key := s[:2], s[2:len(s)-2], num(s[len(s)-2:])
	n := num(serial)
	if p := num(province); p < 1 || p > 53 && p != 66 {
		return false
	}
	if n < 10_000_000 {
		return (n+num(province)*10_000_000)%97 == key
	}
	return num(province+serial)%97 == key
}

func esPassport() *Kind {
	return &Kind{
		Name: "es_passport", Region: "ES", Title: "Spanish passport",
		inContext: []string{`[A-Za-z]{3}[0-9]{6}`},
		words:     []string{"pasaporte", "número de pasaporte", "passport", "spanish passport", "pasaporte número"},
		score:     0.5, near: 40,
	}
}
