package cluster

import "errors"

// What a caller may branch on. Refusals are no errors: they are fsm.Answers.
var (
	// ErrUnsent means the command has not taken effect and never will.
	ErrUnsent = errors.New("it was not done: this node was replaced, stopped, or its lease ended first")
	// ErrUnknown means that nobody here can know whether it was done: the caller did
	// not wait long enough, the node stopped, or a snapshot jumped over the answer.
	ErrUnknown = errors.New("it is not known whether it was done")
	// ErrNoLeader means no leader answered; nothing was changed.
	ErrNoLeader = errors.New("no leader")
	// ErrBusy means too much is waiting to be sent; nothing was changed.
	ErrBusy = errors.New("too much is waiting for the leader")
	// ErrNotVoter means that a node cannot lead: it does not count for the majority.
	ErrNotVoter = errors.New("it does not count for the majority")
	// ErrNotTaken means that a node is not up, or did not take over in time. Whoever led
	// before goes on, or somebody else does.
	ErrNotTaken = errors.New("it is not up, or did not take over in time")
)
