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
