package pii

import (
	"strings"

	"sallyport/guard"
)

func passport() *Kind {
	return &Kind{
		Name: "passport", Title: "Passport number of any country",
		inContext: []string{`[A-Za-z]{1,3}[0-9]{6,8}|[0-9]{8,9}|[A-Za-z][0-9]{2}[A-Za-z]{2}[0-9]{4}`},
		words: []string{"passport", "passport number", "passport no", "passportnumber", "reisepass", "reisepassnummer", "passeport",
			"pasaporte", "passaporto", "passaporte", "paspoort", "paspoortnummer", "paszport", "pas", "pass", "passi", "pasaport",
			"паспорт", "护照", "護照", "護照號碼", "护照号", "パスポート", "旅券番号", "여권", "여권번호", "जन्म"},
		score: 0.4, near: 28, check: func(s string) bool { return len(s) >= 8 && len(s) <= 9 && countDigits(s) >= 6 && !same(s) },
	}
}

func mrz() *Kind {
	const c = `[A-Z0-9<]`
	return &Kind{
		Name: "mrz", Title: "Machine-readable line of a passport or identity card (ICAO 9303)",
		alone: []string{
			`\bP[A-Z<][A-Z]{3}[A-Z]` + c + `{38}` + c + `?`, // a passport's first line: the name
			`\b` + c + `{9}[0-9][A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}(?:` + c + `{14}[0-9<][0-9]|` + c + `{7}[0-9])` + c + `?`,
			`\b[IAC][A-Z0-9<][A-Z<]{3}` + c + `{9}[0-9<]` + c + `{15}` + c + `?`,
			`\b[0-9]{7}[MFX<][0-9]{7}[A-Z<]{3}` + c + `{11}[0-9]` + c + `?`,
		},
		score: 0.95, raw: true, judge: judgeMRZ,
	}
}

// judgeMRZ tells the lines by their length and checks the check digits each of them has. A card's third line and a
// passport's first have none; the first is known by its fill characters.
func judgeMRZ(_ int, m *guard.Match, _ bool) (from, to int, ok bool) {
	s := m.Text
	switch {
	case len(s) == 44 && s[0] == 'P' && !digitsWithin(s):
		ok = strings.Contains(s, "<<") && strings.TrimRight(s, "<") != s
	case len(s) == 44, len(s) == 36: // second line of a passport or a card of two lines
		ok = checked(s, 0, 9) && checked(s, 13, 19) && checked(s, 21, 27)
	case len(s) == 30 && value(s[0]) > 9: // first line of a card of three
		ok = checked(s, 5, 14) && strings.Contains(s, "<")
	case len(s) == 30:
		ok = checked(s, 0, 6) && checked(s, 8, 14)
	}
	return 0, len(s), ok
}

func digitsWithin(s string) bool { return countDigits(s) > 0 }

// checked reports whether s[a:b] is followed by its check digit.
func checked(s string, a, b int) bool { return icaoSum(s[a:b])%10 == value(s[b]) }

func vin() *Kind {
	return &Kind{
		Name: "vin", Title: "Vehicle identification number",
		alone: []string{`\b[A-HJ-NPR-Z0-9]{17}\b`, `\b[a-hj-npr-z0-9]{17}\b`},
		words: []string{"vin", "vehicle identification", "vehicle identification number", "chassis", "chassis number", "fahrgestellnummer",
			"fin", "numéro de châssis", "bastidor", "telaio"},
		score: 0.7, raw: true, judge: judgeVIN,
	}
}

// judgeVIN checks the ninth character (ISO 3779 and 49 CFR 565.15: modulus 11, X for ten). Vehicles made for Europe need
// not have it right, so a word does as well.
func judgeVIN(_ int, m *guard.Match, word bool) (from, to int, ok bool) {
	if len(m.Text) != 17 || glued(m.Before) || inName(m.Before) || !hasLetterAndDigit(m.Text) || hasLower(m.Text) && !word {
		return 0, 0, false
	}
	if word {
		return 0, len(m.Text), countDigits(m.Text) >= 4
	}
	sum := 0
	for i, w := range [...]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		c := m.Text[i]
		v := value(c)
		if v < 0 {
			return 0, 0, false
		}
		if v > 9 {
			v = int("12345678012345070923456789"[c-'A'] - '0')
		}
		sum += v * w
	}
	return 0, len(m.Text), "0123456789X"[sum%11] == m.Text[8] && allDigits(m.Text[13:]) && countDigits(m.Text[:3]) < 3
}

func imei() *Kind {
	return &Kind{
		Name: "imei", Title: "Identity of a mobile device (IMEI)",
		inContext: []string{`[0-9]{15}|[0-9]{2}[ -][0-9]{6}[ -][0-9]{6}[ -][0-9]`},
		words:     []string{"imei", "imei number", "device id", "imei1", "imei2"},
		score:     0.8, check: func(s string) bool { return digits(s, 15) && luhnOK(s) && !same(s) },
	}
}
