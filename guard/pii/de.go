package pii

func deTaxID() *Kind {
	return &Kind{
		Name: "de_tax_id", Region: "DE", Title: "German tax identification number",
		alone:     []string{`[1-9][0-9] [0-9]{3} [0-9]{3} [0-9]{3}`},
		inContext: []string{`[1-9][0-9]{10}`},
		words: []string{"steuer id", "steuerid", "steueridentifikationsnummer", "steuer identifikationsnummer",
			"identifikationsnummer", "idnr", "id nr", "tin", "tax id", "steuerliche identifikationsnummer", "steuer idnr"},
		score: 0.8, check: deTax,
	}
}

// deTax checks the last digit (ISO 7064 mod 11,10) and that of the first ten digits exactly one stands twice or
// thrice (§ 139b AO; Bundeszentralamt für Steuern).
func deTax(s string) bool {
	if !digits(s, 11) || s[0] == '0' || !mod11x10(s) {
		return false
	}
	var count [10]int
	for i := range 10 {
		count[s[i]-'0']++
	}
	repeated := 0
	for _, n := range count {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	// Ten different digits are issued to nobody, but they are what examples are made of.
	return repeated <= 1
}

func deTaxNumber() *Kind {
	return &Kind{
		Name: "de_tax_number", Region: "DE", Title: "German tax number of a tax office",
		inContext: []string{`[0-9]{2,3}/[0-9]{3,4}/[0-9]{4,5}`, `[0-9]{13}`},
		words: []string{"steuernummer", "steuer nr", "steuernr", "st nr", "stnr", "finanzamt", "elster", "tax number",
			"steuer nummer"},
		score: 0.5, check: deTaxNumberForm,
	}
}

// deTaxNumberForm accepts the nine to eleven digits of a state, and thirteen: in the ELSTER form, where the fifth is a
// zero, or behind the number of one of the sixteen states.
func deTaxNumberForm(s string) bool {
	switch len(s) {
	case 9, 10, 11:
		return allDigits(s)
	case 13:
		land := num(s[:2])
		return allDigits(s) && (s[4] == '0' && s[0] != '0' || land >= 1 && land <= 16)
	}
	return false
}

func deSocialSecurity() *Kind {
	return &Kind{
		Name: "de_social_security", Region: "DE", Title: "German pension insurance number",
		alone: []string{`[0-9]{2} ?[0-9]{6} ?[A-Za-z] ?[0-9]{3}`},
		words: []string{"rentenversicherung", "rentenversicherungsnummer", "sozialversicherungsnummer", "versicherungsnummer",
			"rvnr", "rv nummer", "sv nummer", "vsnr", "sozialversicherung", "sozialversicherungsausweis"},
		score: 0.8, check: deSocial,
	}
}

// deSocial checks the birth date (day plus 50 where two people would share a number) and the last digit: the letter
// counts as two digits, and the products' digits are added (Verordnung über die Versicherungsnummer).
func deSocial(s string) bool {
	if len(s) != 12 || !allDigits(s[:8]) || !allDigits(s[9:]) || value(s[8]) < 10 {
		return false
	}
	day := num(s[2:4])
	if day > 50 {
		day -= 50
	}
	if !shortDate(num(s[6:8]), num(s[4:6]), day) {
		return false
	}
	letter := value(s[8]) - 9
	d := s[:8] + string([]byte{byte('0' + letter/10), byte('0' + letter%10)}) + s[9:11]
	sum := 0
	for i, w := range [...]int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1} {
		p := int(d[i]-'0') * w
		sum += p/10 + p%10
	}
	return sum%10 == int(s[11]-'0')
}

// icao checks the last character of a document number (ICAO 9303: weights 7 3 1, letters from 10).
func icao(s string) bool {
	if len(s) < 2 || value(s[len(s)-1]) > 9 {
		return false
	}
	return icaoSum(s[:len(s)-1])%10 == value(s[len(s)-1])
}

func icaoSum(s string) (sum int) {
	for i := range len(s) {
		if s[i] != '<' {
			sum += value(s[i]) * [...]int{7, 3, 1}[i%3]
		}
	}
	return sum
}

// deDocument is what the serial numbers of German identity cards and passports are made of: no vowels, so that no
// words appear.
const deDocument = `[0-9CFGHJKLMNPRTVWXYZcfghjklmnprtvwxyz]`

func deIDCard() *Kind {
	return &Kind{
		Name: "de_id_card", Region: "DE", Title: "German identity card",
		alone:     []string{`[LMNPRTVWXYlmnprtvwxy]` + deDocument + `{8}[0-9]`},
		inContext: []string{`[LMNPRTVWXYlmnprtvwxyCFGHJKcfghjk]` + deDocument + `{8}`},
		words: []string{"personalausweis", "ausweis", "ausweisnummer", "personalausweisnummer", "perso", "identity card",
			"id card", "dokumentennummer", "seriennummer", "aufenthaltstitel"},
		score: 0.6, check: deCard,
	}
}

