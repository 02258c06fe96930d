package fsm

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/profile"
	"moniker/fsm/setting"
)

// phrase is something that can be said in a story, and what it proposes.
type phrase struct {
	form string // a regular expression
	does func(w *teller, m []string) []Proposal
}

// phrases are what nodes and operators do. People's are in persons.
func phrases() []phrase {
	return []phrase{
		{`a cluster of (\d) nodes`, func(w *teller, m []string) []Proposal {
			for k := 1; k <= int(m[1][0]-'0'); k++ {
				w.addNode(fmt.Sprint("n", k))
			}
			return nil
		}},
		{`(n\d) starts`, func(w *teller, m []string) []Proposal {
			was := w.nodes[m[1]]
			w.nodes[m[1]] = max(was, id.Incarnation(m[1][1]-'0')<<8) + 1
			return w.out(Register{Node: node(m[1]), Incarnation: w.nodes[m[1]], Replaces: was, Version: Version})
		}},
		{`(n\d) renews`, func(w *teller, m []string) []Proposal {
			inc := w.nodes[m[1]]
			w.renewals[inc]++
			return w.out(Renew{Incarnation: inc, Counter: w.renewals[inc]})
		}},
		{`a late copy of the first renewal of (n\d)`, func(w *teller, m []string) []Proposal {
			return w.out(Renew{Incarnation: w.nodes[m[1]], Counter: 1})
		}},
		{`(n\d) stops`, func(w *teller, m []string) []Proposal { return w.out(Exit{w.nodes[m[1]]}) }},
		{`(n\d) leads`, func(w *teller, m []string) []Proposal {
			w.term++
			return w.out(LeaderStart{node(m[1])})
		}},
		{`Tick`, func(w *teller, m []string) []Proposal { return w.out(Tick{}) }},
		{`nothing`, func(*teller, []string) []Proposal { return nil }},
		{`the same again`, func(w *teller, _ []string) []Proposal { return []Proposal{w.last} }},
		{`ahead of its turn: (.*)`, func(w *teller, m []string) []Proposal {
			ps, _ := w.commands(m[1])
			for i := range ps {
				w.next[ps[i].From]--
				ps[i].Number++
			}
			return ps
		}},
		{`an operator kicks (.*)`, func(w *teller, m []string) []Proposal { return w.in(0, Kick{w.seats[m[1]].session, "SHA256:Olga"}) }},
		{`an operator frees (\S+)`, func(w *teller, m []string) []Proposal { return w.in(0, FreeName{m[1], "SHA256:Olga"}) }},
		{`an operator reserves (\S+) for (\S+)`, func(w *teller, m []string) []Proposal {
			return w.in(0, ReserveName{nick(m[1]), id.Identity("SHA256:" + m[2]), "SHA256:Olga"})
		}},
		{`an operator sets (\S+) (\S+)`, func(w *teller, m []string) []Proposal {
			d, _ := setting.Define(setting.Name(m[1]))
			v, err := setting.Parse(d.Unit, m[2])
			if err != nil {
				w.t.Fatal(err)
			}
			return w.in(0, SetSetting{d.Name, v, "SHA256:Olga"})
		}},
		{`an operator removes (n\d)`, func(w *teller, m []string) []Proposal { return w.in(0, RemoveMember{node(m[1])}) }},
		{`([A-Z][a-z]+(?:'s [a-z]+)? on n\d) (.*)`, (*teller).person},
	}
}

