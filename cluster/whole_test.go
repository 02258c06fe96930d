package cluster

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"moniker/fsm"
)

// shelf is a node's stores as one writes them down: snapshots up to those entries, and
// a log from one entry to another.
type shelf struct {
	t   *testing.T
	dir string
	Stores
}

func newShelf(t *testing.T, snapshots ...uint64) *shelf {
	s := &shelf{t: t, dir: t.TempDir()}
	s.open(true)
	for _, index := range snapshots {
		_, trans := raft.NewInmemTransport("me")
		sink, err := s.Snapshots.Create(1, index, 1, raft.Configuration{}, 1, trans)
		s.must(err)
		_, err = sink.Write([]byte(strings.Repeat("state ", 100)))
		s.must(err)
		s.must(sink.Close())
	}
	return s
}

func (s *shelf) open(fresh bool) {
	s.t.Helper()
	var err error
	s.Stores, err = openStores(s.t, s.dir, "c/me", fresh)
	s.must(err)
	s.guard(func(err error) { s.t.Error(err) })
}

func (s *shelf) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) log(from, to uint64) *shelf {
	for index := from; index <= to; index++ {
		s.must(s.Log.StoreLog(&raft.Log{Index: index, Term: 1, Data: fsm.EncodeEntry(nil, fsm.Stamp{Term: 1}, 0, nil)}))
	}
	return s
}

// newest harms a file of the newest snapshot.
func (s *shelf) newest(file string) {
	dirs, err := filepath.Glob(filepath.Join(s.dir, "snapshots", "*"))
	s.must(err)
	path := filepath.Join(slices.MaxFunc(dirs, func(a, b string) int { // TERM-INDEX-TIME
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}), file)
	info, err := os.Stat(path)
	s.must(err)
	s.must(os.Truncate(path, info.Size()/2))
}

// TestSnapshotThatIsMissingIsToldAtTheStart: raft would panic ("log not found"), or begin
// as if it had never promised anything.
func TestSnapshotThatIsMissingIsToldAtTheStart(t *testing.T) {
	meta := func(s *shelf) { s.newest("meta.json") }
	state := func(s *shelf) { s.newest("state.bin") }
	gone := func(s *shelf) { s.must(os.RemoveAll(filepath.Join(s.dir, "snapshots"))) }
	nothing := func(*shelf) {}
	for _, c := range []struct {
		what  string
		shelf func(t *testing.T) *shelf
		harm  func(*shelf)
		say   string // empty: the node may start
	}{
		{"a new node", func(t *testing.T) *shelf { return newShelf(t) }, nothing, ""},
		{"a log alone", func(t *testing.T) *shelf { return newShelf(t).log(1, 10) }, nothing, ""},
		{"snapshot and log", func(t *testing.T) *shelf { return newShelf(t, 100).log(101, 110) }, nothing, ""},
		{"a snapshot alone", func(t *testing.T) *shelf { return newShelf(t, 100) }, nothing, ""},
		{"a log that trails", func(t *testing.T) *shelf { return newShelf(t, 50, 100).log(20, 110) }, state, ""},
		{"a log up to the snapshot", func(t *testing.T) *shelf { return newShelf(t, 50, 100).log(20, 100) }, meta, ""},
		{"the only one is torn", func(t *testing.T) *shelf { return newShelf(t, 100).log(101, 110) }, state, "none of 1 can be read"},
		{"the only one is not listed", func(t *testing.T) *shelf { return newShelf(t, 100).log(101, 110) }, meta, "the log begins at entry 101, and the newest that can be read ends at entry 0"},
		{"the newest is torn, and the log begins behind it", func(t *testing.T) *shelf { return newShelf(t, 50, 100).log(101, 110) }, state, "the log begins at entry 101, and the newest that can be read ends at entry 50"},
		{"all are gone", func(t *testing.T) *shelf { return newShelf(t, 50, 100).log(90, 110) }, gone, "the log begins at entry 90, and the newest that can be read ends at entry 0"},
		{"all there was is gone", func(t *testing.T) *shelf { return newShelf(t, 100) }, gone, "the one up to entry 100 is gone, and what can be read ends at entry 0"},
		{"the newest is gone, and the log with it", func(t *testing.T) *shelf { return newShelf(t, 50, 100) }, meta, "the one up to entry 100 is gone, and what can be read ends at entry 50"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := c.shelf(t)
			s.must(s.Close())
			c.harm(s)
			s.open(false)
			err := s.whole()
			if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
				t.Errorf("%v, want %q", err, c.say)
			}
			if err != nil && !strings.Contains(err.Error(), "snapshots is damaged") || err != nil && !strings.Contains(err.Error(), "remove the node and let it join anew") {
				t.Errorf("it does not say what to do: %v", err)
			}
		})
	}
}
