package linear

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// Kind says what a client did.
type Kind byte

// Kinds of operations.
const (
	Take  Kind = iota + 1 // ask for a name: Attach or Claim
	Again                 // the seat attached itself again, under its node's next incarnation
	Leave                 // Detach or, with Quit, Release
	Post                  // say something, in the room
	Stale                 // say something that must be refused: the session or the token is of the past
	Read                  // a linearizable read of all names and the room
)

func (k Kind) String() string {
	return [...]string{"?", "take", "again", "leave", "post", "stale", "read"}[k]
}

// Outcome is what the client knows of what came of it.
type Outcome byte

// Outcomes.
const (
	Unknown Outcome = iota // it may take effect until Settled
	OK
	Refused // by the state machine: a definite no
	Unsent  // a definite no: it did not and will not take effect
)

func (o Outcome) String() string { return [...]string{"unknown", "ok", "refused", "unsent"}[o] }

// never is the order and the time of what does not happen.
const never = math.MaxInt64

// Op is one operation. Call and Return order it among all others; At and Done are
// virtual time since the cluster stood.
type Op struct {
	ID           int
	Lane         int // of the client, for pictures
	Kind         Kind
	Call, Return int64
	At, Done     time.Duration
	GaveUp       int64 // the client stopped waiting then: what it proposed was in its node's stream
	Outcome      Outcome
	Code         fsm.Code // of a refusal
	Err          string   // of what is unsent or unknown

	Seat    int // numbered through the run; zero for a read
	Who     id.Identity
	Node    string
	Process int            // which of the node's processes, from 1
	Inc     id.Incarnation // what it went through, if that is known
	Session id.Session     // likewise
	Name    string         // Take, Again: wanted. Post, Stale: spoken for. Leave: the one the seat was on
	From    []string       // Take by somebody on a name: every name that may be left. Leave: likewise
	Sure    bool           // Take: the seat was on the one name in From
	Quit    bool
	Text    string
	Token   id.Token // what was granted, or what was posted with
	Event   id.Event // of a post that was accepted
	Clock   id.Time  // cluster time that the node had applied on return; of a read, of what it showed

	Seen []Seen // Read: all names. A Take that was refused: the name, as the refusal has it
	Said int    // Read: how many lines the room has
	Last Line   // Read: the newest of them
}

// Seen is a name as somebody was shown it.
type Seen struct {
	Name  string
	State lease.State
	Owner id.Identity
	Token id.Token
	Until id.Time
	Live  []id.Session
	Whole bool // Live is all of them
}

// Line is one message as somebody was shown it.
type Line struct {
	ID   id.Event
	Who  id.Identity
	Nick string
	Text string
}

// Silence is a time in which a node could send nothing to anybody.
type Silence struct {
	Node     string
	Process  int           // the newest process it is true of
	From, To time.Duration // To is never if it died
	Clock    id.Time       // cluster time was at most this when it began
}

// Ending is something that may end a node's incarnation before its lease does: the
// next process registers, or it is stopped or removed.
type Ending struct {
	Node    string
	Process int
	At      time.Duration
	Why     string
}

// Tale is the lines of the room in the order in which one process applied them,
// without a gap.
type Tale struct {
	Node    string
	Process int
	Lines   []Line
}

// History is all that is known of a run.
type History struct {
	Seed     uint64
	TTL      time.Duration
	Grace    time.Duration
	Ops      []Op
	Silences []Silence
	Endings  []Ending
	Tales    []Tale
	Notes    []Note // faults as they began and ended
	Log      string // of the nodes
	Room     []Line // in the end
	Settled  int64  // from this call on, nothing unknown can take effect any more
	Quiet    time.Duration
	Whole    bool // the run came to its end
	Effort   Effort
	Broken   []string // what was wrong on the way: something did not heal, replicas differed
}

// Note is a line of the story that is no operation.
type Note struct {
	At   time.Duration
	Call int64
	Text string
}

// recorder collects a history from many goroutines.
type recorder struct {
	order atomic.Int64
	start time.Time
	mu    sync.Mutex
	ops   []*Op
	notes []Note
}

func newRecorder() *recorder { return &recorder{start: time.Now()} }

func (r *recorder) now() time.Duration { return time.Since(r.start) }

