package pii

func nlBSN() *Kind {
	return &Kind{
		Name: "nl_bsn", Region: "NL", Title: "Dutch citizen service number (BSN)",
		inContext: []string{`[0-9]{9}`, `[0-9]{4}[ .][0-9]{2}[ .][0-9]{3}|[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{3}`, `[0-9]{8}`},
		words: []string{"bsn", "burgerservicenummer", "burger service nummer", "sofi", "sofinummer", "sofi nummer",
			"bsn nummer", "citizen service number"},
		score: 0.8, check: bsn,
	}
}

// bsn is the Dutch eleven test: weights 9 to 2, the last digit counting -1.
func bsn(s string) bool {
	if len(s) == 8 {
		s = "0" + s
	}
	return digits(s, 9) && num(s) > 0 && weigh(s, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 && !same(s)
}

func nlPostcode() *Kind {
	return &Kind{
		Name: "nl_postcode", Region: "NL", Title: "Dutch postcode",
		inContext: []string{`[1-9][0-9]{3} ?[A-Za-z]{2}`},
		words:     []string{"postcode", "adres", "straat", "woonplaats", "wonende", "address", "laan", "weg", "plein", "gracht"},
		score:     0.3, near: 64, check: nlPostcodeLetters,
	}
}

// nlPostcodeLetters leaves out SA, SD and SS, which are not issued.
func nlPostcodeLetters(s string) bool {
	return len(s) == 6 && s[4:] != "SA" && s[4:] != "SD" && s[4:] != "SS"
}

func beNationalNumber() *Kind {
	return &Kind{
		Name: "be_national_number", Region: "BE", Title: "Belgian national register number",
		alone:     []string{`[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}`},
		inContext: []string{`[0-9]{6}[ -]?[0-9]{3}[ -]?[0-9]{2}`},
		words: []string{"rijksregisternummer", "rijksregister", "registre national", "numéro national", "numéro de registre national",
			"nrn", "insz", "niss", "nationaal nummer", "national number", "national register"},
		score: 0.9, check: beNational,
	}
}

// beNational checks the key: 97 less the remainder of the nine digits, with a 2 before them for those born since 2000.
// Numbers of people not in the register have 20 or 40 added to the month.
func beNational(s string) bool {
	if !digits(s, 11) || num(s[2:4])%20 > 12 || num(s[4:6]) > 31 {
		return false
	}
	n, key := num(s[:9]), num(s[9:])
	return n > 0 && (97-n%97 == key || 97-(2_000_000_000+n)%97 == key)
}
