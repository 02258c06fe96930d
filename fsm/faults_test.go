package fsm

import (
	"fmt"
	"slices"

	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/profile"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// faults lists every deliberate fault, and who must notice it.
func faults() []fault {
	return []fault{
		{name: "a look-alike is let through", law: oneOwner, apply: letLookAlikesIn, noticed: []string{oneOwner, byTwin}},
		{name: "a name is taken from under its owner", law: oneOwner, apply: robOwners, noticed: []string{oneOwner, byTwin}},
		{name: "expiry without its condition", law: neverEarly, apply: expireTheLiving, noticed: []string{neverEarly, byTwin, byReplica}},
		{name: "expiry outside of Tick", law: neverEarly, apply: expireAlways, noticed: []string{neverEarly, byTwin}},
		{name: "grace is over at once", law: neverEarly, apply: noGrace, noticed: []string{neverEarly, byTwin}},
		{name: "grace is measured from the sweep", law: neverLate, apply: graceFromTheSweep, noticed: []string{neverLate, byTwin}},
		{name: "a late copy of a renewal renews", law: neverLate, apply: renewByCopies, noticed: []string{neverLate, byTwin}},
		{name: "every leader extends again", law: neverLate, apply: extendForEver, noticed: []string{neverLate, byTwin}},
		{name: "Tick is not run", law: neverLate, apply: skipTicks, noticed: []string{neverLate, byTwin}},
		{name: "the owner has to wait for her grace to end", law: returns, apply: lockOwnersOut, noticed: []string{returns, byTwin}},
		{name: "the owner comes back under another token", law: returns, apply: grantAnew, noticed: []string{returns, byTwin}},
		{name: "a post without fencing", law: fenced, apply: postUnfenced, noticed: []string{fenced}},
		{name: "a token that repeats", law: fenced, snapshot: forgetTokens, noticed: []string{fenced, byTwin}},
		{name: "the end of an incarnation is not final", law: fenced, apply: raiseTheDead, noticed: []string{fenced, byTwin}},
		{name: "a leader of the past stamps", law: logsTime, apply: stampOfThePast, noticed: []string{logsTime, byTwin}},
		{name: "time goes back", law: logsTime, apply: timeGoesBack, noticed: []string{logsTime, byTwin}},
		{name: "wall time decides", law: logsTime, apply: stampByWall, noticed: []string{logsTime, byTwin}},
		{name: "map order in a snapshot", law: oneState, snapshot: shuffleRows, noticed: []string{byRestore}},
		{name: "commands in another order", law: oneState, apply: reverseStreams, noticed: []string{byReplica}},
		{name: "history that evicts differently", law: oneState, apply: evictOtherwise, noticed: []string{byReplica, acked}},
		{name: "a restored index that is one too low", law: oneState, snapshot: indexTooLow, noticed: []string{byRestore}},
		{name: "a restored index that is one too low, with its hashes", law: oneState, snapshot: entryTwice, noticed: []string{byReplica}},
		{name: "a snapshot that keeps half of a stream's answers", law: exactlyOnce, snapshot: forgetAnswers, noticed: []string{byRestore}},
		{name: "acknowledged before it is applied", law: acked, apply: acknowledgeOnly, noticed: []string{acked, byTwin}},
		{name: "history loses what is oldest", law: acked, apply: loseHistory, noticed: []string{acked}},
		{name: "a dedup ring that forgets", law: exactlyOnce, apply: forgetRepeats, noticed: []string{exactlyOnce}},
		{name: "no dedup at all", law: exactlyOnce, apply: executeRepeats, noticed: []string{exactlyOnce, byTwin}},
		{name: "a gap is jumped over", law: exactlyOnce, apply: jumpGaps, noticed: []string{exactlyOnce, byTwin}},
		{name: "line ids are forgotten", law: exactlyOnce, apply: forgetLines, noticed: []string{exactlyOnce}},
		{name: "events in another order", law: oneOrder, apply: reverseEvents, noticed: []string{oneOrder, byReplica}},
		{name: "a local echo", law: oneOrder, apply: localEcho, noticed: []string{oneOrder, byReplica}},
		{name: "whoever has a session sets what they like", law: fenced, apply: setUnfenced, noticed: []string{fenced}},
		{name: "what people set is forgotten", law: acked, apply: forgetOwn, noticed: []string{acked, byReplica}},
		{name: "a snapshot without those who are ignored", law: acked, snapshot: forgetIgnored, noticed: []string{acked, byReplica}},
		{name: "a snapshot in which nobody is away", law: oneState, snapshot: forgetAways, noticed: []string{byReplica}},
		{name: "a session is idle beyond its end", law: oneState, apply: idleForEver, noticed: []string{byInvariants, byReplica}},
		{name: "a code that works twice", law: exactlyOnce, apply: reopenCodes, noticed: []string{exactlyOnce, byTwin}},
		{name: "a removed key that still gets in", law: fenced, apply: letRemovedKeysIn, noticed: []string{fenced, byTwin}},
		{name: "others put words into people's mouths", law: fenced, apply: amendOthers, noticed: []string{fenced, byReplica}},
		{name: "what was edited is as it was", law: acked, apply: editNothing, noticed: []string{acked, byReplica}},
		{name: "a snapshot without what people think of it", law: oneState, snapshot: forgetReactions, noticed: []string{byReplica}},
		{name: "a guest that keeps a name", law: neverLate, apply: keepGuestsNames, noticed: []string{neverLate, byTwin, byInvariants}},
		{name: "a guest that is remembered", law: neverLate, apply: rememberGuests, noticed: []string{neverLate, byInvariants}},
		{name: "the banned are let in", law: fenced, apply: letTheBannedIn, noticed: []string{fenced, byTwin}},
		{name: "the uninvited come in", law: fenced, apply: letTheUninvitedIn, noticed: []string{fenced}},
		{name: "a slow room is fast", law: fenced, apply: hurrySlowRooms, noticed: []string{fenced}},
		{name: "rooms that look alike", law: oneOwner, apply: overlookLikeness, noticed: []string{oneOwner}},
		{name: "a ban that ends early", law: neverEarly, apply: endBansEarly, noticed: []string{neverEarly}},
		{name: "the muted speak", law: fenced, apply: letTheMutedSpeak, noticed: []string{fenced}},
		{name: "limits are not kept", law: bounded, apply: noLimits, noticed: []string{bounded}},
	}
}

// some reports whether a fault shows in this entry: one in n.
func (r *rogue) some(n uint64) bool { return uint64(r.index)%n == 0 }

// each hands the entry's commands to f, which may replace them.
func each(e Entry, f func(Proposal) Proposal) Entry {
	e.Proposals = slices.Clone(e.Proposals)
	for i, p := range e.Proposals {
		e.Proposals[i] = f(p)
	}
	return e
}

// without drops the commands for which f holds; what is answered of them is made up.
func without(r *rogue, e Entry, f func(Proposal) (Answer, bool)) Outcome {
	left := e
	left.Proposals = slices.DeleteFunc(slices.Clone(e.Proposals), func(p Proposal) bool { _, gone := f(p); return gone })
	made := map[int]Answer{}
	for i, p := range e.Proposals {
		if a, gone := f(p); gone {
			a.From, a.Number, a.Verdict = p.From, p.Number, stream.Next
			made[i] = a
		}
	}
	out := r.honestly(left)
	all := make([]Answer, 0, len(e.Proposals))
	for i := range e.Proposals {
		if a, gone := made[i]; gone {
			all = append(all, a)
			continue
		}
		all = append(all, out.Answers[len(all)-gone(made, i)])
	}
	out.Answers = all
	return out
}

func gone(made map[int]Answer, before int) (n int) {
	for i := range made {
		if i < before {
			n++
		}
	}
	return n
}

// edit changes the rows of node leases behind the state's back.
func (r *rogue) edit(f func(lease.Incarnation) lease.Incarnation) {
	bodies := bodiesOf(r.s)
	at := int(table.Incarnations) - 1
	bodies[at] = incarnations(bodies[at], f, 0)
	back, err := Restore(snapshotOf(bodies, -1, nil))
	if err != nil {
		panic(err)
	}
	r.s = back
}

// incarnations writes their section anew, with f done to each; last is the newest
// token, if it is to be another.
func incarnations(section []byte, f func(lease.Incarnation) lease.Incarnation, last id.Token) []byte {
	t := lease.New(0)
	t.DecodeIncarnations(wire.NewDecoder(section))
	if last == 0 {
		last = t.Last()
	}
	var e wire.Encoder
	e.Uint(uint64(last))
	e.Uint(uint64(len(t.Incarnations())))
	for _, i := range t.Incarnations() {
		f(i).Encode(&e)
	}
	return e.Bytes()
}

func same(i lease.Incarnation) lease.Incarnation { return i }

// One owner.

func letLookAlikesIn(r *rogue, e Entry) Outcome {
	look := func(n lease.Nick) lease.Nick {
		n.Skeletons = [2]string{n.Key, n.Key}
		return n
	}
	return r.honestly(each(e, func(p Proposal) Proposal {
		switch c := p.Command.(type) {
		case Attach:
			c.Nick = look(c.Nick)
			p.Command = c
		case Claim:
			c.Nick = look(c.Nick)
			p.Command = c
		case ReserveName:
			c.Nick = look(c.Nick)
			p.Command = c
		}
		return p
	}))
}

// robOwners frees a name for whoever asks for it, and tells nobody.
func robOwners(r *rogue, e Entry) Outcome {
	for _, p := range e.Proposals {
		if c, ok := p.Command.(Attach); ok {
			if n := r.s.lease.Name(c.Nick.Key); n.State != lease.Free && n.Owner != c.Identity {
				r.s.turn.Begin(r.index, r.s.meta.now, 0)
				r.s.lease.Expel(&r.s.turn, c.Nick.Key, turn.GraceOver, "")
			}
		}
	}
	return r.honestly(e)
}

// Never early.

// end ends a node lease at the end of the entry.
func (r *rogue) end(out Outcome, inc id.Incarnation) Outcome {
	before := len(r.s.turn.Events)
	r.s.lease.End(&r.s.turn, inc, 10*id.Minute, turn.NodeExpired)
	t := &tx{State: r.s, Turn: &r.s.turn}
	t.settle(before)
	out.Events = r.s.turn.Events
	return out
}

func expireTheLiving(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	ticks := slices.ContainsFunc(e.Proposals, func(p Proposal) bool { return p.Command == Tick{} })
	for _, i := range r.s.lease.Incarnations() {
		if ticks && !i.Ended && i.Deadline.Sub(r.s.meta.now) < ttl/2 {
			out = r.end(out, i.ID)
		}
	}
	return out
}

func expireAlways(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	for _, i := range r.s.lease.Incarnations() {
		if !i.Ended && i.Deadline <= r.s.meta.now {
			out = r.end(out, i.ID)
		}
	}
	return out
}

func noGrace(r *rogue, e Entry) Outcome {
	set := func(v int64) {
		r.s.setting.Set(&turn.Turn{}, setting.Row{Name: setting.LeaseGrace, Value: v})
	}
	was := r.s.setting.Get(setting.LeaseGrace)
	if slices.ContainsFunc(e.Proposals, func(p Proposal) bool { _, sets := p.Command.(SetSetting); return sets }) {
		return r.honestly(e)
	}
	set(0)
	defer set(was)
	return r.honestly(e)
}

// Never late.

func graceFromTheSweep(r *rogue, e Entry) Outcome {
	now := max(r.s.meta.now, e.Stamp.Now)
	if e.Stamp.Term == r.term && slices.ContainsFunc(e.Proposals, func(p Proposal) bool { return p.Command == Tick{} }) {
		r.edit(func(i lease.Incarnation) lease.Incarnation {
			if i.Ended {
				i.EndedAt = now
			}
			return i
		})
	}
	return r.honestly(e)
}

func renewByCopies(r *rogue, e Entry) Outcome {
	r.edit(func(i lease.Incarnation) lease.Incarnation {
		i.Counter = 0
		return i
	})
	return r.honestly(e)
}

func extendForEver(r *rogue, e Entry) Outcome {
	r.edit(func(i lease.Incarnation) lease.Incarnation {
		i.Extended = false
		return i
	})
	return r.honestly(e)
}

func skipTicks(r *rogue, e Entry) Outcome {
	return without(r, e, func(p Proposal) (Answer, bool) { return Answer{Code: OK}, p.Command == Tick{} })
}

// The owner returns at once.

func lockOwnersOut(r *rogue, e Entry) Outcome {
	return without(r, e, func(p Proposal) (Answer, bool) {
		c, ok := p.Command.(Attach)
		last, open := r.s.streams.Last(p.From)
		if !ok || len(e.Proposals) > 1 || !open || p.Number != last+1 {
			return Answer{}, false
		}
		n := r.s.lease.Name(c.Nick.Key)
		return Answer{Code: Taken, Refusal: &Refusal{Rival: n}}, n.State == lease.Grace && n.Owner == c.Identity
	})
}

// grantAnew forgets that the name in grace is hers, and grants it like a free one.
func grantAnew(r *rogue, e Entry) Outcome {
	for _, p := range e.Proposals {
		if c, ok := p.Command.(Attach); ok {
			if n := r.s.lease.Name(c.Nick.Key); n.State == lease.Grace && n.Owner == c.Identity {
				r.s.turn.Begin(r.index, r.s.meta.now, 0)
				r.s.lease.Expel(&r.s.turn, c.Nick.Key, turn.GraceOver, "")
			}
		}
	}
	return r.honestly(e)
}

// Fenced.

func postUnfenced(r *rogue, e Entry) Outcome {
	return r.honestly(each(e, func(p Proposal) Proposal {
		if c, ok := p.Command.(Post); ok {
			if row, there := r.s.lease.Session(c.Session); there {
				c.Token = r.s.lease.Name(row.Nick).Token
				p.Command = c
			}
		}
		return p
	}))
}

// forgetTokens takes the newest token of those who hold one for the newest granted.
func forgetTokens(r *rogue, bodies [][]byte) [][]byte {
	last := id.Token(1)
	for _, n := range r.s.lease.Names() {
		last = max(last, n.Token)
	}
	at := int(table.Incarnations) - 1
	bodies[at] = incarnations(bodies[at], same, last)
	return bodies
}

func raiseTheDead(r *rogue, e Entry) Outcome {
	for _, p := range e.Proposals {
		if i, known := r.s.lease.Incarnation(p.From); known && i.Ended {
			if m, _ := r.s.members.Member(i.Node); m.Incarnation == i.ID && m.Role != 3 {
				r.s.streams.Open(&turn.Turn{}, i.ID)
				r.edit(func(row lease.Incarnation) lease.Incarnation {
					if row.ID == i.ID {
						row.Ended, row.EndedAt, row.Grace, row.Why = false, 0, 0, 0
					}
					return row
				})
			}
		}
	}
	return r.honestly(e)
}

func setUnfenced(r *rogue, e Entry) Outcome {
	token := func(s id.Session, given id.Token) id.Token {
		if row, there := r.s.lease.Session(s); there {
			return r.s.lease.Name(row.Nick).Token
		}
		return given
	}
	out := r.honestly(each(e, func(p Proposal) Proposal {
		switch c := p.Command.(type) {
		case SetOwn:
			c.Token = token(c.Session, c.Token)
			p.Command = c
		case SetIgnored:
			c.Token = token(c.Session, c.Token)
			p.Command = c
		}
		return p
	}))
	for i, p := range e.Proposals { // it tells of what was proposed, not of what it made of it
		at := out.Answers[i].Event
		if c, ok := p.Command.(SetOwn); ok && at.Index == r.index && out.Answers[i].Verdict == stream.Next {
			out.Events[at.Sub-1].Token = c.Token
		}
	}
	return out
}

// amendOthers lets whoever asks be the author.
func amendOthers(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	for i, p := range e.Proposals {
		c, ok := p.Command.(Amend)
		if !ok || out.Answers[i].Code != NotAuthor || out.Answers[i].Verdict != stream.Next || c.Text == "" {
			continue
		}
		since := r.s.history.From(c.Place, c.Of)
		row, sits := r.s.lease.Session(c.Session)
		if len(since) == 0 || since[0].ID != c.Of || !sits {
			continue
		}
		m := since[0]
		m.Text, m.Edited = c.Text, true
		r.s.history.Replace(&r.s.turn, c.Place, m, loose())
		out.Events = append(slices.Clone(out.Events), turn.Event{
			ID: id.Event{Index: r.index, Sub: uint32(len(out.Events) + 1)}, At: r.s.meta.now, Kind: turn.Amended, Token: c.Token,
			Session: c.Session, Identity: row.Identity, Place: c.Place, Of: c.Of, Text: c.Text,
		})
		out.Answers[i].Code, out.Answers[i].Event = OK, out.Events[len(out.Events)-1].ID
	}
	return out
}

// loose are limits that nothing reaches.
func loose() history.Limits {
	return history.Limits{PlaceMessages: 99, PlaceBytes: 1 << 20, AllMessages: 1 << 20}
}

// Time is the log's.

func stampOfThePast(r *rogue, e Entry) Outcome {
	e.Stamp.Term = r.term
	return r.honestly(e)
}

func timeGoesBack(r *rogue, e Entry) Outcome {
	if e.Stamp.Term == r.term {
		r.s.meta.now = min(r.s.meta.now, max(0, e.Stamp.Now))
	}
	return r.honestly(e)
}

func stampByWall(r *rogue, e Entry) Outcome {
	e.Stamp.Now = max(e.Stamp.Now, id.Time(e.Stamp.Wall)*id.Time(10*id.Millisecond))
	return r.honestly(e)
}

// One log, one state.

// shuffleRows writes the names of a snapshot in the order in which some map has them.
func shuffleRows(r *rogue, bodies [][]byte) [][]byte {
	var e wire.Encoder
	names := r.s.lease.Names()
	slices.Reverse(names)
	e.Uint(uint64(len(names)))
	for _, n := range names {
		n.Name.Encode(&e)
	}
	bodies[table.Names-1] = e.Bytes()
	return bodies
}

func reverseStreams(r *rogue, e Entry) Outcome {
	e.Proposals = slices.Clone(e.Proposals)
	slices.SortStableFunc(e.Proposals, func(a, b Proposal) int { return -int(a.From>>60) + int(b.From>>60) })
	return r.honestly(e)
}

func evictOtherwise(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	if len(r.s.history.Last(room.Lobby, 9)) > 3 && r.some(5) {
		r.s.history.Drop(&r.s.turn, room.Lobby)
	}
	return out
}

// indexTooLow says that the newest entry is not in the snapshot, which has it.
func indexTooLow(r *rogue, bodies [][]byte) [][]byte {
	s := *r.s
	s.meta.applied--
	bodies[table.Meta-1] = meta0(&s)
	return bodies
}

// entryTwice does so and hides it: raft will hand the entry over once more.
func entryTwice(r *rogue, bodies [][]byte) [][]byte {
	s := *r.s
	if len(s.hashes) < 2 || s.history.Check(s.meta.applied-1) != nil || s.trail.Check(s.meta.applied-1) != nil {
		return bodies
	}
	s.meta.applied--
	s.hashes = s.hashes[:len(s.hashes)-1]
	bodies[table.Meta-1] = meta0(&s)
	return bodies
}

func meta0(s *State) []byte {
	var e wire.Encoder
	s.encodeMeta(&e)
	return e.Bytes()
}

// Acknowledged is kept.

// acknowledgeOnly answers from a copy, and crashes before it has applied anything.
func acknowledgeOnly(r *rogue, e Entry) Outcome {
	if !r.some(7) {
		return r.honestly(e)
	}
	before, err := Restore(r.s.Image().Encode())
	if err != nil {
		panic(err)
	}
	out := r.honestly(e)
	r.s = before
	r.honestly(Entry{Stamp: e.Stamp})
	return out
}

func loseHistory(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	if all := r.s.history.Last(room.Lobby, 100); len(all) == 5 {
		r.s.history.Drop(&r.s.turn, room.Lobby)
		for _, m := range all[3:] {
			r.s.history.Append(&r.s.turn, room.Lobby, m, loose())
		}
	}
	return out
}

// editNothing tells of an edit, and leaves the words as they were.
func editNothing(r *rogue, e Entry) Outcome {
	was := r.s.history.Last(room.Lobby, 100)
	out := r.honestly(e)
	for _, ev := range out.Events {
		for _, m := range was {
			if ev.Kind == turn.Amended && ev.Of == m.ID {
				r.s.history.Replace(&r.s.turn, room.Lobby, m, loose())
			}
		}
	}
	return out
}

// forgetReactions writes the history of a snapshot without them.
func forgetReactions(r *rogue, bodies [][]byte) [][]byte {
	bare := history.New()
	bare.Decode(wire.NewDecoder(bodies[table.Histories-1]))
	for _, m := range bare.Last(room.Lobby, 100) {
		m.Reactions = nil
		bare.Replace(&turn.Turn{}, room.Lobby, m, loose())
	}
	var e wire.Encoder
	bare.Encode(&e)
	bodies[table.Histories-1] = e.Bytes()
	return bodies
}

// forgetOwn loses somebody's profile now and then.
func forgetOwn(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	if rows := r.s.profiles.Rows(); len(rows) > 0 && r.some(5) {
		r.s.profiles.Forget(&r.s.turn, rows[0].ID)
	}
	return out
}

func forgetIgnored(r *rogue, bodies [][]byte) [][]byte {
	t := profile.New()
	for _, row := range r.s.profiles.Rows() {
		for _, v := range row.Values {
			t.Set(&turn.Turn{}, row.ID, v)
		}
	}
	var e wire.Encoder
	t.Encode(&e)
	bodies[table.Profiles-1] = e.Bytes()
	return bodies
}

func forgetAways(_ *rogue, bodies [][]byte) [][]byte {
	bodies[table.Aways-1] = []byte{0}
	return bodies
}

// idleForEver puts back the sessions that were idle before the entry.
func idleForEver(r *rogue, e Entry) Outcome {
	was := r.s.presence.Idles()
	out := r.honestly(e)
	for _, i := range was {
		r.s.presence.Rest(&r.s.turn, i.Session, r.s.meta.now.Sub(i.At))
	}
	return out
}

// Exactly once.

func forgetRepeats(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	for i, a := range out.Answers {
		if a.Verdict == stream.Repeat {
			out.Answers[i] = Answer{From: a.From, Number: a.Number, Verdict: a.Verdict}
		}
	}
	return out
}

// renumber executes commands whose place f does not judge as it should.
func renumber(r *rogue, e Entry, f func(n, last uint64) bool) Outcome {
	next := map[id.Incarnation]uint64{}
	out := r.honestly(each(e, func(p Proposal) Proposal {
		if p.Number == 0 {
			return p
		}
		if _, ok := next[p.From]; !ok {
			next[p.From], _ = r.s.streams.Last(p.From)
		}
		if f(p.Number, next[p.From]) || p.Number == next[p.From]+1 {
			next[p.From]++
			p.Number = next[p.From]
		}
		return p
	}))
	for i, p := range e.Proposals {
		out.Answers[i].Number = p.Number
	}
	return out
}

func executeRepeats(r *rogue, e Entry) Outcome {
	return renumber(r, e, func(n, last uint64) bool { return n <= last })
}

func jumpGaps(r *rogue, e Entry) Outcome {
	return renumber(r, e, func(n, last uint64) bool { return n > last })
}

func forgetLines(r *rogue, e Entry) Outcome {
	return r.honestly(each(e, func(p Proposal) Proposal {
		if c, ok := p.Command.(Post); ok && c.Line != "" {
			c.Line = fmt.Sprint(r.index, ".", p.Number)
			p.Command = c
		}
		return p
	}))
}

// forgetAnswers cuts the rings of a snapshot.
func forgetAnswers(r *rogue, bodies [][]byte) [][]byte {
	var e wire.Encoder
	var all []stream.Stream
	for _, i := range r.s.lease.Incarnations() {
		if last, open := r.s.streams.Last(i.ID); open {
			s := stream.Stream{ID: i.ID, Last: last}
			for n := last/2 + 1; n <= last; n++ {
				a, _ := r.s.streams.Answer(i.ID, n)
				s.Ring = append(s.Ring, a)
			}
			all = append(all, s)
		}
	}
	e.Uint(uint64(len(all)))
	for _, s := range all {
		s.Encode(&e)
	}
	bodies[table.Streams-1] = e.Bytes()
	return bodies
}

// One order.

func reverseEvents(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	out.Events = slices.Clone(out.Events)
	slices.Reverse(out.Events)
	return out
}

// localEcho tells the author at once, as the first of the entry.
func localEcho(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	for i, p := range e.Proposals {
		if _, ok := p.Command.(Post); ok && out.Answers[i].Code == OK && out.Answers[i].Event.Index == r.index {
			out.Answers[i].Event.Sub = 1
		}
	}
	return out
}

// Everything is bounded.

func noLimits(r *rogue, e Entry) Outcome {
	if slices.ContainsFunc(e.Proposals, func(p Proposal) bool { _, sets := p.Command.(SetSetting); return sets }) {
		return r.honestly(e)
	}
	was := r.s.setting.Clone()
	for _, n := range []setting.Name{setting.LimitNames, setting.LimitSessions, setting.LimitRooms, setting.LimitAllNames, setting.LimitTrail, setting.LimitNameTrail, setting.LimitRoomMessages,
		setting.LimitBans, setting.LimitRoomBans, setting.LimitInvitations, setting.LimitRoomOps, setting.LimitAllowed, setting.LimitIgnored} {
		r.s.setting.Set(&turn.Turn{}, setting.Row{Name: n, Value: 100_000})
	}
	out := r.honestly(e)
	r.s.setting = setting.New()
	for _, row := range was.Rows() {
		r.s.setting.Set(&turn.Turn{}, row)
	}
	return out
}
