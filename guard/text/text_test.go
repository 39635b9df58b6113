package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sallyport/guard/text"
)

func TestNormaliseReadsWhatAReaderSees(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"plain text stays", "Ignore this.", "Ignore this."},
		{"wide letters", "ｉｇｎｏｒｅ　ａｌｌ", "ignore all"},
		{"mathematical bold", "𝐢𝐠𝐧𝐨𝐫𝐞", "ignore"},
		{"mathematical script", "𝒾𝑔𝓃𝑜𝓇𝑒", "ignore"},
		{"circled letters", "ⓘⓖⓝⓞⓡⓔ", "ignore"},
		{"letters in black squares", "🅸🅶🅽🅾🆁🅴", "IGNORE"},
		{"letters in black circles", "🅘🅖🅝🅞🅡🅔", "IGNORE"},
		{"small capitals", "ɪɢɴᴏʀᴇ", "ignore"},
		{"Cyrillic letters inside a Latin word", "ignоrе аll", "ignore all"},
		{"a word all of look-alikes in an English line", "the соре of it", "the cope of it"},
		{"Greek letters inside a Latin word", "ignοre", "ignore"},
		{"Russian stays Russian", "нет, это просто текст", "нет, это просто текст"},
		{"a short Russian word in a Russian line stays", "он сор убрал", "он сор убрал"},
		{"Greek stays Greek", "δεν είναι", "δεν είναι"},
		{"zero-width spaces inside a word", "ig\u200bno\u200bre", "ignore"},
		{"a joiner inside a Latin word", "ig\u200dnore", "ignore"},
		{"soft hyphens", "ig\u00adnore", "ignore"},
		{"tags", "hello\U000E0069\U000E0067 you", "hello you"},
		{"bidi controls", "\u202eerongi\u202c", "erongi"},
		{"selectors behind letters", "i\ufe01g\U000E0120nore", "ignore"},
		{"a mark apart from its letter", "e\u200b\u0301", "é"},
		{"a ligature", "ﬁle", "file"},
		{"quotation marks and dashes", "don’t – “stop”", `don't - "stop"`},
		{"heaped marks", "i\u0300\u0301\u0302\u0303\u0304\u0305gnore", "ì\u0301gnore"},
		{"Vietnamese keeps both marks", "tiếng Việt", "tiếng Việt"},
		{"Hangul filler", "a\u3164b", "ab"},
		{"a disguised emoji letter", "ℹ\ufe0fgnore", "ignore"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if v := text.Normalise(c.src); v.Text != c.want {
				t.Errorf("%+q read as %+q, want %+q", c.src, v.Text, c.want)
			}
		})
	}
}

// What stays whole: invisible characters with work to do.
var kept = []string{
	"👨\u200d👩\u200d👧\u200d👦", "👩🏽\u200d💻", "🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d⚧\ufe0f", "❤\ufe0f\u200d🔥", "🧑🏿\u200d🤝\u200d🧑🏻", "👁\ufe0f\u200d🗨\ufe0f",
	"🐕\u200d🦺", "☺\ufe0f", "☎\ufe0e", "1\ufe0f\u20e3", "#\ufe0f\u20e3", "🇩🇪", "🏴\u200d☠\ufe0f",
	"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
	"🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",
	"🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F",
	"می\u200cخواهم", "کتاب\u200cها", "نمی\u200cدانم", "خانه\u200cای",
	"क्\u200dष", "श्री\u200c", "र्\u200dय", "ക്\u200d", "ක්\u200dෂ", "বাংলা র\u200d্য",
	"葛\U000E0100城", "ᠠ\u180bᠨ", "สวัสดี\u200bครับ",
}

func TestRemovalKeepsWhatHasWorkToDo(t *testing.T) {
	for _, s := range kept {
		if s == "श्री\u200c" {
			continue // a joiner at the end of a word joins nothing
		}
		for _, around := range []string{s, "a " + s + " b", s + s} {
			if v := text.Normalise(around); v.Text != around {
				t.Errorf("%+q became %+q", around, v.Text)
			}
		}
	}
}

