package nick_test

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/sshfront/chat"
	"moniker/sshfront/nick"
)

const (
	alice   = id.Identity("SHA256:alice")
	mallory = id.Identity("SHA256:mallory")
	inc     = id.Incarnation(7)
)

// house is a state machine with one node that is live.
type house struct {
	t     *testing.T
	s     *fsm.State
	index id.Index
	next  uint64
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, s: fsm.New()}
	h.apply(fsm.Proposal{Command: fsm.Found{Cluster: "c", Node: "n", Name: "n1"}})
	h.apply(fsm.Proposal{Command: fsm.Register{Node: "n", Incarnation: inc, Version: fsm.Version}})
	return h
}

func (h *house) apply(p fsm.Proposal) fsm.Answer {
	h.index++
	out, err := h.s.Apply(h.index, 1, fsm.EncodeEntry(nil, fsm.Stamp{Term: 1}, 1, p.Encode(nil)))
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.s.Invariants(); err != nil {
		h.t.Fatal(err)
	}
	return out.Answers[0]
}

func (h *house) do(c fsm.Command) fsm.Answer {
	h.next++
	return h.apply(fsm.Proposal{From: inc, Number: h.next, Command: c})
}

func session(n uint64) id.Session { return id.Session{Incarnation: inc, Number: n} }

// likeAlice lists ways to write what looks like alice.
func likeAlice() []string {
	return []string{
		"аlice", "аLICE", "АLICE", // a Cyrillic а
		"ALICE", "aLiCe", "ａｌｉｃｅ", "ＡＬＩＣＥ", // full width
		"a1ice", "aIice", "alicе", "аliсе", "аlісе", "ɑlice", // 1, I, Cyrillic е, с and і, Latin alpha
		"ali\u0307ce", "alі\u0307ce", "ali\u0307\u0307ce", "alİce", // dots that coincide
	}
}

// letThrough tries pairs of names, in both orders, as normalise makes them and the
// state machine judges them. It tells those of which two people got one each.
func letThrough(t *testing.T, normalise func(string) (lease.Nick, error)) (through []string) {
	for _, look := range likeAlice() {
		for _, pair := range [][2]string{{"alice", look}, {look, "alice"}} {
			first, err := normalise(pair[0])
			if err != nil {
				t.Fatal(err)
			}
			second, err := normalise(pair[1])
			if err != nil {
				t.Fatal(err)
			}
			h := newHouse(t)
			if a := h.do(fsm.Attach{Session: session(1), Identity: alice, Nick: first}); a.Code != fsm.OK {
				t.Fatalf("%s is free and refused: %s", pair[0], a.Code)
			}
			h.do(fsm.Attach{Session: session(2), Identity: mallory, Nick: lease.Nick{Display: "m", Key: "m", Skeletons: [2]string{"m", "m"}}})
			for how, c := range map[string]fsm.Command{
				"coming":                     fsm.Attach{Session: session(3), Identity: mallory, Nick: second},
				"by nick":                    fsm.Claim{Session: session(2), Nick: second},
				"in advance, by an operator": fsm.ReserveName{Nick: second, Owner: mallory},
			} {
				a := h.do(c)
				if a.Code == fsm.OK {
					through = append(through, fmt.Sprintf("%s has %s and mallory gets %s %s", alice, pair[0], pair[1], how))
					break
				}
				if a.Code != fsm.Taken || a.Refusal.Rival.Key != first.Key {
					t.Errorf("%s after %s, %s: %s, %+v", pair[1], pair[0], how, a.Code, a.Refusal)
				}
			}
			h.do(fsm.Detach{Session: session(1)})
			if a := h.do(fsm.Claim{Session: session(2), Nick: second}); a.Code == fsm.OK {
				through = append(through, pair[1]+" while "+pair[0]+" is in grace")
			}
			if a := h.do(fsm.Attach{Session: session(4), Identity: alice, Nick: second}); a.Code != fsm.OK && len(through) == 0 {
				t.Errorf("her own look-alike %s is refused: %s", pair[1], a.Code)
			}
		}
	}
	return through
}

func TestLookAlikesAreOneNameToTheStateMachine(t *testing.T) {
	if through := letThrough(t, chat.Name); len(through) > 0 {
		t.Errorf("let through:\n%s", strings.Join(through, "\n"))
	}
}

// Normalisations that leave out a step let somebody through, and that is seen.
func TestSloppyNormalisationIsCaught(t *testing.T) {
	for name, sloppy := range map[string]func(string) (lease.Nick, error){
		"no skeletons": func(s string) (lease.Nick, error) {
			n, err := nick.Parse(s)
			return lease.Nick{Display: n.Display, Key: n.Key, Skeletons: [2]string{n.Key, n.Key}}, err
		},
		"the skeleton of the key alone": func(s string) (lease.Nick, error) {
			n, err := nick.Parse(s)
			return lease.Nick{Display: n.Display, Key: n.Key, Skeletons: [2]string{n.Skeletons[1], n.Skeletons[1]}}, err
		},
		"the skeleton of what is shown alone": func(s string) (lease.Nick, error) {
			n, err := nick.Parse(s)
			return lease.Nick{Display: n.Display, Key: n.Key, Skeletons: [2]string{n.Skeletons[0], n.Skeletons[0]}}, err
		},
		"bytes": func(s string) (lease.Nick, error) {
			return lease.Nick{Display: s, Key: s, Skeletons: [2]string{s, s}}, nil
		},
	} {
		through := letThrough(t, sloppy)
		if t.Logf("%s: %d let through", name, len(through)); len(through) == 0 {
			t.Errorf("%s: nobody was let through", name)
		}
	}
}

// Names that would speak for the service are nobody's, however they are written.
func TestReservedNamesAreNobodys(t *testing.T) {
	for _, plain := range []string{
		"admin", "administrator", "daemon", "moderator", "moniker", "nobody", "operator", "root",
		"server", "service", "staff", "support", "system",
	} {
		wide := strings.Map(func(r rune) rune { return r - 'a' + 'ａ' }, plain)
		for _, s := range []string{
			plain, strings.ToUpper(plain), strings.ToUpper(plain[:1]) + plain[1:], wide,
			strings.NewReplacer("o", "0").Replace(plain), strings.NewReplacer("a", "а", "o", "о", "e", "е", "p", "р", "s", "ѕ").Replace(plain),
			strings.NewReplacer("i", "і").Replace(plain), strings.ToUpper(strings.NewReplacer("a", "а", "o", "о", "e", "е").Replace(plain)),
		} {
			if n, err := chat.Name(s); err == nil {
				t.Errorf("%q can be had: %+v", s, n)
			}
		}
	}
}
