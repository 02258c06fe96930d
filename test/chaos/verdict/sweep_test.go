package verdict

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"moniker/test/chaos/record"
)

const carol = "SHA256:carol"

// names is a server with one name on it, as simple as can be.
type names struct {
	dice  *rand.Rand
	run   *record.Run
	now   time.Duration
	owner string
	token int
	last  int
	on    map[seat]time.Duration // the sessions on the name, and until when
	grace time.Duration          // when it is over, if no session is left
	open  map[seat]string        // connections, and whose
	count int
}

// generated is a run on one name in which every law of ownership holds, unless it is
// broken afterwards: people of three keys come, talk, leave and fall silent, and
// nobody is told when exactly what happened.
func generated(seed uint64, ops int) *record.Run {
	n := &names{
		dice: rand.New(rand.NewPCG(seed, 3)), on: map[seat]time.Duration{}, open: map[seat]string{},
		run: &record.Run{TTL: at(2), Silence: at(1.5), Grace: at(2)},
	}
	for range 2 {
		from := time.Duration(n.dice.Int64N(int64(at(10))))
		n.run.Faults = append(n.run.Faults, record.Fault{Kind: "kill", Node: []string{"n1"}, From: from, To: from + at(1)})
	}
	for len(n.run.Ops) < ops {
		n.now += time.Duration(n.dice.Int64N(int64(at(0.6))))
		n.expire()
		n.do()
	}
	n.run.Took = n.now + at(2)
	return n.run
}

func (n *names) expire() {
	for s, until := range n.on {
		if until <= n.now {
			delete(n.on, s)
			n.grace = max(n.grace, until+n.run.Grace)
		}
	}
	if len(n.on) == 0 && n.owner != "" && n.grace <= n.now {
		n.owner, n.token = "", 0
	}
}

func (n *names) do() {
	client := 1 + n.dice.IntN(4)
	who := []string{alice, alice, bob, carol}[client-1]
	var mine []seat
	for s := range n.open {
		if s.client == client {
			mine = append(mine, s)
		}
	}
	slices.SortFunc(mine, func(a, b seat) int { return a.session - b.session })
	if len(mine) == 0 || n.dice.IntN(3) == 0 {
		n.count++
		n.claim(seat{client, n.count}, who)
		return
	}
	s := mine[0]
	switch _, on := n.on[s]; n.dice.IntN(6) {
	case 0, 1:
		if on {
			n.write(record.Op{Client: client, Session: s.session, Identity: who, Kind: record.Post, Outcome: record.OK, Text: fmt.Sprint("t", n.count, len(n.run.Ops))})
		}
	case 2:
		n.quit(s, who, on)
	case 3, 4:
		n.drop(s, who, on)
	case 5:
		n.look()
	}
}

func (n *names) claim(s seat, who string) {
	op := record.Op{Client: s.client, Session: s.session, Identity: who, Kind: record.Claim, Outcome: record.OK}
	switch {
	case n.dice.IntN(6) == 0:
		op.Outcome = record.Unknown
		n.open[s] = who
		if n.dice.IntN(2) == 0 || n.owner != "" && n.owner != who {
			break
		}
		fallthrough
	case n.owner == "" || n.owner == who:
		if n.owner == "" {
			n.last++
			n.owner, n.token = who, n.last
		}
		n.on[s], n.open[s] = forever, who
	default:
		op.Outcome, op.Owner, op.State = record.Refused, n.owner, n.state()
	}
	n.write(op)
}

func (n *names) state() string {
	switch {
	case n.owner == "":
		return ""
	case len(n.on) == 0:
		return "grace"
	}
	return "held"
}

func (n *names) quit(s seat, who string, on bool) {
	op := record.Op{Client: s.client, Session: s.session, Identity: who, Kind: record.Quit, Outcome: record.OK}
	if n.dice.IntN(4) == 0 {
		op.Outcome = record.Unknown
	}
	if delete(n.on, s); on && len(n.on) == 0 {
		n.owner, n.token = "", 0
	}
	delete(n.open, s)
	n.write(op)
}