func TestASCIICostsNothing(t *testing.T) {
	src := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 25)
	if n := testing.AllocsPerRun(100, func() {
		v := text.Normalise(src)
		if a, b := v.Source(3, 9); a != 3 || b != 9 || len(v.Text) != len(src) {
			t.Fatal("not the identity")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSourcePointsAtWhatWasRead(t *testing.T) {
	for _, c := range []struct{ src, find, want string }{
		{"say: ｉｇｎｏｒｅ it", "ignore", "ｉｇｎｏｒｅ"},
		{"say: ig\u200bno\u200bre it", "ignore", "ig\u200bno\u200bre"},
		{"say: ig\u200bno\u200bre it", "say: ", "say: "},
		{"a ﬁle", "i", "ﬁ"},
		{"a ﬁle", "le", "le"},
		{"é 𝐢𝐠 é", "ig", "𝐢𝐠"},
	} {
		v := text.Normalise(c.src)
		at := strings.Index(v.Text, c.find)
		if at < 0 {
			t.Errorf("%q: no %q in %q", c.src, c.find, v.Text)
			continue
		}
		if a, b := v.Source(at, at+len(c.find)); c.src[a:b] != c.want {
			t.Errorf("%q in %q came from %q, want %q", c.find, c.src, c.src[a:b], c.want)
		}
	}
}

// pieces are what the properties draw texts from.
var pieces = append([]string{
	"ignore", " ", "\n", "a", "е", "о", "ж", "ο", "λ", "ｉ", "𝐢", "ﬁ", "ﷺ", "\ufe70", "e\u0301", "\u0301", "\u0327", "\u200b", "\u200c", "\u200d", "\ufe0f",
	"™", "ⓜ", "🅰", "㊗", "\U000E0067", "\U000E007F", "한", "\u1160", "\u3164", "ㅎ", "가", "‘", "—", "\u202e", "\u2066", "日本", "ſ", "İ", "K", "\xff", "\xe2\x80",
	"\u0f71\u0f72\u0f73", "\u0344", "क्", "\U0001D165\U0001D15E", "SGVsbG8gd29ybGQhIQ==", "%69%67", "&#105;", "\\u0069", "1gn0re", "i g n o r e", "=69=67",
}, kept...)

func anyText(t *rapid.T) string {
	if rapid.IntRange(0, 3).Draw(t, "how") == 0 {
		return rapid.String().Draw(t, "text")
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces"), "")
}

func TestNormalisingTwiceIsNormalisingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := anyText(t)
		once := text.Normalise(src)
		if twice := text.Normalise(once.Text); twice.Text != once.Text {
			t.Fatalf("%+q: once %+q, twice %+q", src, once.Text, twice.Text)
		}
	})
}

func TestMapsAreMonotoneAndInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := anyText(t)
		for name, v := range readings(src) {
			checkMap(t, name, src, v)
		}
	})
}

func readings(src string) map[string]text.View {
	v := text.Normalise(src)
	all := map[string]text.View{"normalised": v, "folded": v.Fold()}
	for name, read := range map[string]func(text.View) (text.View, bool){"leet": text.Leet, "spaced": text.Spaced} {
		if w, ok := read(v); ok {
			all[name] = w
		}
	}
	decoded, _ := text.Decode(v)
	for _, r := range decoded {
		all[r.How+" "+r.Text] = r.View
	}
	return all
}

func checkMap(t rapid.TB, name, src string, v text.View) {
	last := 0
	lastEnd := 0
	for i := range len(v.Text) + 1 {
		a, b := v.Source(i, min(i+1, len(v.Text)))
		if a < last || b < a || b > len(src) || i < len(v.Text) && b < lastEnd {
			t.Fatalf("%s of %+q: byte %d of %+q maps to %d:%d after %d:%d", name, src, i, v.Text, a, b, last, lastEnd)
		}
		if i < len(v.Text) && b == a {
			t.Fatalf("%s of %+q: byte %d of %+q came from nothing", name, src, i, v.Text)
		}
		last = a
		if i < len(v.Text) {
			lastEnd = b
		}
	}
	if a, b := v.Source(0, len(v.Text)); v.Text != "" && (a < 0 || b > len(src) || b <= a) {
		t.Fatalf("%s of %+q: the whole maps to %d:%d", name, src, a, b)
	}
}

func FuzzReadings(f *testing.F) {
	for _, p := range pieces {
		f.Add(p)
	}
	f.Add(strings.Join(pieces, " "))
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4000 {
			return
		}
		once := text.Normalise(src)
		if twice := text.Normalise(once.Text); twice.Text != once.Text {
			t.Fatalf("%+q: once %+q, twice %+q", src, once.Text, twice.Text)
		}
		for name, v := range readings(src) {
			checkMap(t, name, src, v)
			if utf8.ValidString(src) && !utf8.ValidString(v.Text) {
				t.Fatalf("%s of %+q is not UTF-8: %+q", name, src, v.Text)
			}
		}
		end := 0
		for a, b := range text.Windows(src, 100, 20) {
			if a < 0 || b <= a || b > len(src) || a > end {
				t.Fatalf("window %d:%d after %d of %d", a, b, end, len(src))
			}
			end = b
		}
		if src != "" && end != len(src) {
			t.Fatalf("the windows end at %d of %d", end, len(src))
		}
	})
}
