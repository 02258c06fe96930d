package load

import (
	"io"
	"net"
	"testing"
	"time"
)

// wires are both ends of a connection, the first of them ours.
func wires(t *testing.T) (*wire, net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	_ = theirs.SetDeadline(time.Now().Add(20 * time.Second))
	return newWire(ours), theirs
}

func TestASuspendedWireGoesOnWhereItWas(t *testing.T) {
	w, theirs := wires(t)
	got := make(chan string, 1)
	go func() {
		b := make([]byte, 4)
		_, _ = io.ReadFull(w, b)
		got <- string(b)
	}()
	w.turn(paused)
	sent := make(chan error, 1)
	go func() {
		_, err := w.Write([]byte("hold"))
		sent <- err
	}()
	if _, err := theirs.Write([]byte("wait")); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-got:
		t.Fatalf("%q was read of a wire that is suspended", s)
	case <-sent:
		t.Fatal("something was sent on a wire that is suspended")
	case <-time.After(50 * time.Millisecond): // nothing happens, which nothing else can tell
	}
	w.turn(well)
	if s := <-got; s != "wait" {
		t.Errorf("got %q", s)
	}
	b := make([]byte, 4)
	if _, err := io.ReadFull(theirs, b); err != nil || string(b) != "hold" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestACutWireSwallowsAndEndsOnlyByClosing(t *testing.T) {
	w, theirs := wires(t)
	w.turn(gone)
	w.turn(well) // a cable stays pulled
	if n, err := w.Write([]byte("lost")); n != 4 || err != nil {
		t.Fatalf("got %d, %v", n, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := w.Read(make([]byte, 1))
		ended <- err
	}()
	w.Close()
	if err := <-ended; err == nil {
		t.Error("a closed wire was read")
	}
	if b, err := io.ReadAll(theirs); len(b) > 0 || err != nil {
		t.Errorf("the other side got %q, %v", b, err)
	}
}

func TestAWriteThatWaitsIsSwallowedOnceTheCableIsPulled(t *testing.T) {
	w, _ := wires(t)
	w.turn(paused)
	sent := make(chan error, 1)
	go func() {
		_, err := w.Write([]byte("hold"))
		sent <- err
	}()
	w.turn(gone)
	select {
	case err := <-sent:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it waits for ever")
	}
}

// TestACutWireCarriesNoEnd: its server must wait for proof of life, as for any other whose
// cable is pulled. It was told of the end, and a session that ended at once was blamed on
// the leases (client, seed 204).
func TestACutWireCarriesNoEnd(t *testing.T) {
	for _, cut := range []bool{false, true} {
		w, theirs := wires(t)
		if cut {
			w.turn(gone)
		}
		w.hush()
		within := 20 * time.Second
		if cut { // what is not to come is not waited for as long
			within = 100 * time.Millisecond
		}
		_ = theirs.SetReadDeadline(time.Now().Add(within))
		if _, err := theirs.Read(make([]byte, 1)); (err == io.EOF) == cut {
			t.Errorf("cut %v: %v", cut, err)
		}
	}
}
