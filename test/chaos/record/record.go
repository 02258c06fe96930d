// Package record is what a chaos run has seen: what people asked for and were told,
// what stood on their screens, and what was broken meanwhile. It is plain data, which
// can be written to a file and judged again later. It judges nothing and starts nothing.
package record

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Outcome is what somebody who asked for something was told.
type Outcome string

// Outcomes. Only OK and Refused say what happened; Unsent says that nothing did.
const (
	OK      Outcome = "ok"      // done: seen by whoever asked
	Refused Outcome = "refused" // a definite no
	Unsent  Outcome = "unsent"  // it was not done and never will be
	Unknown Outcome = "unknown" // nobody told: it may happen, or have happened
)

// Kinds of operations.
const (
	Claim  = "claim"  // to be on Name: by logging in as it, or by /nick
	Quit   = "quit"   // to free Name: /quit
	Drop   = "drop"   // the connection was cut, by the client or a fault: the name goes to grace
	Post   = "post"   // to say Text in Place
	Direct = "direct" // to say Text to Name alone
	Read   = "read"   // to be told, linearizably, whose Name is
)

// Op is one thing that somebody asked for. Call and Return are since the run began;
// Return is zero while there is no answer.
type Op struct {
	ID       int           `json:"id"`
	Client   int           `json:"client"`
	Identity string        `json:"identity"` // the key's fingerprint
	Session  int           `json:"session"`  // of the client: it counts its connections
	Kind     string        `json:"kind"`
	Node     string        `json:"node"` // through which
	Name     string        `json:"name,omitempty"`
	Place    string        `json:"place,omitempty"`
	Text     string        `json:"text,omitempty"` // unique for each post
	Call     time.Duration `json:"call"`
	Return   time.Duration `json:"return"`
	Outcome  Outcome       `json:"outcome"`
	Token    string        `json:"token,omitempty"` // what a Read, or a look after a Claim, has seen
	Owner    string        `json:"owner,omitempty"` // of a Read: the identity; empty if nobody's
	State    string        `json:"state,omitempty"` // of a Read: held, grace, reserved; empty if free

	Began time.Duration `json:"began,omitempty"` // of a Claim by logging in: when its connection was begun
	Left  string        `json:"left,omitempty"`  // of a Claim by /nick: the name that it gives up
	Why   string        `json:"why,omitempty"`   // of a Drop: how the connection ended; else in words, what stood on the screen
	Proof time.Duration `json:"proof,omitempty"` // of a Drop: when the last was sent that the server has answered
}

// How connections end: Why of a Drop.
const (
	Closed = "closed" // by the client's side, which the server is told of
	Silent = "silent" // the client gives no sign of life from Call on, and does not close
	Ended  = "ended"  // by the server's side or the network: seen at Return, the last of it heard at Call; zero: nothing ever was
)

// Line is a message on somebody's screen.
type Line struct {
	Client  int           `json:"client"`
	Session int           `json:"session"`
	At      time.Duration `json:"at"`
	Place   string        `json:"place"`
	From    string        `json:"from"` // the name that stands before it
	Text    string        `json:"text"`
	Old     bool          `json:"old"` // shown on arrival: above or below the marker, not live
	Below   bool          `json:"below"`
	Arrival int           `json:"arrival"` // of the session: it counts how often it came to a room
}

// Skip says that a session was told of messages it was too slow for.
type Skip struct {
	Client  int           `json:"client"`
	Session int           `json:"session"`
	At      time.Duration `json:"at"`
	Count   int           `json:"count"`
}

// Fault is something broken, from From until To, when it was mended.
type Fault struct {
	Kind string        `json:"kind"` // kill, pause, cut, slow, clock, disk, ...
	What string        `json:"what"` // in words: "n2 is killed", "n1 | n2 n3"
	Node []string      `json:"node"` // whom it hits
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
}

// Life is a node's process, from its start to its end.
type Life struct {
	Node string        `json:"node"`
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"` // zero: it had not ended
	// Asked is when it was asked to stop, which is some seconds before To; zero: it was not, or nobody wrote it down.
	Asked time.Duration `json:"asked,omitempty"`
	End   string        `json:"end"` // killed, stopped (as it should be: its people are told, its names go to grace at once), itself
}

// Sample is how the cluster did at a moment.
type Sample struct {
	At       time.Duration    `json:"at"`
	Leader   string           `json:"leader"`
	Accepted int              `json:"accepted"` // posts accepted since the last sample
	Failed   int              `json:"failed"`
	Latency  time.Duration    `json:"latency"` // of the slowest accepted since the last sample
	RSS      map[string]int64 `json:"rss"`     // bytes, of each node that runs
	Files    map[string]int   `json:"files"`   // open ones

	Goroutines map[string]int `json:"goroutines,omitempty"`
}

// End is what every node was asked once all was mended and quiet.
type End struct {
	Applied map[string]uint64 `json:"applied"`
	Digest  map[string]string `json:"digest"`
	Final   []Line            `json:"final"` // every room's history as the cluster keeps it, in order
	Logs    []string          `json:"logs"`  // lines of logs that no log may have: panics, races

	Sessions map[string]int `json:"sessions,omitempty"` // of people, that each node still has, once all had time to end
	Held     []string       `json:"held,omitempty"`     // names that are still held then
	Hurt     string         `json:"hurt,omitempty"`     // why the cluster was not whole in time, once all was mended; empty: it was
}

// Run is a whole run.
type Run struct {
	Command string        `json:"command"` // that runs it again
	Seed    int64         `json:"seed"`
	Began   time.Time     `json:"began"`
	Took    time.Duration `json:"took"`
	Where   string        `json:"where"` // network namespaces, or loopback with proxies
	TTL     time.Duration `json:"ttl"`
	Grace   time.Duration `json:"grace"`
	Cannot  []string      `json:"cannot,omitempty"` // faults that could not be had here, and why
	Silence time.Duration `json:"silence"`          // after which a client that gives no proof of life is given up
	Ops     []Op          `json:"ops"`
	Lines   []Line        `json:"lines"`
	Skips   []Skip        `json:"skips"`
	Faults  []Fault       `json:"faults"`
	Lives   []Life        `json:"lives,omitempty"`
	Samples []Sample      `json:"samples"`
	End     End           `json:"end"`
}

// Write writes the run as JSON.
func (r *Run) Write(w io.Writer) error {
	if err := json.NewEncoder(w).Encode(r); err != nil {
		return fmt.Errorf("record: write the run: %w", err)
	}
	return nil
}

// Parse reads what Write wrote.
func Parse(r io.Reader) (*Run, error) {
	var run Run
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&run); err != nil {
		return nil, fmt.Errorf("record: read a run: %w", err)
	}
	return &run, nil
}
