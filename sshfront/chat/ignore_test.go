package chat

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/setting"
)

func saidIn(out Outcome) (all []string) {
	for _, m := range out.Shown {
		all = append(all, m.Text)
	}
	return all
}

func TestWhoIsIgnoredIsInNoHistory(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.comes("mallory", 1)
	for i := range 3 {
		w.says("bob", "#lobby", fmt.Sprint("b", i))
		w.says("mallory", "#lobby", fmt.Sprint("m", i))
		w.writes("mallory", "alice", fmt.Sprint("mm", i))
	}
	w.does("alice", "/ignore mallory")
	if got := strings.Join(saidIn(w.runs("alice", "/history 2")), " "); got != "b1 b2" {
		t.Errorf("alice reads %q: as many as she asked for, and none of mallory's", got)
	}
	if got := len(saidIn(w.runs("bob", "/history"))); got != 6 {
		t.Errorf("bob reads %d", got)
	}
	const unheard = "You ignore mallory: what mallory answers does not reach you. /unignore mallory"
	if out, _ := w.does("alice", "/msg mallory why"); out.Done() != unheard {
		t.Errorf("%q", out.Done())
	}
	w.does("alice", "/query mallory")
	if got := Alone(w.as("alice")); got != "Alone with mallory. "+unheard+"." {
		t.Errorf("%q", got)
	}
	if got := Say(w.as("alice"), "and why", false).Done(); got != unheard {
		t.Errorf("%q", got)
	}
	w.does("alice", "/query")
	if got := w.runs("alice", "/reply hello"); !got.Refused {
		t.Errorf("it goes to whom she ignores: %+v", got)
	}
	// Under another name, and gone, and under the first again by another key.
	p := w.people["mallory"]
	n, _ := Name("innocent")
	w.apply(p.session.Incarnation, fsm.Claim{Session: p.session, Nick: n})
	if got := w.runs("alice", "/ignore").Answer; got != "You ignore 1: innocent" {
		t.Errorf("%q", got)
	}
	w.quits("mallory")
	if got := w.runs("alice", "/ignore").Answer; got != "You ignore 1: innocent" {
		t.Errorf("gone: %q", got)
	}
	if got := w.runs("alice", "/unignore mallory"); !got.Refused {
		t.Errorf("%+v", got)
	}
	if _, a := w.does("alice", "/unignore innocent"); a.Code != fsm.OK {
		t.Errorf("answered %d", a.Code)
	}
	if got := w.runs("alice", "/ignore").Answer; got != "You ignore nobody. /ignore NAME" {
		t.Errorf("%q", got)
	}
}

func TestIgnoringIsBoundedAndExact(t *testing.T) {
	w := newTown(t, 1)
	w.set(setting.LimitIgnored, 1)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
	}
	w.does("alice", "/ignore @bob")
	for line, want := range map[string]string{
		"/ignore carol":   "You ignore 1, which is the limit. /unignore NAME ends one.",
		"/ignore alice":   "alice is you.",
		"/ignore b0b":     "Nobody has the name b0b; bob looks like it. /ignore bob",
		"/unignore carol": "You do not ignore carol. /ignore lists whom you do.",
	} {
		if got := w.runs("alice", line); got.Answer != want || !got.Refused {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if got := Complete("/unignore ", "B", w.as("alice")); len(got) != 1 || got[0].Text != "bob" {
		t.Errorf("%+v", got)
	}
}

func TestTabOffersWhomOneIgnoresLast(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "malte", "mallory", "mara"} {
		w.comes(name, 1)
	}
	w.does("alice", "/ignore mallory")
	w.says("mara", "#lobby", "one")
	w.says("mallory", "#lobby", "two")
	for line, want := range map[string]string{"so ma": "mara |malte |mallory ", "so @mal": "@malte |@mallory "} {
		if got := w.tab("alice", line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
