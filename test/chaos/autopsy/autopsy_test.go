package autopsy

import (
	"encoding/hex"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"

	"moniker/fsm"
	"moniker/fsm/id"
)

// What is read is the state at the index asked for, whatever stands behind it.
func TestABodyIsTheStateAtItsIndex(t *testing.T) {
	dir := t.TempDir()
	bolt, err := raftboltdb.New(raftboltdb.Options{Path: filepath.Join(dir, "raft.db"), MsgpackUseNewTimeFormat: true})
	if err != nil {
		t.Fatal(err)
	}
	state := fsm.New()
	for i := uint64(1); i <= 5; i++ {
		l := raft.Log{Index: i, Term: 1, Type: raft.LogCommand}
		start := fsm.Proposal{Command: fsm.LeaderStart{Node: "n1"}}.Encode(nil)
		l.Data = fsm.EncodeEntry(nil, fsm.Stamp{Term: 1, Now: id.Time(i)}, 1, start)
		if i == 2 {
			l = raft.Log{Index: i, Term: 1, Type: raft.LogNoop}
		}
		if err := bolt.StoreLog(&l); err != nil {
			t.Fatal(err)
		}
		if l.Type == raft.LogCommand && i <= 4 {
			if _, err := state.Apply(id.Index(i), 1, l.Data); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := state.Digest()
	if err := bolt.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := Open(dir, 4)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(want[:]); body.Applied != 4 || body.Digest != got || body.Unsound != "" {
		t.Errorf("%+v, not the digest %s at 4", body, got)
	}
	if _, err := Open(dir, 6); err == nil {
		t.Error("an entry that is not there is passed over")
	}
	if _, err := Open(t.TempDir(), 1); err == nil {
		t.Error("an empty folder has a state")
	}
}
