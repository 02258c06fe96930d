package render

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"moniker/sshfront/markup"
)

const (
	cacheSets = 64
	cacheWays = 4       // things that one set holds
	mostDrawn = 4 << 10 // bytes of a message and of how it is drawn; more is drawn for each
)

// Cache keeps how messages were drawn lately, so that a line costs the first of a node's
// people who sees it, and not the others. What only one of them sees so is not in it:
// their own lines, those that name them, and those in which words were looked for. It
// may be used by many at once, and nobody waits for anybody. It holds 1 MiB at most.
// Make one a node with NewCache.
type Cache struct {
	drawn  table[drawing, []byte]
	stamps table[moment, stamp]
}

// NewCache returns an empty Cache.
func NewCache() *Cache {
	c := &Cache{}
	c.drawn.seed, c.stamps.seed = maphash.MakeSeed(), maphash.MakeSeed()
	return c
}

// Said is a message as everybody is told it.
type Said struct {
	Clock string
	Name  string
	By    string // the identity that has the name's colour
	Bare  bool   // the name has no colour
	Text  string
	Note  string // what moniker says behind it
}

// drawing is all that the drawing of a message depends on, as far as it is in the Cache.
type drawing struct {
	said Said
	look look
}

// look is what of a Style changes how another's message is drawn that does not name
// the reader, and in which no words are bold.
type look struct {
	width                                 int
	color, few, noMarkdown, noEmoji, crlf bool
	theme                                 Theme
	ground                                Ground
	stamps                                Stamps
	reader                                *markup.Reader
}

func (st *Style) look() look {
	return look{
		width: st.Width, color: st.Color, few: st.Few, noMarkdown: st.NoMarkdown, noEmoji: st.NoEmoji, crlf: st.CRLF,
		theme: st.Theme, ground: st.Ground, stamps: st.Stamps, reader: st.Reader,
	}
}

// Message is the function Message, done once for all who see the same. mark is ' ', or
// '>' if the message names the reader; own is the reader's own.
func (c *Cache) Message(dst []byte, st *Style, s Said, mark byte, own bool) []byte {
	if own || mark != ' ' || len(st.Words) > 0 || len(s.Text)+len(s.Note) > mostDrawn {
		return s.draw(dst, st, mark, own)
	}
	d := drawing{s, st.look()}
	set := c.drawn.set(d)
	if bytes, ok := set.get(d); ok {
		return append(dst, bytes...)
	}
	from := len(dst)
	dst = s.draw(dst, st, mark, own)
	if n := len(dst) - from; n+len(s.Text)+len(s.Note) <= mostDrawn {
		set.put(d, append(make([]byte, 0, n), dst[from:]...))
	}
	return dst
}

func (s *Said) draw(dst []byte, st *Style, mark byte, own bool) []byte {
	color := -1
	if !s.Bare {
		color = ColorOf(s.By)
	}
	return Message(dst, *st, s.Clock, mark, s.Name, color, s.Text, s.Note, own)
}

// moment is all that a stamp depends on: it tells no more than the second.
type moment struct {
	second int64
	zone   *time.Location
	stamps Stamps
}

type stamp struct {
	text string
	day  int64
}

// Stamp is the Style's Stamp on the day of t itself, and its Day.
func (c *Cache) Stamp(st *Style, t time.Time) (text string, day int64) {
	m := moment{t.Unix(), st.Zone, st.Stamps}
	set := c.stamps.set(m)
	s, ok := set.get(m)
	if !ok {
		s = stamp{st.Stamp(t, t), st.Day(t)}
		set.put(m, s)
	}
	return s.text, s.day
}

// table keeps so many values, and forgets others for them. It is right at any time: a
// value is found under its whole key or not at all.
type table[K comparable, V any] struct {
	seed maphash.Seed
	sets [cacheSets]set[K, V]
}

type set[K comparable, V any] struct {
	next atomic.Uint32
	ways [cacheWays]atomic.Pointer[pair[K, V]]
}

type pair[K comparable, V any] struct {
	key   K
	value V // never changed
}

func (t *table[K, V]) set(k K) *set[K, V] {
	return &t.sets[maphash.Comparable(t.seed, k)%cacheSets]
}

func (s *set[K, V]) get(k K) (v V, ok bool) {
	for i := range s.ways {
		if p := s.ways[i].Load(); p != nil && p.key == k {
			return p.value, true
		}
	}
	return v, false
}

func (s *set[K, V]) put(k K, v V) {
	s.ways[s.next.Add(1)%cacheWays].Store(&pair[K, V]{k, v})
}
