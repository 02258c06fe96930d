package cluster

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/hashicorp/raft"
	"github.com/klauspost/compress/zstd"

	"moniker/fsm"
)

// What raft keeps of a state, and sends to a node that is far behind, is folded and
// compressed: most of it is the same people again. Digests are of what it says, not of this.

const (
	snapshotWindow = 1 << 20 // more finds little more: what is further apart has been folded
	snapshotMost   = 4 << 30 // bytes of a state that are read: what is more does not fit its checksum
)

// ReadSnapshot reads what Persist wrote.
func ReadSnapshot(r io.Reader) (*fsm.State, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(snapshotWindow))
	if err != nil {
		return nil, fmt.Errorf("read the snapshot: %w", err)
	}
	defer z.Close()
	data, err := unfold(z, snapshotMost)
	if err != nil {
		return nil, fmt.Errorf("read the snapshot: %w", err)
	}
	return fsm.Restore(data)
}

// image is a snapshot being written.
type image struct {
	im      *fsm.Image
	written *atomic.Int64
}

// Persist implements raft.FSMSnapshot.
func (i *image) Persist(sink raft.SnapshotSink) error {
	if err := i.write(sink); err != nil {
		return errors.Join(fmt.Errorf("write the snapshot: %w", err), sink.Cancel())
	}
	if err := sink.Close(); err != nil {
		return err
	}
	i.written.Add(1)
	return nil
}

func (i *image) write(w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(snapshotWindow))
	if err != nil {
		return err
	}
	_, err = z.Write(fold(i.im.Encode()))
	return errors.Join(err, z.Close())
}

// Release implements raft.FSMSnapshot.
func (i *image) Release() {}
