package cluster

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"go.etcd.io/bbolt"
)

const smallPage = 1024

// smallStore is a store of small pages, with branches, a page that overflows, a
// small bucket within a page, and free pages.
func smallStore(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "raft.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: smallPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{30, 10} {
		err = db.Update(func(tx *bbolt.Tx) error {
			logs, err := tx.CreateBucketIfNotExists([]byte("logs"))
			if err != nil {
				return err
			}
			conf, err := tx.CreateBucketIfNotExists([]byte("conf"))
			if err != nil {
				return err
			}
			for i := range n {
				if err := logs.Put(binary.BigEndian.AppendUint64(nil, uint64(i)), make([]byte, 90*(1+i%20))); err != nil {
					return err
				}
			}
			return conf.Put([]byte("term"), []byte("7"))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sealMetas gives both meta pages the checksum they should have: what lies is then
// what they say.
func sealMetas(b []byte) {
	for _, at := range []int{pageHead, smallPage + pageHead} {
		if len(b) < at+metaSize {
			return
		}
		binary.NativeEndian.PutUint32(b[at:], metaMagic)
		sum := fnv.New64a()
		sum.Write(b[at : at+56])
		binary.NativeEndian.PutUint64(b[at+56:], sum.Sum64())
	}
}

// walkBounded walks a store and holds that this takes no more memory than the store
// has bytes, give or take.
func walkBounded(t *testing.T, b []byte) error {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := checkPages(bytes.NewReader(b), smallPage)
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(64*len(b)+1<<20) {
		t.Fatalf("a store of %d bytes took %d to walk", len(b), spent)
	}
	return err
}

func TestStoreThatLiesAboutItsSizeCostsNothing(t *testing.T) {
	good := smallStore(t)
	if err := walkBounded(t, good); err != nil {
		t.Fatal(err)
	}
	for name, lie := range map[string]func(b []byte){
		"pages":              func(b []byte) { binary.NativeEndian.PutUint64(b[pageHead+40:], 1<<40) },
		"pages and overflow": func(b []byte) { binary.NativeEndian.PutUint64(b[pageHead+40:], 1<<40); overflow(b) },
		"all there can be":   func(b []byte) { binary.NativeEndian.PutUint64(b[pageHead+40:], 1<<64-1); overflow(b) },
	} {
		b := bytes.Clone(good)
		binary.NativeEndian.PutUint64(b[pageHead+48:], 1<<62) // the newer one
		lie(b)
		copy(b[smallPage+pageHead:], b[pageHead:pageHead+metaSize])
		sealMetas(b)
		if err := walkBounded(t, b); err == nil && name != "pages" {
			t.Errorf("%s: it was believed", name)
		}
	}
}

// overflow makes every page say that it goes on for as long as a number can say.
func overflow(b []byte) {
	for at := 2 * smallPage; at+pageHead <= len(b); at += smallPage {
		binary.NativeEndian.PutUint32(b[at+12:], 1<<32-1)
	}
}

// Whatever is on the disk, the walk ends with or without an error.
func FuzzCheckPages(f *testing.F) {
	good := smallStore(f)
	f.Add(good, true)
	f.Add(good, false)
	f.Add(good[:len(good)/2], true)
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if len(b) > 1<<20 {
			return
		}
		if b = bytes.Clone(b); seal {
			sealMetas(b)
		}
		_ = walkBounded(t, b)
	})
}

// A few bytes of a sound store are others: bbolt's own walk would panic on most.
func FuzzFlippedPages(f *testing.F) {
	good := smallStore(f)
	f.Add(uint32(2*smallPage+10), uint64(0xFFFF), uint32(3*smallPage), uint64(1))
	f.Add(uint32(pageHead+40), uint64(1<<40), uint32(5*smallPage+12), uint64(1<<31))
	f.Fuzz(func(t *testing.T, at uint32, x uint64, at2 uint32, y uint64) {
		b := bytes.Clone(good)
		for _, c := range []struct {
			at uint32
			x  uint64
		}{{at, x}, {at2, y}} {
			binary.NativeEndian.PutUint64(b[int(c.at)%(len(b)-8):], c.x)
		}
		sealMetas(b)
		_ = walkBounded(t, b)
	})
}

// A report that is taken is the one that was made.
func FuzzDecodeReport(f *testing.F) {
	f.Add(report{applied: 1 << 40, sessions: 7, term: 3, leader: "SHA256:x"}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := decodeReport(b); err == nil && !bytes.Equal(r.encode(), b) {
			t.Errorf("%x is read and written as %x", b, r.encode())
		}
	})
}
