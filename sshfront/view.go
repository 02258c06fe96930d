package sshfront

import (
	"slices"
	"strings"
	"time"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
	"moniker/sshfront/render"
)

const (
	drainEvents = 256
	drainBytes  = 32 << 10 // of lines, in one redraw
	drainLast   = 1 << 20  // before the end
	bellPause   = time.Second
	narrowest   = 40 // cells; below, the prompt is short
)

// view is what a person sees: where, how far, how, and what is about to be drawn.
type view struct {
	where
	feed   Feed
	at     uint64          // the cursor in it
	live   bool            // it is followed
	parted bool            // place was left, from another of the person's terminals
	moved  bool            // the key has become another's, and the session has ended with that
	putOut bool            // or by another's hand, which they have been told
	barred map[string]bool // rooms that they were put out of by a ban, and told
	style  render.Style
	size   uint64 // of the terminal, as it was when it was looked at
	height int
	asked  bool  // the terminal, for its background
	day    int64 // of the last line that has a clock

	elsewhere map[string]unread // the person's other rooms
	unread    string            // what the status row says of them
	seen      []mark            // the newest shown of each place
	wrote     chat.Wrote        // whoever wrote to them alone last

	above []byte // finished lines, not handed to the outbox yet
	aside []byte // likewise, for stderr
	marks []mark
	clear bool
	escAt time.Time // when a lone Esc is one
	paste paste

	comings   comings
	reactions reactions
	rung      time.Time
	joined    struct { // the last to come, so that coming and joining are told once
		index id.Index
		who   id.Identity
	}
}

// where is the place that a person looks at.
type where struct {
	place string // a room, or a conversation of two
	room  string // place, or the room to go back to from a conversation
	with  string // whom the conversation is with, as the prompt has it; empty in a room
	focus bool   // nothing else is shown
}

func inRoom(name string) where { return where{place: name, room: name} }

// to is where somebody is who goes from w to a room, or to a conversation with
// somebody. A focus stays behind.
func (w where) to(place, with string) where {
	if with == "" {
		return inRoom(place)
	}
	return where{place: place, room: w.room, with: with}
}

func (w where) title() string {
	if w.with != "" {
		return "@" + w.with
	}
	return w.place
}

// post is something said, live or long ago.
type post struct {
	place string
	history.Message
	again string // when it was said at first, of one that is edited just now
}

func said(m history.Message, place string) post { return post{place: place, Message: m} }

func heard(e turn.Event) post {
	return post{place: e.Place, Message: history.Message{
		ID: e.ID, Wall: e.Wall, From: e.Identity, Nick: e.Nick, To: e.To, ToNick: e.ToNick, Emote: e.Emote, Text: e.Text,
	}}
}

// drain shows what has happened, unless something still waits to be written: then
// more shares one redraw later. Nobody but this reader waits for that.
func (s *session) drain() {
	v := &s.view
	if !v.live || s.out.over(0) {
		return
	}
	for len(v.above) < drainBytes {
		if !s.follow(drainEvents) {
			return
		}
	}
	s.poke() // of what is left, nobody else may tell
}

// catchUp shows what happened before head, to somebody who leaves or goes elsewhere.
func (s *session) catchUp(head uint64) {
	v := &s.view
	for v.live && v.at < head && len(v.above) < drainLast {
		s.follow(int(min(head-v.at, drainEvents)))
	}
}

// follow shows up to limit events; false if there were none.
func (s *session) follow(limit int) bool {
	v := &s.view
	events, next, skipped := v.feed.Next(v.at, limit)
	if skipped > 0 {
		s.conn.srv.counts.skippedEvents.Add(int64(skipped))
		s.fellBehind(events)
	}
	v.at = next
	if len(events) == 0 {
		return false
	}
	if v.above == nil {
		v.above = s.conn.srv.buffer()
	}
	s.show(events)
	return true
}

