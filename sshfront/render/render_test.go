package render

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"

	"moniker/sshfront/markup"
)

// page renders the same conversation at one width.
func page(width int) string {
	st := Style{Width: width}
	var d []byte
	d = Message(d, st, "10:30", ' ', "carol", 1, "then I will sleep", "", false)
	d = Marker(d, st, "2 messages since you left at 10:31")
	d = Message(d, st, "10:33", '>', "bob", 1, "@alice the disk on n3 is at 80 %", "", false)
	d = Message(d, st, "11:42", ' ', "bob", 1, "morning. the backup finished at four, and the restore test is green on all three", "", false)
	d = System(d, st, "11:43", "carol left, mallory joined and left", false)
	d = Message(d, st, "11:44", '>', "bob", 1, "@alice can you look at this line:\n    srv.Interval = 3 * time.Second", "", false)
	d = Message(d, st, "11:45", ' ', "[to bob]", -1, "I know", "", true)
	d = Message(d, st, "11:46", '>', "#ops carol", 1, "@alice the pager is yours until noon", "", false)
	d = System(d, st, "10:47", "Read-only. alice stays yours for at least 10 min. If another node answers, come back through it:\n    ssh -p 2202 alice@127.0.0.1", true)
	d = Message(d, st, "Tue 10:31", ' ', "爱丽丝", 1, strings.Repeat("你好世界", 12)+" ok", "", false)
	return string(Text(d, st, "alice   held, token 71; 8.8 s left, renewed 1.2 s ago; then 10 min of grace"))
}

func TestTheConversationAt80Columns(t *testing.T) {
	golden(t, page(80), `
10:30    carol  then I will sleep
-- 2 messages since you left at 10:31 ------------------------------------------
10:33>     bob  @alice the disk on n3 is at 80 %
11:42      bob  morning. the backup finished at four, and the restore test is
                green on all three
11:43       --  carol left, mallory joined and left
11:44>     bob  @alice can you look at this line:
                    srv.Interval = 3 * time.Second
11:45 [to bob]  I know
11:46>#ops carol  @alice the pager is yours until noon
10:47       --  Read-only. alice stays yours for at least 10 min. If another
                node answers, come back through it:
                    ssh -p 2202 alice@127.0.0.1
Tue 10:31   爱丽丝  你好世界你好世界你好世界你好世界你好世界你好世界你好世界你好
                世界你好世界你好世界你好世界你好世界 ok
alice   held, token 71; 8.8 s left, renewed 1.2 s ago; then 10 min of grace
`)
}

func TestTheConversationAt60Columns(t *testing.T) {
	golden(t, page(60), `
10:30    carol  then I will sleep
-- 2 messages since you left at 10:31 ----------------------
10:33>     bob  @alice the disk on n3 is at 80 %
11:42      bob  morning. the backup finished at four, and
                the restore test is green on all three
11:43       --  carol left, mallory joined and left
11:44>     bob  @alice can you look at this line:
                    srv.Interval = 3 * time.Second
11:45 [to bob]  I know
11:46>#ops carol  @alice the pager is yours until noon
10:47       --  Read-only. alice stays yours for at least
                10 min. If another node answers, come back
                through it:
                    ssh -p 2202 alice@127.0.0.1
Tue 10:31   爱丽丝  你好世界你好世界你好世界你好世界你好世界
                你好世界你好世界你好世界你好世界你好世界你好
                世界你好世界 ok
alice   held, token 71; 8.8 s left, renewed 1.2 s ago; then
        10 min of grace
`)
}

func TestTheConversationAt40Columns(t *testing.T) {
	golden(t, page(40), `
10:30    carol
  then I will sleep
-- 2 messages since you left at 10:31 --
10:33>     bob
  @alice the disk on n3 is at 80 %
11:42      bob
  morning. the backup finished at four,
  and the restore test is green on all
  three
11:43       --
  carol left, mallory joined and left
11:44>     bob
  @alice can you look at this line:
      srv.Interval = 3 * time.Second
11:45 [to bob]
  I know
11:46>#ops carol
  @alice the pager is yours until noon
10:47       --
  Read-only. alice stays yours for at
  least 10 min. If another node answers,
  come back through it:
      ssh -p 2202 alice@127.0.0.1
Tue 10:31   爱丽丝
  你好世界你好世界你好世界你好世界你好世
  界你好世界你好世界你好世界你好世界你好
  世界你好世界你好世界 ok
alice   held, token 71; 8.8 s left,
        renewed 1.2 s ago; then 10 min
        of grace
`)
}

