package sshfront

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"
)

func from(ip string) source { return sourceOf(&net.TCPAddr{IP: net.ParseIP(ip)}) }

// lobby is a gate with bounds and a clock.
type lobby struct {
	t *testing.T
	*gate
	b   bounds
	now time.Time
}

func newLobby(t *testing.T, b bounds) *lobby { return &lobby{t, newGate(), b, born} }

// comes is a visitor who must be let in; out gives way to it.
func (l *lobby) comes(ip string) (v, out *visitor) {
	l.t.Helper()
	v = &visitor{}
	why, out := l.arrive(l.b, from(ip), v, l.now)
	if why != 0 {
		l.t.Fatalf("%s: %s", ip, why.reason())
	}
	return v, out
}

func (l *lobby) refused(ip string, want refusal) {
	l.t.Helper()
	if why, _ := l.arrive(l.b, from(ip), &visitor{}, l.now); why != want {
		l.t.Errorf("%s: %q, want %q", ip, why.reason(), want.reason())
	}
}

var usual = bounds{all: 20_000, address: 1_000, turns: 32, addressesTurn: 8}

func TestConnectionsAreBounded(t *testing.T) {
	l := newLobby(t, bounds{all: 3, address: 2, turns: 32, addressesTurn: 8})
	a, _ := l.comes("10.0.0.1")
	l.prove(a)
	l.comes("10.0.0.1")
	l.refused("10.0.0.1", tooManyFromAddress)
	l.comes("10.0.0.2")
	l.refused("10.0.0.3", tooMany)
	l.leave(a)
	l.leave(a)
	l.comes("10.0.0.1")
	l.refused("10.0.0.1", tooManyFromAddress)
}

func TestAddressThatHasItsFillGivesWayToItself(t *testing.T) {
	l := newLobby(t, usual)
	first, _ := l.comes("10.0.0.1")
	for range 255 {
		l.comes("10.0.0.1")
	}
	l.refused("10.0.0.1", tooManyUnprovenFromAddress)
	if _, out := l.comes("10.0.0.2"); out != nil {
		t.Error("another address had to give way")
	}
	l.now = l.now.Add(enoughQuiet - 1)
	l.refused("10.0.0.1", tooManyUnprovenFromAddress)
	l.now = l.now.Add(1)
	l.move(first, l.now)
	if _, out := l.comes("10.0.0.1"); out == nil || out == first || out.from != first.from || !out.gone {
		t.Errorf("%+v gave way", out)
	}
}

// TestFullRoomHasAPlaceForWhoTakesLess: no number of visitors from few addresses keeps
// another out, even for a moment.
func TestFullRoomHasAPlaceForWhoTakesLess(t *testing.T) {
	l := newLobby(t, usual)
	for i := range usual.room() {
		l.comes(fmt.Sprintf("10.0.0.%d", i%4))
	}
	slow, out := l.comes("10.0.1.1") // a person who is asked for a passphrase
	if out == nil || out.from.source == slow.from.source {
		t.Fatalf("%+v gave way", out)
	}
	l.now = l.now.Add(time.Hour)
	for range 1000 {
		l.now = l.now.Add(50 * time.Millisecond)
		if _, out := l.comes("10.0.0.1"); out == slow {
			t.Fatal("one alone at her address gave way to a crowd")
		}
	}
	// When all have as little, who comes waits for one that does not go on.
	l = newLobby(t, usual)
	for i := range usual.room() {
		l.comes(fmt.Sprintf("10.0.%d.%d", i/256, i%256))
	}
	l.refused("10.1.0.0", tooManyUnproven)
	l.now = l.now.Add(enoughQuiet)
	l.comes("10.1.0.0")
}

// TestTurnsGoRoundTheAddresses: a crowd does not delay one from elsewhere by more
// than one turn.
func TestTurnsGoRoundTheAddresses(t *testing.T) {
	l := newLobby(t, bounds{all: 1000, address: 1000, turns: 3, addressesTurn: 2})
	var order []string
	names := map[*visitor]string{}
	ask := func(name, ip string) {
		v, _ := l.comes(ip)
		names[v] = name
		l.ask(v)
	}
	for i := range 6 {
		ask(fmt.Sprint("flood", i), "10.0.0.1")
	}
	ask("alice", "10.0.0.2")
	ask("bob", "10.0.0.3")
	var working []*visitor
	for {
		v := l.next(l.b)
		if v == nil {
			if len(working) == 0 {
				break
			}
			l.rest(working[0])
			working = working[1:]
			continue
		}
		order = append(order, names[v])
		working = append(working, v)
	}
	if want := []string{"flood0", "alice", "bob", "flood1", "flood2", "flood3", "flood4", "flood5"}; !slices.Equal(order, want) {
		t.Errorf("%v\nwant %v", order, want)
	}
}

