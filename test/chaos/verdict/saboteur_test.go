package verdict

import (
	"slices"
	"time"

	"moniker/test/chaos/record"
)

func saboteurs() []mutation {
	return []mutation{
		{"One owner", "a second owner while the first talks", func(r *record.Run) {
			find(r, 2, record.Claim, "nova", record.Refused).Outcome = record.OK
		}},
		{"One owner", "a look that sees somebody who never had it", func(r *record.Run) {
			find(r, 0, record.Read, "nova", record.OK).Owner = bob
		}},
		{"One owner", "a token that changes under one owner", func(r *record.Run) {
			o := *find(r, 0, record.Read, "nova", record.OK)
			o.Call, o.Return, o.Token = at(2.9), at(2.95), "6"
			r.Ops = append(r.Ops, o)
		}},
		{"One owner", "a new grant with a smaller token", func(r *record.Run) {
			find(r, 2, record.Claim, "nova", record.OK)
			for i := range r.Ops {
				if r.Ops[i].Token == "9" {
					r.Ops[i].Token = "4"
				}
			}
		}},
		{"One owner", "an owner refused her own name", func(r *record.Run) {
			o := *find(r, 1, record.Claim, "alice", record.OK)
			o.Call, o.Return, o.Outcome, o.Session = at(29.2), at(29.3), record.Refused, 9
			o.ID = 1000
			r.Ops = append(r.Ops, o)
		}},
		{"One owner", "still another's after it was left", func(r *record.Run) {
			// bob quits nova at 45 s; a look at 51 s sees him
			r.Faults = r.Faults[:1]
			o := &r.Ops[len(r.Ops)-1]
			o.Owner, o.State, o.Token = bob, "held", "9"
		}},
		{"One owner", "a post under a name that has moved on", func(r *record.Run) {
			o := *said(r, "a1")
			o.Call, o.Return, o.Text = at(23.4), at(23.5), "a9"
			r.Ops = append(r.Ops, o)
			d := find(r, 1, record.Drop, "nova", record.OK)
			d.Call, d.Return, d.Proof = at(24), at(50), at(23.4)
		}},
		{"Never early", "a lease that ends in its grace", func(r *record.Run) {
			move(find(r, 2, record.Claim, "nova", record.OK), 15.3, 15.4)
		}},
		{"Never early", "a lease that ends before the silence", func(r *record.Run) {
			move(find(r, 2, record.Claim, "nova", record.OK), 9.3, 9.4)
		}},
		{"Never early", "an unknown claim of a thief's in between", func(r *record.Run) {
			o := *find(r, 2, record.Claim, "nova", record.OK)
			o.Call, o.Return, o.Outcome, o.Session, o.ID = at(5.1), 0, record.Unknown, 77, 1000
			r.Ops = append(r.Ops, o)
			move(find(r, 2, record.Claim, "nova", record.OK), 9.3, 9.4)
		}},
		{"Never early", "an unknown claim of the owner's in between", func(r *record.Run) {
			o := *find(r, 1, record.Claim, "nova", record.OK)
			o.Call, o.Return, o.Outcome, o.Session, o.ID = at(3.5), 0, record.Unknown, 77, 1000
			d := *find(r, 1, record.Drop, "nova", record.OK)
			d.Call, d.Return, d.Session, d.ID, d.Why, d.Proof = at(3.6), at(3.7), 77, 1001, record.Closed, 0
			r.Ops = append(r.Ops, o, d)
			move(find(r, 2, record.Claim, "nova", record.OK), 9.3, 9.4)
		}},
		{"Never early", "grace told while she talks", func(r *record.Run) {
			find(r, 2, record.Claim, "nova", record.Refused).State = "grace"
		}},
		{"Never early", "half of the grace after a stop", func(r *record.Run) {
			ends(r, 8, 5.5, "stopped", 8.2)
			move(find(r, 2, record.Claim, "nova", record.OK), 8, 8.1)
		}},
		{"Never early", "half of the grace after a kill and a start", func(r *record.Run) {
			ends(r, 5.2, 0, "killed", 6.2)
			move(find(r, 2, record.Claim, "nova", record.OK), 8.7, 8.8)
		}},
		{"Never early", "the grace after a kill, and before it can have begun", func(r *record.Run) {
			ends(r, 5.2, 0, "killed", 6.2)
			move(find(r, 2, record.Claim, "nova", record.OK), 10.3, 10.4)
		}},
		{"Never early", "a kill without another start", func(r *record.Run) {
			ends(r, 5.2, 0, "killed", 30)
			move(find(r, 2, record.Claim, "nova", record.OK), 10.6, 10.7)
		}},
		{"Never early", "half of the grace after she spoke on a node that ended by itself", func(r *record.Run) {
			ends(r, 6, 0, "itself", 6.2)
			move(find(r, 2, record.Claim, "nova", record.OK), 5.5, 5.6)
		}},
		{"Never late", "a name kept for a login without an answer, of whose connection nobody ever heard", func(r *record.Run) {
			login := *find(r, 1, record.Claim, "nova", record.OK)
			login.ID, login.Session, login.Name, login.Call, login.Return, login.Outcome = 1000, 77, "vega", at(6), 0, record.Unknown
			lost := *find(r, 1, record.Drop, "alice", record.OK)
			lost.ID, lost.Session, lost.Name, lost.Call, lost.Return, lost.Why, lost.Proof = 1001, 77, "vega", 0, at(6.5), record.Ended, 0
			look := *find(r, 0, record.Read, "nova", record.OK)
			look.ID, look.Name, look.Call, look.Return, look.Token = 1002, "vega", at(28), at(28.1), "7"
			r.Ops = append(r.Ops, login, lost, look)
		}},
		{"Never late", "a name in grace for ever", func(r *record.Run) {
			o := *find(r, 2, record.Claim, "nova", record.Refused)
			o.Call, o.Return, o.State, o.Session = at(26), at(26.1), "grace", 9
			r.Ops = append(r.Ops, o)
			r.Ops = slices.DeleteFunc(r.Ops, func(o record.Op) bool { return o.Name == "nova" && o.Client != 1 && o.Call > at(20) && o.Call < at(26) })
			r.Ops = slices.DeleteFunc(r.Ops, func(o record.Op) bool { return o.Session == 5 && o.Client == 2 })
		}},
		{"Never late", "held long after the session died", func(r *record.Run) {
			for i := range r.Ops {
				if o := &r.Ops[i]; o.Session == 4 && o.Client == 2 {
					move(o, 18, 18.1)
					o.State = "held"
				}
			}
		}},
		{"The owner returns at once", "an owner who waits", func(r *record.Run) {
			for i := range r.Ops {
				if o := &r.Ops[i]; o.Client == 1 && o.Session == 3 && o.Kind == record.Claim {
					o.Call, o.Began, o.Return = at(20.8), at(20.7), at(24)
				}
			}
		}},
		{"The owner returns at once", "an owner told that it is hers", func(r *record.Run) {
			find(r, 2, record.Claim, "nova", record.Refused).Owner = bob
		}},
		{"Fenced", "a post long after its session ended", func(r *record.Run) {
			o := *said(r, "a1")
			o.Session, o.Call, o.Return, o.Text, o.Outcome = 2, at(20.4), 0, "a7", record.Unknown
			r.Ops = append(r.Ops, o)
			for _, session := range []int{2, 5} {
				r.Lines = append(r.Lines, record.Line{Client: 2, Session: session, At: at(62), Place: "#lobby", From: "alice", Text: "a7", Arrival: 1})
			}
		}},
		{"Fenced", "a ghost that speaks for a name that is another's", func(r *record.Run) { ghost(r, 1) }},
		{"Tokens only grow", "a token of two names", func(r *record.Run) {
			find(r, 0, record.Read, "bob", record.OK).Token = "5"
		}},
		{"Tokens only grow", "a later grant with a smaller token", func(r *record.Run) {
			for i := range r.Ops {
				if r.Ops[i].Token == "9" {
					r.Ops[i].Token = "3"
				}
			}
		}},
		{"Tokens only grow", "a token that repeats", func(r *record.Run) {
			for i := range r.Ops {
				if r.Ops[i].Token == "9" {
					r.Ops[i].Token = "5"
				}
			}
		}},
		{"One order", "two lines swapped on one screen", func(r *record.Run) {
			i, j := shown(r, 2, 5, "b4"), shown(r, 2, 5, "a2")
			r.Lines[i].Text, r.Lines[j].Text = "a2", "b4"
		}},
		{"One order", "two lines swapped in the final history", func(r *record.Run) {
			r.End.Final[1], r.End.Final[2] = r.End.Final[2], r.End.Final[1]
		}},
		{"No gap, no repeat", "a line lost on one screen", func(r *record.Run) {
			i := shown(r, 2, 5, "a2")
			r.Lines = slices.Delete(r.Lines, i, i+1)
		}},
		{"No gap, no repeat", "a line doubled on one screen", func(r *record.Run) {
			l := r.Lines[shown(r, 2, 5, "a2")]
			r.Lines = append(r.Lines, l)
		}},
		{"No gap, no repeat", "a line lost on return", func(r *record.Run) {
			i := shown(r, 1, 4, "a1")
			r.Lines = slices.Delete(r.Lines, i, i+1)
		}},
		{"No gap, no repeat", "a line taken for read", func(r *record.Run) {
			for _, session := range []int{2, 3} {
				r.Lines[shown(r, 1, session, "b3")].Below = true
				r.Lines[shown(r, 1, session, "b2")].Below = false
			}
			for i := range r.Lines {
				if l := &r.Lines[i]; l.Client == 1 && l.Session < 4 && l.Text == "b1" && !l.Old {
					r.Lines = slices.Delete(r.Lines, i, i+1)
					break
				}
			}
		}},
		{"Exactly once", "a line twice in the final history", func(r *record.Run) {
			r.End.Final = append(r.End.Final, r.End.Final[3])
		}},
		{"Exactly once", "a refused line that was said", func(r *record.Run) { said(r, "b3").Outcome = record.Refused }},
		{"Acknowledged is kept", "an accepted line that is gone", func(r *record.Run) {
			r.End.Final = slices.Delete(r.End.Final, 3, 4)
		}},
		{"Acknowledged is kept", "the last accepted line is gone", func(r *record.Run) {
			r.End.Final = r.End.Final[:len(r.End.Final)-1]
		}},
		{"Whose words", "a line under another's name", func(r *record.Run) { r.Lines[shown(r, 2, 2, "a2")].From = "bob" }},
		{"Whose words", "a private line read by a third", func(r *record.Run) {
			r.Ops = append(r.Ops, record.Op{Client: 3, Session: 1, Identity: "SHA256:carol", Kind: record.Claim, Name: "carol", Call: at(1), Return: at(1.1), Outcome: record.OK})
			l := r.Lines[shown(r, 1, 2, "b2")]
			l.Client, l.Session = 3, 1
			r.Lines = append(r.Lines, l)
		}},
		{"Whose words", "a line in another room", func(r *record.Run) { r.Lines[shown(r, 2, 2, "a2")].Place = "#ops" }},
		{"Whose words", "a line that nobody said", func(r *record.Run) { r.Lines[shown(r, 2, 2, "a2")].Text = "x9" }},
		{"Available", "nothing for too long after a death", func(r *record.Run) {
			move(comesBack(r), 30.5, 36.9)
			move(said(r, "a3"), 36.9, 37)
			r.Ops = slices.DeleteFunc(r.Ops, func(o record.Op) bool { return o.Text == "b5" })
		}},
		{"Available", "nothing ever again", func(r *record.Run) {
			r.Ops = slices.DeleteFunc(r.Ops, func(o record.Op) bool { return commits(o) && o.Call > at(30) })
		}},
		{"Available", "nothing for too long, with a fault after it", func(r *record.Run) {
			move(comesBack(r), 30.5, 36.1)
			move(said(r, "a3"), 36.1, 36.2)
			r.Faults = append(r.Faults, record.Fault{Kind: "kill-one", What: "n2 is killed", Node: []string{"n2"}, From: at(36), To: at(41)})
		}},
		{"Nobody waits for anybody", "a post that waits", func(r *record.Run) { move(said(r, "b3"), 16, 19.5) }},
		{"One log, one state", "a digest that differs", func(r *record.Run) { r.End.Digest["n3"] = "e" }},
		{"One log, one state", "a replica that is behind", func(r *record.Run) { r.End.Applied["n3"]-- }},
		{"One log, one state", "nobody was asked", func(r *record.Run) { r.End.Digest = nil }},
		{"Everything is bounded", "a session that stays", func(r *record.Run) { r.End.Sessions["n2"] = 1 }},
		{"Everything is bounded", "a name that stays held", func(r *record.Run) { r.End.Held = []string{"nova"} }},
		{"Everything is bounded", "files that stay open", func(r *record.Run) { r.Samples[69].Files["n2"] = 100 }},
		{"Everything is bounded", "goroutines that stay", func(r *record.Run) { r.Samples[69].Goroutines["n2"] = 300 }},
		{"No panic, no race", "a panic", func(r *record.Run) { r.End.Logs = []string{"n1: panic: no"} }},
	}
}

