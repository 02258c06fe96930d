package model

// Sizes of the world. Everything is numbered from 1, zero is "none", but nodes:
// they are numbered from 0.
const (
	maxNodes  = 3
	maxIncs   = 6
	maxSess   = 6
	maxNames  = 2
	maxPosts  = 3
	maxSeats  = 3
	maxOut    = 3 // unapplied commands of a node's stream
	maxBatch  = 3 // commands that wait at the leader
	maxEntry  = 2 // commands in one entry
	maxFlight = 2 // entries given to raft and not committed
	maxNet    = 4 // messages under way
	maxUnsure = 4 // renewals whose sending a node remembers
	none      = 255
)

// Standing of an incarnation.
const (
	unknown uint8 = iota
	live
	ended
)

// Machine is the replicated state: what the log says.
type Machine struct {
	Now    uint8 // cluster time
	Set    uint8 // which of the two settings is in force
	Last   uint8 // the newest token
	Member [maxNodes]uint8
	Inc    [maxIncs + 1]Incarnation
	On     [maxSess + 1]uint8 // the name each session is on
	Name   [maxNames + 1]Name
}

// Incarnation is a node lease, and the stream under it.
type Incarnation struct {
	Status            uint8
	Renewed, Deadline uint8
	Extended          bool
	Counter, Stream   uint8
}

// Name is an identity's lease of a name: held if a session is on it, in grace if not.
type Name struct{ Owner, Token, Since, Until uint8 }

// Verb is what a command does.
type Verb uint8

// Verbs of commands.
const (
	nothing Verb = iota
	renew
	register
	attach
	claim
	post
	detach
	release
	set
	leaderStart
)

// Cmd is a command, in an entry or on its way to one.
type Cmd struct {
	Verb  Verb
	Inc   uint8
	Num   uint8 // a Renew's counter, or the number in the stream
	Sess  uint8
	Name  uint8 // wanted; of a Detach: believed to be held
	Post  uint8
	Token uint8 // of a Post; of a Register: the incarnation it replaces
	At    uint8 // real time at which it was first sent
}

// Entry is what a leader gives to raft.
type Entry struct {
	Term, Now uint8 // the stamp
	At        uint8 // the leader's clock when it gave the entry to raft
	Waiting   uint8 // incarnations whose Renew had reached the leader by then, a bit each
	Chances   uint8 // as in State, when it was stamped
	Gained    uint8
	Tick      bool
	N         uint8
	Cmds      [maxEntry]Cmd
}

// Phase is how far a reign has come.
type Phase uint8

// Phases of a reign.
const (
	gone     Phase = iota // its process has died
	elected               // raft says so; nothing else is done
	starting              // anchored, LeaderStart is on its way
	open
)

// Reign is the newest leader's.
type Reign struct {
	Node   uint8
	Phase  Phase
	Owes   bool  // LeaderStart is still to come though the batcher is open: a broken rule
	Clock  uint8 // anchor and credit
	Mark   uint8 // its monotonic clock at the last turn
	BatchN uint8
	Batch  [maxBatch]Cmd
	FlyN   uint8
	Fly    [maxFlight]Entry
}

// Node is a process and what it knows.
type Node struct {
	Alive, Stopped, Asleep, Cut bool

	Slept    uint8 // how far its monotonic clock is behind real time
	Wall     uint8 // how far its wall clock is ahead
	Trying   uint8 // its incarnation
	Replaces uint8
	Live     bool // it has seen itself registered
	FirstTry uint8
	Sure     uint8 // when the newest confirmed sign of life was sent
	Counter  uint8
	SentAt   [maxUnsure]uint8 // by counter; none if confirmed
	Next     uint8            // number of the newest command
	OutN     uint8
	Out      [maxOut]Cmd
	OutAt    [maxOut]uint8 // when each was first sent, by the node's clock
	Sees     Machine       // its replica
}

// Seat is a person's connection to a node.
type Seat struct {
	Who      uint8 // zero: nobody
	Node     uint8
	Sess     uint8
	Wants    uint8 // the name asked for last
	Has      uint8 // the name it was told it has
	Token    uint8
	Asking   bool
	Attached bool
}

// Fate is what came of a line that somebody typed.
type Fate uint8

// Fates of lines.
const (
	unwritten Fate = iota
	pending
	unsent // so it was shown to its author
	settled
)

// Line is something said.
type Line struct {
	Fate  Fate
	Who   uint8
	Times uint8 // how often it was applied
}

// Promise is what the laws promise the holder of a node lease. Nothing in the
// rules looks at it.
type Promise struct {
	Sent    uint8 // real time at which the last accepted renewal was sent
	TTL     uint8 // in force when it was accepted
	Gain    uint8 // what leaders' clocks had gained when it was stamped
	Served  uint8 // time that leaders had worked when it was accepted
	From    uint8 // chances that there had been then, or when the first leader after opened
	Need    uint8 // chances that it must have from there
	Changes uint8 // leaders that opened since
	Latest  uint8 // cluster time at which it must be over
	Done    uint8 // commands of its stream executed, a bit each
}

// State is a state of the world. It is comparable, and holds no pointers.
type State struct {
	Real  uint8
	Term  uint8
	Stuck bool // no entry is committed: a disk, or the majority
	Truth Machine
	Reign Reign
	Old   Entry // given to raft by OldBy in a term that is over; not appended yet
	OldBy uint8
	Nodes [maxNodes]Node
	Net   [maxNet]Cmd
	Seats [maxSeats]Seat
	Lines [maxPosts + 1]Line

	Incs  uint8 // how many incarnations there were
	IncOf [maxIncs + 1]uint8
	Sess  uint8
	Whose [maxSess + 1]uint8 // identity of each session
	Under [maxSess + 1]uint8 // and its incarnation

	Left [numMoves]uint8 // how often each move may still be made

	Served  uint8 // units in which a leader worked
	Chances uint8 // the same, and what stalls and clocks that are fast may burn
	Gained  uint8 // what leaders' clocks have gained
	Stamped uint8 // real time of the newest stamp taken
	Vows    [maxIncs + 1]Promise
	Kept    [maxNames + 1]Name // whose each name was last, and until when it is kept for them
}
