package member

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func TestANameIsFreeOnceItsNodeIsRemoved(t *testing.T) {
	tab := New()
	tab.PutMember(&turn.Turn{}, Member{ID: "b", Name: "n1", Role: Voter}, turn.MemberAdded)
	if m, ok := tab.Named("n1"); !ok || m.ID != "b" {
		t.Fatalf("%+v", m)
	}
	tab.PutMember(&turn.Turn{}, Member{ID: "b", Name: "n1", Role: Removed}, turn.MemberRemoved)
	if _, ok := tab.Named("n1"); ok {
		t.Fatal("its name is taken")
	}
	tab.PutMember(&turn.Turn{}, Member{ID: "a", Name: "n1", Role: NonVoter}, turn.MemberAdded)
	if err := tab.Check(); err != nil || tab.Len() != 2 || tab.Members()[0].ID != "a" {
		t.Fatalf("%v: %+v", err, tab.Members())
	}
	tab.PutMember(&turn.Turn{}, Member{ID: "c", Name: "n1", Role: NonVoter}, turn.MemberAdded)
	if tab.Check() == nil {
		t.Fatal("two of one name")
	}
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	tab := New()
	for n := range 5 {
		tab.NoteIncarnation(&turn.Turn{}, Member{
			ID: id.Node(fmt.Sprint("node", n)), Name: fmt.Sprint("n", n), Peer: "p", SSH: "s", Role: Role(n%3 + 1),
			Version: uint64(n), Incarnation: id.Incarnation(n), Wall: id.Wall(-n),
		})
		tab.PutToken(&turn.Turn{}, Token{
			ID: fmt.Sprint("t", n), Key256: [32]byte{byte(n), 31: 7}, Role: Voter, Expires: id.Time(n), By: "x", Wall: 1, Used: "y",
		}, turn.TokenMade)
		tab.PutOperator(&turn.Turn{}, Operator{ID: id.Identity(fmt.Sprint("o", n)), Note: "note", By: "x", Wall: 3})
	}
	clone, back := tab.Clone(), New()
	tab.DropOperator(&turn.Turn{}, "o0")
	k, _ := tab.Token("t0")
	if e := tab.DropToken(&turn.Turn{}, k, false); e != (id.Event{}) {
		t.Fatalf("that it is over is told as %v", e)
	}
	for _, part := range []struct {
		write func(*wire.Encoder)
		read  func(*wire.Decoder)
	}{{clone.EncodeMembers, back.DecodeMembers}, {clone.EncodeTokens, back.DecodeTokens}, {clone.EncodeOperators, back.DecodeOperators}} {
		var e wire.Encoder
		part.write(&e)
		d := wire.NewDecoder(e.Bytes())
		if part.read(d); d.Done() != nil {
			t.Fatal(d.Err())
		}
	}
	for _, pair := range [][2]any{
		{back.Members(), clone.Members()}, {back.Tokens(), clone.Tokens()}, {back.Operators(), clone.Operators()},
	} {
		if fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
			t.Fatalf("%v\nwas\n%v", pair[0], pair[1])
		}
	}
	if len(tab.Tokens()) != 4 || len(tab.Operators()) != 4 || len(back.Tokens()) != 5 {
		t.Fatal("the clone and the table are not apart")
	}
}
