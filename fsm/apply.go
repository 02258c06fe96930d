package fsm

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
	"moniker/fsm/trail"
	"moniker/fsm/turn"
)

// Outcome is what came of an entry.
type Outcome struct {
	Answers []Answer // one for each proposal, in order
	Events  []turn.Event
}

// Diverged is the fault of a replica whose state is not the leader's.
type Diverged struct {
	Index       id.Index
	Have, Wants uint64
}

func (d Diverged) Error() string {
	return fmt.Sprintf("fsm: this replica has diverged from the leader: at entry %d its hash is %016x, the leader's %016x", d.Index, d.Have, d.Wants)
}

// tx is what a command may touch while it runs.
type tx struct {
	*State
	*turn.Turn
	from id.Incarnation
}

// Apply takes the entry at index of the log, which raft appended in term. It
// returns an error, and changes nothing, if this replica must not go on: an entry
// that is damaged or not understood, or a state that is not the leader's. It
// panics if it is handed an entry twice or out of order.
func (s *State) Apply(index id.Index, term uint64, data []byte) (Outcome, error) {
	if index <= s.meta.applied {
		panic(fmt.Sprintf("fsm: entry %d applied after %d", index, s.meta.applied))
	}
	e, err := DecodeEntry(data)
	if err != nil {
		return Outcome{}, fmt.Errorf("entry %d: %w", index, err)
	}
	if err := s.compare(e.Check); err != nil {
		return Outcome{}, err
	}
	s.meta.applied = index
	s.takeStamp(e.Stamp, term)
	s.turn.Begin(index, s.meta.now, s.meta.wall)
	out := Outcome{Answers: make([]Answer, len(e.Proposals))}
	for i, p := range e.Proposals {
		out.Answers[i] = s.execute(p)
	}
	out.Events = s.turn.Events
	s.roll(data, out)
	return out, nil
}

// takeStamp moves cluster time, if the stamp comes from the leader whose term the
// entry is of and is not earlier. A stamp made by a leader of the past, or an
// anchor that lags, moves nothing; the commands run either way.
func (s *State) takeStamp(st Stamp, term uint64) {
	if st.Term != term || st.Now < s.meta.now {
		return
	}
	s.meta.term, s.meta.now, s.meta.wall = max(s.meta.term, term), st.Now, st.Wall
}

// execute runs one proposal, once.
func (s *State) execute(p Proposal) Answer {
	t := &tx{State: s, Turn: &s.turn, from: p.From}
	before := len(t.Events)
	if p.Number == 0 {
		a := p.Command.run(t)
		t.settle(before)
		a.From, a.Verdict = p.From, stream.Next
		return a
	}
	verdict, known := s.streams.Judge(p.From, p.Number)
	a := Answer{From: p.From, Number: p.Number, Verdict: verdict, Code: Code(known.Code), Event: known.Event, Token: known.Token}
	switch verdict {
	case stream.Ended:
		a.Code = Stale
		return a
	case stream.Gap, stream.Repeat:
		return a
	}
	s.lease.Heard(t.Turn, p.From, t.ttl())
	r := p.Command.run(t)
	s.streams.Note(t.Turn, p.From, stream.Answer{Code: uint16(r.Code), Event: r.Event, Token: r.Token})
	t.settle(before)
	r.From, r.Number, r.Verdict = p.From, p.Number, stream.Next
	return r
}

// settle closes the streams of the incarnations that this command ended, notes of
// those who left that they were here until now, and that they are neither idle nor
// away any more, forgets guests, and remembers how names changed hands.
func (t *tx) settle(before int) {
	for _, e := range t.Events[before:] {
		switch e.Kind {
		case turn.NodeDown:
			t.streams.Close(t.Turn, e.Session.Incarnation)
		case turn.Detached:
			t.people.Left(t.Turn, e.Identity)
			t.presence.Stir(t.Turn, e.Session)
		case turn.Freed, turn.Reserved:
			if !t.around(e.Identity) {
				t.presence.Return(t.Turn, e.Identity)
			}
			t.partWith(e.Identity)
		}
		if e.OfOwnership() {
			m, _ := t.members.Member(e.Node)
			t.trail.Add(t.Turn, e.Key, trail.Entry{
				ID: e.ID, Kind: e.Kind, Why: e.Why, At: e.At, Wall: e.Wall, Token: e.Token,
				Identity: e.Identity, Session: e.Session, Node: m.Name, By: e.By, Nick: e.Nick,
			}, int(t.setting.Get(setting.LimitNameTrail)), int(t.setting.Get(setting.LimitTrail)))
		}
	}
}

// compare holds the leader's rolling hash against this replica's.
func (s *State) compare(c Check) error {
	if len(s.hashes) == 0 || c.Index < s.hashes[0].Index || c.Index > s.meta.applied {
		return nil
	}
	lo, hi := 0, len(s.hashes)
	for lo < hi {
		if mid := (lo + hi) / 2; s.hashes[mid].Index < c.Index {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(s.hashes) && s.hashes[lo].Index == c.Index && s.hashes[lo].Hash != c.Hash {
		return Diverged{Index: c.Index, Have: s.hashes[lo].Hash, Wants: c.Hash}
	}
	return nil
}

// roll folds the entry, its answers, its events and the rows it changed into the
// rolling hash.
func (s *State) roll(data []byte, out Outcome) {
	e := &s.scratch
	e.Reset()
	for _, a := range out.Answers {
		a.encode(e)
	}
	for _, ev := range out.Events {
		ev.Encode(e)
	}
	h := sha256.New()
	h.Write(s.meta.hash[:])
	h.Write(data)
	h.Write(e.Bytes())
	h.Write(s.turn.Journal.Bytes())
	h.Sum(s.meta.hash[:0])
	s.hashes = append(s.hashes, Check{Index: s.meta.applied, Hash: binary.BigEndian.Uint64(s.meta.hash[:])})
	if len(s.hashes) > hashesKept {
		s.hashes = s.hashes[len(s.hashes)-hashesKept:]
	}
}
