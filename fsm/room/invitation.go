package room

import (
	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Invitation lets somebody into a room, once. It ends with the room.
type Invitation struct {
	Seat
	By   id.Identity
	Nick string  // theirs then
	Wall id.Wall // when, for people
}

// Key returns the seat.
func (i Invitation) Key() Seat { return i.Seat }

// Encode writes the canonical form.
func (i Invitation) Encode(e *wire.Encoder) {
	e.String(i.Place)
	e.String(string(i.Who))
	e.String(string(i.By))
	e.String(i.Nick)
	e.Int(int64(i.Wall))
}

// Invite invites somebody to a room, who is not in it, or invites them again.
func (t *Table) Invite(tn *turn.Turn, s Seat, nick string, by Hand) id.Event {
	i := Invitation{Seat: s, By: by.Who, Nick: by.Nick, Wall: tn.Wall}
	if !t.invited.Has(s) {
		t.addInvitation(i)
	}
	t.invited.Put(i)
	tn.Journal.Put(table.Invitations, i)
	return tn.Emit(turn.Event{Kind: turn.Invited, Place: s.Place, Identity: by.Who, Nick: by.Nick, To: s.Who, ToNick: nick})
}

// Withdraw takes back an invitation, which there must be.
func (t *Table) Withdraw(tn *turn.Turn, s Seat, nick string, by Hand, why string) id.Event {
	t.uninvite(tn, s)
	return tn.Emit(turn.Event{
		Kind: turn.Uninvited, Place: s.Place, Identity: by.Who, Nick: by.Nick, To: s.Who, ToNick: nick, Text: why,
	})
}

// Invitation returns somebody's invitation to a room.
func (t *Table) Invitation(s Seat) (Invitation, bool) { return t.invited.Get(s) }

// Invited returns who is invited to a room, in byte order of identities.
func (t *Table) Invited(name string) []id.Identity { return t.to[name] }

// InvitedTo returns the rooms somebody is invited to, in byte order.
func (t *Table) InvitedTo(who id.Identity) []string { return t.hand[who] }

// Uninvite ends an invitation, if there is one.
func (t *Table) Uninvite(tn *turn.Turn, s Seat) { t.uninvite(tn, s) }

func (t *Table) uninvite(tn *turn.Turn, s Seat) {
	if !t.invited.Has(s) {
		return
	}
	t.invited.Delete(s)
	tn.Journal.Delete(table.Invitations, s.Place)
	if t.to[s.Place] = without(t.to[s.Place], s.Who); len(t.to[s.Place]) == 0 {
		delete(t.to, s.Place)
	}
	if t.hand[s.Who] = without(t.hand[s.Who], s.Place); len(t.hand[s.Who]) == 0 {
		delete(t.hand, s.Who)
	}
}

func (t *Table) addInvitation(i Invitation) {
	t.to[i.Place] = with(t.to[i.Place], i.Who)
	t.hand[i.Who] = with(t.hand[i.Who], i.Place)
}

// EncodeInvitations writes the section of invitations.
func (t *Table) EncodeInvitations(e *wire.Encoder) { table.Encode(&t.invited, e) }

// DecodeInvitations reads what EncodeInvitations wrote.
func (t *Table) DecodeInvitations(d *wire.Decoder) {
	for range d.Count(maxRows, 5) {
		i := Invitation{
			Seat{d.String(maxPlace), id.Identity(d.String(maxPlace))}, id.Identity(d.String(maxPlace)), d.String(maxPlace), id.Wall(d.Int()),
		}
		t.invited.Put(i)
		t.addInvitation(i)
	}
}
