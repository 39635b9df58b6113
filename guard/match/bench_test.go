package match_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sallyport/guard/match"
)

// personal is 25 patterns like those of detectors of personal data.
var personal = []string{
	`\b[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}\b`,
	`\b(?:\d[ -]?){12,18}\d\b`,
	`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`,
	`\b\d{3}-\d{2}-\d{4}\b`,
	`(?:\+\d{1,3}[ .-]?)?\(?\b\d{2,4}\)?[ .-]\d{3,4}[ .-]\d{3,4}\b`,
	`\+[1-9]\d{7,14}\b`,
	`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b`,
	`(?i)\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b`,
	`(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b`,
	`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b`,
	`\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b`,
	`\b(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./](?:19|20)\d{2}\b`,
	`(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b`,
	`\b\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr)\b`,
	`\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b`,
	`\b[A-Z]{2} \d{5}(?:-\d{4})?\b`,
	`(?i)\bpassport(?: no\.?| number)?:? ?[A-Z0-9]{6,9}\b`,
	`(?i)\b(?:driver'?s? licen[cs]e|licen[cs]e no)[ :#]{1,3}[A-Z0-9-]{5,15}\b`,
	`\b(?:bc1|[13])[a-km-zA-HJ-NP-Z1-9]{25,39}\b`,
	`\b0x[0-9a-fA-F]{40}\b`,
	`(?i)\b(?:mr|mrs|ms|dr|prof)\.? [A-Z][a-z]+(?: [A-Z][a-z]+)?\b`,
	`\b[1-9]\d{2} ?\d{2} ?\d{3} ?\d{3}\b`,
	`\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b`,
	`\b\d{17}[\dX]\b`,
	`https?://[^\s/:@]+:[^\s/@]+@[^\s]+`,
}

const corpusSize = 100 << 10

// corpora are 100 KB each: prose and code that come with the Go distribution, and made up Chinese.
func corpora(b testing.TB) map[string]string {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Skipf("no go command, so no sample text: %v", err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src", name))
		if err != nil || len(data) < corpusSize {
			b.Skipf("no sample text: %v", err)
		}
		return string(data[:corpusSize])
	}
	return map[string]string{
		"english": read("testdata/Isaac.Newton-Opticks.txt"),
		"code":    read("net/http/server.go"),
		"chinese": chinese(),
		"dense":   dense(),
	}
}

// dense is text in which every line holds five matches: the most that tracing has to do.
func dense() string {
	var s strings.Builder
	for i := 0; s.Len() < corpusSize; i++ {
		fmt.Fprintf(&s, "%d,jane.doe%d@example.com,+1 555 010 %04d,192.0.2.%d,2024-03-%02d,4111 1111 1111 1111\n", i, i, i, i%256, i%28+1)
	}
	return s.String()[:corpusSize]
}

func chinese() string {
	const common = "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过" +
		"家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从知全工使情明性"
	runes := []rune(common)
	rng := rand.New(rand.NewPCG(1, 2))
	var s strings.Builder
	for s.Len() < corpusSize {
		for range 4 + rng.IntN(16) {
			s.WriteRune(runes[min(rng.IntN(len(runes)), rng.IntN(len(runes)))])
		}
		switch rng.IntN(12) {
		case 0:
			s.WriteString("2024年3月15日")
		case 1:
			s.WriteString(" API ")
		case 2:
			s.WriteString("。\n")
		default:
			s.WriteString("，")
		}
	}
	return strings.ToValidUTF8(s.String()[:corpusSize], "")
}

func BenchmarkSet(b *testing.B) {
	for _, name := range []string{"english", "code", "chinese", "dense"} {
		text := corpora(b)[name]
		for _, size := range []struct {
			name string
			n    int
		}{{"whole", len(text)}, {"2KB", 2048}, {"16B", 16}, {"4B", 4}} {
			b.Run(name+"/"+size.name, func(b *testing.B) { benchmarkPieces(b, text, size.n) })
		}
	}
}

func benchmarkPieces(b *testing.B, text string, size int) {
	set := compile(b, personal, match.Options{})
	s := set.NewSearch()
	matches := 0
	run := func(watch func(held int)) {
		s.Reset()
		for end := 0; end < len(text); {
			end = min(end+size, len(text))
			from := s.Settled()
			s.Scan(text[from:end], from, end == len(text), func(int, int, int) { matches++ })
			if watch != nil {
				watch(end - s.Settled())
			}
		}
	}
	sum, most, n := 0, 0, 0
	run(func(held int) { sum, most, n = sum+held, max(most, held), n+1 })
	found := matches
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		run(nil)
	}
	b.ReportMetric(float64(found), "matches")
	b.ReportMetric(float64(sum)/float64(n), "held-avg")
	b.ReportMetric(float64(most), "held-max")
	b.ReportMetric(float64(set.Stats().States), "states")
}

func BenchmarkStandardLibrary(b *testing.B) {
	var list []*regexp.Regexp
	for _, e := range personal {
		list = append(list, regexp.MustCompile(e))
	}
	for _, name := range []string{"english", "code", "chinese", "dense"} {
		text := corpora(b)[name]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				for _, re := range list {
					re.FindAllStringIndex(text, -1)
				}
			}
		})
	}
}

func BenchmarkCompileSet(b *testing.B) {
	b.ReportAllocs()
	var set *match.Set
	for b.Loop() {
		set = compile(b, personal, match.Options{})
	}
	st := set.Stats()
	b.ReportMetric(float64(st.Insts), "insts")
	b.ReportMetric(float64(st.Symbols), "symbols")
	b.ReportMetric(float64(st.States), "states")
	b.ReportMetric(float64(st.Bytes), "state-B")
}
