package pii

// Central and eastern Europe.

func czBirthNumber() *Kind {
	return &Kind{
		Name: "cz_birth_number", Region: "CZ", Title: "Czech or Slovak birth number",
		alone:     []string{`[0-9]{6}/[0-9]{4}`},
		inContext: []string{`[0-9]{9,10}|[0-9]{6}/[0-9]{3}`},
		words:     []string{"rodné číslo", "rodne cislo", "rč", "r č", "birth number", "rodného čísla"},
		score:     0.9, check: rodneCislo,
	}
}

// rodneCislo checks the date (months have 50 added for women, 20 where a day ran out) and that ten digits divide by
// eleven, or leave ten where the last is zero.
func rodneCislo(s string) bool {
	if !digits(s, 10) && !digits(s, 9) || !shortDate(num(s[:2]), num(s[2:4])%50%20, num(s[4:6])) {
		return false
	}
	if len(s) == 9 {
		return s[6:] != "000" && num(s[:2]) < 54
	}
	return num(s)%11 == 0 || num(s[:9])%11 == 10 && s[9] == '0'
}

func roCNP() *Kind {
	return &Kind{
		Name: "ro_cnp", Region: "RO", Title: "Romanian personal code (CNP)",
		inContext: []string{`[1-9][0-9]{12}`},
		words:     []string{"cnp", "cod numeric personal", "codul numeric personal"},
		score:     0.9, check: cnp,
	}
}

func cnp(s string) bool {
	return digits(s, 13) && s[0] != '0' && shortDate(num(s[1:3]), num(s[3:5]), num(s[5:7])) &&
		int("01234567891"[weigh(s, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)%11]) == int(s[12])
}

func bgEGN() *Kind {
	return &Kind{
		Name: "bg_egn", Region: "BG", Title: "Bulgarian civil number (EGN)",
		inContext: []string{`[0-9]{10}`},
		words:     []string{"егн", "egn", "единен граждански номер"},
		score:     0.9, check: egn,
	}
}

// egn checks the date, whose month has 20 added before 1900 and 40 since 2000, and the last digit.
func egn(s string) bool {
	return digits(s, 10) && shortDate(num(s[:2]), num(s[2:4])%20, num(s[4:6])) && num(s[2:4]) <= 52 &&
		weigh(s, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == int(s[9]-'0')
}

func grAMKA() *Kind {
	return &Kind{
		Name: "gr_amka", Region: "GR", Title: "Greek social security number (AMKA)",
		inContext: []string{`[0-3][0-9]{10}`},
		words:     []string{"αμκα", "amka", "α μ κ α"},
		score:     0.9, check: func(s string) bool {
			return digits(s, 11) && shortDate(num(s[4:6]), num(s[2:4]), num(s[:2])) && luhnOK(s)
		},
	}
}

func hrOIB() *Kind {
	return &Kind{
		Name: "hr_oib", Region: "HR", Title: "Croatian personal number (OIB)",
		inContext: []string{`[0-9]{11}`},
		words:     []string{"oib", "osobni identifikacijski broj", "porezni broj"},
		score:     0.9, check: func(s string) bool { return digits(s, 11) && mod11x10(s) },
	}
}

func eeIsikukood() *Kind {
	return &Kind{
		Name: "ee_isikukood", Region: "EE", Title: "Estonian or Lithuanian personal code",
		inContext: []string{`[1-8][0-9]{10}`},
		words:     []string{"isikukood", "isikukoodi", "asmens kodas", "asmens kodo", "personal code", "ik"},
		score:     0.9, check: isikukood,
	}
}

// isikukood checks the birth date and the last digit, with a second row of weights where the first leaves ten.
func isikukood(s string) bool {
	if !digits(s, 11) || s[0] == '0' || s[0] == '9' ||
		!date(1800+int(s[0]-'1')/2*100+num(s[1:3]), num(s[3:5]), num(s[5:7])) {
		return false
	}
	d := weigh(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if d == 10 {
		d = weigh(s, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return d == int(s[10]-'0')
}

func siEMSO() *Kind {
	return &Kind{
		Name: "si_emso", Region: "SI", Title: "Personal number of the former Yugoslavia (EMŠO, JMBG)",
		inContext: []string{`[0-3][0-9]{12}`},
		words:     []string{"emšo", "emso", "jmbg", "јмбг", "matični broj", "enotna matična številka"},
		score:     0.9, check: emso,
	}
}

func emso(s string) bool {
	return digits(s, 13) && shortDate(num(s[5:7]), num(s[2:4]), num(s[:2])) && (s[4] == '9' || s[4] == '0') &&
		(11-weigh(s, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11%10 == int(s[12]-'0')
}

func ruINN() *Kind {
	return &Kind{
		Name: "ru_inn", Region: "RU", Title: "Russian tax number (INN)",
		inContext: []string{`[0-9]{12}`, `[0-9]{10}`},
		words:     []string{"инн", "inn"},
		score:     0.8, check: inn,
	}
}

func inn(s string) bool {
	switch {
	case digits(s, 10):
		return weigh(s, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(s[9]-'0') && !same(s)
	case digits(s, 12):
		return weigh(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(s[10]-'0') &&
			weigh(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(s[11]-'0') && !same(s)
	}
	return false
}

func ruSNILS() *Kind {
	return &Kind{
		Name: "ru_snils", Region: "RU", Title: "Russian pension insurance number (SNILS)",
		alone:     []string{`[0-9]{3}-[0-9]{3}-[0-9]{3} [0-9]{2}`},
		inContext: []string{`[0-9]{11}|[0-9]{3}-[0-9]{3}-[0-9]{3}-[0-9]{2}`},
		words:     []string{"снилс", "snils", "страховой номер"},
		score:     0.9, check: snils,
	}
}

func snils(s string) bool {
	return digits(s, 11) && weigh(s, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == num(s[9:]) && num(s) > 0
}

func ruPassport() *Kind {
	return &Kind{
		Name: "ru_passport", Region: "RU", Title: "Russian internal passport",
		inContext: []string{`[0-9]{2} ?[0-9]{2} ?(?:№ ?)?[0-9]{6}`},
		words:     []string{"паспорт", "паспорта", "паспортные данные", "серия", "серия и номер", "russian passport"},
		score:     0.6, near: 64,
	}
}

func uaTax() *Kind {
	return &Kind{
		Name: "ua_tax_number", Region: "UA", Title: "Ukrainian tax number (RNOKPP)",
		inContext: []string{`[0-9]{10}`},
		words:     []string{"рнокпп", "іпн", "ідентифікаційний код", "ідентифікаційний номер", "rnokpp"},
		score:     0.8, check: rnokpp,
	}
}

// rnokpp checks the last digit (modulus 11).
func rnokpp(s string) bool {
	return digits(s, 10) && !same(s) && (weigh(s, -1, 5, 7, 9, 4, 6, 10, 5, 7)%11+11)%11%10 == int(s[9]-'0')
}

func huTAJ() *Kind {
	return &Kind{
		Name: "hu_taj", Region: "HU", Title: "Hungarian social security number (TAJ)",
		inContext: []string{`[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}`},
		words:     []string{"taj", "taj szám", "tajszám", "társadalombiztosítási azonosító"},
		score:     0.8, check: func(s string) bool {
			return digits(s, 9) && weigh(s, 3, 7, 3, 7, 3, 7, 3, 7)%10 == int(s[8]-'0') && !same(s)
		},
	}
}