func (n *names) drop(s seat, who string, on bool) {
	op := record.Op{Client: s.client, Session: s.session, Identity: who, Kind: record.Drop, Outcome: record.OK, Why: record.Closed, Proof: n.now - at(0.2)}
	until := n.now
	if n.dice.IntN(2) == 0 {
		op.Why = record.Silent
		until += n.run.Silence
	}
	if on {
		n.on[s] = until
	}
	delete(n.open, s)
	n.write(op)
}

func (n *names) look() {
	op := record.Op{Kind: record.Read, Outcome: record.OK, Owner: n.owner, State: n.state()}
	if n.owner != "" {
		op.Token = strconv.Itoa(n.token)
	}
	n.write(op)
}

// write has an operation begin a little before and end a little after it happens.
func (n *names) write(op record.Op) {
	op.ID, op.Name, op.Node = len(n.run.Ops)+1, "nova", "n1"
	op.Call = max(n.now-time.Duration(n.dice.Int64N(int64(at(0.5)))), 0)
	op.Return = n.now + time.Duration(n.dice.Int64N(int64(at(0.5))))
	if op.Outcome == record.Unknown {
		op.Return = 0
	}
	n.run.Ops = append(n.run.Ops, op)
}

// spoil changes a few things that somebody was told, or when.
func spoil(run *record.Run, dice *rand.Rand) {
	for range dice.IntN(4) {
		op := &run.Ops[dice.IntN(len(run.Ops))]
		switch dice.IntN(5) {
		case 0:
			move := time.Duration(dice.Int64N(int64(at(12)))) - at(6)
			op.Call = max(op.Call+move, 0)
			if op.Return > 0 {
				op.Return = max(op.Return+move, op.Call)
			}
		case 1:
			op.Owner = []string{"", alice, bob, carol}[dice.IntN(4)]
		case 2:
			op.Identity = []string{alice, bob, carol}[dice.IntN(3)]
		case 3:
			op.Token = strconv.Itoa(1 + dice.IntN(3))
		case 4:
			if op.Kind == record.Claim && op.Return > 0 {
				op.Outcome = record.OK
			}
		}
	}
}

// byPorcupine decides the whole history, uncut.
func byPorcupine(m model, steps []*step) outcome {
	switch porcupine.CheckOperationsTimeout(m.porcupine(), operations(steps), 300*time.Millisecond) {
	case porcupine.Ok:
		return legal
	case porcupine.Illegal:
		return illegal
	}
	return undecided
}

// A history that is judged in parts, with all that can make no difference left out,
// is judged as porcupine judges the whole of it: in sound runs and in broken ones.
func TestCutHistoriesAreJudgedLikeWholeOnes(t *testing.T) {
	count := map[string]int{}
	for seed := range uint64(200) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { judgedAlike(t, seed, 14, seed%4 != 0, count) })
	}
	// What may have happened until 6.01 s makes what was done at 6.14 s possible, and
	// nothing before needs it: it must be taken when its time is over.
	t.Run("seed 67 of 25", func(t *testing.T) { judgedAlike(t, 67, 25, true, count) })
	t.Log(count)
	for _, r := range []rules{lenient, noEarly, noLate, allRules} {
		for _, o := range []outcome{legal, illegal} {
			if what := fmt.Sprint(r, o); count[what] < 10 {
				t.Errorf("only %d histories were %s", count[what], what)
			}
		}
	}
}

