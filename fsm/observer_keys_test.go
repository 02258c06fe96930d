package fsm

import (
	"cmp"

	"moniker/fsm/keyring"
	"moniker/fsm/stream"
)

// invitations judges that a code lets in one key, while it is of use, and notes by
// which key whoever comes says to come.
func (o *observer) invitations(t *sight) {
	for i, p := range t.entry.Proposals {
		if a := t.out.Answers[i]; a.Code != OK || a.Verdict != stream.Next {
			continue
		}
		switch c := p.Command.(type) {
		case Attach:
			o.came[c.Session] = cmp.Or(c.By, c.Identity.First())
		case OpenCode:
			o.codes[c.Proof] = o.now.Add(keyring.CodeLife)
		case AddKey:
			if until, open := o.codes[c.Proof]; !open || o.now >= until {
				o.broken(exactlyOnce, "%s is let in at %d by a code that is used, or was of use until %d", c.Key, o.now, until)
			}
			delete(o.codes, c.Proof)
		}
	}
}

// admissions judges that nobody is here by a key that is not theirs, or not any more.
func (o *observer) admissions(t *sight) {
	for _, s := range t.s.Lease().Sessions() {
		by := o.came[s.ID]
		k, told := o.keys[by]
		if !told {
			k.Who = by.Own()
		}
		if k.Who != s.Identity || k.Removed {
			o.broken(fenced, "%v is here as %s by %s, which is %s's; removed: %v", s.ID, s.Identity, by, k.Who, k.Removed)
		}
	}
}
