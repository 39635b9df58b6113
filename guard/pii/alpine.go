package pii

func chAHV() *Kind {
	return &Kind{
		Name: "ch_ahv", Region: "CH", Title: "Swiss social insurance number (AHV)",
		alone: []string{`756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2}|756 [0-9]{4} [0-9]{4} [0-9]{2}`},
		words: []string{"ahv", "ahv nr", "ahv nummer", "avs", "numéro avs", "svnr", "sozialversicherungsnummer", "oasi"},
		score: 0.9, check: ahv,
	}
}

// ahv checks the last digit, which is that of an EAN-13.
func ahv(s string) bool {
	return digits(s, 13) && s[:3] == "756" && weigh(s, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)%10 == 0
}

func atSVNR() *Kind {
	return &Kind{
		Name: "at_svnr", Region: "AT", Title: "Austrian social insurance number",
		inContext: []string{`[1-9][0-9]{3}[ /-]?[0-3][0-9][01][0-9]{3}`},
		words: []string{"svnr", "sv nr", "sv nummer", "sozialversicherungsnummer", "versicherungsnummer", "sozialversicherung",
			"e card", "ecard"},
		score: 0.8, check: svnr,
	}
}

// svnr checks the fourth digit (modulus 11) and the birth date; month 13 and above stand in where a day ran out.
func svnr(s string) bool {
	if !digits(s, 10) || weigh(s, 3, 7, 9, 0, 5, 8, 4, 2, 1, 6)%11 != int(s[3]-'0') {
		return false
	}
	day, month := num(s[4:6]), num(s[6:8])
	return day >= 1 && day <= 31 && month >= 1 && month <= 15
}
