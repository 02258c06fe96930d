package admin

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/sshfront/render"
)

// banJSON is a ban or a mute of the whole cluster, or of a room: scripts rely on its fields.
type banJSON struct {
	Nick     text   `json:"nick"`     // the name they had; null for a network
	Identity text   `json:"identity"` // null for a network
	Network  text   `json:"network"`  // null for an identity
	Reason   text   `json:"reason"`
	By       text   `json:"by"`      // null: by a local user
	ByNick   text   `json:"by_nick"` // the name that one had
	Since    stamp  `json:"since"`
	Expires  *int64 `json:"expires_in_ms"` // null: not until somebody undoes it
}

// madeBanJSON is one that was made.
type madeBanJSON struct {
	banJSON
	Ended *int `json:"sessions_ended"` // null where each node ends its own, or none is ended
}

// sanction is one of the two things that operators can lay upon somebody in all of
// the cluster: a group of commands each.
type sanction struct {
	what       ban.Kind
	name, past string // "ban", "banned"
	again      string // what they may when it is undone
	short      string
	long       string // how
}

func (c *call) banCommand() *cobra.Command {
	return c.sanctionCommand(sanction{
		what: ban.Out, name: "ban", past: "banned", again: "come in", short: "who may not come in",
		long: "Keep a person or a network out of the cluster. WHO is a name, a key\n" +
			"(SHA256:...), an address or a network: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32. A\n" +
			"name that nobody has stands for whoever had it last, an address of IPv6 for its\n" +
			"/64. Sessions end at once, on every node, and are told why. Who is banned already\n" +
			"gets the new time and reason. Operators cannot be banned, and come in from\n" +
			"everywhere.",
	})
}

func (c *call) muteCommand() *cobra.Command {
	return c.sanctionCommand(sanction{
		what: ban.Mute, name: "mute", past: "muted", again: "speak", short: "who may not speak",
		long: "Let a person read on and say nothing, in rooms and in private. WHO is a name or a\n" +
			"key (SHA256:...); a name that nobody has stands for whoever had it last. Who is\n" +
			"muted already gets the new time and reason. Operators cannot be muted.",
	})
}

func (c *call) sanctionCommand(k sanction) *cobra.Command {
	return say.Group(k.name, k.short,
		c.sanctionAdd(k),
		say.Leaf("list", "everybody who is "+k.past+", rooms not counted", func(cmd *cobra.Command, _ []string) error { return c.sanctionList(cmd, k) }),
		say.Leaf("remove WHO", "let them "+k.again+" again", func(cmd *cobra.Command, args []string) error {
			return c.sanctionRemove(cmd, k, args[0])
		}))
}

func (c *call) sanctionAdd(k sanction) *cobra.Command {
	var span, reason string
	cmd := say.Leaf("add WHO", k.name+" somebody", func(cmd *cobra.Command, args []string) error {
		var d id.Duration
		if cmd.Flags().Changed("for") { // an empty one is a mistake, and no ban for good
			var err error
			if d, err = spanFlag(cmd, "--for", span, fsm.MaxBan); err != nil {
				return err
			}
		}
		return c.sanction(cmd, k, args[0], d, clean(reason))
	})
	cmd.Long = k.long
	cmd.Flags().StringVar(&span, "for", "", "how long: 10m, 2h, 7d; until it is undone if left away")
	cmd.Flags().StringVar(&reason, "reason", "", "why, which they are told")
	return cmd
}

func (c *call) sanction(cmd *cobra.Command, k sanction, typed string, span id.Duration, reason string) error {
	if len(reason) > ban.MaxReason {
		return tooLong("a reason", ban.MaxReason)
	}
	who, err := parseWhom(typed, k.what)
	if err != nil {
		return err
	}
	var found culprit
	if err := c.change(cmd.Context(), func(s *fsm.State) { found = who.find(s) }); err != nil {
		return err
	}
	if found.subject == "" {
		return nobodyHas(who.name)
	}
	command := fsm.Ban{What: k.what, Subject: found.subject, For: span, Reason: reason, By: c.Who}
	if err := c.propose(cmd.Context(), command, found.called()); err != nil {
		return err
	}
	made := madeBanJSON{banJSON: banJSON{Nick: found.nick}}
	c.node.View(func(s *fsm.State) {
		if b, there := s.Bans().Get(ban.Key{Kind: k.what, Subject: found.subject}); there {
			made.banJSON = copyBan(s, b)
		}
	})
	if k.what == ban.Out && !found.network() {
		made.Ended = &found.sessions
	}
	if c.json {
		return c.showJSON(made)
	}
	fmt.Fprintf(c.Stdout, "%s is %s%s%s\n", found.inFull(), k.past, lasting(span), ending(made.Ended))
	return nil
}

