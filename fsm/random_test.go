package fsm

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"pgregory.net/rapid"

	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/profile"
	"moniker/fsm/setting"
)

// chaos draws the entries of a log that no sound cluster would write: few names,
// all alike, few numbers, so that everything meets everything.
type chaos struct {
	draw func(what string) uint64
	s    *State // to find numbers and tokens that fit, mostly
	term uint64
	now  id.Time
	next map[id.Incarnation]uint64 // within this entry
	// A number of an incarnation is drawn once: being random is what keeps it from
	// being used twice. Copies of a Register come again and again.
	begun []Register

	mood mood
}

// mood is what a log is mostly about.
type mood int

const (
	anything  mood = iota
	ownership      // nothing but what moves names, and no settings
	chatty         // people who are there for a while, and talk
	flapping       // leaders that come and go
	keyed          // ownership, and people who have several keys
	moderated      // people in rooms, who rule each other
	moods
)

// drawn gives what rapid draws, so that what fails is made shorter.
func drawn(t *rapid.T) func(string) uint64 {
	g := rapid.Uint64()
	return func(what string) uint64 { return g.Draw(t, what) }
}

// seeded gives the same for the same seed.
func seeded(seed uint64) func(string) uint64 {
	source := rand.NewPCG(seed, 1)
	return func(string) uint64 { return source.Uint64() }
}

// pick draws a number below n. rapid prefers small numbers, which would make of
// any choice its first; so what it draws is scattered.
func (c *chaos) pick(n int, what string) int {
	x := c.draw(what)
	x = (x ^ x>>31) * 0x9E3779B97F4A7C15
	return int((x ^ x>>29) >> 7 % uint64(n))
}

func (c *chaos) one(of int) bool { return c.pick(of, "one of") == 0 }

func (c *chaos) node() id.Node {
	return []id.Node{nodeA, nodeB, "SHA256:nodeC", "SHA256:nodeD"}[c.pick(4, "node")]
}

func (c *chaos) who() id.Identity {
	return []id.Identity{alice, bob, "SHA256:carol", "SHA256:dave", "SHA256:eve", id.Guest("1"), id.Guest("2")}[c.pick(7, "who")]
}

// incarnation is mostly one that lives.
func (c *chaos) incarnation() id.Incarnation {
	if live := c.s.Lease().Incarnations(); len(live) > 0 && !c.one(8) {
		return live[c.pick(len(live), "live")].ID
	}
	return id.Incarnation(c.pick(len(c.begun)+2, "incarnation"))
}

// session is mostly one that is there.
func (c *chaos) session(from id.Incarnation) id.Session {
	if c.one(30) {
		from = c.incarnation()
	}
	if all := c.s.Lease().Sessions(); !c.one(4) {
		all = slices.DeleteFunc(all, func(s lease.Session) bool { return s.ID.Incarnation != from })
		if len(all) > 0 {
			return all[c.pick(len(all), "there")].ID
		}
	}
	return sess(from, uint64((1 + c.pick(6, "session"))))
}

// nick is one of ten names; the skeletons chain them so that most are alike.
func nickOf(n int) lease.Nick {
	look := func(i int) string { return fmt.Sprint("s", i) }
	return lease.Nick{
		Display: fmt.Sprint("Nick", n), Key: fmt.Sprint("nick", n),
		Skeletons: [2]string{look(n / 2), look(10 + n/3)},
	}
}

func (c *chaos) nick() lease.Nick { return nickOf(c.pick(10, "nick")) }

func (c *chaos) token(s id.Session) id.Token {
	if row, ok := c.s.Lease().Session(s); ok && !c.one(8) {
		return c.s.Lease().Name(row.Nick).Token
	}
	return id.Token(c.pick(10, "token"))
}

func (c *chaos) room() string {
	if c.mood == chatty && !c.one(4) {
		return "#lobby"
	}
	return []string{"#lobby", "#r1", "#r2", "#r3", "#BAD", ""}[c.pick(6, "room")]
}

// resembles is what a room looks like: #r1 and #r3 may be taken for each other.
func resembles(name string) [2]string {
	if name == "#r1" || name == "#r3" {
		return [2]string{name, "#r1 or #r3"}
	}
	return [2]string{name, name}
}

