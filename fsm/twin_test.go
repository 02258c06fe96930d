package fsm

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
)

// twin is ownership as a newcomer would write it after one reading of the rules:
// flat maps, everything looked at every time, nothing put off. It knows one
// setting of everything and no limits but that of names.
type twin struct {
	now      id.Time
	last     id.Token
	nodes    map[id.Node]id.Incarnation // the newest of each
	incs     map[id.Incarnation]*twinInc
	sessions map[id.Session]twinSession
	names    map[string]*twinName
	keys     map[id.Fingerprint]twinKey // where a key is not its own identity's alone
	codes    map[id.Identity]twinCode
	banned   map[id.Identity]id.Time // until when; zero: until it is undone
}

type twinKey struct {
	who     id.Identity
	removed bool
}

type twinCode struct {
	proof keyring.Proof
	until id.Time
}

type twinInc struct {
	live     bool
	extended bool
	deadline id.Time
	counter  uint64
	executed uint64
}

type twinSession struct {
	who id.Identity
	key string
	by  id.Fingerprint
}

type twinName struct {
	nick  lease.Nick
	owner id.Identity
	token id.Token
	until id.Time // of grace, when nobody is on it

	registered bool
	reserved   bool // nobody is on it and its grace is over
}

// newTwin knows what openStory has done.
func newTwin() *twin {
	return &twin{
		nodes: map[id.Node]id.Incarnation{nodeA: incA, nodeB: incB}, sessions: map[id.Session]twinSession{},
		keys: map[id.Fingerprint]twinKey{}, codes: map[id.Identity]twinCode{}, names: map[string]*twinName{},
		banned: map[id.Identity]id.Time{}, incs: map[id.Incarnation]*twinInc{
			incA: {live: true, deadline: id.Time(ttl), executed: 3}, incB: {live: true, deadline: id.Time(ttl)},
		},
	}
}

