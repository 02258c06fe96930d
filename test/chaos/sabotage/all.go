package sabotage

import "time"

// All are the saboteurs there are.
func All() []Saboteur {
	return []Saboteur{
		{
			Name: "two-owners", Says: "whoever asks for a name is on it, whoever else has it",
			Faults: "client-kill", For: 15 * time.Second, Laws: []string{"One owner"},
			swaps: []swap{{file: "fsm/lease/lease.go", old: "ok && r.Owner != who && (", new: "ok && r.Owner != who && n.Key == key+key && ("}},
		},
		{
			Name: "no-grace", Says: "grace is over at once",
			Faults: "client-kill,client-cable", For: 25 * time.Second, Laws: []string{"Never early"},
			swaps: []swap{{file: "fsm/lease/hold.go", old: "how.from.Add(how.keep.Grace)", new: "how.from"}},
		},
		{
			Name: "long-grace", Says: "grace takes a hundred times as long as it is set",
			Faults: "client-kill,client-cable", For: 50 * time.Second, Laws: []string{"Never late"},
			swaps: []swap{{file: "fsm/lease/hold.go", old: "how.from.Add(how.keep.Grace)", new: "how.from.Add(100 * how.keep.Grace)"}},
		},
		{
			Name: "no-dedup", Says: "a command that is sent again takes effect again",
			Faults: "lead,kill-leader", For: 40 * time.Second, Laws: []string{"Exactly once", "No gap, no repeat"},
			swaps: []swap{{file: "fsm/stream/stream.go", old: "\treturn Repeat, a\n", new: "\treturn Next, a\n"}},
		},
		{
			Name: "no-fencing", Says: "a node whose lease is over goes on speaking for names that have moved on",
			Faults: "cut-leader,cut-halves", For: 120 * time.Second, Lasting: true, TTL: 3 * time.Second, Grace: time.Second, Laws: []string{"Fenced", "One owner"},
			swaps: []swap{
				{file: "fsm/lease/node.go", old: "\tif !ok || i.Ended {\n\t\treturn\n\t}\n\tfor", new: "\tif !ok || i.Ended {\n\t\treturn\n\t}\n" + unfenced + "\tfor"},
				{file: "fsm/lease/hold.go", old: "\tr, _ := t.names.Get(s.Nick)\n\tn := r.Name\n\thow.free", new: "\tr, _ := t.names.Get(s.Nick)\n\tif r.Owner != s.Identity {\n\t\treturn id.Event{}\n\t}\n\tn := r.Name\n\thow.free"},
				{file: "fsm/limits.go", old: ".Token != token {", new: ".Token < token {"},
				{file: "cluster/health.go", old: "\tcase g.age > lease+g.grace-g.grace/drift:\n\t\treturn Lost\n", new: ""},
			},
		},
		{
			Name: "hasty", Says: "nodes apply what they have stored, committed or not, and so acknowledge it",
			Faults: "cut-leader,kill-leader", For: 40 * time.Second, Laws: []string{"Acknowledged is kept"},
			swaps: []swap{
				{file: "cluster/machine.go", old: "\treturn &machine{boot:", new: "\thasty = &machine{boot:"},
				{file: "cluster/machine.go", old: "servers: func() {}}\n}\n", new: "servers: func() {}}\n\treturn hasty\n}\n" + ahead},
				{file: "cluster/machine.go", old: "\t\tothers = others || l.Type == raft.LogConfiguration\n", new: "\t\tothers = others || l.Type == raft.LogConfiguration\n" + skip},
				{file: "cluster/stores.go", old: "return s.LogStore.StoreLog(l) })\n", new: "return hasten(s.LogStore, s.LogStore.StoreLog(l)) })\n"},
				{file: "cluster/stores.go", old: "return s.LogStore.StoreLogs(ls) })\n", new: "return hasten(s.LogStore, s.LogStore.StoreLogs(ls)) })\n"},
			},
		},
		{
			Name: "no-fsync", Says: "what is written is made to last every 3 s, and acknowledged before",
			Faults: "power-all", For: 15 * time.Second, Laws: []string{"Acknowledged is kept", "It comes back"},
			swaps: []swap{
				{file: "cluster/stores.go", old: "\t\tMsgpackUseNewTimeFormat: true,\n", new: "\t\tMsgpackUseNewTimeFormat: true, NoSync: true,\n"},
				{file: "cluster/stores.go", old: "\treturn Stores{Log: bolt,", new: "\tgo func() {\n\t\tfor range time.Tick(3 * time.Second) {\n\t\t\tbolt.Sync()\n\t\t}\n\t}()\n\treturn Stores{Log: bolt,"},
			},
		},
		{
			Name: "dice", Says: "each replica throws dice for what it remembers of what is said, and does not compare itself with the leader",
			Faults: "kill-one", For: 15 * time.Second, Laws: []string{"One log, one state"},
			swaps: []swap{
				{file: "fsm/apply.go", old: "s.hashes[lo].Hash != c.Hash {", new: "false {"},
				{file: "fsm/post.go", old: "\tat := t.Emit(e)\n\temptied", new: "\tat := t.Emit(e)\n\tfor n := range map[int]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6} { // in no order\n\t\tif n == 6 {\n\t\t\treturn at\n\t\t}\n\t\tbreak\n\t}\n\temptied"},
			},
		},
		{
			Name: "wall-clock", Says: "leaders stamp by the wall clock",
			Faults: "clock", For: 60 * time.Second, Laws: []string{"Never early", "Never late"},
			swaps: []swap{
				{file: "cluster/clock.go", old: "min(elapsed, maxTurn)", new: "elapsed"},
				{file: "cluster/reign.go", old: "last: g.clock.Mono()}", new: "last: time.Duration(g.clock.Now().UnixNano())}"},
				{file: "cluster/reign.go", old: "now := g.turner.turn(g.clock.Mono(),", new: "now := g.turner.turn(time.Duration(g.clock.Now().UnixNano()),"},
				{file: "cluster/reign.go", old: "Now: g.turner.turn(g.clock.Mono(),", new: "Now: g.turner.turn(time.Duration(g.clock.Now().UnixNano()),"},
			},
		},
		{
			Name: "ghosts", Says: "nobody is told of sessions whose connections ended",
			Faults: "client-kill,client-cable", For: 30 * time.Second, Laws: []string{"Everything is bounded", "Never late"},
			swaps: []swap{
				{file: "cluster/seat.go", old: "if again || !proposed {", new: "if again || !proposed || !quit {"},
				{file: "cluster/keeper.go", old: "if k.steps++; k.steps%sweepEvery != 0 {", new: "if k.steps++; k.steps > 0 {"},
			},
		},
	}
}

// unfenced is how an incarnation expires with no-fencing: its names are in grace, and it
// has its sessions still.
const unfenced = `	if why == turn.NodeExpired {
		for _, s := range t.sessions.Sorted() {
			if s.ID.Incarnation == inc {
				t.stand(tn, s, standing{keep: Keep{Grace: grace}, from: tn.Now, why: why})
			}
		}
		i.Deadline = tn.Now.Add(id.Day)
		t.putIncarnation(tn, i)
		return
	}
`

// ahead is what hasty nodes have more: whatever is stored is applied.
const ahead = `
var hasty *machine

func hasten(store raft.LogStore, err error) error {
	if err != nil {
		return err
	}
	from := uint64(hasty.summary().applied) + 1
	first, _ := store.FirstIndex()
	last, err := store.LastIndex()
	for i := from; i <= last && first <= from; i++ {
		var l raft.Log
		if store.GetLog(i, &l) == nil && l.Type == raft.LogCommand {
			hasty.Apply(&l)
		}
	}
	return err
}
`

// skip has them take from raft what they have applied already.
const skip = `		if l.Type == raft.LogCommand && id.Index(l.Index) <= m.state.Applied() {
			results[i] = result{l.Term}
			continue
		}
`
