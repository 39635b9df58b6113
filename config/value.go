package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written with a unit: 64KiB, 8MiB, 1GiB; or as a
// plain number of bytes.
type Size int64

// units are in the order in which they are tried; B must be last.
var units = [...]struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// String is s as the file writes it, in the largest unit that is exact.
func (s Size) String() string {
	for _, u := range units {
		if s != 0 && int64(s)%u.size == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.size, u.name)
		}
	}
	return "0B"
}

// parseDuration reads a non-negative time span.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("not a time span; write a number and a unit, such as 500ms, 60s or 5m")
	}
	if d < 0 {
		return 0, errors.New("a time span cannot be negative")
	}
	return d, nil
}

// parseSize reads a number of bytes. Decimal units are refused: a limit of
// which one cannot say whether it is 8,000,000 or 8,388,608 is no limit.
func parseSize(text string) (Size, error) {
	unit := int64(1)
	for _, u := range units {
		if n, ok := strings.CutSuffix(text, u.name); ok {
			text, unit = strings.TrimSpace(n), u.size
			break
		}
	}
	if !plainNumber(text) || strings.HasPrefix(text, "-") {
		return 0, errors.New("not a size; write a whole number and KiB, MiB or GiB, such as 8MiB")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return 0, errors.New("the size is too large")
	}
	return Size(n * unit), nil
}

// parseNetwork reads an address range in CIDR notation.
func parseNetwork(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, errors.New("not a network; write an address and a length, such as 10.0.0.0/8 or 192.0.2.1/32")
	}
	if p != p.Masked() {
		return p, fmt.Errorf("the address has bits beyond its length; write %s", p.Masked())
	}
	return p, nil
}

// File is the path of a file that must exist. After loading it is absolute.
type File string

// plainNumber reports whether text is a decimal whole number written in the one
// way that nobody reads as octal, hexadecimal or text.
func plainNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] == '0' && text != "0" {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

func parseWhole(text string) (int64, error) {
	if !plainNumber(text) {
		return 0, errors.New("not a whole number; write decimal digits only")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errors.New("the number is too large")
	}
	return n, nil
}
