package markup

import (
	"sync"
	"time"

	"github.com/yuin/goldmark/parser"
)

const (
	mostKept = 512       // texts, of each of two generations
	keptSize = 256 << 10 // bytes of them
)

// Reader reads texts and keeps what it has read lately, so that a message costs the
// first of a node's people who sees it, and not the others. It may be used by many at
// once. Make one a node with NewReader.
type Reader struct {
	parser parser.Parser
	now    func() time.Time

	mu    sync.Mutex
	young generation
	old   generation
	ink   ink
}

// NewReader returns a Reader; now is the clock that what it spends is measured on.
func NewReader(now func() time.Time) *Reader {
	return &Reader{parser: newParser(), now: now}
}

// generation is some of what was read, dropped as a whole.
type generation struct {
	read map[key]*page
	size int
}

type key struct {
	text string
	mode Mode
}

// page is one text, read once.
type page struct {
	once  sync.Once
	lines []Line
}

// Lines is Read, done once for all who ask in the same words. What it returns is
// shared: it must not be changed.
func (r *Reader) Lines(text string, m Mode) []Line {
	p := r.page(key{text, m})
	p.once.Do(func() { p.lines = r.Read(text, m) })
	return p.lines
}

// page finds the page of a text, or makes it.
func (r *Reader) page(k key) *page {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.young.read[k]; p != nil {
		return p
	}
	p := r.old.read[k]
	if p == nil {
		p = &page{}
	}
	if len(r.young.read) >= mostKept || r.young.size+len(k.text) > keptSize || r.young.read == nil {
		r.old, r.young = r.young, generation{read: map[key]*page{}}
	}
	r.young.read[k] = p
	r.young.size += len(k.text)
	return p
}