func golden(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWithoutATerminalNothingWraps(t *testing.T) {
	long := strings.Repeat("word ", 100) + "end"
	got := string(Message(nil, Style{}, "10:30", ' ', "bob", 3, long, "", true))
	if want := "10:30      bob  " + long + "\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestColourRepeatsAndNeverTells(t *testing.T) {
	for _, width := range []int{0, 40, 80} {
		plain, color := Style{Width: width, CRLF: true}, Style{Width: width, CRLF: true, Color: true}
		for _, own := range []bool{true, false} {
			for _, mark := range []byte(" >") {
				a := Message(nil, plain, "10:30", mark, "bob", 3, "some text to wrap "+strings.Repeat("x", 90), "", own)
				b := Message(nil, color, "10:30", mark, "bob", 3, "some text to wrap "+strings.Repeat("x", 90), "", own)
				compare(t, string(a), string(b))
			}
		}
		compare(t, string(System(nil, plain, "10:30", "gone", true)), string(System(nil, color, "10:30", "gone", true)))
		compare(t, string(Marker(nil, plain, "Wed 7 Jan")), string(Marker(nil, color, "Wed 7 Jan")))
	}
	got := string(Message(nil, Style{Width: 80, Color: true}, "10:30", ' ', "bob", 0, "hi", "", true))
	if want := "\x1b[2m10:30\x1b[m      \x1b[1m\x1b[38;5;28mbob\x1b[m  hi\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func compare(t *testing.T, plain, color string) {
	t.Helper()
	if strings.Contains(plain, "\x1b") || strings.Count(plain, "\r\n") != strings.Count(plain, "\n") {
		t.Errorf("without colour: %q", plain)
	}
	for {
		from := strings.IndexByte(color, '\x1b')
		if from < 0 {
			break
		}
		color = color[:from] + color[from+strings.IndexByte(color[from:], 'm')+1:]
	}
	if color != plain {
		t.Errorf("in colour\n%s\nwithout\n%s", color, plain)
	}
}

func TestControlsInTextMoveNothing(t *testing.T) {
	got := string(Message(nil, Style{Width: 80}, "10:30", ' ', "b\x1bob", -1, "a\x1b[2Jb\rc\u009bd", "", false))
	if want := "10:30      bob  a[2Jb\n                cd\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNoRowIsWiderThanTheTerminalAndNothingIsLost(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "word", "世界", "👨‍👩‍👧", strings.Repeat("x", 50), strings.Repeat("界", 45), "e\u0301e\u0301", "  ", "-"})
	rapid.Check(t, func(t *rapid.T) {
		st := Style{Width: rapid.IntRange(4, 100).Draw(t, "width")}
		text := strings.Join(rapid.SliceOfN(word, 0, 30).Draw(t, "text"), " ")
		rows := string(Text(nil, st, text))
		if st.Width >= 25 {
			rows += string(Message(nil, st, "10:30", ' ', rapid.SampledFrom([]string{"bob", "a-long-name"}).Draw(t, "name"), -1, text, "", false))
		}
		for row := range strings.SplitSeq(rows, "\n") {
			if w := displaywidth.String(row); w > st.Width {
				t.Fatalf("%d cells at width %d: %q", w, st.Width, row)
			}
		}
		squeeze := strings.NewReplacer(" ", "", "\n", "")
		if got, want := squeeze.Replace(string(Text(nil, st, text))), squeeze.Replace(text); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func TestTheColourOfAnIdentityNeverChanges(t *testing.T) {
	if a, b := ColorOf("SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg"), ColorOf(""); a != 0 || b != 1 {
		t.Errorf("colours %d and %d", a, b)
	}
}

func TestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 3900 * time.Millisecond: "3 s", 9*time.Minute + 59*time.Second: "9 min", 72 * time.Minute: "1 h 12 min",
		2 * time.Hour: "2 h", 51 * time.Hour: "2 d 3 h", 48 * time.Hour: "2 d", 3650 * 24 * time.Hour: "3,650 d",
	} {
		if got := Ago(d); got != want {
			t.Errorf("Ago(%v) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 18231: "18,231", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestWhatIsLeftIsRoundedUp(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 0: "0 s", time.Millisecond: "1 s", 2 * time.Second: "2 s", time.Minute - 1: "1 min", time.Minute: "1 min",
		time.Minute + 1: "2 min", time.Hour - time.Second: "1 h", 2*time.Hour - 1: "2 h", day: "1 d", day + 1: "1 d 1 h",
		400*day - time.Second: "400 d", 400*day - time.Hour: "399 d 23 h", 400 * day: "400 d",
	} {
		if got := Left(d); got != want {
			t.Errorf("Left(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestClockSaysAsMuchAsTellsTheDay(t *testing.T) {
	now := time.Date(2026, 1, 8, 0, 30, 0, 0, time.UTC) // a Thursday
	east := Style{Zone: time.FixedZone("", 2*3600)}
	for _, c := range []struct {
		st   Style
		ago  time.Duration
		want string
	}{
		{Style{}, 10 * time.Minute, "00:20"}, {Style{}, time.Hour, "Wed 23:30"}, {east, time.Hour, "01:30"}, {east, 3 * time.Hour, "Wed 23:30"},
		{Style{}, 6 * 24 * time.Hour, "Fri 00:30"}, {Style{}, 7 * 24 * time.Hour, "1 Jan 00:30"}, {Style{}, -24 * time.Hour, "9 Jan 00:30"},
	} {
		if got := c.st.Clock(now.Add(-c.ago), now); got != c.want {
			t.Errorf("%v ago: %q, want %q", c.ago, got, c.want)
		}
	}
}

func TestTheStampIsAsThePersonWantsIt(t *testing.T) {
	now := time.Date(2026, 1, 8, 0, 30, 7, 0, time.UTC)
	for _, c := range []struct {
		stamps Stamps
		ago    time.Duration
		want   string
	}{{StampsOn, 0, "00:30"}, {StampsSeconds, 0, "00:30:07"}, {StampsSeconds, time.Hour, "Wed 23:30:07"}, {StampsOff, 0, ""}} {
		if got := (Style{Stamps: c.stamps}).Stamp(now.Add(-c.ago), now); got != c.want {
			t.Errorf("%v: %q, want %q", c.stamps, got, c.want)
		}
	}
	if got := (Style{Stamps: StampsOff}).Clock(now, now); got != "00:30" {
		t.Errorf("in a sentence: %q", got)
	}
}

func BenchmarkMessage(b *testing.B) {
	st := Style{Width: 80, Color: true, CRLF: true}
	dst := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		dst = Message(dst[:0], st, "11:42", ' ', "bob", 3, "morning. the backup finished at four, and the restore test is green on all three", "", false)
	}
}

func BenchmarkMessageShort(b *testing.B) { benchmarkMessage(b, "@alice the disk on n3 is at 80 %", "") }

func BenchmarkMessageThatNamesTheReader(b *testing.B) {
	benchmarkMessage(b, "@alice the disk on n3 is at 80 %", "alice")
}

func BenchmarkMessageWithMarkup(b *testing.B) {
	benchmarkMessage(b, "**careful**: `rm -rf` on n3, see [the notes](https://example.org/notes) :fire:", "")
}

func BenchmarkMessageWithCode(b *testing.B) {
	benchmarkMessage(b, "look at this:\n```go\nfunc (s *Server) beat() {\n\tsrv.Interval = 3 * time.Second // was 5\n}\n```", "")
}

func benchmarkMessage(b *testing.B, text, name string) {
	mark := byte(' ')
	if name != "" {
		mark = '>'
	}
	st := Style{Width: 80, Color: true, CRLF: true, Name: name, Reader: markup.NewReader(time.Now)}
	dst := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		dst = Message(dst[:0], st, "11:42", mark, "bob", 3, text, "", false)
	}
}

func BenchmarkMentions(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Mentions("morning. the backup finished at four, and the restore test is green on all three", "alice")
	}
}

func TestWordsAreBoldInsideOfLongerOnesAndTheNameIsNot(t *testing.T) {
	st := Style{Width: 80, Color: true, Theme: Mono, Name: "al", Words: []string{"RESTORE", "test", "tests"}}
	got := string(Message(nil, st, "", '>', "bob", -1, "al: restored also the testset", "", false))
	if want := "\x1b[1mal\x1b[m: \x1b[1mrestore\x1b[md also the \x1b[1mtests\x1b[met"; !strings.Contains(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestANoteIsNoneOfWhatIsSaid(t *testing.T) {
	st := Style{Width: 80, Color: true, Reader: markup.NewReader(time.Now)}
	const note, faint = "(edited; `)", "\x1b[2m(edited; `)\x1b[m\n"
	for text, want := range map[string]string{
		"see `here":      "  see `here" + "\x1b[2m (edited; `)\x1b[m\n",
		"*so":            "  *so" + "\x1b[2m (edited; `)\x1b[m\n",
		"*so*":           "  \x1b[3mso" + "\x1b[m\x1b[2m (edited; `)\x1b[m\n",
		"```\nx":         "\n                " + faint,
		"a\n```\nx\n```": "\n                    x\n                " + faint,
		"plain":          "  plain" + "\x1b[2m (edited; `)\x1b[m\n",
	} {
		for range 2 { // what was read once is shared, and stays as it is
			if got := string(Message(nil, st, "", ' ', "bob", -1, text, note, false)); !strings.HasSuffix(got, want) {
				t.Errorf("%q: %q", text, got)
			}
		}
	}
	if got := string(Message(nil, Style{Width: 60}, "", ' ', "bob", -1, strings.Repeat("word ", 9), "(edited)", false)); !strings.HasSuffix(got, " (edited)\n") || strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
}

func TestANumberDoesNotPartFromItsUnit(t *testing.T) {
	for text, want := range map[string][]string{
		"for 10 min. Then (3 s) and 80 %": {"for", "10 min.", "Then", "(3 s)", "and", "80 %"},
		"  1 h 12 min  2,000 KiB, 1.5 s":  {"1 h", "12 min", "2,000 KiB,", "1.5 s"},
		"3 sheets n3 s 5 d2 10  s 7":      {"3", "sheets", "n3", "s", "5", "d2", "10", "s", "7"},
		"3 séances":                       {"3", "séances"},
	} {
		if got := Words(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
	for width := 20; width < 70; width++ {
		for _, got := range []string{
			string(Text(nil, Style{Width: width}, "You are back after 1 h 12 min. It holds for 10 min, and 3 s more.")),
			string(Message(nil, Style{Width: width}, "", ' ', "bob", -1, "the disk is at 80 % since 5 min", "", false)),
		} {
			for _, row := range strings.Split(got, "\n") {
				if last := strings.TrimLeft(row, " "); last != "" && last[len(last)-1] >= '0' && last[len(last)-1] <= '9' {
					t.Errorf("at %d: %q", width, got)
				}
			}
		}
	}
}

// A command that is told to be typed is not broken while there is room for it anywhere.
func TestACommandToBeCopiedStaysOnOneRow(t *testing.T) {
	const command = "ssh -F moniker-demo/ssh_config alice@n2"
	for _, width := range []int{0, 39, 40, 41, 59, 60, 80} {
		st := Style{Width: width}
		for _, got := range []string{
			string(System(nil, st, "10:47", "n1 is stopping. Through n2:\n    "+command+"\n    ssh a@b", true)),
			string(Text(nil, st, "Through another node:\n    "+command+"\n    ssh a@b")),
		} {
			if !strings.Contains(got, command+"\n") || !strings.Contains(got, "    ssh a@b\n") {
				t.Errorf("at %d:\n%s", width, got)
			}
		}
	}
	got := string(System(nil, Style{Width: 30}, "10:47", "Through:\n    "+command, true))
	if want := "\n  Through:\nssh -F moniker-demo/ssh_config\n  alice@n2\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%q", got)
	}
	code := Message(nil, Style{Width: 40}, "10:47", ' ', "bob", -1, "so:\n    "+command, "", false)
	for row := range strings.Lines(string(code)) {
		if !strings.HasPrefix(row, "10:47") && !strings.HasPrefix(row, "  ") {
			t.Errorf("another's words are where moniker's are: %q", code)
		}
	}
}
