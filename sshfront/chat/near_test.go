package chat

import (
	"strings"
	"testing"
)

func TestUnknownCommandsNameTheOneThatWasMeant(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for typed, want := range map[string]string{
		"wohis": "whois", "nmaes": "names", "jion": "join", "qiut": "quit", "hlep": "help", "exit": "quit", "leave": "part", "bye": "quit",
		"w": "msg", "tell": "msg", "chat": "query", "list": "rooms", "users": "who", "NMAES": "names", "EXIT": "quit", "hist": "history",
		"clsuter": "cluster", "rooom": "rooms", "mgs": "msg", "replay": "reply", "aprt": "part", "em": "me", "nik": "nick", "?": "help",
	} {
		want := "/" + typed + " is no command; /" + want + " is. To say it, start with two: //" + typed + " bob"
		if got := w.runs("alice", "/"+typed+" bob"); got.Answer != want || !got.Refused {
			t.Errorf("%q", got.Answer)
		}
	}
}

func TestForeignWordsAreNoCommandsAndStandForSome(t *testing.T) {
	for word, is := range foreign() {
		if _, ok := find(word); ok {
			t.Errorf("/%s is a command", word)
		}
		if _, ok := find(is); !ok {
			t.Errorf("/%s stands for /%s, which is no command", word, is)
		}
	}
}

func TestLongLinesAreNotToldBackWhole(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for line, want := range map[string]string{
		"/" + strings.Repeat("x", 4000): "/" + strings.Repeat("x", 60) + " ... is no command; /help lists them. To say it, start with two: //" + strings.Repeat("x", 59) + " ...",
		"/a/b\nc":                       "/a/b is no command; /help lists them. To say it, start with two: //a/b ...",
	} {
		if got := w.runs("alice", line).Answer; got != want {
			t.Errorf("%q", got)
		}
	}
}
