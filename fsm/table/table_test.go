package table

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/wire"
)

type row struct{ k, v int }

func (r row) Key() int { return r.k }

func (r row) Encode(e *wire.Encoder) { e.Uint(uint64(r.k)); e.Uint(uint64(r.v)) }

func newTable() Table[int, row] {
	return New[int, row](func(k int) uint32 { return uint32(k) }, cmp.Compare[int])
}

func holds(t rapid.TB, tab *Table[int, row], want map[int]int) {
	t.Helper()
	if tab.Len() != len(want) {
		t.Fatalf("Len is %d, want %d", tab.Len(), len(want))
	}
	keys := slices.Sorted(maps.Keys(want))
	for i, r := range tab.Sorted() {
		if r.k != keys[i] || r.v != want[r.k] {
			t.Fatalf("row %d is %+v, want %d: %d", i, r, keys[i], want[keys[i]])
		}
		if got, ok := tab.Get(r.k); !ok || got != r || !tab.Has(r.k) {
			t.Fatalf("Get(%d) is %+v, %v", r.k, got, ok)
		}
	}
}

// Tables and maps, cloned at will, all written to: each sees its own writes only.
func TestClonesAreApart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		first := newTable()
		tabs, want := []*Table[int, row]{&first}, []map[int]int{{}}
		for range 60 {
			i := rapid.IntRange(0, len(tabs)-1).Draw(rt, "table")
			k := rapid.IntRange(0, 20).Draw(rt, "key") * 64 // few shards
			switch rapid.IntRange(0, 3).Draw(rt, "op") {
			case 0:
				if len(tabs) < 6 {
					c := tabs[i].Clone()
					tabs, want = append(tabs, &c), append(want, maps.Clone(want[i]))
				}
			case 1:
				tabs[i].Delete(k)
				delete(want[i], k)
			default:
				v := rapid.Int().Draw(rt, "value")
				tabs[i].Put(row{k, v})
				want[i][k] = v
			}
			for j := range tabs {
				holds(rt, tabs[j], want[j])
			}
		}
	})
}

// A clone is encoded elsewhere while the original is written: for the race detector.
func TestACloneIsReadWhileTheOriginalIsWritten(t *testing.T) {
	tab := newTable()
	want := map[int]int{}
	for k := range 5000 {
		tab.Put(row{k, k})
		want[k] = k
	}
	done := make(chan struct{})
	for range 3 {
		clone := tab.Clone()
		was := maps.Clone(want)
		go func() {
			defer func() { done <- struct{}{} }()
			var e wire.Encoder
			rows := clone.Sorted()
			for _, r := range rows {
				r.Encode(&e)
				if was[r.k] != r.v {
					t.Errorf("%d is %d, was %d", r.k, r.v, was[r.k])
				}
			}
			if len(rows) != len(was) {
				t.Errorf("%d rows, want %d", len(rows), len(was))
			}
		}()
		for k := range 5000 {
			if k%3 == 0 {
				tab.Delete(k)
				delete(want, k)
			} else {
				tab.Put(row{k, -k})
				want[k] = -k
			}
		}
	}
	for range 3 {
		<-done
	}
	holds(t, &tab, want)
}

func TestAnyFindsAndStops(t *testing.T) {
	tab := newTable()
	for k := range 100 {
		tab.Put(row{k, k})
	}
	calls := 0
	if !tab.Any(func(row) bool { calls++; return true }) || calls != 1 {
		t.Fatalf("%d calls", calls)
	}
	if tab.Any(func(r row) bool { return r.k > 99 }) {
		t.Fatal("found what is not there")
	}
}

func TestTheJournalTellsAllApart(t *testing.T) {
	var seen [][]byte
	for _, note := range []func(*Journal){
		func(*Journal) {},
		func(j *Journal) { j.Put(Names, row{1, 2}) },
		func(j *Journal) { j.Put(Names, row{2, 1}) },
		func(j *Journal) { j.Put(Sessions, row{1, 2}) },
		func(j *Journal) { j.Delete(Names, "1") },
		func(j *Journal) { j.Delete(Names, "2") },
		func(j *Journal) { j.Put(Names, row{1, 2}); j.Delete(Names, "1") },
		func(j *Journal) { j.Delete(Names, "1"); j.Put(Names, row{1, 2}) },
	} {
		var j Journal
		j.Put(Meta, row{9, 9})
		j.Reset()
		note(&j)
		for _, other := range seen {
			if slices.Equal(other, j.Bytes()) {
				t.Fatalf("%x stands for two things", other)
			}
		}
		seen = append(seen, slices.Clone(j.Bytes()))
	}
}

func TestStringsAreSpread(t *testing.T) {
	if ShardString("") != 2166136261 || ShardString("a") != 0xe40c292c {
		t.Fatal("not FNV-1a")
	}
}

// Keys that come in order are kept in it, and two clones that go on so do not write over
// each other's.
func TestClonesThatGrowInOrderAreApart(t *testing.T) {
	first := newTable()
	want := map[int]int{}
	for k := range 5 {
		first.Put(row{k, k})
		want[k] = k
	}
	second := first.Clone()
	other := maps.Clone(want)
	first.Put(row{10, 1})
	second.Put(row{20, 2})
	want[10], other[20] = 1, 2
	if !first.ordered || !second.ordered {
		t.Fatal("what came in order is sorted anew")
	}
	holds(t, &first, want)
	holds(t, &second, other)
	var readers sync.WaitGroup // a clone is made while others read, as they do under one read lock
	for range 4 {
		readers.Go(func() { first.Sorted() })
	}
	first.Clone()
	readers.Wait()
	first.Put(row{7, 3})
	second.Delete(0)
	want[7] = 3
	delete(other, 0)
	holds(t, &first, want)
	holds(t, &second, other)
}
