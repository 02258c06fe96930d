package model

import (
	"fmt"
	"strings"
)

// Rule is one rule of ownership that can be turned off.
type Rule uint8

// The rules, in the order of the design: cluster time, leases, what ends them,
// commands, and what a node thinks of itself.
const (
	LeaderClock Rule = iota
	AnchorAfterBarrier
	MarkAfterBarrier
	TimeStandsStill
	ReignsApart
	StampOfItsTerm
	LaterStampsOnly
	TurnCapped
	IdleTurns
	StallAddsNothing
	RestlessStamps

	LeaderStartExtends
	OncePerRenewal
	LeaderStartFirst
	TTLInForceThen
	NeverShortens
	GraceFirst
	GraceFixed
	RenewCounter

	ExpiryOnlyInTick
	TickLast
	TickWaitsForRenew
	OneTick
	EndIsFinal
	CompareAndSwap

	RivalsRefused
	OwnerJoins
	TokensGrow
	SessionChecked
	TokenChecked
	ClaimWaits
	DetachFollows
	LeaveNamesSession
	OnceOnly
	GapRefused

	UnsentAfterEnd
	WorthApplied
	FirstSending
	BootClock
	Margin
	numRules
)

// about says of each rule what it is called and what happens without it.
func about() [numRules][2]string {
	return [numRules][2]string{
		LeaderClock:        {"leaderClock", "a stamp is the leader's wall clock"},
		AnchorAfterBarrier: {"anchorAfterBarrier", "a new leader anchors at what it has applied when it is elected"},
		MarkAfterBarrier:   {"markAfterBarrier", "the time that the barrier took counts"},
		TimeStandsStill:    {"timeStandsStill", "a new leader counts the time in which nobody led"},
		ReignsApart:        {"reignsApart", "what a node gave to raft in an earlier reign may still be appended in its next"},
		StampOfItsTerm:     {"stampOfItsTerm", "a stamp made in one term counts in an entry of another"},
		LaterStampsOnly:    {"laterStampsOnly", "an earlier stamp is taken too"},
		TurnCapped:         {"turnCapped", "a turn of the clock adds all that has elapsed"},
		IdleTurns:          {"idleTurns", "only a stamp turns the clock, an idle leader does not"},
		StallAddsNothing:   {"stallAddsNothing", "the clock goes on while an entry is unapplied"},
		RestlessStamps:     {"restlessStamps", "an idle leader commits no stamps"},
		LeaderStartExtends: {"leaderStartExtends", "a new leader extends no lease"},
		OncePerRenewal:     {"oncePerRenewal", "every new leader extends every lease again"},
		LeaderStartFirst:   {"leaderStartFirst", "the batcher opens before LeaderStart is applied"},
		TTLInForceThen:     {"ttlInForceThen", "a new ttl counts for leases that were renewed before"},
		NeverShortens:      {"neverShortens", "a renewal under a shorter ttl moves the deadline back"},
		GraceFirst:         {"graceFirst", "a name is free as soon as its last session is gone"},
		GraceFixed:         {"graceFixed", "a new grace counts for names that entered it before"},
		RenewCounter:       {"renewCounter", "a late copy of a Renew renews"},
		ExpiryOnlyInTick:   {"expiryOnlyInTick", "a lease ends at the first entry after its deadline, before the entry's commands"},
		TickLast:           {"tickLast", "a Tick comes first in its entry"},
		TickWaitsForRenew:  {"tickWaitsForRenew", "a Tick is proposed though a Renew waits at the leader"},
		OneTick:            {"oneTick", "a second Tick is proposed while one is under way"},
		EndIsFinal:         {"endIsFinal", "a Renew brings an ended incarnation back"},
		CompareAndSwap:     {"compareAndSwap", "a Register is taken whatever it says it replaces"},
		RivalsRefused:      {"rivalsRefused", "whoever attaches gets the name"},
		OwnerJoins:         {"ownerJoins", "a held name is in use, for its owner too"},
		TokensGrow:         {"tokensGrow", "each name counts its grants for itself"},
		SessionChecked:     {"sessionChecked", "a Post is not asked for a live session"},
		TokenChecked:       {"tokenChecked", "a Post is not asked for its token"},
		ClaimWaits:         {"claimWaits", "a session posts while its Claim is not answered"},
		DetachFollows:      {"detachFollows", "an Attach that was not answered is not followed by a Detach"},
		LeaveNamesSession:  {"leaveNamesSession", "a Detach ends only a session that is on the name it was believed to have"},
		OnceOnly:           {"onceOnly", "a repeat is executed"},
		GapRefused:         {"gapRefused", "a command is executed though one before it is missing"},
		UnsentAfterEnd:     {"unsentAfterEnd", "a node that thinks its lease over gives up its stream at once and registers anew"},
		WorthApplied:       {"worthApplied", "a node believes for the ttl that is set now, not for what its renewal was worth"},
		FirstSending:       {"firstSending", "a node counts from when it learned of the renewal, not from when it sent it"},
		BootClock:          {"bootClock", "a node judges by a clock that stands still while the machine sleeps"},
		Margin:             {"margin", "a node believes to the last moment"},
	}
}

func (r Rule) String() string {
	if r >= numRules {
		return fmt.Sprint("rule ", uint8(r))
	}
	return about()[r][0]
}

// Without tells what happens if the rule is turned off.
func (r Rule) Without() string { return about()[r][1] }

// Off is a set of rules that are turned off.
type Off uint64

// Without returns the set of these rules.
func Without(rules ...Rule) Off {
	var o Off
	for _, r := range rules {
		o |= 1 << r
	}
	return o
}

// Together returns what a list of rules is called together.
func Together(rules []Rule) string {
	var names []string
	for _, r := range rules {
		names = append(names, r.String())
	}
	return strings.Join(names, "+")
}

// on reports whether a rule is kept.
func (c *Config) on(r Rule) bool { return c.Off&(1<<r) == 0 }
