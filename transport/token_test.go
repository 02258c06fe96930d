package transport

import (
	"strings"
	"testing"
)

func TestJoinTokenSurvivesItsText(t *testing.T) {
	token, err := NewJoinToken(seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseJoinToken("  " + token.Text() + "\n")
	if err != nil || back != token {
		t.Errorf("came back as %v, %v, want %v", back, err, token)
	}
	other, _ := NewJoinToken(seeded(2))
	if token.Key() == other.Key() || token.Key() == token.Secret {
		t.Error("the key does not come from the secret alone, or is the secret")
	}
}

// TestMistypedTokenIsTold changes, drops and swaps every character.
func TestMistypedTokenIsTold(t *testing.T) {
	token, _ := NewJoinToken(seeded(1))
	text := token.Text()
	check := func(mistyped string) {
		if mistyped == text {
			return
		}
		if _, err := ParseJoinToken(mistyped); err == nil {
			t.Errorf("%q was taken for %q", mistyped, text)
		}
	}
	for i := range text {
		check(text[:i] + text[i+1:])
		check(text[:i] + "x" + text[i+1:])
		check(text[:i] + "0" + text[i+1:])
		check(text[:i])
		if i > 0 {
			check(text[:i] + "\n" + text[i:])
			check(text[:i-1] + text[i:i+1] + text[i-1:i] + text[i+1:])
		}
	}
	check(strings.Repeat(text, 100))
}

func FuzzParseJoinToken(f *testing.F) {
	token, _ := NewJoinToken(seeded(1))
	f.Add(token.Text())
	f.Add("monik1.a.b")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseJoinToken(text)
		if err == nil && token.Text() != strings.TrimSpace(text) {
			t.Fatalf("%q and %q are one token", text, token.Text())
		}
	})
}
