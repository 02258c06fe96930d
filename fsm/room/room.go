// Package room is the table of places to talk in: rooms, who is in them, who runs
// them, who is invited, and how far each identity has read each place. It does not
// know what was said there, nor who is connected, nor who may do what.
package room

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Lobby is the room that everybody comes to, and that always exists.
const Lobby = "#lobby"

// lobbySkeleton is what the lobby looks like, which nobody has proposed.
const lobbySkeleton = "lobby"

// MaxName bounds a room's name, in bytes, the # included; maxSkeleton what it looks
// like, which may be several characters for one.
const (
	MaxName     = 64
	maxSkeleton = 512
)

// Valid reports whether name may be a room's: # and then letters, digits, - _ .
// as the proposer has normalised them. Bytes outside ASCII are let through: the
// proposer has judged them.
func Valid(name string) bool {
	rest, ok := strings.CutPrefix(name, "#")
	if !ok || rest == "" || len(name) > MaxName {
		return false
	}
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 0x80, c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// Sound reports whether an identity can be told from another in the name of a
// conversation.
func Sound(who id.Identity) bool { return who != "" && !strings.Contains(string(who), "|") }

// Conversation is the place where two identities talk in private: the same
// whoever of them speaks. No room's name begins as it does.
func Conversation(a, b id.Identity) string {
	if b < a {
		a, b = b, a
	}
	return "@" + string(a) + "|" + string(b)
}

// Partners returns the two identities of a conversation; false for a room.
func Partners(place string) (a, b id.Identity, ok bool) {
	rest, ok := strings.CutPrefix(place, "@")
	if !ok {
		return "", "", false
	}
	x, y, ok := strings.Cut(rest, "|")
	return id.Identity(x), id.Identity(y), ok
}

// Room is a place anybody in it can talk in.
type Room struct {
	Name    string
	By      id.Identity // who made it
	Wall    id.Wall     // when, for people
	Topic   Topic
	Private bool        // only those in it, and those invited, know of it
	Slow    id.Duration // between two messages of one person; zero: no bound
	// Skeletons are what it looks like, as the proposer has worked it out: no other
	// room has one of them. They are compared as bytes.
	Skeletons [2]string
}

// Key returns the room's name.
func (r Room) Key() string { return r.Name }

// Encode writes the canonical form.
func (r Room) Encode(e *wire.Encoder) {
	e.String(r.Name)
	e.String(string(r.By))
	e.Int(int64(r.Wall))
	r.Topic.encode(e)
	e.Bool(r.Private)
	e.Int(int64(r.Slow))
	EncodeSkeletons(e, r.Skeletons)
}

// Seat is an identity in a place.
type Seat struct {
	Place string
	Who   id.Identity
}

// Compare orders seats by place, then identity.
func (s Seat) Compare(o Seat) int {
	return cmp.Or(cmp.Compare(s.Place, o.Place), cmp.Compare(s.Who, o.Who))
}

func (s Seat) shard() uint32 { return table.ShardString(s.Who) }

// Member is an identity that is in a room.
type Member struct {
	Seat
	Wall     id.Wall  // since when, for people
	Since    id.Event // that told of its coming
	Operator bool     // it runs the room; never set in the lobby, which the cluster's operators run
	Spoke    id.Time  // while the room is slow: when it last spoke, or came
}

// Key returns the seat.
func (m Member) Key() Seat { return m.Seat }

// Encode writes the canonical form.
func (m Member) Encode(e *wire.Encoder) {
	e.String(m.Place)
	e.String(string(m.Who))
	e.Int(int64(m.Wall))
	e.Uint(uint64(m.Since.Index))
	e.Uint(uint64(m.Since.Sub))
	e.Bool(m.Operator)
	e.Int(int64(m.Spoke))
}

// Read is how far an identity has read a place: all up to At has reached it.
type Read struct {
	Seat
	At id.Event
}

// Key returns the seat.
func (r Read) Key() Seat { return r.Seat }

// Encode writes the canonical form.
func (r Read) Encode(e *wire.Encoder) {
	e.String(r.Place)
	e.String(string(r.Who))
	e.Uint(uint64(r.At.Index))
	e.Uint(uint64(r.At.Sub))
}

// Table holds rooms, members, read positions and invitations.
type Table struct {
	rooms   table.Table[string, Room]
	members table.Table[Seat, Member]
	reads   table.Table[Seat, Read]
	invited table.Table[Seat, Invitation]
	// worked out from the rows
	in   map[string]map[id.Identity]struct{} // room -> who is in it
	of   map[id.Identity][]string            // identity -> rooms, in byte order
	has  map[id.Identity][]string            // identity -> places it has a read position in, in order
	runs map[string][]id.Identity            // room -> its operators, in byte order
	to   map[string][]id.Identity            // room -> who is invited, in byte order
	hand map[id.Identity][]string            // identity -> rooms it is invited to, in byte order
	look map[string]string                   // skeleton -> the room that has it
}

// New returns a table that has the lobby and nobody in it.
func New() *Table {
	t := &Table{
		rooms:   table.New[string, Room](table.ShardString[string], cmp.Compare[string]),
		members: table.New[Seat, Member](Seat.shard, Seat.Compare),
		reads:   table.New[Seat, Read](Seat.shard, Seat.Compare),
		invited: table.New[Seat, Invitation](Seat.shard, Seat.Compare),
		in:      map[string]map[id.Identity]struct{}{},
		of:      map[id.Identity][]string{},
		has:     map[id.Identity][]string{},
		runs:    map[string][]id.Identity{},
		to:      map[string][]id.Identity{},
		hand:    map[id.Identity][]string{},
		look:    map[string]string{},
	}
	t.addRoom(Room{Name: Lobby, Skeletons: [2]string{lobbySkeleton, lobbySkeleton}})
	return t
}

// Alike returns the room that has one of these skeletons, if there is one.
func (t *Table) Alike(skeletons [2]string) (string, bool) {
	for _, sk := range skeletons {
		if name, ok := t.look[sk]; ok {
			return name, true
		}
	}
	return "", false
}

// Room returns a room by its name.
func (t *Table) Room(name string) (Room, bool) { return t.rooms.Get(name) }

// Rooms returns all rooms in byte order of their names.
func (t *Table) Rooms() []Room { return t.rooms.Sorted() }

// Len returns how many rooms there are.
func (t *Table) Len() int { return t.rooms.Len() }

// In reports whether who is in the room.
func (t *Table) In(name string, who id.Identity) bool {
	_, ok := t.in[name][who]
	return ok
}

// Members returns who is in the room, in byte order of identities.
func (t *Table) Members(name string) []id.Identity {
	all := make([]id.Identity, 0, len(t.in[name]))
	for who := range t.in[name] {
		all = append(all, who)
	}
	slices.Sort(all)
	return all
}

// Size returns how many are in the room.
func (t *Table) Size(name string) int { return len(t.in[name]) }

// Which returns those in the room for whom that holds, in byte order of identities.
// that is asked in no particular order.
func (t *Table) Which(name string, that func(id.Identity) bool) []id.Identity {
	var some []id.Identity
	for who := range t.in[name] {
		if that(who) {
			some = append(some, who)
		}
	}
	slices.Sort(some)
	return some
}

// Crowd returns who is in a room, in no order.
func (t *Table) Crowd(name string) []id.Identity { return slices.Collect(maps.Keys(t.in[name])) }

// Of returns the rooms an identity is in, in byte order.
func (t *Table) Of(who id.Identity) []string { return t.of[who] }

// Join puts an identity in a room, which is made, with these skeletons, if there is
// none: then it runs the room. It must not be in it, and a room that is made must not
// look like another. An invitation is used up.
func (t *Table) Join(tn *turn.Turn, m Member, skeletons [2]string, nick string) id.Event {
	r, exists := t.rooms.Get(m.Place)
	if !exists {
		r = Room{Name: m.Place, By: m.Who, Wall: tn.Wall, Skeletons: skeletons}
		t.addRoom(r)
		tn.Journal.Put(table.Rooms, r)
	}
	t.uninvite(tn, m.Seat)
	at := tn.Emit(turn.Event{Kind: turn.RoomJoined, Place: m.Place, Identity: m.Who, Nick: nick})
	m.Wall, m.Since, m.Operator = tn.Wall, at, !exists
	if r.Slow > 0 {
		m.Spoke = tn.Now // else leaving and coming back would make it faster
	}
	t.addMember(m)
	t.putMember(tn, m)
	return at
}

// Departure says who leaves a room, and whose doing it is.
type Departure struct {
	Seat
	Nick   string
	Why    turn.Why    // zero: their own
	By     id.Identity // whose hand it was otherwise, and what they gave as a reason
	ByNick string
	Reason string
}

// Part takes an identity out of a room; its read position there goes with it. If
// nobody is left who runs the room, whoever has been there longest does from now on. A room
// that nobody is in is gone, with its invitations, but for the lobby: gone reports that.
func (t *Table) Part(tn *turn.Turn, d Departure) (at id.Event, gone bool) {
	s := d.Seat
	t.members.Delete(s)
	tn.Journal.Delete(table.Memberships, s.Place)
	delete(t.in[s.Place], s.Who)
	if t.of[s.Who] = without(t.of[s.Who], s.Place); len(t.of[s.Who]) == 0 {
		delete(t.of, s.Who)
	}
	t.runs[s.Place] = without(t.runs[s.Place], s.Who)
	t.forget(tn, s)
	at = tn.Emit(turn.Event{
		Kind: turn.RoomParted, Why: d.Why, Place: s.Place, Identity: s.Who, Nick: d.Nick, By: d.By, ByNick: d.ByNick, Text: d.Reason,
	})
	if len(t.in[s.Place]) > 0 {
		t.inherit(tn, s.Place)
		return at, false
	}
	delete(t.in, s.Place)
	delete(t.runs, s.Place)
	if s.Place == Lobby {
		return at, false
	}
	for _, who := range t.to[s.Place] {
		t.uninvite(tn, Seat{s.Place, who})
	}
	t.removeRoom(tn, s.Place)
	return at, true
}

// ReadAt returns how far an identity has read a place; zero if it never did.
func (t *Table) ReadAt(s Seat) id.Event {
	r, _ := t.reads.Get(s)
	return r.At
}

// ReadTo moves a read position forward; it never goes back.
func (t *Table) ReadTo(tn *turn.Turn, r Read) {
	if !r.At.After(t.ReadAt(r.Seat)) {
		return
	}
	t.reads.Put(r)
	t.addRead(r.Seat)
	tn.Journal.Put(table.Reads, r)
}

// Reads returns the places an identity has a read position in, in byte order.
func (t *Table) Reads(who id.Identity) []string {
	return slices.Clone(t.has[who])
}

// Forget drops an identity's read position in a place.
func (t *Table) Forget(tn *turn.Turn, s Seat) { t.forget(tn, s) }

func (t *Table) forget(tn *turn.Turn, s Seat) {
	if !t.reads.Has(s) {
		return
	}
	t.reads.Delete(s)
	tn.Journal.Delete(table.Reads, s.Place)
	if t.has[s.Who] = without(t.has[s.Who], s.Place); len(t.has[s.Who]) == 0 {
		delete(t.has, s.Who)
	}
}

func (t *Table) addRoom(r Room) {
	t.rooms.Put(r)
	for _, sk := range r.Skeletons {
		t.look[sk] = r.Name
	}
}

func (t *Table) removeRoom(tn *turn.Turn, name string) {
	r, _ := t.rooms.Get(name)
	for _, sk := range r.Skeletons {
		delete(t.look, sk)
	}
	t.rooms.Delete(name)
	tn.Journal.Delete(table.Rooms, name)
}

func (t *Table) addMember(m Member) {
	if t.in[m.Place] == nil {
		t.in[m.Place] = map[id.Identity]struct{}{}
	}
	t.in[m.Place][m.Who] = struct{}{}
	t.of[m.Who] = with(t.of[m.Who], m.Place)
	if m.Operator {
		t.runs[m.Place] = with(t.runs[m.Place], m.Who)
	}
}

func (t *Table) addRead(s Seat) {
	if at, has := slices.BinarySearch(t.has[s.Who], s.Place); !has {
		t.has[s.Who] = slices.Insert(t.has[s.Who], at, s.Place)
	}
}

func (t *Table) putRoom(tn *turn.Turn, r Room) {
	t.rooms.Put(r)
	tn.Journal.Put(table.Rooms, r)
}

func (t *Table) putMember(tn *turn.Turn, m Member) {
	t.members.Put(m)
	tn.Journal.Put(table.Memberships, m)
}

func with[T cmp.Ordered](list []T, v T) []T {
	out := append(slices.Clone(list), v)
	slices.Sort(out)
	return out
}

func without[T comparable](list []T, v T) []T {
	out := make([]T, 0, len(list))
	for _, s := range list {
		if s != v {
			out = append(out, s)
		}
	}
	return out
}
