package stage

import (
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"
)

func TestFaultsOnTheSameLinkAddUp(t *testing.T) {
	w := newWires()
	ab := way{"a", "b"}
	undoCut := w.add(map[way]link{ab: {cut: true}})
	undoSlow := w.add(map[way]link{ab: {delay: time.Second, rate: 100}})
	w.add(map[way]link{ab: {delay: time.Second, rate: 50, loss: 3}})
	if got, want := w.of("a", "b"), (link{cut: true, delay: 2 * time.Second, rate: 50, loss: 3}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	if got := w.of("b", "a"); got != (link{}) {
		t.Errorf("the way back is %+v", got)
	}
	undoCut()
	undoSlow()
	if got, want := w.of("a", "b"), (link{delay: time.Second, rate: 50, loss: 3}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
}

func TestBytesKeepTheirOrderAndTheirPace(t *testing.T) {
	var p pace
	now := time.Unix(100, 0)
	slow := link{rate: 1000, jitter: time.Second}
	last := now
	for range 20 {
		due := p.due(now, slow, 500)
		if due.Before(last) {
			t.Fatalf("due at %s, after one due at %s", due, last)
		}
		last = due
	}
	if least := now.Add(10 * time.Second); last.Before(least) {
		t.Errorf("10,000 bytes at 1,000 a second were through after %s", last.Sub(now))
	}
	if due := p.due(now, link{}, 500); due.Before(last) {
		t.Errorf("a link that is sound again delivers %s before what was under way", last.Sub(due))
	}
}

// Where no namespaces can be had, a cut must stall connections, not end them.
func TestACutProxyStallsAndGoesOn(t *testing.T) {
	wires := newWires()
	l := newLoopback(wires)
	defer l.close()
	a, err := l.add("a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.add("b")
	if err != nil {
		t.Fatal(err)
	}
	echo, err := net.Listen("tcp", b.peer())
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c)
		}
	}()
	conn, err := a.dial(t.Context(), b.peer())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := func(within time.Duration) bool {
		conn.SetReadDeadline(time.Now().Add(within))
		got := make([]byte, 2)
		_, err := io.ReadFull(conn, got)
		return err == nil && string(got) == "hi"
	}
	conn.Write([]byte("hi"))
	if !answers(10 * time.Second) {
		t.Fatal("a sound way carries nothing")
	}
	undo := wires.add(map[way]link{{"b", "a"}: {cut: true}})
	conn.Write([]byte("hi"))
	if answers(300 * time.Millisecond) {
		t.Fatal("a way that is cut carries something")
	}
	undo()
	if !answers(10 * time.Second) {
		t.Fatal("what was under way is lost")
	}
}

func TestEveryKindHasAFamilyAndSaysWhatItDoes(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		family, rest, ok := strings.Cut(k.Name, "-")
		alone := k.Name == "roll" || k.Name == "join" || k.Name == "lead"
		if (!ok || family == "" || rest == "") != alone || k.Says == "" || k.do == nil || seen[k.Name] || k.Short <= 0 || k.Long <= k.Short {
			t.Errorf("%+v", k)
		}
		seen[k.Name] = true
	}
}

func TestDamageIsDamage(t *testing.T) {
	d := &dice{rand.New(rand.NewPCG(1, 1))}
	for range 100 {
		b := make([]byte, 1000)
		b[500] = 7
		flipIn(b, d)
		if strings.Count(string(b), "\x00") == 999 && b[500] == 7 {
			t.Fatal("no byte is wrong")
		}
	}
}
