package lease

import (
	"cmp"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
)

// Table is the table of ownership. It is not safe for concurrent use; what Clone
// returns may be encoded while this one is written.
type Table struct {
	incarnations table.Table[id.Incarnation, Incarnation]
	sessions     table.Table[id.Session, Session]
	names        table.Table[string, row]
	last         id.Token // the newest token granted
	ix           index
}

// New returns an empty table whose first token is the first of epoch.
func New(epoch uint16) *Table {
	t := &Table{
		incarnations: table.New[id.Incarnation, Incarnation](
			func(k id.Incarnation) uint32 { return uint32(k) }, cmp.Compare[id.Incarnation]),
		sessions: table.New[id.Session, Session](
			func(k id.Session) uint32 { return uint32(k.Number) }, id.Session.Compare),
		names: table.New[string, row](table.ShardString[string], cmp.Compare[string]),
		last:  id.TokenAt(epoch),
	}
	t.ix = newIndex()
	return t
}

// Last returns the newest token granted.
func (t *Table) Last() id.Token { return t.last }

// Live reports whether inc is registered and has not ended.
func (t *Table) Live(inc id.Incarnation) bool {
	i, ok := t.incarnations.Get(inc)
	return ok && !i.Ended
}

// Incarnation returns one that is live or still being cleaned up after.
func (t *Table) Incarnation(inc id.Incarnation) (Incarnation, bool) { return t.incarnations.Get(inc) }

// Incarnations returns all that are live or still being cleaned up after.
func (t *Table) Incarnations() []Incarnation { return t.incarnations.Sorted() }

// Session returns a session, live or waiting to be cleaned up.
func (t *Table) Session(s id.Session) (Session, bool) { return t.sessions.Get(s) }

// Sessions returns the sessions under live incarnations, in the order of their numbers.
func (t *Table) Sessions() []Session {
	all := t.sessions.Sorted()
	live := all[:0]
	for _, s := range all {
		if t.Live(s.ID.Incarnation) {
			live = append(live, s)
		}
	}
	return live
}

// Carried returns how many sessions inc has.
func (t *Table) Carried(inc id.Incarnation) int { return len(t.ix.carried[inc]) }

// Guests returns how many sessions of guests there are.
func (t *Table) Guests() int { return len(t.ix.guests) }

// Of returns the live sessions of an identity, oldest number first.
func (t *Table) Of(who id.Identity) []id.Session {
	var live []id.Session
	for _, s := range t.ix.at[who] {
		if t.Live(s.Incarnation) {
			live = append(live, s)
		}
	}
	return live
}

// Owned returns the keys of the names that are an identity's, in whatever state, in
// byte order.
func (t *Table) Owned(who id.Identity) []string { return t.ix.owned[who] }

// Counts returns how many names and sessions there are.
func (t *Table) Counts() (names, sessions int) { return t.names.Len(), t.sessions.Len() }

// State is what a name is. Free names have no row.
type State byte

// States of a name.
const (
	Free     State = iota // anybody may take it
	Held                  // at least one session under a live incarnation
	Grace                 // none; only its owner may take it
	Reserved              // likewise, for much longer, because it is registered
)

// Status is a name as it stands now.
type Status struct {
	Name
	State State
	Until id.Time      // the lease's deadline, or the end of grace or reservation: never earlier than this
	Live  []id.Session // its sessions under live incarnations
}

// Name returns a name by its key, as it stands now; Free if nobody has it.
func (t *Table) Name(key string) Status {
	r, ok := t.names.Get(key)
	if !ok {
		return Status{}
	}
	return t.status(r.Name)
}

// Held returns how a name is written, if somebody is on it. It is Name for those
// who ask about very many.
func (t *Table) Held(key string) (display string, ok bool) {
	r, _ := t.names.Get(key)
	for _, sid := range r.Sessions {
		if t.Live(sid.Incarnation) {
			return r.Display, true
		}
	}
	return "", false
}

// Names returns all names in byte order of their keys.
func (t *Table) Names() []Status {
	rows := t.names.Sorted()
	all := make([]Status, len(rows))
	for i, r := range rows {
		all[i] = t.status(r.Name)
	}
	return all
}

func (t *Table) status(n Name) Status {
	s := Status{Name: n, State: Grace, Until: n.GraceUntil}
	if n.ReservedUntil > 0 {
		s.State, s.Until = Reserved, n.ReservedUntil
	}
	for _, sid := range n.Sessions {
		inc, _ := t.incarnations.Get(sid.Incarnation)
		if inc.Ended {
			if s.State == Grace {
				s.Until = max(s.Until, inc.EndedAt.Add(inc.Grace))
			}
			continue
		}
		if s.State == Grace {
			s.State, s.Until = Held, 0
		}
		s.Live = append(s.Live, sid)
		s.Until = max(s.Until, inc.Deadline)
	}
	return s
}

// Rival returns the name that stands in the way of who having n: one of another
// identity with the same key or a skeleton in common. Of several, the first in
// byte order.
func (t *Table) Rival(n Nick, who id.Identity) (Status, bool) {
	var found string
	look := func(key string) {
		if r, ok := t.names.Get(key); ok && r.Owner != who && (found == "" || key < found) {
			found = key
		}
	}
	look(n.Key)
	for _, sk := range n.Skeletons {
		for _, key := range t.ix.looks[sk] {
			look(key)
		}
	}
	if found == "" {
		return Status{}, false
	}
	return t.Name(found), true
}

// Clone returns a copy for Encode alone: it has no indexes.
func (t *Table) Clone() *Table {
	return &Table{
		incarnations: t.incarnations.Clone(),
		sessions:     t.sessions.Clone(),
		names:        t.names.Clone(),
		last:         t.last,
	}
}

func (t *Table) putIncarnation(tn *turn.Turn, i Incarnation) {
	t.incarnations.Put(i)
	tn.Journal.Put(table.Incarnations, i)
}

func (t *Table) putSession(tn *turn.Turn, s Session) {
	if !t.sessions.Has(s.ID) {
		t.ix.addSession(s)
	}
	t.sessions.Put(s)
	tn.Journal.Put(table.Sessions, s)
}

func (t *Table) deleteSession(tn *turn.Turn, s Session) {
	t.ix.removeSession(s)
	t.sessions.Delete(s.ID)
	tn.Journal.Delete(table.Sessions, s.ID.Short())
}

func (t *Table) putName(tn *turn.Turn, n Name) {
	if !t.names.Has(n.Nick.Key) {
		t.ix.addName(n)
	}
	t.names.Put(row{n})
	if len(n.Sessions) == 0 {
		t.ix.graces.push(n.ends(), n.Nick.Key)
	}
	t.skimGraces()
	tn.Journal.Put(table.Names, n)
}

func (t *Table) deleteName(tn *turn.Turn, n Name) {
	t.ix.removeName(n)
	t.names.Delete(n.Nick.Key)
	t.skimGraces()
	tn.Journal.Delete(table.Names, n.Nick.Key)
}
