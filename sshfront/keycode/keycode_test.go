package keycode

import (
	"math"
	"strings"
	"testing"
)

func TestACodeCannotBeGuessedFromWhatTheLogHas(t *testing.T) {
	if bits := Symbols * math.Log2(float64(len(alphabet))); bits < 60 {
		t.Errorf("a code has %.1f bits", bits)
	}
	seen := map[Code]bool{}
	used := map[rune]bool{}
	for range 1000 {
		c := New()
		if seen[c] || len(c) != Symbols {
			t.Fatalf("%q came twice, or is short", c)
		}
		seen[c] = true
		for _, r := range c {
			used[r] = true
		}
	}
	if len(used) != len(alphabet) {
		t.Errorf("%d Symbols are used of %d", len(used), len(alphabet))
	}
	c := Code("K7QM2XWD9FHT")
	a, b := c.Proof("one"), c.Proof("another")
	if a == b || a == Code("K7QM2XWD9FHV").Proof("one") || a != c.Proof("one") {
		t.Error("a proof is not the code's, or not the cluster's")
	}
	if strings.Contains(string(a[:]), string(c)) {
		t.Error("a proof has the code in it")
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	const want = Code("K7QM10WD9FHT")
	for _, typed := range []string{
		want.String(), "K7QM10WD9FHT", "k7qm-10wd-9fht", " k7 qm-iowd 9fht ", "K7QMLOWD9FHT",
	} {
		if got, ok := Parse(typed); !ok || got != want {
			t.Errorf("%q is read as %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", "K7QM10WD9FH", "K7QM10WD9FHTX", "K7QM10WD9FHU", "K7QM 10WD 9FH\u00e9", "k7qm_10wd_9fht"} {
		if got, ok := Parse(typed); ok {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}

func TestANameIsSeldomTakenForACode(t *testing.T) {
	for typed, want := range map[string]bool{
		New().String():             true,
		"k7qm-2xwd-9fht":           true,
		"abcd efgh jkmn":           true, // no name has blanks
		"K7QM2XWD9FHT":             true,
		"k7qm2xwd9fht":             true,
		"mary-anne-rose":           false,
		"alice1234567":             false,
		"bartholemew1":             false,
		"anna-mary-smith":          false,
		"al-ice-1234567":           false,
		"":                         false,
		"you are here by the door": false,
	} {
		if _, got := Looks(typed); got != want {
			t.Errorf("%q is taken for a code: %v", typed, got)
		}
	}
}

func TestProseIsSeldomTakenForACode(t *testing.T) {
	for range 1000 {
		c := New()
		if _, got := Said(c.String()); !got && strings.ContainsAny(string(c), "ABCDEFGHJKMNPQRSTVWXYZ") {
			t.Fatalf("%q would be said", c)
		}
	}
	for line, want := range map[string]bool{
		"k7qm-2xwd-9fht":      true,
		" k7qm 2xwd 9fht ":    true,
		"k7qm2xwd9fht":        true,
		"K7QM 2XWD 9FHT":      true,
		"ABCD EFGH JKMN":      true,
		"come here soon":      false,
		"1200 1300 1400":      false,
		"room 1200 1300":      false,
		"it is k7qm2xwd9fht":  false,
		"K7QM 2XWD 9FHT, bob": false,
	} {
		if _, got := Said(line); got != want {
			t.Errorf("%q is taken for a code: %v", line, got)
		}
	}
}
