package fsm

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
)

// The stories of testdata/stories are conversations with the state machine. A line
// that begins at the margin is read; what it came to stands below, indented, and is
// written anew by
//
//	go test ./fsm -run TestStories -update
//
// README.txt beside them says how to read and write one. Every story is played a
// second time with a snapshot and a restore after each entry, and must come to the
// same; and an observer who knows the laws watches all of it.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	for _, file := range files {
		if filepath.Base(file) == "README.txt" {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, string(want), false)
			if again := tell(t, string(want), true); again != got {
				t.Fatalf("with a restore after each entry it comes to something else:\n%s", firstDifference(again, got))
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Fatalf("it comes to something else:\n%s", firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if at(g, i) != at(w, i) {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, at(g, i), at(w, i))
		}
	}
	return ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(the end)"
}

// teller plays a story.
type teller struct {
	t        testing.TB
	s        *State
	eye      *observer
	restores bool
	index    id.Index
	term     uint64
	now      id.Time
	nodes    map[string]id.Incarnation // the process that runs on each
	started  uint64
	next     map[id.Incarnation]uint64
	renewals map[id.Incarnation]uint64
	seats    map[string]*terminal // "Alice on n1"
	last     Proposal
	at       *terminal             // whoever speaks
	before   map[id.Session]string // whose sessions were, of terminals that have another by now
	shown    map[string]string     // how each name stood when it was last shown
}

type terminal struct {
	who     id.Identity
	session id.Session
	token   id.Token
}

func tell(t *testing.T, text string, restores bool) string {
	w := &teller{
		t: t, s: New(), restores: restores, term: 1, nodes: map[string]id.Incarnation{}, next: map[id.Incarnation]uint64{},
		renewals: map[id.Incarnation]uint64{}, seats: map[string]*terminal{}, before: map[id.Session]string{}, shown: map[string]string{},
	}
	w.eye = observe(w.s)
	var out strings.Builder
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, " "): // what it came to, last time
		case line == "" || strings.HasPrefix(line, "#"):
			out.WriteString(line + "\n")
		default:
			out.WriteString(line + "\n")
			for _, said := range w.read(i+1, line) {
				out.WriteString("        " + said + "\n")
			}
		}
	}
	return out.String()
}

// read does what one line says: "3s Alice on n1 says hi", "+1s Tick".
func (w *teller) read(n int, line string) []string {
	if m := regexp.MustCompile(`^(\+?)([0-9][0-9a-z]*) +(.*)$`).FindStringSubmatch(line); m != nil {
		v, err := setting.Parse(setting.Span, m[2])
		if err != nil {
			w.t.Fatalf("line %d: %v", n, err)
		}
		if w.now, line = id.Time(v), m[3]; m[1] == "+" {
			w.now = w.s.Time().Add(id.Duration(v))
		}
	}
	stamp := Stamp{Now: w.now, Wall: id.Wall(w.now)}
	if m := regexp.MustCompile(`^stamped by the leader of term ([0-9]+): (.*)$`).FindStringSubmatch(line); m != nil {
		fmt.Sscan(m[1], &stamp.Term)
		line = m[2]
	}
	var ps []Proposal
	for _, part := range strings.Split(line, " & ") {
		ask, lines := w.query(part)
		if ask {
			return lines
		}
		more, ok := w.commands(part)
		if !ok {
			w.t.Fatalf("line %d: nobody understands %q", n, part)
		}
		ps = append(ps, more...)
	}
	if stamp.Term == 0 {
		stamp.Term = w.term
	}
	return w.commit(stamp, ps)
}

func (w *teller) commit(stamp Stamp, ps []Proposal) []string {
	w.index++
	var body []byte
	for _, p := range ps {
		body = p.Encode(body)
	}
	stamp.Check = w.s.Check()
	data := EncodeEntry(nil, stamp, len(ps), body)
	out, err := w.s.Apply(w.index, w.term, data)
	if err != nil {
		w.t.Fatal(err)
	}
	e, _ := DecodeEntry(data)
	if b := w.eye.entry(w.index, w.term, e, out, w.s); b != nil {
		w.t.Fatal(b)
	}
	w.now = w.s.Time()
	if w.restores {
		w.s = restored(w.t.(*testing.T), w.s)
	}
	var lines []string
	for i, a := range out.Answers {
		lines = append(lines, w.answer(ps[i], a))
		w.learn(ps[i], a)
	}
	for _, ev := range out.Events {
		lines = append(lines, "* "+w.event(ev))
	}
	return append(lines, w.changes()...)
}

// learn tells the terminal which token its name has.
func (w *teller) learn(p Proposal, a Answer) {
	var moved id.Session
	switch c := p.Command.(type) {
	case Attach:
		moved = c.Session
	case Claim:
		moved = c.Session
	}
	for _, seat := range w.seats {
		if seat.session == moved && a.Code == OK && a.Verdict == stream.Next {
			seat.token = a.Token
		}
	}
}