func TestAddressHasItsShareOfTurns(t *testing.T) {
	l := newLobby(t, usual)
	n := 0
	for range 20 {
		v, _ := l.comes("10.0.0.1")
		l.ask(v)
		if l.next(l.b) != nil {
			n++
		}
	}
	if n != usual.addressesTurn {
		t.Errorf("one address has %d turns", n)
	}
	v, _ := l.comes("10.0.0.2")
	l.ask(v)
	if l.next(l.b) != v {
		t.Error("another address has no turn")
	}
}

// TestGateKeepsCount: after whatever happened, the numbers are what they count, and
// nothing is left of who has gone.
func TestGateKeepsCount(t *testing.T) {
	for seed := range uint64(50) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			l := newLobby(t, bounds{all: 60, address: 40, turns: 1 + r.IntN(3), addressesTurn: 1})
			var in []*visitor
			asked := map[*visitor]bool{}
			for range 2000 {
				l.now = l.now.Add(time.Duration(r.IntN(100)) * time.Millisecond)
				if v := l.next(l.b); v != nil && (!v.room || v.gone) {
					t.Fatal("a turn for who has gone")
				}
				if len(in) == 0 || r.IntN(3) == 0 {
					v := &visitor{}
					if why, _ := l.arrive(l.b, from(fmt.Sprintf("10.0.0.%d", r.IntN(5))), v, l.now); why == 0 {
						in = append(in, v)
					}
					continue
				}
				i := r.IntN(len(in))
				switch v := in[i]; r.IntN(5) {
				case 0:
					if !asked[v] {
						asked[v] = true
						l.ask(v)
					}
				case 1:
					l.rest(v)
				case 2:
					l.move(v, l.now)
				case 3:
					l.prove(v)
				case 4:
					l.leave(v)
					in = slices.Delete(in, i, i+1)
				}
				l.check()
			}
			for _, v := range in {
				l.leave(v)
			}
			if l.check(); l.open+l.room+l.turns+len(l.origins)+len(l.crowded)+len(l.line) != 0 {
				t.Errorf("left: %+v", l.gate)
			}
		})
	}
}

func (l *lobby) check() {
	l.t.Helper()
	open, room, turns, lines := 0, 0, 0, 0
	for _, o := range l.origins {
		open += o.open
		room += len(o.room)
		turns += o.turns
		if o.turns > l.b.addressesTurn || len(o.room) > l.b.addressesRoom() || o.open > l.b.address {
			l.t.Fatalf("over its bounds: %+v", o)
		}
		if len(o.queue) > 0 {
			lines++
		}
	}
	if open != l.open || room != l.room || turns != l.turns || lines != len(l.line) || turns > l.b.turns || room > l.b.room() || open > l.b.all {
		l.t.Fatalf("%d open, %d in the room, %d turns, %d lines; the gate says %+v", open, room, turns, lines, l.gate)
	}
}

func TestSourceIsWhatOnePersonHas(t *testing.T) {
	same := [][2]string{
		{"192.0.2.1", "::ffff:192.0.2.1"},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"},
	}
	other := [][2]string{
		{"192.0.2.1", "192.0.2.2"},
		{"2001:db8:1:2::1", "2001:db8:1:3::1"},
		{"127.0.0.1", "::1"},
		{"0.0.0.0", "::"},
	}
	for _, p := range same {
		if a, b := from(p[0]), from(p[1]); a != b {
			t.Errorf("%s is %v and %s is %v", p[0], a, p[1], b)
		}
	}
	for _, p := range other {
		if a, b := from(p[0]), from(p[1]); a == b {
			t.Errorf("%s and %s are both %v", p[0], p[1], a)
		}
	}
	zone := func(z string) source { return sourceOf(&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: z}) }
	if zone("eth0") != zone("") {
		t.Error("a zone makes another source")
	}
	if got := sourceOf(&net.UnixAddr{Name: "x"}); got != (source{}) {
		t.Errorf("a local socket is %v", got)
	}
}
