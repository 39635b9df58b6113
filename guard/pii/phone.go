package pii

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"sallyport/guard"
)

func phone() *Kind {
	return &Kind{
		Name: "phone", Title: "Telephone number",
		alone: []string{`\+?\(?[0-9](?:[ ./()\x{2010}-\x{2013}-]{0,3}[0-9]){6,16}`},
		words: []string{
			"phone", "telephone", "tel", "mobile", "cell", "cellphone", "call", "calling", "text", "sms", "whatsapp", "fax", "phone number",
			"contact", "dial", "hotline", "ring", "reach me", "my number", "number is", "telefon", "telefonnummer", "handy", "handynummer",
			"mobil", "mobilnummer", "rufnummer", "anrufen", "durchwahl", "téléphone", "telephone", "portable", "appelez", "appeler",
			"teléfono", "telefono", "móvil", "movil", "celular", "llamar", "llame", "cellulare", "chiamare", "telefone", "telemóvel",
			"ligue", "telefoon", "telefoonnummer", "bel", "gsm", "telefonnumer", "numer telefonu", "zadzwoń", "puhelin", "puh",
			"telefonnr", "tlf", "telefonu", "cep", "cep telefonu", "telefonum", "τηλέφωνο", "телефон", "тел", "моб", "звоните",
			"电话", "手机", "手机号", "電話", "電話番号", "携帯", "전화", "전화번호", "휴대폰", "फोन", "मोबाइल", "טלפון", "هاتف", "โทร",
		},
		score: 0.5, raw: true, near: 48, judge: judgePhone,
	}
}

// phoneRegions are whose national forms are tried where a word says that a number is a telephone's, in this order.
var phoneRegions = [...]string{
	"US", "GB", "DE", "FR", "IN", "BR", "ES", "IT", "NL", "BE", "CH", "AT", "PL", "SE", "NO", "DK", "FI", "IE", "PT", "CZ", "GR", "TR", "IL",
	"AU", "NZ", "JP", "KR", "CN", "HK", "SG", "PH", "MX", "AR", "ZA", "NG",
}

// judgePhone accepts three forms: international, begun by + or 00, valid in the numbering plan of its country; of North
// America, written (212) 555-0100 or 212-555-0100 and valid; any other, valid in one of phoneRegions, behind a word.
// Digits that are too many are cut off at the last separator until the rest is a number.
func judgePhone(m *guard.Match, word bool) (from, to int, ok bool) {
	if n := len(m.Before); n > 0 {
		c := m.Before[n-1]
		if class[c]&(digit|asciiLetter) != 0 && !(c == 't' && strings.HasSuffix(m.Before, "tel")) || c == '_' || c == '#' || c == '$' ||
			c == '+' || c == '(' && m.Text[0] == '(' || glued(m.Before) || !word && inName(m.Before) {
			return 0, 0, false
		}
	}
	for text := m.Text; ; {
		if isPhone(text, word) {
			return 0, len(text), true
		}
		cut := strings.LastIndexAny(text, " ./(-‐‑‒–")
		for cut > 0 && class[text[cut-1]]&digit == 0 {
			cut--
		}
		if cut < 7 {
			return 0, 0, false
		}
		text = text[:cut]
	}
}

func isPhone(text string, word bool) bool {
	n := countDigits(text)
	if n < 7 || n > 16 || !balanced(text) {
		return false
	}
	switch {
	case text[0] == '+':
		return n >= 8 && validPhone(text, "ZZ")
	case strings.HasPrefix(text, "00") && n >= 10:
		return validPhone("+"+text[2:], "ZZ")
	case northAmerican(text):
		return validPhone(text, "US") || word && text[0] != '0'
	case !word || dateLike(text) || same(text):
		return false
	}
	for _, region := range phoneRegions {
		if validPhone(text, region) {
			return true
		}
	}
	// A country's code without its plus sign, parted from the rest.
	if cc := strings.IndexAny(text, " -."); cc >= 1 && cc <= 3 && n >= 10 {
		return validPhone("+"+text, "ZZ")
	}
	return false
}

func validPhone(text, region string) bool {
	p, err := phonenumbers.Parse(text, region)
	if err != nil {
		return false
	}
	if region == "ZZ" {
		return phonenumbers.IsValidNumber(p)
	}
	return phonenumbers.IsValidNumberForRegion(p, region)
}

// balanced reports whether every parenthesis is closed: "(212) 555-0100", not "212) 555".
func balanced(text string) bool {
	open := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			open++
		case ')':
			open--
		}
		if open < 0 || open > 1 {
			return false
		}
	}
	return open == 0
}

// northAmerican reports whether text is written 212-555-0100, (212) 555-0100, (212)555-0100 or 212.555.0100, with or
// without a 1 before.
func northAmerican(text string) bool {
	var form [20]byte
	n := 0
	for i := 0; i < len(text) && n < len(form); i++ {
		c := text[i]
		if class[c]&digit != 0 {
			c = '9'
		}
		form[n] = c
		n++
	}
	switch string(form[:n]) {
	case "999-999-9999", "(999) 999-9999", "(999)999-9999", "(999)-999-9999", "999.999.9999", "9-999-999-9999", "9 (999) 999-9999",
		"9-(999)-999-9999", "9 999-999-9999", "9.999.999.9999":
		return true
	}
	return false
}

// dateLike reports whether text begins as a date does, "2026-01-02" or "02.01.2026": a word such as "call" often stands
// before one.
func dateLike(text string) bool {
	f := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	return len(f) >= 3 && (len(f[0]) == 4 && len(f[1]) <= 2 && len(f[2]) <= 2 && num(f[1]) <= 12 ||
		len(f[0]) <= 2 && len(f[1]) <= 2 && len(f[2]) == 4 && num(f[1]) <= 12 && num(f[0]) <= 31)
}
