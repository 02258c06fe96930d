package sshfront

import (
	"strings"
	"sync"
	"time"

	"moniker/fsm"
	"moniker/fsm/profile"
	"moniker/fsm/turn"
	"moniker/sshfront/render"
)

const mostZones = 1000 // that are kept

// prefs is what a person has set, as far as it is not the style of what is drawn. It
// follows what is set at any of their terminals, on any node.
type prefs struct {
	bell  string // when it rings: profile.On, Mentions or Off
	joins bool   // who comes and goes is told
	zoned bool   // where their clock is, is known
	row   profile.Row
}

// takePrefs brings the terminal in line with what its person has set.
func (s *session) takePrefs() {
	var row profile.Row
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { row = st.Profiles().Of(s.conn.who) })
	s.settleComings() // in the style that it began with
	s.prefs.row = row
	s.prefs.bell = row.Get(profile.Bell)
	s.prefs.joins = row.Get(profile.Joins) != profile.Off
	style, term := &s.view.style, &s.ch.term
	style.Color = term.color() && row.Get(profile.Colour) != profile.Off
	style.Stamps, _ = render.ClockStyleNamed(row.Get(profile.Clock))
	style.NoMarkdown = row.Get(profile.Markdown) == profile.Off
	style.NoEmoji = row.Get(profile.Emoji) == profile.Off
	style.Theme = term.theme()
	if name, set := row.Own(profile.Theme); set {
		if theme, known := render.ThemeNamed(name); known {
			style.Theme = theme
		}
	}
	s.takeZone(row)
}

// ignores reports whether an event is nothing to this reader: whoever did it is ignored.
// What holds for all, whoever set it, is for them too.
func (p *prefs) ignores(e *turn.Event) bool {
	return e.Kind != turn.SettingSet && e.Kind != turn.MotdSet && p.row.Ignoring(e.Identity)
}

// takeZone takes the clock to where the person has said that they are; else where
// their client says, which not many do.
func (s *session) takeZone(row profile.Row) {
	was := s.view.style.Zone
	tz := s.ch.term.env["TZ"]
	if name, set := row.Own(profile.Zone); set {
		tz = name
	}
	s.view.style.Zone, s.prefs.zoned = s.conn.srv.zones.named(tz)
	if was != nil && was != s.view.style.Zone {
		s.today() // its days are others
	}
}

// times says in which zone times are told, and how to change that while it is not known.
func (s *session) times() string {
	if s.prefs.zoned {
		return s.zoneName()
	}
	return s.zoneName() + " (/set tz)"
}

// ring rings for a line of somebody else's, if that is wanted.
func (s *session) ring(mine bool) {
	if !mine && s.prefs.bell != profile.On {
		return // most lines: nobody looks at a clock
	}
	v := &s.view
	if !s.plain() && s.prefs.rings(mine, time.Since(v.rung)) {
		v.rung = time.Now()
		v.above = append(v.above, '\a')
	}
}

// rings reports whether a line of somebody else's does: one that names the reader or is
// for them alone, or any. It has been so long since it rang last.
func (p *prefs) rings(mine bool, since time.Duration) bool {
	switch {
	case since < bellPause, p.bell == profile.Off:
		return false
	case p.bell == profile.On:
		return true
	}
	return mine
}

// zones are the time zones in which people's clocks are. Each is read once: it would
// take a session a few KiB of its own.
type zones struct {
	mu  sync.Mutex
	all map[string]*time.Location
}

// named returns a zone; UTC, and false, if none of that name is known.
func (z *zones) named(name string) (*time.Location, bool) {
	if name == "" || name == "Local" || strings.HasPrefix(name, ":") {
		return time.UTC, false
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if known, ok := z.all[name]; ok {
		return known, true
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, false
	}
	if z.all == nil {
		z.all = map[string]*time.Location{}
	}
	if len(z.all) < mostZones { // clients may write one in many ways
		z.all[name] = loc
	}
	return loc, true
}
