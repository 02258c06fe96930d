package line

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// completing feeds keys to an editor whose caller knows the words.
func completing(e *Editor, words []string, after, keys string) (acts []Action) {
	e.Feed([]byte(keys), func(a Action) {
		if acts = append(acts, a); a.Kind == Complete {
			e.SetCompletions(words, after)
		}
	})
	return acts
}

func TestTabGoesThroughTheCandidatesAndBack(t *testing.T) {
	words := []string{"alice", "albert", "älbe"}
	for keys, want := range map[string]string{
		"\t": "alice |", "\t\t": "albert |", "\t\t\t": "älbe |", "\t\t\t\t": "al|", "\t\t\t\t\t": "alice |",
		"\x1b[Z": "älbe |", "\x1b[Z\x1b[Z": "albert |", "\t\x1b[Z": "al|", "\t\t\x1b[Z": "alice |", "\t\x1b[Z\x1b[Z": "älbe |",
		"\thi": "alice hi|", "\t\x7f": "alice|", "\t\x1b[D": "alice| ", "\t\x05\x15": "|", "\t\t\x07": "al|",
		"\t, hi": "alice, hi|", "\t\t?": "albert?|", "\t\t\t\t?": "al?|", "\t ,": "alice  ,|", "\t\x06,": "alice ,|",
	} {
		e := New(80, 24)
		acts := completing(e, words, " ", "al"+keys)
		d, c := e.Draft(), e.Cursor()
		if got := d[:c] + "|" + d[c:]; got != want {
			t.Errorf("%q: %q, want %q", keys, got, want)
		}
		if len(acts) != 1 {
			t.Errorf("%q: %v, want one action", keys, acts)
		}
	}
}

func TestTheOnlyCandidateIsCompletedWithWhatFollows(t *testing.T) {
	e := New(80, 24)
	acts := completing(e, []string{"alice"}, ": ", "al\t")
	if got := e.Draft(); got != "alice: " {
		t.Errorf("draft %q", got)
	}
	acts = append(acts, completing(e, []string{"bob"}, " ", "\x15/msg b there\x1bb\x02\t")...)
	if got, c := e.Draft(), e.Cursor(); got != "/msg bob there" || c != len("/msg bob ") {
		t.Errorf("draft %q, cursor %d", got, c)
	}
	want := []Action{{Kind: Complete, Text: "al", Dir: 1}, {Kind: Complete, Text: "b", Before: "/msg ", Dir: 1}}
	if !slices.Equal(acts, want) {
		t.Errorf("%v, want %v", acts, want)
	}
	if completing(e, nil, " ", "\x15zz\t\t"); e.Draft() != "zzthere" {
		t.Errorf("draft %q after no candidates", e.Draft())
	}
}

func TestABlankThatFollowsIsNotDoubled(t *testing.T) {
	for _, c := range []struct{ typed, after, want string }{
		{"hello ma| what", " ", "hello mallory |what"},
		{"ma| what", ": ", "mallory: |what"},
		{"ma|", " ", "mallory |"},
		{"ma|?", " ", "mallory |?"},
		{"ma| what", "", "mallory| what"},
		{"ma|\nwhat", " ", "mallory|\nwhat"},
		{"hello ma|. what", " ", "hello mallory |. what"},
	} {
		e := New(80, 24)
		before, behind, _ := strings.Cut(c.typed, "|")
		e.SetDraft(before + behind)
		completing(e, []string{"mallory"}, c.after, strings.Repeat("\x1b[D", len(behind))+"\t")
		d, at := e.Draft(), e.Cursor()
		if got := d[:at] + "|" + d[at:]; got != c.want {
			t.Errorf("%q: %q, want %q", c.typed, got, c.want)
		}
	}
	e := New(80, 24)
	e.SetLimit(7)
	e.SetDraft("ma what")
	if completing(e, []string{"mallory"}, " ", "\x01\x06\x06\t"); e.Draft() != "ma what" || e.Cursor() != 2 {
		t.Errorf("no room: %q, cursor %d", e.Draft(), e.Cursor())
	}
}

func TestAnyOtherKeyAcceptsACandidate(t *testing.T) {
	for _, k := range []string{"x", "\x05", "\x1b[C", "\x12", "\x1bf", "\x0b", "\n", "\x04"} {
		e := New(80, 24)
		if acts := completing(e, []string{"alice", "albert"}, " ", "al\t"+k+"\t"); len(acts) < 2 || acts[1].Kind != Complete {
			t.Errorf("%q: %v, want a second Complete", k, acts)
		}
	}
	e := New(80, 24)
	if acts := completing(e, []string{"alice", "albert"}, " ", "al\t\r"); acts[1] != (Action{Kind: Enter, Text: "alice "}) {
		t.Errorf("%v", acts)
	}
	completing(e, []string{"alice", "albert"}, " ", "al\t")
	e.AppendRedraw(nil, []byte("a line comes\r\n"))
	if completing(e, nil, "", "\t"); e.Draft() != "albert " {
		t.Errorf("draft %q: an incoming line ended the circle", e.Draft())
	}
	e.SetDraft("al")
	if acts := completing(e, nil, "", "\t"); len(acts) != 1 {
		t.Errorf("SetDraft did not end the circle: %v", acts)
	}
}

