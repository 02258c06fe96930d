package fsm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/presence"
	"moniker/fsm/profile"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// specimens holds one command of every kind, no field left out.
func specimens() []Command {
	s := id.Session{Incarnation: 0xA1B2C3D4E5F60718, Number: 300}
	reads := []Position{{300, "#lobby", id.Event{Index: 1 << 20, Sub: 3}}}
	n := lease.Nick{Display: "Alice", Key: "alice", Skeletons: [2]string{"aiice", "a1ice"}}
	return []Command{
		LeaderStart{"SHA256:n"}, Tick{}, Found{"c", "SHA256:n", "n1", "p:1", "s:2"},
		Register{"SHA256:n", 7, 6, "p:1", "s:2", 1}, Renew{7, 500, reads}, Exit{7},
		Attach{s, "SHA256:a", n, "SHA256:k"}, Claim{s, n}, Release{s, reads}, Detach{s, nil},
		Post{s, 1<<48 + 71, "#lobby", "", "SHA256:b", true, "hi\nthere", "l1"}, join(s, 71, "#r"), Part{s, 71, "#r"},
		SetSetting{setting.LeaseTTL, -5, "SHA256:a"}, AddOperator{"SHA256:a", "note", "SHA256:b"}, RemoveOperator{"SHA256:a"},
		MakeToken{"t", [32]byte{1, 31: 9}, member.NonVoter, id.Hour, "SHA256:a"}, RevokeToken{"t"},
		AddMember{"t", "SHA256:n", "n2", "p:1", "s:2"}, SetRole{"SHA256:n", member.Voter}, RemoveMember{"SHA256:n"},
		Kick{s, "SHA256:a"}, FreeName{"alice", "SHA256:a"},
		KeepName{s, 71, true}, GiveUp{s, 71, "alice"}, ReserveName{n, "SHA256:a", "SHA256:b"}, SetKept{"alice", true, ""},
		SetOwn{s, 71, profile.Zone, "Europe/Berlin"}, SetIgnored{s, 71, "SHA256:b", true}, SetAway{s, 71, true, "lunch"}, SetIdle{s, true, id.Minute},
		OpenCode{s, 71, keyring.Proof{1, 31: 9}}, AddKey{"SHA256:k", keyring.Proof{1, 31: 9}}, RemoveKey{s, 71, "SHA256:k"},
		Amend{s, 71, "#r", id.Event{Index: 9, Sub: 2}, "hi"}, React{s, 71, "#r", id.Event{Index: 9, Sub: 2}, "+1", true},
		SetTopic{s, 71, "#r", "what it is about"}, SetPrivate{s, 71, "#r", true}, SetSlow{s, 71, "#r", 30 * id.Second},
		Invite{s, 71, "#r", "SHA256:b"}, RoomOperator{s, 71, "#r", "SHA256:b", true}, RoomKick{s, 71, "#r", "SHA256:b", "why"},
		RoomBan{s, 71, "#r", ban.Out, "SHA256:b", id.Hour, "why"}, RoomUnban{s, 71, "#r", ban.Mute, "SHA256:b"},
		Ban{ban.Out, "192.0.2.0/24", id.Day, "why", "SHA256:a"}, Unban{ban.Mute, "SHA256:b", ""},
		Allow{"SHA256:b", "note", "SHA256:a"}, Disallow{"SHA256:b", "SHA256:a"}, RenameName{"bob", n, "SHA256:a"},
		SetMotd{"disks are changed at noon", "SHA256:a"},
	}
}

// propose puts a specimen in a sound place.
func propose(c Command) Proposal {
	p := Proposal{From: 0xA1B2C3D4E5F60718, Command: c}
	if !c.Kind().outside() {
		p.Number = 200
	}
	return p
}