// persons are what people do at their terminals.
func persons() []phrase {
	say := func(w *teller, token id.Token, line, text string) []Proposal {
		return w.mine(Post{Session: w.at.session, Token: token, Room: "#lobby", Text: text, Line: line})
	}
	return []phrase{
		{`takes (\S+)(?: that looks like (\S+))?`, func(w *teller, m []string) []Proposal {
			return w.mine(Attach{Session: w.at.session, Identity: w.at.who, Nick: looking(m)})
		}},
		{`by the key (\S+) takes (\S+)`, func(w *teller, m []string) []Proposal {
			return w.mine(Attach{Session: w.at.session, Identity: w.at.who, Nick: nick(m[2]), By: print(m[1])})
		}},
		{`/key add, and is shown (\S+)`, func(w *teller, m []string) []Proposal {
			return w.mine(OpenCode{w.at.session, w.at.token, proof(m[1])})
		}},
		{`with the key (\S+) says the code (\S+)`, func(w *teller, m []string) []Proposal {
			return w.mine(AddKey{print(m[1]), proof(m[2])})
		}},
		{`/key remove (\S+)`, func(w *teller, m []string) []Proposal {
			return w.mine(RemoveKey{w.at.session, w.at.token, print(m[1])})
		}},
		{`/nick (\S+)(?: that looks like (\S+))?`, func(w *teller, m []string) []Proposal {
			return w.mine(Claim{w.at.session, looking(m)})
		}},
		{`says as line (\S+): (.*)`, func(w *teller, m []string) []Proposal { return say(w, w.at.token, m[1], m[2]) }},
		{`says under token (\d+): (.*)`, func(w *teller, m []string) []Proposal {
			var token id.Token
			fmt.Sscan(m[1], &token)
			return say(w, token, "", m[2])
		}},
		{`says (.*)`, func(w *teller, m []string) []Proposal { return say(w, w.at.token, "", m[1]) }},
		{`tells (\S+): (.*)`, func(w *teller, m []string) []Proposal {
			return w.mine(Post{Session: w.at.session, Token: w.at.token, To: m[1], Text: m[2]})
		}},
		{`/set (\S+) ?(.*)`, func(w *teller, m []string) []Proposal {
			return w.mine(SetOwn{w.at.session, w.at.token, profile.Name(m[1]), m[2]})
		}},
		{`/ignore (\S+)`, func(w *teller, m []string) []Proposal {
			return w.mine(SetIgnored{w.at.session, w.at.token, w.s.Lease().Name(m[1]).Owner, true})
		}},
		{`/away ?(.*)`, func(w *teller, m []string) []Proposal { return w.mine(SetAway{w.at.session, w.at.token, true, m[1]}) }},
		{`/back`, func(w *teller, m []string) []Proposal { return w.mine(SetAway{w.at.session, w.at.token, false, ""}) }},
		{`types nothing for (\d+) minutes`, func(w *teller, m []string) []Proposal {
			var n int
			fmt.Sscan(m[1], &n)
			return w.mine(SetIdle{w.at.session, true, id.Duration(n) * id.Minute})
		}},
		{`types`, func(w *teller, m []string) []Proposal { return w.mine(SetIdle{w.at.session, false, 0}) }},
		{`/quit`, func(w *teller, m []string) []Proposal { return w.mine(Release{Session: w.at.session}) }},
		{`is gone`, func(w *teller, m []string) []Proposal { return w.mine(Detach{Session: w.at.session}) }},
		{`/register`, func(w *teller, m []string) []Proposal { return w.mine(KeepName{w.at.session, w.at.token, true}) }},
		{`/unregister`, func(w *teller, m []string) []Proposal { return w.mine(KeepName{w.at.session, w.at.token, false}) }},
		{`/release (\S+)`, func(w *teller, m []string) []Proposal {
			return w.mine(GiveUp{w.at.session, w.at.token, strings.ToLower(m[1])})
		}},
	}
}

func print(name string) id.Fingerprint { return id.Fingerprint("SHA256:" + name) }

// proof stands for what a node makes of a code.
func proof(code string) keyring.Proof { return sha256.Sum256([]byte(code)) }

func looking(m []string) lease.Nick {
	n := nick(m[1])
	n.Key = strings.ToLower(m[1])
	n.Skeletons = [2]string{n.Key, n.Key}
	if m[2] != "" {
		n.Skeletons[0] = m[2]
	}
	return n
}

// commands makes proposals of what is said; false if nobody understands it.
func (w *teller) commands(line string) ([]Proposal, bool) {
	for _, p := range phrases() {
		if m := regexp.MustCompile("^" + p.form + "$").FindStringSubmatch(line); m != nil {
			ps := p.does(w, m)
			if len(ps) > 0 {
				w.last = ps[len(ps)-1]
			}
			return ps, ps != nil || line == "nothing" || strings.HasPrefix(line, "a cluster")
		}
	}
	return nil, false
}

// person does what somebody does at a terminal. Whoever takes a name without having
// one there has just connected.
func (w *teller) person(m []string) []Proposal {
	name, host := m[1], m[1][strings.LastIndex(m[1], " ")+1:]
	who, _, _ := strings.Cut(name, " ")
	who = strings.TrimSuffix(who, "'s")
	if strings.HasPrefix(m[2], "takes ") || strings.HasPrefix(m[2], "by the key ") || w.seats[name] == nil && strings.HasPrefix(m[2], "with the key ") {
		if was := w.seats[name]; was != nil {
			w.before[was.session] = name
		}
		w.started++
		w.seats[name] = &terminal{who: id.Identity("SHA256:" + who), session: id.Session{Incarnation: w.nodes[host], Number: w.started}}
	}
	if w.at = w.seats[name]; w.at == nil {
		return nil
	}
	for _, p := range persons() {
		if sub := regexp.MustCompile("^" + p.form + "$").FindStringSubmatch(m[2]); sub != nil {
			return p.does(w, sub)
		}
	}
	return nil
}

// out is a proposal outside of streams.
func (w *teller) out(c Command) []Proposal { return []Proposal{{Command: c}} }

// in is the next of a stream; without one, of the first node that is live.
func (w *teller) in(from id.Incarnation, c Command) []Proposal {
	for _, i := range w.s.Lease().Incarnations() {
		if from == 0 && !i.Ended {
			from = i.ID
		}
	}
	w.next[from]++
	return []Proposal{{From: from, Number: w.next[from], Command: c}}
}

func (w *teller) mine(c Command) []Proposal { return w.in(w.at.session.Incarnation, c) }

// addNode founds the cluster with its first node, and lets others in.
func (w *teller) addNode(name string) {
	inc := id.Incarnation(name[1]-'0')<<8 + 1
	w.nodes[name] = inc
	token := "for " + name
	if name == "n1" {
		w.commit(Stamp{}, w.out(Found{"c", node(name), name, "p", "s"}))
	} else {
		w.commit(Stamp{}, slices.Concat(
			w.in(0, MakeToken{ID: token, Role: member.Voter, TTL: id.Hour}),
			w.in(0, AddMember{token, node(name), name, "p", "s"})))
	}
	w.commit(Stamp{}, w.out(Register{Node: node(name), Incarnation: inc, Version: Version}))
}
