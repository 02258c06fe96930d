package admin

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/sshfront/chat"
	"moniker/sshfront/render"
)

// roomShownJSON is a room and who is in it, without what was said there: scripts
// rely on its fields.
type roomShownJSON struct {
	roomJSON
	Connected int          `json:"connected"` // members with at least one session
	Newest    stamp        `json:"newest"`    // when the newest message was said; null if none is kept
	People    []personJSON `json:"people"`
	Bans      []banJSON    `json:"bans"`
	Mutes     []banJSON    `json:"mutes"`
}

type personJSON struct {
	Nick      text        `json:"nick"` // the name it last had
	Identity  id.Identity `json:"identity"`
	Connected bool        `json:"connected"`
	Operator  bool        `json:"operator"` // runs the room
}

func (c *call) roomShowCommand() *cobra.Command {
	return say.Leaf("show ROOM", "one room and who is in it; not what was said", func(cmd *cobra.Command, args []string) error {
		return c.roomShow(cmd, args[0])
	})
}

func (c *call) roomShow(cmd *cobra.Command, typed string) error {
	name, err := chat.Room(typed)
	if err != nil {
		return say.No("", "%s", err)
	}
	var found bool
	var r roomShownJSON
	var now stamp
	err = c.read(cmd.Context(), func(s *fsm.State) {
		now = stamp(s.Clock())
		r, found = copyRoomShown(s, name)
	})
	switch {
	case err != nil:
		return err
	case !found:
		return say.No("All there are: moniker admin room list", "there is no room %s.", name)
	}
	slices.SortFunc(r.People, func(a, b personJSON) int {
		return cmp.Or(cmp.Compare(a.Nick, b.Nick), cmp.Compare(a.Identity, b.Identity))
	})
	if c.json {
		return c.showJSON(r)
	}
	io.WriteString(c.Stdout, roomInWords(r, now, c.Width))
	return nil
}

func copyRoomShown(s *fsm.State, name string) (roomShownJSON, bool) {
	row, ok := s.Rooms().Room(name)
	if !ok {
		return roomShownJSON{}, false
	}
	r := roomShownJSON{
		roomJSON: copyRoom(s, row), People: []personJSON{}, Bans: bansOf(s, name, ban.Out), Mutes: bansOf(s, name, ban.Mute),
	}
	if said := s.History().Last(name, 1); len(said) > 0 {
		r.Newest = stamp(said[len(said)-1].Wall)
	}
	for _, who := range s.Rooms().Members(name) {
		p, _ := s.People().Get(who)
		here := len(s.Lease().Of(who)) > 0
		if here {
			r.Connected++
		}
		runs := s.Rooms().Runs(room.Seat{Place: name, Who: who})
		r.People = append(r.People, personJSON{Nick: text(p.Nick), Identity: who, Connected: here, Operator: runs})
	}
	return r, true
}

func roomInWords(r roomShownJSON, now stamp, width int) string {
	out := label(r.Room) + fmt.Sprintf("%s, %s connected", count(r.Members, "member"), render.Thousands(int64(r.Connected)))
	if r.Private {
		out += "; private"
	}
	if r.Slow != nil {
		out += "; slow, one message a person and " + left(*r.Slow)
	}
	out += "\n"
	if r.Topic != "" {
		out += label("topic") + clean(string(r.Topic)) + "\n"
	}
	out += label("messages") + render.Thousands(int64(r.Messages)) + " kept"
	if r.Newest != 0 {
		out += ", the newest of " + r.Newest.clock(now) + " UTC"
	}
	out += "\n"
	if r.Since != 0 {
		out += label("since") + r.Since.clock(now) + " UTC\n"
	}
	for _, group := range groups(r) {
		if len(group.names) > 0 {
			cells := width
			if width > 0 {
				cells = max(width-displaywidth.String(label(group.title)), 1)
			}
			out += label(group.title) + fewer(group.names, cells) + "\n"
		}
	}
	return out
}

// group is some of a room's people, or of those who are kept out of it.
type group struct {
	title string
	names []string
}

func groups(r roomShownJSON) []group {
	people := func(are func(personJSON) bool) (names []string) {
		for _, p := range r.People {
			if are(p) {
				names = append(names, clean(p.called()))
			}
		}
		return names
	}
	return []group{
		{"run by", people(func(p personJSON) bool { return p.Operator })},
		{"here", people(func(p personJSON) bool { return p.Connected })},
		{"not here", people(func(p personJSON) bool { return !p.Connected })},
		{"banned", withTime(r.Bans)},
		{"muted", withTime(r.Mutes)},
	}
}

// withTime are whom bans are of, and how much longer.
func withTime(all []banJSON) []string {
	names := make([]string, 0, len(all))
	for _, b := range all {
		names = append(names, clean(b.who())+" ("+b.left()+")")
	}
	return names
}

func (p personJSON) called() string {
	if p.Nick == "" {
		return short(p.Identity)
	}
	return string(p.Nick)
}

// fewer is as many names as fit into width cells, at least one, and how many more
// there are; a width of 0 fits all.
func fewer(names []string, width int) string {
	all := strings.Join(names, ", ")
	if width == 0 || displaywidth.String(all) <= width {
		return all
	}
	for n := len(names) - 1; ; n-- {
		line := fmt.Sprintf("%s and %s more", strings.Join(names[:max(n, 1)], ", "), render.Thousands(int64(len(names)-max(n, 1))))
		if n <= 1 || displaywidth.String(line) <= width {
			return line
		}
	}
}
