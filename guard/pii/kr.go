package pii

func krRRN() *Kind {
	return &Kind{
		Name: "kr_rrn", Region: "KR", Title: "Korean resident registration number",
		alone:     []string{`[0-9]{6}-[0-4][0-9]{6}`},
		inContext: []string{`[0-9]{6} ?[0-4][0-9]{6}`},
		words: []string{"주민등록번호", "주민번호", "rrn", "resident registration", "resident registration number",
			"korean rrn", "jumin"},
		score: 0.7, check: rrn,
	}
}

// rrn checks the birth date as far as people write examples of it: month and day in range. The old check digit is not
// asked for: numbers issued since October 2020 are random behind the sex.
func rrn(s string) bool { return koreanBirth(s) && s[6] >= '1' && s[6] <= '4' }

func koreanBirth(s string) bool {
	if !digits(s, 13) {
		return false
	}
	month, day := num(s[2:4]), num(s[4:6])
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

func krFRN() *Kind {
	return &Kind{
		Name: "kr_frn", Region: "KR", Title: "Korean foreigner registration number",
		alone:     []string{`[0-9]{6}-[5-8][0-9]{6}`},
		inContext: []string{`[0-9]{6} ?[5-8][0-9]{6}`},
		words:     []string{"외국인등록번호", "외국인", "frn", "foreigner registration", "alien registration", "arc"},
		score:     0.7, check: func(s string) bool { return koreanBirth(s) && s[6] >= '5' && s[6] <= '8' },
	}
}

func krDriverLicense() *Kind {
	return &Kind{
		Name: "kr_driver_license", Region: "KR", Title: "Korean driving licence",
		alone: []string{`(?:1[1-9]|2[0-68])-[0-9]{2}-[0-9]{6}-[0-9]{2}`},
		words: []string{"운전면허", "운전면허번호", "면허번호", "license", "driver license", "driving licence"},
		score: 0.8, check: func(s string) bool { return digits(s, 12) },
	}
}

func krPassport() *Kind {
	return &Kind{
		Name: "kr_passport", Region: "KR", Title: "Korean passport",
		inContext: []string{`[DMORSdmors][0-9]{3}[0-9A-Za-z][0-9]{4}`},
		words:     []string{"여권", "여권번호", "passport", "korean passport", "passport number", "passport no"},
		score:     0.5, near: 48,
	}
}

func krBRN() *Kind {
	return &Kind{
		Name: "kr_brn", Region: "KR", Title: "Korean business registration number",
		alone:     []string{`[0-9]{3}-[0-9]{2}-[0-9]{5}`},
		inContext: []string{`[0-9]{10}`},
		words:     []string{"사업자등록번호", "사업자번호", "brn", "business registration", "business registration number"},
		score:     0.7, check: brn,
	}
}

// brn checks the last digit; the ninth counts five times and its tens are added (National Tax Service).
func brn(s string) bool {
	if !digits(s, 10) || s[:3] == "000" || same(s) {
		return false
	}
	sum := weigh(s, 1, 3, 7, 1, 3, 7, 1, 3, 5) + int(s[8]-'0')*5/10
	return (10-sum%10)%10 == int(s[9]-'0')
}
