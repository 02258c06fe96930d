package turn

import (
	"bytes"
	"reflect"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/wire"
)

func TestEventsAreNumberedWithinTheirEntry(t *testing.T) {
	var tn Turn
	for index := id.Index(5); index < 8; index++ {
		tn.Begin(index, id.Time(index*10), id.Wall(index))
		if len(tn.Events) > 0 || len(tn.Journal.Bytes()) > 0 {
			t.Fatal("something is left of the last entry")
		}
		for sub := uint32(1); sub <= 3; sub++ {
			if got, want := tn.Emit(Event{Kind: Said, ID: id.Event{Index: 99}}), (id.Event{Index: index, Sub: sub}); got != want {
				t.Fatalf("%v, want %v", got, want)
			}
		}
		if e := tn.Events[2]; e.At != id.Time(index*10) || e.Wall != id.Wall(index) || e.ID.Sub != 3 {
			t.Fatalf("%+v", e)
		}
	}
}

// Events that were given out stay: the next entry's go elsewhere.
func TestEventsAreNotReused(t *testing.T) {
	var tn Turn
	tn.Begin(1, 0, 0)
	tn.Emit(Event{Key: "first"})
	given := tn.Events
	tn.Begin(2, 0, 0)
	tn.Emit(Event{Key: "second"})
	if given[0].Key != "first" || given[0].ID.Index != 1 {
		t.Fatalf("%+v", given[0])
	}
}

// Every field but the place and the time of an event enters the rolling hash:
// the place follows from the order, the time from the stamp.
func TestEveryFieldEntersTheHash(t *testing.T) {
	encode := func(e Event) []byte {
		var enc wire.Encoder
		e.Encode(&enc)
		return bytes.Clone(enc.Bytes())
	}
	zero := encode(Event{})
	typ := reflect.TypeFor[Event]()
	for i := range typ.NumField() {
		var e Event
		f := reflect.ValueOf(&e).Elem().Field(i)
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Uint8, reflect.Uint64:
			f.SetUint(1)
		case reflect.Int64:
			f.SetInt(1)
		case reflect.Struct:
			f.Field(1).SetUint(1)
		}
		name := typ.Field(i).Name
		left := name == "ID" || name == "At" || name == "Wall"
		if bytes.Equal(encode(e), zero) != left {
			t.Errorf("%s: in the hash is %v", name, !left)
		}
	}
}
