package leak_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/guard"
	"sallyport/guard/leak"
)

// shared returns a file of the folder "shared" beside a folder above this module, or of the one that SALLYPORT_CASES
// names. It is no part of this repository: tests that want it are left out, and say so, where it is not.
func shared(t testing.TB, name string) string {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	candidates := []string{filepath.Join(os.Getenv("SALLYPORT_CASES"), name)}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		candidates = append(candidates, filepath.Join(at, "shared", name))
	}
	for _, c := range candidates {
		if _, err := os.Stat(c); err == nil {
			return c
		}
	}
	t.Skipf("%s is not here: other projects' cases are not part of this repository (SALLYPORT_CASES names their folder)", name)
	return ""
}

// rows reads a gzipped file of JSON lines.
func rows[T any](t testing.TB, name string) (list []T) {
	t.Helper()
	f, err := os.Open(shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
	if len(list) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return list
}

// TestOutputsOfGarak compares with the verdicts garak's own tests expect of outputs.
func TestOutputsOfGarak(t *testing.T) {
	all := detectors(t)
	judges := map[string]guard.Detector{
		"ansiescape.Raw": all["ansi"], "ansiescape.Escaped": leak.ANSI{Spelled: true},
		"web_injection.MarkdownExfilBasic": all["image_data"], "web_injection.MarkdownExfilContent": all["image_data"], "web_injection.PlaygroundMarkdownExfil": all["image_data"],
		"exploitation.JinjaTemplateInjectionDetector": all["template"], "exploitation.PythonCodeExecution": all["template"],
		"exploitation.SQLiEcho": all["sql"], "exploitation.SQLiSuccess": all["sql"],
	}
	// What garak tells apart by who wrote it, a look at the text cannot.
	spelledAlone := func(detector, output string) bool {
		return detector == "ansiescape.Escaped" && strings.ContainsAny(output, "\x1b\u009b")
	}
	looked, agree := 0, 0
	for _, row := range rows[struct {
		Detector, Output string
		Hit              bool
	}](t, "cases/garak/detector_outputs.jsonl.gz") {
		d := judges[row.Detector]
		if d == nil || spelledAlone(row.Detector, row.Output) {
			continue
		}
		looked++
		if found := detect(t, d, row.Output); (len(found) > 0) == row.Hit {
			agree++
		} else {
			t.Logf("%s: %.120q: found %v, garak's tests want %v", row.Detector, row.Output, found, row.Hit)
		}
	}
	t.Logf("%d of %d agree", agree, looked)
	if looked < 20 || agree*100 < looked*95 {
		t.Errorf("%d of %d agree", agree, looked)
	}
}

// TestPayloadsOfTheCoreRuleSet reports how many of the payloads in the tests of the OWASP Core Rule Set are found as
// they would stand in an answer. Its rules look at requests, at higher paranoia levels at single words, and its groups
// hold more than the sinks here (requests of servers, code of Node, web shells), so all is not the aim. The bounds are
// what was measured when they were written, after patterns had been fitted to rows that were missed: they hold the
// figures where they are and say nothing of payloads not seen.
func TestPayloadsOfTheCoreRuleSet(t *testing.T) {
	all := detectors(t)
	sinks := map[string]struct {
		detector       guard.Detector
		least, falsely int // in percent: found of what is to be found, and of what is not
	}{
		"REQUEST-932-APPLICATION-ATTACK-RCE":     {all["shell"], 48, 15},
		"REQUEST-942-APPLICATION-ATTACK-SQLI":    {all["sql"], 31, 3},
		"REQUEST-941-APPLICATION-ATTACK-XSS":     {all["active_in_code"], 27, 3},
		"REQUEST-934-APPLICATION-ATTACK-GENERIC": {all["template"], 27, 3},
		"RESPONSE-95":                            {all["error_page"], 66, 3},
	}
	type count struct{ wanted, found, unwanted, falsely int }
	counts := map[string]*count{}
	for _, row := range rows[struct {
		Group, URI, Data string
		Payload          string `json:"payload_text"`
		Expect           []int  `json:"expect_ids"`
	}](t, "cases/crs/cases.jsonl.gz") {
		group := row.Group
		if strings.HasPrefix(group, "RESPONSE-95") {
			group = "RESPONSE-95"
		}
		sink, ok := sinks[group]
		if !ok {
			continue
		}
		text := row.Payload
		if text == "" {
			if _, query, ok := strings.Cut(row.URI, "?"); ok && row.Data == "" {
				row.Data = query
			}
			text = row.Data
			if u, err := url.QueryUnescape(text); err == nil {
				text = u
			}
		}
		// The tests carry some payloads in an attribute of XML and answers in JSON.
		if _, probe, ok := strings.Cut(text, `probe="`); ok {
			text = html.UnescapeString(strings.TrimSuffix(probe, `"></a></root>`))
		}
		var body struct{ Body string }
		if json.Unmarshal([]byte(text), &body) == nil && body.Body != "" {
			text = body.Body
		}
		if text == "" {
			continue
		}
		c := counts[group]
		if c == nil {
			c = &count{}
			counts[group] = c
		}
		hit := len(detect(t, sink.detector, text)) > 0
		switch {
		case len(row.Expect) > 0:
			c.wanted++
			if hit {
				c.found++
			} else if os.Getenv("SALLYPORT_MISSED") == group {
				t.Logf("missed: %.160q", text)
			}
		default:
			c.unwanted++
			if hit {
				c.falsely++
			}
		}
	}
	for group, c := range counts {
		t.Logf("%s: %d of %d found; %d of %d benign ones found", group, c.found, c.wanted, c.falsely, c.unwanted)
		if s := sinks[group]; c.wanted < 20 || c.found*100 < s.least*c.wanted || c.falsely*100 > s.falsely*c.unwanted {
			t.Errorf("%s: want %d %% found and at most %d %% of the benign ones", group, s.least, s.falsely)
		}
	}
	if len(counts) != len(sinks) {
		t.Errorf("%d of %d groups have cases", len(counts), len(sinks))
	}
}

// TestQuietOnHonestText counts findings in benign prose, documents and code, for each 1,000 texts.
func TestQuietOnHonestText(t *testing.T) {
	most := map[string]map[string]int{ // texts with a finding, of 1,000
		"docs_code_open": {"sql": 50, "template": 35, "unicode": 5, "ansi": 5, "active": 12, "image_data": 5, "error_page": 15, "prompt": 0, "canary": 0},
		"gpteacher":      {"unicode": 2, "ansi": 0, "active": 5, "image_data": 0, "error_page": 2, "prompt": 0, "canary": 0, "sql": 5, "template": 5, "shell": 10},
		"tldr_pages":     {"unicode": 5, "ansi": 0, "active": 2, "image_data": 0, "error_page": 2, "prompt": 0, "canary": 0},
	}
	all := detectors(t)
	for source, limits := range most {
		list := rows[struct{ Text string }](t, "data/train/"+source+".jsonl.gz")
		var names []string
		for name := range all {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			n, looked := 0, 0
			e := engine(t, name, all[name], guard.Flag)
			for i := 0; i < len(list); i += max(1, len(list)/1000) {
				row := list[i]
				looked++
				found := e.Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: row.Text}).Findings
				if len(found) > 0 {
					n++
					if os.Getenv("SALLYPORT_SHOW") == name && n <= 40 {
						f := found[0]
						t.Logf("%s %s: %+q", source, f.Kind, row.Text[max(0, f.Start-30):min(len(row.Text), f.End+30)])
					}
				}
			}
			limit, bound := limits[name]
			t.Logf("%s: %s finds something in %.1f of 1,000 texts", source, name, 1000*float64(n)/float64(looked))
			if bound && n*1000 > limit*looked {
				t.Errorf("%s: %s finds something in %d of %d texts, want at most %d of 1,000", source, name, n, looked, limit)
			}
		}
	}
}
