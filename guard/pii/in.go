package pii

import "strings"

func inAadhaar() *Kind {
	return &Kind{
		Name: "in_aadhaar", Region: "IN", Title: "Indian Aadhaar number",
		alone:     []string{`[2-9][0-9]{3}[ -][0-9]{4}[ -][0-9]{4}`},
		inContext: []string{`[2-9][0-9]{11}`},
		words:     []string{"aadhaar", "aadhar", "adhaar", "uidai", "uid", "aadhaar number", "आधार"},
		score:     0.8, check: aadhaar,
	}
}

func aadhaar(s string) bool {
	return digits(s, 12) && s[0] >= '2' && verhoeff(s) && !palindrome(s)
}

func palindrome(s string) bool {
	for i := range len(s) / 2 {
		if s[i] != s[len(s)-1-i] {
			return false
		}
	}
	return true
}

func inPAN() *Kind {
	return &Kind{
		Name: "in_pan", Region: "IN", Title: "Indian permanent account number",
		alone:     []string{`[A-Za-z]{3}[ABCFGHJLPTabcfghjlpt][A-Za-z][0-9]{4}[A-Za-z]`},
		inContext: []string{`[A-Za-z]{3}[DEIKMNOQRSUVWXYZdeikmnoqrsuvwxyz][A-Za-z][0-9]{4}[A-Za-z]`},
		words:     []string{"pan", "pan number", "pan card", "pan no", "permanent account", "income tax"},
		score:     0.7,
	}
}

func inGSTIN() *Kind {
	return &Kind{
		Name: "in_gstin", Region: "IN", Title: "Indian goods and services tax number",
		alone: []string{`[0-9]{2}[A-Za-z]{5}[0-9]{4}[A-Za-z][1-9A-Za-z][Zz][0-9A-Za-z]`},
		words: []string{"gstin", "gst", "gst no", "gst number", "gst registration"},
		score: 0.8, check: gstin,
	}
}

// gstin checks the state. The last character is a check digit that many published examples do not have right; the form
// says enough without it.
func gstin(s string) bool {
	if len(s) != 15 || !allDigits(s[:2]) {
		return false
	}
	state := num(s[:2])
	return state >= 1 && state <= 38 || state == 97 || state == 99
}

func inVoter() *Kind {
	return &Kind{
		Name: "in_voter", Region: "IN", Title: "Indian voter's card (EPIC)",
		inContext: []string{`[A-Za-z]{3}[0-9]{7}`},
		words:     []string{"voter", "epic", "voter id", "election", "voter card", "epic no", "elector"},
		score:     0.5, near: 48,
	}
}

func inVehicle() *Kind {
	return &Kind{
		Name: "in_vehicle_registration", Region: "IN", Title: "Indian vehicle registration",
		alone:     []string{`[A-Za-z]{2}[- ]?[0-9]{2}[- ]?[A-Za-z]{1,3}[- ]?[0-9]{4}`},
		inContext: []string{`[A-Za-z]{2}[- ]?[0-9](?:[A-Za-z]?[- ]?[A-Za-z]{1,3}[- ]?[0-9]{1,4}|[0-9][- ]?[A-Za-z]{1,3}[- ]?[0-9]{1,3})`},
		words:     []string{"vehicle", "rto", "registration", "number plate", "car", "bike", "vehicle number", "vehicle no", "plate", "rc"},
		score:     0.5, near: 48, check: inPlate,
	}
}

// inPlate checks the code of the state or territory.
func inPlate(s string) bool {
	if len(s) < 5 || value(s[2]) > 9 {
		return false
	}
	i := strings.Index("AN AP AR AS BH BR CG CH DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY RJ SK TG TN TR TS UA UK UP WB ",
		s[:2]+" ")
	return i >= 0
}

func inPassport() *Kind {
	return &Kind{
		Name: "in_passport", Region: "IN", Title: "Indian passport",
		inContext: []string{`[A-PR-WYa-pr-wy][0-9]{7}`},
		words:     []string{"indian passport", "passport", "passport number", "passport no", "india passport"},
		score:     0.5, near: 48,
	}
}
