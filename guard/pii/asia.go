package pii

import "strings"

func sgNRIC() *Kind {
	return &Kind{
		Name: "sg_nric", Region: "SG", Title: "Singaporean identity number (NRIC, FIN)",
		alone: []string{`[STFGMstfgm][0-9]{7}[A-Za-z]`},
		words: []string{"nric", "fin", "nric no", "identity card", "ic number", "ic no", "work permit"},
		score: 0.8, check: nric,
	}
}

// nric checks the last letter, from a table of its own for citizens (S, T), foreigners (F, G) and since 2022 (M).
func nric(s string) bool {
	if len(s) != 9 || !allDigits(s[1:8]) {
		return false
	}
	sum := weigh(s[1:], 2, 7, 6, 5, 4, 3, 2)
	switch s[0] {
	case 'S':
		return "JZIHGFEDCBA"[sum%11] == s[8]
	case 'T':
		return "JZIHGFEDCBA"[(sum+4)%11] == s[8]
	case 'F':
		return "XWUTRQPNMLK"[sum%11] == s[8]
	case 'G':
		return "XWUTRQPNMLK"[(sum+4)%11] == s[8]
	case 'M':
		return "XWUTRQPNJLK"[(sum+3)%11] == s[8]
	}
	return false
}

func sgUEN() *Kind {
	return &Kind{
		Name: "sg_uen", Region: "SG", Title: "Singaporean entity number (UEN)",
		alone:     []string{`[TSR][0-9]{2}[A-Z]{2}[0-9]{4}[A-Z]`, `(?:19|20)[0-9]{7}[A-Z]`},
		inContext: []string{`[0-9]{8}[A-Za-z]`},
		words:     []string{"uen", "acra", "entity number", "unique entity", "roc", "business registration"},
		score:     0.6, check: uen,
	}
}

// uen checks the last letter of the three forms: businesses, local companies, other entities.
func uen(s string) bool {
	switch {
	case len(s) == 9 && allDigits(s[:8]):
		return "XMKECAWLJDB"[weigh(s, 10, 4, 9, 3, 8, 2, 7, 1)%11] == s[8]
	case len(s) == 10 && allDigits(s[:9]):
		return "ZKCMDNERGWH"[weigh(s, 10, 8, 6, 4, 9, 7, 5, 3, 1)%11] == s[9]
	case len(s) == 10:
		const letters = "ABCDEFGHJKLMNPQRSTUVWX0123456789"
		sum := 0
		for i, w := range [...]int{4, 3, 5, 3, 10, 2, 2, 5, 7} {
			v := strings.IndexByte(letters, s[i])
			if v < 0 {
				return false
			}
			sum += v * w
		}
		return letters[((sum-5)%11+11)%11] == s[9]
	}
	return false
}

func jpMyNumber() *Kind {
	return &Kind{
		Name: "jp_my_number", Region: "JP", Title: "Japanese individual number (My Number)",
		inContext: []string{`[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}`},
		words:     []string{"マイナンバー", "個人番号", "my number", "mynumber", "individual number", "kojin bango"},
		score:     0.8, check: myNumber,
	}
}