func specimenEntry() []byte {
	var body []byte
	for _, c := range specimens()[:3] {
		body = propose(c).Encode(body)
	}
	stamp := Stamp{Term: 3, Now: 1_000_000, Wall: -1, Check: Check{Index: 41, Hash: 0x0123456789ABCDEF}}
	return EncodeEntry(nil, stamp, 3, body)
}

// specimenState has a row in every table.
func specimenState(t testing.TB) *State {
	st := newStory(t)
	st.pass(id.Second)
	st.set(setting.LimitNames, 3)
	st.ok(incA, AddOperator{alice, "her key", ""})
	st.ok(incA, MakeToken{ID: "t2", Role: member.NonVoter, TTL: id.Hour, By: alice})
	s := sess(incA, 1)
	tok := st.attach(s, alice, like("alice", "aiice", "a1ice")).Token
	st.attach(sess(incB, 1), bob, nick("bob"))
	st.attach(sess(incB, 2), bob, nick("bo"))
	st.ok(incB, Detach{Session: sess(incB, 2)})
	st.ok(incA, join(s, tok, "#r"))
	st.ok(incA, SetTopic{s, tok, "#r", "greetings"})
	st.ok(incA, SetPrivate{s, tok, "#r", true})
	st.ok(incA, SetSlow{s, tok, "#r", id.Minute})
	st.ok(incA, Invite{s, tok, "#r", bob})
	st.ok(incA, RoomBan{s, tok, "#r", ban.Mute, bob, id.Hour, "later"})
	st.ok(incA, Ban{ban.Out, "192.0.2.0/24", 0, "scans", alice})
	st.ok(incA, Allow{bob, "a friend", alice})
	st.ok(incA, SetMotd{"disks are changed at noon", alice})
	st.ok(incA, Post{Session: s, Token: tok, Room: "#r", Text: "hello", Line: "l1"})
	said := id.Event{Index: st.index, Sub: 1}
	st.ok(incA, Amend{s, tok, "#r", said, "hello all"})
	st.ok(incA, React{s, tok, "#r", said, "+1", true})
	st.ok(incA, Post{Session: s, Token: tok, To: "bo", Text: "psst", Emote: true})
	st.ok(incA, SetOwn{s, tok, profile.Bell, profile.Off})
	st.ok(incA, SetOwn{s, tok, profile.Bio, "keeps the disks of n3"})
	st.ok(incA, SetIgnored{s, tok, bob, true})
	st.ok(incA, SetAway{s, tok, true, "lunch"})
	st.ok(incA, SetIdle{s, true, id.Second})
	st.ok(incA, OpenCode{s, tok, keyring.Proof{1}})
	st.ok(incB, AddKey{"SHA256:phone", keyring.Proof{1}})
	st.ok(incB, Attach{sess(incB, 3), alice, like("alice", "aiice", "a1ice"), "SHA256:phone"})
	st.ok(incA, OpenCode{s, tok, keyring.Proof{2}})
	st.ok(0, Renew{Incarnation: incA, Counter: 1, Reads: []Position{{1, "#r", id.Event{Index: st.index, Sub: 1}}}})
	st.ok(0, Register{Node: nodeB, Incarnation: 77, Replaces: incB, Version: 1})
	return st.s
}

// golden holds got against a file of "name hex" lines.
func golden(t *testing.T, file string, got [][2]string) {
	t.Helper()
	text := ""
	for _, line := range got {
		text += line[0] + " " + line[1] + "\n"
	}
	path := "testdata/" + file
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wants := strings.Split(string(want), "\n")
	for i, line := range strings.Split(text, "\n") {
		if i >= len(wants) || line != wants[i] {
			t.Fatalf("%s line %d: bytes that are in logs and on disks have changed; if that must be, raise folder.Format\ngot  %s\nwant %s", file, i+1, line, wants[min(i, len(wants)-1)])
		}
	}
}