// enters is a coming into a room, now and then without what the room looks like.
func (c *chaos) enters(s id.Session, token id.Token, name string) Join {
	if c.one(40) {
		return Join{Session: s, Token: token, Room: name}
	}
	return Join{s, token, name, resembles(name)}
}

func (c *chaos) reads() []Position {
	if !c.one(3) {
		return nil
	}
	at := c.s.Applied() - min(c.s.Applied(), id.Index(c.pick(6, "behind")))
	place := c.room()
	if c.one(2) {
		place = "@" + string(alice) + "|" + string(bob)
	}
	return []Position{{uint64((1 + c.pick(6, "reader"))), place, id.Event{Index: at, Sub: 1}}}
}

func (c *chaos) setting() SetSetting {
	sec := func(lo, hi int) int64 { return int64((lo + c.pick(hi-lo+1, "s"))) * int64(id.Second) }
	count := func(lo, hi int) int64 { return int64((lo + c.pick(hi-lo+1, "n"))) }
	names := []setting.Name{
		setting.LeaseTTL, setting.LeaseGrace, setting.KeepaliveMisses, setting.LimitNames, setting.LimitSessions,
		setting.LimitAllNames, setting.LimitAllSessions, setting.LimitPeople, setting.LimitRooms, setting.LimitAllRooms,
		setting.LimitRoomMessages, setting.LimitAllMessages, setting.LimitTokens, setting.LimitMembers, setting.RegistrationTTL,
		setting.LimitTrail, setting.LimitNameTrail, setting.LimitInvitations, setting.LimitRoomOps, setting.LimitRoomBans,
		setting.LimitBans, setting.LimitAllowed, setting.Allowlist, setting.LimitIgnored,
		setting.LimitKeys, setting.LimitAllKeys, setting.Guests, setting.LimitGuests, "bad",
	}
	name := names[c.pick(len(names), "setting")]
	value := count(1, 25)
	switch name {
	case setting.LeaseTTL:
		value = sec(2, 15)
	case setting.LeaseGrace:
		value = sec(0, 20)
	case setting.LimitAllMessages, setting.LimitTrail:
		value = count(99, 110)
	case setting.Guests:
		value = count(0, 3)
	case setting.RegistrationTTL:
		value = int64(id.Hour)
	case setting.Allowlist:
		value = count(0, 1) * count(0, 1) * count(0, 1) // mostly off
	}
	return SetSetting{name, value, c.who()}
}

// attach is mostly by a key that is whose it says.
func (c *chaos) attach(from id.Incarnation) Attach {
	a := Attach{Session: sess(from, uint64(1+c.pick(9, "new"))), Identity: c.who(), Nick: c.nick()}
	if c.one(3) {
		a.By = c.who().First()
		if moved := c.s.Keys().Moved(); len(moved) > 0 && !c.one(3) {
			a.By = moved[c.pick(len(moved), "moved")].Print
		}
		if is, _ := c.s.Keys().Who(a.By); !c.one(6) {
			a.Identity = is
		}
	}
	return a
}

// keyOf is mostly one of a session's identity.
func (c *chaos) keyOf(s id.Session) id.Fingerprint {
	if row, ok := c.s.Lease().Session(s); ok && !c.one(4) {
		if keys := c.s.Keys().Of(row.Identity); len(keys) > 0 {
			return keys[c.pick(len(keys), "key")].Print
		}
	}
	return c.who().First()
}

// ofKeys draws what moves keys: mostly of a code that is open, and of a key that is
// somebody's beside others.
func (c *chaos) ofKeys(s id.Session) Command {
	proof := keyring.Proof{byte(1 + c.pick(3, "code"))}
	switch c.pick(7, "of keys") {
	case 0, 1:
		return OpenCode{s, c.token(s), proof}
	case 2, 3, 4:
		for n := byte(1); n <= 3 && !c.one(4); n++ {
			if _, open := c.s.Keys().Code(keyring.Proof{n}, c.s.Time()); open {
				proof = keyring.Proof{n}
			}
		}
		return AddKey{c.who().First(), proof}
	}
	if moved := c.s.Keys().Moved(); len(moved) > 0 && !c.one(3) {
		k := moved[c.pick(len(moved), "moved")]
		for _, sid := range c.s.Lease().Of(k.Who) {
			if sid.Incarnation == s.Incarnation {
				return RemoveKey{sid, c.token(sid), k.Print}
			}
		}
	}
	return RemoveKey{s, c.token(s), c.keyOf(s)}
}

