package model

// Corner is a corner of the world in which one rule shows what it is for.
type Corner struct {
	Rules  []Rule // that are turned off
	Law    string // broken without them
	Config Config // with all rules on
}

// small is the world that corners are cut from.
func small() Config {
	return Config{Nodes: 2, Names: 1, TTL: [2]uint8{3, 3}, Grace: [2]uint8{2, 2}, Limit: 2, Horizon: 12}
}

func with(c Config, most Limits, do func(*Config)) Config {
	c.Most = most
	if do != nil {
		do(&c)
	}
	return c
}

// Corners returns a corner for every rule that could be shown to be needed, and
// for pairs of which each guards what the other does.
func Corners() []Corner {
	return append(append(append(timeCorners(), leaseCorners()...), nameCorners()...), nodeCorners()...)
}

func timeCorners() []Corner {
	one := func(c *Config) { c.Nodes = 1 }
	lag := func(c *Config) { c.Lag = true }
	return []Corner{
		{[]Rule{LeaderClock}, lawEarly, with(small(), Limits{wall: 1, elect: 1}, nil)},
		{[]Rule{AnchorAfterBarrier}, lawPace, with(small(), Limits{elect: 1, sendRenew: 1}, lag)},
		{[]Rule{MarkAfterBarrier}, lawBurned, with(small(), Limits{elect: 4, sendRenew: 0}, one)},
		{[]Rule{TimeStandsStill}, lawBurned, with(small(), Limits{elect: 2}, nil)},
		{[]Rule{ReignsApart}, lawLate, with(small(), Limits{elect: 1, lateAppend: 1, sendRenew: 0}, func(c *Config) {
			c.Nodes, c.Slow = 1, true
		})},
		{[]Rule{StampOfItsTerm}, lawBurned, with(small(), Limits{elect: 2, lateAppend: 1, stick: 1}, nil)},
		{[]Rule{StampOfItsTerm, LaterStampsOnly}, lawTime, with(small(), Limits{elect: 2, lateAppend: 1, stick: 1, sendRenew: 1}, func(c *Config) { c.Only = lawTime })},
		{[]Rule{AnchorAfterBarrier, LaterStampsOnly}, lawTime, with(small(), Limits{elect: 1}, func(c *Config) { c.Lag, c.Only = true, lawTime })},
		{[]Rule{TurnCapped}, lawBurned, with(small(), Limits{stop: 1}, nil)},
		{[]Rule{IdleTurns}, lawPace, with(small(), Limits{elect: 1}, nil)},
		{[]Rule{StallAddsNothing}, lawBurned, with(small(), Limits{stick: 1}, nil)},
		{[]Rule{RestlessStamps}, lawPace, with(small(), Limits{elect: 4, sendRenew: 0}, func(c *Config) { c.Nodes, c.Horizon = 1, 24 })},
	}
}

func leaseCorners() []Corner {
	one := func(c *Config) { c.Nodes = 1 }
	return []Corner{
		{[]Rule{LeaderStartExtends}, lawBurned, with(small(), Limits{elect: 1}, nil)},
		{[]Rule{OncePerRenewal}, lawLate, with(small(), Limits{elect: 3, sendRenew: 0}, one)},
		{[]Rule{LeaderStartFirst}, lawBurned, with(small(), Limits{elect: 1}, nil)},
		{[]Rule{TTLInForceThen}, lawEarly, with(small(), Limits{change: 1}, func(c *Config) { c.TTL = [2]uint8{5, 3} })},
		{[]Rule{NeverShortens}, lawBelief, with(small(), Limits{change: 1}, func(c *Config) { c.TTL, c.Lag = [2]uint8{5, 3}, true })},
		{[]Rule{NeverShortens}, lawRobbed, with(small(), Limits{change: 1, connect: 1, sendRenew: 1}, func(c *Config) {
			c.TTL, c.Grace, c.Lag, c.Seated, c.Only = [2]uint8{6, 3}, [2]uint8{1, 0}, true, true, lawRobbed
		})},
		{[]Rule{RenewCounter}, lawPace, with(small(), Limits{repeat: 1}, func(c *Config) { c.Nodes, c.Net = 1, true })},
		{[]Rule{ExpiryOnlyInTick}, lawInTime, with(small(), Limits{stop: 1}, nil)},
		{[]Rule{TickLast}, lawInTime, with(small(), Limits{stop: 1}, nil)},
		{[]Rule{TickLast}, lawMissed, with(small(), Limits{hangUp: 1, connect: 1}, func(c *Config) { c.Seated, c.Only = true, lawMissed })},
		{[]Rule{TickWaitsForRenew}, lawInTime, with(small(), Limits{stop: 1}, nil)},
		{[]Rule{EndIsFinal}, lawFinal, with(small(), Limits{}, func(c *Config) { c.Net = true })},
		{[]Rule{CompareAndSwap}, lawReplaced, with(small(), Limits{crash: 2}, func(c *Config) { c.Net, c.Horizon = true, 1 })},
	}
}