// begin notes the call of op, which is unknown until end.
func (r *recorder) begin(op *Op) *Op {
	r.mu.Lock()
	op.ID = len(r.ops)
	r.ops = append(r.ops, op)
	op.At, op.Done, op.Return = r.now(), never, never
	op.Call = r.order.Add(1)
	r.mu.Unlock()
	return op
}

// end notes the return of op, with what fill knows of it. Only the first counts.
func (r *recorder) end(op *Op, fill func(*Op)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if op.Return != never {
		return
	}
	op.Return = r.order.Add(1)
	op.Done = r.now()
	fill(op)
}

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	r.notes = append(r.notes, Note{r.now(), r.order.Add(1), fmt.Sprintf(format, args...)})
	r.mu.Unlock()
}

// taken returns a copy of what was recorded.
func (r *recorder) taken() (ops []Op, notes []Note) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, op := range r.ops {
		ops = append(ops, *op)
	}
	return ops, slices.Clone(r.notes)
}

// Text returns the history as people read it, in the order of calls.
func (h *History) Text() string {
	type line struct {
		call int64
		text string
	}
	var lines []line
	for _, n := range h.Notes {
		lines = append(lines, line{n.Call, fmt.Sprintf("%8.3fs  ---- %s", n.At.Seconds(), n.Text)})
	}
	for _, op := range h.Ops {
		lines = append(lines, line{op.Call, op.String()})
	}
	slices.SortFunc(lines, func(a, b line) int { return int(a.call - b.call) })
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %v\n\n", h.Seed, h.Effort)
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	b.WriteString("\nthe room in the end:\n")
	for i, l := range h.Room {
		fmt.Fprintf(&b, "%5d  %d.%d  %s as %s: %s\n", i, l.ID.Index, l.ID.Sub, l.Who, l.Nick, l.Text)
	}
	return b.String()
}

func (op Op) String() string {
	end := "        ..."
	if op.Return != never {
		end = fmt.Sprintf("%d at %.3fs", op.Return, op.Done.Seconds())
	}
	return fmt.Sprintf("%8.3fs  #%d [%d, %s]  %s", op.At.Seconds(), op.ID, op.Call, end, op.brief())
}

// brief is the operation without its times.
func (op Op) brief() string {
	what := op.Kind.String()
	switch op.Kind {
	case Take, Again:
		what += " " + op.Name
		if len(op.From) > 0 {
			what += " from " + strings.Join(op.From, "|")
		}
	case Leave:
		if op.Quit {
			what = "quit"
		}
		what += " " + strings.Join(op.From, "|")
	case Post, Stale:
		what += fmt.Sprintf(" %q for %s under %d", op.Text, op.Name, op.Token)
	}
	result := op.Outcome.String()
	switch {
	case op.Outcome == Refused:
		result += fmt.Sprintf(" with code %d", op.Code)
	case op.Outcome == OK && (op.Kind == Take || op.Kind == Again):
		result += fmt.Sprintf(", token %d", op.Token)
	case op.Outcome == OK && op.Kind == Post:
		result += fmt.Sprintf(", event %d.%d", op.Event.Index, op.Event.Sub)
	case op.Err != "":
		result += " (" + op.Err + ")"
	}
	for _, s := range op.Seen {
		result += fmt.Sprintf("; %s", s)
	}
	if op.Kind == Read {
		result += fmt.Sprintf("; %d lines; cluster time %.3fs", op.Said, float64(op.Clock)/1e6)
	}
	who := ""
	if op.Seat != 0 {
		who = fmt.Sprintf("%s in seat %d ", op.Who, op.Seat)
	}
	return fmt.Sprintf("%sthrough %s/%d: %s -> %s", who, op.Node, op.Process, what, result)
}

func (s Seen) String() string {
	if s.State == lease.Free {
		return s.Name + " is free"
	}
	state := [...]string{"free", "held", "in grace", "reserved"}[s.State]
	return fmt.Sprintf("%s is %s by %s under %d (%d live)", s.Name, state, s.Owner, s.Token, len(s.Live))
}

// gaveUp notes that what op proposed is in its node's stream, if it is not answered yet.
func (r *recorder) gaveUp(op *Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if op.GaveUp == 0 {
		op.GaveUp = r.order.Add(1)
	}
}
