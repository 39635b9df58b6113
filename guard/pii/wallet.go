package pii

import (
	"crypto/sha256"
	"strings"
)

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

func bitcoin() *Kind {
	return &Kind{
		Name: "bitcoin_address", Title: "Bitcoin address",
		alone: []string{`[13][1-9A-HJ-NP-Za-km-z]{25,34}`, `bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71}`},
		words: []string{"bitcoin", "btc", "wallet", "address"}, score: 0.99, anyCase: true, written: bitcoinAddress,
	}
}

func bitcoinAddress(s string) bool {
	if lowered := strings.ToLower(s); strings.HasPrefix(lowered, "bc1") {
		return bech32(lowered)
	}
	p, ok := base58check(s, base58)
	return ok && (p[0] == 0x00 || p[0] == 0x05)
}

func otherCoins() *Kind {
	return &Kind{
		Name: "crypto_address", Title: "Address of Litecoin, Dogecoin, Dash, Tron or Ripple",
		alone: []string{`[LMDAXT][1-9A-HJ-NP-Za-km-z]{32,34}`, `r[1-9A-HJ-NP-Za-km-z]{24,34}`, `ltc1[02-9ac-hj-np-z]{11,71}`},
		words: []string{"litecoin", "ltc", "doge", "dogecoin", "dash", "tron", "trx", "usdt", "ripple", "xrp", "wallet", "address"},
		score: 0.99, anyCase: true, written: coinAddress,
	}
}

func coinAddress(s string) bool {
	if strings.HasPrefix(s, "ltc1") {
		return bech32(s)
	}
	if strings.HasPrefix(s, "r") {
		p, ok := base58check(s, "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")
		return ok && p[0] == 0
	}
	p, ok := base58check(s, base58)
	return ok && strings.IndexByte("\x30\x32\x1e\x16\x4c\x10\x41", p[0]) >= 0
}

// base58check decodes 25 bytes and checks the last four: the beginning of the SHA-256 of the SHA-256 of the others.
func base58check(s, alphabet string) (p [25]byte, ok bool) {
	if len(s) > 40 {
		return p, false
	}
	for i := range len(s) {
		carry := strings.IndexByte(alphabet, s[i])
		if carry < 0 {
			return p, false
		}
		for j := len(p) - 1; j >= 0; j-- {
			carry += int(p[j]) * 58
			p[j] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return p, false
		}
	}
	// Leading zero bytes are written as as many first characters, no more and no fewer.
	zeros, ones := 0, 0
	for zeros < len(p) && p[zeros] == 0 {
		zeros++
	}
	for ones < len(s) && s[ones] == alphabet[0] {
		ones++
	}
	sum := sha256.Sum256(p[:21])
	sum = sha256.Sum256(sum[:])
	return p, zeros == ones && [4]byte(p[21:]) == [4]byte(sum[:4])
}

// bech32 checks an address in lower case: version 0 ends in the checksum of BIP 173, later ones in that of BIP 350.
func bech32(s string) bool {
	at := strings.LastIndexByte(s, '1')
	if at < 1 || len(s) > 90 || len(s)-at < 8 {
		return false
	}
	poly := uint32(1)
	step := func(v byte) {
		top := poly >> 25
		poly = poly&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				poly ^= g
			}
		}
	}
	for i := range at {
		step(s[i] >> 5)
	}
	step(0)
	for i := range at {
		step(s[i] & 31)
	}
	for i := at + 1; i < len(s); i++ {
		v := strings.IndexByte("qpzry9x8gf2tvdw0s3jn54khce6mua7l", s[i])
		if v < 0 {
			return false
		}
		step(byte(v))
	}
	if s[at+1] == 'q' {
		return poly == 1
	}
	return poly == 0x2bc830a3
}

func ethereum() *Kind {
	return &Kind{
		Name: "ethereum_address", Title: "Ethereum address",
		alone: []string{`0x[0-9a-fA-F]{40}`},
		words: []string{"ethereum", "eth", "wallet", "address"}, score: 0.9, anyCase: true, written: ethAddress,
	}
}

// ethAddress checks the case of letters where it is mixed: it is a checksum then (EIP-55).
func ethAddress(s string) bool {
	if len(s) != 42 {
		return false
	}
	hex := s[2:]
	if strings.Trim(hex, "0") == "" || strings.ToLower(hex) == hex || strings.ToUpper(hex) == hex {
		return strings.Trim(hex, "0") != ""
	}
	sum := keccak256([]byte(strings.ToLower(hex)))
	for i := range len(hex) {
		nibble := sum[i/2] >> (4 * (1 - i%2)) & 15
		if class[hex[i]]&asciiLetter != 0 && lower(hex[i]) == (nibble >= 8) {
			return false
		}
	}
	return true
}
