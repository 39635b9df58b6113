package secret

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard"
)

// follow runs a scanner over pieces, giving it only what is not settled, and checks that it keeps its promises.
func follow(t rapid.TB, s guard.Scanner, pieces []string) (list []guard.Finding) {
	t.Helper()
	text, settled := "", 0
	for i, piece := range pieces {
		at := len(text)
		text += piece
		before := len(list)
		// A copy of its own, so that looking outside of it fails.
		list = s.Scan(list, &guard.Window{Text: strings.Clone(text[settled:]), Base: settled, New: at, Last: i == len(pieces)-1})
		for _, f := range list[before:] {
			if f.Start < settled || f.End > len(text) || f.Start >= f.End {
				t.Fatalf("finding %d to %d where %d was settled of %d", f.Start, f.End, settled, len(text))
			}
		}
		if now := s.Settled(); now < settled || now > len(text) {
			t.Fatalf("settled went from %d to %d of %d", settled, now, len(text))
		} else {
			settled = now
		}
	}
	return list
}

func bytewise(text string) (pieces []string) {
	for i := range len(text) {
		pieces = append(pieces, text[i:i+1])
	}
	return append(pieces, "")
}

func TestFindingsOfTheCasesAreTheSameForEveryCut(t *testing.T) {
	dir := casesFolder(t, "cases")
	d := detector(t)
	type row struct{ Text string }
	all := rows[row](t, dir+"/gitleaks/cases.jsonl.gz")
	all = append(all, rows[row](t, dir+"/openai-guardrails/cases.jsonl.gz")...)
	s := d.Scanner()
	for i, r := range all {
		if len(r.Text) > 4000 {
			continue
		}
		want := fmt.Sprint(find(t, d, r.Text))
		s.Reset()
		if got := fmt.Sprint(follow(t, s, bytewise(r.Text))); got != want {
			t.Errorf("byte by byte %.200q\n got %s\nwant %s", r.Text, got, want)
		}
		for cut := i % 16; i%4 == 0 && cut <= len(r.Text); cut += 16 {
			s.Reset()
			if got := fmt.Sprint(follow(t, s, []string{r.Text[:cut], r.Text[cut:]})); got != want {
				t.Fatalf("cut at %d: %.200q\n got %s\nwant %s", cut, r.Text, got, want)
			}
		}
	}
}

// sent is what a stream lets through, piece by piece, and what it has found.
func sent(t testing.TB, e *guard.Engine, pieces []string) (string, []guard.Finding) {
	t.Helper()
	ctx := context.Background()
	s := e.Stream(guard.Output, guard.Model)
	defer s.Release()
	text, out, at, used := "", "", 0, 0
	release := func() {
		for ; used < len(s.Edits()); used++ {
			ed := s.Edits()[used]
			if ed.Start < at {
				t.Fatalf("edit at %d after %d was sent", ed.Start, at)
			}
			out += text[at:ed.Start] + ed.New
			at = ed.End
		}
		if s.Settled() > at {
			out, at = out+text[at:s.Settled()], s.Settled()
		}
	}
	for _, p := range pieces {
		text += p
		s.Write(ctx, p)
		release()
	}
	s.Close(ctx)
	release()
	return out, s.Verdict().Findings
}

func masking(t testing.TB, d *Detector) *guard.Engine {
	t.Helper()
	rules := []guard.Rule{{Name: "secret", Family: "secret", Detector: d, Action: guard.Mask, OnError: guard.Block}}
	e, err := guard.New(guard.Policy{Name: "test", Input: rules, Output: rules})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhatAStreamSendsOfAVectorIsTheSameForEveryCut(t *testing.T) {
	d := detector(t)
	e := masking(t, d)
	r := rand.New(rand.NewSource(3))
	for _, v := range vectors(t) {
		text := "Look: " + v.text + " – that is all, says the clerk.\n"
		whole := e.Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: text})
		want, found := whole.Treat(text), fmt.Sprint(whole.Findings)
		cuts := [][]string{bytewise(text)}
		for i := range len(text) + 1 {
			cuts = append(cuts, []string{text[:i], text[i:]})
		}
		for range 10 {
			var pieces []string
			for rest := text; rest != ""; {
				n := 1 + r.Intn(min(24, len(rest)))
				pieces, rest = append(pieces, rest[:n]), rest[n:]
			}
			cuts = append(cuts, pieces)
		}
		for _, pieces := range cuts {
			if got, list := sent(t, e, pieces); got != want || fmt.Sprint(list) != found {
				t.Fatalf("line %d, cut %q:\n got %q %v\nwant %q %s", v.line, pieces, got, list, want, found)
			}
		}
	}
}

