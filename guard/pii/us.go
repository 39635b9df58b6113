package pii

import "strings"

func usSSN() *Kind {
	return &Kind{
		Name: "us_ssn", Region: "US", Title: "US Social Security number",
		alone: []string{`[0-9]{3}-[0-9]{2}-[0-9]{4}`},
		inContext: []string{
			`[0-9]{3} [0-9]{2} [0-9]{4}`, `[0-9]{3}\.[0-9]{2}\.[0-9]{4}`, `[0-9]{3}-?[0-9]{6}|[0-9]{5}-[0-9]{4}`,
		},
		words: []string{"ssn", "ss", "ssid", "social security", "social security number", "social", "soc sec", "last four"},
		score: 0.6, check: ssn,
	}
}

// ssn leaves out what the Social Security Administration never issues (20 CFR 422.103 and its randomisation notice of
// 2011): area 000, 666 and 900 to 999, group 00, serial 0000, and the two numbers that were printed in public.
func ssn(s string) bool {
	return digits(s, 9) && s[:3] != "000" && s[:3] != "666" && s[0] != '9' && s[3:5] != "00" && s[5:] != "0000" &&
		s != "078051120" && s != "219099999" && !same(s) && s != "123456789"
}

func usITIN() *Kind {
	return &Kind{
		Name: "us_itin", Region: "US", Title: "US individual taxpayer identification number",
		alone:     []string{`9[0-9]{2}-[0-9]{2}-[0-9]{4}`},
		inContext: []string{`9[0-9]{2} [0-9]{2} [0-9]{4}`, `9[0-9]{2}-?[0-9]{6}|9[0-9]{4}-[0-9]{4}`},
		words:     []string{"itin", "taxpayer", "tax id", "individual taxpayer", "taxpayer id", "taxpayer identification"},
		score:     0.6, check: itin,
	}
}

// itin checks the fourth and fifth digits (IRS, Internal Revenue Manual 3.13.5): 50 to 65, 70 to 88, 90 to 92, 94 to 99.
func itin(s string) bool {
	if !digits(s, 9) || s[0] != '9' {
		return false
	}
	g := num(s[3:5])
	return 50 <= g && g <= 65 || 70 <= g && g <= 88 || 90 <= g && g <= 92 || g >= 94
}

func usEIN() *Kind {
	return &Kind{
		Name: "us_ein", Region: "US", Title: "US employer identification number",
		inContext: []string{`[0-9]{2}-?[0-9]{7}`},
		words: []string{"ein", "fein", "employer identification", "employer id", "federal tax id", "federal tax",
			"tax id", "tin"},
		score: 0.5, check: ein,
	}
}

// ein checks the prefix, the campus that assigned the number (IRS, "How EINs are assigned and valid EIN prefixes").
func ein(s string) bool {
	if !digits(s, 9) {
		return false
	}
	switch num(s[:2]) {
	case 0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97:
		return false
	}
	return true
}

func usNPI() *Kind {
	return &Kind{
		Name: "us_npi", Region: "US", Title: "US national provider identifier",
		inContext: []string{`[12][0-9]{9}`, `[12][0-9]{3}[- ][0-9]{3}[- ][0-9]{3}`},
		words: []string{"npi", "national provider", "provider", "provider id", "provider number", "provider identifier",
			"physician", "prescriber"},
		score: 0.6, check: npi,
	}
}

// npi is a card number of the issuer 80840 without that prefix (45 CFR 162.406): the prefix adds 24 to the Luhn sum.
func npi(s string) bool {
	return digits(s, 10) && (s[0] == '1' || s[0] == '2') && (luhnSum(s)+24)%10 == 0 && !same(s[1:])
}

func usMBI() *Kind {
	const c, a, an = `[1-9]`, `[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]`, `[0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y]`
	head, mid, tail := c+a+an+`[0-9]`, a+an+`[0-9]`, a+a+`[0-9]{2}`
	return &Kind{
		Name: "us_mbi", Region: "US", Title: "US Medicare beneficiary identifier",
		alone:     []string{head + `-` + mid + `-` + tail},
		inContext: []string{head + ` ?` + mid + ` ?` + tail},
		words:     []string{"mbi", "medicare", "beneficiary", "medicare id", "medicare number", "hicn"},
		score:     0.7,
	}
}

