package sshfront

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/fsm/lease"
)

// TestOneByteASecondIsGivenUp: it types all the time, but does not read. Which of the
// two bounds finds that out first depends on what lies in the buffers: input is not
// taken while too much output waits.
func TestOneByteASecondIsGivenUp(t *testing.T) {
	s := besieged(t, nil, nil)
	s.talks()
	slow := make(chan struct{})
	s.wire.do(func(w *wire) { w.slow = slow })
	var typing sync.WaitGroup
	typing.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			if <-tick.C; s.srv.Counts().Connections == 1 {
				return
			}
			if _, err := io.WriteString(s.hostile.in, "x\x7f"); err != nil {
				return
			}
		}
	})
	defer typing.Wait()
	defer close(slow)
	long := strings.Repeat("0123456789abcde ", 240)
	for s.srv.Counts().Connections == 2 && s.lines < 5000 {
		s.lines++
		s.alice.types(long + "line " + strconv.Itoa(s.lines) + ".\n")
		if s.lines%500 == 0 {
			s.alice.sees("line " + strconv.Itoa(s.lines) + ".")
		}
	}
	s.ends()
	s.logged("connection given up", "who=mallory")
	if n := s.srv.Counts(); n.EvictedStuck+n.EvictedSilent != 1 || n.Evicted != 1 {
		t.Errorf("%+v", n)
	}
}

// TestUnfinishedRekeyEndsTheConnection: the client asks for new keys, and stops. What is
// silent is most often found out before what is stuck.
func TestUnfinishedRekeyEndsTheConnection(t *testing.T) {
	s := besieged(t, nil, func(c *ssh.ClientConfig) { c.RekeyThreshold = 4 << 10 })
	s.talks()
	slow := make(chan struct{})
	defer close(slow)
	s.wire.do(func(w *wire) { w.slow = slow })
	s.alice.types("to wake its reader up\n")
	var typed sync.WaitGroup
	defer typed.Wait()
	typed.Go(func() { // until it wants new keys; then it holds back what is typed
		for range 200 {
			if _, err := io.WriteString(s.hostile.in, strings.Repeat("x\x7f", 20)); err != nil {
				return
			}
		}
	})
	s.ends()
	s.logged("connection given up", "who=mallory")
	if n := s.srv.Counts(); n.EvictedSilent+n.EvictedStuck != 1 || n.Evicted != 1 {
		t.Errorf("%+v", n)
	}
}

// TestNewKeysAgainAndAgainEndTheConnection: each time is as much work as a login.
func TestNewKeysAgainAndAgainEndTheConnection(t *testing.T) {
	s := besieged(t, nil, func(c *ssh.ClientConfig) { c.RekeyThreshold = 256 })
	var typed sync.WaitGroup
	defer typed.Wait()
	_ = s.hostile.session.RequestPty("xterm", 24, 80, nil)
	_ = s.hostile.session.Shell()
	typed.Go(func() {
		for {
			if _, err := io.WriteString(s.hostile.in, "x\x7f"); err != nil {
				return
			}
		}
	})
	s.ends()
	s.logged(`why="new keys were asked for too often"`, "who=")
	if n := s.srv.Counts(); n.EvictedRekeys != 1 {
		t.Errorf("%+v", n)
	}
}

func TestChannelWithoutASessionIsGivenUp(t *testing.T) {
	s := besieged(t, nil, nil)
	s.must(s.hostile.session.RequestPty("xterm", 24, 80, nil))
	asking := make(chan struct{})
	go func() { // it goes on asking for this and that
		defer close(asking)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for s.srv.Counts().Connections == 2 {
			<-tick.C
			_ = s.hostile.session.Setenv("LANG", "C")
		}
	}()
	s.ends()
	<-asking
	s.logged(`why="no session was asked for"`, "who="+string(idOf("mallory")))
	if n := s.srv.Counts(); n.EvictedIdle != 1 {
		t.Errorf("%+v", n)
	}
}

func TestHalfAPacketEndsTheConnection(t *testing.T) {
	s := besieged(t, nil, nil)
	s.talks()
	s.wire.do(func(w *wire) {
		whole := true
		w.tamper = func(b []byte) []byte {
			if whole {
				whole = false
				return b[:len(b)/2]
			}
			return nil
		}
	})
	s.hostile.types("x")
	s.ends()
	s.logged("no proof of life", "who=mallory")
}

func TestGarbageEndsTheConnection(t *testing.T) {
	s := besieged(t, nil, nil)
	s.talks()
	s.wire.do(func(w *wire) { w.tamper = func(b []byte) []byte { return bytes.Repeat([]byte("!"), len(b)) } })
	s.hostile.types("x")
	s.ends()
}

