package markup

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// still is a reader whose clock stands: nothing takes it any time.
func still() *Reader { return NewReader(func() time.Time { return time.Time{} }) }

// draw writes lines out so that indents and faces are seen: |4+2|b{bold} plain.
func draw(lines []Line) string {
	var rows []string
	for _, l := range lines {
		var b strings.Builder
		if l.Indent+l.Hang > 0 {
			fmt.Fprintf(&b, "|%d+%d|", l.Indent, l.Hang)
		}
		from := 0
		for _, r := range l.Runs {
			if r.Face == 0 {
				b.WriteString(l.Text[from:r.End])
			} else {
				b.WriteString(letters(r.Face) + "{" + l.Text[from:r.End] + "}")
			}
			from = r.End
		}
		b.WriteString(l.Text[from:])
		rows = append(rows, b.String())
	}
	return strings.Join(rows, "\n")
}

func letters(f Face) string {
	var s string
	for i, c := range "bifckln" + "N" {
		if f&(1<<i) != 0 {
			s += string(c)
		}
	}
	return s
}

func TestWhatIsMarkup(t *testing.T) {
	r := still()
	for in, want := range map[string]string{
		"*one* and _two_":               "i{one} and i{two}",
		"**bold**, *it*.":               "b{bold}, i{it}.",
		"***both***":                    "bi{both}",
		"a **bold and *nested* end** x": "a b{bold and }bi{nested}b{ end} x",
		"*This is a sentence.*":         "i{This is a sentence.}",
		"(*aside*)":                     "(i{aside})",
		"*你好* **мир**":                  "i{你好} b{мир}",
		"run `ls *.go *` now":           "run c{`ls *.go *`} now",
		"``a ` b``":                     "c{``a ` b``}",
		"*`x`*":                         "ic{`x`}",
		"see [the docs](https://x.org/a_b_c) for":     "see the docs (https://x.org/a_b_c) for",
		"[**b**](https://x.org/a(1))":                 "b{b} (https://x.org/a(1))",
		"[https://x.org](https://x.org)":              "https://x.org",
		"[https://good.org](https://evil.org)":        "https://good.org (https://evil.org)",
		"[mail](mailto:a@b.c)":                        "mail (mailto:a@b.c)",
		"> said *so*\nno":                             "|0+2|f{> said }if{so}\nno",
		"- one\n- *two*\n  3":                         "|0+2|- one\n|0+2|- i{two}\n  3",
		"1. one\n12) two":                             "|0+3|1. one\n|0+4|12) two",
		"look:\n```\na *b*\n  c\n```\nso":             "look:\n|4+0|a *b*\n|4+0|  c\nso",
		"```go\nfunc f() int { return 1 } // x\n```":  "|4+0|k{func} N{f}() k{int} { k{return} n{1} } f{// x}",
		"```py\nif x == \"a\":\n    return None\n```": "|4+0|k{if} x == l{\"a\"}:\n|4+0|    k{return} k{None}",
		"````\n```\n````":                             "|4+0|```",
		"```\na\n\nb\n```":                            "|4+0|a\n|4+0|\n|4+0|b",
		":tada: done :+1:":                            "🎉 done 👍",
		"**:fire:** `:fire:`":                         "b{🔥} c{`:fire:`}",
		":tada::tada:":                                "🎉🎉",
	} {
		if got := draw(r.Read(in, Mode{Emoji: true})); got != want || !May(in, Mode{Emoji: true}) {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

// asTyped is what people say in a chat of people who write programs. None of it is markup.
func asTyped() []string {
	return []string{
		"snake_case_names and _private", "2*3*4 = 24", "a * b * c", "5*x + 3*y", "char **argv, *p;", "int *a, *b;", "f(*a, *b)", "*p++ = *q++;",
		"__init__.py and __name__ == \"__main__\"", "**kwargs and *args", "SELECT * FROM a WHERE b = '*'", "rm *.o *.a", "ls **/*.go and **/x/*",
		"ls *foo.*", "grep -r 'a.*b' . | sed 's/.*x//'", "/* comment */ x /* y */", "C:\\_x_\\*y*\\z", "~/a_b/_c_/d", "\\*not\\* \\_this\\_",
		"`unclosed and *", "echo `date` $(x) ${Y_Z} $PATH_A", "if [ -f x ]; then [[ a ]]; fi", "arr[i](x) and [](int x) { }", "[bob] hello",
		"[bob](hello)", "[a](javascript:x)", "[x]: https://x.org", "[a](https://x.org \"t\")", "![a]", "<b>&amp;</b> <!-- x -->", "https://x.org/*foo*/_bar_/a_b",
		"https://en.wikipedia.org/wiki/A_(b)_*c*", "-_- o_O T_T *-* ^_^ *_* x_x :_) :* >_< (*_*)", ":) :D :P :-) 8) ;) :/ :*", "10:30:15 12:00", "std::vector::iterator a::b::c",
		"::1 fe80::1:2", "http://x.org:80/:a:/", ":unknown_code_here: :x y:", "# heading", "===\n---\n***", "a\n  b\n    c *d*", "***", "****", "_", "**", "* *", "__a__",
		"5 > 3 >= 2", ">_<", ">:(", "-1 -2", "-rf *", "1.5 2.0", "foo* and bar*", "*foo and bar", "@_alice_ hi", "x*y*z _a_b_", "`", "```", "``", "```\nnever closed *x*",
		"``` not a word\nx\n```", "no trailing blank ", "  two before", "**a * b*c", "a|b|c\n-|-|-", "~~gone~~", "~3 ~4", "--- a/x\n+++ b/x", "#!/bin/sh", "TODO: a: b: c",
		"im*possible*", "\"*\" and \"*\"", "'_' or '_'", "x = a[i]*b[j]", "*.go,*.md", "$1 * $2", "100% * 2 *", "foo_ bar_", "2 * _x_y", "_(\"text\")", "**Note", "<*>", "(*p).x = (*q).y",
	}
}

func TestWhatIsNoMarkup(t *testing.T) {
	r := still()
	for _, in := range asTyped() {
		for _, m := range []Mode{{Emoji: true}, {Emoji: true, Marks: true}, {}, {AsTyped: true}} {
			var rows []string
			for _, l := range r.Read(in, m) {
				rows = append(rows, l.Text)
				for _, run := range l.Runs {
					if run.Face&^(Faint|Code) != 0 {
						t.Errorf("%q, %v: %q", in, m, draw([]Line{l}))
					}
				}
			}
			if got := strings.Join(rows, "\n"); got != in {
				t.Errorf("%q, %v: %q", in, m, got)
			}
		}
	}
}

func TestMarksStayWhereEmphasisCannotBeShown(t *testing.T) {
	r := still()
	in := "**b** and *i* and `c` [d](https://x.org) :+1:\n```go\nx\n```"
	want := "b{b} and i{i} and c{`c`} d (https://x.org) 👍\n|4+0|x"
	if got := draw(r.Read(in, Mode{Emoji: true})); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	want = "**b{b}** and *i{i}* and c{`c`} d (https://x.org) :+1:\n|4+0|x"
	if got := draw(r.Read(in, Mode{Marks: true})); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	want = "**b** and *i* and `c` [d](https://x.org) 👍\n```go\nx\n```"
	if got := draw(r.Read(in, Mode{AsTyped: true, Emoji: true})); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnUnknownLanguageHidesNothing(t *testing.T) {
	if got, want := draw(still().Read("```secret\nx\n```", Mode{})), "```secret\n|4+0|x\n```"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPlainTextIsNotRead(t *testing.T) {
	m := Mode{Emoji: true}
	for _, s := range []string{"morning. the backup finished at four", "@alice the disk on n3 is at 80 %: look", "你好世界\nzwei"} {
		if May(s, m) {
			t.Errorf("%q", s)
		}
		if n := testing.AllocsPerRun(10, func() { May(s, m) }); n > 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
	}
}

// hostile is text that means harm to whoever reads it.
func hostile() map[string]string {
	size := 16 << 10
	many := func(s string) string { return strings.Repeat(s, size/len(s)) }
	return map[string]string{
		"backticks": many("`"), "backticks of all lengths": many("` `` ``` ```` ````` "), "stars": many("*"), "stars and letters": many("*a "),
		"openers": many("**a *b _c "), "closers": many("a* b** c_ "), "nested": strings.Repeat("*a ", 2000) + strings.Repeat("b* ", 2000),
		"brackets": many("["), "links": many("[a](https://x "), "good links": many("[a](https://x) "), "closing brackets": many("]("),
		"quotes": many("> "), "lists": many("- "), "quoted lines": many("> a\n"), "parentheses": "[a](https://x" + many("(") + ")",
		"colons": many(":"), "codes": many(":a:"), "no codes": many(":ab cd:"), "fences": many("```\n"), "open fences": many("```go\n````\n"), "escapes": many("\\*"),
		"code that never ends": "```go\n" + many("/*\n") + "```", "code": "```c++\n" + strings.Repeat(strings.Repeat("<a ", 60)+"\n", 11) + "\n```", "addresses": many("https://"), "entities": many("&amp;"),
		"wide": many("*世*"), "emphasis in words": many("a*b*"), "images": many("![a](https://x) "), "one word of code": "```go\n" + strings.Repeat("x", 2000) + "\n```",
	}
}

func TestHostileTextCostsLittle(t *testing.T) {
	r := NewReader(time.Now)
	for what, in := range hostile() {
		began := time.Now()
		lines := r.Read(in, Mode{Emoji: true})
		size := 0
		for _, l := range lines {
			size += len(l.Text) + 1
		}
		t.Logf("%s: %v", what, time.Since(began)) // were it no bounded time, this would not come
		if size > 3*len(in)+100 {
			t.Errorf("%s: %d bytes became %d", what, len(in), size)
		}
	}
}

func FuzzMarkup(f *testing.F) {
	for _, s := range asTyped() {
		f.Add(s)
	}
	f.Add("> *a* **b** `c` [d](https://x.org) :tada:\n- *x*\n1. y\n```\ncode\n```\nend")
	r := still()
	f.Fuzz(func(t *testing.T, in string) {
		for _, m := range []Mode{{}, {Marks: true}, {Emoji: true}, {AsTyped: true}} {
			lines := r.Read(in, m)
			var rows []string
			plain := true
			for _, l := range lines {
				rows = append(rows, l.Text)
				end := 0
				for _, run := range l.Runs {
					if run.End <= end {
						t.Fatalf("%q: runs %v of %q", in, l.Runs, l.Text)
					}
					end = run.End
				}
				if len(l.Runs) > 0 && end != len(l.Text) {
					t.Fatalf("%q: runs %v of %q", in, l.Runs, l.Text)
				}
				plain = plain && len(l.Runs) == 0 && l.Indent+l.Hang == 0
			}
			out := strings.Join(rows, "\n")
			switch {
			case (m.AsTyped || plain && !strings.ContainsAny(in, "*_`[:")) && out != in:
				t.Fatalf("%q became %q", in, out)
			case !May(in, m) && (out != in || !plain):
				t.Fatalf("%q holds more than was seen at a glance: %q", in, draw(lines))
			case !m.Emoji && !strings.Contains(in, "```") && bare(out) != bare(in) && !strings.Contains(in, "]("):
				t.Fatalf("%q became %q", in, out)
			case len(out) > 8*len(in):
				t.Fatalf("%d bytes became %d", len(in), len(out))
			}
		}
	})
}

// bare is s without the marks of emphasis.
func bare(s string) string { return strings.NewReplacer("*", "", "_", "").Replace(s) }

// An emoji that people know is not behind one with a long name that few do.
func TestShortCodesComeShortestFirst(t *testing.T) {
	for prefix, want := range map[string]string{":ta": ":taco: :tada: :taxi:", ":heart": ":heart: :hearts: :heartbeat:", ":+": ":+1:"} {
		if got := strings.Join(Codes(prefix, 3), " "); got != want {
			t.Errorf("%s: %s, want %s", prefix, got, want)
		}
	}
	if all, some := Codes(":s", 1000), Codes(":s", 5); len(all) < 100 || len(some) != 5 {
		t.Errorf("%d, and %d of them", len(all), len(some))
	}
}