func judgedAlike(t *testing.T, seed uint64, ops int, broken bool, count map[string]int) {
	run := complete(generated(seed, ops))
	if broken {
		spoil(run, rand.New(rand.NewPCG(seed, 4)))
	}
	c := newClock(run)
	list := steps(run, c, stays(run, c))["nova"]
	for _, r := range []rules{lenient, noEarly, noLate, allRules} {
		m := model{rules: r, run: run}
		want := byPorcupine(m, list)
		count[fmt.Sprint(r, want)]++
		if want == undecided {
			continue
		}
		s := sweep{model: m, until: time.Now().Add(time.Minute), steps: list}
		got := s.run()
		if got.outcome != want {
			t.Errorf("%s: got %d, porcupine says %d", r, got.outcome, want)
		}
		if want == illegal && got.first == nil {
			t.Errorf("%s: nothing broke it", r)
		}
		if !broken && want != legal {
			t.Errorf("%s: a sound run is broken", r)
		}
	}
}

// Whoever leaves a name on purpose frees it at once, unless another is still on it: one
// whose connection has ended, say, and whose node has not seen it yet. So nobody is left
// out of a state for the sake of a session that will leave, however much longer it may
// be on the name. Bob, who asks late, hears of the grace that follows.
func TestWhoLeavesOnPurposeMakesNobodySuperfluous(t *testing.T) {
	for seed := range uint64(20) {
		run := complete(staggered(rand.New(rand.NewPCG(seed, 6))))
		c := newClock(run)
		list := steps(run, c, stays(run, c))["nova"]
		for _, r := range []rules{lenient, noEarly, noLate, allRules} {
			m := model{rules: r, run: run}
			if got := byPorcupine(m, list); got != legal {
				t.Errorf("seed %d, %s: porcupine says %d of a sound run", seed, r, got)
			}
			s := sweep{model: m, until: time.Now().Add(time.Minute), steps: list}
			if got := s.run(); got.outcome != legal {
				t.Errorf("seed %d, %s: got %d at %v; the run is sound", seed, r, got.outcome, got.first)
			}
		}
	}
}

// staggered is a sound run: alice is on nova twice, the connection of one session ends,
// the other leaves while the first is on it still, and then it is quiet for long.
func staggered(dice *rand.Rand) *record.Run {
	run := &record.Run{TTL: at(2), Silence: at(1.5), Grace: at(5), Took: at(20)}
	now := at(1)
	then := func(least, most float64, op record.Op) {
		now += at(least) + time.Duration(dice.Int64N(int64(at(most-least))))
		op.ID, op.Name, op.Node, op.Call, op.Return = len(run.Ops)+1, "nova", "n1", now, now+at(0.1)
		op.Proof = now - at(0.2)
		run.Ops = append(run.Ops, op)
	}
	then(0, 0.5, record.Op{Client: 1, Session: 1, Identity: alice, Kind: record.Claim, Outcome: record.OK})
	then(0.2, 1, record.Op{Client: 2, Session: 2, Identity: alice, Kind: record.Claim, Outcome: record.OK})
	then(0.2, 1, record.Op{Client: 1, Session: 1, Identity: alice, Kind: record.Drop, Outcome: record.OK, Why: record.Closed})
	then(0.2, 1, record.Op{Client: 2, Session: 2, Identity: alice, Kind: record.Quit, Outcome: record.OK})
	then(4, 5, record.Op{Client: 3, Session: 3, Identity: bob, Kind: record.Claim, Outcome: record.Refused, Owner: alice, State: "grace"})
	return run
}

// What keeps to all rules keeps to each: those who do are held to all at once.
func TestStricterRulesAllowNoMore(t *testing.T) {
	for seed := range uint64(100) {
		run := complete(generated(seed, 25))
		spoil(run, rand.New(rand.NewPCG(seed, 5)))
		c := newClock(run)
		list := steps(run, c, stays(run, c))["nova"]
		is := map[rules]outcome{}
		for _, r := range []rules{lenient, noEarly, noLate, allRules} {
			s := sweep{model: model{rules: r, run: run}, until: time.Now().Add(time.Minute), steps: list}
			is[r] = s.run().outcome
		}
		for _, r := range []rules{noEarly, noLate} {
			if is[allRules] == legal && is[r] != legal || is[r] == legal && is[lenient] != legal {
				t.Errorf("seed %d: %v", seed, is)
			}
		}
	}
}

