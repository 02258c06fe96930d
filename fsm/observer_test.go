package fsm

import (
	"cmp"
	"fmt"
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/people"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
)

// The laws that can be judged from outside, by their names in the table of laws.
const (
	oneOwner    = "One owner"
	neverEarly  = "Never early"
	neverLate   = "Never late"
	returns     = "The owner returns at once"
	fenced      = "Fenced"
	logsTime    = "Time is the log's"
	oneState    = "One log, one state"
	acked       = "Acknowledged is kept"
	exactlyOnce = "Exactly once"
	oneOrder    = "One order"
	bounded     = "Everything is bounded"
)

// breach is a law that was broken, and how.
type breach struct{ law, how string }

func (b *breach) Error() string { return b.law + ": " + b.how }

// observer watches a replica from outside: the entries it is handed, what it
// answers and tells, and what can be read of it afterwards. From these it keeps
// books of its own, holds them against the laws, and believes nothing else. The
// same observer judges honest replicas and sabotaged ones.
type observer struct {
	now      id.Time
	newest   id.Token
	last     id.Event
	nicks    map[string]lease.Nick // as they were proposed
	names    map[string]holding
	sessions map[id.Session]sitting
	incs     map[id.Incarnation]*promise
	said     map[string][]message
	lines    map[id.Identity][]people.Line
	were     []people.Line    // of guests who have gone in this entry
	own      map[owned]string // what people have set
	ignores  map[id.Identity]map[id.Identity]bool
	came     map[id.Session]id.Fingerprint  // by which key each session came
	keys     map[id.Fingerprint]keyring.Key // as was told
	codes    map[keyring.Proof]id.Time      // until when each is of use
	rooms    rulings
	was      view // after the entry before
	first    *breach
}

type holding struct {
	owner id.Identity
	token id.Token
}

type sitting struct {
	who id.Identity
	key string
}

type owned struct {
	who  id.Identity
	name string
}

type message struct {
	at      id.Event
	text    string
	by      id.Identity
	amended bool
}

// promise is what an incarnation may rely on. A setting that changes within an
// entry leaves room between the two bounds of its deadline.
type promise struct {
	live            bool
	soonest, latest id.Time
	counter         uint64
	extended        bool
	executed        uint64
	answers         map[uint64]Answer
	mayEnd, mustEnd bool // at this entry's Tick
	before          bool // live before this entry
	born            id.Index
}

// view is what readers can ask after an entry.
type view struct {
	names  map[string]lease.Status
	values map[setting.Name]int64
	counts map[string]int
}

// sight is one entry: what was proposed, what came of it, what it left behind.
type sight struct {
	index  id.Index
	entry  Entry
	out    Outcome
	s      *State
	after  view
	spans  map[setting.Name][2]int64 // the least and the most a setting was during it
	sat    map[string]bool           // names that somebody sat on, or lost, during it
	ticked bool
}

// observe begins the books with what there is.
func observe(s *State) *observer {
	o := &observer{
		now: s.Time(), newest: s.Lease().Last(), last: id.Event{Index: s.Applied(), Sub: ^uint32(0)},
		nicks: map[string]lease.Nick{}, names: map[string]holding{}, sessions: map[id.Session]sitting{},
		incs: map[id.Incarnation]*promise{}, said: map[string][]message{}, lines: map[id.Identity][]people.Line{},
		own: map[owned]string{}, ignores: map[id.Identity]map[id.Identity]bool{},
		came: map[id.Session]id.Fingerprint{}, keys: map[id.Fingerprint]keyring.Key{}, codes: map[keyring.Proof]id.Time{},
		was: look(s), rooms: ruled(s),
	}
	for key, n := range o.was.names {
		o.nicks[key], o.names[key] = n.Nick, holding{n.Owner, n.Token}
	}
	for _, r := range s.Lease().Sessions() {
		o.sessions[r.ID], o.came[r.ID] = sitting{r.Identity, r.Nick}, r.Print()
	}
	for _, i := range s.Lease().Incarnations() {
		last, _ := s.Streams().Last(i.ID)
		o.incs[i.ID] = &promise{
			live: !i.Ended, soonest: i.Deadline, latest: i.Deadline, counter: i.Counter, extended: i.Extended,
			executed: last, answers: map[uint64]Answer{},
		}
	}
	return o
}

func look(s *State) view {
	v := view{names: map[string]lease.Status{}, values: map[setting.Name]int64{}, counts: map[string]int{}}
	for _, d := range setting.Definitions() {
		v.values[d.Name] = s.Settings().Get(d.Name)
	}
	for _, n := range s.Lease().Names() {
		v.names[n.Nick.Key] = n
	}
	for what, limit := range limits(s) {
		v.counts[what] = limit.have
	}
	return v
}

