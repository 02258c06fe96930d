package line

import (
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"

	"moniker/sshfront/safe"
)

const (
	zwnj = 0x200c
	zwj  = 0x200d

	// A cluster is cut after this many bytes, so that nobody's draft costs
	// more to walk through than its length.
	maxCluster = 128
)

// Sanitize returns what of s may be shown to others: see safe.Text.
func Sanitize(s string) string { return safe.Text(s) }

// cluster returns the length in bytes and the width in cells of the grapheme
// cluster that starts at b[i]. A line break counts as the one cell of its
// sign, a colour sequence as none.
func cluster(b []byte, i int) (n, width int) {
	c := b[i]
	if c == esc {
		return sequence(b[i:]), 0
	}
	if c < utf8.RuneSelf && (i+1 == len(b) || b[i+1] < utf8.RuneSelf) {
		return 1, 1
	}
	if c == '\n' {
		return 1, 1
	}
	b = b[i:]
	if len(b) > maxCluster {
		end := maxCluster
		for !utf8.RuneStart(b[end]) {
			end--
		}
		b = b[:end]
	}
	it := graphemes.FromBytes(b)
	it.Next()
	v := it.Value()
	return len(v), displaywidth.Bytes(v)
}

// alone reports whether r is known to form no cluster with another such rune.
func alone(r rune) bool {
	switch {
	case r < 0x7f:
		return r >= ' '
	case r >= 0xc0 && r < 0x300, r >= 0x400 && r < 0x480, r >= 0x5d0 && r <= 0x5ea, r >= 0x620 && r < 0x64b:
		return true
	case r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa, r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return true
	}
	return r >= 0x1f300 && r < 0x1f3fb || r >= 0x1f400 && r < 0x1fb00
}

// sequence is the length of the control sequence that b starts with.
func sequence(b []byte) int {
	if len(b) < 2 || b[1] != '[' {
		return 1
	}
	for i := 2; i < len(b); i++ {
		if b[i] >= 0x40 && b[i] <= 0x7e {
			return i + 1
		}
	}
	return len(b)
}
