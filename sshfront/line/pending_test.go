package line

import (
	"fmt"
	"strings"
	"testing"
)

func TestPendingRowsStandAboveTheStatusAndLeaveNothing(t *testing.T) {
	d := newDesk(t, 40, 8, "> ")
	defer d.close()
	d.redraw("one\r\n")
	d.e.SetPending([]string{" unsent  did the restore finish on n3"})
	d.e.SetStatus(" 1 unsent")
	d.press("and if not")
	d.shows(3, 12, "one", " unsent  did the restore finish on n3", " 1 unsent", "> and if not")
	d.redraw("two\r\n")
	d.shows(4, 12, "one", "two", " unsent  did the restore finish on n3", " 1 unsent", "> and if not")
	d.e.SetPending(nil)
	d.e.SetStatus("")
	d.redraw("three\r\n")
	d.shows(3, 12, "one", "two", "three", "> and if not")
}

func TestAPendingRowIsCutAndSanitised(t *testing.T) {
	d := newDesk(t, 20, 8, "> ")
	defer d.close()
	d.e.SetPending([]string{" unsent  a\nb\x1b[2J\u202e", strings.Repeat("x", 20), strings.Repeat("x", 21), strings.Repeat("世", 11)})
	d.redraw("")
	d.shows(4, 2, " unsent  a⏎b[2J", strings.Repeat("x", 20), strings.Repeat("x", 17)+"...", strings.Repeat("世", 8)+"...", ">")
	d.e.SetPending([]string{strings.Repeat("y", 5000)})
	d.redraw("")
	d.shows(1, 2, strings.Repeat("y", 17)+"...", ">")
}

func TestPendingRowsTakeHalfTheHeightAtMost(t *testing.T) {
	d := newDesk(t, 20, 10, "> ")
	defer d.close()
	var rows []string
	for i := range 17 {
		rows = append(rows, fmt.Sprintf(" unsent  %d", i))
	}
	d.e.SetPending(rows)
	d.e.SetStatus(" 17 unsent")
	d.redraw("one\r\n")
	d.shows(7, 2, "one", " and 13 more", " unsent  13", " unsent  14", " unsent  15", " unsent  16", " 17 unsent", ">")
	d.press(strings.Repeat("a", 130))
	d.shows(9, 12, " and 16 more", " unsent  16", " 17 unsent", "> "+strings.Repeat("a", 18),
		strings.Repeat("a", 20), strings.Repeat("a", 20), strings.Repeat("a", 20), strings.Repeat("a", 20), strings.Repeat("a", 20), strings.Repeat("a", 12))
	for range 200 {
		rows = append(rows, " unsent  many")
	}
	d.press("\x03")
	d.e.SetPending(rows)
	d.redraw("")
	if got := d.rows(); got[0] != " and 213 more" {
		t.Errorf("screen\n%s", frame(got))
	}
}

// TestALowTerminal goes through all heights: pending rows go first, then the
// status, then the draft scrolls, and the live area is never taller.
func TestALowTerminal(t *testing.T) {
	pending := []string{" unsent  one", " unsent  two", " unsent  three"}
	for _, draft := range []int{0, 30, 90} {
		for h := 1; h < 12; h++ {
			d := newDesk(t, 20, h, "> ")
			p := page{w: 20, h: h, pending: pending}
			d.e.SetPending(pending)
			d.e.SetStatus(" 3 unsent")
			d.press(strings.Repeat("a", draft))
			for i := range 3 {
				p.finished = append(p.finished, fmt.Sprint("line ", i))
				d.redraw(p.finished[i] + "\r\n")
				if err := p.check(d, " 3 unsent", "> "); err != nil {
					t.Errorf("height %d, draft of %d: %v", h, draft, err)
				}
			}
			if rows, _, _ := p.live(" 3 unsent", "> ", d.e.Draft(), d.e.Cursor()); len(rows) > h {
				t.Errorf("height %d: %d rows", h, len(rows))
			}
			d.close()
		}
	}
}

func TestTheSamePendingRowsAreNotDrawnAgain(t *testing.T) {
	e := New(80, 24)
	e.SetPending([]string{" unsent  a"})
	e.AppendRedraw(nil, nil)
	e.SetPending([]string{" unsent  a"})
	if got := e.AppendRedraw(nil, nil); len(got) > 0 {
		t.Errorf("sent %q", got)
	}
}

func TestTheLatestLineChangesUntilItIsFinished(t *testing.T) {
	d := newDesk(t, 40, 8, "> ")
	defer d.close()
	d.redraw("one\r\n")
	d.e.SetLatest([]byte("\x1b[2m11:43       --  carol left\x1b[m\r\n"))
	d.press("and if not")
	d.shows(2, 12, "one", "11:43       --  carol left", "> and if not")
	both := "11:43       --  carol left, mallory\r\n                joined\r\n"
	d.e.SetLatest([]byte(both))
	d.e.SetPending([]string{" unsent  hm"})
	d.e.SetStatus(" 1 unsent")
	d.redraw("")
	d.shows(5, 12, "one", "11:43       --  carol left, mallory", "                joined", " unsent  hm", " 1 unsent", "> and if not")
	d.e.SetLatest(nil)
	d.redraw(both + "two\r\n")
	d.shows(6, 12, "one", "11:43       --  carol left, mallory", "                joined", "two", " unsent  hm", " 1 unsent", "> and if not")
}

func TestTheLatestLineIsNotShownWhereItHasNoRoom(t *testing.T) {
	d := newDesk(t, 20, 4, "> ")
	defer d.close()
	d.e.SetLatest([]byte("carol\r\nleft\r\n"))
	d.e.SetStatus(" #ops 3")
	d.redraw("")
	d.shows(3, 2, "carol", "left", " #ops 3", ">")
	d.press(strings.Repeat("a", 20))
	d.shows(2, 2, " #ops 3", "> "+strings.Repeat("a", 18), "aa")
}