type limited struct {
	have int
	most setting.Name
}

// limits counts all that has a limit.
func limits(s *State) map[string]limited {
	names, sessions := s.Lease().Counts()
	marks, idles := s.Presence().Counts()
	all := map[string]limited{
		"names": {names, setting.LimitAllNames}, "sessions": {sessions, setting.LimitAllSessions},
		"people": {s.People().Len(), setting.LimitPeople}, "rooms": {s.Rooms().Len(), setting.LimitAllRooms},
		"members": {s.Members().Len(), setting.LimitMembers}, "operators": {len(s.Members().Operators()), setting.LimitOperators},
		"bans": {s.Bans().Size(""), setting.LimitBans}, "allowed": {s.Bans().AllowedLen(), setting.LimitAllowed},
		"messages": {s.History().Len(), setting.LimitAllMessages}, "changes of ownership": {s.Trail().Len(), setting.LimitTrail},
		"guests": {s.Lease().Guests(), setting.LimitGuests}, "keys and codes": {s.Keys().Len() + s.Keys().Codes(), setting.LimitAllKeys},
	}
	all["profiles"], all["people away"] = limited{s.Profiles().Len(), setting.LimitPeople}, limited{marks, setting.LimitPeople}
	all["idle sessions"] = limited{idles, setting.LimitAllSessions}
	for _, r := range s.Profiles().Rows() {
		all["ignored by "+string(r.ID)] = limited{len(r.Ignores), setting.LimitIgnored}
	}
	for _, n := range s.Lease().Names() {
		who := n.Owner
		all["names of "+string(who)] = limited{len(s.Lease().Owned(who)), setting.LimitNames}
		all["sessions of "+string(who)] = limited{len(s.Lease().Of(who)), setting.LimitSessions}
		all["changes of "+n.Nick.Key] = limited{len(s.Trail().Of(n.Nick.Key)), setting.LimitNameTrail}
	}
	for _, k := range s.Keys().Moved() { // whether or not they have a name
		all["keys of "+string(k.Who)] = limited{len(s.Keys().Of(k.Who)), setting.LimitKeys}
	}
	for _, r := range s.Rooms().Rooms() {
		for _, who := range s.Rooms().Members(r.Name) {
			all["rooms of "+string(who)] = limited{len(s.Rooms().Of(who)), setting.LimitRooms}
		}
		all["bans of "+r.Name] = limited{s.Bans().Size(r.Name), setting.LimitRoomBans}
		all["invitations to "+r.Name] = limited{len(s.Rooms().Invited(r.Name)), setting.LimitInvitations}
		all["operators of "+r.Name] = limited{len(s.Rooms().Operators(r.Name)), setting.LimitRoomOps}
		all["messages in "+r.Name] = limited{len(s.History().Last(r.Name, 1<<20)), setting.LimitRoomMessages}
	}
	return all
}

func (o *observer) broken(law, how string, args ...any) {
	if o.first == nil {
		o.first = &breach{law, fmt.Sprintf(how, args...)}
	}
}

// entry judges one. term is the one it was appended in. The first law that was
// ever broken is returned from then on.
func (o *observer) entry(index id.Index, term uint64, e Entry, out Outcome, s *State) *breach {
	t := &sight{index: index, entry: e, out: out, s: s, after: look(s), spans: map[setting.Name][2]int64{}, sat: map[string]bool{}}
	o.gather(t, term)
	o.owners(t)
	o.invitations(t)
	o.renewals(t)
	o.events(t)
	o.noGuestStays(t)
	o.deadlines(t)
	o.admissions(t)
	o.streams(t)
	o.posts(t)
	o.amended(t)
	o.profiles(t)
	o.bounds(t)
	o.overdue(t)
	o.was = t.after
	return o.first
}

// gather moves the observer's own clock, by the rule that a stamp must come from the
// leader of the entry's term and not be earlier, and notes what settings were meanwhile.
func (o *observer) gather(t *sight, term uint64) {
	if st := t.entry.Stamp; st.Term == term && st.Now >= o.now {
		o.now = st.Now
	}
	if got := t.s.Time(); got != o.now {
		o.broken(logsTime, "after entry %d it is %d, by the log %d", t.index, got, o.now)
	}
	for name, v := range t.after.values {
		t.spans[name] = [2]int64{min(v, o.was.values[name]), max(v, o.was.values[name])}
	}
	for i, p := range t.entry.Proposals {
		switch c := p.Command.(type) {
		case SetSetting:
			if a := t.out.Answers[i]; a.Code == OK && a.Verdict == stream.Next {
				span := t.spans[c.Name]
				t.spans[c.Name] = [2]int64{min(c.Value, span[0]), max(c.Value, span[1])}
			}
		case Attach:
			o.nicks[c.Nick.Key] = c.Nick
		case Claim:
			o.nicks[c.Nick.Key] = c.Nick
		case ReserveName:
			o.nicks[c.Nick.Key] = c.Nick
		case RenameName:
			o.nicks[c.To.Key] = c.To
		}
	}
	for _, p := range o.incs {
		p.before, p.mayEnd, p.mustEnd = p.live, false, false
	}
}

