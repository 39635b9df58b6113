package pii

func trID() *Kind {
	return &Kind{
		Name: "tr_id", Region: "TR", Title: "Turkish identity number (TCKN)",
		inContext: []string{`[1-9][0-9]{10}`},
		words: []string{"tckn", "tc kimlik", "t c kimlik", "kimlik no", "kimlik", "tc kimlik no", "kimlik numarası", "tc no",
			"turkish id"},
		score: 0.9, check: tckn,
	}
}

// tckn checks both check digits: seven times the odd places less the even ones, and the sum of the first ten.
func tckn(s string) bool {
	if !digits(s, 11) || s[0] == '0' {
		return false
	}
	a := weigh(s, 7, -1, 7, -1, 7, -1, 7, -1, 7) % 10
	return (a+10)%10 == int(s[9]-'0') && weigh(s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%10 == int(s[10]-'0')
}

func trVehicle() *Kind {
	return &Kind{
		Name: "tr_vehicle_registration", Region: "TR", Title: "Turkish vehicle registration",
		inContext: []string{`(?:0[1-9]|[1-7][0-9]|8[01]) ?[A-Za-z]{1,3} ?[0-9]{2,4}`},
		words:     []string{"plaka", "plakalı", "plakası", "araç", "license plate", "plate"},
		score:     0.5, near: 48,
	}
}
