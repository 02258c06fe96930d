// Package ban is the table of who may not come in and who may not speak, in a room or
// in the cluster, and of who may come in while that is for those on a list only. It
// does not know who is connected, nor whom its rows do not hold: operators.
package ban

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Bounds on what a row may hold, in bytes.
const (
	MaxReason  = 480
	MaxSubject = 96
	maxName    = 128
	maxRows    = 1 << 24
)

// Kind is what somebody may not do.
type Kind byte

// Kinds of rows.
const (
	Out  Kind = iota + 1 // come in
	Mute                 // speak
)

// Key is what a row says of whom, and where.
type Key struct {
	Place   string // a room; empty: the cluster
	Kind    Kind
	Subject string // an identity; or, of Out in the cluster, a network: "192.0.2.0/24"
}

// Compare orders keys by place, kind and subject.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Place, o.Place), cmp.Compare(k.Kind, o.Kind), cmp.Compare(k.Subject, o.Subject))
}

func (k Key) shard() uint32 { return table.ShardString(k.Subject) }

// Ban is a row: who, by whom, why, and until when.
type Ban struct {
	ID     Key
	Nick   string // the name they had; of a network, empty
	By     id.Identity
	ByNick string
	Reason string
	Wall   id.Wall // since when, for people
	Until  id.Time // when Tick ends it; zero: not until somebody does
}

// Key implements table.Row.
func (b Ban) Key() Key { return b.ID }

// Encode writes the canonical form.
func (b Ban) Encode(e *wire.Encoder) {
	e.String(b.ID.Place)
	e.Byte(byte(b.ID.Kind))
	e.String(b.ID.Subject)
	e.String(b.Nick)
	e.String(string(b.By))
	e.String(b.ByNick)
	e.String(b.Reason)
	e.Int(int64(b.Wall))
	e.Int(int64(b.Until))
}

// Network reports whether subject stands for a network: an address in its canonical
// form and the length of a prefix, as the proposer has worked them out. Only the bytes
// are judged.
func Network(subject string) bool {
	addr, bits, ok := strings.Cut(subject, "/")
	sound := func(s, of string) bool { return s != "" && strings.Trim(s, of) == "" }
	return ok && len(subject) <= len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128") &&
		sound(addr, "0123456789abcdef.:") && strings.ContainsAny(addr, ".:") && sound(bits, "0123456789") && len(bits) <= 3
}

// Table holds the rows.
type Table struct {
	rows    table.Table[Key, Ban]
	allowed table.Table[id.Identity, Allowance]
	// worked out from the rows
	of       map[string][]Key // place -> its rows, in order
	guests   map[string][]Key // guest -> theirs, in order
	ends     []ending         // of those that end by themselves, the next first
	networks *Networks
}

type ending struct {
	at id.Time
	id Key
}

func (e ending) compare(o ending) int { return cmp.Or(cmp.Compare(e.at, o.at), e.id.Compare(o.id)) }

// Networks is a list of networks that never changes: when it would, there is another.
type Networks struct{ List []string }

// New returns an empty table.
func New() *Table {
	return &Table{
		rows:    table.New[Key, Ban](Key.shard, Key.Compare),
		allowed: table.New[id.Identity, Allowance](table.ShardString[id.Identity], cmp.Compare[id.Identity]),
		of:      map[string][]Key{}, guests: map[string][]Key{}, networks: &Networks{},
	}
}

// Get returns a row.
func (t *Table) Get(k Key) (Ban, bool) { return t.rows.Get(k) }

// In returns the rows of a place, in the order of their keys; empty is the cluster.
func (t *Table) In(place string) []Ban {
	all := make([]Ban, 0, len(t.of[place]))
	for _, k := range t.of[place] {
		b, _ := t.rows.Get(k)
		all = append(all, b)
	}
	return all
}

// Size returns how many rows a place has.
func (t *Table) Size(place string) int { return len(t.of[place]) }

// Places returns the places that have rows, in byte order.
func (t *Table) Places() []string { return slices.Sorted(maps.Keys(t.of)) }

// Networks returns those that nobody may come in from. Whoever keeps the list sees by
// the pointer whether it has changed.
func (t *Table) Networks() *Networks { return t.networks }

// Put makes a row, or replaces the one that is there.
func (t *Table) Put(tn *turn.Turn, b Ban) id.Event {
	if was, ok := t.rows.Get(b.ID); ok {
		t.drop(was)
	}
	b.Wall = tn.Wall
	t.rows.Put(b)
	t.add(b)
	t.listNetworks(b.ID)
	tn.Journal.Put(table.Bans, b)
	e := b.event(turn.Banned, turn.Muted)
	if b.Until > 0 {
		e.For = b.Until.Sub(tn.Now)
	}
	e.By, e.ByNick, e.Text = b.By, b.ByNick, b.Reason
	return tn.Emit(e)
}

// End undoes a row, which must be there: by somebody's hand, or because its time is over.
func (t *Table) End(tn *turn.Turn, b Ban, why turn.Why, by id.Identity, byNick string) id.Event {
	t.drop(b)
	t.rows.Delete(b.ID)
	t.listNetworks(b.ID)
	tn.Journal.Delete(table.Bans, b.ID.Place+" "+b.ID.Subject)
	e := b.event(turn.Unbanned, turn.Unmuted)
	e.Why, e.By, e.ByNick = why, by, byNick
	return tn.Emit(e)
}

