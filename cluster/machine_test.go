package cluster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/raft"
	"github.com/klauspost/compress/zstd"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// sink keeps what a snapshot writes.
type sink struct {
	bytes.Buffer
	fail      error
	closed    bool
	cancelled bool
}

func (s *sink) ID() string { return "sink" }
func (s *sink) Close() error {
	s.closed = true
	return nil
}
func (s *sink) Cancel() error {
	s.cancelled = true
	return nil
}
func (s *sink) Write(p []byte) (int, error) {
	if s.fail != nil {
		return 0, s.fail
	}
	return s.Buffer.Write(p)
}

func why(n *Node) error { return context.Cause(n.stopped) }

func TestConfigurationEntriesAreNotOurs(t *testing.T) {
	n := standIn(t)
	exit := fsm.Proposal{Command: fsm.Exit{Incarnation: 1}}.Encode(nil)
	logs := []*raft.Log{
		n.entryOf(raft.LogConfiguration, []byte("raft's own")),
		n.entryOf(raft.LogCommand, entry(0, exit, 1)),
		n.entryOf(raft.LogConfiguration, []byte("raft's own")),
	}
	got := n.machine.ApplyBatch(logs)
	if len(got) != 3 || got[1] != (result{1}) {
		t.Errorf("results: %v", got)
	}
	if at := n.machine.summary().applied; at != id.Index(logs[1].Index) {
		t.Errorf("applied %d, want %d", at, logs[1].Index)
	}
	if n.stopped.Err() != nil {
		t.Error(why(n.Node))
	}
}

func TestReplicaThatMustNotGoOnStops(t *testing.T) {
	exit := fsm.Proposal{Command: fsm.Exit{Incarnation: 1}}.Encode(nil)
	good := entry(0, exit, 1)
	damaged := slices.Clone(good)
	damaged[7] ^= 1
	unknown := entry(0, append([]byte{200}, exit[1:]...), 1)
	for _, c := range []struct {
		name string
		data func(*stand) []byte
		is   func(error) bool
	}{
		{"damaged", func(*stand) []byte { return damaged }, func(err error) bool { return errors.Is(err, fsm.ErrDamaged) }},
		{"of an unknown kind", func(*stand) []byte { return unknown }, func(err error) bool { return errors.As(err, new(fsm.UnknownKind)) }},
		{"diverged", func(s *stand) []byte {
			check := s.machine.summary().check
			check.Hash++
			return fsm.EncodeEntry(nil, fsm.Stamp{Term: 1, Check: check}, 1, exit)
		}, func(err error) bool { return errors.As(err, new(fsm.Diverged)) }},
		{"empty", func(*stand) []byte { return nil }, func(err error) bool { return err != nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := standIn(t)
			before := n.machine.summary().applied
			head := n.feed.Head()
			got := n.machine.ApplyBatch([]*raft.Log{
				n.entryOf(raft.LogCommand, good),
				n.entryOf(raft.LogCommand, c.data(n)),
				n.entryOf(raft.LogCommand, good),
			})
			if len(got) != 3 || got[0] != (result{1}) || got[1] != nil || got[2] != nil {
				t.Errorf("results: %v; what was not applied must not look as if it was", got)
			}
			if at := n.machine.summary().applied; at != before+1 {
				t.Errorf("applied %d, want %d", at, before+1)
			}
			if err := why(n.Node); !c.is(err) {
				t.Errorf("it stops because: %v", err)
			}
			if got := n.machine.Apply(n.entryOf(raft.LogCommand, good)); got != nil {
				t.Errorf("it goes on: %v", got)
			}
			if _, err := n.machine.Snapshot(); err == nil {
				t.Error("it takes a snapshot")
			}
			if n.feed.Head() != head {
				t.Error("it tells events")
			}
		})
	}
}

func TestRestoreCarriesItsIndex(t *testing.T) {
	n := standIn(t)
	n.serve(t, inc)
	im, err := n.machine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	n.apply(t, 0, fsm.Exit{Incarnation: inc}) // after the image was taken, before it is written
	var s sink
	if err := im.Persist(&s); err != nil || !s.closed {
		t.Fatalf("%v, closed %v", err, s.closed)
	}
	other := standIn(t)
	at := other.feed.Head()
	changed := other.machine.changed()
	if err := other.machine.Restore(io.NopCloser(&s.Buffer)); err != nil {
		t.Fatal(err)
	}
	if got, want := other.machine.summary().applied, n.machine.summary().applied-1; got != want {
		t.Errorf("restored at %d, want %d", got, want)
	}
	other.View(func(st *fsm.State) {
		if !st.Lease().Live(inc) {
			t.Error("the image has what was applied after it")
		}
	})
	if _, _, skipped := other.feed.Next(at, 1); skipped == 0 {
		t.Error("readers are not told that they missed something")
	}
	select {
	case <-changed:
	default:
		t.Error("who waits was not woken")
	}
}

func TestSnapshotThatCannotBeWrittenOrReadIsAnError(t *testing.T) {
	n := standIn(t)
	im, err := n.machine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	s := sink{fail: full}
	if err := im.Persist(&s); !errors.Is(err, full) || !s.cancelled {
		t.Errorf("%v, cancelled %v", err, s.cancelled)
	}
	var whole, spoilt sink
	if err := im.Persist(&whole); err != nil {
		t.Fatal(err)
	}
	damaged := im.(*image).im.Encode()
	damaged[len(damaged)/2] ^= 1
	z, err := zstd.NewWriter(&spoilt)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(damaged)
	z.Close()
	for _, data := range []string{
		"", "not a snapshot at all, but long enough to be looked at by those who look at such things",
		whole.String()[:whole.Len()/2], whole.String() + "x", spoilt.String(),
	} {
		if err := n.machine.Restore(io.NopCloser(bytes.NewReader([]byte(data)))); err == nil {
			t.Errorf("%d bytes were restored", len(data))
		}
	}
}

func TestReachWaitsForTheIndexOrItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := standIn(t)
		ctx, cancel := context.WithCancel(t.Context())
		reached := make(chan error, 1)
		want := n.machine.summary().applied + 2
		go func() { reached <- n.machine.reach(ctx, want) }()
		n.apply(t, 0, fsm.Exit{Incarnation: 1})
		synctest.Wait()
		if len(reached) != 0 {
			t.Error("one entry early")
		}
		n.apply(t, 0, fsm.Exit{Incarnation: 1})
		if err := <-reached; err != nil {
			t.Error(err)
		}
		go func() { reached <- n.machine.reach(ctx, want+1) }()
		synctest.Wait()
		cancel()
		if err := <-reached; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// Callers read their own writes: when they complete, View shows what they did, and
// nothing is locked.
func TestCallersCompleteAfterTheirWriteIsSeen(t *testing.T) {
	n := serving(t)
	seen := false
	n.outbox.propose(n.keeper.trying, fsm.MakeToken{ID: "k", Role: 1, TTL: id.Day}, false, func(fsm.Answer, error) {
		n.View(func(s *fsm.State) { _, seen = s.Members().Token("k") })
		n.machine.mu.Lock() // would hang if the machine still held it
		defer n.machine.mu.Unlock()
	})
	n.drain()
	if !seen {
		t.Error("it does not")
	}
}

func TestNewMemberMakesTheLeaderLookAtRaftsServers(t *testing.T) {
	n := standIn(t)
	n.serve(t, inc)
	<-n.tidy // for its own
	n.apply(t, inc, fsm.MakeToken{ID: "token", Role: 2, TTL: id.Day},
		fsm.AddMember{Token: "token", Node: "other", Name: "other", Peer: "other:1"})
	if len(n.tidy) != 1 {
		t.Error("nobody was woken")
	}
}

func TestReportIsBounded(t *testing.T) {
	want := report{applied: 1 << 40, sessions: 7, term: 3, leader: "SHA256:x"}
	if got, err := decodeReport(want.encode()); err != nil || got.applied != want.applied || got.leader != want.leader {
		t.Errorf("%+v, %v", got, err)
	}
	long := want
	long.leader = id.Node(make([]byte, 200))
	for name, b := range map[string][]byte{
		"empty": nil, "cut short": want.encode()[:5], "a leader too long": long.encode(),
	} {
		if _, err := decodeReport(b); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestJoinedIsBounded(t *testing.T) {
	want := Joined{
		Cluster: "c", CA: []byte("ca"), Cert: []byte("cert"), Secrets: []byte("key"), Authority: []byte("pem"),
		Peers: []string{"a:1", "b:1"},
	}
	got, err := decodeJoined(want.encode())
	if err != nil || got.Cluster != "c" || string(got.Secrets) != "key" || string(got.Authority) != "pem" || !slices.Equal(got.Peers, want.Peers) {
		t.Errorf("%+v, %v", got, err)
	}
	whole := want.encode()
	for n := range whole {
		if _, err := decodeJoined(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were taken", n, len(whole))
		}
	}
	if _, err := decodeJoined(append(whole, 0)); err == nil {
		t.Error("a byte too many was taken")
	}
	newer := slices.Clone(whole)
	newer[0] = joinVersion + 1
	if _, err := decodeJoined(newer); err == nil {
		t.Error("another version was taken")
	}
	big := want
	big.Secrets = make([]byte, maxSecret+1)
	if _, err := decodeJoined(big.encode()); err == nil {
		t.Error("a secret over the limit was taken")
	}
	var e wire.Encoder
	e.Byte(joinVersion)
	e.String("c")
	for range 4 {
		e.Blob(nil)
	}
	e.Uint(1 << 40)
	if _, err := decodeJoined(e.Bytes()); err == nil {
		t.Error("2^40 peers were believed")
	}
}

func FuzzDecodeJoined(f *testing.F) {
	f.Add(Joined{Cluster: "c", CA: []byte("x"), Peers: []string{"a:1"}}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if j, err := decodeJoined(b); err == nil && !bytes.Equal(j.encode(), b) {
			t.Errorf("%x is read and written as %x", b, j.encode())
		}
	})
}

func TestEveryRefusalToJoinSaysWhatToDo(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range []fsm.Code{fsm.NoSuchToken, fsm.Exists, fsm.Denied, fsm.BadName} {
		err := admitted(fsm.Answer{Code: code}, "n4")
		if err == nil || seen[err.Error()] {
			t.Errorf("code %d: %v", code, err)
			continue
		}
		seen[err.Error()] = true
	}
	if err := admitted(fsm.Answer{Code: fsm.TooMany, Refusal: &fsm.Refusal{Limit: 99}}, "n4"); err == nil {
		t.Error("over the limit, and let in")
	}
	if err := admitted(fsm.Answer{Code: fsm.OK}, "n4"); err != nil {
		t.Error(err)
	}
}
