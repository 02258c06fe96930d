package fsm

import (
	"slices"

	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/people"
	"moniker/fsm/profile"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
	"moniker/fsm/turn"
)

// events judges what is told, in its order, and keeps the books of ownership.
func (o *observer) events(t *sight) {
	for i, e := range t.out.Events {
		if e.ID != (id.Event{Index: t.index, Sub: uint32(i + 1)}) || !e.ID.After(o.last) {
			o.broken(oneOrder, "event %d of entry %d is %v, the one before %v", i+1, t.index, e.ID, o.last)
		}
		o.last = e.ID
		if e.At != o.now {
			o.broken(logsTime, "event %v happened at %d; it is %d", e.ID, e.At, o.now)
		}
		switch e.Kind {
		case turn.NodeDown:
			o.down(t, e)
		case turn.Granted, turn.Attached:
			o.sitDown(t, e)
		case turn.Detached:
			delete(o.sessions, e.Session)
			t.sat[e.Key] = t.sat[e.Key] || e.Why == turn.Quit || e.Why == turn.Nick
		case turn.Reserved:
			if o.over(t, e); e.Why == turn.ByOperator {
				o.grant(t, e)
			}
		case turn.Freed:
			o.over(t, e)
			delete(o.names, e.Key)
			o.partWith(e)
		case turn.Said:
			o.speak(e)
			o.said[e.Place] = append(o.said[e.Place], message{at: e.ID, text: e.Text, by: e.Identity})
		case turn.Amended:
			o.amend(e)
		case turn.Reacted, turn.Unreacted:
			if o.sits(e.Identity, e); e.Kind == turn.Reacted {
				o.mayUtter(e.Identity, e)
			}
		case turn.ProfileChanged, turn.IgnoresChanged, turn.PresenceChanged:
			o.sets(e)
		case turn.KeyAdded, turn.KeyRemoved:
			print := id.Fingerprint(e.Key)
			o.keys[print] = keyring.Key{Print: print, Who: e.Identity, Removed: e.Kind == turn.KeyRemoved}
		}
		o.rule(t, e)
	}
}

// down judges the end of an incarnation: of old age only in a Tick, and not before
// the deadline that it was promised.
func (o *observer) down(t *sight, e turn.Event) {
	p := o.incs[e.Session.Incarnation]
	if p == nil || !p.live {
		o.broken(fenced, "incarnation %x ends a second time", e.Session.Incarnation)
		return
	}
	if e.Why == turn.NodeExpired && !p.mayEnd {
		o.broken(neverEarly, "incarnation %x expires at %d in entry %d, and was promised %d; a Tick: %v", e.Session.Incarnation, o.now, t.index, p.soonest, t.ticked)
	}
	p.live = false
}

// sitDown judges a session that is on a name from now on.
func (o *observer) sitDown(t *sight, e turn.Event) {
	t.sat[e.Key] = true
	had, owned := o.names[e.Key]
	switch {
	case owned && had.owner != e.Identity:
		o.broken(oneOwner, "%q is %s's and %s sits down on it", e.Key, had.owner, e.Identity)
	case e.Kind == turn.Granted:
		o.grant(t, e)
	case !owned || e.Token != had.token:
		o.broken(fenced, "%s joins %q under token %d, which has %d", e.Identity, e.Key, e.Token, had.token)
	}
	o.sessions[e.Session] = sitting{e.Identity, e.Key}
}

func (o *observer) grant(t *sight, e turn.Event) {
	t.sat[e.Key] = true
	if e.Token <= o.newest {
		o.broken(fenced, "%q is granted under token %d, after %d", e.Key, e.Token, o.newest)
	}
	o.newest = max(o.newest, e.Token)
	if r := o.rival(o.nicks[e.Key], e.Identity); r != "" {
		o.broken(oneOwner, "%q is granted to %s, and %q is %s's", e.Key, e.Identity, r, o.names[r].owner)
	}
	o.names[e.Key] = holding{e.Identity, e.Token}
}

// over judges the end of a grace or of a reservation.
func (o *observer) over(t *sight, e turn.Event) {
	if e.Why != turn.GraceOver && e.Why != turn.Unused {
		t.sat[e.Key] = true
		return
	}
	was := o.was.names[e.Key]
	least, _ := t.span(setting.LeaseGrace)
	switch {
	case !t.ticked:
		o.broken(neverEarly, "%q ends in entry %d, which has no Tick", e.Key, t.index)
	case t.sat[e.Key]:
	case was.State == lease.Held && least > 0, was.State != lease.Held && was.Until > o.now:
		o.broken(neverEarly, "%q ends at %d, and was promised until %d", e.Key, o.now, was.Until)
	}
}

// speak judges who speaks, or changes something of their own: somebody who sits, under a live incarnation, with the
// token of the name.
func (o *observer) speak(e turn.Event) { o.sits(e.Identity, e) }