// odd are runs that are right though they look odd.
func odd() []mutation {
	return []mutation{
		{"order", "what came in private meanwhile stands below what is read", func(r *record.Run) {
			i := shown(r, 1, 3, "b2")
			r.Lines[i], r.Lines[i+1] = r.Lines[i+1], r.Lines[i]
		}},
		{"gaps", "one's own line, accepted when its author was gone", func(r *record.Run) {
			for i := range r.Lines {
				if l := &r.Lines[i]; l.Client == 1 && l.Text == "a2" && !l.Old {
					r.Lines = slices.Delete(r.Lines, i, i+1)
					break
				}
			}
			i := shown(r, 1, 4, "a2")
			r.Lines[i].Below = false
			r.Lines[shown(r, 1, 4, "b4")].Below = true // so that there is a marker
		}},
		{"available", "no time to recover: one is killed and the next", func(r *record.Run) {
			move(comesBack(r), 30.5, 36.1)
			move(said(r, "a3"), 36.1, 36.2)
			for i, node := range []string{"n2", "n1", "n3"} {
				from := 32.5 + float64(i)*1.5
				r.Faults = append(r.Faults, record.Fault{Kind: "kill-one", What: node + " is killed", Node: []string{node}, From: at(from), To: at(from + 0.1)})
			}
		}},
		{"late", "cluster time stood still", func(r *record.Run) {
			// No leader from 6 s to 14 s: silence and grace take that much longer.
			for i := 6; i < 14; i++ {
				r.Samples[i].Leader, r.Samples[i].Accepted = "", 0
			}
			r.Ops = slices.DeleteFunc(r.Ops, func(o record.Op) bool { return o.Client == 2 && o.Session == 5 || o.Token == "9" })
			r.Lines = slices.DeleteFunc(r.Lines, func(l record.Line) bool { return l.Text == "b4" || l.Text == "b5" || l.Session == 5 })
			r.End.Final = slices.DeleteFunc(r.End.Final, func(l record.Line) bool { return l.Text == "b4" || l.Text == "b5" })
			o := *find(r, 2, record.Claim, "nova", record.Refused)
			o.Call, o.Return, o.State, o.Session = at(28), at(28.1), "grace", 9
			r.Ops = append(r.Ops, o)
		}},
		{"one", "an unknown claim that was done", func(r *record.Run) {
			o := find(r, 2, record.Claim, "nova", record.OK)
			o.Outcome, o.Return = record.Unknown, 0
		}},
		{"one", "an unknown claim that was not done", func(r *record.Run) {
			o := *find(r, 2, record.Claim, "nova", record.OK)
			o.Call, o.Return, o.Outcome, o.Session, o.ID = at(5.1), 0, record.Unknown, 77, 1000
			r.Ops = append(r.Ops, o)
		}},
		{"early", "its node was started anew", func(r *record.Run) {
			ends(r, 5.2, 0, "killed", 6.2)
			move(find(r, 2, record.Claim, "nova", record.OK), 11.3, 11.4)
			r.Ops = slices.DeleteFunc(r.Ops, func(o record.Op) bool { return o.State == "grace" })
		}},
		{"early", "its node was stopped, and took its time", func(r *record.Run) {
			ends(r, 8, 5.5, "stopped", 8.2)
			move(find(r, 2, record.Claim, "nova", record.OK), 10.6, 10.7)
		}},
		{"early", "its node was stopped, and had her answered once more", func(r *record.Run) {
			ends(r, 8, 5.5, "stopped", 8.2)
			lostAt(r, record.Ended, 7.9, 7.8)
			move(find(r, 2, record.Claim, "nova", record.OK), 10.6, 10.7)
		}},
		{"early", "its node was stopped before she closed", func(r *record.Run) {
			ends(r, 8, 5.5, "stopped", 8.2)
			lostAt(r, record.Closed, 7.9, 4.5)
			o := said(r, "a1") // so that silence is no excuse
			move(o, 5.4, 5.45)
			r.Lines[shown(r, 1, 1, "a1")].At, r.Lines[shown(r, 2, 2, "a1")].At = at(5.5), at(5.5)
			move(said(r, "b1"), 5.6, 5.7)
			r.Lines[shown(r, 1, 1, "b1")].At, r.Lines[shown(r, 2, 2, "b1")].At = at(5.7), at(5.7)
			move(find(r, 2, record.Claim, "nova", record.OK), 10.6, 10.7)
		}},
		{"early", "its node ended by itself", func(r *record.Run) {
			ends(r, 6, 0, "itself", 6.2)
			move(find(r, 2, record.Claim, "nova", record.OK), 10.6, 10.7)
		}},
		{"fenced", "said before the name moved on, and seen after it", func(r *record.Run) { ghost(r, 0) }},
		{"gap", "skipped, and told so", func(r *record.Run) {
			i := shown(r, 2, 5, "a2")
			r.Skips = append(r.Skips, record.Skip{Client: 2, Session: 5, At: r.Lines[i].At, Count: 1})
			r.Lines = slices.Delete(r.Lines, i, i+1)
		}},
		{"kept", "evicted from the beginning", func(r *record.Run) { r.End.Final = r.End.Final[2:] }},
		{"available", "posts are few", func(r *record.Run) { r.Took = 60 * time.Second }},
	}
}

