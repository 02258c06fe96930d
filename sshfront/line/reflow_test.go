package line

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func everyKind(f func(kind)) {
	for i := range 16 {
		f(kind{wraps: i&1 > 0, edge: i&2 > 0, trim: i&4 > 0, pull: i&8 > 0})
	}
}

func TestAWiderTerminalErasesNoFinishedLine(t *testing.T) {
	everyKind(func(k kind) {
		s := newStand(40, 12, k)
		for range 20 {
			s.say()
		}
		s.press(strings.Repeat("a", 100))
		for _, w := range []int{41, 60, 80, 200} {
			s.resize(w, 12)
			s.redraw()
			s.check(t)
		}
		if !s.strict {
			t.Errorf("%+v: a wider terminal left the editor in doubt", k)
		}
	})
}

func TestANarrowerTerminalErasesNoFinishedLineAndLeavesNoOldRow(t *testing.T) {
	everyKind(func(k kind) {
		for _, draft := range []int{3, 50, 57, 58, 70, 130} {
			s := newStand(60, 12, k)
			for range 20 {
				s.say()
			}
			s.e.SetStatus("#ops 3 and more than fits into a narrow row")
			s.press(strings.Repeat("a", draft))
			for _, w := range []int{55, 43, 37, 80, 29} {
				s.resize(w, 12)
				s.redraw()
				s.check(t)
				s.say()
				s.check(t)
			}
		}
	})
}

// Until the answer comes, only what is surely the editor's is erased.
func TestWhatWasLeftInDoubtIsErasedWithTheAnswer(t *testing.T) {
	s := newStand(60, 12, kind{wraps: true})
	s.silent = true
	s.say()
	s.press(strings.Repeat("a", 50))
	s.resize(30, 12)
	s.redraw()
	s.check(t)
	if got := len(s.f.rows); got != 4 {
		t.Errorf("%d rows before the answer, want 4: the line, one old row and two\n%s", got, s.text())
	}
	s.silent, s.strict = false, true
	s.answer()
	s.check(t)
	s.resize(20, 12)
	s.redraw()
	s.check(t)
}

func TestALateOrStrayAnswerErasesNothing(t *testing.T) {
	for _, answer := range []string{
		"\x1b[1;23R", "\x1b[1;23R\x1b[1;30R", "\x1b[3;1R\x1b[3;30R", "\x1b[R", "\x1b[99;99R\x1b[99;99R",
		"\x1b[1;23R\x1b[1;25R", "\x1b[1;13R\x1b[1;29R", "\x1b[1;21R\x1b[1;31R",
	} {
		for _, between := range []func(*stand){
			func(*stand) {}, (*stand).say, func(s *stand) { s.resize(20, 12); s.redraw() }, func(s *stand) { s.f.write(s.e.AppendClear(nil)) },
		} {
			s := newStand(60, 12, kind{})
			s.silent = true
			for range 5 {
				s.say()
			}
			s.press(strings.Repeat("a", 80)) // the cursor is in column 22
			s.press(answer)                  // nobody has asked
			s.resize(30, 12)
			s.redraw()
			between(s)
			s.press(answer)
			s.redraw()
			if s.e.Draft() != strings.Repeat("a", 80) {
				t.Errorf("%q changed the draft: %q", answer, s.e.Draft())
			}
			if s.check(t); !s.strict {
				t.Errorf("in doubt")
			}
		}
	}
}

// TestNoFinishedLineIsEverErased drives editor and terminal through random
// keys, messages, states and resizes, at every kind of terminal.
func TestNoFinishedLineIsEverErased(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		flag := func(name string) bool { return rapid.Bool().Draw(rt, name) }
		k := kind{wraps: flag("wraps"), edge: flag("edge"), trim: flag("trim"), pull: flag("pull")}
		s := newStand(rapid.IntRange(8, 30).Draw(rt, "width"), 40, k)
		s.silent = flag("silent")
		heights := flag("heights")
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 6).Draw(rt, "what") {
			case 0:
				s.say()
			case 1:
				s.e.SetStatus(rapid.SampledFrom([]string{"", "#dev 12", "#a-long-room 999"}).Draw(rt, "status"))
				s.redraw()
			case 2:
				s.pending = nil
				for i := range rapid.IntRange(0, 5).Draw(rt, "pending") {
					s.pending = append(s.pending, fmt.Sprintf(" unsent  row %d", i))
				}
				s.e.SetPending(s.pending)
				s.latest = rapid.SampledFrom([][]string{nil, {"-- bob"}, {"10:30 --", "  bob"}}).Draw(rt, "latest")
				s.e.SetLatest([]byte(strings.Join(append(s.latest, ""), "\r\n")))
				s.redraw()
			case 3, 4:
				for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(rt, "resizes") {
					h := s.f.h
					if heights {
						h = rapid.IntRange(1, 12).Draw(rt, "height")
					}
					s.resize(rapid.IntRange(8, 30).Draw(rt, "new width"), h)
				}
				if flag("say at once") {
					s.strict = s.strict && !s.f.wraps && s.e.scr.turn.cuts
					s.say()
				}
				s.redraw()
			default:
				s.press(rapid.SampledFrom([]string{"a", "aaaaaaaaaaaaaaa", "a a     ", "\x01", "\x05", "\x02", "\x7f", "\r"}).Draw(rt, "key"))
			}
			s.check(rt)
		}
	})
}