func (o *observer) sits(who id.Identity, e turn.Event) {
	at, sits := o.sessions[e.Session]
	p := o.incs[e.Session.Incarnation]
	if !sits || at.who != who || p == nil || !p.live || o.names[at.key].token != e.Token {
		o.broken(fenced, "%s speaks as %v under token %d; that session is %+v, the name's token %d", who, e.Session, e.Token, at, o.names[at.key].token)
	}
}

// sets judges who changes something of their own, and keeps it in the books. That a
// session is idle is told without a token.
func (o *observer) sets(e turn.Event) {
	if at := o.sessions[e.Session]; e.Kind == turn.PresenceChanged && e.Token == 0 {
		e.Token = o.names[at.key].token
	}
	o.speak(e)
	switch {
	case e.Kind == turn.ProfileChanged:
		o.own[owned{e.Identity, e.Key}] = e.Text
	case e.Kind == turn.IgnoresChanged:
		if o.ignores[e.Identity] == nil {
			o.ignores[e.Identity] = map[id.Identity]bool{}
		}
		o.ignores[e.Identity][e.To] = !o.ignores[e.Identity][e.To]
	}
}

// profiles judges that what people were told is set is there, as long as they are
// remembered.
func (o *observer) profiles(t *sight) {
	for at, text := range o.own {
		if _, known := t.s.People().Get(at.who); !known {
			delete(o.own, at)
			continue
		}
		if got, _ := t.s.Profiles().Of(at.who).Own(profile.Name(at.name)); got != text {
			o.broken(acked, "%s has %q for %s, and was told %q", at.who, got, at.name, text)
		}
	}
	for who, ignored := range o.ignores {
		if _, known := t.s.People().Get(who); !known {
			delete(o.ignores, who)
			continue
		}
		for other, on := range ignored {
			if t.s.Profiles().Of(who).Ignoring(other) != on {
				o.broken(acked, "%s ignores %s: %v, and was told %v", who, other, !on, on)
			}
		}
	}
}

// deadlines judges how names have changed from one entry to the next.
func (o *observer) deadlines(t *sight) {
	for inc, p := range o.incs {
		if p.live && p.mustEnd {
			o.broken(neverLate, "incarnation %x lives at %d after a Tick; its deadline was %d", inc, o.now, p.latest)
		}
		if live := t.s.Lease().Live(inc); p.live != live {
			o.broken(neverEarly, "incarnation %x: live %v, as was told %v", inc, live, p.live)
		}
	}
	least, _ := t.span(setting.LeaseGrace)
	for key, n := range t.after.names {
		was := o.was.names[key]
		if h := o.names[key]; h.owner != n.Owner || h.token != n.Token {
			o.broken(oneOwner, "%q is %s's under %d, as was told %s's under %d", key, n.Owner, n.Token, h.owner, h.token)
		}
		switch {
		case t.ticked && n.State != lease.Held && n.Until < o.now && !t.sat[key]:
			o.broken(neverLate, "%q is kept at %d after a Tick; its time was over at %d", key, o.now, n.Until)
		case n.State != lease.Grace || t.sat[key]:
		case was.State == lease.Held && n.Until < o.now.Add(least):
			o.broken(neverEarly, "%q is in grace from %d to %d", key, o.now, n.Until)
		case was.State == lease.Grace && n.Until < was.Until:
			o.broken(neverEarly, "the grace of %q was until %d and is until %d", key, was.Until, n.Until)
		case was.State == lease.Grace && n.Until > was.Until:
			o.broken(neverLate, "the grace of %q was until %d and is until %d", key, was.Until, n.Until)
		}
	}
	for key := range o.names {
		if _, there := t.after.names[key]; !there {
			o.broken(neverEarly, "%q is gone, and nobody was told", key)
		}
	}
}

// streams judges which commands were executed, and what repeats are answered.
func (o *observer) streams(t *sight) {
	for i, prop := range t.entry.Proposals {
		a, p := t.out.Answers[i], o.incs[prop.From]
		if prop.Number == 0 {
			continue
		}
		if p == nil || !p.live && !p.before && p.born != t.index { // a life may begin and end within one entry
			if a.Verdict != stream.Ended {
				o.broken(fenced, "%x, which has ended, is answered %+v", prop.From, a)
			}
			continue
		}
		known, remembered := p.answers[prop.Number]
		switch {
		case a.Verdict == stream.Next && prop.Number != p.executed+1:
			o.broken(exactlyOnce, "command %d of %x is executed after %d", prop.Number, prop.From, p.executed)
		case a.Verdict == stream.Next:
			p.executed++
			p.answers[prop.Number] = a
		case !p.live || !p.before: // it ended, or began, on the way through this entry
		case a.Verdict == stream.Gap && prop.Number <= p.executed+1, a.Verdict == stream.Ended:
			o.broken(exactlyOnce, "command %d of %x after %d is answered %+v", prop.Number, prop.From, p.executed, a)
		case a.Verdict == stream.Repeat && remembered && prop.Number+stream.Window > p.executed &&
			(a.Code != known.Code || a.Event != known.Event || a.Token != known.Token):
			o.broken(exactlyOnce, "the repeat of command %d of %x is answered %+v, it was %+v", prop.Number, prop.From, a, known)
		}
	}
}

