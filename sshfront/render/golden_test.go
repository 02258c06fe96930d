package render

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moniker/sshfront/markup"
)

var update = flag.Bool("update", false, "write testdata anew")

// everything is one conversation that has all that can be shown.
func everything(st Style) []byte {
	var d []byte
	say := func(clock string, mark byte, name string, color int, text string) {
		d = Message(d, st, clock, mark, name, color, text, "", name == "alice" || name == "[to bob]")
	}
	d = Marker(d, st, "Wed 7 Jan")
	say("10:30", ' ', "carol", 0, "then I will **sleep**, *finally* :sleeping: and nothing else; snake_case_names and 2*3*4 stay")
	d = Marker(d, st, "2 messages since you left at 10:31")
	say("10:33", '>', "bob", 7, "@alice the disk on n3 is at `80 %`, see [the graph](https://example.org/disk?node=n3&from=10_00)")
	say("10:34", ' ', "bob", 7, "> how full is it exactly, and since when is it like that?\n- *since* Monday\n- 80 %, as I said, and it grows by about one percent every hour")
	d = System(d, st, "11:43", "carol left, mallory joined and left", false)
	say("11:44", '>', "bob", 7, "alice, can you look at this:\n```go\n// beat renews the lease.\nfunc (s *Server) beat() error {\n    return s.renew(3, \"n3\")\n}\n```\nit hangs")
	say("11:45", ' ', "[bob]", 7, "between us: it was me")
	say("11:45", ' ', "[to bob]", -1, "I know")
	say("11:46", '>', "#ops carol", 0, "@alice the pager is yours until noon")
	say("11:47", ' ', "爱丽丝", 4, strings.Repeat("你好世界", 9)+" 👨\u200d👩\u200d👧\u200d👦 :tada:")
	say("11:48", ' ', "mallory", 11, "\u202e\x1b[2J--\u00a0carol left\nZ"+strings.Repeat("\u0300", 40)+" 11:49 [bob] trust me\u2028")
	d = System(d, st, "10:47", "Read-only. alice stays yours for at least 10 min. If another node answers, come back through it:\n    ssh -p 2202 alice@127.0.0.1", true)
	return Text(d, st, "alice   held, token 71; 8.8 s left, renewed 1.2 s ago; then 10 min of grace")
}

// TestEverythingInEveryThemeAtEveryWidth compares with testdata, where ESC is written ␛.
// -update writes it anew.
func TestEverythingInEveryThemeAtEveryWidth(t *testing.T) {
	reader := markup.NewReader(func() time.Time { return time.Time{} })
	looks := map[string]Style{
		"auto": {Color: true}, "light": {Color: true, Theme: Light}, "dark": {Color: true, Theme: Dark}, "mono": {Color: true, Theme: Mono},
		"few": {Color: true, Few: true, Ground: OnDark}, "nocolor": {},
	}
	for look, st := range looks {
		for _, width := range []int{80, 60, 40, 0} {
			st.Width, st.Reader, st.Name = width, reader, "alice"
			name := fmt.Sprintf("%s-%d", look, width)
			if width == 0 {
				if st.Color {
					continue
				}
				name = "plain"
			}
			got := strings.ReplaceAll(string(everything(st)), "\x1b", "␛")
			path := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
			}
		}
	}
}