func nameCorners() []Corner {
	seated := func(c *Config) { c.Seated = true }
	net := func(c *Config) { c.Seated, c.Net = true, true }
	two := func(c *Config) { c.Seated, c.Names = true, 2 }
	return []Corner{
		{[]Rule{RivalsRefused}, lawOwner, with(small(), Limits{connect: 1}, seated)},
		{[]Rule{OwnerJoins}, lawReturns, with(small(), Limits{connect: 1}, seated)},
		{[]Rule{GraceFirst}, lawGrace, with(small(), Limits{hangUp: 1, connect: 1}, seated)},
		{[]Rule{GraceFixed}, lawGrace, with(small(), Limits{hangUp: 1, change: 1}, func(c *Config) { c.Seated, c.Grace = true, [2]uint8{2, 1} })},
		{[]Rule{TokensGrow}, lawTokens, with(small(), Limits{connect: 1}, two)},
		{[]Rule{SessionChecked}, lawFenced, with(small(), Limits{connect: 1, say: 1}, func(c *Config) { c.Seated, c.Limit = true, 1 })},
		{[]Rule{TokenChecked, ClaimWaits}, lawFenced, with(small(), Limits{nick: 1, say: 1}, two)},
		{[]Rule{DetachFollows}, lawGhost, with(small(), Limits{connect: 1, hangUp: 1}, nil)},
		{[]Rule{LeaveNamesSession}, lawGhost, with(small(), Limits{nick: 1, hangUp: 1}, two)},
		{[]Rule{OnceOnly}, lawOnce, with(small(), Limits{say: 1, repeat: 1}, net)},
		{[]Rule{GapRefused}, lawSkipped, with(small(), Limits{say: 2}, net)},
	}
}

func nodeCorners() []Corner {
	lag := func(c *Config) { c.Lag = true }
	return []Corner{
		{[]Rule{UnsentAfterEnd}, lawOnce, with(small(), Limits{say: 1, sayAgain: 1, giveUp: 1, sendRenew: 0}, func(c *Config) { c.Seated, c.Lag = true, true })},
		{[]Rule{WorthApplied}, lawBelief, with(small(), Limits{change: 1, sendRenew: 0}, func(c *Config) { c.TTL, c.Lag = [2]uint8{3, 5}, true })},
		{[]Rule{FirstSending}, lawBelief, with(small(), Limits{}, lag)},
		{[]Rule{BootClock}, lawBelief, with(small(), Limits{sleep: 1}, lag)},
		{[]Rule{Margin}, lawBelief, with(small(), Limits{drift: 1}, lag)},
	}
}

// NotShown returns the rules for which no corner was found in which they alone
// are missed, and why they are kept.
func NotShown() map[Rule]string {
	return map[Rule]string{
		LaterStampsOnly: "guards what stampOfItsTerm and anchorAfterBarrier do: with either of them off it is missed",
		OneTick:         "a second Tick finds nothing to end: it saves entries, no law",
		TokenChecked:    "guards what claimWaits does: while a session is live its token changes only by its own Claim",
		ClaimWaits:      "guards what tokenChecked does: without it a line is refused that need not have been",
	}
}

// Wide returns the world for random walks in which everything may go wrong.
func Wide() Config {
	return Config{
		Nodes: 3, Names: 2, TTL: [2]uint8{3, 5}, Grace: [2]uint8{2, 1}, Limit: 2, Horizon: 60,
		Net: true, Lag: true, Slow: true, Seated: true,
		Most: Limits{
			elect: 4, lateAppend: 1, stick: 2, stop: 2, sleep: 1, crash: 2, cut: 2, wall: 1, drift: 1, repeat: 4,
			lose: 20, connect: 3, hangUp: 2, quit: 1, nick: 2, say: 3, sayAgain: 3, change: 2, giveUp: 1,
		},
	}
}

// Flapping returns the world for random walks in which leaders come and go and
// hardly anything else happens: long enough for time to get lost.
func Flapping() Config {
	return Config{
		Nodes: 2, Names: 1, TTL: [2]uint8{3, 3}, Grace: [2]uint8{2, 2}, Limit: 2, Horizon: 60, Net: true, Lag: true, Seated: true,
		Most: Limits{elect: 9, lateAppend: 2, stick: 2, stop: 1, repeat: 2, sendRenew: 4, sendRegister: 4, say: 1, sayAgain: 1, giveUp: 1},
	}
}
