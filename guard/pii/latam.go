package pii

import "strings"

func brCPF() *Kind {
	return &Kind{
		Name: "br_cpf", Region: "BR", Title: "Brazilian person's tax number (CPF)",
		alone:     []string{`[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}`},
		inContext: []string{`[0-9]{9}-?[0-9]{2}`},
		words:     []string{"cpf", "cadastro de pessoa", "cadastro de pessoas físicas", "cpf mf"},
		score:     0.9, check: cpf,
	}
}

func cpf(s string) bool {
	return digits(s, 11) && !same(s) &&
		brDigit(weigh(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == s[9] && brDigit(weigh(s, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == s[10]
}

// brDigit is the check digit of a Brazilian sum: eleven less the remainder, 0 for what has no digit.
func brDigit(sum int) byte {
	if r := sum % 11; r >= 2 {
		return byte('0' + 11 - r)
	}
	return '0'
}

func brCNPJ() *Kind {
	return &Kind{
		Name: "br_cnpj", Region: "BR", Title: "Brazilian company tax number (CNPJ)",
		alone:     []string{`[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2}`},
		inContext: []string{`[0-9A-Za-z]{8}/?[0-9A-Za-z]{4}-?[0-9]{2}`},
		words:     []string{"cnpj", "cadastro nacional", "cnpj mf", "pessoa jurídica"},
		score:     0.9, check: cnpj,
	}
}

// cnpj checks both digits. Since July 2026 the first twelve characters may be letters, which count by their place in
// ASCII, less that of 0 (Receita Federal, IN 2.229/2024).
func cnpj(s string) bool {
	if len(s) != 14 || !allDigits(s[12:]) || same(s) {
		return false
	}
	return brDigit(weigh(s, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == s[12] &&
		brDigit(weigh(s, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == s[13]
}

func mxCURP() *Kind {
	return &Kind{
		Name: "mx_curp", Region: "MX", Title: "Mexican population registry code (CURP)",
		alone: []string{`[A-Za-z][AEIOUXaeioux][A-Za-z]{2}[0-9]{6}[HMXhmx][A-Za-z]{5}[0-9A-Za-z][0-9]`},
		words: []string{"curp", "clave única", "registro de población"},
		score: 0.95, anyCase: true, check: curp,
	}
}

// curp checks the birth date, the state and the last digit. Letters of the check count by their place in an alphabet
// with Ñ, hence the step behind N.
func curp(s string) bool {
	if len(s) != 18 || !allDigits(s[4:10]) || value(s[17]) > 9 || !shortDate(num(s[4:6]), num(s[6:8]), num(s[8:10])) ||
		!strings.Contains("AS BC BS CC CH CL CM CS DF DG GR GT HG JC MC MN MS NE NL NT OC PL QR QT SL SP SR TC TL TS VZ YN ZS", s[11:13]) {
		return false
	}
	sum := 0
	for i := range 17 {
		v := value(s[i])
		if v < 0 {
			return false
		}
		if s[i] > 'N' {
			v++
		}
		sum += v * (18 - i)
	}
	return (10-sum%10)%10 == value(s[17])
}

func mxRFC() *Kind {
	return &Kind{
		Name: "mx_rfc", Region: "MX", Title: "Mexican tax number (RFC)",
		alone:     []string{`[A-Za-z]{4}[0-9]{6}[0-9A-Za-z]{2}[0-9Aa]`},
		inContext: []string{`[A-Za-z&]{3,4}[- ][0-9]{6}[- ]?[0-9A-Za-z]{2}[0-9Aa]|[A-Za-z&]{3}[0-9]{6}[0-9A-Za-z]{2}[0-9Aa]`},
		words:     []string{"rfc", "registro federal", "contribuyentes", "registro federal de contribuyentes", "sat"},
		score:     0.7, check: rfc,
	}
}

// rfc checks the date of birth or founding. The last character is a check digit that the registry itself does not
// always follow.
func rfc(s string) bool {
	n := len(s)
	return n >= 11 && n <= 13 && allDigits(s[n-9:n-3]) && shortDate(num(s[n-9:n-7]), num(s[n-7:n-5]), num(s[n-5:n-3]))
}

func mxCLABE() *Kind {
	return &Kind{
		Name: "mx_clabe", Region: "MX", Title: "Mexican bank account (CLABE)",
		inContext: []string{`[0-9]{18}`, `[0-9]{3} [0-9]{3} [0-9]{11} [0-9]`},
		words:     []string{"clabe", "cuenta clabe", "clabe interbancaria", "interbancaria"},
		score:     0.9, check: clabe,
	}
}

// clabe checks the last digit: weights 3 7 1, each product modulo ten.
func clabe(s string) bool {
	if !digits(s, 18) || same(s) {
		return false
	}
	sum := 0
	for i := range 17 {
		sum += int(s[i]-'0') * [...]int{3, 7, 1}[i%3] % 10
	}
	return (10-sum%10)%10 == int(s[17]-'0')
}

func arCUIT() *Kind {
	return &Kind{
		Name: "ar_cuit", Region: "AR", Title: "Argentine tax number (CUIT, CUIL)",
		alone:     []string{`(?:2[03457]|3[034])-[0-9]{8}-[0-9]`},
		inContext: []string{`(?:2[03457]|3[034])[0-9]{9}`},
		words:     []string{"cuit", "cuil", "clave única", "cuit cuil", "afip"},
		score:     0.8, check: cuit,
	}
}

// cuit checks the last digit (modulus 11; 9 where it would be ten).
func cuit(s string) bool {
	return digits(s, 11) && "09987654321"[weigh(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11] == s[10] && !same(s[2:10])
}

func clRUT() *Kind {
	return &Kind{
		Name: "cl_rut", Region: "CL", Title: "Chilean tax number (RUT)",
		alone:     []string{`[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Kk]`},
		inContext: []string{`[0-9]{7,8}-?[0-9Kk]`},
		words:     []string{"rut", "run", "rol único", "rol único tributario", "cédula"},
		score:     0.8, anyCase: true, check: rut,
	}
}

// rut checks the last character (modulus 11, K for ten): weights 2 to 7 from the right, over and over.
func rut(s string) bool {
	n := len(s) - 1
	if n < 7 || n > 8 || !allDigits(s[:n]) || same(s[:n]) {
		return false
	}
	sum := 0
	for i := range n {
		sum += int(s[n-1-i]-'0') * (2 + i%6)
	}
	return "0K987654321"[sum%11] == s[n]
}

func coNIT() *Kind {
	return &Kind{
		Name: "co_nit", Region: "CO", Title: "Colombian tax number (NIT)",
		inContext: []string{`[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]`},
		words:     []string{"nit", "rut", "dian", "identificación tributaria", "número de identificación tributaria"},
		score:     0.7, check: nit,
	}
}

func nit(s string) bool {
	return digits(s, 10) && "01987654321"[weigh(s, 41, 37, 29, 23, 19, 17, 13, 7, 3)%11] == s[9] && !same(s)
}
