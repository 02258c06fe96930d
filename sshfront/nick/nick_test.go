package nick

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func mustParse(t testing.TB, s string) Name {
	t.Helper()
	n, err := Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return n
}

func TestLookAlikesOfANameAreThatName(t *testing.T) {
	for base, alike := range map[string][]string{
		"alice":   {"alice", "ALICE", "Alice", "аlice", "аLICE", "АLICE", "ａｌｉｃｅ", "ＡＬＩＣＥ", "a1ice", "aIice", "alicе", "аliсе"},
		"Bob":     {"bob", "BOB", "b0b", "Воb", "воb"},
		"mallory": {"мallory", "Мallory"}, // Cyrillic letters that are small capitals of Latin ones
		"kath":    {"кath", "каth", "kатh", "katн", "катн"},
		"müller":  {"mu\u0308ller", "MÜLLER"},
		"σίσυφος": {"ΣΊΣΥΦΟΣ"},
		"straße":  {"STRASSE", "Straẞe"},
	} {
		a := mustParse(t, base)
		for _, s := range alike {
			b := mustParse(t, s)
			if !Alike(a, b) || !Alike(b, a) {
				t.Errorf("%q %+v and %q %+v are not alike", base, a, s, b)
			}
		}
	}
}

func TestDifferentNamesStayDifferent(t *testing.T) {
	names := []string{"alice", "alice2", "bob", "carol", "mallory", "bob-at-home", "modern", "modem", "n1", "n2", "борис", "爱丽丝", "אלון", "محمد", "देव", "สมชาย", "ゆき"}
	for i, x := range names {
		for _, y := range names[:i] {
			if Alike(mustParse(t, x), mustParse(t, y)) {
				t.Errorf("%s and %s are alike", x, y)
			}
		}
	}
}

func TestDisplayKeepsCaseAndComposes(t *testing.T) {
	for in, want := range map[string]string{"McKay": "McKay", "ＭｃＫａｙ": "McKay", "u\u0308": "ü", "ｶﾞｷﾞ": "ガギ"} {
		if got := mustParse(t, in).Display; got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
	if got := mustParse(t, "McKay").Key; got != "mckay" {
		t.Errorf("key %q", got)
	}
}

func TestRefusalsSayWhat(t *testing.T) {
	const it = "1 to 24 letters or digits, with - _ . inside it."
	for in, want := range map[string]string{
		":":                          `":" cannot be in a name: ` + it,
		"a:b":                        `":" cannot be in a name: ` + it,
		"a b":                        `" " cannot be in a name: ` + it,
		"":                           `A name has ` + it,
		"-a":                         `"-" cannot be first or last in a name: ` + it,
		"a.":                         `"." cannot be first or last in a name: ` + it,
		"--":                         `"-" cannot be first or last in a name: ` + it,
		"a\u202eb":                   `U+202E cannot be in a name: ` + it,
		"a\u200bb":                   `U+200B cannot be in a name: ` + it,
		"a\u200db":                   `U+200D cannot be in a name: ` + it,
		"a\ufeff":                    `U+FEFF cannot be in a name: ` + it,
		"a\tb":                       `U+0009 cannot be in a name: ` + it,
		"a\x1b[m":                    `U+001B cannot be in a name: ` + it,
		"a\u0085":                    `U+0085 cannot be in a name: ` + it,
		"a\u00a0":                    `U+00A0 cannot be in a name: ` + it,
		"😀":                          `"😀" cannot be in a name: ` + it,
		"a\u3164":                    `U+3164 cannot be in a name: ` + it,
		"a\u034f":                    `U+034F cannot be in a name: ` + it,
		"x²":                         `"²" cannot be in a name: ` + it,
		"𝐚lice":                      `"𝐚" cannot be in a name: ` + it,
		"a\u0378":                    `U+0378 cannot be in a name: ` + it,
		"a\U0001e6c0":                `U+1E6C0 cannot be in a name: ` + it,
		"\u0301a":                    `U+0301 cannot be first in a name: ` + it,
		"ba\u0324\u0325\u032d\u032e": `U+032E cannot be in a name: ` + it,
		"\xff":                       `That is not text: a name has ` + it,
		`a"b`:                        `'"' cannot be in a name: ` + it,
		strings.Repeat("a", 25):      `25 letters; a name has ` + it,
		strings.Repeat("界", 25):      `25 letters; a name has ` + it,
		strings.Repeat("a", 1<<20):   `That is too long for a name: ` + it,
		"aאב":                        `A name runs in one direction: letters from left to right or from right to left, not both.`,
		"אבa":                        `A name runs in one direction: letters from left to right or from right to left, not both.`,
		"1אב":                        `A name from right to left begins with a letter and ends with a letter or digit, all digits of one kind.`,
	} {
		if n, err := Parse(in); err == nil {
			t.Errorf("%.40q is a name: %+v", in, n)
		} else if err.Error() != want {
			t.Errorf("%.40q: %s\nwant %s", in, err, want)
		}
	}
}

func TestTwentyFourLettersAreAName(t *testing.T) {
	for _, l := range []string{"a", "界", "é", "𠮷", "נ"} {
		mustParse(t, strings.Repeat(l, MaxLetters))
	}
}

func TestReservedNames(t *testing.T) {
	for _, s := range []string{"admin", "Admin", "ADMIN", "аdmin", "operator", "0perator", "server", "moniker", "Moniker", "system", "ѕystem", "root", "r00t", "ｒｏｏｔ"} {
		if !Reserved(mustParse(t, s)) {
			t.Errorf("%s is not reserved", s)
		}
	}
	for _, s := range []string{"alice", "rooted", "administer", "servers"} {
		if Reserved(mustParse(t, s)) {
			t.Errorf("%s is reserved", s)
		}
	}
}

func TestSuggestionsCountOn(t *testing.T) {
	long := strings.Repeat("a", MaxLetters-2) + "-b"
	for _, c := range []struct{ name, want string }{
		{"alice", "alice2"}, {"Alice2", "Alice3"}, {"alice9", "alice10"}, {"bob1999", "bob19992"}, {"7", "72"},
		{long, strings.Repeat("a", MaxLetters-2) + "2"}, {strings.Repeat("界", MaxLetters), strings.Repeat("界", MaxLetters-1) + "2"}, {"אלון", "אלון2"},
		{strings.Repeat("0", MaxLetters-1) + "2", strings.Repeat("0", MaxLetters-1) + "3"}, // cut, it would be itself
	} {
		n, ok := Suggest(mustParse(t, c.name), func(Name) bool { return false })
		if !ok || n.Display != c.want {
			t.Errorf("%s: %q %v, want %q", c.name, n.Display, ok, c.want)
		}
	}
	n, ok := Suggest(mustParse(t, "alice"), func(n Name) bool { return len(n.Key) == len("alice2") })
	if !ok || n.Display != "alice10" {
		t.Errorf("alice2 to alice9 are taken: %q %v", n.Display, ok)
	}
	tries := 0
	if n, ok := Suggest(mustParse(t, "alice"), func(Name) bool { tries++; return true }); ok || tries > 100 {
		t.Errorf("all taken: %q after %d tries", n.Display, tries)
	}
}

func TestParseMayRunEverywhereAtOnce(t *testing.T) {
	want := mustParse(t, "аLICE")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if n, err := Parse("аLICE"); n != want || err != nil {
					t.Errorf("%+v %v", n, err)
				}
			}
		})
	}
	wg.Wait()
}