// command draws one of any kind.
func (c *chaos) command(from id.Incarnation) Command {
	if c.mood == moderated && !c.one(8) {
		return c.amongPeople(from)
	}
	s := c.session(from)
	kinds := 62
	if c.mood == ownership || c.mood == keyed {
		kinds = 26
	}
	if c.one(12) || c.mood == keyed && c.one(2) {
		return c.ofKeys(s)
	}
	k := c.pick(kinds, "kind")
	if c.mood == chatty && !c.one(3) {
		k = []int{32, 32, 32, 56, 60}[c.pick(5, "talks")]
		if c.one(3) {
			return c.ruling(s)
		}
	}
	switch k {
	case 24:
		return RenameName{c.nick().Key, c.nick(), c.who()}
	case 25:
		if c.one(2) {
			return Unban{ban.Out, string(c.who()), alice}
		}
		return Ban{ban.Out, string(c.who()), id.Duration(c.pick(3, "for")) * 5 * id.Second, "why", bob}
	}
	if k > 25 {
		k -= 2
	}
	switch {
	case k < 11:
		return c.attach(from)
	case k < 13:
		return Claim{s, c.nick()}
	case k < 15:
		return Release{Session: s, Reads: c.reads()}
	case k < 18:
		return Detach{Session: s, Reads: c.reads()}
	case k == 18:
		return Kick{c.session(c.incarnation()), c.who()}
	case k == 19:
		return FreeName{c.nick().Key, c.who()}
	case k == 20:
		return KeepName{s, c.token(s), !c.one(3)}
	case k == 21:
		return GiveUp{s, c.token(s), c.nick().Key}
	case k == 22:
		return ReserveName{c.nick(), c.who(), alice}
	case k == 23:
		return SetKept{c.nick().Key, c.one(2), bob}
	case k < 31:
		p := Post{Session: s, Token: c.token(s), Room: c.room(), Text: "text"}
		if p.Room == "" {
			p.To = c.nick().Key
		}
		if c.one(3) {
			p.Line = fmt.Sprint(c.pick(6, "line"))
		}
		return p
	case k < 33:
		return c.enters(s, c.token(s), c.room())
	case k < 34:
		return Part{s, c.token(s), c.room()}
	case k == 34:
		return c.ruling(s)
	case k < 39:
		if c.one(6) {
			return SetMotd{[]string{"", "one", "another"}[c.pick(3, "motd")], c.who()}
		}
		return c.setting()
	case k == 39:
		return AddOperator{c.who(), "note", alice}
	case k == 40:
		return RemoveOperator{c.who()}
	case k == 41:
		return MakeToken{ID: fmt.Sprint(c.pick(4, "id")), Role: member.Role(c.pick(4, "role")), TTL: id.Minute}
	case k == 42:
		return RevokeToken{fmt.Sprint(c.pick(4, "id"))}
	case k == 43:
		n := c.node()
		return AddMember{fmt.Sprint(c.pick(4, "id")), n, "name" + string(n), "p", "s"}
	case k == 44:
		return SetRole{c.node(), member.Role(c.pick(4, "role"))}
	case k >= 54:
		return c.words(s, k)
	case k >= 46:
		return c.own(s, k)
	}
	if c.one(4) {
		return RemoveMember{c.node()}
	}
	return RevokeToken{"t"}
}

// own draws what people set and say of themselves.
func (c *chaos) own(s id.Session, k int) Command {
	switch {
	case k < 49:
		d := profile.Definitions()[c.pick(len(profile.Definitions()), "name")]
		return SetOwn{s, c.token(s), d.Name, []string{"", "on", "off", "mentions", "text"}[c.pick(5, "value")]}
	case k < 51:
		return SetIgnored{s, c.token(s), c.who(), !c.one(3)}
	case k == 51:
		return SetAway{s, c.token(s), !c.one(3), "lunch"}
	}
	return SetIdle{s, !c.one(3), id.Duration(c.pick(20, "for")) * id.Second}
}