func usDEA() *Kind {
	return &Kind{
		Name: "us_dea", Region: "US", Title: "US DEA registration of a prescriber",
		alone: []string{`[ABCDEFGHJKLMPRSTUXabcdefghjklmprstux][A-Za-z9][0-9]{7}`},
		words: []string{"dea", "medical license", "medical licence", "certificate", "registration", "prescriber", "dea number"},
		score: 0.5, check: dea,
	}
}

// dea checks the last digit: the first, third and fifth digits and twice the others add up to a number that ends in it.
func dea(s string) bool {
	if len(s) != 9 || !allDigits(s[2:]) || !strings.ContainsRune("ABCDEFGHJKLMPRSTUX", rune(s[0])) {
		return false
	}
	return weigh(s[2:], 1, 2, 1, 2, 1, 2)%10 == int(s[8]-'0') && !same(s[2:])
}

func usBankRouting() *Kind {
	return &Kind{
		Name: "us_bank_routing", Region: "US", Title: "US bank routing number (ABA)",
		inContext: []string{`[0-9]{9}`, `[0-9]{4}-[0-9]{4}-[0-9]`},
		words: []string{"aba", "routing", "routing number", "routing no", "routing transit", "rtn", "transit number", "ach",
			"abarouting", "bankrouting", "aba rtn"},
		score: 0.6, check: aba,
	}
}

// aba checks the weights 3 7 1 and the Federal Reserve's ranges of the first two digits.
func aba(s string) bool {
	if !digits(s, 9) || weigh(s, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 != 0 {
		return false
	}
	p := num(s[:2])
	return s != "000000000" && (p <= 12 || 21 <= p && p <= 32 || 61 <= p && p <= 72 || p == 80)
}

func usPassport() *Kind {
	return &Kind{
		Name: "us_passport", Region: "US", Title: "US passport number",
		inContext: []string{`[A-Za-z]?[0-9]{8,9}`},
		words: []string{"us passport", "u s passport", "american passport", "travel passport", "united states passport",
			"passport card", "passport us", "passport usa", "passport", "passport number", "passportnumber", "passport no"},
		score: 0.4, check: usPassportForm, near: 40,
	}
}

// usPassportForm accepts nine digits, or a letter and eight (the next-generation passport of 2021).
func usPassportForm(s string) bool {
	return len(s) == 9 && allDigits(s[1:]) && value(s[0]) >= 0 && !same(s)
}

func usDriverLicense() *Kind {
	return &Kind{
		Name: "us_driver_license", Region: "US", Title: "US driver's licence (the states' forms)",
		inContext: []string{
			`[A-Za-z][0-9]{3,14}`, `[A-Za-z]{2}[0-9]{2,7}[A-Za-z]?`, `[0-9]{7,12}`,
			`[A-Za-z][0-9]{3}-[0-9]{3,4}-[0-9]{2,4}(?:-[0-9]{3,4}(?:-[0-9])?)?`, `[0-9]{2,3}-[0-9]{2,3}-[0-9]{3,4}`,
			`[0-9]{3}[A-Za-z]{2}[0-9]{4}|[0-9]{2}[A-Za-z]{3}[0-9]{5}|[A-Za-z]{3}[0-9]{6}`,
		},
		words: []string{"driver license", "drivers license", "driver s license", "driver licence", "driving license",
			"license number", "dl", "dl number", "dl no", "dln", "driver lic", "drivers lic", "driver s lic", "driverlicense",
			"licencia de conducir"},
		score: 0.3, check: driverForm, near: 40,
	}
}

// driverForm asks for enough digits: seven, or five beside two letters.
func driverForm(s string) bool {
	n, letters := 0, 0
	for i := range len(s) {
		if class[s[i]]&digit != 0 {
			n++
		} else {
			letters++
		}
	}
	return n >= 7 && n <= 14 || letters >= 1 && n >= 5 && n <= 14
}

func usZIP() *Kind {
	return &Kind{
		Name: "us_zip", Region: "US", Title: "US ZIP code",
		inContext: []string{`[0-9]{5}(?:-[0-9]{4})?`},
		words:     []string{"zip", "zip code", "zipcode", "postal code"},
		score:     0.2, near: 24, check: func(s string) bool { return (digits(s, 5) || digits(s, 9)) && s[:5] != "00000" },
	}
}
