package pii

func zaID() *Kind {
	return &Kind{
		Name: "za_id", Region: "ZA", Title: "South African identity number",
		alone: []string{`[0-9]{6} ?[0-9]{4} ?[012][0-9]{2}`},
		words: []string{"south african id", "id number", "identity number", "sa id", "rsa id", "permanent resident", "id no"},
		score: 0.7, check: southAfrican,
	}
}

// southAfrican checks the birth date, the citizenship and the Luhn digit.
func southAfrican(s string) bool {
	return digits(s, 13) && shortDate(num(s[:2]), num(s[2:4]), num(s[4:6])) && s[10] <= '2' && luhnOK(s)
}

func ngNIN() *Kind {
	return &Kind{
		Name: "ng_nin", Region: "NG", Title: "Nigerian identity number (NIN) or bank verification number (BVN)",
		inContext: []string{`[1-9][0-9]{10}`},
		words:     []string{"nin", "bvn", "national identification", "national identification number", "bank verification", "nimc", "bank verification number"},
		score:     0.5, near: 48, check: func(s string) bool { return digits(s, 11) && !same(s) },
	}
}

func ngVehicle() *Kind {
	return &Kind{
		Name: "ng_vehicle_registration", Region: "NG", Title: "Nigerian vehicle registration",
		inContext: []string{`[A-Za-z]{3}[- ]?[0-9]{3}[A-Za-z]{2}`},
		words:     []string{"plate", "plate number", "vehicle", "number plate", "car", "registration"},
		score:     0.5, near: 48,
	}
}
