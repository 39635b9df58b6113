package upstream

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

// Answers that are refused or cut. A vector names what is wrong; nothing of it may come back as a whole answer.
var badAnswers = map[string]string{
	"nothing":                                       "",
	"no version":                                    "200 OK\r\n\r\n",
	"HTTP/2 in letters":                             "HTTP/2.0 200 OK\r\n\r\n",
	"HTTP/1.2":                                      "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n",
	"a lower-case version":                          "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	"two spaces before the status":                  "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
	"a status of two digits":                        "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
	"a status of four digits":                       "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
	"a signed status":                               "HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n",
	"a status below 100":                            "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
	"a status above 599":                            "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
	"a control character in the reason":             "HTTP/1.1 200 O\x00K\r\nContent-Length: 0\r\n\r\n",
	"a bare CR in the reason":                       "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n",
	"a bare LF behind the status line":              "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
	"a bare LF behind a header line":                "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
	"a bare LF at the end of the head":              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n",
	"a bare CR in a value":                          "HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n",
	"a NUL in a value":                              "HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
	"an empty line before the status line":          "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	"a folded line":                                 "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
	"a line folded by a tab":                        "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nContent-Length: 0\r\n\r\n",
	"a folded first line":                           "HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 0\r\n\r\n",
	"a space before the colon":                      "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
	"a line without a colon":                        "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n",
	"a line without a name":                         "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n",
	"a name with a bracket":                         "HTTP/1.1 200 OK\r\nX(Y): x\r\nContent-Length: 0\r\n\r\n",
	"a name outside ASCII":                          "HTTP/1.1 200 OK\r\nX\xc3\xa9: x\r\nContent-Length: 0\r\n\r\n",
	"too many lines":                                "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", maxFields) + "Content-Length: 0\r\n\r\n",
	"a head too long":                               "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", maxHead) + "\r\nContent-Length: 0\r\n\r\n",
	"two lengths that differ":                       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
	"one length twice":                              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
	"a list of lengths":                             "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab",
	"an empty length":                               "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nab",
	"a signed length":                               "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
	"a negative length":                             "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nab",
	"a hexadecimal length":                          "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nab",
	"a length that overflows":                       "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nab",
	"a length and a coding":                         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	"a coding and a length":                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	"an unknown coding":                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
	"an unknown coding under chunked":               "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	"chunked twice in a line":                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	"chunked twice in two lines":                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	"identity as a transfer coding":                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nab",
	"chunked in HTTP/1.0":                           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	"a compressed body":                             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
	"a 204 with a body":                             "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nab",
	"a 204 with chunks":                             "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	"an interim answer with a body":                 "HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	"interim answers without end":                   strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", maxInterim) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	"a switch of protocols":                         "HTTP/1.1 101 Switching Protocols\r\n\r\n",
	"a size that is none":                           chunkedHead + "x\r\nab\r\n0\r\n\r\n",
	"an empty size":                                 chunkedHead + "\r\nab\r\n0\r\n\r\n",
	"a signed size":                                 chunkedHead + "+2\r\nab\r\n0\r\n\r\n",
	"a size behind a space":                         chunkedHead + " 2\r\nab\r\n0\r\n\r\n",
	"a size before a space":                         chunkedHead + "2 \r\nab\r\n0\r\n\r\n",
	"a size with a prefix":                          chunkedHead + "0x2\r\nab\r\n0\r\n\r\n",
	"a size that overflows":                         chunkedHead + "fffffffffffffffff2\r\nab\r\n0\r\n\r\n",
	"a size with a bare LF":                         chunkedHead + "2\nab\r\n0\r\n\r\n",
	"a size with a bare CR":                         chunkedHead + "2\rab\r\n0\r\n\r\n",
	"an extension without a semicolon":              chunkedHead + "2 x=y\r\nab\r\n0\r\n\r\n",
	"an extension with a control character":         chunkedHead + "2;x=\x01\r\nab\r\n0\r\n\r\n",
	"an extension too long":                         chunkedHead + "2;" + strings.Repeat("x", maxChunkLine) + "\r\nab\r\n0\r\n\r\n",
	"a chunk longer than its size":                  chunkedHead + "2\r\nabc\r\n0\r\n\r\n",
	"a chunk shorter than its size":                 chunkedHead + "3\r\nab\r\n0\r\n\r\n",
	"a chunk that ends with a bare LF":              chunkedHead + "2\r\nab\n0\r\n\r\n",
	"a trailer line without a colon":                chunkedHead + "2\r\nab\r\n0\r\nX\r\n\r\n",
	"a folded trailer":                              chunkedHead + "2\r\nab\r\n0\r\nX: y\r\n z\r\n\r\n",
	"a trailer too long":                            chunkedHead + "2\r\nab\r\n0\r\n" + strings.Repeat("X: y\r\n", maxTrailer/6+1) + "\r\n",
	"a trailer with a bare LF":                      chunkedHead + "2\r\nab\r\n0\r\nX: y\n\r\n",
	"no end behind the last chunk":                  chunkedHead + "2\r\nab\r\n0\r\n",
	"no last chunk":                                 chunkedHead + "2\r\nab\r\n",
	"less than its length":                          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
	"half a head":                                   "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
	"a value with DEL":                              "HTTP/1.1 200 OK\r\nX: \x7f\r\nContent-Length: 0\r\n\r\n",
	"a reason that touches the status":              "HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n",
	"an escape sequence in a header meant for logs": "HTTP/1.1 200 OK\r\nX: \x1b[2J\r\nContent-Length: 0\r\n\r\n",
}

