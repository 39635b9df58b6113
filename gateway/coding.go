package gateway

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// readableCoding reports whether a content coding (RFC 9110, section 8.4) is one the gate can look behind. A list of
// codings is not: nobody sends one in good faith.
func readableCoding(coding string) bool {
	switch strings.ToLower(coding) {
	case "", "identity", "gzip", "x-gzip", "br", "zstd":
		return true
	}
	return false
}

// decoder returns what r holds behind its coding. max bounds the window a compressed stream may ask for, not its
// length: that is for the reader.
func decoder(coding string, r io.Reader, max int64) (io.ReadCloser, error) {
	switch strings.ToLower(coding) {
	case "", "identity":
		return io.NopCloser(r), nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "br":
		return io.NopCloser(brotli.NewReader(r)), nil
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(uint64(max)+1))
		if err != nil {
			return nil, err
		}
		return zstdEnd{d}, nil
	}
	return nil, errors.New("unknown content coding")
}

// zstdEnd reports a frame larger than the bound as too long, which is what it is.
type zstdEnd struct{ d *zstd.Decoder }

func (z zstdEnd) Read(p []byte) (int, error) {
	n, err := z.d.Read(p)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		err = errTooLong
	}
	return n, err
}

func (z zstdEnd) Close() error { z.d.Close(); return nil }

// body is a reader of bytes whose Close does nothing.
func body(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
