package pii

func iePPS() *Kind {
	return &Kind{
		Name: "ie_pps", Region: "IE", Title: "Irish Personal Public Service number",
		alone: []string{`[0-9]{7}[A-Wa-w][A-IWTa-iwt]?`},
		words: []string{"pps", "ppsn", "pps number", "pps no", "personal public service", "uimhir psp", "psp"},
		score: 0.5, check: pps,
	}
}

// pps checks the letter behind the digits (modulus 23), which also counts a second letter, nine times.
func pps(s string) bool {
	if len(s) < 8 || len(s) > 9 || !allDigits(s[:7]) {
		return false
	}
	sum := weigh(s, 8, 7, 6, 5, 4, 3, 2)
	if len(s) == 9 {
		switch v := value(s[8]) - 9; {
		case v >= 1 && v <= 9:
			sum += 9 * v
		case s[8] != 'W' && s[8] != 'T':
			return false
		}
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == s[7]
}
