package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"moniker/fsm"
)

func openStores(t *testing.T, dir, marker string, fresh bool) (Stores, error) {
	t.Helper()
	s, err := OpenStores(dir, marker, fresh, hclog.NewNullLogger())
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

// written makes a store with some entries in it and closes it.
func written(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	s, err := openStores(t, dir, "c/me", true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(200) {
		said := fsm.Post{Room: "#lobby", Text: fmt.Sprintf("line %d.%s", i+1, strings.Repeat("x", 400))}
		p := fsm.Proposal{From: 1, Number: i + 1, Command: said}
		l := &raft.Log{Index: i + 1, Term: 1, Data: fsm.EncodeEntry(nil, fsm.Stamp{Term: 1}, 1, p.Encode(nil))}
		if err := s.Log.StoreLog(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, "raft.db")
}

// refused checks that a store is refused with an error that names it and says so.
func refused(t *testing.T, dir, marker string, fresh bool, say string) {
	t.Helper()
	_, err := openStores(t, dir, marker, fresh)
	if err == nil || !strings.Contains(err.Error(), say) || !strings.Contains(err.Error(), filepath.Join(dir, "raft.db")) {
		t.Errorf("%v, want the file and %q", err, say)
	}
}

func TestStoreThatLostItsDataIsRefused(t *testing.T) {
	dir, path := written(t)
	s, err := openStores(t, dir, "c/me", false)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	refused(t, dir, "c/other", false, "belongs to another")
	refused(t, dir, "c/other", true, "belongs to another")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "c/me", false, "lost its data")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "c/me", false, "lost its data")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the refusal made a store: %v", err)
	}
}

// Both ends of the log may be whole and what lies between not: raft would panic on it
// as it starts, or the state machine stop later.
func TestDamagedEntryIsToldAtTheStart(t *testing.T) {
	for what, at := range map[string]func([]byte) int{
		"what was said": func(b []byte) int { return bytes.Index(b, []byte("line 100.")) },
		"the entry's frame": func(b []byte) int {
			return bytes.LastIndex(b[:bytes.Index(b, []byte("line 100."))], []byte("Data")) - 1
		},
	} {
		dir, path := written(t)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[at(b)] ^= 0x40
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Log(what)
		refused(t, dir, "c/me", false, "entry 100")
		refused(t, dir, "c/me", false, "remove the node and let it join anew")
	}
}

func TestStoreInUseIsRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	if _, err := openStores(t, dir, "c/me", true); err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	refused(t, dir, "c/me", true, "in use by another process")
	if took := time.Since(at); took > 3*time.Second {
		t.Errorf("after %v", took)
	}
}

// Whatever is wrong with the file, the answer is an error that names it.
func TestDamagedStoreIsAnErrorNotAPanic(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"not a store":     func(b []byte) []byte { return []byte("what is this?") },
		"zeros":           func(b []byte) []byte { return make([]byte, len(b)) },
		"cut short":       func(b []byte) []byte { return b[:len(b)/2] },
		"one page gone":   func(b []byte) []byte { clear(b[len(b)/2&^4095 : len(b)/2&^4095+4096]); return b },
		"headers gone":    func(b []byte) []byte { clear(b[:8192]); return b },
		"pages gone":      func(b []byte) []byte { clear(b[8192:]); return b },
		"pages shuffled":  func(b []byte) []byte { copy(b[8192:], b[16384:]); return b },
		"ones everywhere": func(b []byte) []byte { fill(b[8192:], 0xff); return b },
	} {
		t.Run(name, func(t *testing.T) {
			dir, path := written(t)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := openStores(t, dir, "c/me", false); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want an error that names %s", err, path)
			}
		})
	}
}

func fill(b []byte, with byte) {
	for i := range b {
		b[i] = with
	}
}

// frail is a store whose operations fail, or hang until told otherwise.
type frail struct {
	*raft.InmemStore
	err  error
	hang chan struct{}
}

func (f *frail) do() error {
	if f.hang != nil {
		<-f.hang
	}
	return f.err
}

func (f *frail) StoreLogs([]*raft.Log) error      { return f.do() }
func (f *frail) StoreLog(*raft.Log) error         { return f.do() }
func (f *frail) DeleteRange(uint64, uint64) error { return f.do() }
func (f *frail) GetLog(uint64, *raft.Log) error   { return f.do() }
func (f *frail) Set([]byte, []byte) error         { return f.do() }
func (f *frail) SetUint64([]byte, uint64) error   { return f.do() }

// guarded puts the watchdog round a store and runs it; halted has what it says.
func guarded(t *testing.T, f *frail) (s Stores, halted chan error) {
	t.Helper()
	halted = make(chan error, 100)
	s = Stores{Log: f, Stable: f, Snapshots: raft.NewInmemSnapshotStore()}
	s.guard(func(err error) { halted <- err })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		s.watch(ctx)
		close(done)
	}()
	for !s.guards.watched.Load() {
		runtime.Gosched()
	}
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s, halted
}

func operations(s Stores) map[string]func() error {
	return map[string]func() error{
		"append to the log": func() error { return s.Log.StoreLogs([]*raft.Log{{Index: 1}}) },
		"append one":        func() error { return s.Log.StoreLog(&raft.Log{Index: 1}) },
		"shorten the log":   func() error { return s.Log.DeleteRange(1, 2) },
		"write its vote":    func() error { return s.Stable.Set([]byte("k"), nil) },
		"write its term":    func() error { return s.Stable.SetUint64([]byte("k"), 1) },
	}
}

