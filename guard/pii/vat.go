package pii

func euVAT() *Kind {
	return &Kind{
		Name: "eu_vat", Region: "EU", Title: "VAT number of a member state, of Northern Ireland or of Norway and Switzerland",
		alone: []string{
			`(?i:BE|BG|CZ|DE|DK|EE|EL|FI|HR|HU|IT|LT|LU|LV|MT|PL|PT|RO|SE|SI|SK)[ .-]?(?:[0-9]{8,12}|[0-9]{2,4}(?:[ .-][0-9]{2,4}){2,3})`,
			`ATU ?[0-9]{8}`, `CY ?[0-9]{8}[A-Z]`, `ES ?[0-9A-Z][0-9]{7}[0-9A-Z]`, `FR ?[0-9A-HJ-NP-Z]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}`,
			`IE ?[0-9][0-9A-Z+*][0-9]{5}[A-W][A-I]?`, `NL ?[0-9]{9}B[0-9]{2}`, `(?:XI|GB) ?[0-9]{3} ?[0-9]{4} ?[0-9]{2}`,
			`CHE-?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}`,
		},
		words: []string{"vat", "vat id", "vat number", "ust id", "ust idnr", "ust id nr", "ustid", "umsatzsteuer", "tva", "iva", "btw", "moms", "mva", "uid"},
		score: 0.8, check: vat,
	}
}

// vat checks the digits by the rule of the country the number begins with.
func vat(s string) bool {
	if len(s) < 4 {
		return false
	}
	country, n := s[:2], s[2:]
	switch country {
	case "AT":
		return n[0] == 'U' && digits(n[1:], 8) && (10-(weigh(n[1:], 1, 0, 1, 0, 1, 0, 1)+evens(n[2:7])+4)%10)%10 == int(n[8]-'0')
	case "BE":
		return digits(n, 10) && n[0] <= '1' && 97-num(n[:8])%97 == num(n[8:])
	case "BG":
		return digits(n, 9) && bulstat(n) || digits(n, 10)
	case "CH":
		return len(n) >= 10 && n[0] == 'E' && digits(n[1:10], 9) && (11-weigh(n[1:], 5, 4, 3, 2, 7, 6, 5, 4)%11)%11 == int(n[9]-'0')
	case "CY":
		return len(n) == 9 && allDigits(n[:8]) && n[:2] != "12" && cyprus(n)
	case "CZ":
		return digits(n, 8) && ico(n) || rodneCislo(n)
	case "DE":
		return digits(n, 9) && n[0] != '0' && mod11x10(n)
	case "DK":
		return digits(n, 8) && n[0] != '0' && weigh(n, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	case "EE":
		return digits(n, 9) && weigh(n, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0
	case "EL":
		return digits(n, 9) && weigh(n, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == int(n[8]-'0') && num(n) > 0
	case "ES":
		return dni(n) && len(n) == 9 || nie(n) || cif(n)
	case "FI":
		return digits(n, 8) && weigh(n, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0
	case "FR":
		return len(n) == 11 && digits(n[2:], 9) && (luhnOK(n[2:]) || n[2:5] == "000") && frenchKey(n)
	case "GB", "XI":
		return digits(n, 9) && britishVAT(n)
	case "HR":
		return digits(n, 11) && mod11x10(n)
	case "HU":
		return digits(n, 8) && weigh(n, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0
	case "IE":
		return pps(n) || len(n) == 8 && value(n[1]) > 9 && pps("0"+n[2:7]+n[:1]+n[7:])
	case "IT":
		return partitaIVA(n)
	case "LT":
		return digits(n, 9) && n[7] == '1' && lithuanian(n, 8) || digits(n, 12) && n[10] == '1' && lithuanian(n, 11)
	case "LU":
		return digits(n, 8) && num(n[:6])%89 == num(n[6:])
	case "LV":
		return digits(n, 11) && (n[0] <= '3' || (weigh(n, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1))%11 == 3)
	case "MT":
		return digits(n, 8) && weigh(n, 3, 4, 6, 7, 8, 9, 10, 1)%37 == 0 && num(n) > 100000
	case "NL":
		return len(n) == 12 && digits(n[:9], 9) && n[9] == 'B' && digits(n[10:], 2) && (bsn(n[:9]) || mod97(s) == 1)
	case "PL":
		return nip(n)
	case "PT":
		return nif(n)
	case "RO":
		return romanian(n)
	case "SE":
		return digits(n, 12) && luhnOK(n[:10]) && n[10:] != "00"
	case "SI":
		return digits(n, 8) && n[0] != '0' && (11-weigh(n, 8, 7, 6, 5, 4, 3, 2)%11)%10 == int(n[7]-'0')
	case "SK":
		return digits(n, 10) && num(n)%11 == 0 && n[0] != '0'
	}
	return false
}

// evens adds the digits of twice every second digit, from the first.
func evens(s string) (sum int) {
	for i := 0; i < len(s); i += 2 {
		sum += twice(int(s[i] - '0'))
	}
	return sum
}

// bulstat checks a Bulgarian company's last digit, with a second row of weights where the first leaves ten.
func bulstat(n string) bool {
	d := weigh(n, 1, 2, 3, 4, 5, 6, 7, 8) % 11
	if d == 10 {
		d = weigh(n, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10
	}
	return d == int(n[8]-'0')
}

// cyprus checks the letter: the digits in even places as they are, the others by a table.
func cyprus(n string) bool {
	sum := 0
	for i := range 8 {
		d := int(n[i] - '0')
		if i%2 == 0 {
			d = [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}[d]
		}
		sum += d
	}
	return byte('A'+sum%26) == n[8]
}

// ico checks a Czech company's last digit (modulus 11; 1 where the sum leaves nothing).
func ico(n string) bool {
	return n[0] != '9' && "10987654321"[weigh(n, 8, 7, 6, 5, 4, 3, 2)%11] == n[7]
}

// frenchKey checks the two characters before a SIREN: digits are (12 + 3 SIREN) modulo 97; letters make a newer form.
func frenchKey(n string) bool {
	if allDigits(n[:2]) {
		return (num(n[2:])*100+12)%97 == num(n[:2])
	}
	return true
}

// britishVAT checks the last two digits, in the old way (modulo 97) or one of the new (42 or 55 left over).
func britishVAT(n string) bool {
	r := weigh(n, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97
	return r == 0 || n[0] != '0' && (r == 42 || r == 55)
}

// lithuanian checks the digit at i, with a second row of weights where the first leaves ten.
func lithuanian(n string, i int) bool {
	a, b := 0, 0
	for j := range i {
		d := int(n[j] - '0')
		a += d * (1 + j%9)
		b += d * (1 + (j+2)%9)
	}
	if a %= 11; a == 10 {
		a = b % 11 % 10
	}
	return a == int(n[i]-'0')
}

// romanian checks the last of up to ten digits (modulus 11).
func romanian(n string) bool {
	if !allDigits(n) || len(n) < 6 || len(n) > 10 {
		return false
	}
	sum := 0
	for i, w := range []byte("753217532")[10-len(n):] {
		sum += int(w-'0') * int(n[i]-'0')
	}
	return 10*sum%11%10 == int(n[len(n)-1]-'0')
}
