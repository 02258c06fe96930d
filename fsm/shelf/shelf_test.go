package shelf

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// thing costs what it says and happened in the entry of its number.
type thing struct{ n, cost int }

func (t thing) Event() id.Event        { return id.Event{Index: id.Index(t.n), Sub: 1} }
func (t thing) Cost() int              { return t.cost }
func (t thing) Encode(e *wire.Encoder) { e.Uint(uint64(t.n)); e.Uint(uint64(t.cost)) }

func decode(d *wire.Decoder) thing { return thing{int(d.Uint()), int(d.Uint())} }

func put(t *testing.T, s *Shelf[thing], key string, n, cost int, lim Limits) []string {
	t.Helper()
	gone := s.Append(&turn.Turn{}, key, thing{n, cost}, lim)
	if err := s.Check(id.Index(n)); err != nil {
		t.Fatal(err)
	}
	return gone
}

func TestBounded(t *testing.T) {
	lim := Limits{PerKey: 3, BytesPerKey: 100, All: 5}
	s := New[thing](table.Trail)
	for n := 1; n <= 5; n++ {
		put(t, &s, "a", n, 10, lim)
	}
	if got := s.Last("a", 9); fmt.Sprint(got) != "[{3 10} {4 10} {5 10}]" {
		t.Fatalf("of one key %v", got)
	}
	put(t, &s, "a", 6, 95, lim)
	if got := s.Last("a", 9); fmt.Sprint(got) != "[{6 95}]" {
		t.Fatalf("by bytes %v", got)
	}
	put(t, &s, "a", 7, 500, lim) // the newest stays, whatever it costs
	if got := s.Last("a", 9); fmt.Sprint(got) != "[{7 500}]" {
		t.Fatalf("over the limit alone %v", got)
	}
	for n := 8; n <= 11; n++ {
		put(t, &s, fmt.Sprint("k", n), n, 1, lim)
	}
	if gone := put(t, &s, "z", 12, 1, lim); fmt.Sprint(gone) != "[a]" || s.Len() != 5 {
		t.Fatalf("emptied %v, %d are left", gone, s.Len())
	}
	if got := s.After("z", id.Event{Index: 12, Sub: 0}); len(got) != 1 {
		t.Fatalf("after the last but one: %v", got)
	}
	s.Drop(&turn.Turn{}, "z")
	if err := s.Check(12); err != nil || s.Len() != 4 {
		t.Fatalf("%d are left: %v", s.Len(), err)
	}
}

// One key that is written again and again leaves many that are passed over.
func TestTheOrderIsBounded(t *testing.T) {
	lim := Limits{PerKey: 2, All: 100}
	s := New[thing](table.Trail)
	for n := 1; n <= 10_000; n++ {
		put(t, &s, "a", n, 1, lim)
		if len(s.order) > 2*s.total+1024 {
			t.Fatalf("%d in order for %d things", len(s.order), s.total)
		}
	}
}

func TestARestoredShelfGoesOnTheSame(t *testing.T) {
	lim := Limits{PerKey: 4, BytesPerKey: 50, All: 10}
	kept, other := New[thing](table.Trail), New[thing](table.Trail)
	for n := 1; n <= 200; n++ {
		key, cost := fmt.Sprint("k", n*7%5), n*11%30
		a, b := put(t, &kept, key, n, cost, lim), put(t, &other, key, n, cost, lim)
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Fatalf("step %d emptied %v and %v", n, a, b)
		}
		var e wire.Encoder
		other.Encode(&e)
		other = New[thing](table.Trail)
		d := wire.NewDecoder(e.Bytes())
		if other.Decode(d, 2, decode); d.Done() != nil {
			t.Fatal(d.Err())
		}
		var f wire.Encoder
		if kept.Encode(&f); string(f.Bytes()) != string(e.Bytes()) {
			t.Fatalf("step %d: they differ", n)
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	for what, spoil := range map[string]func(*Shelf[thing]){
		"empty":    func(s *Shelf[thing]) { s.logs.Put(log[thing]{key: "b"}) },
		"count":    func(s *Shelf[thing]) { s.total++ },
		"bytes":    func(s *Shelf[thing]) { s.logs.Put(log[thing]{key: "b", bytes: 7, things: []thing{{2, 1}}}) },
		"order":    func(s *Shelf[thing]) { s.logs.Put(log[thing]{key: "b", bytes: 2, things: []thing{{2, 1}, {2, 1}}}) },
		"too late": func(s *Shelf[thing]) { s.logs.Put(log[thing]{key: "b", bytes: 1, things: []thing{{4, 1}}}) },
	} {
		s := New[thing](table.Trail)
		put(t, &s, "a", 1, 1, Limits{PerKey: 2, All: 2})
		if spoil(&s); s.Check(3) == nil {
			t.Errorf("%s is not found", what)
		}
	}
}