// event is what tells of a row: one kind of Out, the other of Mute.
func (b Ban) event(out, mute turn.Kind) turn.Event {
	e := turn.Event{Kind: out, Place: b.ID.Place, Key: b.ID.Subject, Nick: b.Nick}
	if b.ID.Kind == Mute {
		e.Kind = mute
	}
	if !Network(b.ID.Subject) {
		e.Identity = id.Identity(b.ID.Subject)
	}
	return e
}

// Drop forgets all rows of a room that is gone; nobody is told.
func (t *Table) Drop(tn *turn.Turn, place string) { t.remove(tn, t.In(place)) }

// Forget forgets all rows of a guest who has gone; nobody is told.
func (t *Table) Forget(tn *turn.Turn, guest string) {
	var all []Ban
	for _, k := range t.guests[guest] {
		b, _ := t.rows.Get(k)
		all = append(all, b)
	}
	t.remove(tn, all)
}

func (t *Table) remove(tn *turn.Turn, all []Ban) {
	for _, b := range all {
		t.drop(b)
		t.rows.Delete(b.ID)
		tn.Journal.Delete(table.Bans, b.ID.Place+" "+b.ID.Subject)
	}
}

// Due returns when the next row ends by itself; false if none does.
func (t *Table) Due() (id.Time, bool) {
	if len(t.ends) == 0 {
		return 0, false
	}
	return t.ends[0].at, true
}

// Tick ends up to budget rows whose time is over, in the order of (time, key), and
// returns what is left of the budget.
func (t *Table) Tick(tn *turn.Turn, budget int) int {
	for budget > 0 && len(t.ends) > 0 && t.ends[0].at <= tn.Now {
		b, _ := t.rows.Get(t.ends[0].id)
		t.End(tn, b, turn.Over, "", "")
		budget--
	}
	return budget
}

func (t *Table) add(b Ban) {
	list(t.of, b.ID.Place, b.ID)
	if id.Identity(b.ID.Subject).Guest() {
		list(t.guests, b.ID.Subject, b.ID)
	}
	if b.Until > 0 {
		e := ending{b.Until, b.ID}
		at, _ := slices.BinarySearchFunc(t.ends, e, ending.compare)
		t.ends = slices.Insert(t.ends, at, e)
	}
}

func (t *Table) drop(b Ban) {
	unlist(t.of, b.ID.Place, b.ID)
	unlist(t.guests, b.ID.Subject, b.ID)
	if at, found := slices.BinarySearchFunc(t.ends, ending{b.Until, b.ID}, ending.compare); found {
		t.ends = slices.Delete(t.ends, at, at+1)
	}
}

// list puts k among those of a place or of somebody.
func list(m map[string][]Key, of string, k Key) {
	at, _ := slices.BinarySearchFunc(m[of], k, Key.Compare)
	m[of] = slices.Insert(m[of], at, k)
}

func unlist(m map[string][]Key, of string, k Key) {
	if at, found := slices.BinarySearchFunc(m[of], k, Key.Compare); found {
		m[of] = slices.Delete(m[of], at, at+1)
	}
	if len(m[of]) == 0 {
		delete(m, of)
	}
}

// listNetworks makes the list anew, if k is one.
func (t *Table) listNetworks(k Key) {
	if k.Place != "" || !Network(k.Subject) {
		return
	}
	n := &Networks{}
	for _, other := range t.of[""] {
		if Network(other.Subject) {
			n.List = append(n.List, other.Subject)
		}
	}
	t.networks = n
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{rows: t.rows.Clone(), allowed: t.allowed.Clone()} }

// Encode writes the section of bans.
func (t *Table) Encode(e *wire.Encoder) { table.Encode(&t.rows, e) }

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) {
	for range d.Count(maxRows, 9) {
		b := Ban{
			ID:   Key{d.String(maxName), Kind(d.Byte()), d.String(MaxSubject)},
			Nick: d.String(maxName), By: id.Identity(d.String(maxName)), ByNick: d.String(maxName), Reason: d.String(MaxReason),
			Wall: id.Wall(d.Int()), Until: id.Time(d.Int()),
		}
		t.rows.Put(b)
		t.add(b)
	}
	t.listNetworks(Key{Subject: "::/0"})
}

// Check returns the first broken promise, or nil.
func (t *Table) Check() error {
	n := 0
	for _, b := range t.rows.Sorted() {
		network := Network(b.ID.Subject)
		switch {
		case b.ID.Kind != Out && b.ID.Kind != Mute || b.ID.Subject == "" || b.Until < 0:
			return fmt.Errorf("ban: %+v is none", b)
		case network && (b.ID.Place != "" || b.ID.Kind != Out):
			return fmt.Errorf("ban: %s is a network, and %s is of people", b.ID.Subject, b.ID.Place)
		}
		if b.Until > 0 {
			n++
		}
	}
	if n != len(t.ends) {
		return fmt.Errorf("ban: %d rows end by themselves, %d are listed", n, len(t.ends))
	}
	return t.checkAllowed()
}
