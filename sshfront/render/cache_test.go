package render

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"moniker/sshfront/markup"
)

// anyOf has all the values that a test gives a field of Style. One that is new must be
// here, or the test below fails: it is what tells whether the Cache knows it.
func anyOf(r *rand.Rand, name string) any {
	zones := []*time.Location{nil, time.UTC, time.FixedZone("E", 3600), time.FixedZone("LMT", -1234)}
	flag := r.IntN(2) == 0
	switch name {
	case "Width":
		return []int{0, 2, 30, 60, 80}[r.IntN(5)]
	case "Color", "Few", "NoMarkdown", "NoEmoji", "CRLF":
		return flag
	case "Theme":
		return Theme(r.IntN(len(Themes())))
	case "Ground":
		return Ground(r.IntN(3))
	case "Stamps":
		return Stamps(r.IntN(len(ClockStyles())))
	case "Name":
		return []string{"", "alice", "bob"}[r.IntN(3)]
	case "Words":
		return [][]string{nil, nil, {"disk"}, {"so", "DISK"}}[r.IntN(4)]
	case "Reader":
		return []*markup.Reader{nil, reader, other}[r.IntN(3)]
	case "Zone":
		return zones[r.IntN(len(zones))]
	}
	return nil
}

var (
	reader = markup.NewReader(time.Now)
	other  = markup.NewReader(time.Now)
)

func anyStyle(t *testing.T, r *rand.Rand) (st Style) {
	v := reflect.ValueOf(&st).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch x := anyOf(r, name); {
		case x == nil:
			t.Fatalf("Style.%s: what may it be, and does the Cache know?", name)
		case !reflect.ValueOf(x).IsZero():
			v.Field(i).Set(reflect.ValueOf(x))
		}
	}
	return st
}

func anySaid(r *rand.Rand) Said {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	return Said{
		Clock: pick("", "10:33", "10:33:07", "Tue 10:33"), Name: pick("bob", "#ops bob", "[bob]", "爱丽丝", "*"), By: pick("", "SHA256:a", "SHA256:b"), Bare: r.IntN(3) == 0,
		Text: pick("", "the **disk** is :tada: full", "@alice so: is the disk?", "a\nb", "`alice` 你好", strings.Repeat("disk ", 20), "```go\nvar disk int\n```"),
		Note: pick("", "", "(edited)", "(so)"),
	}
}

// anothers is the usual but for one field at most, which is as in x: so that nearly the
// same is often asked for.
func anothers[T any](r *rand.Rand, usual, x T) T {
	v := reflect.ValueOf(&usual).Elem()
	if i := r.IntN(v.NumField() + 1); i < v.NumField() {
		v.Field(i).Set(reflect.ValueOf(x).Field(i))
	}
	return usual
}