// words draws a change of something said, mostly by its author.
func (c *chaos) words(s id.Session, k int) Command {
	row, _ := c.s.Lease().Session(s)
	place := c.room()
	if c.one(4) {
		place = "@" + string(alice) + "|" + string(bob)
	}
	of := id.Event{Index: id.Index(c.pick(9, "index")), Sub: 1}
	for _, m := range c.s.History().Last(place, 6) {
		if m.From == row.Identity || c.one(6) {
			of = m.ID
		}
	}
	if k < 57 {
		return Amend{s, c.token(s), place, of, []string{"", "amended", "amended again"}[c.pick(3, "text")]}
	}
	return React{s, c.token(s), place, of, fmt.Sprint("r", c.pick(10, "reaction")), !c.one(3)}
}

// ruling draws a command about rooms, and about who may be there and speak.
func (c *chaos) ruling(s id.Session) Command {
	token, room, who := c.token(s), []string{"#r1", "#r2", "#lobby"}[c.pick(3, "room")], c.who()
	if row, ok := c.s.Lease().Session(s); ok && !c.one(4) { // mostly where they are
		if of := c.s.Rooms().Of(row.Identity); len(of) > 0 {
			room = of[c.pick(len(of), "of")]
		}
	}
	if in := c.s.Rooms().Members(room); len(in) > 0 && !c.one(3) { // and mostly of those who are there
		who = in[c.pick(len(in), "in")]
	}
	what := []ban.Kind{0, ban.Out, ban.Mute, ban.Mute, ban.Mute, 3}[c.pick(6, "what")]
	span := id.Duration(c.pick(4, "for")-1) * 3 * id.Second
	switch c.pick(16, "ruling") {
	case 0:
		return SetTopic{s, token, room, fmt.Sprint("topic", c.pick(3, "topic"))}
	case 1:
		return SetPrivate{s, token, room, !c.one(3)}
	case 2:
		return SetSlow{s, token, room, span}
	case 3, 4:
		return Invite{s, token, room, who}
	case 5, 6:
		return RoomOperator{s, token, room, who, !c.one(3)}
	case 7:
		return RoomKick{s, token, room, who, "why"}
	case 8, 9:
		return RoomBan{s, token, room, what, who, span, "why"}
	case 10:
		return RoomUnban{s, token, room, what, who}
	case 12, 13, 14:
		return c.enters(s, token, []string{"#r1", "#r2"}[c.pick(2, "into")])
	case 11:
		if c.one(2) {
			return Unban{what, c.subject(), who}
		}
		return Ban{what, c.subject(), span, "why", who}
	}
	if c.one(2) {
		return Disallow{who, alice}
	}
	return Allow{who, fmt.Sprint(c.pick(2, "note")), alice}
}

// amongPeople draws a command of somebody who is there, under the right token, and mostly
// in a room: without that, hardly anybody gets to rule anything.
func (c *chaos) amongPeople(from id.Incarnation) Command {
	here := slices.DeleteFunc(c.s.Lease().Sessions(), func(s lease.Session) bool { return s.ID.Incarnation != from })
	if len(here) < 3 && !c.one(3) || len(here) == 0 {
		n := c.pick(5, "comes")
		who := []id.Identity{alice, bob, "SHA256:carol", "SHA256:dave", id.Guest("1")}[n]
		return Attach{Session: sess(from, uint64(1+c.pick(6, "session"))), Identity: who, Nick: nickOf(2 * n)}
	}
	row := here[c.pick(len(here), "here")]
	s, token, of := row.ID, c.s.Lease().Name(row.Nick).Token, c.s.Rooms().Of(row.Identity)
	switch k := c.pick(16, "among people"); {
	case len(of) < 2 && k < 4:
		return c.enters(s, token, []string{"#r1", "#r2", "#r3"}[c.pick(3, "into")])
	case k < 8 && len(of) > 0:
		return Post{Session: s, Token: token, Room: of[c.pick(len(of), "of")], Text: "text"}
	}
	return c.ruling(s)
}

