package safe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestWhatMayBeShown(t *testing.T) {
	for _, c := range []struct{ what, in, want string }{
		{"text as it is", "plain\ntext", "plain\ntext"},
		{"line breaks and tabs", "a\r\nb\rc\td", "a\nb\nc    d"},
		{"escape sequences", "\x1b[31mred\x07\u009b2J\x7f", "[31mred2J"},
		{"what turns text around", "\u202eevil\u2066\u200e\u061c\u202c", "evil"},
		{"zero width", "a\u200bb\u2060c\ufeffd\u034fe\u180ef", "abcdef"},
		{"separators of lines and paragraphs", "a\u2028b\u2029c", "abc"},
		{"soft hyphens", "in\u00advisible", "invisible"},
		{"fillers", "a\u3164b\uffa0c\u115fd\u1160e", "abcde"},
		{"annotations", "a\ufff9b\ufffac\ufffbd", "abcd"},
		{"tags", "a\U000e0041\U000e0042b\U000e0001", "ab"},
		{"bytes that are none", "bad\xffbytes\xc3", "badbytes"},
		{"no characters", "a\ufffe\uffffb\ufdd0c\U0001ffffd", "abcd"},
		{"music and shorthand controls", "a\U0001d173b\U0001bca0c", "abc"},
		{"blanks that are none", "a\u00a0b\u2003c\u2800d\u202fe", "a b c d e"},
		{"a family", "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥", "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥"},
		{"a kiss", "👩🏻\u200d❤\ufe0f\u200d💋\u200d👨🏿", "👩🏻\u200d❤\ufe0f\u200d💋\u200d👨🏿"},
		{"a crowd", strings.Repeat("👩\u200d", 6) + "👩", "👩\u200d👩\u200d👩\u200d👩👩\u200d👩\u200d👩"},
		{"a keycap and a flag", "1\ufe0f\u20e3 🇩🇪", "1\ufe0f\u20e3 🇩🇪"},
		{"a region's flag", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f a\U000e0067", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f a"},
		{"text in a flag's tags", "🏴" + strings.Repeat("\U000e0067", 90), "🏴" + strings.Repeat("\U000e0067", mostMarks)},
		{"Persian", "می\u200cخواهم", "می\u200cخواهم"},
		{"Hindi", "क्\u200dष", "क्\u200dष"},
		{"Hebrew with vowels", "בְּרֵאשִׁית", "בְּרֵאשִׁית"},
		{"Vietnamese, decomposed", "Vie\u0323\u0302t", "Vie\u0323\u0302t"},
		{"joiners that join nothing", "a\u200d b\u200c", "a b"},
		{"joiners at the beginning", " \u200d\ufe0fx", " x"},
		{"selectors that select nothing", "a\ufe01b\U000e0101c", "abc"},
		{"an ideograph's form", "葛\U000e0100", "葛\U000e0100"},
		{"marks that stack up", "Z" + strings.Repeat("\u0300\u0316", 50) + "!", "Z" + strings.Repeat("\u0300\u0316", 3) + "!"},
		{"marks on nothing", "\u0301a\n\u20dd b \u0336c", "a\n b c"},
		{"CJK and its blank", "你好\u3000世界", "你好\u3000世界"},
	} {
		if got := Text(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	if got := Line("a\nb\r\n\u0301c"); got != "a b c" {
		t.Errorf("on one line: %q", got)
	}
}

func TestWhatIsCleanCostsNothing(t *testing.T) {
	for _, s := range []string{"morning. the backup finished at four", "你好，世界 naïve 👨\u200d👩\u200d👧"} {
		if n := testing.AllocsPerRun(10, func() { _ = Text(s) }); n > 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\r\n\x1b[2J\u202e\u200d👩\u200d👧\u0301\u00a0\U000e0041\xff")
	f.Add("क्\u200d\u0301\u200dष" + strings.Repeat("\u0300", 9))
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if again := Text(got); again != got {
			t.Fatalf("%q becomes %q, and then %q", s, got, again)
		}
		if !utf8.ValidString(got) || len(got) > len(tab)*len(s) {
			t.Fatalf("%q becomes %q", s, got)
		}
		marks := 0
		for _, r := range got {
			switch {
			case r != '\n' && (!Visible(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)):
				t.Fatalf("%q holds %U", got, r)
			case Joiner(r):
			case unicode.In(r, unicode.Mn, unicode.Me):
				if marks++; marks > mostMarks {
					t.Fatalf("%q stacks %d marks", got, marks)
				}
			default:
				marks = 0
			}
		}
		if strings.ContainsAny(Line(s), "\n\r") {
			t.Fatalf("%q is no line", Line(s))
		}
	})
}

func BenchmarkText(b *testing.B) {
	for name, s := range map[string]string{"ASCII": "morning. the backup finished at four, and the restore test is green on all three", "CJK": strings.Repeat("你好世界", 10)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = Text(s)
			}
		})
	}
}