func lasting(span id.Duration) string {
	if span == 0 {
		return ""
	}
	return " for " + left(span.Milliseconds())
}

func ending(sessions *int) string {
	if sessions == nil || *sessions == 0 {
		return "."
	}
	return "; " + count(*sessions, "session") + " ended."
}

func (c *call) sanctionList(cmd *cobra.Command, k sanction) error {
	var all []banJSON
	var now stamp
	err := c.read(cmd.Context(), func(s *fsm.State) {
		now = stamp(s.Clock())
		all = bansOf(s, "", k.what)
	})
	if err != nil {
		return err
	}
	return c.show(all, func() table {
		t := table{columns: []column{
			{title: "WHO"}, {title: "KEY"}, {title: "LEFT"}, {title: "BY"}, {title: "SINCE (UTC)"}, {title: "REASON", cut: true},
		}}
		for _, b := range all {
			t.rows = append(t.rows, []string{
				b.who(), text(short(b.Identity)).orDash(), b.left(), b.by(), b.Since.clock(now), b.Reason.orDash(),
			})
		}
		return t
	})
}

// bansOf are those of one kind in a place, which is empty for the cluster.
func bansOf(s *fsm.State, place string, what ban.Kind) []banJSON {
	all := []banJSON{}
	for _, b := range s.Bans().In(place) {
		if b.ID.Kind == what {
			all = append(all, copyBan(s, b))
		}
	}
	return all
}

func copyBan(s *fsm.State, b ban.Ban) banJSON {
	j := banJSON{Nick: text(b.Nick), Reason: text(b.Reason), By: text(b.By), ByNick: text(b.ByNick), Since: stamp(b.Wall)}
	if ban.Network(b.ID.Subject) {
		j.Network = text(b.ID.Subject)
	} else {
		j.Identity = text(b.ID.Subject)
	}
	if b.Until > 0 {
		j.Expires = new(until(b.Until, s.Time()))
	}
	return j
}

// who is what remove takes: a name if there is one.
func (b banJSON) who() string {
	switch {
	case b.Network != "":
		return string(b.Network)
	case b.Nick != "":
		return string(b.Nick)
	}
	return string(b.Identity)
}

func (b banJSON) left() string {
	if b.Expires == nil {
		return "for good"
	}
	return render.Left(time.Duration(*b.Expires) * time.Millisecond)
}

func (b banJSON) by() string {
	if b.ByNick != "" {
		return string(b.ByNick)
	}
	return by(b.By)
}

func (c *call) sanctionRemove(cmd *cobra.Command, k sanction, typed string) error {
	who, err := parseWhom(typed, k.what)
	if err != nil {
		return err
	}
	var found []ban.Ban
	if err := c.change(cmd.Context(), func(s *fsm.State) { found = who.among(s, k.what) }); err != nil {
		return err
	}
	switch {
	case len(found) == 0:
		return say.No("All there are: moniker admin "+k.name+" list", "%s is not %s.", typed, k.past)
	case len(found) > 1:
		return say.No("Which is meant: "+listed(found), "%s of %s are %s.", count(len(found), "owner"), typed, k.past)
	}
	b := found[0]
	var was banJSON
	c.node.View(func(s *fsm.State) { was = copyBan(s, b) })
	if err := c.propose(cmd.Context(), fsm.Unban{What: k.what, Subject: b.ID.Subject, By: c.Who}, k.name+" of "+was.who()); err != nil {
		return err
	}
	if c.json {
		return c.showJSON(was)
	}
	fmt.Fprintf(c.Stdout, "%s may %s again.\n", was.who(), k.again)
	return nil
}
