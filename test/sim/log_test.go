package sim

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"moniker/fsm/id"
)

// logbook is what the nodes have logged.
type logbook struct {
	mu    sync.Mutex
	lines map[string][]string
}

func (b *logbook) of(node string) hclog.Logger {
	r, w := &lineWriter{book: b, node: node}, hclog.Info
	return hclog.New(&hclog.LoggerOptions{Output: io.Writer(r), Level: w, DisableTime: true})
}

type lineWriter struct {
	book *logbook
	node string
}

// Write implements io.Writer: hclog writes a line at a time.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.book.mu.Lock()
	defer w.book.mu.Unlock()
	if w.book.lines == nil {
		w.book.lines = map[string][]string{}
	}
	w.book.lines[w.node] = append(w.book.lines[w.node], strings.TrimSpace(string(p)))
	return len(p), nil
}

func (b *logbook) get(node string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.lines[node]...)
}

// has waits until a node's log has a line like want.
func (b *logbook) has(c *Cluster, n *Node, want string) {
	c.T.Helper()
	re := regexp.MustCompile(want)
	c.Await(fmt.Sprintf("the log of %s has %q", n.Name, want), func() bool {
		for _, line := range b.get(n.Name) {
			if re.MatchString(line) {
				return true
			}
		}
		return false
	})
}

// matching returns the lines that are like want.
func matching(lines []string, want string) (some []string) {
	re := regexp.MustCompile(want)
	for _, line := range lines {
		if re.MatchString(line) {
			some = append(some, line)
		}
	}
	return some
}

// A stop on purpose does not look like a crash, whoever leads, also if the node stays
// for a while after its incarnation has ended.
func TestLogOfAStopLooksLikeOne(t *testing.T) {
	for _, which := range []string{"leader", "follower"} {
		t.Run(which, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				book := &logbook{}
				c := NewLogged(t, 3, nil, book.of)
				defer c.Close()
				leaves := c.Leader()
				if which == "follower" {
					leaves = c.Others(leaves)[0]
				}
				must(t, leaves, alice, "alice")
				if all := book.get(leaves.Name); !strings.HasPrefix(all[0], "[INFO]  starting: name="+leaves.Name) {
					t.Errorf("it begins with %q", all[0])
				}
				before := len(book.get(leaves.Name))
				leaves.Stop()
				lines := book.get(leaves.Name)[before:]
				if len(lines) < 2 || !strings.HasPrefix(lines[0], "[INFO]  stopping") || !strings.HasPrefix(lines[len(lines)-1], "[INFO]  stopped") {
					t.Errorf("it goes with %q", lines)
				}
				// Raft itself may have something to say of the election that the others hold.
				if bad := matching(lines, `(ERROR|WARN)\] +(raft-net|port|no answer|read-only|lost|the reign|this node)|nobody leads`); len(bad) > 0 {
					t.Errorf("of\n%s\nthese are bad: %q", strings.Join(lines, "\n"), bad)
				}
			})
		})
	}
}

func TestLogTellsOfALeaderOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &logbook{}
		c := NewLogged(t, 3, nil, book.of)
		defer c.Close()
		for range 2 {
			next := c.Others(c.Leader())[0]
			before := len(book.get(next.Name))
			if _, err := lead(next, next); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if lines := matching(book.get(next.Name)[before:], `(n\d|this node) leads`); len(lines) != 1 || !strings.HasPrefix(lines[0], "[INFO]  "+next.Name+" leads: term=") {
				t.Errorf("%q", lines)
			}
		}
	})
}

func TestLogTellsWhatHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &logbook{}
		c := NewLogged(t, 3, often, book.of)
		defer c.Close()
		leader := c.Leader()
		away, other := c.Others(leader)[0], c.Others(leader)[1]
		for i := range 12 {
			who := fmt.Sprint("p", i)
			must(t, away, id.Identity("SHA256:"+who), who)
		}
		for _, n := range c.Nodes {
			book.has(c, n, `^\[INFO\] +`+leader.Name+` leads: term=\d+`)
		}
		c.Isolate(away)
		for i := range 30 { // so that it will need a snapshot
			said(t, seatOf(t, leader), fmt.Sprint("line ", i))
			time.Sleep(500 * time.Millisecond)
		}
		book.has(c, away, `nobody leads: before=`+leader.Name)
		book.has(c, away, `^\[WARN\] +no answer from the others: what people type waits`)
		book.has(c, away, `^\[WARN\] +read-only: this node's lease may be over`)
		book.has(c, other, away.Name+` is gone: its lease is over: names_in_grace=12`)
		c.Net.HealAll()
		book.has(c, away, `^\[WARN\] +this node's incarnation has ended(: its lease is over|, in what the snapshot jumped over)`)
		book.has(c, away, `with the others again: after=[0-9.]+s leader=`+leader.Name)
		book.has(c, away, `a snapshot of the leader has replaced this node's state`)
		away.Stop()
		book.has(c, other, away.Name+` is gone: it was stopped on purpose`)
		leader.Crash()
		book.has(c, other, `nobody leads: before=`+leader.Name)
	})
}

// Alone, raft would say four lines a second for as long as that lasts.
func TestLogOfANodeThatIsAloneStaysShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &logbook{}
		c := NewLogged(t, 3, nil, book.of)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		c.Isolate(away)
		time.Sleep(30 * time.Second)
		before := len(book.get(away.Name))
		time.Sleep(time.Minute)
		if lines := book.get(away.Name)[before:]; len(lines) > 60 {
			t.Errorf("%d lines in a minute:\n%s", len(lines), strings.Join(lines[:20], "\n"))
		} else {
			t.Logf("%d lines in a minute alone", len(lines))
		}
	})
}

func TestCountsCountWhatHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, often)
		defer c.Close()
		n := c.Others(c.Leader())[0]
		seat, _ := must(t, n, alice, "alice")
		before := n.Counts()
		for i := range 50 {
			said(t, seat, fmt.Sprint("line ", i))
		}
		c.must(read(n, 5*time.Second))
		if _, err := lead(n, n); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		got := n.Counts()
		if d := got.Proposed - before.Proposed; d != 50 {
			t.Errorf("%d commands", d)
		}
		if d := got.Applied - before.Applied; d < 50 {
			t.Errorf("%d entries", d)
		}
		if got.ReadsConfirmed-before.ReadsConfirmed != 1 || got.TimesLeading-before.TimesLeading != 1 || got.LeaderChanges-before.LeaderChanges != 1 {
			t.Errorf("%+v, before %+v", got, before)
		}
		if got.SnapshotsTaken == 0 || got.Sessions != 1 || got.OutboxPending != 0 || got.LogBytes != -1 {
			t.Errorf("%+v", got)
		}
		if got.Leads != 1 || got.Standing != 0 || got.Ready != 1 || got.Term != int64(n.Status(t.Context()).Term) {
			t.Errorf("%+v", got)
		}
		_, _, _ = n.Feed().Next(0, 1)
		c.Isolate(n)
		pending := say(seat, "in the dark")
		time.Sleep(20 * time.Second)
		if got := n.Counts(); got.Standing != 2 || got.Leads != 0 || got.Ready != 1 {
			t.Errorf("in the dark: %+v", got)
		}
		if got := n.Counts(); got.OutboxPending != 1 || got.TimesReadOnly != 1 || got.TimesWaiting == 0 {
			t.Errorf("in the dark: %+v", got)
		}
		c.Net.HealAll()
		<-pending
		c.Await("it serves", n.Serves)
		if got := n.Counts(); got.IncarnationsLost != 1 {
			t.Errorf("back: %+v", got)
		}
	})
}
