package line

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"

	"moniker/sshfront/safe"
)

func TestBytesOneByOneAreBytesAtOnce(t *testing.T) {
	pieces := []string{
		"a", "Z", " ", "é", "世", "👨‍👩‍👧", "🇩🇪", "e\u0301", "\r", "\n", "\r\n", "\t", "\x7f", "\x01", "\x02", "\x0b", "\x15", "\x17", "\x19", "\x14",
		"\x1b[A", "\x1b[B", "\x1b[1;5D", "\x1b[C", "\x1bOD", "\x1b[3~", "\x1bb", "\x1bf", "\x1bd", "\x1b[200~", "\x1b[201~", "\x1b]0;t\x07",
		"\x1bP\x1b\\", "\x1b", "\x1b[", "\x1b[[", "\x03", "\x04", "\x10", "\x12", "\x13", "\x07", "\xff", "\xe4\xbd", "\u202e", "\u200d",
	}
	rapid.Check(t, func(t *rapid.T) {
		in := []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 40).Draw(t, "in"), ""))
		run := func(parts ...[]byte) string {
			e := New(40, 10)
			e.SetLimit(60)
			var acts []Action
			for _, p := range parts {
				e.Feed(p, func(a Action) { acts = append(acts, a) })
			}
			return fmt.Sprintf("%v %q %d %v", acts, e.Draft(), e.Cursor(), e.PendingEsc())
		}
		want := run(in)
		for i := range in {
			if got := run(in[:i], in[i:]); got != want {
				t.Fatalf("%q split at %d:\n%s\nwhole:\n%s", in, i, got, want)
			}
		}
		if got := run(slices.Collect(slices.Chunk(in, 1))...); got != want {
			t.Fatalf("%q byte by byte:\n%s\nwhole:\n%s", in, got, want)
		}
	})
}

// TestTheScreenIsTheWholeTextRenderedAgain drives editor and terminal through
// random keys, messages and resizes and compares with the naive model.
func TestTheScreenIsTheWholeTextRenderedAgain(t *testing.T) {
	keys := []string{
		"a", "bc", "word ", "世", "界 x", "👨‍👩‍👧‍👦", "🇩🇪", "e\u0301", "\x1b[200~p\nq\x1b[201~", "\r", "\x7f", "\x01", "\x05", "\x02",
		"\x06", "\x0b", "\x15", "\x17", "\x19", "\x14", "\x1bb", "\x1bf", "\x1b[A", "\x1b[B", "\x03", "aaaaaaaaaaaaaaaaaaa", "世界世界世界世界世", "\x12", "\x13", "\x07",
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := rapid.IntRange(8, 24).Draw(rt, "width")
		p := &page{w: w, h: rapid.IntRange(1, 9).Draw(rt, "height")}
		prompt := rapid.SampledFrom([]string{"> ", "#lobby a> ", "世> "}).Draw(rt, "prompt")
		d := newDesk(t, w, p.h, prompt)
		defer d.close()
		d.e.scr.turn.cuts = true // for what is not known yet see reflow_test.go
		status := ""
		for i := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 10).Draw(rt, "what") {
			case 10:
				p.pending = rapid.SliceOfN(rapid.SampledFrom([]string{"u", " unsent  a b", " unsent  世界世界世界世界"}), 0, 6).Draw(rt, "pending")
				d.e.SetPending(p.pending)
				p.latest = rapid.SampledFrom([][]string{nil, {"-- bob"}, {"10:30 --", "  bob"}}).Draw(rt, "latest")
				d.e.SetLatest([]byte(strings.Join(append(p.latest, ""), "\r\n")))
				d.redraw("")
			case 0:
				status = rapid.SampledFrom([]string{"", " #dev", " 12345"}).Draw(rt, "status")
				d.e.SetStatus(status)
				d.redraw("")
			case 1, 2:
				lines := rapid.SliceOfN(rapid.IntRange(1, p.w), 1, 4).Draw(rt, "above")
				above := ""
				for _, n := range lines {
					row := strings.Repeat(string(rune('A'+i%26)), n)
					p.finished = append(p.finished, row)
					above += row + "\r\n"
				}
				d.redraw(above)
			case 3:
				p.resize(d, rapid.IntRange(8, 24).Draw(rt, "new width"))
			default:
				d.press(rapid.SampledFrom(keys).Draw(rt, "key"))
			}
			shown := prompt
			if d.e.find.open {
				shown = string(d.e.scr.prompt)
			}
			if err := p.check(d, status, shown); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// resize changes the width of a terminal that cuts its rows, the finished ones too.
func (p *page) resize(d *desk, w int) {
	d.resize(w)
	p.w = w
	for i, r := range p.finished {
		p.finished[i] = r[:min(len(r), w)]
	}
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte("hello\r\x1b[A\x1b[200~x\ny\x1b[201~\x7f\x1b[3~世\x1b]0;"), uint8(20))
	f.Add([]byte("hello\rhell\r\x12lo\x7f\x12\x12\x13x\x03\x12he\x1b[C!"), uint8(20))
	f.Add([]byte("\x1b[1;5D\x1bOd\xff\xe4\xbd\xa0\x1bb\x17\x19\x14"), uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, width uint8) {
		e := New(int(width), int(width)/4)
		e.SetLimit(300)
		e.SetPrompt("> ")
		var out []byte
		for chunk := range slices.Chunk(in, 7) {
			e.Feed(chunk, func(a Action) {
				if !utf8.ValidString(a.Text) || len(a.Text) > 300 {
					t.Fatalf("action %v", a)
				}
			})
			if d := e.Draft(); !utf8.ValidString(d) || len(d) > 300 || e.Cursor() < 0 || e.Cursor() > len(d) {
				t.Fatalf("draft %q, cursor %d", d, e.Cursor())
			}
			if d := e.Draft(); strings.ContainsFunc(d, func(r rune) bool { return r != '\n' && !safe.Visible(r) }) {
				t.Fatalf("draft %q holds what does not show", d)
			}
			out = e.AppendRedraw(out[:0], nil)
			if !utf8.Valid(out) || displaywidth.Bytes(out) > 2*1<<12 {
				t.Fatalf("drew %q", out)
			}
		}
		if s := string(in); Sanitize(Sanitize(s)) != Sanitize(s) {
			t.Fatalf("Sanitize is not idempotent on %q", s)
		}
	})
}
