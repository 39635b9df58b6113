package pii

import (
	"strings"

	"sallyport/guard"
)

// Loose returns the kinds that guess: names of people and postal addresses. They are off unless asked for. They find a
// name only behind words that announce one, and an address only where a street type and a number stand together; they
// miss most of what people write and take some of what they do not mean: in twenty thousand open texts, few of which
// are about private people, 57 of a thousand held a "name" and 4 an "address". Who needs every name needs a model.
func Loose() []*Kind {
	list := []*Kind{personName(), postalAddress()}
	for _, k := range list {
		k.ready()
	}
	return list
}

// titles stand before names.
const titles = "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Herr|Herrn|Frau|Monsieur|Madame|Mme|Señor|Señora|Sra|Signor|Signora|Senhor|Senhora|" +
	"Dhr|Mevr|Pan|Pani"

func personName() *Kind {
	const name = `\p{Lu}(?:['’-]?\p{Lu}?\p{Ll}){1,20}`
	const full = name + `(?: \p{Lu}\.)?(?: (?:van|von|de|der|da|di|la|le|del|dos|bin|al)){0,2}(?: ` + name + `){0,2}`
	return &Kind{
		Name: "person_name", Title: "Name of a person, behind words that announce one",
		alone: []string{
			`\b(?:` + titles + `)\.? ` + full,
			full,
		},
		words: []string{"my name is", "name is", "name", "full name", "first name", "last name", "surname", "i am called", "called", "signed",
			"sincerely", "regards", "kind regards", "best regards", "patient", "applicant", "customer name", "contact person",
			"mein name ist", "ich heiße", "heißt", "nachname", "vorname", "je m appelle", "nom", "prénom", "me llamo", "nombre", "apellido",
			"mi chiamo", "nome", "cognome", "meu nome é", "sobrenome", "ik heet", "naam", "imię", "nazwisko", "jag heter", "namn"},
		score: 0.4, raw: true, near: 20, judge: judgeName,
	}
}

// judgeName reports what follows a title, or what follows a word directly: nothing but spaces and a colon between.
func judgeName(i int, m *guard.Match, word bool) (from, to int, ok bool) {
	title, rest, more := strings.Cut(m.Text, " ")
	titled := more && rest != "" && strings.Contains("|"+titles+"|", "|"+strings.TrimRight(title, ".")+"|")
	if titled || i == 0 {
		return len(m.Text) - len(rest), len(m.Text), titled && i == 0
	}
	if !word {
		return 0, 0, false
	}
	// Only the words that touch the match count: "name: Jane", not "the name of the city is Paris".
	last := strings.TrimRight(m.Before, " :=\"'\n\t")
	if last == m.Before {
		return 0, 0, false
	}
	switch first, _, _ := strings.Cut(m.Text, " "); first {
	case "The", "This", "That", "It", "If", "In", "What", "Who", "How", "None", "True", "False", "Not", "And", "Or", "String", "Name", "Your":
		return 0, 0, false
	}
	var buf [3 * guard.LookBack]byte
	norm := strings.TrimRight(string(normalise(buf[:0], last, 20)), " ")
	for _, w := range [...]string{"name is", "name", "surname", "called", "signed", "sincerely", "regards", "patient", "applicant",
		"contact person", "name ist", "heiße", "heißt", "nachname", "vorname", "appelle", "nom", "prénom", "llamo", "nombre", "apellido", "chiamo",
		"nome", "cognome", "nome é", "sobrenome", "heet", "naam", "imię", "nazwisko", "heter", "namn"} {
		if strings.HasSuffix(norm, " "+w) {
			return 0, len(m.Text), true
		}
	}
	return 0, 0, false
}

func postalAddress() *Kind {
	const name = `\p{Lu}[\p{L}'’.-]{1,20}`
	return &Kind{
		Name: "postal_address", Title: "Street and number",
		alone: []string{
			`\b[1-9][0-9]{0,4}[A-Za-z]? (?:[NSEW]\.? )?(?:` + name + ` ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Way|Close|Crescent|Highway|Hwy|Parkway|Pkwy)\b\.?`,
			`\p{Lu}[\p{L}-]{1,24}(?:straße|strasse|str\.|gasse|weg|allee|platz|ring|damm|ufer|straat|laan|gracht|plein|vägen|gatan|veien|vej|gade|katu|tie) ?[1-9][0-9]{0,3} ?[a-z]?\b`,
			`\b[1-9][0-9]{0,3}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|place|allée|chemin|impasse|quai|route) (?:de |du |des |de la |d’|d')?` + name + `(?: ` + name + `){0,2}`,
			`\b(?:Calle|C/|Avenida|Avda\.?|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Praça|ul\.|ulica) (?:(?:de|del|da|do|dos|di|la) )?` + name + `(?: ` + name + `){0,2},? (?:n[º.o]? ?)?[1-9][0-9]{0,3}\b`,
		},
		score: 0.5, raw: true, anyCase: true,
	}
}
