package fsm

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
)

// observed is all that readers can ask, indexes included.
func observed(s *State) string {
	due, some := s.Due()
	out := fmt.Sprintln(fingerprint(s), s.Check(), s.Time(), s.Clock(), s.Term(), due, some, s.Restless())
	for _, who := range []id.Identity{alice, bob, "SHA256:carol", "SHA256:dave", "SHA256:eve"} {
		weakest, _ := s.Lease().Weakest(who)
		person, known := s.People().Get(who)
		out += fmt.Sprintln(who, s.Lease().Owned(who), s.Lease().Of(who), weakest, person, known)
		out += fmt.Sprintln(s.Rooms().Of(who), s.Rooms().Reads(who))
		for n := range 10 {
			rival, _ := s.Lease().Rival(nickOf(n), who)
			out += fmt.Sprintln(rival)
		}
		for _, p := range append(s.Rooms().Reads(who), s.Rooms().Of(who)...) {
			out += fmt.Sprintln(p, s.Rooms().ReadAt(roomSeat(p, who)), s.History().Last(p, 1000))
		}
	}
	for _, i := range s.Lease().Incarnations() {
		last, open := s.Streams().Last(i.ID)
		answer, _ := s.Streams().Answer(i.ID, last)
		out += fmt.Sprintln(i, s.Lease().Carried(i.ID), last, open, answer)
	}
	return out
}

// told is an outcome with all that its answers point to.
func told(out Outcome) string {
	text := ""
	for _, a := range out.Answers {
		if a.Refusal != nil {
			text += fmt.Sprintln(*a.Refusal)
			a.Refusal = nil
		}
		text += fmt.Sprintln(a)
	}
	return text + fmt.Sprintln(out.Events)
}

func restored(t rapid.TB, s *State) *State {
	t.Helper()
	data := s.Image().Encode()
	back, err := Restore(data)
	if err != nil {
		t.Fatal(err)
	}
	if again := back.Image().Encode(); !bytes.Equal(again, data) {
		t.Fatal("what was restored is encoded otherwise")
	}
	return back
}

func TestOneLogOneState(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		begin := newStory(t)
		c := newChaos(drawn(rt), begin)
		replicas := []*State{begin.s, restored(rt, begin.s), restored(rt, begin.s)}
		type taken struct {
			im   *Image
			want []byte
		}
		var images []taken
		for index := begin.index + 1; index < begin.index+45; index++ {
			term, data, _, _ := c.entry()
			var first string
			for i, s := range replicas {
				out, err := s.Apply(index, term, bytes.Clone(data))
				if err != nil {
					rt.Fatalf("entry %d: %v", index, err)
				}
				if i == 0 {
					first = told(out)
				} else if got := told(out); got != first {
					rt.Fatalf("entry %d: replica %d answers\n%s, replica 0\n%s", index, i, got, first)
				}
			}
			if err := c.s.Invariants(); err != nil {
				rt.Fatal(err)
			}
			for i, s := range replicas[1:] {
				if s.Check() != c.s.Check() {
					rt.Fatalf("entry %d: replica %d has another hash", index, i+1)
				}
				if index%8 != 0 {
					continue
				}
				if s.Digest() != c.s.Digest() {
					rt.Fatalf("entry %d: replica %d is in another state", index, i+1)
				}
				if got, want := observed(s), observed(c.s); got != want {
					rt.Fatalf("entry %d: of replica %d one reads\n%s, of replica 0\n%s", index, i+1, got, want)
				}
			}
			switch rapid.IntRange(0, 11).Draw(rt, "restore") {
			case 0:
				replicas[1] = restored(rt, replicas[1])
			case 1:
				replicas[2] = restored(rt, replicas[1])
			case 2:
				im := c.s.Image()
				images = append(images, taken{im, im.Encode()})
			}
		}
		for _, i := range images {
			if !bytes.Equal(i.im.Encode(), i.want) {
				rt.Fatal("what was changed since shows in an image")
			}
		}
	})
}
