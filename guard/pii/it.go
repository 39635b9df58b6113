package pii

func itFiscalCode() *Kind {
	const l, d = `[A-Za-z]`, `[0-9LMNP-Vlmnp-v]`
	return &Kind{
		Name: "it_fiscal_code", Region: "IT", Title: "Italian fiscal code of a person",
		alone: []string{l + `{6}` + d + `{2}[A-EHLMPRSTa-ehlmprst]` + d + `{2}` + l + d + `{3}` + l},
		words: []string{"codice fiscale", "cod fisc", "cf", "c f", "fiscale"},
		score: 0.95, anyCase: true, check: codiceFiscale,
	}
}

// codiceFiscale checks the day, which has 40 added for women, and the last letter (DM 23/12/1976). Letters may stand for
// digits where two people would share a code.
func codiceFiscale(s string) bool {
	if len(s) != 16 {
		return false
	}
	sum := 0
	for i := range 15 {
		v := value(s[i])
		if v < 0 {
			return false
		}
		if v > 9 {
			v -= 10 // A counts as 0 does
		}
		if i%2 == 0 {
			v = [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}[v]
		}
		sum += v
	}
	day := omocode(s[9])*10 + omocode(s[10])
	return byte('A'+sum%26) == s[15] && day >= 1 && day <= 71 && (day <= 31 || day >= 41)
}

// omocode is the digit a letter stands for.
func omocode(c byte) int {
	if v := value(c); v <= 9 {
		return v
	}
	for i, l := range []byte("LMNPQRSTUV") {
		if l == c {
			return i
		}
	}
	return 9
}

func itVAT() *Kind {
	return &Kind{
		Name: "it_vat", Region: "IT", Title: "Italian VAT number (partita IVA)",
		inContext: []string{`[0-9]{11}|[0-9]{8}[ _][0-9]{3}`},
		words:     []string{"partita iva", "p iva", "piva", "iva", "p i", "vat"},
		score:     0.7, check: partitaIVA,
	}
}

// partitaIVA checks the office that issued the number, which is a province's, and the Luhn digit.
func partitaIVA(s string) bool {
	if !digits(s, 11) || s[:7] == "0000000" || !luhnOK(s) {
		return false
	}
	o := num(s[7:10])
	return o >= 1 && o <= 100 || o == 120 || o == 121 || o == 888 || o == 999
}

func itIdentityCard() *Kind {
	return &Kind{
		Name: "it_identity_card", Region: "IT", Title: "Italian identity card",
		inContext: []string{`[A-Za-z]{2} ?[0-9]{7}|[0-9]{7}[A-Za-z]{2}|[A-Za-z]{2}[0-9]{5}[A-Za-z]{2}`},
		words: []string{"carta d identità", "carta d identita", "carta di identità", "carta identità", "carta identita", "cie",
			"documento d identità", "documento di identità", "documento di riconoscimento", "identity card"},
		score: 0.5, near: 48,
	}
}

func itDriverLicense() *Kind {
	return &Kind{
		Name: "it_driver_license", Region: "IT", Title: "Italian driving licence",
		inContext: []string{`[A-Za-z]{2}[0-9]{7}[A-Za-z]|[Uu]1[BCDFGHLJKMNPRSTUWYXZbcdfghljkmnprstuwyxz0-9]{7}[A-Za-z]`},
		words:     []string{"patente", "patente di guida", "guida", "licenza di guida", "license", "driving licence"},
		score:     0.5, near: 48,
	}
}

func itPassport() *Kind {
	return &Kind{
		Name: "it_passport", Region: "IT", Title: "Italian passport",
		inContext: []string{`[A-Za-z]{2}[0-9]{7}`},
		words:     []string{"passaporto", "numero di passaporto", "passport", "italian passport", "passaporto numero"},
		score:     0.5, near: 40,
	}
}