func TestSecretsInAnyCompanyAreTheSameForEveryCut(t *testing.T) {
	d := detector(t)
	s := d.Scanner()
	var texts []string
	for _, v := range vectors(t) {
		texts = append(texts, v.text)
	}
	texts = append(texts, " ", "\n", "key", "token = ", "secret: \"", "Bearer ", "curl -u ", "twitter", "é", "日本", "://", "@", "=", "'", "eyJ", "sk-", "-----BEGIN ",
		"Q~", "_mmk", "|", "kind: Secret\n", "data:\n  a: ", "password=", ";", "\xff", "\xe6")
	rapid.Check(t, func(t *rapid.T) {
		var text string
		for _, part := range rapid.SliceOfN(rapid.SampledFrom(texts), 0, 8).Draw(t, "text") {
			from := rapid.IntRange(0, len(part)).Draw(t, "from")
			if rapid.Bool().Draw(t, "whole") {
				from = 0
			}
			text += part[from:]
		}
		whole, err := d.Detect(context.Background(), &guard.Prepared{Passage: guard.Passage{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		var pieces []string
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, min(40, len(rest))).Draw(t, "cut")
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		s.Reset()
		if got := follow(t, s, append(pieces, "")); fmt.Sprint(got) != fmt.Sprint(whole) {
			t.Fatalf("%q cut %q\n got %v\nwant %v", text, pieces, got, whole)
		}
	})
}

func FuzzByteByByteEqualsTheWhole(f *testing.F) {
	d := detector(f)
	for _, v := range vectors(f) {
		f.Add(v.text, uint8(1))
	}
	f.Add("the key is a secret: token = abc", uint8(3))
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		if len(text) > 2000 {
			return
		}
		want := fmt.Sprint(find(t, d, text))
		var pieces []string
		for rest := text; rest != ""; {
			k := min(int(n)%17+1, len(rest))
			pieces, rest = append(pieces, rest[:k]), rest[k:]
		}
		for _, cut := range [][]string{bytewise(text), append(pieces, "")} {
			if got := fmt.Sprint(follow(t, d.Scanner(), cut)); got != want {
				t.Fatalf("%q\n got %s\nwant %s", text, got, want)
			}
		}
	})
}

func TestNothingButTheSecretInProgressIsHeld(t *testing.T) {
	d := detector(t)
	for _, c := range []struct {
		name, text string
		most       int
	}{
		{"prose is held to the word in progress", strings.Repeat(prose, 3), len("authorities")},
		{"names of vendors hold nothing", "Twitter, Facebook and Discord announced that Okta keys and Dropbox tokens of the cloud are safe. ", len("announced")},
		{"what is said of secrets holds nothing", "The password is not the key, and the secret token was an access credential of the api. ", len("credential")},
		{"mention of a heading holds the line alone", "A file begins with -----BEGIN RSA " + "PRIVATE KEY----- and then goes on with other things for long. ", 36},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := d.Scanner()
			settled := 0
			for i := range len(c.text) {
				if found := s.Scan(nil, &guard.Window{Text: c.text[settled : i+1], Base: settled, New: i}); len(found) > 0 {
					t.Fatalf("found %v", found)
				}
				settled = s.Settled()
				if held := i + 1 - settled; held > c.most {
					t.Fatalf("%d bytes are held at %q", held, c.text[max(0, i-40):i+1])
				}
			}
		})
	}
}

// The work is counted in threads moved, so that nothing depends on the machine.
func TestWorkGrowsWithTheTextAndNoFaster(t *testing.T) {
	d := detector(t)
	for name := range worst() {
		t.Run(name, func(t *testing.T) {
			work := func(n int) (perByte float64) {
				s := d.Scanner().(*scanner)
				text := worstText(name, n)
				for at, settled := 0, 0; at < len(text); {
					end := min(len(text), at+700)
					s.Scan(nil, &guard.Window{Text: text[settled:end], Base: settled, New: at, Last: end == len(text)})
					at, settled = end, s.Settled()
				}
				return float64(s.work) / float64(n)
			}
			short, long := work(20<<10), work(120<<10)
			if long > 1.2*short+0.5 || long > 40 {
				t.Errorf("%.1f threads for each byte of 20 KB, %.1f of 120 KB", short, long)
			}
		})
	}
}

func TestWhatIsKeptOfATextIsBounded(t *testing.T) {
	d := detector(t)
	for name := range worst() {
		s := d.Scanner().(*scanner)
		text := worstText(name, 200<<10)
		for at, settled := 0, 0; at < len(text); {
			end := min(len(text), at+512)
			s.Scan(nil, &guard.Window{Text: text[settled:end], Base: settled, New: at})
			at, settled = end, s.Settled()
			if held, kept := at-settled, len(s.past); held > maxSecret+maxLead || kept > 2*(maxSecret+5*keep) {
				t.Fatalf("%s: %d bytes held, %d kept", name, held, kept)
			}
		}
		s.Reset()
		for _, c := range s.past[:cap(s.past)] {
			if c != 0 {
				t.Fatalf("%s: something of the text is left behind", name)
			}
		}
	}
}

func TestADetectorIsForManyAtOnce(t *testing.T) {
	d := detector(t)
	list := vectors(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, v := range list {
				if got := len(find(t, d, v.text)) > 0; got != v.want {
					t.Errorf("line %d: found %v", v.line, got)
				}
			}
		})
	}
	group.Wait()
}