func (t *sight) span(n setting.Name) (least, most id.Duration) {
	s := t.spans[n]
	return id.Duration(s[0]), id.Duration(s[1])
}

// owners judges who is let in: an identity is never in its own way, and gets a name
// of its own at once, with the token it has.
func (o *observer) owners(t *sight) {
	for i, p := range t.entry.Proposals {
		c, ok := p.Command.(Attach)
		a := t.out.Answers[i]
		if !ok || a.Verdict != stream.Next {
			continue
		}
		if a.Code == Taken && a.Refusal != nil && a.Refusal.Rival.Owner == c.Identity {
			o.broken(returns, "%s is refused %q because of her own %q", c.Identity, c.Nick.Key, a.Refusal.Rival.Nick.Key)
		}
		if c.Identity.Guest() {
			continue // it is one session, and comes back to nothing
		}
		mine, owned := o.names[c.Nick.Key]
		_, exists := o.sessions[c.Session]
		if k, told := o.keys[cmp.Or(c.By, c.Identity.First())]; told && (k.Removed || k.Who != c.Identity) || !told && c.By != "" && c.By.Own() != c.Identity {
			continue // it is not she
		}
		if i > 0 || !owned || mine.owner != c.Identity || exists || c.Session.Incarnation != p.From || o.rival(c.Nick, c.Identity) != "" {
			continue // of the first command alone it is known what was before it
		}
		if a.Code == Barred || a.Code == NotAllowed {
			continue // judged where somebody sits down
		}
		full := a.Code == TooMany && a.Refusal != nil &&
			(a.Refusal.Limit == o.was.values[setting.LimitAllSessions] || a.Refusal.Limit == o.was.values[setting.LimitPeople])
		switch {
		case a.Code != OK && !full:
			o.broken(returns, "%s asks for her %q and is answered %q", c.Identity, c.Nick.Key, a.Code)
		case a.Code == OK && a.Token != mine.token && o.was.names[c.Nick.Key].State != lease.Reserved:
			o.broken(returns, "%s is back on %q under token %d, had %d", c.Identity, c.Nick.Key, a.Token, mine.token)
		}
	}
}

// rival is a name of somebody else's that is n or looks like it.
func (o *observer) rival(n lease.Nick, who id.Identity) string {
	for key, h := range o.names {
		if h.owner == who {
			continue
		}
		theirs := o.nicks[key].Skeletons
		if key == n.Key || slices.ContainsFunc(n.Skeletons[:], func(sk string) bool { return slices.Contains(theirs[:], sk) }) {
			return key
		}
	}
	return ""
}

// renewals keeps the promises that incarnations were made, command by command.
func (o *observer) renewals(t *sight) {
	least, most := t.span(setting.LeaseTTL)
	renew := func(p *promise) {
		p.soonest, p.latest = max(p.soonest, o.now.Add(least)), max(p.latest, o.now.Add(most))
	}
	for i, prop := range t.entry.Proposals {
		a := t.out.Answers[i]
		if prop.Number > 0 {
			if p := o.incs[prop.From]; p != nil && a.Verdict == stream.Next {
				renew(p)
				p.extended = false
			}
			continue
		}
		switch c := prop.Command.(type) {
		case Register:
			if a.Code == OK && a.Event.Index == t.index {
				o.incs[c.Incarnation] = &promise{live: true, answers: map[uint64]Answer{}, born: t.index}
				renew(o.incs[c.Incarnation])
			}
		case Renew:
			if p := o.incs[c.Incarnation]; p != nil && a.Code == OK && c.Counter > p.counter {
				p.counter, p.extended = c.Counter, false
				renew(p)
			}
		case LeaderStart:
			for _, p := range o.incs {
				if p.live && !p.extended {
					p.extended = true
					renew(p)
				}
			}
		case Tick:
			t.ticked = true
			for _, p := range o.incs {
				p.mayEnd, p.mustEnd = p.mayEnd || p.soonest <= o.now, p.mustEnd || p.latest <= o.now
			}
		}
	}
}
