package say

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTroubleIsWhatHappenedThenWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err  error
		exit int
		want string
	}{
		{nil, Done, ""},
		{errors.New("it is late"), Failed, "moniker: it is late\n"},
		{No("one\ntwo", "a is %d.", 7), Failed, "moniker: a is 7.\n  one\n  two\n"},
		{fmt.Errorf("wrapped: %w", &Error{Exit: NoLeader, What: "no leader."}), NoLeader, "moniker: no leader.\n"},
	} {
		var out strings.Builder
		if got := Print(&out, c.err); got != c.exit || out.String() != c.want {
			t.Errorf("%v: exit %d, %q", c.err, got, out.String())
		}
	}
}

func TestPathsAsTheyAreShownAndTyped(t *testing.T) {
	for in, want := range map[string]string{"moniker-demo": "./moniker-demo", "./a/": "./a", "/a/b": "/a/b", "../a": "../a", ".": "."} {
		if got := Path(in); got != want {
			t.Errorf("Path(%q) is %q", in, got)
		}
	}
	for in, want := range map[string]string{"a/b": "a/b", "a b": "'a b'", "it's": `'it'\''s'`, "": "''"} {
		if got := Arg(in); got != want {
			t.Errorf("Arg(%q) is %q", in, got)
		}
	}
}
