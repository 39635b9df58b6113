package audit

import (
	"encoding/binary"
	"hash/crc32"
)

// A frame carries one entry. All numbers are little-endian, and frames begin at multiples of eight bytes:
//
//	 0  int64   time in Unix nanoseconds when the entry was written, never before the frame ahead
//	 8  uint64  sequence number; the top bit is set on the first frame of a batch
//	16  uint32  length of the entry in bytes
//	20  uint32  CRC-32C of the 20 bytes above
//	24  …       the entry, then zeros up to a multiple of eight
//	    uint32  CRC-32C of the entry
//	    uint32  length of the entry again, so that a segment can be read from its end
//
// Two properties carry the recovery. The header has its own checksum, so a damaged length cannot point past the damage.
// And no eight-byte word of a header or trailer is ever zero, so a sector of zeros inside a frame was never written
// (unless an entry itself holds a sector of zeros, which costs a clear verdict and no data).
const (
	headSize = 24
	tailSize = 8
	firstBit = 1 << 63

	// MaxEntry is the greatest length of an entry in bytes.
	MaxEntry = 4 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// head is the header of a frame.
type head struct {
	time  int64
	seq   uint64
	first bool // first of its batch: everything before it was durable when it was written
	size  int
}

// span is the length of a whole frame around an entry of size bytes.
func span(size int) int { return headSize + (size+7)&^7 + tailSize }

// putHead fills the header at the beginning of b.
func putHead(b []byte, h head) {
	seq := h.seq
	if h.first {
		seq |= firstBit
	}
	binary.LittleEndian.PutUint64(b[0:], uint64(h.time))
	binary.LittleEndian.PutUint64(b[8:], seq)
	binary.LittleEndian.PutUint32(b[16:], uint32(h.size))
	binary.LittleEndian.PutUint32(b[20:], checksum(b[:20]))
}

// parseHead reads the header at the beginning of b and reports whether there is a sound one.
func parseHead(b []byte) (head, bool) {
	if len(b) < headSize {
		return head{}, false
	}
	size := binary.LittleEndian.Uint32(b[16:])
	if size == 0 || size > MaxEntry || binary.LittleEndian.Uint32(b[20:]) != checksum(b[:20]) {
		return head{}, false
	}
	seq := binary.LittleEndian.Uint64(b[8:])
	return head{
		time:  int64(binary.LittleEndian.Uint64(b)),
		seq:   seq &^ firstBit,
		first: seq&firstBit != 0,
		size:  int(size),
	}, true
}

// putSize and sizeOf set and read the length in a header whose other fields are not known yet.
func putSize(b []byte, size int) { binary.LittleEndian.PutUint32(b[16:], uint32(size)) }
func sizeOf(b []byte) int        { return int(binary.LittleEndian.Uint32(b[16:])) }

// putTail appends to b what follows an entry of size bytes.
func putTail(b []byte, size int, sum uint32) []byte {
	var zeros [8]byte
	b = append(b, zeros[:-size&7]...)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return binary.LittleEndian.AppendUint32(b, uint32(size))
}

func lengthInTail(tail []byte) int { return int(binary.LittleEndian.Uint32(tail[4:])) }

// entryOf returns the entry of the frame that fills b, and reports whether the frame is sound behind its header h.
func entryOf(b []byte, h head) ([]byte, bool) {
	tail := b[len(b)-tailSize:]
	entry, pad := b[headSize:headSize+h.size], b[headSize+h.size:len(b)-tailSize]
	for _, c := range pad {
		if c != 0 {
			return nil, false
		}
	}
	return entry, lengthInTail(tail) == h.size && binary.LittleEndian.Uint32(tail) == checksum(entry)
}