func holds(t interface{ Fatalf(string, ...any) }, s string) {
	n, err := Parse(s)
	if err != nil {
		if n != (Name{}) || !utf8.ValidString(err.Error()) || len(err.Error()) > 200 {
			t.Fatalf("Parse(%q) = %+v, %v", s, n, err)
		}
		return
	}
	if again, err := Parse(n.Display); again != n {
		t.Fatalf("Parse(%q) = %+v, its display gives %+v, %v", s, n, again, err)
	}
	if again, err := Parse(n.Key); again.Key != n.Key {
		t.Fatalf("Parse(%q) = %+v, its key gives %+v, %v", s, n, again, err)
	}
	if len(n.Display) > MaxBytes || len(n.Key) > MaxBytes || len(n.Key) == 0 || max(len(n.Skeletons[0]), len(n.Skeletons[1])) > MaxSkeletonBytes {
		t.Fatalf("Parse(%q) = %+v is out of bounds", s, n)
	}
	if m, ok := Suggest(n, func(Name) bool { return false }); ok && (len(m.Display) > MaxBytes || m.Key == n.Key) {
		t.Fatalf("Suggest(%q) = %+v", s, m)
	}
}

func TestParseIsIdempotentAndBounded(t *testing.T) {
	letter := rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("aAzİıſßẞΣςσǅŉΐЖжאבם١٢3ｶﾞ가각가界-_.\u0301\u0327\u0345")))
	rapid.Check(t, func(t *rapid.T) { holds(t, string(rapid.SliceOfN(letter, 0, 30).Draw(t, "name"))) })
	rapid.Check(t, func(t *rapid.T) {
		holds(t, rapid.StringMatching(`[\p{L}\p{Nd}][\p{L}\p{Mn}\p{Nd}._-]{0,5}\p{L}`).Draw(t, "name"))
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"alice", "аLICE", "ａ", "İ", "ΣΑΣ", "אב1", "a\u202e", "ﾞ", "ẞ", "क्षि", "i\u0307x", "ラーー", "น้ำ", "ก\u0e49\u0e49\u0e4dา", "一", "a\u05b0", "000000000000000000000002"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { holds(t, s) })
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("аLICE"); err != nil {
			b.Fatal(err)
		}
	}
}
