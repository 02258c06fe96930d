package room

import "fmt"

// Check returns the first broken promise, or nil.
func (t *Table) Check() error {
	if !t.rooms.Has(Lobby) {
		return fmt.Errorf("room: there is no %s", Lobby)
	}
	for _, m := range t.members.Sorted() {
		if !t.rooms.Has(m.Place) {
			return fmt.Errorf("room: %s is in %s, which does not exist", m.Who, m.Place)
		}
	}
	for _, r := range t.reads.Sorted() {
		a, b, private := Partners(r.Place)
		if private && r.Who != a && r.Who != b || !private && !t.In(r.Place, r.Who) {
			return fmt.Errorf("room: %s has read %s and does not belong there", r.Who, r.Place)
		}
	}
	for _, i := range t.invited.Sorted() {
		if !t.rooms.Has(i.Place) || t.In(i.Place, i.Who) {
			return fmt.Errorf("room: %s is invited to %s, which is not there or has them", i.Who, i.Place)
		}
	}
	for _, r := range t.rooms.Sorted() {
		for _, sk := range r.Skeletons {
			if sk == "" || t.look[sk] != r.Name {
				return fmt.Errorf("room: %s looks like %q, which is %q's", r.Name, sk, t.look[sk])
			}
		}
		switch {
		case r.Name == Lobby && (r.Private || len(t.runs[Lobby]) > 0):
			return fmt.Errorf("room: %s is private: %v, and is run by %v", Lobby, r.Private, t.runs[Lobby])
		case r.Name != Lobby && len(t.in[r.Name]) == 0:
			return fmt.Errorf("room: nobody is in %s", r.Name)
		case r.Name != Lobby && len(t.runs[r.Name]) == 0:
			return fmt.Errorf("room: nobody runs %s", r.Name)
		case r.Slow < 0 || len(r.Topic.Text) > MaxTopic:
			return fmt.Errorf("room: %s has a topic of %d bytes and a span of %d", r.Name, len(r.Topic.Text), r.Slow)
		}
	}
	return nil
}
