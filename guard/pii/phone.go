package pii

import (
	"net/netip"
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

// phoneRegions are the countries whose national forms are tried where a word says that a number is a telephone's, in
// this order: calling code, trunk prefix, how many digits are written, that prefix included, and what those begin with.
// The table only saves asking; the numbering plan decides.
var phoneRegions = [...]struct {
	code     string
	calling  int32
	trunk    string
	min, max int
	first    string
}{
	{"US", 1, "1", 10, 11, "123456789"}, {"GB", 44, "0", 10, 11, "0"}, {"DE", 49, "0", 6, 13, "0"}, {"FR", 33, "0", 10, 10, "0"},
	{"IN", 91, "0", 10, 11, "06789"}, {"BR", 55, "0", 10, 12, "0123456789"}, {"ES", 34, "", 9, 9, "6789"}, {"IT", 39, "", 6, 12, "03"},
	{"NL", 31, "0", 10, 10, "0"}, {"BE", 32, "0", 9, 10, "0"}, {"CH", 41, "0", 10, 10, "0"}, {"AT", 43, "0", 7, 13, "0"},
	{"PL", 48, "", 9, 9, "123456789"}, {"SE", 46, "0", 7, 11, "0"}, {"NO", 47, "", 8, 8, "23456789"}, {"DK", 45, "", 8, 8, "23456789"},
	{"FI", 358, "0", 7, 12, "0"}, {"IE", 353, "0", 8, 10, "0"}, {"PT", 351, "", 9, 9, "239"}, {"CZ", 420, "", 9, 9, "234567"},
	{"GR", 30, "", 10, 10, "26"}, {"TR", 90, "0", 10, 11, "02345"}, {"IL", 972, "0", 9, 10, "0"}, {"AU", 61, "0", 10, 10, "01"},
	{"NZ", 64, "0", 8, 11, "0"}, {"JP", 81, "0", 10, 11, "0"}, {"KR", 82, "0", 9, 11, "01"}, {"CN", 86, "0", 11, 12, "01"},
	{"HK", 852, "", 8, 8, "235679"}, {"SG", 65, "", 8, 8, "3689"}, {"PH", 63, "0", 10, 11, "0"}, {"MX", 52, "", 10, 10, "23456789"},
	{"AR", 54, "0", 10, 13, "01239"}, {"ZA", 27, "0", 10, 10, "0"}, {"NG", 234, "0", 8, 11, "0"},
}

// maxCuts is how often an end is cut off a candidate: digits without end behind "call" must not cost time without end.
const maxCuts = 3

// judgePhone accepts three forms: international, begun by + or 00, valid in the numbering plan of its country; of North
// America, written (212) 555-0100 or 212-555-0100 and valid; any other, valid in one of phoneRegions, behind a word.
// Digits that are too many are cut off at the last separator until the rest is a number.
func judgePhone(_ int, m *guard.Match, word bool) (from, to int, ok bool) {
	if n := len(m.Before); n > 0 {
		c := m.Before[n-1]
		if class[c]&(digit|asciiLetter) != 0 && !(c == 't' && strings.HasSuffix(m.Before, "tel")) || c == '_' || c == '#' || c == '$' ||
			c == '+' || c == '(' && m.Text[0] == '(' || glued(m.Before) || !word && inName(m.Before) {
			return 0, 0, false
		}
	}
	if m.Text[0] != '+' && number(m.Text) {
		return 0, 0, false
	}
	text := m.Text
	for range maxCuts + 1 {
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
	return 0, 0, false
}

func isPhone(text string, word bool) bool {
	var buf [16]byte
	n := 0
	for i := range len(text) {
		if class[text[i]]&digit != 0 && n < len(buf) {
			buf[n] = text[i]
			n++
		}
	}
	if n < 7 || !balanced(text) {
		return false
	}
	number := string(buf[:n])
	switch {
	case text[0] == '+':
		return n >= 8 && international(number, strings.Contains(text, "(0)"))
	case strings.HasPrefix(number, "00") && n >= 10:
		return international(number[2:], strings.Contains(text, "(0)"))
	case northAmerican(text):
		return inPlan("US", 1, strings.TrimPrefix(number, "1")) || word && text[0] != '0'
	case !word || same(text):
		return false
	}
	for i := range phoneRegions {
		r := &phoneRegions[i]
		if r.min <= n && n <= r.max && strings.IndexByte(r.first, number[0]) >= 0 &&
			inPlan(r.code, r.calling, strings.TrimPrefix(number, r.trunk)) {
			return true
		}
	}
	// A country's code without its plus sign, parted from the rest.
	return n >= 10 && strings.IndexAny(text, " -.") <= 3 && number[0] != '0' && international(number, false)
}

// international reports whether digits are a calling code and a number of its plan; trunk says that a zero in
// parentheses stands between them, which is dialled only within the country.
func international(number string, trunk bool) bool {
	for i := 1; i <= 3 && i < len(number); i++ {
		code := num(number[:i])
		region := phonenumbers.GetRegionCodeForCountryCode(code)
		if region == phonenumbers.UNKNOWN_REGION {
			continue
		}
		rest := number[i:]
		if trunk {
			rest = strings.TrimPrefix(rest, "0")
		}
		if inPlan(region, int32(code), rest) {
			return true
		}
		p := plain(int32(code), rest) // of one of the smaller regions that share the code
		return len(phonenumbers.GetRegionCodesForCountryCode(code)) > 1 && phonenumbers.IsValidNumber(p)
	}
	return false
}

// inPlan reports whether a national number is valid in the plan of a region.
func inPlan(region string, code int32, national string) bool {
	return len(national) >= 4 && phonenumbers.IsValidNumberForRegion(plain(code, national), region)
}

// plain is a number as the library has it, made without its reading the text again, which takes most of its time.
func plain(code int32, national string) *phonenumbers.PhoneNumber {
	value := uint64(num(national))
	p := &phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &value}
	if zeros := int32(len(national) - len(strings.TrimLeft(national, "0"))); zeros > 0 {
		kept := true // as in Italy
		p.ItalianLeadingZero, p.NumberOfLeadingZeros = &kept, &zeros
	}
	return p
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

// number reports whether text is another kind of number: a decimal, thousands, an IP address, or has a date within it,
// "2026-01-02" or "02.01.2026". A word such as "call" often stands before those.
func number(text string) bool {
	var fields [20]string
	n := 0
	for f := range strings.FieldsFuncSeq(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if n < len(fields) {
			fields[n] = f
			n++
		}
	}
	dots := strings.Count(text, ".")
	if _, err := netip.ParseAddr(text); err == nil || n == 2 && dots == 1 || strings.HasSuffix(text, "000 000") {
		return true
	}
	for i := range n - min(n, 2) {
		a, b, c := fields[i], fields[i+1], fields[i+2]
		if len(a) == 4 && (a[:2] == "19" || a[:2] == "20") && len(b) == 2 && len(c) == 2 && num(b) <= 12 && num(c) <= 31 ||
			len(a) <= 2 && len(b) <= 2 && len(c) == 4 && num(b) <= 12 && num(a) <= 31 {
			return true
		}
	}
	return false
}