// TestRequestsAfterTheEndAreTaken: the client does not know yet that its channel is
// over. Were they not taken, neither the library nor Serve could end.
func TestRequestsAfterTheEndAreTaken(t *testing.T) {
	s := besieged(t, nil, nil)
	slow, crawls := make(chan struct{}), make(chan struct{})
	defer close(slow)
	s.wire.do(func(w *wire) { w.slow, w.crawls = slow, crawls })
	<-crawls // with the next keepalive
	_, err := s.hostile.session.SendRequest("exec", false, ssh.Marshal(struct{ Command string }{"help"}))
	s.must(err)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 300 {
		<-tick.C
		s.must(s.hostile.session.WindowChange(24, 80))
	}
	s.hostile.client.Close()
	s.ends()
}

// TestComingAndGoingLeavesNothing: connections that open and drop, at every stage.
func TestComingAndGoingLeavesNothing(t *testing.T) {
	s := besieged(t, nil, nil)
	s.hostile.client.Close()
	var wg sync.WaitGroup
	for _, sent := range []string{"", "SSH-2.0-hostile\r\n", opened(t, s.house), "garbage\n"} {
		wg.Go(func() {
			for range 300 {
				if nc, err := net.Dial("tcp", s.addr); err == nil {
					_, _ = io.WriteString(nc, sent)
					nc.Close()
				}
			}
		})
	}
	wg.Wait()
	s.ends()
	until(t, "were all of them over", func() bool { // some wait to be accepted still
		n := s.srv.Counts()
		return n.Unproven == 0 && n.HandshakesFailed+n.RefusedConnections >= 1200
	})
	if n := s.srv.Counts(); n.Evicted != 0 {
		t.Errorf("%+v", n)
	}
}

// TestFloodOfRequestsIsGivenUp: they are answered with no, until it is enough.
func TestFloodOfRequestsIsGivenUp(t *testing.T) {
	s := besieged(t, nil, nil)
	s.talks()
	var flood sync.WaitGroup
	flood.Go(func() {
		for {
			if _, _, err := s.hostile.client.SendRequest("x", false, make([]byte, 1000)); err != nil {
				return
			}
		}
	})
	flood.Go(func() {
		for {
			if _, err := s.hostile.session.SendRequest("env", false, make([]byte, 1000)); err != nil {
				return
			}
		}
	})
	s.ends()
	flood.Wait()
	s.logged(`why="too much was asked for"`, "who=mallory")
	if n := s.srv.Counts(); n.EvictedFloods != 1 {
		t.Errorf("%+v", n)
	}
}

// TestFloodOfResizesIsNothing: the connection lives, and nobody notices. When it ends,
// what was asked for and not looked at yet holds up nothing.
func TestFloodOfResizesIsNothing(t *testing.T) {
	s := besieged(t, nil, nil)
	s.talks()
	var flood sync.WaitGroup
	var sent atomic.Int64
	flood.Go(func() {
		for s.hostile.session.WindowChange(24, int(80+sent.Add(1)%10)) == nil {
		}
	})
	until(t, "sent", func() bool {
		s.noticesNothing()
		return sent.Load() > 50_000
	})
	if n := s.w.state("mallory"); n.State != lease.Held {
		t.Errorf("mallory is %+v\n%s", n, s.log)
	}
	if n := int64(s.hostile.out.len()); n > 10*sent.Load() {
		t.Errorf("%d bytes drawn for %d resizes", n, sent.Load())
	}
	s.hostile.client.Close()
	flood.Wait()
	s.ends()
}

func TestBudgetIsARateAndABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget()
		for i := range askBurst {
			if !b.spend() {
				t.Fatalf("no after %d", i)
			}
		}
		for i := range askMost {
			if b.exhausted() {
				t.Fatalf("exhausted after %d", i)
			}
			if b.spend() {
				t.Fatal("yes beyond the burst")
			}
		}
		if !b.exhausted() {
			t.Error("it is not exhausted")
		}
		time.Sleep(askPause)
		if !b.spend() || b.spend() {
			t.Error("a pause does not make room for one")
		}
	})
}

func TestWindowThatIsDraggedIsDrawnSometimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c calm
		c.call()
		drawn := 0
		c.f = func() { drawn++ }
		c.call()
		if drawn != 1 {
			t.Fatal("the first change waits")
		}
		for range 1000 {
			time.Sleep(time.Millisecond) // of the bubble: no time passes
			c.call()
		}
		time.Sleep(2 * resizePause)
		synctest.Wait()
		if most := int(time.Second/resizePause) + 2; drawn > most || drawn < most-2 {
			t.Errorf("drawn %d times in a second", drawn)
		}
		last := drawn
		c.call()
		if drawn != last+1 {
			t.Error("a change after a pause waits")
		}
		time.Sleep(2 * resizePause)
	})
}