// show turns events into lines.
func (s *session) show(events []turn.Event) {
	in := s.whoIsHere(events)
	for i := range events {
		e := &events[i]
		if s.prefs.ignores(e) {
			continue
		}
		s.own(e)
		switch e.Kind {
		case turn.Said:
			switch {
			case e.Place == s.view.place, e.To != "" && e.Identity == s.conn.who:
				s.message(heard(*e))
			case e.To == s.conn.who, e.To == "":
				s.overheard(e)
			}
		case turn.Amended:
			s.amended(e)
		case turn.Reacted:
			s.reacted(e)
		case turn.Granted:
			if (e.Why == turn.WasFree || e.Why == turn.WasReserved) && in[e.Identity] {
				s.joins(e)
			}
		case turn.RoomJoined:
			s.visits(e)
			if e.Place == s.view.place {
				s.joins(e)
			}
		case turn.Freed, turn.Reserved:
			if gone(e) && in[e.Identity] && !s.present(e.Identity) {
				s.stirs(e, wentOut)
			}
		case turn.RoomParted:
			s.visits(e)
			if e.Place == s.view.place {
				if e.Why == 0 && e.Nick != "" { // else they are told of by whose hand, or forgotten who had left long ago
					s.stirs(e, wentOut)
				}
				s.view.parted = s.view.parted || e.Identity == s.conn.who
				s.view.putOut = s.view.putOut || e.Identity == s.conn.who && e.Why != 0
			}
		case turn.Renamed:
			switch mine := e.Identity == s.conn.who; {
			case e.Why == turn.Moved && mine && e.Session == s.session():
				s.system("An operator has renamed you: you are "+e.Nick+" now.", true)
			case e.Why == turn.Moved && (mine || again(events[:i], e)): // one event a terminal of theirs
			case in[e.Identity] && e.Session != s.session():
				s.told(e, e.Old+" is now "+e.Nick+s.too(e))
			}
			if e.Key == s.me.Key && e.Session != s.session() {
				s.respelt()
			}
		case turn.Attached:
			if e.Identity == s.conn.who && e.Session != s.session() {
				s.backElsewhere(e)
			}
		case turn.NodeDown:
			s.away.nodeDown(e)
		case turn.Detached:
			switch {
			case e.Session != s.session() && e.Identity == s.conn.who && e.Why == turn.NodeExpired:
				s.lostElsewhere(e)
			case e.Session != s.session():
			case e.Why == turn.KeyMoved:
				s.view.moved = true
			case e.Why == turn.GaveWay || e.Why == turn.ByOperator || e.Why == turn.KeyGone || e.Why == turn.Barred:
				s.ended(e.Why)
			}
		case turn.KeyAdded, turn.KeyRemoved:
			s.rekeyed(e)
		}
		s.ruling(&events[i])
	}
	s.settleReactions()
}

// session is the one that the seat has now.
func (s *session) session() id.Session { return s.seat.Holds().Session }

// own takes note of what the person has set, and of being away, at whichever terminal.
func (s *session) own(e *turn.Event) {
	mine := e.Identity == s.conn.who
	switch {
	case mine && e.Kind == turn.ProfileChanged:
		s.takePrefs()
	case mine && e.Kind == turn.IgnoresChanged:
		s.takePrefs()
		s.countUnread()
	case mine && (e.Kind == turn.PresenceChanged || e.Kind == turn.Attached || e.Kind == turn.Detached),
		e.Kind == turn.NodeDown, e.Kind == turn.SettingSet && e.Key == string(setting.IdleAway):
		s.checkIdle(time.Now())
	}
}

// again reports whether an operator's renaming was told for another terminal of theirs.
func again(before []turn.Event, e *turn.Event) bool {
	return slices.ContainsFunc(before, func(b turn.Event) bool {
		return b.Kind == turn.Renamed && b.ID.Index == e.ID.Index && b.Identity == e.Identity && b.Nick == e.Nick
	})
}

// gone reports whether a name that nobody is on any more means that a person left:
// others are old news, a new name, or one that its owner has never had.
func gone(e *turn.Event) bool {
	if e.Identity.Guest() {
		return e.Why != turn.Nick && e.Why != turn.Moved
	}
	switch e.Why {
	case turn.Quit, turn.GraceOver:
		return true
	}
	return e.Why == turn.ByOperator && e.Kind == turn.Freed
}

// present reports whether somebody is here, under whatever name.
func (s *session) present(who id.Identity) (here bool) {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { here = len(st.Lease().Of(who)) > 0 })
	return here
}

// too tells of somebody who has changed their name on one terminal, and keeps the old one
// on another.
func (s *session) too(e *turn.Event) string {
	kept := false
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		for _, key := range st.Lease().Owned(e.Identity) {
			n := st.Lease().Name(key)
			kept = kept || n.Display == e.Old && key != e.Key && len(n.Live) > 0
		}
	})
	if kept {
		return " too"
	}
	return ""
}

// whoIsHere returns which of the people that come, go or change their names are
// in the room that is shown.
func (s *session) whoIsHere(events []turn.Event) map[id.Identity]bool {
	var in map[id.Identity]bool
	for i := range events {
		switch events[i].Kind {
		case turn.Granted, turn.Freed, turn.Reserved, turn.Renamed:
			if in == nil {
				in = map[id.Identity]bool{}
			}
			in[events[i].Identity] = false
		}
	}
	if in == nil {
		return nil
	}
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		for who := range in {
			partner, two := chat.Partner(s.view.place, s.conn.who)
			in[who] = two && who == partner || st.Rooms().In(s.view.place, who)
		}
	})
	return in
}