// myNumber checks the last digit (modulus 11, Ministry of Internal Affairs ordinance 85 of 2014).
func myNumber(s string) bool {
	if !digits(s, 12) || same(s) {
		return false
	}
	r := weigh(s, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11
	if r <= 1 {
		return s[11] == '0'
	}
	return 11-r == int(s[11]-'0')
}

func cnResidentID() *Kind {
	return &Kind{
		Name: "cn_resident_id", Region: "CN", Title: "Chinese resident identity number",
		alone: []string{`[1-9][0-9]{16}[0-9Xx]`},
		words: []string{"身份证", "身份证号", "身分證", "居民身份证", "resident id", "id card", "identity card"},
		score: 0.9, anyCase: true, check: residentID,
	}
}

// residentID checks the region, the birth date and the last character (GB 11643, ISO 7064 mod 11-2).
func residentID(s string) bool {
	if len(s) != 18 || !allDigits(s[:17]) || num(s[:2]) < 11 || num(s[:2]) > 91 {
		return false
	}
	if y := num(s[6:10]); y < 1880 || y > 2100 || !date(y, num(s[10:12]), num(s[12:14])) {
		return false
	}
	return "10X98765432"[weigh(s, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)%11] == s[17]
}

func hkID() *Kind {
	return &Kind{
		Name: "hk_id", Region: "HK", Title: "Hong Kong identity card",
		alone:     []string{`\b[A-Z]{1,2}[0-9]{6}\([0-9A]\)`},
		inContext: []string{`\b[A-Za-z]{1,2}[0-9]{6}[0-9Aa]\b`},
		words:     []string{"hkid", "hong kong id", "hong kong identity", "hkid number", "identity card", "身份證", "身份證號碼"},
		score:     0.8, check: hkid, raw: true,
	}
}

// hkid checks the last character: letters count from 10, a missing first letter 36, weights 9 to 1.
func hkid(s string) bool {
	sum := 0
	switch len(s) {
	case 8:
		sum = 36 * 9
	case 9:
		sum = value(s[0]) * 9
		s = s[1:]
	default:
		return false
	}
	if value(s[0]) < 10 || !allDigits(s[1:7]) {
		return false
	}
	return (sum+value(s[0])*8+weigh(s[1:], 7, 6, 5, 4, 3, 2)+value(s[7]))%11 == 0
}

func twID() *Kind {
	return &Kind{
		Name: "tw_id", Region: "TW", Title: "Taiwanese identity number",
		alone: []string{`[A-Z][1289][0-9]{8}`},
		words: []string{"身分證", "身分證字號", "身份證字號", "統一證號", "taiwan id", "national id"},
		score: 0.6, check: twid,
	}
}

// twid checks the last digit; the letter is a county, which counts as two digits.
func twid(s string) bool {
	if len(s) != 10 || !allDigits(s[1:]) || value(s[0]) < 10 || !strings.ContainsRune("1289", rune(s[1])) {
		return false
	}
	county := strings.IndexByte("ABCDEFGHJKLMNPQRSTUVXYWZIO", s[0]) + 10
	return (county/10+county%10*9+weigh(s[1:], 8, 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0
}

func myKad() *Kind {
	return &Kind{
		Name: "my_kad", Region: "MY", Title: "Malaysian identity card (MyKad)",
		alone:     []string{`[0-9]{6}-[0-9]{2}-[0-9]{4}`},
		inContext: []string{`[0-9]{12}`},
		words:     []string{"mykad", "my kad", "nric", "ic number", "ic no", "no ic", "kad pengenalan", "no kad pengenalan", "identity card"},
		score:     0.6, check: mykad,
	}
}

// mykad checks the birth date and the place of birth.
func mykad(s string) bool {
	return digits(s, 12) && shortDate(num(s[:2]), num(s[2:4]), num(s[4:6])) &&
		s[6:8] != "00" && s[6:8] != "17" && s[6:8] != "18" && s[6:8] != "19" && s[6:8] != "20"
}

func idNIK() *Kind {
	return &Kind{
		Name: "id_nik", Region: "ID", Title: "Indonesian identity number (NIK)",
		inContext: []string{`[1-9][0-9]{15}`},
		words:     []string{"nik", "ktp", "e ktp", "no ktp", "nomor induk kependudukan", "nomor ktp"},
		score:     0.6, check: nik,
	}
}

// nik checks the birth date, to which women have 40 days added.
func nik(s string) bool {
	return digits(s, 16) && num(s[:2]) >= 11 && num(s[6:8])%40 > 0 && shortDate(num(s[10:12]), num(s[8:10]), num(s[6:8])%40) &&
		s[12:] != "0000"
}

func thID() *Kind {
	return &Kind{
		Name: "th_id", Region: "TH", Title: "Thai national identity number",
		alone:     []string{`[1-8]-[0-9]{4}-[0-9]{5}-[0-9]{2}-[0-9]|[1-8] [0-9]{4} [0-9]{5} [0-9]{2} [0-9]`},
		inContext: []string{`[1-8][0-9]{12}`},
		words:     []string{"เลขประจำตัวประชาชน", "บัตรประชาชน", "thai id", "thai national id", "national id", "citizen id", "tnin"},
		score:     0.9, check: thai,
	}
}

// thai checks the last digit (modulus 11) and that the second and third name a province's group.
func thai(s string) bool {
	if !digits(s, 13) || s[0] == '0' || s[0] == '9' || s[1] == '0' || same(s) {
		return false
	}
	switch s[1:3] {
	case "28", "29", "59", "68", "69", "78", "79", "87", "88", "89", "97", "98", "99":
		return false
	}
	return (11-weigh(s, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10 == int(s[12]-'0')
}

func phTIN() *Kind {
	return &Kind{
		Name: "ph_tin", Region: "PH", Title: "Philippine taxpayer number",
		inContext: []string{`[0-9]{3}-[0-9]{3}-[0-9]{3}(?:-[0-9]{3}(?:[0-9]{2})?)?`, `0[0-9]{8}(?:[0-9]{3}|[0-9]{5})?`},
		words:     []string{"tin", "bir", "tin number", "tin no", "taxpayer identification"},
		score:     0.4, near: 48, check: func(s string) bool { return !same(s) && len(s) >= 9 && len(s) <= 14 && len(s) != 10 && len(s) != 11 },
	}
}

func ilID() *Kind {
	return &Kind{
		Name: "il_id", Region: "IL", Title: "Israeli identity number",
		inContext: []string{`[0-9]{8}-?[0-9]`},
		words:     []string{"teudat zehut", "תעודת זהות", "ת ז", "מספר זהות", "israeli id", "israel id", "zehut"},
		score:     0.7, check: func(s string) bool { return digits(s, 9) && luhnOK(s) && num(s) > 0 },
	}
}
