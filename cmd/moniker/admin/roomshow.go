package admin

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
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
}

type personJSON struct {
	Nick      text        `json:"nick"` // the name it last had
	Identity  id.Identity `json:"identity"`
	Connected bool        `json:"connected"`
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
		r, found = copyRoom(s, name)
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

func copyRoom(s *fsm.State, name string) (roomShownJSON, bool) {
	room, ok := s.Rooms().Room(name)
	if !ok {
		return roomShownJSON{}, false
	}
	said := s.History().Last(name, math.MaxInt)
	members := s.Rooms().Members(name)
	r := roomShownJSON{
		roomJSON: roomJSON{Room: name, Members: len(members), Messages: len(said), Since: stamp(room.Wall)},
		People:   make([]personJSON, 0, len(members)),
	}
	if len(said) > 0 {
		r.Newest = stamp(said[len(said)-1].Wall)
	}
	for _, who := range members {
		p, _ := s.People().Get(who)
		here := len(s.Lease().Of(who)) > 0
		if here {
			r.Connected++
		}
		r.People = append(r.People, personJSON{Nick: text(p.Nick), Identity: who, Connected: here})
	}
	return r, true
}

func roomInWords(r roomShownJSON, now stamp, width int) string {
	out := label(r.Room) + fmt.Sprintf("%s, %s connected\n", count(r.Members, "member"), render.Thousands(int64(r.Connected)))
	out += label("messages") + render.Thousands(int64(r.Messages)) + " kept"
	if r.Newest != 0 {
		out += ", the newest of " + r.Newest.clock(now) + " UTC"
	}
	out += "\n"
	if r.Since != 0 {
		out += label("since") + r.Since.clock(now) + " UTC\n"
	}
	for _, group := range []struct {
		title     string
		connected bool
	}{{"here", true}, {"not here", false}} {
		var names []string
		for _, p := range r.People {
			if p.Connected == group.connected {
				names = append(names, clean(p.called()))
			}
		}
		if len(names) > 0 {
			left := width
			if width > 0 {
				left = max(width-displaywidth.String(label(group.title)), 1)
			}
			out += label(group.title) + fewer(names, left) + "\n"
		}
	}
	return out
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
