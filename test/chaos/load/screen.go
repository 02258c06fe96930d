package load

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// seen is one thing on a screen, as far as anybody here needs to know it.
type seen struct {
	kind   kind
	place  string // arrived: the room; said: empty for the room one is in, else "@" and the other's name
	from   string // said: the name before it
	text   string // said: the words; otherwise the row
	count  int    // skipped: how many
	old    bool   // said: it stood there on arrival
	below  bool   // said: and below the marker
	direct bool   // said: in private
	own    bool   // said: in private, to somebody
}

type kind int

const (
	other   kind = iota
	said         // a message
	arrived      // in a room
	marker       // since you left
	skipped      // messages, because of being too slow
	system       // what moniker says of people and itself
)

// screen reads what a client without a terminal is shown on stdout. It knows the
// forms of rows, not their meaning.
type screen struct {
	rest  []byte
	fresh bool // since the arrival nothing came but what came with it
	below bool
	forms forms
}

type forms struct{ message, here, since, skip *regexp.Regexp }

func newScreen() *screen {
	const clock = `(?:\d{1,2} [A-Z][a-z]{2} |[A-Z][a-z]{2} )?\d\d:\d\d`
	return &screen{forms: forms{
		message: regexp.MustCompile(`^` + clock + `[ >] *(\[to [^\]]+\]|\[[^\]]+\]|\S+)  (.*)$`),
		here:    regexp.MustCompile(`(?:^|\. )(#\S+) on (\S+?)(?:\. Here: |, which [\d,]+ people are in\.)`),
		since:   regexp.MustCompile(`^-- ([\d,]+) messages?(?: since you left at| you have not seen)`),
		skip:    regexp.MustCompile(`^-- ([\d,]+) messages? skipped, /history`),
	}}
}

// feed takes in bytes that came in one piece: what stands behind an arrival in the
// same piece was there before.
func (s *screen) feed(p []byte) []seen {
	s.rest = append(s.rest, p...)
	var all []seen
	for {
		i := bytes.IndexByte(s.rest, '\n')
		if i < 0 {
			break
		}
		row := strings.TrimRight(string(s.rest[:i]), "\r")
		s.rest = s.rest[i+1:]
		all = append(all, s.row(row))
	}
	if len(s.rest) == 0 {
		s.rest = nil
		s.fresh, s.below = false, false
	}
	return all
}

func (s *screen) row(row string) seen {
	if m := s.forms.skip.FindStringSubmatch(row); m != nil {
		return seen{kind: skipped, count: number(m[1]), text: row}
	}
	if m := s.forms.since.FindStringSubmatch(row); m != nil {
		s.below = true
		return seen{kind: marker, count: number(m[1]), text: row}
	}
	if m := s.forms.message.FindStringSubmatch(row); m != nil {
		e := seen{kind: said, from: m[1], text: m[2], old: s.fresh, below: s.fresh && s.below}
		switch {
		case e.from == "--":
			return seen{kind: system, text: row}
		case strings.HasPrefix(e.from, "[to "):
			e.direct, e.own = true, true
			e.from, e.place = "", "@"+strings.TrimSuffix(e.from[len("[to "):], "]")
		case strings.HasPrefix(e.from, "["):
			e.direct = true
			e.from = strings.Trim(e.from, "[]")
			e.place = "@" + e.from
		}
		return e
	}
	if m := s.forms.here.FindStringSubmatch(row); m != nil {
		s.fresh, s.below = true, false
		return seen{kind: arrived, place: m[1], text: row}
	}
	return seen{kind: other, text: row}
}

func number(s string) int {
	n, _ := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	return n
}
