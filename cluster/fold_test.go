package cluster

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

var foldedOnce = []string{
	"", "SHA256:", "SHA256:SHA256:SHA256:",
	"SHA256:" + strings.Repeat("a", 42), "SHA256:" + strings.Repeat("a", 43),
	strings.Repeat("SHA256:"+strings.Repeat("a", 43), 3),
	"x SHA256:" + strings.Repeat("a", 43) + " y SHA256:" + strings.Repeat("b", 43) + " z SHA256:" + strings.Repeat("a", 43) + " SHA256:" + strings.Repeat("b", 43) + "SHA",
	strings.Repeat("\x00\xff\x01", 100),
}

// What is folded comes back byte for byte, and who stands there twice is said once.
func TestWhatIsFoldedComesBack(t *testing.T) {
	for _, s := range foldedOnce {
		back, err := unfold(bytes.NewReader(fold([]byte(s))), int64(len(s)))
		if err != nil || string(back) != s {
			t.Errorf("%q comes back as %q: %v", s, back, err)
		}
	}
	thrice := strings.Repeat("SHA256:"+strings.Repeat("a", 43), 3)
	if n := len(fold([]byte(thrice))); n > identityLen+10 {
		t.Errorf("of three times the same are %d bytes left", n)
	}
}

// What nobody has folded is refused, at no more memory than it is worth.
func TestWhatNobodyHasFoldedIsRefused(t *testing.T) {
	who := "SHA256:" + strings.Repeat("a", 43)
	for what, in := range map[string]string{
		"more than may be":         "\x05hello\x00",
		"a length beyond all":      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"before the beginning":     "\x01x\x32\x00\x00",
		"nearer than itself":       string(rune(len(who))) + who + "\x31\x00\x00",
		"more behind the end":      "\x02hi\x00\x00",
		"nothing":                  "",
		"an end within a part":     "\x04hi",
		"an end before a distance": "\x02hi",
		"a repeat too many":        string(rune(len(who))) + who + "\x32\x00\x00",
	} {
		most := int64(4)
		if strings.HasSuffix(what, "itself") {
			most = 1000
		}
		if strings.HasSuffix(what, "many") {
			most = 60
		}
		_, err := unfold(strings.NewReader(in), most)
		if !errors.Is(err, errFolded) && !errors.Is(err, io.ErrUnexpectedEOF) && (err == nil || !strings.Contains(err.Error(), "overflow")) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range foldedOnce {
		f.Add([]byte(s))
		f.Add(fold([]byte(s)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		back, err := unfold(bytes.NewReader(fold(b)), int64(len(b)))
		if err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%q comes back as %q: %v", b, back, err)
		}
		if out, err := unfold(bytes.NewReader(b), 1<<16); err == nil && len(out) > 1<<16 {
			t.Fatalf("%d bytes", len(out))
		}
	})
}
