package admin

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/sshfront/nick"
	"moniker/sshfront/render"
)

// kickedJSON is a session that was ended and what became of its name: scripts
// rely on its fields.
type kickedJSON struct {
	ID      string `json:"id"`
	Nick    string `json:"nick"`
	State   string `json:"state"`         // held: another session is on it; grace; reserved; free
	Expires *int64 `json:"expires_in_ms"` // null if it is free
}

func (c *call) kickCommand() *cobra.Command {
	cmd := say.Leaf("kick ID", "end one; its owner may come back at once", func(cmd *cobra.Command, args []string) error {
		return c.kick(cmd, args[0])
	})
	cmd.Long = "End a session. ID is as `session list` shows it. The name stays its owner's for\n" +
		"the time of grace, or longer if it is registered; to give it to anybody:\n" +
		"moniker admin nick release NAME"
	return cmd
}

func (c *call) kick(cmd *cobra.Command, typed string) error {
	var found []lease.Session
	var near []string
	var grace id.Duration
	var name string
	err := c.change(cmd.Context(), func(s *fsm.State) {
		grace = s.Settings().Span(setting.LeaseGrace)
		if found, near = sessionsCalled(s, typed); len(found) > 0 {
			name = s.Lease().Name(found[0].Nick).Display
		}
	})
	switch {
	case err != nil:
		return err
	case len(found) > 1:
		return say.No("Free the name instead: moniker admin nick release NAME", "%s are %d sessions; which is meant cannot be told.", typed, len(found))
	case len(found) == 0 && len(near) > 0:
		return say.No(strings.Join(near, ", ")+" "+are(len(near))+".", "%s is no session.", typed)
	case len(found) == 0:
		return say.No("All there are: moniker admin session list", "there is no session %s.", typed)
	}
	was := found[0]
	if err := c.propose(cmd.Context(), fsm.Kick{Session: was.ID, By: c.Who}, "session "+typed); err != nil {
		return err
	}
	out := kickedJSON{ID: typed, Nick: name, State: "free"}
	var on []string
	registered := false
	c.node.View(func(s *fsm.State) {
		now := s.Lease().Name(was.Nick)
		if now.State == lease.Free || now.Owner != was.Identity {
			return
		}
		copied := copyName(s, now)
		on, out.State, out.Expires = copied.places(), copied.State, copied.Expires
		registered = copied.Registered
	})
	if c.json {
		return c.showJSON(out)
	}
	fmt.Fprintf(c.Stdout, "%s ended; %s\n", typed, becameOf(out, on, registered, grace))
	return nil
}

// becameOf says how the name of a session that was ended stands now.
func becameOf(k kickedJSON, on []string, registered bool, grace id.Duration) string {
	switch {
	case k.State == "held":
		return k.Nick + " is still on " + strings.Join(on, ", ") + "."
	case registered:
		return fmt.Sprintf("%s is registered: it stays %s's.", k.Nick, k.Nick)
	case k.State == "grace" && grace > 0:
		return fmt.Sprintf("%s stays %s's for %s.", k.Nick, k.Nick, render.Ago(micro(grace)))
	}
	return k.Nick + " is free."
}

// sessionsCalled returns the sessions whose id was typed. If there is none, near
// are the ids that may have been meant: those on a name, or ones whose node was
// left away.
func sessionsCalled(s *fsm.State, typed string) (found []lease.Session, near []string) {
	const most = 8 // to read through
	name, err := nick.Parse(typed)
	for _, row := range s.Lease().Sessions() {
		full := sessionID(s, row.ID)
		switch {
		case full == typed:
			found = append(found, row)
		case len(near) < most && (row.ID.Short() == typed || err == nil && row.Nick == name.Key):
			near = append(near, full)
		}
	}
	return found, near
}
