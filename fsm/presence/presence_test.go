package presence

import (
	"slices"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func at(index id.Index, now id.Time) *turn.Turn {
	tn := &turn.Turn{}
	tn.Begin(index, now, id.Wall(now)+1000)
	return tn
}

func TestSomebodyGoesAndComesBack(t *testing.T) {
	tab := New()
	tab.Leave(at(3, 50), "a", "lunch")
	tab.Leave(at(4, 70), "a", "a meeting")
	if m, ok := tab.Mark("a"); !ok || m != (Mark{"a", Since{70, 1070, 4}, "a meeting"}) {
		t.Fatalf("%+v, %v", m, ok)
	}
	if !tab.Return(at(5, 80), "a") || tab.Return(at(5, 80), "a") || tab.Return(at(5, 80), "b") {
		t.Fatal("she comes back once, and who was not away does not")
	}
}

func TestASessionRestsFromWhenSomethingWasTyped(t *testing.T) {
	tab, s := New(), id.Session{Incarnation: 7, Number: 1}
	for _, c := range []struct {
		ago  id.Duration
		want id.Time
	}{{10, 40}, {0, 50}, {-5, 50}, {1 << 60, 0}} {
		if !tab.Rest(at(3, 50), s, c.ago) || tab.Rest(at(4, 60), s, 0) {
			t.Fatal("it rests once")
		}
		if i, ok := tab.Idle(s); !ok || i.At != c.want || i.Wall != id.Wall(c.want)+1000 || i.Index != 3 {
			t.Fatalf("for %d: %+v, %v", c.ago, i, ok)
		}
		if !tab.Stir(at(4, 60), s) || tab.Stir(at(4, 60), s) {
			t.Fatal("it stirs once")
		}
	}
}

func TestBothSectionsAreReadAsTheyWereWritten(t *testing.T) {
	tab := New()
	tab.Leave(at(3, 50), "a", "lunch")
	tab.Leave(at(4, 60), "b", "")
	tab.Rest(at(5, 70), id.Session{Incarnation: 7, Number: 1}, 20)
	clone := tab.Clone()
	tab.Return(at(6, 80), "a")
	back := New()
	for _, f := range []struct {
		write func(*wire.Encoder)
		read  func(*wire.Decoder)
		again func(*wire.Encoder)
	}{
		{clone.EncodeMarks, back.DecodeMarks, back.EncodeMarks}, {clone.EncodeIdles, back.DecodeIdles, back.EncodeIdles},
	} {
		var e, again wire.Encoder
		f.write(&e)
		d := wire.NewDecoder(e.Bytes())
		if f.read(d); d.Done() != nil {
			t.Fatal(d.Err())
		}
		if f.again(&again); !slices.Equal(e.Bytes(), again.Bytes()) {
			t.Fatal("it is read as another")
		}
	}
	if marks, idles := back.Counts(); marks != 2 || idles != 1 {
		t.Fatalf("%d and %d", marks, idles)
	}
	for _, c := range []struct {
		now   id.Time
		index id.Index
		sound bool
	}{{70, 5, true}, {59, 5, false}, {70, 3, false}} {
		if err := back.Check(c.now, c.index); (err == nil) != c.sound {
			t.Errorf("at %d after %d: %v", c.now, c.index, err)
		}
	}
}
