package pii

func frNIR() *Kind {
	return &Kind{
		Name: "fr_nir", Region: "FR", Title: "French social security number (NIR)",
		alone: []string{
			`[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[ABab]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}`,
		},
		words: []string{"nir", "sécurité sociale", "securite sociale", "numéro de sécurité sociale", "insee", "sécu", "secu",
			"carte vitale"},
		score: 0.9, check: nir,
	}
}

// nir checks the month, the department and the key: 97 less the remainder, where Corsica's 2A and 2B count 19 and 18.
func nir(s string) bool {
	if len(s) != 15 || !allDigits(s[:6]) || !allDigits(s[7:]) {
		return false
	}
	month := num(s[3:5])
	if month < 1 || 12 < month && month < 20 || 42 < month && month < 50 {
		return false
	}
	dep := s[5:7]
	switch s[6] {
	case 'A':
		dep = "19"
	case 'B':
		dep = "18"
	default:
		if value(s[6]) > 9 {
			return false
		}
	}
	return dep != "00" && 97-mod97(s[:5]+dep+s[7:13]) == num(s[13:])
}

func frTax() *Kind {
	return &Kind{
		Name: "fr_tax_number", Region: "FR", Title: "French tax number (SPI)",
		inContext: []string{`[0-3][0-9](?: ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3})`},
		words: []string{"numéro fiscal", "numero fiscal", "spi", "nif", "fiscal", "impôt", "impôts", "impots",
			"référence fiscale", "identifiant fiscal"},
		score: 0.8, check: func(s string) bool { return digits(s, 13) && num(s[:10])%511 == num(s[10:]) && !same(s) },
	}
}

func frSIREN() *Kind {
	return &Kind{
		Name: "fr_siren", Region: "FR", Title: "French company number (SIREN)",
		inContext: []string{`[0-9]{3} [0-9]{3} [0-9]{3}`, `[0-9]{9}`},
		words:     []string{"siren", "rcs", "numéro siren", "n siren", "immatriculation"},
		score:     0.7, check: func(s string) bool { return digits(s, 9) && luhnOK(s) && !same(s) },
	}
}

func frSIRET() *Kind {
	return &Kind{
		Name: "fr_siret", Region: "FR", Title: "French establishment number (SIRET)",
		inContext: []string{`[0-9]{3} ?[0-9]{3} ?[0-9]{3} ?[0-9]{5}`},
		words:     []string{"siret", "numéro siret", "n siret", "établissement", "siren", "rcs"},
		score:     0.8, check: siret,
	}
}

// siret checks the Luhn digit; the post offices' numbers, which outgrew it, add up to a multiple of five (INSEE).
func siret(s string) bool {
	if !digits(s, 14) || same(s) {
		return false
	}
	return luhnOK(s) || s[:9] == "356000000" && weigh(s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%5 == 0
}

func frPassport() *Kind {
	return &Kind{
		Name: "fr_passport", Region: "FR", Title: "French passport",
		inContext: []string{`[0-9]{2}[A-Za-z]{2}[0-9]{5}`},
		words:     []string{"passeport", "numéro de passeport", "passport", "french passport", "n passeport"},
		score:     0.6, near: 48,
	}
}

func frIDCard() *Kind {
	return &Kind{
		Name: "fr_id_card", Region: "FR", Title: "French identity card",
		inContext: []string{`[0-9]{4}[0-9A-Za-z]{3}[0-9]{5}`, `[A-Za-z0-9]{9}`},
		words: []string{"carte d identité", "carte nationale d identité", "cni", "cnie", "carte d identite",
			"pièce d identité"},
		score: 0.5, near: 48,
		check: func(s string) bool { return len(s) == 12 || len(s) == 9 && countDigits(s) >= 2 },
	}
}