func TestProposalsAreEncodedAsEver(t *testing.T) {
	var lines [][2]string
	seen := map[Kind]bool{}
	for _, c := range specimens() {
		b := propose(c).Encode(nil)
		lines = append(lines, [2]string{fmt.Sprintf("%02d-%s", c.Kind(), reflect.TypeOf(c).Name()), hex.EncodeToString(b)})
		seen[c.Kind()] = true
		d := wire.NewDecoder(b)
		if got := DecodeProposal(d); d.Done() != nil || !reflect.DeepEqual(got, propose(c)) {
			t.Errorf("%T came back as %+v: %v", c, got, d.Err())
		}
	}
	for k := KindLeaderStart; k <= KindSetMotd; k++ {
		if !seen[k] {
			t.Errorf("there is no specimen of kind %d", k)
		}
	}
	golden(t, "proposals.golden", lines)
}

func TestEntriesAreEncodedAsEver(t *testing.T) {
	golden(t, "entry.golden", [][2]string{{"entry", hex.EncodeToString(specimenEntry())}})
}

func TestSnapshotsAreEncodedAsEver(t *testing.T) {
	s := specimenState(t)
	lines := [][2]string{{"hash", fmt.Sprintf("%016x", s.Check().Hash)}}
	for _, sec := range s.Image().s.sections() {
		var e wire.Encoder
		sec.encode(&e)
		if e.Len() < 3 {
			t.Errorf("the specimen has nothing in section %d", sec.number)
		}
		lines = append(lines, [2]string{fmt.Sprintf("section-%02d", sec.number), hex.EncodeToString(e.Bytes())})
	}
	golden(t, "snapshot.golden", append(lines, [2]string{"whole", hex.EncodeToString(s.Image().Encode())}))
}

func TestNumbersOnTheWireArePinned(t *testing.T) {
	pin := func(what string, first, last, n int) {
		t.Helper()
		if first != 1 || last != n {
			t.Errorf("%s go from %d to %d, want 1 to %d: numbers are only ever appended", what, first, last, n)
		}
	}
	pin("kinds", int(KindLeaderStart), int(KindSetMotd), 50)
	pin("codes", int(OK), int(NotAllowed), 37)
	pin("sections", int(table.Meta), int(table.Notices), 24)
	pin("event kinds", int(turn.LeaderStarted), int(turn.Uninvited), 47)
	pin("reasons", int(turn.WasFree), int(turn.Moved), 21)
	pin("verdicts", int(stream.Next), int(stream.Ended), 4)
	pin("roles", int(member.Voter), int(member.Removed), 3)
	for got, want := range map[int]int{
		int(KindRegister): 4, int(KindAttach): 7, int(KindPost): 11, int(KindSetSetting): 14, int(KindMakeToken): 17, int(KindAddMember): 19,
		100 + int(Fenced): 106, 100 + int(Taken): 108, 100 + int(TooLong): 110, 100 + int(NoSuchToken): 114,
		200 + int(turn.Granted): 204, 200 + int(turn.Freed): 208, 200 + int(turn.Said): 210, 200 + int(turn.MemberAdded): 214,
		300 + int(turn.Quit): 304, 300 + int(turn.NodeExpired): 306, 300 + int(turn.GraceOver): 310,
		400 + int(table.Streams): 407, 400 + int(table.Names): 409, 400 + int(table.Reads): 413,
	} {
		if got != want {
			t.Errorf("%d has become %d", want, got)
		}
	}
}

// entryOf frames the bytes of one proposal as a leader would.
func entryOf(proposal []byte) []byte { return EncodeEntry(nil, Stamp{}, 1, proposal) }

