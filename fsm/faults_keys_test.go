package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/keyring"
)

// reopenCodes has what was used be of use again, and tells nobody.
func reopenCodes(r *rogue, e Entry) Outcome {
	if r.spent == nil {
		r.spent = map[keyring.Proof]id.Identity{}
	}
	for _, p := range e.Proposals {
		c, ok := p.Command.(AddKey)
		if !ok {
			continue
		}
		if code, open := r.s.keys.Code(c.Proof, r.s.meta.now); open {
			r.spent[c.Proof] = code.Who
		} else if who, used := r.spent[c.Proof]; used {
			if is, _ := r.s.keys.Who(who.First()); is == who {
				r.s.turn.Begin(r.index, r.s.meta.now, 0)
				r.s.keys.Open(&r.s.turn, who, c.Proof)
			}
		}
	}
	return r.honestly(e)
}

// letRemovedKeysIn takes whoever comes by a removed key for one who comes by another
// of that identity.
func letRemovedKeysIn(r *rogue, e Entry) Outcome {
	return r.honestly(each(e, func(p Proposal) Proposal {
		if c, ok := p.Command.(Attach); ok {
			if is, admitted := r.s.keys.Who(c.By); c.By != "" && !admitted && is == c.Identity {
				c.By = r.s.keys.Of(is)[0].Print
				p.Command = c
			}
		}
		return p
	}))
}