func TestFailedWriteEndsTheNode(t *testing.T) {
	broken := errors.New("input/output error")
	s, halted := guarded(t, &frail{InmemStore: raft.NewInmemStore(), err: broken})
	for what, op := range operations(s) {
		returned := make(chan error, 1)
		go func() { returned <- op() }() // writing the vote never returns: raft would panic
		if err := <-halted; !errors.Is(err, broken) {
			t.Errorf("%s halted with %v", what, err)
		}
		if strings.Contains(what, "its") {
			continue
		}
		if err := <-returned; !errors.Is(err, broken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_ = s.Log.GetLog(1, &raft.Log{})
	if len(halted) != 0 {
		t.Error("an entry that is not there ended the node")
	}
}

// Before the node runs nobody waits for halt: New returns the error.
func TestFailedWriteBeforeTheStartReturns(t *testing.T) {
	broken := errors.New("input/output error")
	s := Stores{Log: raft.NewInmemStore(), Stable: &frail{err: broken}, Snapshots: raft.NewInmemSnapshotStore()}
	s.guard(func(error) {})
	if err := s.Stable.SetUint64(nil, 1); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestHangingDiskEndsTheNode(t *testing.T) {
	for what := range operations(Stores{}) {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &frail{InmemStore: raft.NewInmemStore(), hang: make(chan struct{})}
				s, halted := guarded(t, f)
				go func() { _ = operations(s)[what]() }()
				time.Sleep(storeDeadline)
				synctest.Wait()
				if len(halted) != 0 {
					t.Error("it was given up too early")
				}
				time.Sleep(storeDeadline/5 + time.Millisecond)
				select {
				case err := <-halted:
					if !strings.Contains(err.Error(), "the disk hangs") {
						t.Error(err)
					}
				default:
					t.Error("it was not given up")
				}
				close(f.hang)
			})
		})
	}
}

func TestSlowDiskEndsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, halted := guarded(t, &frail{InmemStore: raft.NewInmemStore()})
		for range 100 {
			f := s.Log.(*guardedLog).LogStore.(*frail)
			f.hang = make(chan struct{})
			time.AfterFunc(4*time.Second, func() { close(f.hang) })
			_ = s.Log.StoreLogs(nil)
		}
		if len(halted) != 0 {
			t.Error(<-halted)
		}
	})
}

func TestRaftsNumbers(t *testing.T) {
	c := raftConfig("me", hclog.NewNullLogger())
	if err := raft.ValidateConfig(c); err != nil {
		t.Error(err)
	}
	for _, n := range []struct {
		what string
		ok   bool
		why  string
	}{
		{"CommitTimeout 5 ms", c.CommitTimeout == 5*time.Millisecond, "50 ms makes followers apply a lone message 75 to 103 ms late"},
		{"TrailingLogs >= 2 x SnapshotThreshold", c.TrailingLogs >= 2*c.SnapshotThreshold, "or falling back to the older snapshot panics"},
		{"time-outs 300 ms", c.HeartbeatTimeout == 300*time.Millisecond && c.ElectionTimeout == 300*time.Millisecond, "a dead leader is replaced in 0.7 s"},
		{"leader lease 250 ms", c.LeaderLeaseTimeout == 250*time.Millisecond, "a leader that was cut off gives up before others elect"},
		{"PreVote", !c.PreVoteDisabled, "a node that was cut off must not end a leader when it is back"},
		{"no BatchApplyCh", !c.BatchApplyCh, "the reign batches"},
		{"no ShutdownOnRemove", !c.ShutdownOnRemove, "the state says who is removed"},
		{"no NotifyCh", c.NotifyCh == nil, "it blocks raft's main goroutine"},
		{"the cache holds an append", logCache >= 512 && c.MaxAppendEntries <= logCache, "or followers are fed from the disk"},
		{"two snapshots", snapshotsKept == 2, "the older is there when the newest is damaged"},
	} {
		if !n.ok {
			t.Errorf("not so: %s (%s)", n.what, n.why)
		}
	}
}

// The heartbeat fast path lets replicas diverge (hashicorp/raft#695): raft must not
// be able to install it.
func TestHeartbeatsTakeTheMainLoop(t *testing.T) {
	r := &raftTransport{nil} // would panic if it reached the transport underneath
	r.SetHeartbeatHandler(func(raft.RPC) { t.Error("called") })
}

// bbolt has no checksums: some damage is met only by the checksum in each entry.
// What matters here is that no damage ends the process without a word.
func TestFlippedBitsNeverPanic(t *testing.T) {
	dir, path := written(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := slices.Clone(whole)
		for range 1 + r.IntN(8) {
			at := r.IntN(len(b))
			if r.IntN(2) == 0 { // where it hurts: the head of a page
				at = at&^4095 + r.IntN(64)
			}
			b[at] ^= byte(1 << r.IntN(8))
		}
		// A new file each time: bbolt keeps the lock of one that it panicked on.
		if err := errors.Join(os.Remove(path), os.WriteFile(path, b, 0o600)); err != nil {
			t.Fatal(err)
		}
		s, err := OpenStores(dir, "c/me", false, hclog.NewNullLogger())
		if err == nil {
			_ = s.Close()
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
