package admin

import (
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/sshfront/nick"
)

type operatorJSON struct {
	Identity id.Identity `json:"identity"`
	Note     text        `json:"note"`
	By       text        `json:"by"`
	Since    stamp       `json:"since"`
}

func (c *call) operatorCommand() *cobra.Command {
	return say.Group("operator", "whose keys may do this",
		say.Leaf("list", "every operator", func(cmd *cobra.Command, _ []string) error { return c.operatorList(cmd) }),
		c.addKey("let a key do this", "", func(cmd *cobra.Command, who id.Identity, note string) error {
			return c.propose(cmd.Context(), fsm.AddOperator{Identity: who, Note: note, By: c.Who}, "operator "+short(who))
		}),
		c.removeKey("take that away from a key", func(cmd *cobra.Command, who id.Identity) error {
			return c.propose(cmd.Context(), fsm.RemoveOperator{Identity: who}, "operator "+short(who))
		}))
}

// addKey is a command that puts a key, and a note, on a list.
func (c *call) addKey(what, more string, add func(cmd *cobra.Command, who id.Identity, note string) error) *cobra.Command {
	var note string
	cmd := say.Leaf("add KEY", what, func(cmd *cobra.Command, args []string) error {
		who, comment, err := key(cmd, args)
		if err != nil {
			return err
		}
		note, err := about(note, comment)
		if err != nil {
			return err
		}
		if err := c.change(cmd.Context(), func(*fsm.State) {}); err != nil {
			return err
		}
		return add(cmd, who, note)
	})
	cmd.Long = "KEY is a fingerprint (SHA256:...) or the line of a .pub file." + more
	cmd.Args = cobra.ArbitraryArgs // a .pub line that was not quoted comes in pieces
	cmd.Flags().StringVar(&note, "note", "", "whose it is; the comment of a .pub line if left away")
	return cmd
}

// removeKey is a command that takes one off.
func (c *call) removeKey(what string, remove func(cmd *cobra.Command, who id.Identity) error) *cobra.Command {
	return say.Leaf("remove KEY", what, func(cmd *cobra.Command, args []string) error {
		who, _, err := key(cmd, args)
		if err != nil {
			return err
		}
		if err := c.change(cmd.Context(), func(*fsm.State) {}); err != nil {
			return err
		}
		return remove(cmd, who)
	})
}

func (c *call) operatorList(cmd *cobra.Command) error {
	operators := []operatorJSON{}
	var now stamp
	err := c.read(cmd.Context(), func(s *fsm.State) {
		now = stamp(s.Clock())
		for _, o := range s.Members().Operators() {
			operators = append(operators, operatorJSON{Identity: o.ID, Note: text(o.Note), By: text(o.By), Since: stamp(o.Wall)})
		}
	})
	if err != nil {
		return err
	}
	return c.show(operators, func() table {
		t := table{columns: []column{{title: "KEY"}, {title: "NOTE"}, {title: "SINCE (UTC)"}, {title: "BY"}}}
		for _, o := range operators {
			t.rows = append(t.rows, []string{string(o.Identity), o.Note.orDash(), o.Since.clock(now), by(o.By)})
		}
		return t
	})
}

// about is the note beside a key: the comment of its .pub line, if there is no other.
func about(note, comment string) (string, error) {
	if note == "" {
		note = comment
	}
	if note = clean(note); len(note) > fsm.MaxNote {
		return "", tooLong("a note", fsm.MaxNote)
	}
	return note, nil
}

// key reads a fingerprint or a public key line, and its comment.
func key(cmd *cobra.Command, args []string) (id.Identity, string, error) {
	line := strings.TrimSpace(strings.Join(args, " "))
	if strings.HasPrefix(line, "SHA256:") {
		who, err := fingerprint(line)
		return who, "", err
	}
	if line == "" {
		return "", "", say.Wrong(cmd, "KEY is missing.")
	}
	pub, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if name, is := nick.Parse(line); err != nil && is == nil {
		return "", "", &say.Error{Exit: say.Usage, What: "this list is of keys, and " + name.Display + " is a name.", Do: "Its key: moniker admin nick show " + name.Display}
	}
	if err != nil {
		return "", "", &say.Error{Exit: say.Usage, What: "this is no key.", Do: "It wants a fingerprint (SHA256:...) or the line of a .pub file."}
	}
	return id.Identity(ssh.FingerprintSHA256(pub)), comment, nil
}

// fingerprint reads a whole one.
func fingerprint(line string) (id.Identity, error) {
	const sha256Length = 43 // of 32 bytes in unpadded base64
	if rest := strings.TrimPrefix(line, "SHA256:"); len(rest) == sha256Length && !strings.ContainsFunc(rest, notBase64) {
		return id.Identity(line), nil
	}
	return "", &say.Error{Exit: say.Usage, What: "this fingerprint is not whole.", Do: "To see all of it: ssh-keygen -lf FILE.pub"}
}

func notBase64(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '+' && r != '/'
}