func TestEntriesThatAreRefused(t *testing.T) {
	good := specimenEntry()
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, err := DecodeEntry(bad); err == nil {
			t.Errorf("byte %d is damaged and the entry taken", i)
		}
	}
	release := propose(specimens()[8]).Encode(nil)
	for name, b := range map[string][]byte{
		"trailing":             append(bytes.Clone(release), 0),
		"a body that trails":   append(append(bytes.Clone(release[:11]), release[11]+1), append(bytes.Clone(release[12:]), 0)...),
		"short":                release[:len(release)-1],
		"nothing":              {},
		"Tick in a stream":     {byte(KindTick), 0, 0, 0, 0, 0, 0, 0, 1, 1, 0},
		"Detach out of one":    append([]byte{byte(KindDetach), 0, 0, 0, 0, 0, 0, 0, 1, 0, 10}, make([]byte, 10)...),
		"Tick with a body":     {byte(KindTick), 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0},
		"a number too long":    {byte(KindTick), 0, 0, 0, 0, 0, 0, 0, 1, 0x80, 0, 0},
		"over 64 bits":         {byte(KindTick), 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 0},
		"a truth of 2":         propose(Post{Room: "#r", Text: "x", Session: sess(1, 1)}).Encode(nil),
		"a body over 32 KiB":   {byte(KindTick), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x81, 0x80, 2},
		"positions without":    propose(Renew{1, 1, nil}).Encode(nil)[:19],
		"a sub-index past u32": nil,
	} {
		switch name {
		case "a truth of 2":
			at := bytes.Index(b, []byte("#r")) + 3
			if b[at] != 0 {
				t.Fatal("not where it was")
			}
			b[at] = 2
		case "a sub-index past u32":
			e := wire.NewEncoder(nil)
			e.Fixed64(1)
			e.Uint(1)
			e.Uint(1)
			e.Uint(1)
			e.String("#lobby")
			e.Uint(1)
			e.Uint(1 << 32)
			p := wire.NewEncoder([]byte{byte(KindRenew)})
			p.Fixed64(1)
			p.Uint(0)
			p.Blob(e.Bytes())
			b = p.Bytes()
		}
		if e, err := DecodeEntry(entryOf(b)); err == nil {
			t.Errorf("%s: taken as %+v", name, e)
		}
	}
	for name, b := range map[string][]byte{
		"more than a batch":  EncodeEntry(nil, Stamp{}, MaxBatch+1, bytes.Repeat(propose(Tick{}).Encode(nil), MaxBatch+1)),
		"more than an entry": make([]byte, MaxEntry+1),
		"none":               {},
		"a lying count":      EncodeEntry(nil, Stamp{}, 2, release),
		"a silent one":       EncodeEntry(nil, Stamp{}, 0, release),
	} {
		if _, err := DecodeEntry(b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestAnUnknownKindStopsTheReplica(t *testing.T) {
	st := newStory(t)
	digest := st.s.Digest()
	b := append(propose(Tick{}).Encode(nil), byte(KindSetMotd+1), 0, 0, 0, 0, 0, 0, 0, 1, 0, 3, 9, 9, 9)
	_, err := st.s.Apply(st.index+1, 1, EncodeEntry(nil, Stamp{Term: 1, Now: 5}, 2, b))
	var unknown UnknownKind
	if !errors.As(err, &unknown) || unknown != UnknownKind(KindSetMotd+1) {
		t.Fatalf("it goes on: %v", err)
	}
	if st.s.Digest() != digest {
		t.Fatal("half of the entry was applied")
	}
	if _, err := st.s.Apply(st.index+1, 1, []byte("not an entry")); !errors.Is(err, ErrDamaged) {
		t.Fatalf("a damaged entry: %v", err)
	}
}

// Texts at their bounds fit, and one byte more does not.
func TestBoundsOfCommands(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	fits := func(c Command) bool {
		_, err := DecodeEntry(entryOf(propose(c).Encode(nil)))
		return err == nil
	}
	for name, make := range map[string]struct {
		max int
		of  func(n int) Command
	}{
		"text":              {16_000, func(n int) Command { return Post{Room: "#r", Text: x(n)} }},
		"amended":           {16_000, func(n int) Command { return Amend{Place: "#r", Text: x(n)} }},
		"reaction":          {32, func(n int) Command { return React{Place: "#r", Text: x(n)} }},
		"line":              {32, func(n int) Command { return Post{Line: x(n)} }},
		"room":              {64, func(n int) Command { return Join{Room: x(n)} }},
		"to":                {128, func(n int) Command { return Post{To: x(n)} }},
		"identity":          {96, func(n int) Command { return Attach{Identity: id.Identity(x(n))} }},
		"nick":              {128, func(n int) Command { return Claim{Nick: lease.Nick{Display: x(n), Key: x(n)}} }},
		"a room's skeleton": {512, func(n int) Command { return Join{Skeletons: [2]string{x(n), x(n)}} }},
		"skeleton":          {512, func(n int) Command { return Claim{Nick: lease.Nick{Skeletons: [2]string{x(n), x(n)}}} }},
		"node":              {96, func(n int) Command { return RemoveMember{id.Node(x(n))} }},
		"address":           {260, func(n int) Command { return Register{Peer: x(n)} }},
		"topic":             {1200, func(n int) Command { return SetTopic{Text: x(n)} }},
		"reason":            {480, func(n int) Command { return RoomKick{Reason: x(n)} }},
		"subject":           {96, func(n int) Command { return Ban{Subject: x(n)} }},
		"note":              {128, func(n int) Command { return AddOperator{Note: x(n)} }},
		"reads": {MaxReads, func(n int) Command {
			return Renew{Reads: append([]Position(nil), bytesOf(n)...)}
		}},
		"value":   {profile.MaxValue, func(n int) Command { return SetOwn{Value: x(n)} }},
		"why":     {presence.MaxBytes, func(n int) Command { return SetAway{Text: x(n)} }},
		"ignored": {96, func(n int) Command { return SetIgnored{Who: id.Identity(x(n))} }},
		"place":   {200, func(n int) Command { return Renew{Reads: []Position{{Place: x(n)}}} }},
	} {
		if !fits(make.of(make.max)) || fits(make.of(make.max+1)) {
			t.Errorf("%s: %d fit %v, %d fit %v", name, make.max, fits(make.of(make.max)), make.max+1, fits(make.of(make.max+1)))
		}
	}
}

// A command that is over MaxCommand would be refused by every leader, and with it
// the renewal that carries the positions.
func TestAsManyReadPositionsAsMayBeFitIntoACommand(t *testing.T) {
	reads := make([]Position, MaxReads)
	for i := range reads {
		reads[i] = Position{Session: 1 << 62, Place: strings.Repeat("x", maxPlace), At: id.Event{Index: 1 << 62, Sub: 1 << 31}}
	}
	d := wire.NewDecoder(Proposal{Command: Renew{Incarnation: incA, Reads: reads}}.Encode(nil))
	if DecodeProposal(d); d.Err() != nil {
		t.Fatal(d.Err())
	}
}

func TestWhatNoReplicaCouldReadIsToldBefore(t *testing.T) {
	note := func(n int) Command { return AddOperator{Identity: alice, Note: strings.Repeat("x", n)} }
	if !Readable(note(MaxNote)) || Readable(note(MaxNote+1)) {
		t.Error("a note is readable beyond its bound, or not up to it")
	}
}

func bytesOf(n int) []Position { return make([]Position, n) }

func TestSnapshotsThatAreRefused(t *testing.T) {
	s := specimenState(t)
	good := s.Image().Encode()
	for _, at := range []int{0, 5, 16, 17, 40, len(good) / 2, len(good) - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if _, err := Restore(bad); err == nil {
			t.Errorf("byte %d is damaged and the snapshot taken", at)
		}
	}
	for n := range 60 {
		if _, err := Restore(good[:n]); err == nil {
			t.Errorf("%d bytes are taken for a snapshot", n)
		}
	}
	for name, spoil := range map[string]func(*State){
		"a token over the newest": func(s *State) { s.lease = lease.New(0) },
		"no streams":              func(s *State) { s.streams = stream.New() },
		"a hash of later":         func(s *State) { s.hashes = append(s.hashes, Check{Index: 1 << 40}) },
		"hashes out of order":     func(s *State) { s.hashes = append(s.hashes[:1:1], s.hashes...) },
		"messages of later":       func(s *State) { s.meta.applied, s.hashes = 1, s.hashes[:1] },
		"an owner not remembered": func(s *State) { s.people.Forget(&turn.Turn{}, bob) },
		"a setting out of bounds": func(s *State) { s.setting.Set(&turn.Turn{}, setting.Row{Name: setting.LeaseTTL, Value: 1}) },
		"a role that is none":     func(s *State) { s.members.NoteIncarnation(&turn.Turn{}, member.Member{ID: "x", Role: 9}) },
		"a live one of the removed": func(s *State) {
			s.members.NoteIncarnation(&turn.Turn{}, member.Member{ID: nodeA, Role: member.Removed})
		},
		"a profile of nobody":     func(s *State) { s.profiles.Ignore(&turn.Turn{}, "SHA256:x", bob, true) },
		"an ignored self":         func(s *State) { s.profiles.Ignore(&turn.Turn{}, bob, bob, true) },
		"a value that is none":    func(s *State) { s.profiles.Set(&turn.Turn{}, bob, profile.Value{Name: profile.Bell, Text: "loud"}) },
		"one away who is gone":    func(s *State) { s.presence.Leave(&turn.Turn{}, "SHA256:x", "") },
		"an idle session of none": func(s *State) { s.presence.Rest(&turn.Turn{}, sess(incB, 9), 0) },
		"one away from later on":  func(s *State) { s.presence.Leave(&turn.Turn{Now: 1 << 50}, alice, "") },
		"one idle from later on":  func(s *State) { s.presence.Rest(&turn.Turn{Now: 1 << 50}, sess(incB, 1), 0) },
		"two of one name": func(s *State) {
			s.members.NoteIncarnation(&turn.Turn{}, member.Member{ID: "x", Name: "n1", Role: member.Voter})
		},
	} {
		bad := specimenState(t)
		spoil(bad)
		if _, err := Restore(bad.Image().Encode()); err == nil {
			t.Errorf("%s: the snapshot is taken", name)
		}
	}
}

// One state has one snapshot: rows in order, none twice, no number cut down.
func TestSnapshotsHaveOneForm(t *testing.T) {
	st := specimenState(t)
	bodies := bodiesOf(st)
	row := func(who id.Identity, e *wire.Encoder) { member.Operator{ID: who, Note: "n"}.Encode(e) }
	section := func(write func(*wire.Encoder)) []byte {
		var e wire.Encoder
		write(&e)
		return e.Bytes()
	}
	operators := func(all ...id.Identity) []byte {
		return section(func(e *wire.Encoder) {
			e.Uint(uint64(len(all)))
			for _, who := range all {
				row(who, e)
			}
		})
	}
	const meta, ops = int(table.Meta) - 1, int(table.Operators) - 1
	epoch := bytes.Replace(bodies[meta], []byte{2, 'c', '1', 0}, []byte{2, 'c', '1', 0x80, 0x80, 4}, 1)
	for name, c := range map[string]struct {
		which int
		body  []byte
		taken bool
	}{
		"as it was":           {ops, bodies[ops], true},
		"in order":            {ops, operators("a", "b"), true},
		"out of order":        {ops, operators("b", "a"), false},
		"one twice":           {ops, operators("a", "a"), false},
		"an epoch of 17 bits": {meta, epoch, false},
		"one byte more":       {ops, append(operators("a"), 0), false},
		"one row missing":     {ops, operators("a", "b")[:8], false},
	} {
		s, err := Restore(snapshotOf(bodies, c.which, c.body))
		if (err == nil) != c.taken {
			t.Errorf("%s: %v, %v", name, s != nil, err)
		}
	}
}