// query answers a line that asks and proposes nothing.
func (w *teller) query(line string) (bool, []string) {
	switch m := strings.Fields(line); {
	case line == "time?":
		return true, []string{fmt.Sprintf("%s since the cluster was born, in term %d", w.span(id.Duration(w.s.Time())), w.s.Term())}
	case line == "names?":
		var all []string
		for _, n := range w.s.Lease().Names() {
			all = append(all, w.name(n))
		}
		return true, append(all, fmt.Sprintf("%d names", len(all)))
	case len(m) == 3 && m[0] == "keys" && m[1] == "of":
		var all []string
		for _, k := range w.s.Keys().Of(id.Identity("SHA256:" + strings.TrimSuffix(m[2], "?"))) {
			all = append(all, strings.TrimPrefix(string(k.Print), "SHA256:"))
		}
		return true, all
	case line == "nodes?":
		var all []string
		for _, i := range w.s.Lease().Incarnations() {
			if !i.Ended {
				all = append(all, fmt.Sprintf("%s is live until %s", w.process(i.ID), w.span(id.Duration(i.Deadline))))
			}
		}
		return true, all
	case len(m) == 2 && m[0] == "history":
		var all []string
		for _, msg := range w.s.History().Last(strings.TrimSuffix(m[1], "?"), 100) {
			all = append(all, fmt.Sprintf("<%s> %s", msg.Nick, msg.Text))
		}
		return true, append(all, fmt.Sprintf("%d messages", len(all)))
	}
	return false, nil
}

// changes tells how names stand that stood otherwise.
func (w *teller) changes() []string {
	var all []string
	now := map[string]string{}
	for _, n := range w.s.Lease().Names() {
		now[n.Nick.Key] = w.name(n)
		if w.shown[n.Nick.Key] != now[n.Nick.Key] {
			all = append(all, "-> "+now[n.Nick.Key])
		}
	}
	for key := range w.shown {
		if now[key] == "" {
			all = append(all, "-> "+key+" is free")
		}
	}
	w.shown = now
	slices.Sort(all)
	return all
}

func (w *teller) name(n lease.Status) string {
	registered := ""
	if n.Registered {
		registered = ", registered"
	}
	switch n.State {
	case lease.Held:
		var on []string
		for _, s := range n.Live {
			on = append(on, w.session(s))
		}
		return fmt.Sprintf("%s is held by %s, token %d%s: %s", n.Display, person(n.Owner), n.Token, registered, strings.Join(on, ", "))
	case lease.Grace:
		return fmt.Sprintf("%s is in grace for %s until %s, token %d%s", n.Display, person(n.Owner), w.span(id.Duration(n.Until)), n.Token, registered)
	}
	return fmt.Sprintf("%s is reserved for %s until %s", n.Display, person(n.Owner), w.span(id.Duration(n.Until)))
}

func (w *teller) span(d id.Duration) string { return setting.Format(setting.Span, int64(d)) }

func person(who id.Identity) string {
	if who == "" {
		return "nobody"
	}
	return strings.TrimPrefix(string(who), "SHA256:")
}

// session names a terminal as the story does, or by its number.
func (w *teller) session(s id.Session) string {
	for _, name := range w.terminals() {
		if w.seats[name].session == s {
			return name
		}
	}
	return w.before[s] + " (before)"
}

func (w *teller) terminals() []string {
	var all []string
	for name := range w.seats {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// process is a node's: n1, and n1#2 after it has started again.
func (w *teller) process(inc id.Incarnation) string {
	i := uint64(inc)
	name := fmt.Sprint("n", i>>8)
	if i&0xff > 1 {
		name += fmt.Sprint("#", i&0xff)
	}
	return name
}

func node(name string) id.Node { return id.Node("SHA256:" + name) }

func (w *teller) answer(p Proposal, a Answer) string {
	words := a.Code.String()
	switch {
	case a.Verdict == stream.Gap:
		words = "not executed: one before it is missing"
	case a.Verdict == stream.Repeat && a.Code == 0:
		words = "not executed again, and what it was answered is forgotten"
	case a.Code != OK:
		words = "refused: " + words
	}
	if a.Verdict == stream.Repeat && a.Code != 0 {
		words = "not executed again; it was answered: " + words
	}
	if a.Code == OK && a.Token > 0 {
		words += fmt.Sprintf(", token %d", a.Token)
	}
	if r := a.Refusal; r != nil {
		switch a.Code {
		case Taken:
			words += " (" + w.name(r.Rival) + ")"
		case BadValue:
			words += " (" + r.Why + ")"
		default:
			words += fmt.Sprintf(" (%d)", r.Limit)
		}
	}
	return words
}
