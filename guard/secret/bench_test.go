package secret

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/guard"
)

const prose = "The keeper of the lighthouse wrote in his journal every evening, whatever the weather. He noted the wind, the ships " +
	"that passed, and the price of oil; his daughter said that nobody would ever read it, but she sharpened his pencils all the same. " +
	"In winter the supply boat came once a month, and the key to the store was kept under a stone. They had an agreement with the " +
	"authorities on the mainland: a secret signal, two short flashes, meant that somebody was ill. "

const goCode = `// Serve answers one request. It authenticates the caller by the token in its header, then looks the key up.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	key, err := s.keys.Lookup(r.Context(), token)
	if err != nil {
		http.Error(w, "unknown key", http.StatusUnauthorized)
		return
	}
	for i, part := range strings.Split(r.URL.Path, "/") {
		if part == "" && i > 0 {
			continue
		}
		s.parts[key.ID] = append(s.parts[key.ID], part)
	}
}
`

const pyCode = `
def load(path, *, api_key=None, timeout=30.0):
    """Read the records of a file and send them to the service."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {api_key or os.environ['SERVICE_TOKEN']}"
    with open(path, encoding="utf-8") as f:
        for line in f:
            record = json.loads(line)
            if record["kind"] == "secret" and not record.get("public", False):
                raise ValueError(f"{path}: a secret record")
            response = session.post(URL, json=record, timeout=timeout)
            response.raise_for_status()
    return session
`

func fill(s string, n int) string { return strings.Repeat(s, n/len(s)+1)[:n] }

func benchmark(b *testing.B, text string, piece int) {
	d := detector(b)
	s := d.Scanner()
	var dst []guard.Finding
	var w guard.Window
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Reset()
		at, settled := 0, 0
		for at < len(text) {
			end := min(len(text), at+piece)
			w = guard.Window{Text: text[settled:end], Base: settled, New: at, Last: end == len(text)}
			dst = s.Scan(dst[:0], &w)
			at, settled = end, s.Settled()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(text))*1.024, "µs/KB")
}

func BenchmarkScan(b *testing.B) {
	for _, c := range []struct{ name, text string }{{"prose", prose}, {"go", goCode}, {"python", pyCode}} {
		text := fill(c.text, 4096)
		b.Run(c.name+"/whole", func(b *testing.B) { benchmark(b, text, len(text)) })
		b.Run(c.name+"/pieces of 16", func(b *testing.B) { benchmark(b, text, 16) })
	}
}

func BenchmarkScanDocuments(b *testing.B) {
	dir := casesFolder(b, "data")
	type row struct{ Text string }
	var all strings.Builder
	for _, r := range rows[row](b, filepath.Join(dir, "train", "docs_code_open.jsonl.gz")) {
		if all.WriteString(r.Text); all.Len() > 900_000 {
			break
		}
	}
	text := fill(all.String(), 900_000)
	b.Run("whole", func(b *testing.B) { benchmark(b, text, len(text)) })
	b.Run("pieces of 16", func(b *testing.B) { benchmark(b, text, 16) })
}

// worst are texts made to cost much: words of rules without end, secrets that never end, near misses.
func worst() map[string]string {
	return map[string]string{
		"one run":                "A",
		"key of nothing":         "key ",
		"keys":                   "api_key_secret_token=",
		"all vendors":            "twitter facebook adobe okta sumo plaid discord dropbox yandex ",
		"curl without end":       "curl a ",
		"headers of tokens":      "eyJ",
		"dashes of keys":         "sk-",
		"beginnings of a block":  "-----BEGIN RSA " + "PRIVATE KEY-----\n",
		"a block without end":    "MIIEpAIBAAKCAQEA7dKf2Gm0pXYzQ9vT1aB3cD5e\n",
		"secrets of a cluster":   "kind: secret data: ",
		"data":                   "data: a: bcdefghijklmno ",
		"passwords in addresses": "://a:bb",
		"addresses":              "https://a.b/?token=c ",
		"repeated prefixes":      "glc_",
		"long repeats":           "pypi-AgEIcHlwaS5vcmc",
		"every look-back":        "Q~",
		"digits":                 "1234567890123456|",
	}
}

func worstText(name string, n int) string {
	lead := ""
	if name == "a block without end" {
		lead = "-----BEGIN RSA " + "PRIVATE KEY-----\n"
	}
	return lead + fill(worst()[name], n)
}

func BenchmarkWorst(b *testing.B) {
	for name := range worst() {
		for _, size := range []int{10 << 10, 1 << 20} {
			b.Run(fmt.Sprint(name, "/", size>>10, "KB"), func(b *testing.B) { benchmark(b, worstText(name, size), size) })
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		detector(b)
	}
}
