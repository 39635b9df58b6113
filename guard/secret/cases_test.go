package secret

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/guard"
)

// casesFolder returns the folder with the cases of other projects, which are not part of this repository: that of the
// environment, or "shared" beside a folder above this one.
func casesFolder(t testing.TB, name string) string {
	t.Helper()
	if dir := os.Getenv("SALLYPORT_CASES"); dir != "" {
		return filepath.Join(dir, name)
	}
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if dir := filepath.Join(at, "shared", name); exists(dir) {
			return dir
		}
	}
	t.Skipf("left out: no folder shared/%s beside this checkout, and SALLYPORT_CASES is not set", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// rows reads a file of JSON lines.
func rows[T any](t testing.TB, path string) (list []T) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(z)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var row T
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list = append(list, row)
	}
	if err := in.Err(); err != nil || len(list) == 0 {
		t.Fatalf("%s: %d rows, %v", path, len(list), err)
	}
	return list
}

func detector(t testing.TB) *Detector {
	t.Helper()
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func find(t testing.TB, d *Detector, text string) []guard.Finding {
	t.Helper()
	list, err := d.Detect(context.Background(), &guard.Prepared{Passage: guard.Passage{Text: text}})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAgreesWithTheCasesOfGitleaks(t *testing.T) {
	dir := casesFolder(t, "cases")
	d := detector(t)
	type row struct {
		Rule, Text, Path string
		Expect           bool `json:"expect_finding"`
	}
	missed, loud, positives, negatives := 0, 0, 0, 0
	for _, r := range rows[row](t, filepath.Join(dir, "gitleaks", "cases.jsonl.gz")) {
		if r.Text == "" {
			continue // a name of a file
		}
		found := find(t, d, r.Text)
		switch {
		case r.Expect:
			positives++
			if len(found) == 0 {
				missed++
				t.Logf("%s: missed %.150q", r.Rule, r.Text)
			}
		default:
			negatives++
			if len(found) > 0 {
				loud++
				t.Logf("%s: %s in %.150q", r.Rule, found[0].Kind, r.Text)
			}
		}
	}
	t.Logf("%d of %d positives missed, %d of %d negatives loud", missed, positives, loud, negatives)
	if positives < 100 || float64(missed) > 0.005*float64(positives) {
		t.Errorf("%d of %d positives missed", missed, positives)
	}
	if negatives < 100 || float64(loud) > 0.1*float64(negatives) {
		t.Errorf("%d of %d negatives loud", loud, negatives)
	}
}

// Of the cases of openai-guardrails, those are left out where a key stands in plain sight and is passed over for what
// stands around it (a path, a malformed address, another address): a gateway masks it.
func TestAgreesWithTheCasesOfOpenAIGuardrails(t *testing.T) {
	dir := casesFolder(t, "cases")
	d := detector(t)
	type row struct {
		Check, Text, Config string
		Value               any
	}
	good, missed, loud, plain := 0, 0, 0, 0
	for _, r := range rows[row](t, filepath.Join(dir, "openai-guardrails", "cases.jsonl.gz")) {
		if r.Check != "secret_keys" || strings.Contains(r.Config, "custom_regex=[") || len(r.Text) > 60000 {
			continue // others' checks, expressions of the user, and texts that are all padding
		}
		want := expected(r.Value)
		found := find(t, d, r.Text)
		switch {
		case len(found) > 0 == want:
			good++
		case want:
			missed++
			t.Logf("missed %.200q", r.Text)
		case strings.Contains(r.Text, "AAAABBBBCCCCDDDD"):
			plain++
		default:
			loud++
			t.Logf("%s in %.200q", found[0].Kind, r.Text)
		}
	}
	t.Logf("%d agree, %d missed, %d loud; %d keys in plain sight found that theirs passes over", good, missed, loud, plain)
	if good < 90 || float64(missed+loud) > 0.05*float64(good+missed+loud) {
		t.Errorf("%d of %d disagree", missed+loud, good+missed+loud)
	}
}

// expected reads what a case asserts: true, a list that is not empty, or a text.
func expected(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case []any:
		return len(v) > 0
	}
	return v != ""
}

// The example key of the manual of AWS is an example here: one of the cases wants it found.
func TestAgreesWithTheCasesOfGarak(t *testing.T) {
	dir := casesFolder(t, "cases")
	d := detector(t)
	type row struct {
		Detector, Output string
		Hit              bool
	}
	good, bad := 0, 0
	for _, r := range rows[row](t, filepath.Join(dir, "garak", "detector_outputs.jsonl.gz")) {
		if !strings.HasPrefix(r.Detector, "apikey.") || r.Output == "AKIA"+"IOSFODNN7EXAMPLE" {
			continue
		}
		if got := len(find(t, d, r.Output)) > 0; got == r.Hit {
			good++
		} else {
			bad++
			t.Logf("found %v: %.200q", got, r.Output)
		}
	}
	t.Logf("%d agree, %d do not", good, bad)
	if good < 5 || bad*20 > good {
		t.Errorf("%d of %d disagree", bad, good+bad)
	}
}

// Documents of gateways hold keys: examples of tokens, keys of test servers. What is found in all other text is wrong.
func TestOrdinaryTextIsQuiet(t *testing.T) {
	dir := casesFolder(t, "data")
	d := detector(t)
	type row struct{ Text, Label string }
	files, err := filepath.Glob(filepath.Join(dir, "train", "*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	texts, loud, inDocuments := 0, 0, 0
	for _, f := range files {
		for _, r := range rows[row](t, f) {
			if r.Label != "benign" {
				continue
			}
			texts++
			found := find(t, d, r.Text)
			if len(found) == 0 {
				continue
			}
			if filepath.Base(f) == "docs_code_open.jsonl.gz" {
				inDocuments++
			} else {
				loud++
				t.Logf("%s: %s", filepath.Base(f), found[0].Kind)
			}
			for _, x := range found {
				t.Logf("%s in …%.120q…", x.Kind, r.Text[max(0, x.Start-30):min(len(r.Text), x.End+10)])
			}
		}
	}
	t.Logf("findings in %d of %d texts, %d of them documents and code", loud+inDocuments, texts, inDocuments)
	if texts < 10000 || loud*1000 > texts || inDocuments*500 > texts {
		t.Errorf("findings in %d texts and in %d documents of %d", loud, inDocuments, texts)
	}
}
