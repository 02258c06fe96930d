package admin

import (
	"net/netip"
	"slices"
	"strings"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/sshfront/nick"
)

// whom is who is meant by a word: one of the three.
type whom struct {
	key     id.Fingerprint
	network netip.Prefix
	name    nick.Name
}

// parseWhom reads a word. What reads as an address is one, though it may be a name, too.
func parseWhom(typed string, what ban.Kind) (whom, error) {
	if strings.HasPrefix(typed, "SHA256:") {
		key, err := fingerprint(typed)
		return whom{key: key.First()}, err
	}
	p, is, err := parseNetwork(typed)
	switch {
	case is && what != ban.Out:
		return whom{}, &say.Error{Exit: say.Usage, What: typed + " is a network, and only people speak.", Do: "To keep it out: moniker admin ban add " + typed}
	case is || err != nil:
		return whom{network: p}, err
	}
	n, err := nick.Parse(typed)
	if err != nil {
		return whom{}, say.No("", "%s", err)
	}
	return whom{name: n}, nil
}

// parseNetwork reads an address or a network, in its canonical form. is tells whether it
// is one at all: a word that can be nothing else is an error.
func parseNetwork(typed string) (p netip.Prefix, is bool, err error) {
	if a, err := netip.ParseAddr(typed); err == nil && !strings.Contains(typed, "/") { // a zone may hold one
		a = a.Unmap().WithZone("")
		bits := 32
		if a.Is6() {
			bits = 64 // whoever has one address of a /64 has them all
		}
		return netip.PrefixFrom(a, bits).Masked(), true, nil
	}
	p, err = netip.ParsePrefix(typed)
	if err != nil {
		if !strings.ContainsAny(typed, "/:") {
			return netip.Prefix{}, false, nil
		}
		return netip.Prefix{}, false, &say.Error{
			Exit: say.Usage, What: typed + " is no address and no network.",
			Do: "These are: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32. Names and keys (SHA256:...) go, too.",
		}
	}
	const mapped = 96 // bits in front of an IPv4 address
	if a := p.Addr(); a.Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-mapped)
	}
	if p.Bits() == 0 {
		return netip.Prefix{}, false, say.No(
			"To let in a chosen few: moniker admin setting set allowlist 1", "%s is everybody, so nobody but operators could come in.", typed)
	}
	return p.Masked(), true, nil
}

// culprit is who was found.
type culprit struct {
	subject  string // of a ban; empty: nobody
	nick     text
	sessions int
}

func (c culprit) network() bool { return ban.Network(c.subject) }

// called is the shortest that tells who it is.
func (c culprit) called() string {
	if c.nick != "" {
		return string(c.nick)
	}
	return short(c.subject)
}

// inFull is by what operators know them: for a name, the key as well, because whose it
// was is what they decide about.
func (c culprit) inFull() string {
	if c.nick == "" {
		return c.subject
	}
	return string(c.nick) + " (" + short(c.subject) + ")"
}

// find returns whom the state knows as that: of a name that nobody has, the last who had it.
func (w whom) find(s *fsm.State) culprit {
	switch {
	case w.network.IsValid():
		return culprit{subject: w.network.String()}
	case w.key != "":
		is, _ := s.Keys().Who(w.key)
		p, _ := s.People().Get(is)
		return culprit{string(is), text(p.Nick), len(s.Lease().Of(is))}
	}
	if n := called(s, w.name); n.State != lease.Free {
		return culprit{string(n.Owner), text(n.Display), len(s.Lease().Of(n.Owner))}
	}
	for _, e := range slices.Backward(s.Trail().Of(w.name.Key)) {
		if e.Identity != "" {
			return culprit{string(e.Identity), text(e.Nick), len(s.Lease().Of(e.Identity))}
		}
	}
	return culprit{}
}

// among returns the bans of one kind, in the cluster, that are of whom it is: of a name,
// of whoever had it when they were banned, or has it now.
func (w whom) among(s *fsm.State, what ban.Kind) []ban.Ban {
	is := w.find(s).subject
	var all []ban.Ban
	for _, b := range s.Bans().In("") {
		had, err := nick.Parse(b.Nick)
		named := w.name.Key != "" && err == nil && had.Key == w.name.Key
		if b.ID.Kind == what && (named || b.ID.Subject == is || w.key != "" && b.ID.Subject == string(w.key)) {
			all = append(all, b)
		}
	}
	return all
}

// listed are those that bans are of, to choose from.
func listed(all []ban.Ban) string {
	words := make([]string, 0, len(all))
	for _, b := range all {
		words = append(words, b.ID.Subject)
	}
	return strings.Join(words, ", ")
}
