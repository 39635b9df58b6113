package pii

import (
	"strings"

	"sallyport/guard"
)

func dateOfBirth() *Kind {
	const month = `(?:[A-Za-z]|é|û|ä|ç){3,10}`
	return &Kind{
		Name: "date_of_birth", Title: "Date of birth",
		alone: []string{
			`\b[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})\b`, `\b[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}\b`,
			`\b[0-9]{1,2}(?:\.|st|nd|rd|th)?(?: (?:of|de))? ` + month + `\.?,?(?: de)? [0-9]{4}\b`,
			`\b` + month + `\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4}\b`,
			`\b[0-9]{4}[年년] ?[0-9]{1,2}[月월] ?[0-9]{1,2}[日일]`,
		},
		words: []string{"dob", "do b", "d o b", "date of birth", "birth date", "birthdate", "birthday", "born", "born on",
			"date ofbirth", "dateofbirth", "geboren", "geboren am", "geburtsdatum", "geburtstag", "geb", "né le", "née le", "né e le",
			"date de naissance", "naissance", "fecha de nacimiento", "nacido", "nacida", "nacimiento", "data di nascita", "nato", "nata",
			"data de nascimento", "nascido", "nascida", "nascimento", "geboortedatum", "data urodzenia", "urodzony", "urodzona",
			"födelsedatum", "fødselsdato", "født", "syntymäaika", "doğum tarihi", "дата рождения", "народження",
			"生年月日", "出生日期", "出生", "생년월일"},
		score: 0.6, raw: true, near: 28, judge: judgeBirth,
	}
}

// judgeBirth asks for a word and for a day that exists, in any order of day and month, in a year people live in.
func judgeBirth(_ int, m *guard.Match, word bool) (from, to int, ok bool) {
	if !word || glued(m.Before) {
		return 0, 0, false
	}
	var n [3]int
	var size [3]int
	parts, month := 0, 0
	for i := 0; i < len(m.Text); {
		j := i
		for j < len(m.Text) && class[m.Text[j]]&digit != 0 {
			j++
		}
		if j > i {
			if parts == 3 {
				return 0, 0, false
			}
			n[parts], size[parts] = num(m.Text[i:j]), j-i
			parts++
			i = j
			continue
		}
		for j < len(m.Text) && class[m.Text[j]]&digit == 0 {
			j++
		}
		if v := monthIn(m.Text[i:j]); v > 0 {
			month = v
		}
		i = j
	}
	switch {
	case parts == 2 && month > 0:
		ok = living(n[1], month, n[0])
	case parts == 3 && size[0] == 4:
		ok = living(n[0], n[1], n[2])
	case parts == 3 && size[2] == 4:
		ok = living(n[2], n[1], n[0]) || living(n[2], n[0], n[1])
	case parts == 3:
		ok = shortDate(n[2], n[1], n[0]) || shortDate(n[2], n[0], n[1])
	}
	return 0, len(m.Text), ok
}

func living(year, month, day int) bool { return year >= 1890 && year <= 2100 && date(year, month, day) }

// monthIn returns the month a text names in one of a few languages, 0 for none.
func monthIn(text string) int {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !alnum(r) }) {
		if len(w) < 3 {
			continue
		}
		for i, names := range [...]string{
			"january januar janvier enero gennaio janeiro januari ene gen styczeń",
			"february februar février febrero febbraio fevereiro februari feb fév fev",
			"march märz mars marzo março maart mar mär mrz",
			"april avril abril aprile apr avr abr",
			"may mai mayo maggio maio mei mag",
			"june juni juin junio giugno junho jun giu",
			"july juli juillet julio luglio julho jul lug",
			"august août agosto augustus aug ago aoû",
			"september septembre septiembre settembre setembro sept sep set",
			"october oktober octobre octubre ottobre outubro oct okt ott out",
			"november novembre noviembre novembro nov",
			"december dezember décembre diciembre dicembre dezembro dec dez déc dic",
		} {
			for name := range strings.FieldsSeq(names) {
				if name == w || len(w) == 3 && strings.HasPrefix(name, w) {
					return i + 1
				}
			}
		}
	}
	return 0
}
