package load

import (
	"slices"
	"testing"
)

func TestAScreenIsReadAsItIsShown(t *testing.T) {
	s := newScreen()
	got := s.feed([]byte("Welcome back, alice. #lobby on n2. Here: alice, bob.\n" +
		"10:30    carol  c3-1-0001\n" +
		"-- 1,212 messages since you left at 10:31, here the last 20; /history 1212 ---\n" +
		"Tue 10:33>     bob  c2-1-0002\n" +
		"6 Jan 11:43        *  alice pours coffee\n" +
		"11:43       --  carol left, mallory joined and left\n"))
	got = append(got, s.feed([]byte("11:45    [bob]  c2-2-0003\n11:45 [to bob]  c1-1-0004\n"))...)
	got = append(got, s.feed([]byte("-- 312 messages skipped, /history ---\n11:46 averylongname  c9-"))...)
	got = append(got, s.feed([]byte("9-0005\n#ops on n2, which 1,200 people are in. /names shows who is here.\n"))...)
	want := []seen{
		{kind: arrived, place: "#lobby"},
		{kind: said, from: "carol", text: "c3-1-0001", old: true},
		{kind: marker, count: 1212},
		{kind: said, from: "bob", text: "c2-1-0002", old: true, below: true},
		{kind: said, from: "*", text: "alice pours coffee", old: true, below: true},
		{kind: system},
		{kind: said, from: "bob", place: "@bob", text: "c2-2-0003", direct: true},
		{kind: said, place: "@bob", text: "c1-1-0004", direct: true, own: true},
		{kind: skipped, count: 312},
		{kind: said, from: "averylongname", text: "c9-9-0005"},
		{kind: arrived, place: "#ops"},
	}
	for i := range got {
		if got[i].kind != said {
			got[i].text = ""
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestRefusalsSayHowAnothersNameStands(t *testing.T) {
	for row, want := range map[string]string{
		"alice belongs to another key, and its owner is here.":                       "held",
		"alice belongs to another key; its owner left 2 s ago.":                      "grace",
		"alice belongs to another key; it is registered.":                            "reserved",
		"a1ice looks like alice, which belongs to another key.":                      "",
		"You have 5 names already, which is the limit: a, b. Come as one of them.":   "limit",
		"No more names or people fit into this cluster; its operators can raise it.": "limit",
	} {
		if got := standing(row); got != want {
			t.Errorf("%q: got %q, want %q", row, got, want)
		}
	}
}