// deCard accepts the nine characters that are printed, which hold no check digit, and ten with the one the machine
// readable lines add.
func deCard(s string) bool {
	return len(s) == 9 && countDigits(s) > 1 && countDigits(s) < 9 || len(s) == 10 && hasLetterAndDigit(s[1:9]) && icao(s)
}

// hasLetterAndDigit tells a code from a word and from a number.
func hasLetterAndDigit(s string) bool {
	n := countDigits(s)
	return n > 0 && n < len(s)
}

func dePassport() *Kind {
	return &Kind{
		Name: "de_passport", Region: "DE", Title: "German passport",
		inContext: []string{`[CFGHJKLMNPRTVWXYZcfghjklmnprtvwxyz]` + deDocument + `{8}[0-9]?`},
		words:     []string{"reisepass", "pass", "passnummer", "reisepassnummer", "passport", "pass nr", "reisepass nr", "german passport"},
		score:     0.5, check: deCard,
	}
}

func deHealthInsurance() *Kind {
	return &Kind{
		Name: "de_health_insurance", Region: "DE", Title: "German health insurance number",
		alone: []string{`[A-Za-z][0-9]{9}`},
		words: []string{"krankenversichertennummer", "krankenversicherung", "krankenkasse", "versichertennummer", "kvnr", "e gk",
			"egk", "egk nummer", "gesundheitskarte", "krankenversicherungsnummer", "versicherten nr"},
		score: 0.5, check: kvnr,
	}
}

// kvnr checks the last digit: the letter counts as two digits, weights 1 and 2, digits of products added (§ 290 SGB V).
func kvnr(s string) bool {
	if len(s) != 10 || value(s[0]) < 10 || !allDigits(s[1:]) {
		return false
	}
	letter := value(s[0]) - 9
	sum := letter/10 + twice(letter%10)
	for i := 1; i < 9; i++ {
		d := int(s[i] - '0')
		if i%2 == 0 {
			d = twice(d)
		}
		sum += d
	}
	return sum%10 == int(s[9]-'0') && !same(s[1:])
}

// twice is the sum of the digits of 2d.
func twice(d int) int { return 2*d/10 + 2*d%10 }

func deDrivingLicence() *Kind {
	return &Kind{
		Name: "de_driving_licence", Region: "DE", Title: "German driving licence",
		inContext: []string{`[A-Za-z][0-9A-Za-z]{10}`},
		words:     []string{"führerschein", "führerscheinnummer", "fahrerlaubnis", "führerschein nr", "driving licence", "fuehrerschein"},
		score:     0.5, check: func(s string) bool { return len(s) == 11 && countDigits(s) >= 5 },
	}
}

func deVehicle() *Kind {
	return &Kind{
		Name: "de_vehicle_registration", Region: "DE", Title: "German vehicle registration",
		inContext: []string{`[A-Za-zÄÖÜäöü]{1,3}(?:[- ][A-Za-z]{1,2}[- ]|-[A-Za-z]{1,2})[0-9]{1,4}[EHeh]?`},
		words:     []string{"kennzeichen", "kfz kennzeichen", "kfz", "nummernschild", "fahrzeug", "autokennzeichen", "amtliches kennzeichen"},
		score:     0.5, near: 40,
	}
}

func deCommercialRegister() *Kind {
	return &Kind{
		Name: "de_commercial_register", Region: "DE", Title: "German commercial register number",
		alone: []string{`(?i:hr[ab]) ?[0-9]{1,6}(?: ?[A-Z]{1,2})?`},
		words: []string{"handelsregister", "handelsregisternummer", "amtsgericht", "registergericht", "registernummer", "ag"},
		score: 0.6,
	}
}

func deDoctor() *Kind {
	return &Kind{
		Name: "de_doctor_number", Region: "DE", Title: "German number of a doctor (LANR) or practice (BSNR)",
		inContext: []string{`[0-9]{9}`},
		words: []string{"lanr", "bsnr", "arztnummer", "lebenslange arztnummer", "betriebsstättennummer", "betriebsstaettennummer",
			"vertragsarzt", "praxis"},
		score: 0.4, near: 40, check: func(s string) bool { return digits(s, 9) && !same(s) },
	}
}

func dePostcode() *Kind {
	return &Kind{
		Name: "de_postcode", Region: "DE", Title: "German postcode",
		inContext: []string{`[0-9]{5}`},
		words:     []string{"plz", "postleitzahl", "anschrift", "adresse", "wohnhaft", "straße", "strasse", "wohnort"},
		score:     0.3, near: 48,
		check: func(s string) bool { return digits(s, 5) && num(s) >= 1067 && num(s) <= 99998 },
	}
}
