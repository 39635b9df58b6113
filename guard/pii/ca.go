package pii

import "strings"

func caSIN() *Kind {
	return &Kind{
		Name: "ca_sin", Region: "CA", Title: "Canadian social insurance number",
		alone:     []string{`[0-9]{3}-[0-9]{3}-[0-9]{3}`},
		inContext: []string{`[0-9]{3} [0-9]{3} [0-9]{3}`, `[0-9]{9}`},
		words: []string{"sin", "sin number", "sin no", "social insurance", "social insurance number", "nas",
			"assurance sociale", "numéro d assurance sociale"},
		score: 0.6, check: sin,
	}
}

// sin checks the Luhn digit; no number begins with 0 or 8.
func sin(s string) bool { return digits(s, 9) && s[0] != '0' && s[0] != '8' && luhnOK(s) && !same(s) }

func caPassport() *Kind {
	return &Kind{
		Name: "ca_passport", Region: "CA", Title: "Canadian passport number",
		inContext: []string{`[A-Za-z]{2}[0-9]{6}|[A-Za-z][0-9]{6}[A-Za-z]{2}`},
		words:     []string{"canadian passport", "canada passport", "passport", "passport number", "passport no", "passeport", "passeport canadien"},
		score:     0.5, near: 48,
	}
}

func caDriverLicence() *Kind {
	return &Kind{
		Name: "ca_driver_licence", Region: "CA", Title: "Canadian driver's licence (Ontario, Quebec)",
		alone:     []string{`[A-Za-z][0-9]{4}-[0-9]{5}-[0-9]{5}`},
		inContext: []string{`[A-Za-z][0-9]{4} ?[0-9]{5} ?[0-9]{5}`, `[A-Za-z][0-9]{4}[ -]?[0-9]{6}[ -]?[0-9]{2}`},
		words: []string{"driver licence", "drivers licence", "driver s licence", "driver license", "driver s license",
			"drivers license", "permis de conduire", "dl", "licence number"},
		score: 0.5,
	}
}

func caPostalCode() *Kind {
	return &Kind{
		Name: "ca_postal_code", Region: "CA", Title: "Canadian postal code",
		inContext: []string{`[A-Za-z][0-9][A-Za-z][ -]?[0-9][A-Za-z][0-9]`},
		words: []string{"postal code", "postal", "code postal", "address", "adresse", "mail to", "ship to", "street", "ave",
			"avenue", "on", "qc", "bc", "ab", "ontario", "quebec", "québec", "toronto", "montreal", "vancouver"},
		score: 0.3, near: 64, check: caPostal,
	}
}

// caPostal knows the letters Canada Post uses: no D F I O Q U anywhere, no W or Z in front.
func caPostal(s string) bool {
	return len(s) == 6 && !strings.ContainsAny(s, "DFIOQU") && s[0] != 'W' && s[0] != 'Z'
}