// What others see of a message may not reach the reader whom it names, or who wrote
// it, or who looked for words in it, and no look another.
func TestWhatIsDrawnOnceIsWhatEachWouldSee(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			c, r := NewCache(), rand.New(rand.NewPCG(seed, 0))
			usual, hello := anyStyle(t, r), anySaid(r)
			var wg sync.WaitGroup
			for person := range uint64(3) {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(seed, person))
					for range 1_000 {
						st, s := anothers(r, usual, anyStyle(t, r)), anothers(r, hello, anySaid(r))
						mark, own := byte(' '), r.IntN(4) == 0
						if r.IntN(4) == 0 {
							mark = '>'
						}
						want := s.draw([]byte("before"), &st, mark, own)
						for range 2 {
							if got := c.Message([]byte("before"), &st, s, mark, own); !bytes.Equal(got, want) {
								t.Errorf("%+v, %+v, %q, %v: %q, want %q", st, s, mark, own, got, want)
								return
							}
						}
						at := time.Unix(86_399*(r.Int64N(5)-2), r.Int64N(1e9))
						if text, day := c.Stamp(&st, at); text != st.Stamp(at, at) || day != st.Day(at) {
							t.Errorf("%v in %v: %q on day %d", at, st.Zone, text, day)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// Each part of what a message is, and of how it looks, makes it another one.
func TestEveryPartOfALookCounts(t *testing.T) {
	typ := reflect.TypeFor[look]()
	var names []string
	for i := range reflect.TypeFor[Style]().NumField() {
		switch name := reflect.TypeFor[Style]().Field(i).Name; name {
		case "Name", "Words": // of what is not in the Cache
		case "Zone": // of the clock, which is said already
		default:
			names = append(names, strings.ToLower(name))
		}
	}
	for i := range typ.NumField() {
		if at := slices.Index(names, strings.ToLower(typ.Field(i).Name)); at >= 0 {
			names = slices.Delete(names, at, at+1)
		}
	}
	if len(names) > 0 {
		t.Errorf("no part of a look: %q", names)
	}
}

// Only what many see is kept, and no more of it than fits.
func TestTheCacheIsBounded(t *testing.T) {
	c := NewCache()
	st := Style{Width: 80, Color: true, Name: "alice"}
	kept := func() (n, size int) {
		for i := range c.drawn.sets {
			for j := range c.drawn.sets[i].ways {
				if p := c.drawn.sets[i].ways[j].Load(); p != nil {
					n, size = n+1, size+len(p.value)+len(p.key.said.Text)+len(p.key.said.Note)
				}
			}
		}
		return n, size
	}
	c.Message(nil, &st, Said{Text: "alice: mine"}, '>', false)
	c.Message(nil, &st, Said{Text: "my own"}, ' ', true)
	loud := st
	loud.Words = []string{"mine"}
	c.Message(nil, &loud, Said{Text: "mine"}, ' ', false)
	c.Message(nil, &st, Said{Text: strings.Repeat("x", mostDrawn-10)}, ' ', false)
	if n, _ := kept(); n > 0 {
		t.Errorf("%d are kept, which nobody else sees, or which are long", n)
	}
	for i := range 5_000 {
		c.Message(nil, &st, Said{Text: fmt.Sprint(i, strings.Repeat(" word", i%300))}, ' ', false)
		c.Stamp(&st, time.Unix(int64(i), 0))
	}
	switch n, size := kept(); {
	case n > cacheSets*cacheWays || size > 1<<20:
		t.Errorf("%d are kept, of %d bytes", n, size)
	case n < cacheSets*cacheWays/2:
		t.Errorf("only %d are kept", n)
	}
}

func TestALineThatOthersHaveSeenAllocatesNothing(t *testing.T) {
	c := NewCache()
	st := Style{Width: 80, Color: true, Reader: reader, Zone: time.FixedZone("E", 3600)}
	s := Said{Clock: "10:33", Name: "bob", By: "SHA256:a", Text: "the **disk** is full"}
	dst := make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(100, func() {
		dst = c.Message(dst[:0], &st, s, ' ', false)
		c.Stamp(&st, time.Unix(1e9, 0))
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Where a name stands is found by looking at few letters; this looks at all.
func TestNamesAreFoundWhereverTheyStand(t *testing.T) {
	letters := []string{"k", "K", "\u212a", "i", "I", "\u0130", "ı", "é", "É", " ", ".", "_", "1", "你", "\xff", "\u0301"}
	r := rand.New(rand.NewPCG(1, 1))
	some := func(n int) string {
		s := ""
		for range n {
			s += letters[r.IntN(len(letters))]
		}
		return s
	}
	found := 0
	for range 200_000 {
		text, word, whole := some(r.IntN(12)), some(r.IntN(3)), r.IntN(2) == 0
		from, to := find(text, word, 0, whole)
		wantFrom, wantTo := -1, -1
		for i := range len(text) {
			if n := begins(text[i:], word); n > 0 && (i == 0 || starts(text, i)) && (!whole || apartAt(text, i, i+n)) {
				wantFrom, wantTo = i, i+n
				break
			}
		}
		if from != wantFrom || to != wantTo {
			t.Fatalf("%q in %q, whole %v: %d to %d, want %d to %d", word, text, whole, from, to, wantFrom, wantTo)
		}
		if from >= 0 {
			found++
		}
	}
	if found < 1000 {
		t.Errorf("only %d were there", found)
	}
}

// starts reports whether a rune of text begins at i.
func starts(text string, i int) bool {
	for at := range text {
		if at == i {
			return true
		}
	}
	return false
}

func BenchmarkMessageThatOthersHaveSeen(b *testing.B) {
	c := NewCache()
	st := Style{Width: 80, Color: true, CRLF: true, Reader: reader}
	s := Said{Clock: "10:33", Name: "bob", By: "SHA256:l/ZKt1bfPs9lxmCAvN8ON2zJI+b6pkRK6KzAjET6dk8", Text: "the backup finished at four, all green"}
	dst := make([]byte, 0, 4<<10)
	b.ReportAllocs()
	for b.Loop() {
		dst = c.Message(dst[:0], &st, s, ' ', false)
	}
}

func BenchmarkStampOfASecondThatWas(b *testing.B) {
	c := NewCache()
	st := Style{Zone: time.FixedZone("E", 3600)}
	b.ReportAllocs()
	for b.Loop() {
		c.Stamp(&st, time.Unix(1e9, 0))
	}
}
