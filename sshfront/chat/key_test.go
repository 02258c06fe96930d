package chat

import (
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/sshfront/keycode"
)

// accepted is the answer to a line, once what it proposes is accepted.
func (w *town) accepted(name, line string) string {
	w.t.Helper()
	out, a := w.does(name, line)
	if out.Propose != nil && a.Code != fsm.OK {
		w.t.Fatalf("%s: refused with %s", line, a.Code)
	}
	if out.Done != nil {
		return out.Done()
	}
	return out.Answer
}

// shown is the code in an answer.
func shown(t *testing.T, answer string) keycode.Code {
	t.Helper()
	first, _, _ := strings.Cut(answer, "\n")
	code, ok := keycode.Parse(first)
	if !ok {
		t.Fatalf("there is no code in %q", answer)
	}
	return code
}

func TestAKeyIsAddedByACodeAndRemoved(t *testing.T) {
	w := newTown(t, 2)
	w.comes("alice", 1)
	says := func(line, want string) {
		t.Helper()
		if got := w.accepted("alice", line); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	one := string(key("alice"))
	says("/key", one+"\nThat is your only key. /key add makes another device you as well.")
	says("/key remove "+one, "It is your only key. /key add on this device makes another one you; then this can go.")
	got := w.accepted("alice", "/key add")
	code := shown(t, got)
	if want := "  " + code.String() + "\nSay this on the new device, within 10 min: where it asks for a name, or by /key there. " +
		"It works once. Whoever says it is you from then on."; got != want {
		t.Errorf("/key add: %q", got)
	}
	phone := id.Fingerprint(key("phone"))
	out := w.runs("alice", "/key "+strings.ToLower(code.String()))
	if out.Code != code || out.Propose != nil {
		t.Errorf("a code comes to %+v", out)
	}
	w.at("10:35:00")
	w.apply(w.incs[1], fsm.AddKey{Key: phone, Proof: code.Proof("c")})
	says("/key", one+"  the first; this one, on n1\n"+string(phone)+"  since 10:35; last here 10:35")
	says("/key list", one+"  the first; this one, on n1\n"+string(phone)+"  since 10:35; last here 10:35")
	if got := w.accepted("alice", "/whois"); !strings.Contains(got, one+" one of 2\n") {
		t.Errorf("/whois: %q", got)
	}
	if got := Complete("/key remove ", "SHA256:ph", w.as("alice")); len(got) != 1 || got[0].Text != string(phone) {
		t.Errorf("completes to %v", got)
	}
	if got := Complete("/key ", "", w.as("alice")); len(got) != 3 {
		t.Errorf("completes to %v", got)
	}
	says("/key remove zed", "No key of yours begins with zed. /key lists them.")
	says("/key remove SHA256:", "2 keys of yours begin with SHA256:: write more of it.")
	says("/key remove phone", "This key is let in no more, and whoever was here by it has left:\n  "+string(phone))
	says("/key remove phone", "No key of yours begins with phone. /key lists them.")
	for line, want := range map[string]string{
		"/key frob":         "frob is neither add, list or remove nor a code, which has 12 letters and digits.",
		"/key K7QM 2XWD 9F": "K7QM 2XWD 9F is neither add, list or remove nor a code, which has 12 letters and digits.",
		"/key add phone":    "/key add takes nothing behind it.",
		"/key remove":       "/key remove takes the start of a key. /key lists yours.",
	} {
		if out := w.runs("alice", line); !out.Refused || !strings.HasPrefix(out.Answer, want+"\n/key [add | remove KEY | CODE]   ") {
			t.Errorf("%s: %q", line, out.Answer)
		}
	}
}

// The second key's owner is alice, by whichever of her keys she asks.
func (w *town) asBy(name string, by id.Fingerprint) Call {
	c := w.as(name)
	c.Key = by
	return c
}

func TestKeysOnANarrowTerminal(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	code := shown(t, w.accepted("alice", "/key add"))
	w.apply(w.incs[0], fsm.AddKey{Key: id.Fingerprint(key("phone")), Proof: code.Proof("c")})
	c := w.asBy("alice", id.Fingerprint(key("alice")))
	c.Width = 60
	want := string(key("alice")) + "  the first;\n  this one, on n1\n" + string(key("phone")) + "  since 10:30;\n  last here 10:30"
	if got := Run("/key", c).Answer; got != want {
		t.Errorf("%q", got)
	}
}

// A code that is typed where things are said would be read by all who could use it.
func TestACodeIsNotSaid(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	const want = "That looks like a code of /key add. To use it: /key K7QM 2XWD 9FHT\nTo say it, put a word before it."
	for _, emote := range []bool{false, true} {
		if out := Say(w.as("alice"), "k7qm 2xwd 9fht", emote); !out.Refused || out.Propose != nil || out.Answer != want {
			t.Errorf("it comes to %+v", out)
		}
	}
	if out := Say(w.as("alice"), "mine was K7QM 2XWD 9FHT", false); out.Refused || out.Propose == nil {
		t.Errorf("it comes to %+v", out)
	}
}

// A guest is marked where names are shown, and has nothing that takes a key.
func TestAGuestIsMarked(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.apply(w.incs[0], fsm.SetSetting{Name: "guests", Value: 1})
	carol := id.Guest("c")
	w.apply(w.incs[0], fsm.Attach{Session: id.Session{Incarnation: w.incs[0], Number: 99}, Identity: carol, Nick: nickFor(t, "carol")})
	for line, want := range map[string]string{
		"/names": "#lobby, 2: alice, carol (guest)",
		"/who":   "carol (guest)",
	} {
		if got := w.runs("alice", line).Answer; !strings.Contains(got, want) {
			t.Errorf("%s: %q", line, got)
		}
	}
	if got := w.runs("alice", "/whois carol").Answer; !strings.Contains(got, "then free\n") || !strings.Contains(got, "key     none: a guest\n") {
		t.Errorf("/whois: %q", got)
	}
	c := w.as("alice")
	c.Who, c.Key, c.Nick = carol, carol.First(), nickFor(t, "carol")
	for _, line := range []string{"/key", "/key add", "/key K7QM 2XWD 9FHT", "/register", "/unregister"} {
		if out := Run(line, c); !out.Refused || out.Propose != nil || out.Code != "" || !strings.HasPrefix(out.Answer, "You are a guest") {
			t.Errorf("%s: %+v", line, out)
		}
	}
}

func nickFor(t *testing.T, typed string) lease.Nick {
	t.Helper()
	n, err := Name(typed)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