func (w *twin) on(key string) (all []id.Session) {
	for s, row := range w.sessions {
		if row.key == key {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, id.Session.Compare)
	return all
}

func (w *twin) taken(n lease.Nick, who id.Identity) bool {
	for key, other := range w.names {
		for _, a := range n.Skeletons {
			for _, b := range other.nick.Skeletons {
				if other.owner != who && (key == n.Key || a == b) {
					return true
				}
			}
		}
	}
	return false
}

func (w *twin) owned(who id.Identity) (n int) {
	for _, name := range w.names {
		if name.owner == who {
			n++
		}
	}
	return n
}

// sit puts a session on a name that is its identity's or nobody's.
func (w *twin) sit(s id.Session, who id.Identity, by id.Fingerprint, n lease.Nick) {
	if had := w.names[n.Key]; had == nil || had.reserved {
		w.last++
		w.names[n.Key] = &twinName{nick: n, owner: who, token: w.last, registered: had != nil}
		if had != nil {
			w.names[n.Key].nick = had.nick
		}
	}
	w.sessions[s] = twinSession{who, n.Key, by}
}

// stand takes a session off its name: free, or in grace, if it was the last.
func (w *twin) stand(s id.Session, free bool) {
	key := w.sessions[s].key
	delete(w.sessions, s)
	if len(w.on(key)) > 0 {
		return
	}
	switch n := w.names[key]; {
	case n.owner.Guest():
		delete(w.names, key)
	case free && n.registered:
		n.reserved = true
	case free:
		delete(w.names, key)
	default:
		n.until = w.now.Add(grace)
	}
}

func (w *twin) end(inc id.Incarnation) {
	i := w.incs[inc]
	if i == nil || !i.live {
		return
	}
	i.live = false
	for s := range w.sessions {
		if s.Incarnation == inc {
			w.stand(s, false)
		}
	}
}

func (w *twin) keep(key string, on bool) {
	n := w.names[key]
	switch {
	case n == nil:
	case n.reserved && !on:
		delete(w.names, key)
	default:
		n.registered = on
	}
}

func (w *twin) apply(term uint64, stamp Stamp, ps []Proposal) {
	if stamp.Term == term {
		w.now = max(w.now, stamp.Now)
	}
	for _, p := range ps {
		i := w.incs[p.From]
		if !p.Command.Kind().outside() {
			if i == nil || !i.live || p.Number != i.executed+1 {
				continue
			}
			i.executed++
			i.deadline, i.extended = max(i.deadline, w.now.Add(ttl)), false
		}
		w.run(p.From, p.Command)
	}
}

func (w *twin) run(from id.Incarnation, c Command) {
	mine := func(s id.Session) bool { _, ok := w.sessions[s]; return ok && s.Incarnation == from }
	switch c := c.(type) {
	case Attach:
		_, exists := w.sessions[c.Session]
		_, banned := w.banned[c.Identity]
		full := w.names[c.Nick.Key] == nil && w.owned(c.Identity) >= 5
		by := cmp.Or(c.By, c.Identity.First())
		is, admitted := w.whose(by)
		if !banned && c.Session.Incarnation == from && !exists && !full && !w.taken(c.Nick, c.Identity) && admitted && is == c.Identity {
			w.sit(c.Session, c.Identity, by, c.Nick)
		}
	case Claim:
		row := w.sessions[c.Session]
		if !mine(c.Session) || row.key == c.Nick.Key || w.taken(c.Nick, row.who) {
			return
		}
		stays := len(w.on(row.key)) > 1 || w.names[row.key].registered
		if owned := w.owned(row.who); w.names[c.Nick.Key] == nil && (owned > 5 || owned == 5 && stays) {
			return
		}
		w.stand(c.Session, true)
		w.sit(c.Session, row.who, row.by, c.Nick)
	case Release:
		if mine(c.Session) {
			w.stand(c.Session, true)
		}
	case Detach:
		if mine(c.Session) {
			w.stand(c.Session, false)
		}
	case Kick:
		if _, there := w.sessions[c.Session]; there {
			w.stand(c.Session, false)
		}
	case Ban:
		w.ban(c)
	case Unban:
		who := id.Identity(c.Subject)
		if _, banned := w.banned[who]; !banned {
			who = w.person(who)
		}
		delete(w.banned, who)
	case RenameName:
		w.rename(c)
	case FreeName:
		for _, s := range w.on(c.Key) {
			delete(w.sessions, s)
		}
		delete(w.names, c.Key)
	case KeepName:
		if row := w.sessions[c.Session]; mine(c.Session) && w.names[row.key].token == c.Token && !row.who.Guest() {
			w.names[row.key].registered = c.Keep
		}
	case SetKept:
		if n := w.names[c.Key]; n != nil && !(c.Keep && n.owner.Guest()) {
			w.keep(c.Key, c.Keep)
		}
	case ReserveName:
		if c.Owner = w.person(c.Owner); c.Owner == "" {
			return
		}
		switch {
		case w.taken(c.Nick, c.Owner):
		case w.names[c.Nick.Key] != nil:
			w.keep(c.Nick.Key, true)
		case w.owned(c.Owner) < 5:
			w.last++
			w.names[c.Nick.Key] = &twinName{nick: c.Nick, owner: c.Owner, token: w.last, registered: true, reserved: true}
		}
	case GiveUp:
		row, n := w.sessions[c.Session], w.names[c.Key]
		if mine(c.Session) && w.names[row.key].token == c.Token && n != nil && n.owner == row.who && len(w.on(c.Key)) == 0 {
			delete(w.names, c.Key)
		}
	case OpenCode:
		if row := w.sessions[c.Session]; mine(c.Session) && w.names[row.key].token == c.Token && w.invites(c.Proof) == "" && !row.who.Guest() {
			w.codes[row.who] = twinCode{c.Proof, w.now.Add(10 * id.Minute)}
		}
	case AddKey:
		w.addKey(c)
	case RemoveKey:
		row := w.sessions[c.Session]
		is, admitted := w.whose(c.Key)
		if mine(c.Session) && w.names[row.key].token == c.Token && admitted && is == row.who && w.admitted(row.who) > 1 {
			w.keys[c.Key] = twinKey{row.who, true}
			for s, other := range w.sessions {
				if other.by == c.Key {
					w.stand(s, false)
				}
			}
		}
	case Register:
		if m, ok := w.nodes[c.Node]; ok && m == c.Replaces && c.Incarnation != 0 && w.incs[c.Incarnation] == nil {
			w.end(m)
			w.nodes[c.Node] = c.Incarnation
			w.incs[c.Incarnation] = &twinInc{live: true, deadline: w.now.Add(ttl)}
		}
	case Exit:
		w.end(c.Incarnation)
	case Renew:
		if i := w.incs[c.Incarnation]; i != nil && i.live && c.Counter > i.counter {
			i.counter, i.deadline, i.extended = c.Counter, max(i.deadline, w.now.Add(ttl)), false
		}
	case LeaderStart:
		for _, i := range w.incs {
			if i.live && !i.extended {
				i.deadline, i.extended = w.now.Add(ttl), true
			}
		}
	case Tick:
		for inc, i := range w.incs {
			if i.deadline <= w.now {
				w.end(inc)
			}
		}
		for who, until := range w.banned {
			if until > 0 && until <= w.now {
				delete(w.banned, who)
			}
		}
		for key, n := range w.names {
			switch over := len(w.on(key)) == 0 && n.until <= w.now; {
			case over && n.registered:
				n.reserved = true // for 90 days, which no history here lasts
			case over:
				delete(w.names, key)
			}
		}
	}
}

func (w *twin) whose(by id.Fingerprint) (is id.Identity, admitted bool) {
	k, ok := w.keys[by]
	if !ok {
		return by.Own(), true
	}
	return k.who, !k.removed
}

// person is whom an operator means by a fingerprint; nobody, if it is a guest's or a key
// that was removed from somebody else.
func (w *twin) person(named id.Identity) id.Identity {
	is, admitted := w.whose(named.First())
	if named.Guest() || !admitted && is != named {
		return ""
	}
	return is
}

// admitted is how many keys let somebody in as who, who has several.
func (w *twin) admitted(who id.Identity) (n int) {
	for _, k := range w.keys {
		if k.who == who && !k.removed {
			n++
		}
	}
	return n
}

// invites returns whose code is open that has this proof.
func (w *twin) invites(p keyring.Proof) id.Identity {
	for who, c := range w.codes {
		if c.proof == p && w.now < c.until {
			return who
		}
	}
	return ""
}

func (w *twin) addKey(c AddKey) {
	who, own := w.invites(c.Proof), c.Key.Own()
	is, admitted := w.whose(c.Key)
	_, banned := w.banned[own]
	if _, bound := w.keys[c.Key]; own.Guest() || banned || who == "" || is == who && admitted || bound && is != who {
		return
	}
	if own != who {
		for s, row := range w.sessions {
			if row.who == own {
				delete(w.sessions, s)
			}
		}
		for key, n := range w.names {
			if n.owner == own {
				delete(w.names, key)
			}
		}
		delete(w.codes, own)
	}
	delete(w.codes, who)
	if w.admitted(who) == 0 {
		w.keys[who.First()] = twinKey{who: who}
	}
	w.keys[c.Key] = twinKey{who: who}
}

func (w *twin) ban(c Ban) {
	who := w.person(id.Identity(c.Subject))
	if who == "" {
		return
	}
	w.banned[who] = 0
	if c.For > 0 {
		w.banned[who] = w.now.Add(c.For)
	}
	for s, row := range w.sessions {
		if row.who == who {
			w.stand(s, false)
		}
	}
}

func (w *twin) rename(c RenameName) {
	n, on := w.names[c.Key], w.on(c.Key)
	if len(on) == 0 || c.To.Key == c.Key || w.taken(c.To, n.owner) || w.names[c.To.Key] == nil && w.owned(n.owner) > 5 {
		return
	}
	registered := n.registered
	n.registered = false
	for _, s := range on {
		row := w.sessions[s]
		w.stand(s, true)
		w.sit(s, row.who, row.by, c.To)
	}
	w.names[c.To.Key].registered = registered || w.names[c.To.Key].registered
}

// differs tells where the state is not the twin's.
func (w *twin) differs(s *State) string {
	if s.Time() != w.now || s.Lease().Last() != w.last {
		return fmt.Sprintf("time %d, newest token %d; the twin's %d, %d", s.Time(), s.Lease().Last(), w.now, w.last)
	}
	for inc, i := range w.incs {
		got, _ := s.Lease().Incarnation(inc)
		if s.Lease().Live(inc) != i.live || i.live && got.Deadline != i.deadline {
			return fmt.Sprintf("incarnation %x is %+v, the twin's %+v", inc, got, i)
		}
	}
	for by, k := range w.keys {
		if is, admitted := s.Keys().Who(by); is != k.who || admitted == k.removed {
			return fmt.Sprintf("%s is a key of %s: %v; the twin's %+v", by, is, admitted, k)
		}
	}
	if names := s.Lease().Names(); len(names) != len(w.names) {
		return fmt.Sprintf("%d names, the twin has %d", len(names), len(w.names))
	}
	for key, n := range w.names {
		got, on := s.Lease().Name(key), w.on(key)
		state := lease.Held
		switch {
		case n.reserved:
			state = lease.Reserved
		case len(on) == 0:
			state = lease.Grace
		}
		if got.State != state || got.Registered != n.registered || got.Owner != n.owner || got.Token != n.token || !slices.Equal(got.Live, on) {
			return fmt.Sprintf("%s is %+v, the twin's %+v with %v", key, got, n, on)
		}
		if state == lease.Grace && got.Until != n.until {
			return fmt.Sprintf("%s is in grace until %d, the twin's until %d", key, got.Until, n.until)
		}
	}
	return ""
}

func TestOwnershipIsTheTwins(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		begin := openStory(t)
		c := newChaos(drawn(rt), begin)
		c.mood = ownership
		if c.one(2) {
			c.mood = keyed
		}
		w := newTwin()
		for index := begin.index + 1; index < begin.index+80; index++ {
			term, data, ps, stamp := c.entry()
			if _, err := c.s.Apply(index, term, data); err != nil {
				rt.Fatalf("entry %d: %v", index, err)
			}
			w.apply(term, stamp, ps)
			if d := w.differs(c.s); d != "" {
				rt.Fatalf("entry %d: %s", index, d)
			}
			if c.one(20) {
				c.s = restored(rt, c.s)
			}
		}
	})
}
