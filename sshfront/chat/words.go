package chat

import (
	"strconv"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm/id"
	"moniker/sshfront/render"
)

func micro(d id.Duration) time.Duration { return time.Duration(d) * time.Microsecond }

func ago(d id.Duration) string { return render.Ago(micro(d)) }

func count(n int) string { return render.Thousands(int64(n)) }

func plural(n int, what string) string { return render.Plural(n, what) }

// exact is how long something lasts, as exactly as one can act on it: 8.8 s,
// 8 min 12 s, 1 h 12 min. It is rounded down.
func exact(d id.Duration) string {
	d = max(d, 0)
	switch {
	case d < id.Minute:
		return strconv.FormatInt(int64(d/id.Second), 10) + "." + strconv.FormatInt(int64(d%id.Second/(100*id.Millisecond)), 10) + " s"
	case d < id.Hour && d%id.Minute >= id.Second:
		return ago(d-d%id.Minute) + " " + ago(d%id.Minute)
	}
	return ago(d)
}

func utc(w id.Wall) string { return time.UnixMicro(int64(w)).UTC().Format("15:04") }

// flow writes items behind head, sep between them, into rows of width cells; 0 is
// one row. It breaks between items alone, and further rows begin hang cells in.
func flow(width, hang int, head string, items []string, sep string) string {
	mark := strings.TrimRight(sep, " ")
	gap := sep[len(mark):]
	var b strings.Builder
	b.WriteString(head)
	col := displaywidth.String(head)
	for i, item := range items {
		if i < len(items)-1 {
			item += mark
		}
		cells := displaywidth.String(item)
		switch {
		case i == 0:
		case width > 0 && col+len(gap)+cells > width:
			b.WriteString("\n" + strings.Repeat(" ", hang))
			col = hang
		default:
			b.WriteString(gap)
			col += len(gap)
		}
		b.WriteString(item)
		col += cells
	}
	return b.String()
}

// among writes a list as a sentence does: on, mentions or off.
func among(list []string, last string) string {
	n := len(list) - 1
	if n <= 0 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:n], ", ") + " " + last + " " + list[n]
}

// first cuts a list to its first n; the last of them says how many more there are.
func first(n int, list []string) []string {
	if len(list) <= n {
		return list
	}
	cut := append([]string(nil), list[:n]...)
	cut[n-1] += " and " + count(len(list)-n) + " more"
	return cut
}
