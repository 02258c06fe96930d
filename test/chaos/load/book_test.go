package load

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"moniker/test/chaos/record"
)

func TestTheFirstAnswerStands(t *testing.T) {
	b := newBook(time.Now(), time.Minute)
	op := b.begin(record.Op{Kind: record.Post, Text: "c1-1-0000"})
	if op.Outcome != record.Unknown || op.Return != 0 {
		t.Fatalf("before any answer: %+v", op)
	}
	b.settle(op, record.OK, nil)
	b.settle(op, record.Refused, nil)
	s := b.sample()
	if op.Outcome != record.OK || s.Accepted != 1 || s.Failed != 0 {
		t.Errorf("got %+v, %+v", op, s)
	}
	if s = b.sample(); s.Accepted != 0 {
		t.Errorf("it is counted twice: %+v", s)
	}
}

func TestTheRecordStaysSmallAndHasRoomForTheEnd(t *testing.T) {
	for _, lasts := range []time.Duration{time.Hour, 30 * time.Minute, time.Minute} {
		b := newBook(time.Now().Add(-30*time.Minute), lasts)
		for n := 0; b.room(); n++ {
			b.see(record.Line{Client: 1, Session: 1, Place: "#lobby", From: "alice", Text: fmt.Sprint(n % 1000)})
		}
		if n, half := len(b.lines), lasts == time.Hour; n > mostLines+headStart || half == (n > headStart+mostLines*2/3) {
			t.Errorf("%d lines fit in half an hour of %s", n, lasts)
		}
	}
}

// Whoever gives up waiting looks at an answer that may come at that moment.
func TestAnAnswerMayComeWhileItIsLookedAt(t *testing.T) {
	b := newBook(time.Now(), time.Minute)
	op := b.begin(record.Op{Kind: record.Claim, Name: "nova"})
	var settled sync.WaitGroup
	settled.Go(func() { b.settle(op, record.Refused, nil) })
	if told := b.told(op); told != record.Unknown && told != record.Refused {
		t.Errorf("told %s", told)
	}
	settled.Wait()
	if told := b.told(op); told != record.Refused {
		t.Errorf("told %s once it is answered", told)
	}
}