func TestCandidatesAreSanitisedAndBounded(t *testing.T) {
	e := New(80, 24)
	e.SetLimit(8)
	completing(e, []string{"too long for it", "a\x1b[1m\u202eb", "al"}, "", "al\t")
	if got := e.Draft(); got != "a[1mb" {
		t.Errorf("draft %q", got)
	}
	var many []string
	for i := range 2000 {
		many = append(many, fmt.Sprint(strings.Repeat("x", i), i))
	}
	completing(e, many, "", "\x15\t")
	if n := len(e.comp.words); n > mostCandidates+1 {
		t.Errorf("%d candidates kept", n)
	}
}

func TestRecallComesWithEveryUpOnAnEmptyDraft(t *testing.T) {
	e := New(80, 24)
	recalls, set := 0, false
	feed := func(keys string) (last Action) {
		e.Feed([]byte(keys), func(a Action) {
			if last = a; a.Kind == Recall {
				if recalls++; set {
					e.SetDraft("taken back")
				}
			}
		})
		return last
	}
	feed("one\rtwo\r\x1b[A")
	if got := e.Draft(); got != "two" || recalls != 1 {
		t.Errorf("%q, %d recalls, want history after 1", got, recalls)
	}
	set = true
	feed("\x15\x1b[A")
	if got := e.Draft(); got != "taken back" || recalls != 2 {
		t.Errorf("%q after %d recalls, from within history", got, recalls)
	}
	if a := feed("\x03"); a != (Action{Kind: Interrupt, Text: "taken back"}) {
		t.Errorf("Ctrl-C: %v", a)
	}
	feed("\x10\x15\x1bOA\x15\x1b[A")
	if recalls != 5 || e.Draft() != "taken back" {
		t.Errorf("%d recalls, draft %q", recalls, e.Draft())
	}
	feed("\x1b[A")
	if got := e.Draft(); got != "two" || recalls != 5 {
		t.Errorf("Up on a draft that was set: %q, %d recalls", got, recalls)
	}
	feed("\x1b[B")
	if got := e.Draft(); got != "taken back" {
		t.Errorf("Down again: %q", got)
	}
}

func TestPageUpSearchesForWhatIsTyped(t *testing.T) {
	e := New(80, 24)
	e.SetHistory([]string{"the disk on n3", "lunch", "the disk on n1", "the disk on n1 ", "bye"})
	for _, step := range [][2]string{
		{"disk", "disk"}, {"\x1b[5~", "the disk on n1 "}, {"\x1b[5~", "the disk on n1"}, {"\x1b[5~", "the disk on n3"}, {"\x1b[5~", "the disk on n3"},
		{"\x1b[B", "lunch"}, {"\x1b[B\x1b[B\x1b[B\x1b[B", "disk"}, {"\x1b[5~ and", "the disk on n1  and"}, {"\x1b[5~", "the disk on n1  and"},
		{"\x15lun\x1b[5~", "lunch"}, {"\x1b[5~", "lunch"}, {"\x03", ""}, {"\x1b[5~", "bye"}, {"\x12", "the disk on n1 "}, // it goes on
		{"\x13", "bye"}, {"\x13", ""}, {"\x13", ""}, {"disk\x1b[5~", "the disk on n1 "}, {"\x1b[5~\x1b[5~", "the disk on n3"},
		{"\x1b[6~", "the disk on n1"}, {"\x07", "disk"}, {"\x07\x1b[6~", "disk"}, {"\x1b[A\x1b[A", "the disk on n1 "}, {"\x07", "disk"},
	} {
		e.Feed([]byte(step[0]), func(Action) {})
		if got := e.Draft(); got != step[1] {
			t.Errorf("after %q: %q, want %q", step[0], got, step[1])
		}
	}
}

func TestSeveralCandidatesMakeRoomForABlankThatFollows(t *testing.T) {
	for _, c := range []struct{ typed, after, keys, want string }{
		{"al| what", " ", "\t", "alice| what"},
		{"al| what", ": ", "\t\t", "albert:| what"},
		{"al|", ": ", "\t\tok", "albert: ok|"},
		{"al|", ": ", "\t,", "alice: ,|"},
	} {
		e := New(80, 24)
		before, behind, _ := strings.Cut(c.typed, "|")
		e.SetDraft(before + behind)
		completing(e, []string{"alice", "albert"}, c.after, strings.Repeat("\x1b[D", len(behind))+c.keys)
		d, at := e.Draft(), e.Cursor()
		if got := d[:at] + "|" + d[at:]; got != c.want {
			t.Errorf("%q: %q, want %q", c.typed, got, c.want)
		}
	}
}

func TestWhatClosesAWordTakesThePlaceOfTheBlankBehindIt(t *testing.T) {
	for keys, want := range map[string]string{"\t.": "so alice.", "\t!": "so alice!", "\t)": "so alice)", "\tx.": "so alice x.", "\t\x1b[D\x1b[C.": "so alice .", "\t-": "so alice -"} {
		e := New(80, 24)
		if completing(e, []string{"alice"}, " ", "so al"+keys); e.Draft() != want {
			t.Errorf("%q: %q, want %q", keys, e.Draft(), want)
		}
	}
}
