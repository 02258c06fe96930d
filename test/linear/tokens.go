package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"moniker/fsm/id"
)

// grant is what is known of one token: it was granted for something that was called
// after first, and had been before last.
type grant struct {
	name        string
	who         id.Identity
	token       id.Token
	first, last int64
	op          int // that showed it first
}

// checkTokens holds that a token belongs to one name of one identity, and that of two
// grants the later has the larger token, whatever the names. (That the owner keeps hers
// is the model's to check.)
func checkTokens(h *History) []Finding {
	grants, found := grantsOf(h)
	for _, op := range h.Ops {
		if op.Kind != Take && op.Kind != Again {
			continue
		}
		for _, g := range grants {
			mine := op.Name == g.name && op.Who == g.who
			if mine && (op.Outcome == OK && op.Token == g.token || op.Outcome == Unknown) {
				g.first = min(g.first, op.Call)
			}
		}
	}
	slices.SortFunc(grants, func(a, b *grant) int { return cmp.Compare(a.token, b.token) })
	var newest *grant // of the smaller tokens, the one that was asked for last
	for _, g := range grants {
		if newest != nil && g.last < newest.first && newest.first != math.MaxInt64 {
			found = append(found, Finding{By: "tokens", What: fmt.Sprintf(
				"token %d was there (#%d) before anybody asked for token %d (#%d), which is smaller", g.token, g.op, newest.token, newest.op)})
		}
		if g.first != math.MaxInt64 && (newest == nil || g.first > newest.first) {
			newest = g
		}
	}
	return found
}

// grantsOf collects the tokens that anybody was shown, and those shown as two grants.
func grantsOf(h *History) (grants []*grant, found []Finding) {
	known := map[id.Token]*grant{}
	note := func(op Op, name string, who id.Identity, token id.Token) {
		g := known[token]
		switch {
		case token == 0:
		case g == nil:
			g = &grant{name, who, token, math.MaxInt64, op.Return, op.ID}
			known[token] = g
			grants = append(grants, g)
		case g.name != name || g.who != who:
			found = append(found, Finding{By: "tokens", Name: name, What: fmt.Sprintf(
				"token %d is %s's for %s (#%d) and %s's for %s (#%d)", token, g.who, g.name, g.op, who, name, op.ID)})
		case op.Return < g.last:
			g.last, g.op = op.Return, op.ID
		}
	}
	for _, op := range h.Ops {
		if (op.Kind == Take || op.Kind == Again) && op.Outcome == OK {
			note(op, op.Name, op.Who, op.Token)
		}
		for _, s := range op.Seen {
			note(op, s.Name, s.Owner, s.Token)
		}
	}
	return grants, found
}