// ends has alice's first node end, and begin anew; what others were told of nova
// meanwhile was about something else.
func ends(r *record.Run, to, asked float64, how string, again float64) {
	r.Lives = []record.Life{
		{Node: "n1", To: at(to), Asked: at(asked), End: how},
		{Node: "n1", From: at(again)}, {Node: "n2"}, {Node: "n3"},
	}
	r.Ops = slices.DeleteFunc(r.Ops, func(o record.Op) bool {
		return o.Kind == record.Claim && o.Outcome == record.Refused && o.Call > at(5) && o.Name == "nova"
	})
}

// lostAt is how alice lost nova instead of by a cable.
func lostAt(r *record.Run, why string, call, proof float64) {
	d := find(r, 1, record.Drop, "nova", record.OK)
	d.Why, d.Call, d.Return, d.Proof = why, at(call), at(call+0.1), at(proof)
}

// ghost has what alice typed as nova at 4.9 s appear at 29.5 s, behind b4 or before it.
// From 22 s to 43 s nova is bob's, who said b4 meanwhile.
func ghost(r *record.Run, behind int) {
	o := *said(r, "a1")
	o.ID, o.Call, o.Return, o.Text, o.Outcome = 1000, at(4.9), 0, "a8", record.Unknown
	look := *find(r, 0, record.Read, "nova", record.OK)
	look.ID, look.Call, look.Return, look.Owner, look.Token = 1001, at(43), at(43.1), bob, "9"
	r.Ops = append(r.Ops, o, look)
	for _, lines := range []*[]record.Line{&r.Lines, &r.End.Final} {
		for i := 0; i < len(*lines); i++ {
			if l := (*lines)[i]; l.Text == "b4" {
				l.Text, l.From = "a8", "nova"
				l.At = max(l.At, at(29.5))
				*lines = slices.Insert(*lines, i+behind, l)
				i++
			}
		}
	}
}
