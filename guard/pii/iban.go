package pii

import (
	"strings"

	"sallyport/guard"
)

func iban() *Kind {
	return &Kind{
		Name: "iban", Title: "International bank account number",
		alone: []string{`\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[0-9A-Za-z]{4}){2,7}(?:[ -]?[0-9A-Za-z]{1,3})?\b`},
		words: []string{"iban", "account", "konto", "kontonummer", "compte", "cuenta", "conto", "rekening"},
		score: 0.95, raw: true, judge: judgeIBAN,
	}
}

// ibanLengths are the lengths of the IBAN registry (SWIFT, ISO 13616), each behind its country.
const ibanLengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27" +
	"GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19" +
	"MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24" +
	"TR26UA29VA22VG24XK20YE30"

// judgeIBAN takes as much of a match as an account of its country is long: what follows may be the next word.
func judgeIBAN(_ int, m *guard.Match, _ bool) (from, to int, ok bool) {
	if inName(m.Before) {
		return 0, 0, false
	}
	want := ibanLength(m.Text)
	var buf [34]byte
	n, small, capital := 0, false, false
	for i := 0; i < len(m.Text) && n < want; i++ {
		c := m.Text[i]
		if class[c]&(digit|asciiLetter) == 0 {
			continue
		}
		if lower(c) {
			small = true
			c -= 'a' - 'A'
		} else if c >= 'A' {
			capital = true
		}
		buf[n] = c
		n++
		to = i + 1
	}
	if want == 0 || n < want || small && capital || to < len(m.Text) && class[m.Text[to]]&(digit|asciiLetter) != 0 {
		return 0, 0, false
	}
	r := 0
	for i := range want { // the first four characters count last
		v := value(buf[(i+4)%want])
		if v > 9 {
			r = (r*100 + v) % 97
		} else {
			r = (r*10 + v) % 97
		}
	}
	return 0, to, r == 1
}

// ibanLength is how long accounts are in the country text begins with, 0 where there are none.
func ibanLength(text string) int {
	if len(text) < 2 {
		return 0
	}
	country := [2]byte{text[0] &^ 0x20, text[1] &^ 0x20}
	for i := 0; i < len(ibanLengths); i += 4 {
		if ibanLengths[i] == country[0] && ibanLengths[i+1] == country[1] {
			return num(ibanLengths[i+2 : i+4])
		}
	}
	return 0
}

func bic() *Kind {
	return &Kind{
		Name: "bic", Title: "Bank identifier (BIC, SWIFT code)",
		inContext: []string{`[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?`},
		words:     []string{"bic", "swift", "swift code", "bic code", "swift bic", "bic swift"},
		score:     0.5, near: 32, check: bicForm,
	}
}

// bicForm checks the length and the country (ISO 9362).
func bicForm(s string) bool {
	return (len(s) == 8 || len(s) == 11) && strings.Contains(countries, " "+s[4:6]+" ")
}

// countries are the codes of ISO 3166-1, and XK.
const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD " +
	"CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG " +
	"GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR " +
	"KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF " +
	"NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM " +
	"SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK " +
	"YE YT ZA ZM ZW "

func bankAccount() *Kind {
	return &Kind{
		Name: "bank_account", Title: "Bank account number",
		inContext: []string{`[0-9]{7,17}`, `[0-9]{2,6}[- ][0-9]{3,10}(?:[- ][0-9]{1,8})?`},
		words: []string{"bank account", "bank account number", "account number", "account no", "acct", "acct no", "acct number",
			"checking account", "savings account", "banking account", "kontonummer", "konto nr", "bankkonto", "numéro de compte",
			"compte bancaire", "número de cuenta", "cuenta bancaria", "conto corrente", "número da conta", "conta corrente",
			"rekeningnummer", "bankrekening", "numer konta", "kontonr", "卡号", "银行账号", "銀行口座", "口座番号", "계좌번호"},
		score: 0.4, near: 32, check: func(s string) bool { return allDigits(s) && len(s) >= 7 && len(s) <= 17 && !same(s) },
	}
}

func cardCode() *Kind {
	return &Kind{
		Name: "card_security_code", Title: "Security code of a payment card",
		inContext: []string{`[0-9]{3,4}`},
		words: []string{"cvv", "cvc", "cvv2", "cvc2", "csc", "card security code", "security code", "card verification",
			"card verification value", "kartenprüfnummer", "prüfnummer", "cryptogramme", "código de seguridad", "code de sécurité"},
		score: 0.6, near: 18, check: func(s string) bool { return allDigits(s) && (len(s) == 3 || len(s) == 4) },
	}
}
