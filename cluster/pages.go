package cluster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// bbolt panics on a damaged page. When it opens a store to write, it visits all
// pages in a goroutine of its own, where nobody can catch that, and the process ends
// without a word of which file it was. So they are visited here before, by the
// format's own rules (in the machine's byte order): https://pkg.go.dev/go.etcd.io/bbolt, internal/common/page.go.
const (
	pageHead  = 16 // id 8, flags 2, count 2, overflow 4
	element   = 16 // branch: pos 4, ksize 4, page 8. leaf: flags 4, pos 4, ksize 4, vsize 4
	isBranch  = 1
	isLeaf    = 2
	isBucket  = 1
	metaSize  = 64
	metaMagic = 0xED0CDAED
)

// inspect returns an error that names the file if bbolt could not walk it.
func inspect(path string) (err error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second}) // for its lock
	if err != nil {
		return openError(path, err)
	}
	defer db.Close()
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := checkPages(f, db.Info().PageSize); err != nil {
		return damaged(path, err)
	}
	return nil
}

// checkPages walks the tree that the newest sound meta page begins.
func checkPages(r io.ReaderAt, pageSize int) error {
	w := &walk{r: r, size: uint64(pageSize), seen: map[uint64]bool{}}
	var root, newest uint64
	for i := range int64(2) {
		m := make([]byte, metaSize)
		if _, err := r.ReadAt(m, i*int64(pageSize)+pageHead); err != nil {
			continue
		}
		sum := fnv.New64a()
		sum.Write(m[:56])
		txid := binary.NativeEndian.Uint64(m[48:])
		pages := binary.NativeEndian.Uint64(m[40:])
		if binary.NativeEndian.Uint32(m) != metaMagic || sum.Sum64() != binary.NativeEndian.Uint64(m[56:]) || w.pages > 0 && txid < newest || pages > math.MaxInt64/w.size {
			continue
		}
		root, w.pages, newest = binary.NativeEndian.Uint64(m[16:]), pages, txid
	}
	if w.pages == 0 {
		return errors.New("neither of its first pages is sound")
	}
	return w.visit(root, nil, nil)
}

// walk visits every page of a store once.
type walk struct {
	r     io.ReaderAt
	size  uint64 // of a page
	pages uint64 // how many there are
	seen  map[uint64]bool
}

// visit checks a page and what is below it: its keys lie in [low, high).
func (w *walk) visit(id uint64, low, high []byte) error {
	p, err := w.page(id)
	if err != nil {
		return err
	}
	keys, err := keysOf(p)
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	for i, k := range keys {
		switch {
		case i > 0 && bytes.Compare(keys[i-1], k) >= 0,
			low != nil && bytes.Compare(k, low) < 0, high != nil && bytes.Compare(k, high) >= 0:
			return fmt.Errorf("page %d: its keys are not in order", id)
		}
	}
	for i, k := range keys {
		at := p[pageHead+i*element:]
		var err error
		switch {
		case binary.NativeEndian.Uint16(p[8:]) == isLeaf:
			err = w.bucket(at)
		case i+1 < len(keys):
			err = w.visit(binary.NativeEndian.Uint64(at[8:]), k, keys[i+1])
		default:
			err = w.visit(binary.NativeEndian.Uint64(at[8:]), k, high)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// page reads a page with what overflows from it.
func (w *walk) page(id uint64) ([]byte, error) {
	head := make([]byte, pageHead)
	if id < 2 || id >= w.pages {
		return nil, fmt.Errorf("page %d: there are %d", id, w.pages)
	}
	if _, err := w.r.ReadAt(head, int64(id*w.size)); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	more := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head) != id || more >= w.pages-id {
		return nil, fmt.Errorf("page %d: its head is not its own", id)
	}
	if _, err := w.r.ReadAt(head[:1], int64((id+more+1)*w.size)-1); err != nil { // before there is room made for it
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	for n := id; n <= id+more; n++ {
		if w.seen[n] {
			return nil, fmt.Errorf("page %d: used twice", n)
		}
		w.seen[n] = true
	}
	p := make([]byte, (1+more)*w.size)
	if n, err := w.r.ReadAt(p, int64(id*w.size)); n < len(p) {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	return p, nil
}

// keysOf returns the keys of a page, all of which lie in it, and so do the values.
func keysOf(p []byte) (keys [][]byte, err error) {
	flags, count := binary.NativeEndian.Uint16(p[8:]), int(binary.NativeEndian.Uint16(p[10:]))
	if flags != isBranch && flags != isLeaf || flags == isBranch && count == 0 {
		return nil, fmt.Errorf("of kind %d, with %d entries", flags, count)
	}
	for i := range count {
		off := pageHead + i*element
		if off+element > len(p) {
			return nil, fmt.Errorf("%d entries are too many for it", count)
		}
		e := p[off:]
		pos, key, value := uint64(binary.NativeEndian.Uint32(e)), uint64(binary.NativeEndian.Uint32(e[4:])), uint64(0)
		if flags == isLeaf {
			pos, key, value = uint64(binary.NativeEndian.Uint32(e[4:])), uint64(binary.NativeEndian.Uint32(e[8:])), uint64(binary.NativeEndian.Uint32(e[12:]))
		}
		if pos < element || pos+key+value > uint64(len(e)) {
			return nil, fmt.Errorf("entry %d lies outside of it", i)
		}
		keys = append(keys, e[pos:pos+key])
	}
	return keys, nil
}

// bucket visits what a leaf's entry holds, if that is a bucket: a page, or, if it is
// small, a page without a number within the value.
func (w *walk) bucket(e []byte) error {
	if binary.NativeEndian.Uint32(e)&isBucket == 0 {
		return nil
	}
	pos, key, size := binary.NativeEndian.Uint32(e[4:]), binary.NativeEndian.Uint32(e[8:]), binary.NativeEndian.Uint32(e[12:])
	value := e[pos+key:][:size]
	if len(value) < 16 {
		return errors.New("a bucket without a root")
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return w.visit(root, nil, nil)
	}
	if len(value) < 16+pageHead {
		return errors.New("a bucket cut short")
	}
	_, err := keysOf(value[16:])
	return err
}
