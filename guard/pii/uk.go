package pii

import "strings"

func ukNHS() *Kind {
	return &Kind{
		Name: "uk_nhs", Region: "GB", Title: "NHS number",
		inContext: []string{`[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}`, `[0-9]{10}`},
		words:     []string{"nhs", "nhs number", "nhs no", "national health", "health service", "patient", "patient id", "patient number"},
		score:     0.6, check: nhs,
	}
}

// nhs checks the last digit (NHS Data Dictionary: modulus 11).
func nhs(s string) bool {
	if !digits(s, 10) || same(s) {
		return false
	}
	d := 11 - weigh(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return d%11 == int(s[9]-'0') && d != 10
}

func ukNINO() *Kind {
	return &Kind{
		Name: "uk_nino", Region: "GB", Title: "UK National Insurance number",
		alone: []string{
			`[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Da-d]`,
		},
		words: []string{"nino", "ni", "ni number", "ni no", "national insurance", "national insurance number", "insurance"},
		score: 0.7, check: nino,
	}
}

// nino leaves out the prefixes that are not allocated (HMRC, National Insurance Manual NIM39110).
func nino(s string) bool {
	if len(s) != 9 || !allDigits(s[2:8]) {
		return false
	}
	switch s[:2] {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	}
	return true
}

func ukUTR() *Kind {
	return &Kind{
		Name: "uk_utr", Region: "GB", Title: "UK unique taxpayer reference",
		inContext: []string{`[0-9]{5} [0-9]{5}`, `[0-9]{10}`},
		words: []string{"utr", "taxpayer reference", "unique taxpayer", "unique taxpayer reference", "self assessment",
			"tax reference", "hmrc"},
		score: 0.5, check: utr,
	}
}

// utr checks the first digit, which is the check digit (modulus 11).
func utr(s string) bool {
	return digits(s, 10) && "21987654321"[weigh(s[1:], 6, 7, 8, 9, 10, 5, 4, 3, 2)%11] == s[0] && !same(s)
}

func ukBankAccount() *Kind {
	return &Kind{
		Name: "uk_bank_account", Region: "GB", Title: "UK sort code, with the account number where it follows",
		inContext: []string{
			`[0-9]{2}([- ]?)[0-9]{2}[- ]?[0-9]{2}(?:[ ,;/]{1,3}(?:(?i:account|acct|acc|a/c)(?i: number| no)?[.:# ]{1,3})?[0-9]{8})?`,
		},
		words: []string{"sort code", "sortcode", "sort", "sc"},
		score: 0.5, near: 32, check: func(s string) bool { n := countDigits(s); return n == 6 || n == 14 },
	}
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if class[s[i]]&digit != 0 {
			n++
		}
	}
	return n
}

func ukDrivingLicence() *Kind {
	return &Kind{
		Name: "uk_driving_licence", Region: "GB", Title: "UK driving licence",
		alone: []string{`[A-Za-z][A-Za-z9]{4}[0-9]{6}[A-Za-z][A-Za-z9][A-Za-z0-9][A-Za-z]{2}`},
		words: []string{"driving licence", "driving license", "driver number", "dvla", "licence", "licence number"},
		score: 0.8, check: ukDriver,
	}
}

// ukDriver checks the name, padded with nines at its end, and the birth date in the middle: decade, month (50 added
// for women), day, year (DVLA).
func ukDriver(s string) bool {
	if len(s) != 16 || !allDigits(s[5:11]) || strings.ContainsAny(strings.TrimRight(s[:5], "9"), "0123456789") {
		return false
	}
	month := num(s[6:8])
	if month > 50 {
		month -= 50
	}
	return shortDate(num(s[5:6])*10+num(s[10:11]), month, num(s[8:10]))
}

func ukPassport() *Kind {
	return &Kind{
		Name: "uk_passport", Region: "GB", Title: "UK passport number",
		inContext: []string{`[0-9]{9}`, `[A-Za-z]{2}[0-9]{7}`},
		words: []string{"uk passport", "british passport", "hm passport", "passport", "passport number", "passport no",
			"travel document"},
		score: 0.5, near: 40, check: func(s string) bool { return len(s) == 9 && !same(s) },
	}
}

func ukPostcode() *Kind {
	return &Kind{
		Name: "uk_postcode", Region: "GB", Title: "UK postcode",
		inContext: []string{`[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}`, `(?i:gir) ?0(?i:aa)`},
		words: []string{"postcode", "post code", "postal code", "address", "street", "road", "lane", "avenue", "close",
			"london", "live at", "lives at"},
		score: 0.3, near: 64, check: postcode,
	}
}

// postcode knows where which letters stand (Royal Mail, PAF programmers' guide).
func postcode(s string) bool {
	if s == "GIR0AA" {
		return true
	}
	if len(s) < 5 || strings.ContainsAny(s[:1], "QVX") || strings.ContainsAny(s[len(s)-2:], "CIKMOV") {
		return false
	}
	return value(s[1]) < 10 || !strings.ContainsAny(s[1:2], "IJZ")
}

func ukVehicle() *Kind {
	return &Kind{
		Name: "uk_vehicle_registration", Region: "GB", Title: "UK vehicle registration",
		inContext: []string{
			`[A-Za-z]{2}[0-9]{2} ?[A-Za-z]{3}`, `[A-Za-z][0-9]{1,3} ?[A-Za-z]{3}`, `[A-Za-z]{3} ?[0-9]{1,3}[A-Za-z]`,
		},
		words: []string{"vehicle", "registration", "number plate", "plate", "licence plate", "car", "reg", "vrm", "vrn", "dvla", "mot",
			"car reg", "van"},
		score: 0.4, near: 48, written: ukPlateWritten,
	}
}

// ukPlateWritten keeps "a car, the X3 and" from being a plate: what is parted by a space is not in two cases, and only
// the plates of today are written small.
func ukPlateWritten(text string) bool {
	s := compact(text)
	if len(s) < 5 || hasLower(text) && (strings.ToLower(text) != text || strings.Contains(text, " ") && value(s[1]) < 10) {
		return false
	}
	return ukPlate(s)
}

// ukPlate checks the letters that are used and, on plates since 2001, the half-years issued so far and to come by 2030.
func ukPlate(s string) bool {
	if len(s) == 7 && value(s[0]) > 9 && value(s[1]) > 9 && value(s[2]) < 10 {
		age := num(s[2:4])
		return !strings.ContainsAny(s[:2], "IQZ") && !strings.ContainsAny(s[4:], "IQ") &&
			(2 <= age && age <= 29 || 51 <= age && age <= 79)
	}
	if len(s) < 5 {
		return false
	}
	if value(s[1]) < 10 { // the letter in front tells the year: 1983 to 2001
		return !strings.ContainsAny(s[:1], "IOQUZ") && !strings.ContainsAny(s[len(s)-3:], "IQZ")
	}
	return !strings.ContainsAny(s[len(s)-1:], "IOQUZ") && !strings.ContainsAny(s[:3], "IQZ") // behind: 1963 to 1983
}