// posts judges that what the author was told is what everybody was told, and that it
// is there to be read.
func (o *observer) posts(t *sight) {
	for i, prop := range t.entry.Proposals {
		a := t.out.Answers[i]
		if a.Code != OK || a.Verdict != stream.Next {
			continue
		}
		switch c := prop.Command.(type) {
		case Attach:
			if _, there := t.s.Lease().Session(c.Session); !there && i == len(t.out.Answers)-1 {
				o.broken(acked, "%s was told that she is on %q, and is not", c.Identity, c.Nick.Key)
			}
		case Post:
			o.post(t, c, a)
		}
	}
	for place, all := range o.said {
		o.history(t, place, all)
	}
	for who := range o.lines {
		if _, known := t.s.People().Get(who); !known {
			delete(o.lines, who)
		}
	}
	o.were = nil
}

func (o *observer) post(t *sight, c Post, a Answer) {
	before := people.Line{ID: c.Line, At: a.Event}
	for _, lines := range o.lines {
		if c.Line != "" && slices.Contains(lines, before) {
			return // said before, under the same id
		}
	}
	if slices.Contains(o.were, before) {
		return // and gone since, in this entry
	}
	if a.Event.Index != t.index {
		o.broken(acked, "the author of %q was told %v", c.Text, a.Event)
		return
	}
	if a.Event.Sub == 0 || int(a.Event.Sub) > len(t.out.Events) {
		o.broken(oneOrder, "the author of %q was told %v, everybody %d events", c.Text, a.Event, len(t.out.Events))
		return
	}
	e := t.out.Events[a.Event.Sub-1]
	if e.ID != a.Event || e.Kind != turn.Said || e.Text != c.Text {
		o.broken(oneOrder, "the author of %q was told %v, everybody %+v", c.Text, a.Event, e)
	}
	if e.Token != c.Token || e.Session != c.Session {
		o.broken(fenced, "%v says something under token %d, and it is told as %v's under %d", c.Session, c.Token, e.Session, e.Token)
	}
	if c.Line == "" {
		return
	}
	mine := o.lines[e.Identity]
	for _, l := range mine {
		if l.ID == c.Line {
			o.broken(exactlyOnce, "%s says line %s at %v and said it at %v", e.Identity, c.Line, e.ID, l.At)
		}
	}
	mine = append(mine, people.Line{ID: c.Line, At: e.ID})
	o.lines[e.Identity] = mine[max(0, len(mine)-people.Lines):]
}

// history judges that a place has the newest of what was said there, all of it to
// the end, in the one order.
func (o *observer) history(t *sight, place string, all []message) {
	got := t.s.History().Last(place, 1<<20)
	full := int64(t.s.History().Len()) >= t.spans[setting.LimitAllMessages][0]
	if len(got) == 0 && full {
		return
	}
	if len(got) == 0 || len(got) > len(all) {
		o.broken(acked, "%s has %d messages, of %d that were said", place, len(got), len(all))
		return
	}
	for i, m := range got {
		if want := all[len(all)-len(got)+i]; m.ID != want.at || m.Text != want.text || m.Edited != want.amended {
			o.broken(acked, "%s has %v %q where %v %q was said", place, m.ID, m.Text, want.at, want.text)
			return
		}
	}
	o.evicted(t, place, got, len(all), full)
}

// evicted judges that nothing was forgotten before a limit was reached.
func (o *observer) evicted(t *sight, place string, got []history.Message, said int, full bool) {
	size := 0
	for _, m := range got {
		size += m.Cost()
	}
	had, has := o.was.counts["messages in "+place], len(got)
	if has < had && !full && int64(has) < t.spans[setting.LimitRoomMessages][0] && int64(size) < t.spans[setting.LimitRoomBytes][0]/2 {
		o.broken(acked, "%s had %d messages and has %d of %d, at no limit", place, had, has, said)
	}
}

// bounds judges that nothing has grown over its limit.
func (o *observer) bounds(t *sight) {
	for what, l := range limits(t.s) {
		if most := t.spans[l.most][1]; int64(l.have) > most && l.have > o.was.counts[what] {
			o.broken(bounded, "%s: %d, were %d; the limit is %d", what, l.have, o.was.counts[what], most)
		}
	}
}
