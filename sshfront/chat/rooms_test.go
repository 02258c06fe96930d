package chat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm/id"
	"moniker/fsm/setting"
)

func TestRoomsAreListedBySizeThenName(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
		w.joins(name, "#beta")
	}
	w.joins("carol", "#alpha")
	w.goes("carol")
	want := "ROOM    YOU   PEOPLE  CONNECTED\n" +
		"#beta   in         3          2\n" +
		"#lobby  here       3          2\n" +
		"#alpha  -          1          0"
	if got := w.runs("bob", "/rooms").Answer; got != want {
		t.Errorf("\n%s", got)
	}
}

func TestManyRoomsAreCut(t *testing.T) {
	w := newTown(t, 1)
	w.set(setting.LimitRooms, 1000)
	w.comes("alice", 1)
	for n := range roomsMost + 11 {
		w.joins("alice", fmt.Sprint("#room", n))
	}
	lines := strings.Split(w.runs("alice", "/rooms").Answer, "\n")
	if len(lines) != 1+roomsMost+1 || lines[len(lines)-1] != "and 12 more" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

func TestTablesDropColumnsAndNeverWrap(t *testing.T) {
	columns := []column{{title: "NAME"}, {title: "STATE"}, {title: "N", right: true}}
	rows := [][]string{{"漢字漢字", "x", "1,000"}, {"a", "", "1"}}
	for width := 1; width < 40; width++ {
		for _, line := range strings.Split(table(width, columns, rows), "\n") {
			if n := displaywidth.String(line); n > width && width > 2 {
				t.Errorf("%d cells at %d: %q", n, width, line)
			}
		}
	}
	for width, want := range map[int]string{
		0:  "NAME      STATE      N\n漢字漢字  x      1,000\na                    1",
		21: "NAME      STATE\n漢字漢字  x\na",
		5:  "NAME\n漢...\na",
	} {
		if got := table(width, columns, rows); got != want {
			t.Errorf("%d: %q", width, got)
		}
	}
}

func TestExactSpans(t *testing.T) {
	for d, want := range map[id.Duration]string{
		-id.Second: "0.0 s", 8*id.Second + 890*id.Millisecond: "8.8 s", id.Minute: "1 min",
		8*id.Minute + 12*id.Second: "8 min 12 s", id.Hour + 12*id.Minute + 5*id.Second: "1 h 12 min",
	} {
		if got := exact(d); got != want {
			t.Errorf("%d is %s, want %s", d, got, want)
		}
	}
}

func TestFlowBreaksBetweenItemsAlone(t *testing.T) {
	items := []string{"one two", "three", "four"}
	for width, want := range map[int]string{
		0:  "say one two, three, four",
		24: "say one two, three, four",
		20: "say one two, three,\n  four",
		11: "say one two,\n  three,\n  four",
	} {
		if got := flow(width, 2, "say ", items, ", "); got != want {
			t.Errorf("%d: %q", width, got)
		}
	}
	if got := strings.Join(first(2, items), ", "); got != "one two, three and 1 more" || items[1] != "three" {
		t.Errorf("%q of %q", got, items)
	}
}
