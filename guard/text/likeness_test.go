package text

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestLikenessIsWhatTextsSay counts the pairs of letters again where the texts they were counted in are at hand: the
// folder data/train in a folder "shared" beside one above this module, or in SALLYPORT_DATA.
func TestLikenessIsWhatTextsSay(t *testing.T) {
	dir := texts()
	if dir == "" {
		t.Skip("the texts the table was counted in are not here (SALLYPORT_DATA names their folder)")
	}
	var count [26 * 26]float64
	total := 0.0
	for _, name := range []string{"gpteacher", "t0_prompts", "self_instruct", "mtbench", "gsm8k", "tldr_pages"} {
		f, err := os.Open(filepath.Join(dir, name+".jsonl.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(z)
		lines.Buffer(nil, 1<<22)
		for lines.Scan() {
			var row struct{ Text string }
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			prev := uint8(0)
			for _, r := range []rune(row.Text)[:min(2000, len([]rune(row.Text)))] {
				l := uint8(0)
				if r < 0x80 {
					l = letters[byte(r)]
				}
				if l != 0 && prev != 0 {
					count[int(prev-1)*26+int(l-1)]++
					total++
				}
				prev = l
			}
		}
		_ = f.Close()
	}
	if total < 1e6 {
		t.Fatalf("only %.0f pairs were counted", total)
	}
	for i := range count {
		p := (count[i] + 2) / (total + 2*26*26)
		if want := int(max(0, min(9, math.RoundToEven(math.Log2(p*26*26)+5)))); want != int(likeness[i]-'0') {
			t.Errorf("%c%c: the table says %c, the texts say %d", 'a'+i/26, 'a'+i%26, likeness[i], want)
		}
	}
}

func texts() string {
	if dir := os.Getenv("SALLYPORT_DATA"); dir != "" {
		return dir
	}
	at, err := os.Getwd()
	for err == nil && at != filepath.Dir(at) {
		if dir := filepath.Join(at, "shared", "data", "train"); isDir(dir) {
			return dir
		}
		at = filepath.Dir(at)
	}
	return ""
}

func isDir(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.IsDir()
}
