package pii

import (
	"encoding/binary"
	"math/bits"
)

// keccak256 is Keccak with the padding it had before it became SHA-3 (FIPS 202), for one block: data is at most 135
// bytes long. The standard library has only the later one.
func keccak256(data []byte) (sum [32]byte) {
	var block [136]byte
	copy(block[:135], data)
	block[min(len(data), 135)] ^= 0x01
	block[135] ^= 0x80
	var a [25]uint64
	for i := range len(block) / 8 {
		a[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	lfsr := byte(1)
	for range 24 {
		keccakRound(&a, &lfsr)
	}
	for i := range 4 {
		binary.LittleEndian.PutUint64(sum[8*i:], a[i])
	}
	return sum
}

// keccakRound is theta, rho, pi, chi and iota (FIPS 202, section 3.2). The constants of iota come from a shift register.
func keccakRound(a *[25]uint64, lfsr *byte) {
	var c [5]uint64
	for x := range 5 {
		c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
	}
	for i := range a {
		a[i] ^= c[(i+4)%5] ^ bits.RotateLeft64(c[(i+1)%5], 1)
	}
	x, y, lane := 1, 0, a[1]
	for t := range 24 {
		x, y = y, (2*x+3*y)%5
		a[5*y+x], lane = bits.RotateLeft64(lane, (t+1)*(t+2)/2), a[5*y+x]
	}
	for y := 0; y < 25; y += 5 {
		row := [5]uint64(a[y:])
		for x := range 5 {
			a[y+x] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
		}
	}
	for j := range 7 {
		if *lfsr&1 == 1 {
			a[0] ^= 1 << (1<<j - 1)
		}
		*lfsr = *lfsr<<1 ^ *lfsr>>7*0x71
	}
}
