package pii

func sePersonnummer() *Kind {
	return &Kind{
		Name: "se_personnummer", Region: "SE", Title: "Swedish personal identity number",
		alone:     []string{`(?:19|20)?[0-9]{6}[-+][0-9]{4}`, `(?:18|19|20)[0-9]{10}`},
		inContext: []string{`[0-9]{10}`},
		words: []string{"personnummer", "personnr", "pnr", "person nr", "samordningsnummer", "personal identity",
			"personal identity code", "personal identity number", "födelsenummer"},
		score: 0.7, check: personnummer,
	}
}

// personnummer checks the date, to which coordination numbers add 60 days, and the Luhn digit of the last ten digits.
func personnummer(s string) bool {
	ok := false
	day := func(d int) int {
		if d > 60 {
			return d - 60
		}
		return d
	}
	switch {
	case digits(s, 12):
		ok = date(num(s[:4]), num(s[4:6]), day(num(s[6:8])))
		s = s[2:]
	case digits(s, 10):
		ok = shortDate(num(s[:2]), num(s[2:4]), day(num(s[4:6])))
	}
	return ok && luhnOK(s)
}

func seOrganisation() *Kind {
	return &Kind{
		Name: "se_organisation_number", Region: "SE", Title: "Swedish organisation number",
		inContext: []string{`[1-9][0-9]{5}-?[0-9]{4}`},
		words: []string{"organisationsnummer", "orgnr", "org nr", "orgnummer", "organisation number", "bolag", "företag",
			"company identity", "company identity code"},
		score: 0.6, check: func(s string) bool { return digits(s, 10) && s[2] >= '2' && luhnOK(s) && !same(s) },
	}
}

func fiHETU() *Kind {
	return &Kind{
		Name: "fi_hetu", Region: "FI", Title: "Finnish personal identity code",
		alone: []string{`[0-9]{6}[-+A-FU-Ya-fu-y][0-9]{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y]`},
		words: []string{"hetu", "henkilötunnus", "henkilotunnus", "sotu", "sosiaaliturvatunnus", "personbeteckning",
			"personal identity code"},
		score: 0.95, anyCase: true, check: hetu,
	}
}

// hetu checks the date and the last character, the remainder by 31. The sign tells the century; compact has dropped
// those that are not letters.
func hetu(s string) bool {
	if len(s) == 11 && value(s[6]) > 9 {
		s = s[:6] + s[7:]
	}
	if len(s) != 10 || !allDigits(s[:9]) || !shortDate(num(s[4:6]), num(s[2:4]), num(s[:2])) || num(s[6:9]) < 2 {
		return false
	}
	return "0123456789ABCDEFHJKLMNPRSTUVWXY"[num(s[:9])%31] == s[9]
}

func dkCPR() *Kind {
	return &Kind{
		Name: "dk_cpr", Region: "DK", Title: "Danish personal number (CPR)",
		inContext: []string{`[0-3][0-9][01][0-9]{3}[ -]?[0-9]{4}`},
		words:     []string{"cpr", "cpr nr", "cpr nummer", "personnummer", "cprnr", "cpr no", "cpr number"},
		score:     0.5, check: cpr,
	}
}

// cpr checks the date. Since 2007 numbers are issued without the old check digit (CPR-kontoret), so it is not asked
// for.
func cpr(s string) bool {
	return digits(s, 10) && shortDate(num(s[4:6]), num(s[2:4]), num(s[:2])) && s[6:] != "0000"
}

func noFodselsnummer() *Kind {
	return &Kind{
		Name: "no_fodselsnummer", Region: "NO", Title: "Norwegian national identity number",
		inContext: []string{`[0-7][0-9]{5} ?[0-9]{5}`},
		words: []string{"fødselsnummer", "fodselsnummer", "fnr", "personnummer", "fødselsnr", "d nummer", "national identity",
			"national identity number"},
		score: 0.9, check: fodselsnummer,
	}
}

// fodselsnummer checks the date (D numbers add 40 to the day, H numbers 40 to the month) and both check digits.
func fodselsnummer(s string) bool {
	if !digits(s, 11) || !shortDate(num(s[4:6]), num(s[2:4])%40, num(s[:2])%40) {
		return false
	}
	a := (11 - weigh(s, 3, 7, 6, 1, 8, 9, 4, 5, 2)%11) % 11
	b := (11 - weigh(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	return a == int(s[9]-'0') && b == int(s[10]-'0')
}

func isKennitala() *Kind {
	return &Kind{
		Name: "is_kennitala", Region: "IS", Title: "Icelandic identity number",
		inContext: []string{`[0-7][0-9]{5}-?[0-9]{4}`},
		words:     []string{"kennitala", "kt", "kennitölu", "kennitalan"},
		score:     0.8, check: kennitala,
	}
}

// kennitala checks the date (40 added to the day for companies), the check digit and the century.
func kennitala(s string) bool {
	return digits(s, 10) && shortDate(num(s[4:6]), num(s[2:4]), num(s[:2])%40) &&
		weigh(s, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 && (s[9] == '9' || s[9] == '0' || s[9] == '8')
}