// What cannot be decided is not held.
func TestWhatIsNotDecidedInTimeIsNotHeld(t *testing.T) {
	run := complete(generated(1, 300))
	c := newClock(run)
	list := steps(run, c, stays(run, c))["nova"]
	s := sweep{model: model{rules: allRules, run: run}, until: time.Now().Add(-time.Minute), steps: list}
	if got := s.run(); got.outcome != undecided || got.first == nil {
		t.Errorf("got %+v", got)
	}
	o := ownership{names: map[string][]*step{"nova": list}, run: run, results: map[rules]map[string]result{
		noLate: {"nova": {outcome: undecided}},
	}}
	if f := o.neverLate(); f.Held || !f.Undecided {
		t.Errorf("got %+v", f)
	}
}

// A minute in which no node reaches the others has everybody come again and again, and
// nobody told whether they are in: dozens of logins on one name that may each have been, or
// not. That is decided all the same, looking at little more than there is.
func TestAStormOfLoginsWithoutAnAnswerIsDecided(t *testing.T) {
	for _, token := range []string{"2", "1"} { // alice's lease is over by then, so hers again it is under a new one
		run := complete(storm(token))
		c := newClock(run)
		list := steps(run, c, stays(run, c))["nova"]
		s := sweep{model: model{rules: allRules, run: run}, until: time.Now().Add(time.Minute), steps: list}
		want := map[string]outcome{"2": legal, "1": illegal}[token]
		if got := s.run(); got.outcome != want {
			t.Errorf("token %s: got %d at %v", token, got.outcome, got.first)
		}
		t.Logf("token %s: %d looks at %d steps", token, s.looks, len(list))
		if want == legal && s.looks > 10*len(list) {
			t.Errorf("%d looks at %d steps", s.looks, len(list))
		}
	}
}

// storm is a run in which alice is on nova under token 1, all nodes are lost for ten seconds,
// and she and bob knock all the while. Then she is on it under another token.
func storm(token string) *record.Run {
	run := &record.Run{TTL: at(2), Silence: at(1.5), Grace: at(2), Took: at(60)}
	run.Faults = []record.Fault{{Kind: "kill", Node: []string{"n1"}, From: at(3), To: at(13)}}
	op := func(client, session int, kind string, call, ret float64, outcome record.Outcome, more func(*record.Op)) {
		o := record.Op{
			ID: len(run.Ops) + 1, Client: client, Session: session, Identity: []string{"", alice, bob}[client], Kind: kind,
			Name: "nova", Node: "n1", Call: at(call), Return: at(ret), Outcome: outcome,
		}
		if more != nil {
			more(&o)
		}
		run.Ops = append(run.Ops, o)
	}
	look := func(token string) func(*record.Op) {
		return func(o *record.Op) { o.Owner, o.State, o.Token = alice, "held", token }
	}
	op(1, 1, record.Claim, 1, 1.1, record.OK, nil)
	op(0, 0, record.Read, 1.2, 1.3, record.OK, look("1"))
	op(1, 1, record.Drop, 3, 20, record.OK, func(o *record.Op) { o.Why, o.Proof = record.Silent, at(1.2) })
	for i := range 30 {
		from := 3 + float64(i)/3
		client := 1 + i%2
		op(client, 10+i, record.Claim, from, 0, record.Unknown, nil)
		op(client, 10+i, record.Drop, 0, from+0.1, record.OK, func(o *record.Op) { o.Why = record.Ended })
	}
	op(1, 90, record.Claim, 40, 40.1, record.OK, nil)
	for i := range 20 {
		from := 41 + float64(i)/2
		op(1, 90, record.Post, from, from+0.1, record.OK, func(o *record.Op) { o.Text = fmt.Sprint("t", i) })
	}
	op(0, 0, record.Read, 52, 52.1, record.OK, look(token))
	return run
}
