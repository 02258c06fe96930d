package fsm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// reigns is a world in real time: leaders come and go, are stopped for a while, or
// lose their majority for a while, and stamp what they commit. nodeA lives and tries
// to renew all the time; nodeB has died at the beginning. It is the smallest world in
// which the rules of stamping can be seen to matter; cluster/reign.go has them, and
// test/model has all of them in every combination.
type reigns struct {
	*story
	rand    *rand.Rand
	rules   rules
	real    id.Time // since the beginning
	led     id.Time // of it, how long there was a leader that was not stuck
	anchor  id.Time
	mark    id.Time // real time of the leader's last turn of the clock
	credit  id.Duration
	skew    id.Duration // of the leader's wall clock
	booted  id.Time     // when its process began
	heard   id.Time     // when a renewal of nodeA's was accepted
	waiting bool        // one is with the leader
}

// rules are those a leader keeps; each can be turned off.
type rules struct {
	noAnchor  bool // it counts from when its process began, not from the state's time
	wallClock bool // it stamps by its wall clock
	noCap     bool // a turn of the clock may add more than a second
	stepsBack bool // wallClock, and the clocks are only ever behind
}

const step = 250 * id.Millisecond

// run lives for so long and tells which law is broken first.
func (r *reigns) run(long id.Duration) *breach {
	away := id.Time(0) // until when the leader is stuck, or there is none
	r.reign()
	for tried := id.Time(0); r.real < id.Time(long); r.real += id.Time(step) {
		if r.real < away {
			continue // what nodeA sends now goes to nobody
		}
		// Every ttl/3, and every second for as long as nothing comes of it.
		if r.real-tried >= id.Time(id.Second) && r.real-r.heard >= id.Time(ttl)/3 {
			tried, r.waiting = r.real, true
		}
		r.led += id.Time(step)
		switch pick := r.rand.IntN(100); {
		case pick < 3:
			away = r.real.Add(id.Duration(r.rand.IntN(60)) * id.Second)
			tried = away - id.Time(r.rand.IntN(4))*id.Time(step)
			continue
		case pick < 6:
			r.waiting = false // it died with the leader
			r.real += id.Time(300+r.rand.IntN(20_000)) * id.Time(id.Millisecond)
			r.reign()
			continue
		case pick < 8 && !r.rules.stepsBack:
			r.skew = id.Duration(r.rand.IntN(120)-60) * id.Second
		}
		if b := r.commit(); b != nil {
			return b
		}
	}
	return nil
}

// reign begins a leader's: it takes the anchor and says so.
func (r *reigns) reign() {
	r.term++
	r.anchor, r.mark, r.credit = r.s.Time(), r.real, 0
	r.skew = id.Duration(r.rand.IntN(120)-60) * id.Second
	r.booted = r.real - id.Time(r.rand.IntN(100))*id.Time(id.Second)
	if r.rules.stepsBack {
		r.skew = -id.Duration(r.rand.IntN(3600)) * id.Second
	}
	r.entryAt(LeaderStart{nodeA})
}

// stamp is what time the leader says it is.
func (r *reigns) stamp() id.Time {
	elapsed := r.real.Sub(r.mark)
	r.mark = r.real
	if !r.rules.noCap {
		elapsed = min(elapsed, id.Second)
	}
	r.credit += elapsed
	switch {
	case r.rules.wallClock:
		return r.real.Add(r.skew)
	case r.rules.noAnchor:
		return r.real - r.booted
	}
	return r.anchor.Add(r.credit)
}

func (r *reigns) entryAt(cs ...Command) Outcome {
	var ps []Proposal
	for _, c := range cs {
		ps = append(ps, Proposal{Command: c})
	}
	now := r.stamp()
	return r.stamped(Stamp{Term: r.term, Now: now}, r.term, ps...)
}

// commit makes one entry of what waits, with a Tick if something is over.
func (r *reigns) commit() *breach {
	var cs []Command
	if r.waiting {
		r.counts[incA]++
		cs = append(cs, Renew{Incarnation: incA, Counter: r.counts[incA]})
		r.waiting, r.heard = false, r.real
	}
	if due, some := r.s.Due(); some && due <= r.s.Time() {
		cs = append(cs, Tick{})
	}
	out := r.entryAt(cs...)
	for _, e := range out.Events {
		if e.Kind == turn.NodeDown && e.Session.Incarnation == incA {
			return &breach{neverEarly, fmt.Sprintf("nodeA renewed all the time, and ends after %d s", r.real/1_000_000)}
		}
	}
	// Every leader may lose what its last turn of the clock was to add, and extends once.
	if most := id.Time(2*ttl) + id.Time(r.term+4)*id.Time(id.Second); r.s.Lease().Live(incB) && r.led > most {
		return &breach{neverLate, fmt.Sprintf("nodeB is dead for %d s, of which there was a leader for %d", r.real/1_000_000, r.led/1_000_000)}
	}
	return nil
}

func live(t testing.TB, seed uint64, rules rules) *breach {
	r := &reigns{story: newStory(t), rand: rand.New(rand.NewPCG(seed, 2)), rules: rules}
	return r.run(5 * id.Minute)
}

// Whatever happens to leaders, who renews all the time keeps the lease, and who is
// dead loses it.
func TestLeasesEndNeitherEarlyNorLateWhateverHappensToLeaders(t *testing.T) {
	for seed := range uint64(200) {
		if b := live(t, seed, rules{}); b != nil {
			t.Fatalf("seed %d: %v", seed, b)
		}
	}
}

// Leaders that leave out a rule are caught.
func TestLeadersThatStampAsTheyLikeAreCaught(t *testing.T) {
	for name, c := range map[string]struct {
		rules rules
		law   string
	}{
		"wall-clock stamps":                    {rules{wallClock: true}, neverEarly},
		"wall clocks that were set back":       {rules{wallClock: true, stepsBack: true}, neverLate},
		"a stamp that is not anchored":         {rules{noAnchor: true}, neverEarly},
		"a stamp that is anchored in its past": {rules{noAnchor: true}, neverLate},
		"a stall that counts":                  {rules{noCap: true}, neverEarly},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(300) {
				if b := live(t, seed, c.rules); b != nil && b.law == c.law {
					t.Logf("seed %d: %s", seed, b.how)
					return
				}
			}
			t.Error("nobody noticed")
		})
	}
}
