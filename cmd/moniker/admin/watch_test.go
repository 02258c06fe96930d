package admin

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

// ring is a feed that loses what it is told to.
type ring struct {
	mu     sync.Mutex
	events []turn.Event
	lost   int
	wakes  map[int]func()
	ever   int
	before func() // happens before the head is looked at
}

func (r *ring) publish(events []turn.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events...)
	for _, wake := range r.wakes {
		wake()
	}
}

// lose has the ring drop its oldest events, down to those that keep leaves.
func (r *ring) lose(keep int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = len(r.events) - keep
}

// hold has what f publishes wake nobody before f is over.
func (r *ring) hold(f func()) {
	r.mu.Lock()
	wakes := r.wakes
	r.wakes = nil
	r.mu.Unlock()
	f()
	r.mu.Lock()
	r.wakes = wakes
	r.mu.Unlock()
	r.publish(nil)
}

func (r *ring) Head() uint64 {
	if r.before != nil {
		r.before()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return uint64(len(r.events))
}

func (r *ring) Next(after uint64, limit int) ([]turn.Event, uint64, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	skipped := max(r.lost-int(after), 0)
	from := int(after) + skipped
	to := max(min(from+limit, len(r.events)), from)
	if from == to {
		return nil, uint64(to), skipped
	}
	return r.events[from:to], uint64(to), skipped
}

func (r *ring) Watch(wake func()) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wakes == nil {
		r.wakes = map[int]func(){}
	}
	r.ever++
	n := r.ever
	r.wakes[n] = wake
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.wakes, n)
	}
}

// watching is a watch under way in a bubble.
type watching struct {
	out, errs bytes.Buffer
	hangUp    context.CancelFunc
	exit      chan int
}

func (f *fake) watch(tree func(context.Context, Request) int, r Request, line string) *watching {
	f.t.Helper()
	w := &watching{exit: make(chan int, 1)}
	ctx, cancel := context.WithCancel(f.t.Context())
	w.hangUp = cancel
	r.Args = strings.Fields("watch " + line)
	if r.Stdout == nil {
		r.Stdout = &w.out
	}
	r.Stderr = &w.errs
	go func() { w.exit <- tree(ctx, r) }()
	synctest.Wait()
	return w
}

// end hangs up and returns what came of it.
func (w *watching) end() result {
	w.hangUp()
	return result{<-w.exit, w.out.String(), w.errs.String()}
}

const watchHeader = "TIME (UTC)  EVENT     NAME      TOKEN  KEY              NODE  WHY\n"

// story is what the screens below tell of.
func story(f *fake) {
	f.pass(40 * time.Second)
	f.ok(0, fsm.Renew{Incarnation: inc2, Counter: 9})
	f.ok(inc1, fsm.Attach{Session: id.Session{Incarnation: inc1, Number: 1}, Identity: alice, Nick: nickOf("alice")})
	f.pass(time.Second)
	f.ok(inc2, fsm.Attach{Session: id.Session{Incarnation: inc2, Number: 0xc1}, Identity: alice, Nick: nickOf("alice")})
	f.ok(inc1, fsm.Detach{Session: id.Session{Incarnation: inc1, Number: 1}})
	f.ok(inc2, fsm.Claim{Session: id.Session{Incarnation: inc2, Number: 0xc1}, Nick: nickOf("anna")})
	f.ok(inc2, fsm.Detach{Session: id.Session{Incarnation: inc2, Number: 0xc1}})
	f.ok(0, fsm.LeaderStart{Node: node2})
	f.ok(inc1, fsm.SetSetting{Name: setting.LeaseGrace, Value: int64(id.Minute), By: mallory})
	f.ok(inc2, fsm.Exit{Incarnation: inc2})
	synctest.Wait()
}

func TestOwnershipIsWatchedAsItCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.age.Store(0)
		w := f.watch(f.tree(), Request{Width: 80, Local: true}, "")
		if got := w.out.String(); got != watchHeader {
			t.Errorf("before anything happens there is %q", got)
		}
		story(f)
		golden(t, w.end(), 0, watchHeader+
			"10:31:40    claimed   alice         1  SHA256:JKd708Me  n1    was free\n"+
			"10:31:41    attached  alice         1  SHA256:JKd708Me  n2    its owner\n"+
			"10:31:41    detached  alice         1  SHA256:JKd708Me  n1    connection ended\n"+
			"10:31:41    detached  alice         1  SHA256:JKd708Me  n2    /nick\n"+
			"10:31:41    freed     alice         1  SHA256:JKd708Me  n2    /nick\n"+
			"10:31:41    claimed   anna          2  SHA256:JKd708Me  n2    /nick\n"+
			"10:31:41    renamed   anna          2  SHA256:JKd708Me  n2    was alice\n"+
			"10:31:41    detached  anna          2  SHA256:JKd708Me  n2    connection ended\n"+
			"10:31:41    grace     anna          2  SHA256:JKd708Me  n2    connection ended\n"+
			"10:31:41    leads     -             -  -                n2    -\n"+
			"10:31:41    set       lease.grace   -  SHA256:wKSXdhsX  -     is 1m\n"+
			"10:31:41    down      -             -  -                n2    node stopped\n", "")
	})
}

func TestRegistrationIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.age.Store(0)
		all := f.watch(f.tree(), Request{Width: 80, Local: true}, "")
		one := f.watch(f.tree(), Request{Width: 80, Local: true}, "carol")
		session := id.Session{Incarnation: inc1, Number: 1}
		f.ok(inc1, fsm.Attach{Session: session, Identity: alice, Nick: nickOf("alice")})
		f.run(80, "nick register alice")
		f.run(80, "nick reserve carol SHA256:"+strings.Repeat("c", 42)+"A")
		f.ok(inc1, fsm.Release{Session: session})
		f.run(80, "nick unregister alice")
		f.ok(inc1, fsm.Attach{Session: id.Session{Incarnation: inc1, Number: 2}, Identity: alice, Nick: nickOf("alice")})
		f.run(80, "nick register alice")
		f.run(80, "nick unregister alice")
		synctest.Wait()
		golden(t, all.end(), 0, watchHeader+
			"10:31:00    claimed   alice         1  SHA256:JKd708Me  n1    was free\n"+
			"10:31:00    registered  alice       1  SHA256:JKd708Me  -     -\n"+
			"10:31:00    reserved  carol         2  SHA256:cccccccc  -     an operator\n"+
			"10:31:00    detached  alice         1  SHA256:JKd708Me  n1    /quit\n"+
			"10:31:00    reserved  alice         1  SHA256:JKd708Me  n1    /quit\n"+
			"10:31:00    freed     alice         1  SHA256:JKd708Me  -     unregistered\n"+
			"10:31:00    claimed   alice         3  SHA256:JKd708Me  n1    was free\n"+
			"10:31:00    registered  alice       3  SHA256:JKd708Me  -     -\n"+
			"10:31:00    unregistered  alice     3  SHA256:JKd708Me  -     -\n", "")
		golden(t, one.end(), 0, watchHeader+
			"10:31:00    reserved  carol         2  SHA256:cccccccc  -     an operator\n", "")
	})
}

func TestWhoIsKeptOutIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := peopled(t)
		f.age.Store(0)
		all := f.watch(f.tree(), Request{Width: 100, Local: true}, "")
		one := f.watch(f.tree(), Request{Width: 100, Local: true}, "mallory")
		objects := f.watch(f.tree(), Request{Local: true}, "mallory --json")
		ruledRoom(f)
		f.pass(2 * time.Second)
		f.ok(0, fsm.Renew{Incarnation: inc3, Counter: 9})
		f.run(80, "ban add 192.0.2.0/24 --for 1h --reason spam")
		f.run(80, "ban add mallory --for 1s")
		f.run(80, "mute add bob")
		f.run(80, "mute remove bob")
		f.run(80, "allow add "+string(alice)+" --note phone")
		f.run(80, "allow remove "+string(alice))
		f.pass(time.Second)
		f.ok(0, fsm.Tick{})
		synctest.Wait()
		rulings := ""
		for line := range strings.Lines(all.end().out) {
			if !strings.Contains(line, "claimed") && !strings.Contains(line, " up ") {
				rulings += line
			}
		}
		const mallorys = "" +
			"10:52:08    muted     mallory       -  SHA256:wKSXdhsX  -     in #ops for 1 h by alice\n"
		const banned = "" +
			"10:52:10    banned    mallory       -  SHA256:wKSXdhsX  -     for 1.0 s by a local user\n"
		const unbanned = "" +
			"10:52:11    unbanned  mallory       -  SHA256:wKSXdhsX  -     its time is over\n"
		want := watchHeader +
			"10:52:08    room given  bob         -  SHA256:cccccccc  -     in #ops by alice\n" +
			"10:52:08    room taken  bob         -  SHA256:cccccccc  -     in #ops by alice\n" +
			mallorys +
			"10:52:08    banned    bob           -  SHA256:cccccccc  -     in #ops by alice: loud\n" +
			"10:52:08    put out   bob           -  SHA256:cccccccc  -     in #ops by alice: loud\n" +
			"10:52:10    banned    192.0.2.0/24  -  -                -     for 1 h by a local user: spam\n" +
			banned +
			"10:52:10    muted     bob           -  SHA256:cccccccc  -     by a local user\n" +
			"10:52:10    unmuted   bob           -  SHA256:cccccccc  -     by a local user\n" +
			"10:52:10    allowed   alice         -  SHA256:JKd708Me  -     by a local user: phone\n" +
			"10:52:10    not allowed  alice      -  SHA256:JKd708Me  -     by a local user\n" +
			unbanned
		if rulings != want {
			t.Errorf("got\n%s\nwant\n%s", rulings, want)
		}
		golden(t, one.end(), 0, watchHeader+mallorys+banned+unbanned, "")
		first, _, _ := strings.Cut(objects.end().out, "\n")
		if want := `{"time":"2026-01-06T10:52:08Z","index":21,"event":"muted","nick":"mallory","old":null,"token":null,"owner":"` + string(mallory) +
			`","node":null,"session":null,"setting":null,"value":null,"by":"` + string(alice) + `","why":null,` +
			`"room":"#ops","network":null,"for_ms":3600000,"reason":null}`; first != want {
			t.Errorf("got\n%s\nwant\n%s", first, want)
		}
	})
}

// Whoever runs a room may delete others' words, which operators see, without the words.
// What authors change of their own, and what people think of it, is nobody's business.
func TestWhoseWordsAnotherDeletesIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := peopled(t)
		f.age.Store(0)
		f.again()
		all := f.watch(f.tree(), Request{Width: 100, Local: true}, "")
		one := f.watch(f.tree(), Request{Width: 100, Local: true}, "bob")
		objects := f.watch(f.tree(), Request{Local: true}, "bob --json")
		f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 1}, Identity: carol, Nick: nickOf("bob")})
		alices, bobs := id.Session{Incarnation: inc2, Number: 0xc1}, id.Session{Incarnation: inc3, Number: 1}
		f.ok(inc2, fsm.Join{Session: alices, Token: 2, Room: "#ops", Skeletons: [2]string{"ops", "ops"}}) // it is hers
		f.ok(inc3, fsm.Join{Session: bobs, Token: 3, Room: "#ops", Skeletons: [2]string{"ops", "ops"}})
		f.ok(inc3, fsm.Post{Session: bobs, Token: 3, Room: "#ops", Text: "one"})
		f.ok(inc3, fsm.Post{Session: bobs, Token: 3, Room: "#ops", Text: "two"})
		said := f.s.History().Last("#ops", 2)
		f.ok(inc2, fsm.React{Session: alices, Token: 2, Place: "#ops", Of: said[0].ID, Text: "+1", On: true})
		f.ok(inc3, fsm.Amend{Session: bobs, Token: 3, Place: "#ops", Of: said[0].ID, Text: "uno"})
		f.ok(inc3, fsm.Amend{Session: bobs, Token: 3, Place: "#ops", Of: said[0].ID})
		f.ok(inc2, fsm.Amend{Session: alices, Token: 2, Place: "#ops", Of: said[1].ID})
		synctest.Wait()
		const claimed = "10:52:08    claimed   bob           3  SHA256:cccccccc  n1    was free\n"
		const deleted = "10:52:08    deleted   bob           -  SHA256:cccccccc  -     in #ops by alice\n"
		golden(t, all.end(), 0, watchHeader+claimed+deleted, "")
		golden(t, one.end(), 0, watchHeader+claimed+deleted, "")
		lines := strings.Split(objects.end().out, "\n")
		if len(lines) != 3 || !strings.Contains(lines[1], `"event":"deleted","nick":"bob","old":null,"token":null,"owner":"`+string(carol)+`"`) ||
			!strings.Contains(lines[1], `"by":"`+string(alice)+`","why":null,"room":"#ops"`) {
			t.Errorf("%q", lines)
		}
	})
}

func TestAWatchOfOneNameTellsOfItAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		w := f.watch(f.tree(), Request{Width: 40, Local: true}, "ANNA bob")
		narrow := f.watch(f.tree(), Request{Width: 12, Local: true}, "bob")
		story(f)
		golden(t, w.end(), 0, ""+
			"TIME (UTC)  EVENT     NAME      TOKEN\n"+
			"10:31:41    claimed   anna          2\n"+
			"10:31:41    renamed   anna          2\n"+
			"10:31:41    detached  anna          2\n"+
			"10:31:41    grace     anna          2\n", "")
		golden(t, narrow.end(), 0, "TIME (UTC)\n", "")
	})
}

func TestWatchedEventsAsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.age.Store(0)
		w := f.watch(f.tree(), Request{Width: 40, Local: true}, "-o json")
		f.ok(inc1, fsm.Attach{Session: id.Session{Incarnation: inc1, Number: 1}, Identity: alice, Nick: nickOf("alice")})
		f.ok(inc1, fsm.Claim{Session: id.Session{Incarnation: inc1, Number: 1}, Nick: lookOf("Alice", "alice")})
		f.ok(inc1, fsm.SetSetting{Name: setting.LeaseGrace, Value: int64(id.Minute), By: mallory})
		synctest.Wait()
		golden(t, w.end(), 0, ""+
			`{"time":"2026-01-06T10:31:00Z","index":6,"event":"claimed","nick":"alice","old":null,"token":"1","owner":"`+string(alice)+`","node":"n1","session":"n1-1f1","setting":null,"value":null,"by":null,"why":"was free","room":null,"network":null,"for_ms":null,"reason":null}`+"\n"+
			`{"time":"2026-01-06T10:31:00Z","index":7,"event":"renamed","nick":"Alice","old":"alice","token":"1","owner":"`+string(alice)+`","node":"n1","session":"n1-1f1","setting":null,"value":null,"by":null,"why":"/nick","room":null,"network":null,"for_ms":null,"reason":null}`+"\n"+
			`{"time":"2026-01-06T10:31:00Z","index":8,"event":"set","nick":null,"old":null,"token":null,"owner":null,"node":null,"session":null,"setting":"lease.grace","value":"1m","by":"`+string(mallory)+`","why":null,"room":null,"network":null,"for_ms":null,"reason":null}`+"\n", "")
	})
}

// stuck is a reader that takes nothing until it is let.
type stuck struct {
	took bytes.Buffer
	let  chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.let
	return s.took.Write(p)
}

func TestASlowWatcherIsToldWhatItMissedAndHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.age.Store(0)
		slow := &stuck{let: make(chan struct{})}
		w := f.watch(f.tree(), Request{Local: true, Stdout: slow}, "-o json")
		set := func(n int64) {
			f.ok(inc1, fsm.SetSetting{Name: setting.LimitNames, Value: n})
			synctest.Wait()
		}
		set(1) // is being written, for a long time
		for n := range int64(20) {
			set(n + 2) // nobody waits
		}
		f.events.lose(2)
		close(slow.let)
		synctest.Wait()
		got := w.end()
		if want := "18 events skipped\n"; got.exit != 0 || got.err != want {
			t.Errorf("exit %d, stderr %q, want %q", got.exit, got.err, want)
		}
		lines := strings.Split(slow.took.String(), "\n")
		if len(lines) != 5 || lines[1] != `{"event":"skipped","events":18}` || !strings.Contains(lines[2], `"value":"20"`) {
			t.Errorf("it got %q", lines)
		}

		again := f.watch(f.tree(), Request{Width: 80, Local: true}, "")
		f.events.lose(-5) // a snapshot: the ring is empty, and its head has moved
		f.events.publish(nil)
		synctest.Wait()
		golden(t, again.end(), 0, watchHeader, "n1 was sent a snapshot: what happened before it was not seen here\n")
	})
}

func TestAWatchEndsWithItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		w := f.watch(f.tree(), Request{Local: true, Stdout: broken{}}, "")
		if exit := <-w.exit; exit != 0 {
			t.Errorf("exit %d", exit)
		}
		if len(f.events.wakes) != 0 {
			t.Error("it is still woken")
		}
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("nobody reads this") }

func TestAWatchSaysWhenItsNodeIsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.age.Store(0)
		w := f.watch(f.tree(), Request{Width: 80, Local: true}, "")
		for _, age := range []time.Duration{time.Second, 0, 4 * time.Second, 5 * time.Second, time.Millisecond, 0, 0} {
			f.age.Store(int64(age))
			<-time.After(lookEvery)
			synctest.Wait()
		}
		golden(t, w.end(), 0, watchHeader, ""+
			"n1 cannot reach a majority: what happens elsewhere is seen here when it can\n"+
			"n1 is with the others again\n")
	})
}

func TestAWatchEndsWithItsNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.age.Store(0)
		f.stopping = make(chan struct{})
		w := f.watch(f.tree(), Request{Width: 80, Local: true}, "")
		close(f.stopping)
		exit := <-w.exit
		golden(t, result{exit, w.out.String(), w.errs.String()}, 1, watchHeader, "moniker: n1 is stopping.\n  Watch through another node.\n")
	})
}

func TestAWatchEndsWithTheRightToIt(t *testing.T) {
	remove := func(f *fake) { f.ok(inc1, fsm.RemoveOperator{Identity: alice}) }
	for name, when := range map[string]func(f *fake, watch func()){
		"while it watches": func(f *fake, watch func()) { watch(); remove(f) },
		"just before it": func(f *fake, watch func()) {
			f.events.before = func() { f.events.before = nil; remove(f) }
			watch()
		},
		"among what it missed": func(f *fake, watch func()) {
			watch()
			f.events.hold(func() { remove(f); f.events.lose(0) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := empty(t)
				f.age.Store(0)
				f.ok(inc1, fsm.AddOperator{Identity: alice})
				var w *watching
				when(f, func() { w = f.watch(f.tree(), Request{Width: 80, Who: alice}, "") })
				synctest.Wait()
				select {
				case exit := <-w.exit:
					if says := "moniker: this key may not use admin.\n  An operator can change that: moniker admin operator add " + string(alice) + "\n"; exit != 1 || !strings.HasSuffix(w.errs.String(), says) {
						t.Errorf("exit %d, stderr %q", exit, w.errs.String())
					}
				default:
					t.Error("it goes on")
					w.end()
				}
			})
		})
	}
}

func TestWatchesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.age.Store(0)
		tree := f.tree()
		var all []*watching
		for range maxWatches {
			all = append(all, f.watch(tree, Request{Local: true}, ""))
		}
		w := f.watch(tree, Request{Local: true}, "")
		golden(t, w.end(), 1, "", "moniker: 16 watches run on n1, which is the limit.\n  End one of them, or watch through another node.\n")
		golden(t, all[0].end(), 0, watchHeader, "")
		w = f.watch(tree, Request{Local: true}, "--stale")
		golden(t, w.end(), 2, "", "moniker: --stale is for looking once; watch shows what this node sees.\n  Leave --stale away.\n")
		w = f.watch(tree, Request{Local: true}, "a:b")
		golden(t, w.end(), 1, "", "moniker: \":\" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.\n")
		all[0] = f.watch(tree, Request{Local: true}, "alice")
		for _, w := range all {
			if got := w.end(); got.exit != 0 {
				t.Errorf("%+v", got)
			}
		}
	})
}
