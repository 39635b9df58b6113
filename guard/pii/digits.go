package pii

import "time"

// Arithmetic the checks share. All of it is safe on any string.

// digits reports whether s is made of n digits.
func digits(s string, n int) bool { return len(s) == n && allDigits(s) }

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}

// num is the value of a string of digits.
func num(s string) (v int) {
	for i := range len(s) {
		v = v*10 + int(s[i]-'0')
	}
	return v
}

// weigh adds the digits of s times their weights. s has at least as many digits as there are weights.
func weigh(s string, weights ...int) (sum int) {
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum
}

// same reports whether s is one character over and over, which is no number anybody was given.
func same(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}

// value is what a letter or digit counts in the mod 97 and mod 11-10 systems: A is 10, Z is 35.
func value(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// luhnOK checks the last digit of s (ISO/IEC 7812-1 annex B).
func luhnOK(s string) bool { return allDigits(s) && luhnSum(s)%10 == 0 }

func luhnSum(s string) (sum int) {
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum
}

// mod97 is the remainder of s, letters counted as two digits (ISO 7064 mod 97-10).
func mod97(s string) (r int) {
	for i := range len(s) {
		v := value(s[i])
		if v < 0 {
			return -1
		}
		if v > 9 {
			r = (r*100 + v) % 97
		} else {
			r = (r*10 + v) % 97
		}
	}
	return r
}

// mod11x10 reports whether digits end in their check digit (ISO 7064 mod 11,10).
func mod11x10(s string) bool {
	if !allDigits(s) {
		return false
	}
	p := 10
	for i := range len(s) - 1 {
		if p = (p + int(s[i]-'0')) % 10; p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (p+int(s[len(s)-1]-'0'))%10 == 1
}

// verhoeff reports whether digits end in their check digit (Verhoeff 1969: the dihedral group of order ten).
func verhoeff(s string) bool {
	if !allDigits(s) {
		return false
	}
	c := 0
	for i := range len(s) {
		c = dihedral(c, permute(i%8, int(s[len(s)-1-i]-'0')))
	}
	return c == 0
}

// dihedral multiplies in D5: 0 to 4 are rotations, 5 to 9 reflections.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b)%5
	case b < 5:
		return 5 + (a-b)%5
	}
	return (a - b + 5) % 5
}

// permute applies Verhoeff's permutation (1 5 8 9 4 2 7 0)(3 6) n times.
func permute(n, d int) int {
	for range n {
		d = int("1576283094"[d] - '0')
	}
	return d
}

// date reports whether a day exists in the Gregorian calendar.
func date(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// shortDate reports whether a day exists in a year of which only the last two digits are known: the 29th of February
// does in the leap years of either century.
func shortDate(yy, month, day int) bool {
	return date(1900+yy, month, day) || date(2000+yy, month, day)
}
