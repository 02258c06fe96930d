package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"moniker/cluster"
	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/sshfront/render"
)

const (
	gathering = time.Second            // what asking all nodes may take, at most
	again     = 100 * time.Millisecond // between tries while there is no leader

	whoIsUp = "To see who is up: moniker admin status"
)

// read runs gather on the newest state or, if the call says --stale, on what
// this node has, and then says how old that is.
func (c *call) read(ctx context.Context, gather func(*fsm.State)) error {
	if c.stale {
		if err := c.permitted(); err != nil {
			return err
		}
		c.node.View(gather)
		c.tellAge()
		return nil
	}
	return c.readNewest(ctx, gather, "What "+c.config.Self+" knows by itself: add --stale")
}

// tellAge says how old what this node has is.
func (c *call) tellAge() {
	fmt.Fprintf(c.Stderr, "as %s knew it %s ago\n", c.config.Self, render.Ago(c.config.Age()))
}

// readNewest runs gather on the newest state; hint is what to do without a leader.
func (c *call) readNewest(ctx context.Context, gather func(*fsm.State), hint string) error {
	if err := c.barrier(ctx, hint); err != nil {
		return err
	}
	if err := c.permitted(); err != nil {
		return err
	}
	c.node.View(gather)
	return nil
}

func (c *call) barrier(ctx context.Context, hint string) error {
	within, cancel := context.WithTimeout(ctx, max(c.config.Patience-gathering, c.config.Patience/2))
	defer cancel()
	if err := insist(within, c.node.Read); err != nil {
		return c.noLeader(ctx, hint)
	}
	return nil
}

// insist calls f again while there is no leader, until ctx ends: an election
// takes less than people's patience.
func insist(ctx context.Context, f func(context.Context) error) error {
	for {
		err := f(ctx)
		if err == nil || !errors.Is(err, cluster.ErrNoLeader) {
			return err
		}
		timer := time.NewTimer(again)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// noLeader says what this node can see of a majority.
func (c *call) noLeader(ctx context.Context, hint string) error {
	within, cancel := context.WithTimeout(ctx, gathering)
	defer cancel()
	s := c.cluster.Status(within)
	up, all := voters(s)
	e := &say.Error{Exit: say.NoLeader, Do: "Nothing was changed. " + hint}
	if need := all/2 + 1; all > 0 && up < need {
		e.What = fmt.Sprintf("no leader: %s reaches %d of %d voters, %d %s needed.", c.config.Self, up, all, need, are(need))
	} else {
		e.What = fmt.Sprintf("no leader answered %s within %s.", c.config.Self, render.Ago(c.config.Patience))
	}
	return e
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// voters counts those that answer, and all.
func voters(s cluster.Status) (up, all int) {
	for _, n := range s.Nodes {
		if !n.Voter {
			continue
		}
		all++
		if n.Reachable {
			up++
		}
	}
	return up, all
}

// propose has c done, and turns whatever came of it but success into words. subject
// is what the command is about, for the words.
func (c *call) propose(ctx context.Context, command fsm.Command, subject string) error {
	within, cancel := context.WithTimeout(ctx, c.config.Patience)
	defer cancel()
	var answer fsm.Answer
	err := insist(within, func(ctx context.Context) (err error) {
		answer, err = c.node.Propose(ctx, command)
		return err
	})
	switch {
	case err == nil:
		return refusal(answer, subject)
	case errors.Is(err, cluster.ErrNoLeader):
		return c.noLeader(ctx, whoIsUp)
	case errors.Is(err, cluster.ErrUnsent):
		return &say.Error{
			Exit: say.NoLeader, What: fmt.Sprintf("%s lost its place in the cluster before this was done.", c.config.Self),
			Do: "Nothing was changed. Try again.",
		}
	case errors.Is(err, cluster.ErrBusy):
		return say.No("Nothing was changed. Try again in a moment.", "too much is waiting for the leader.")
	}
	return &say.Error{
		Exit: say.Unknown, What: fmt.Sprintf("it is not known whether this was done: no answer within %s.", render.Ago(c.config.Patience)),
		Do: "Look before you do it again.",
	}
}

// change is what every command that changes something begins with: the newest
// state, and no --stale.
func (c *call) change(ctx context.Context, gather func(*fsm.State)) error {
	if c.stale {
		return &say.Error{Exit: say.Usage, What: "--stale is for looking; this changes something.", Do: "Leave --stale away."}
	}
	return c.readNewest(ctx, gather, whoIsUp)
}

// refusal is the state machine's "no" in words; nil if it is none.
func refusal(a fsm.Answer, subject string) error {
	limit := int64(0)
	why := ""
	if a.Refusal != nil {
		limit, why = a.Refusal.Limit, a.Refusal.Why
	}
	switch a.Code {
	case fsm.OK:
		return nil
	case fsm.NoSuchNode:
		return say.No("All there are: moniker admin node list", "no node is called %s.", subject)
	case fsm.NoSuchName:
		return say.No("All there are: moniker admin nick list", "nobody has the name %s.", subject)
	case fsm.NotThere, fsm.NoSuchToken:
		return say.No("", "there is no %s.", subject)
	case fsm.Exists:
		return say.No("", "%s is there already.", subject)
	case fsm.LastVoter:
		return lastVoter(subject)
	case fsm.TooMany:
		return say.No("Limits are settings: moniker admin setting list", "there are %s already, which is the limit.", render.Thousands(limit))
	case fsm.TooLong:
		return tooLong(subject, limit)
	case fsm.BadValue:
		return say.No("", "%s.", why)
	case fsm.Taken:
		return belongsToAnother(a.Refusal.Rival)
	case fsm.IsOperator:
		return say.No("To make it none: moniker admin operator remove KEY", "%s is an operator, and those come in and speak whatever happens.", subject)
	case fsm.NoKey:
		return say.No("To end the session: moniker admin session kick ID. To have no guests: moniker admin setting set guests 0",
			"%s is a guest, and somebody else the next time.", subject)
	case fsm.KeyDenied:
		return say.No("All of a person's keys are one person: name them by another.", "%s was removed by its owner, and lets nobody in.", subject)
	case fsm.BadName:
		return say.No("", "%s cannot be taken as it is.", subject)
	}
	return say.No("", "the cluster refused this (%d).", a.Code)
}

func tooLong(what string, limit int64) error {
	return say.No("", "%s is too long: %s bytes at most.", what, render.Thousands(limit))
}
