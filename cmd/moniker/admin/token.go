package admin

import (
	"fmt"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/transport"
)

type tokenJSON struct {
	ID      string `json:"id"`
	Role    string `json:"role"`
	Expires int64  `json:"expires_in_ms"`
	By      text   `json:"by"`
	Since   stamp  `json:"since"`
	Used    text   `json:"used_by"`
}

// madeJSON is the one time that the secret is seen.
type madeJSON struct {
	Token   string `json:"token"`
	ID      string `json:"id"`
	Role    string `json:"role"`
	Expires int64  `json:"expires_in_ms"`
}

func (c *call) tokenCommand() *cobra.Command {
	return say.Group("token", "one-time tokens that let a node join",
		c.tokenCreate(),
		say.Leaf("list", "those that have not expired", func(cmd *cobra.Command, _ []string) error { return c.tokenList(cmd) }),
		say.Leaf("revoke ID", "make one useless; a node that has used it stays", func(cmd *cobra.Command, args []string) error {
			if err := c.change(cmd.Context(), func(*fsm.State) {}); err != nil {
				return err
			}
			return c.propose(cmd.Context(), fsm.RevokeToken{ID: args[0]}, "token "+args[0])
		}))
}

func (c *call) tokenCreate() *cobra.Command {
	var ttl string
	var nonVoter bool
	cmd := say.Leaf("create", "print a new one; it is not shown again", func(cmd *cobra.Command, _ []string) error {
		span, err := spanFlag(cmd, "--ttl", ttl, 30*id.Day)
		if err != nil {
			return err
		}
		role := member.Voter
		if nonVoter {
			role = member.NonVoter
		}
		return c.makeToken(cmd, role, span)
	})
	cmd.Flags().StringVar(&ttl, "ttl", "1h", "how long it is good")
	cmd.Flags().BoolVar(&nonVoter, "non-voter", false, "the node serves people and does not count for the majority")
	return cmd
}

func (c *call) makeToken(cmd *cobra.Command, role member.Role, ttl id.Duration) error {
	if err := c.change(cmd.Context(), func(*fsm.State) {}); err != nil {
		return err
	}
	token, err := transport.NewJoinToken(c.config.Rand)
	if err != nil {
		return say.No("", "%s has no random numbers.", c.config.Self)
	}
	made := fsm.MakeToken{ID: token.ID, Key256: token.Key(), Role: role, TTL: ttl, By: c.Who}
	if err := c.propose(cmd.Context(), made, "token "+token.ID); err != nil {
		return err
	}
	if c.json {
		return c.showJSON(madeJSON{Token: token.Text(), ID: token.ID, Role: roleName(role), Expires: ttl.Milliseconds()})
	}
	fmt.Fprintln(c.Stdout, token.Text())
	fmt.Fprintf(c.Stderr, "One node may join with it, within %s: moniker serve ... --join ADDR --token @FILE\n", left(ttl.Milliseconds()))
	return nil
}

func (c *call) tokenList(cmd *cobra.Command) error {
	tokens := []tokenJSON{}
	err := c.read(cmd.Context(), func(s *fsm.State) {
		for _, k := range s.Members().Tokens() {
			if k.Expires <= s.Time() {
				continue
			}
			used := text(k.Used)
			if m, ok := s.Members().Member(k.Used); ok {
				used = text(m.Name)
			}
			tokens = append(tokens, tokenJSON{
				ID: k.ID, Role: roleName(k.Role), Expires: until(k.Expires, s.Time()), By: text(k.By), Since: stamp(k.Wall), Used: used,
			})
		}
	})
	if err != nil {
		return err
	}
	return c.show(tokens, func() table {
		t := table{columns: []column{{title: "TOKEN"}, {title: "ROLE"}, {title: "LEFT"}, {title: "USED BY"}, {title: "BY"}}}
		for _, k := range tokens {
			t.rows = append(t.rows, []string{k.ID, k.Role, left(k.Expires), k.Used.orDash(), by(k.By)})
		}
		return t
	})
}
