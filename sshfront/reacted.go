package sshfront

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
	"moniker/sshfront/render"
)

const excerptCells = 40 // of what is reacted to

// reactions are what people think of one message, as far as it came at once: they
// share a line.
type reactions struct {
	place string
	of    id.Event
	to    string // the name of its author
	wall  id.Wall
	order []string
	by    map[string][]string // who, by reaction
}

// reacted takes in what somebody thinks of something said, for those who look at its
// place or talk there alone. That it is taken back is not told.
func (s *session) reacted(e *turn.Event) {
	_, two := chat.Partner(e.Place, s.conn.who)
	mine := two && (e.Identity == s.conn.who || e.To == s.conn.who)
	if e.Place != s.view.place && (!mine || s.view.focus) || s.prefs.row.Ignoring(e.To) {
		return
	}
	r := &s.view.reactions
	if r.by == nil || r.place != e.Place || r.of != e.Of {
		s.settleReactions()
		*r = reactions{place: e.Place, of: e.Of, to: e.ToNick, wall: e.Wall, by: map[string][]string{}}
	}
	if r.by[e.Text] == nil {
		r.order = append(r.order, e.Text)
	}
	if !slices.Contains(r.by[e.Text], e.Nick) {
		r.by[e.Text] = append(r.by[e.Text], e.Nick)
	}
}

// settleReactions shows them, before anything else is told.
func (s *session) settleReactions() {
	r := s.view.reactions
	if r.by == nil {
		return
	}
	s.view.reactions = reactions{}
	text := ""
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		if since := st.History().From(r.place, r.of); len(since) > 0 && since[0].ID == r.of {
			text = since[0].Text
		}
	})
	if text == "" {
		return // it is deleted by now
	}
	s.settleComings()
	s.view.above = render.System(s.view.above, s.view.style, s.stamp(r.wall), r.words(text), false)
}

// words are "bob and carol +1, dave tada to alice: the interval is four".
func (r reactions) words(text string) string {
	var all []string
	for _, what := range r.order {
		all = append(all, list(r.by[what])+" "+what)
	}
	first, _, more := strings.Cut(text, "\n")
	if displaywidth.String(first) > excerptCells {
		first, more = strings.TrimRight(displaywidth.TruncateString(first, excerptCells, ""), " "), true
	}
	if more {
		first += " ..."
	}
	return strings.Join(all, ", ") + " to " + r.to + ": " + first
}
