package line

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"
)

func TestAStatusThatIsCutSaysSo(t *testing.T) {
	const status = " 2 unsent | n1: no majority for 4 s"
	for _, c := range []struct {
		width        int
		status, want string
	}{
		{40, status, status},
		{35, status, status},
		{34, status, " 2 unsent | n1: no majority for..."},
		{30, status, " 2 unsent | n1: no majority..."},
		{29, status, " 2 unsent | n1: no..."},
		{8, " #a-long-room 999", " #a-l..."},
		{10, " 漢字漢字漢字", " 漢字漢..."},
		{3, " 12345", " 12"},
		{20, " \x1b[1m2 unsent | n1: no majority\x1b[0m", " 2 unsent | n1:..."},
	} {
		d := newDesk(t, c.width, 4, "> ")
		d.e.SetStatus(c.status)
		d.redraw("")
		d.shows(1, 2, c.want, ">")
		d.close()
	}
	if got, _ := appendShort(nil, []byte("\x1b[1mtrouble that lasts\x1b[0m"), 14); string(got) != "\x1b[1mtrouble...\x1b[0m" {
		t.Errorf("%q: a colour goes on behind the cut", got)
	}
}

func TestTroubleIsTheLastToBeLeftOut(t *testing.T) {
	items := []string{"2 unsent", "n1: no majority for 4 s", "#ops 3>  #dev 12"}
	for _, c := range []struct {
		width, keep int
		want        string
	}{
		{54, 1, " 2 unsent | n1: no majority for 4 s | #ops 3>  #dev 12"},
		{53, 1, " 2 unsent | n1: no majority for 4 s | ..."},
		{41, 1, " 2 unsent | n1: no majority for 4 s | ..."},
		{40, 1, " n1: no majority for 4 s | ..."},
		{29, 1, " n1: no majority for 4 s"},
		{24, 1, " n1: no majority for 4 s"},
		{23, 1, "n1: no majority for 4 s"},
		{22, 1, "n1: no majority for..."},
		{53, -1, " 2 unsent | n1: no majority for 4 s | ..."},
		{40, -1, " 2 unsent | ..."},
		{40, 0, " 2 unsent | ..."},
		{40, 2, " 2 unsent | #ops 3>  #dev 12 | ..."},
		{30, 2, " #ops 3>  #dev 12 | ..."},
		{10, -1, " 2 unsent"},
		{40, 7, " 2 unsent | ..."},
	} {
		d := newDesk(t, c.width, 4, "> ")
		d.e.SetStatusItems(items, c.keep)
		d.redraw("")
		d.shows(1, 2, c.want, ">")
		d.close()
	}
}

func TestStatusItemsFollowTheWidth(t *testing.T) {
	d := newDesk(t, 60, 6, "> ")
	defer d.close()
	items := []string{"2 unsent", "n1: no majority for 4 s", "#dev 12"}
	d.e.SetStatusItems(items, 1)
	items[1] = "it is the caller's"
	d.redraw("")
	d.shows(1, 2, " 2 unsent | n1: no majority for 4 s | #dev 12", ">")
	d.resize(30)
	d.shows(1, 2, " n1: no majority for 4 s | ...", ">")
	d.resize(60)
	d.shows(1, 2, " 2 unsent | n1: no majority for 4 s | #dev 12", ">")
	d.e.SetStatus(" #ops 3 and more")
	d.redraw("")
	d.resize(58)
	d.shows(1, 2, " #ops 3 and more", ">")
	d.e.SetStatusItems(nil, 0)
	d.redraw("")
	d.shows(0, 2, ">")
}

func TestAStatusNeverOutgrowsItsRow(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("a |漢é.")), 1, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(word, 0, 5).Draw(t, "items")
		keep, width := rapid.IntRange(-1, 5).Draw(t, "keep"), rapid.IntRange(2, 60).Draw(t, "width")
		text := fitItems(items, keep, width)
		row, used := appendShort(nil, []byte(text), width)
		if got := displaywidth.Bytes(row); got != used || got > width || !utf8.Valid(row) {
			t.Fatalf("%q takes %d of %d cells, said to be %d", row, got, width, used)
		}
		if keep >= 0 && keep < len(items) && displaywidth.String(items[keep]) <= width && !strings.Contains(string(row), items[keep]) {
			t.Fatalf("%q is left out of %q", items[keep], row)
		}
	})
}