func TestBadAnswersAreNeverTakenForWhole(t *testing.T) {
	for name, wire := range badAnswers {
		for _, piece := range []int{1, 7, 1 << 20} {
			got, err := readWire(wire, piece, "POST")
			if err == nil {
				t.Errorf("%s (in pieces of %d) was read as %d %q", name, piece, got.status, got.body)
			}
			if got.kept {
				t.Errorf("%s: the connection was kept", name)
			}
		}
	}
}

// Answers that are good, with what is read from them.
var goodAnswers = map[string]struct {
	wire   string
	status int
	body   string
	kept   bool
}{
	"a length":                         {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
	"no reason":                        {"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
	"no space behind the status":       {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
	"names in any case":                {"HTTP/1.1 200 OK\r\ncONTENT-lENGTH:2\r\n\r\nab", 200, "ab", true},
	"space around a value":             {"HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t\r\n\r\nab", 200, "ab", true},
	"leading zeros":                    {"HTTP/1.1 200 OK\r\nContent-Length: 002\r\n\r\nab", 200, "ab", true},
	"letters outside ASCII in a value": {"HTTP/1.1 200 OK\r\nX: \xc3\xa9\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
	"chunks":                           {chunkedHead + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, "abc", true},
	"chunks with extensions":           {chunkedHead + "2;x=y\r\nab\r\n01; z\r\nc\r\n0;w\r\n\r\n", 200, "abc", true},
	"chunks with trailers":             {chunkedHead + "2\r\nab\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n", 200, "ab", true},
	"sizes in both cases":              {chunkedHead + "0A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", 200, "01234567890123456789", true},
	"an end with the connection":       {"HTTP/1.1 200 OK\r\n\r\nab", 200, "ab", false},
	"HTTP/1.0":                         {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab", false},
	"HTTP/1.0 that keeps":              {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
	"a farewell":                       {"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nab", 200, "ab", false},
	"no content":                       {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
	"no content, said twice":           {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, "", true},
	"interim answers":                  {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nab", 500, "ab", true},
	"identity as content coding":       {"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
	"bytes behind the end":             {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", 200, "ab", false},
	"bytes behind the chunks":          {chunkedHead + "2\r\nab\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200, "ab", false},
	"many lines":                       {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", maxFields-1) + "Content-Length: 2\r\n\r\nab", 200, "ab", true},
	"a long line":                      {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 40<<10) + "\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
}

func TestGoodAnswersAreReadWhereverTheyAreCut(t *testing.T) {
	for name, want := range goodAnswers {
		for _, piece := range []int{1, 2, 3, 7, 64, 4096, 1 << 20} {
			if piece < 64 && len(want.wire) > 10_000 {
				continue
			}
			got, err := readWire(want.wire, piece, "POST")
			// Bytes that come later than the end are found by the look before the next use, not here.
			late := piece < len(want.wire) && strings.HasPrefix(name, "bytes behind")
			if err != nil || got.status != want.status || got.body != want.body || got.kept != want.kept && !late {
				t.Errorf("%s (in pieces of %d): %d %q kept %t, %v", name, piece, got.status, got.body, got.kept, err)
			}
		}
	}
}

func TestProtocolErrorsSayWhatIsWrongAndQuoteNothing(t *testing.T) {
	seen := map[string]bool{}
	for name, wire := range badAnswers {
		_, err := readWire(strings.ReplaceAll(wire, "ab", "secret"), 1<<20, "POST")
		var e *Error
		if errors.As(err, &e) && e.Kind == KindProtocol {
			seen[e.Err.Error()] = true
			if strings.Contains(e.Error(), "secret") {
				t.Errorf("%s: %v", name, e)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d different explanations: %s", len(seen), fmt.Sprint(seen))
	}
}