func (c *chaos) subject() string {
	return []string{string(c.who()), "192.0.2.0/24", "2001:db8::/32", "a|b", ""}[c.pick(5, "subject")]
}

// outside draws a command that stands outside of streams.
func (c *chaos) outside() Command {
	if c.mood == flapping && !c.one(3) {
		return []Command{LeaderStart{nodeA}, Tick{}}[c.pick(2, "leads")]
	}
	switch k := c.pick(24, "outside"); {
	case k < 4:
		return Tick{}
	case k < 15:
		i, _ := c.s.Lease().Incarnation(c.incarnation())
		return Renew{Incarnation: i.ID, Counter: i.Counter + uint64(c.pick(4, "counter")), Reads: c.reads()}
	case k < 17:
		return LeaderStart{c.node()}
	case k < 18:
		return Exit{c.incarnation()}
	case k < 19:
		return Found{fmt.Sprint("c", k), c.node(), "n1", "p", "s"}
	}
	if len(c.begun) > 0 && c.one(4) {
		return c.begun[c.pick(len(c.begun), "again")] // a late copy
	}
	r := Register{Node: c.node(), Incarnation: id.Incarnation(len(c.begun) + 1), Version: 1}
	if c.one(12) {
		r.Incarnation = c.incarnation()
		r.Replaces = r.Incarnation
	} else if m, ok := c.s.Members().Member(r.Node); ok && !c.one(5) {
		r.Replaces = m.Incarnation
	}
	c.begun = append(c.begun, r)
	return r
}

// proposal puts a command in its place; now and then in a wrong one.
func (c *chaos) proposal() Proposal {
	if c.one(4) && (c.mood != moderated || c.one(4)) {
		return Proposal{From: c.incarnation(), Command: c.outside()}
	}
	from := c.incarnation()
	if _, ok := c.next[from]; !ok {
		c.next[from], _ = c.s.Streams().Last(from)
	}
	n := c.next[from] + 1
	switch c.pick(12, "place") {
	case 0:
		n = max(1, n-1) // a repeat
	case 1:
		n += 1 + uint64(c.pick(4, "gap"))
	default:
		c.next[from] = n
	}
	return Proposal{From: from, Number: n, Command: c.command(from)}
}

// entry draws an entry and the term raft appends it in.
func (c *chaos) entry() (term uint64, data []byte, ps []Proposal, stamp Stamp) {
	c.next = map[id.Incarnation]uint64{}
	passes := []int64{0, 0, 0, 1, 1, 1000, 1000, 100_000, 500_000, 500_000, 1_000_000, 2_000_000, 10_000_000}
	switch c.mood {
	case chatty, keyed:
		passes = passes[:8]
	case moderated:
		passes = passes[:10]
	case flapping:
		passes = passes[8:12]
	}
	c.now = c.now.Add(id.Duration(passes[c.pick(len(passes), "passes")]))
	if due, some := c.s.Due(); some && due > c.now && due < c.now.Add(20*id.Second) && c.mood != chatty && c.one(10) {
		c.now = due - id.Time(c.pick(2, "just before"))
	}
	stamp = Stamp{Term: c.term, Now: c.now, Wall: id.Wall(c.pick(1001, "wall"))}
	switch c.pick(12, "stamp") {
	case 0:
		stamp.Now -= 2_000_000
	case 1:
		stamp.Term--
	case 2:
		c.term++ // appended under the next leader, with the stamp of the last
	}
	stamp.Check = c.s.Check()
	for range c.pick(5, "commands") {
		ps = append(ps, c.proposal())
	}
	var body []byte
	for _, p := range ps {
		body = p.Encode(body)
	}
	return c.term, EncodeEntry(nil, stamp, len(ps), body), ps, stamp
}

// newChaos begins as a story does, so that there are nodes to speak for people.
func newChaos(draw func(string) uint64, st *story) *chaos {
	return &chaos{draw: draw, s: st.s, term: st.term}
}