// joins tells of somebody who comes: by a name, by the room, or both at once.
func (s *session) joins(e *turn.Event) {
	last := &s.view.joined
	if last.index == e.ID.Index && last.who == e.Identity {
		return
	}
	last.index, last.who = e.ID.Index, e.Identity
	s.stirs(e, cameIn)
}

// told shows what moniker says of another person.
func (s *session) told(e *turn.Event, text string) {
	if e.Identity == s.conn.who && e.Kind != turn.Renamed && e.By == "" {
		return
	}
	s.settleComings()
	clock := s.stamp(e.Wall)
	s.view.above = render.System(s.view.above, s.view.style, clock, text, false)
}

// message shows something said. It is read by that, unless something before it in the
// same place has not been seen.
func (s *session) message(p post) {
	s.settleComings()
	v := &s.view
	own := p.From == s.conn.who
	words := render.Said{Name: p.Nick, By: string(p.From)}
	words.Text, words.Note = p.worded()
	switch {
	case p.To != "" && own:
		words.Name, words.Bare = "[to "+p.ToNick+"]", true
	case p.To != "":
		words.Name = "[" + p.Nick + "]"
	case p.Emote:
		words.Name, words.Text = "*", p.Nick+" "+words.Text
	}
	if p.To != "" && p.Emote {
		words.Text = "* " + p.Nick + " " + words.Text
	}
	away := p.place != v.place && (p.To == "" || v.elsewhere[p.place].n > 0)
	if away && p.To == "" {
		words.Name = p.place + " " + words.Name
	}
	named := byte(' ')
	if !own && render.Mentions(p.Text, s.me.Display) {
		named = '>'
	}
	if p.To == s.conn.who && !own && p.ID.After(v.wrote.At) {
		v.wrote = chat.Wrote{From: p.From, Nick: p.Nick, At: p.ID}
	}
	words.Clock = s.stamp(p.Wall)
	v.style.Name = s.me.Display
	v.above = s.conn.srv.drawn.Message(v.above, &v.style, words, named, own)
	if v.live && !own && p.again == "" {
		s.ring(named == '>' || p.To != "")
	}
	if !away && p.again == "" {
		m := mark{p.place, p.ID}
		v.marks, v.seen = m.into(v.marks), m.into(v.seen)
	}
}

// shown shows again what was said before. It rings for nothing.
func (s *session) shown(out chat.Outcome) {
	v := &s.view
	live := v.live
	v.live, v.style.Words = false, out.Bold
	for _, m := range out.Shown {
		s.message(said(m.Message, m.Place))
	}
	v.live, v.style.Words = live, nil
}

// answer shows the answer to a command.
func (s *session) answer(text string) {
	s.settleComings()
	s.view.above = render.Text(s.view.above, s.view.style, text)
}

// refuse shows why something is not done. A program, which does not read that, is
// told by the exit status.
func (s *session) refuse(text string) {
	if s.plain() {
		s.unsaid = max(s.unsaid, 1)
	}
	s.hint(text)
}

// hint shows what is worth knowing beside what was asked for; without a terminal, on
// stderr.
func (s *session) hint(text string) {
	if s.ch.term.pty {
		s.answer(text)
		return
	}
	s.view.aside = render.Text(s.view.aside, s.view.style, text)
}

// system shows what moniker says of itself.
func (s *session) system(text string, trouble bool) {
	s.settleComings()
	now := id.Wall(s.conn.srv.cfg.Now().UnixMicro())
	clock := s.stamp(now)
	s.view.above = render.System(s.view.above, s.view.style, clock, text, trouble)
}

// echo leaves what was typed in the scrollback: a command is not said, so its
// author would not see it.
func (s *session) echo(text string) {
	if !s.ch.term.dumb() {
		s.answer(s.promptText() + strings.ReplaceAll(text, "\n", "⏎"))
	}
}

// clock is a time in a sentence; stamp is the one before a line.
func (s *session) clock(w id.Wall) string {
	return s.view.style.Clock(time.UnixMicro(int64(w)), s.conn.srv.cfg.Now())
}

// flush hands what is to be seen to the writer.
func (s *session) flush() {
	v, srv := &s.view, s.conn.srv
	if v.comings.moved {
		s.showComings()
	}
	buf := srv.buffer()
	if v.clear {
		v.clear = false
		buf = s.ed.AppendClearScreen(buf)
	}
	buf = s.ed.AppendRedraw(buf, v.above)
	srv.release(v.above)
	v.above = nil
	if len(buf)+len(v.aside) == 0 {
		srv.release(buf)
		return
	}
	s.out.put(buf, v.aside, v.marks)
	v.aside, v.marks = nil, v.marks[:0]
}
