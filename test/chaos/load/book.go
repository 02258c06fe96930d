package load

import (
	"strings"
	"sync"
	"time"

	"moniker/test/chaos/record"
)

const (
	// A run's record stays below some 100 MB, however long the run: people say no more than
	// has room in it by then, so that there is as much room for the end as for the beginning.
	mostLines = 600_000
	headStart = 40_000 // lines
	tellMost  = 200    // bytes kept of a screen's words
)

// book is what is written down, with the clock of the run.
type book struct {
	began time.Time
	lasts time.Duration

	mu     sync.Mutex
	ops    []*record.Op
	lines  []record.Line
	skips  []record.Skip
	texts  map[string]*record.Op // what was said, by its text
	words  map[string]string     // so that each string is kept once
	recent []string              // names that lately changed hands: worth a look

	accepted, failed int // since the last sample
	latency          time.Duration
}

func newBook(began time.Time, lasts time.Duration) *book {
	return &book{began: began, lasts: lasts, texts: map[string]*record.Op{}, words: map[string]string{}}
}

func (b *book) now() time.Duration { return time.Since(b.began) }

// begin writes down that something is asked for, now.
func (b *book) begin(op record.Op) *record.Op {
	b.mu.Lock()
	defer b.mu.Unlock()
	op.ID, op.Call, op.Outcome = len(b.ops)+1, b.now(), record.Unknown
	o := &op
	b.ops = append(b.ops, o)
	if op.Text != "" {
		b.texts[op.Text] = o
	}
	return o
}

// settle writes down the answer, the first that comes.
func (b *book) settle(op *record.Op, outcome record.Outcome, change func(*record.Op)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if op.Return != 0 {
		return
	}
	op.Outcome, op.Return = outcome, b.now()
	if change != nil {
		change(op)
	}
	said := op.Kind == record.Post || op.Kind == record.Direct
	switch {
	case said && outcome == record.OK:
		b.accepted++
		b.latency = max(b.latency, op.Return-op.Call)
	case said:
		b.failed++
	case op.Name != "" && op.Kind != record.Read:
		b.recent = append(b.recent, op.Name)
		if op.Left != "" {
			b.recent = append(b.recent, op.Left)
		}
		b.recent = b.recent[max(0, len(b.recent)-32):]
	}
}

// told is what whoever asked has been told until now.
func (b *book) told(op *record.Op) record.Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	return op.Outcome
}

// backdate notes that something began earlier.
func (b *book) backdate(op *record.Op, began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	op.Call = min(op.Call, began.Sub(b.began))
}

// fail counts what was said and will have no answer.
func (b *book) fail(op *record.Op) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if op.Return == 0 && (op.Kind == record.Post || op.Kind == record.Direct) {
		b.failed++
	}
}

// takeRecent returns a name that lately changed hands; empty if there is none.
func (b *book) takeRecent() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.recent) == 0 {
		return ""
	}
	name := b.recent[0]
	b.recent = b.recent[1:]
	return name
}

// see writes down a message on a screen.
func (b *book) see(l record.Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if op := b.texts[l.Text]; op != nil {
		l.Text = op.Text
	} else {
		l.Text = strings.Clone(l.Text)
	}
	l.From, l.Place = b.word(l.From), b.word(l.Place)
	b.lines = append(b.lines, l)
}

func (b *book) word(s string) string {
	w, ok := b.words[s]
	if !ok {
		w = strings.Clone(s)
		b.words[w] = w
	}
	return w
}

func (b *book) skip(s record.Skip) {
	b.mu.Lock()
	b.skips = append(b.skips, s)
	b.mu.Unlock()
}

// room reports whether more may be said without the record growing too large.
func (b *book) room() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return float64(len(b.lines)) < headStart+mostLines*min(1, b.now().Seconds()/b.lasts.Seconds())
}

// sample is how it went since the last one.
func (b *book) sample() record.Sample {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := record.Sample{At: b.now(), Accepted: b.accepted, Failed: b.failed, Latency: b.latency}
	b.accepted, b.failed, b.latency = 0, 0, 0
	return s
}

// copy returns what was written down.
func (b *book) copy() ([]record.Op, []record.Line, []record.Skip) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ops := make([]record.Op, 0, len(b.ops))
	for _, op := range b.ops {
		ops = append(ops, *op)
	}
	return ops, b.lines, b.skips
}

// brief cuts words off a screen to what is worth keeping.
func brief(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ToValidUTF8(s[:min(len(s), tellMost)], "")
}
