package admin

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// eventJSON is one event: scripts rely on its fields. What does not belong to a
// kind of event is null.
type eventJSON struct {
	Time    stamp    `json:"time"`
	Index   id.Index `json:"index"` // of the log entry: events of one entry share it
	Event   string   `json:"event"`
	Nick    text     `json:"nick"`
	Old     text     `json:"old"` // of renamed: the name before
	Token   text     `json:"token"`
	Owner   text     `json:"owner"`
	Node    text     `json:"node"`
	Session text     `json:"session"`
	Setting text     `json:"setting"`
	Value   text     `json:"value"` // of a setting; of "key added" and "key removed" which key; of "allowed" the note
	By      text     `json:"by"`    // whose key it was, where that is not the owner's; null by a local user
	Why     text     `json:"why"`
	Room    text     `json:"room"`    // of what is decided in a room; null: in all of the cluster
	Network text     `json:"network"` // of "banned" and "unbanned", where it is no person
	For     *int64   `json:"for_ms"`  // null: until it is undone
	Reason  text     `json:"reason"`
}

// skippedJSON stands where events were lost.
type skippedJSON struct {
	Event  string `json:"event"`  // "skipped"
	Events *int   `json:"events"` // null if they cannot be counted
}

func maybe(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// eventName is a kind of event as people and scripts know it; empty for those
// that are not shown.
func eventName(k turn.Kind) string {
	switch k {
	case turn.Granted:
		return "claimed"
	case turn.Attached:
		return "attached"
	case turn.Detached:
		return "detached"
	case turn.Graced:
		return "grace"
	case turn.Freed:
		return "freed"
	case turn.Renamed:
		return "renamed"
	case turn.NodeUp:
		return "up"
	case turn.NodeDown:
		return "down"
	case turn.LeaderStarted:
		return "leads"
	case turn.SettingSet:
		return "set"
	case turn.Reserved:
		return "reserved"
	case turn.Registered:
		return "registered"
	case turn.NotRegistered:
		return "unregistered"
	case turn.KeyAdded:
		return "key added"
	case turn.KeyRemoved:
		return "key removed"
	}
	return rulingName(k)
}

// because is a cause in words; empty where there is none.
func because(w turn.Why) string {
	switch w {
	case turn.WasFree:
		return "was free"
	case turn.ItsOwner:
		return "its owner"
	case turn.LinkEnded:
		return "connection ended"
	case turn.Quit:
		return "/quit"
	case turn.Nick:
		return "/nick"
	case turn.NodeExpired:
		return "node lease over"
	case turn.NodeReplaced:
		return "node began anew"
	case turn.NodeExited:
		return "node stopped"
	case turn.NodeRemoved:
		return "node removed"
	case turn.GraceOver:
		return "grace over"
	case turn.ByOperator:
		return "an operator"
	case turn.GaveWay:
		return "too many sessions"
	case turn.WasReserved:
		return "was reserved"
	case turn.Unused:
		return "not used for too long"
	case turn.Unregistered:
		return "unregistered"
	case turn.KeyMoved:
		return "key is another's now"
	case turn.KeyGone:
		return "key removed"
	case turn.Kicked:
		return "put out"
	case turn.Barred:
		return "banned"
	case turn.Over:
		return "its time is over"
	case turn.Moved:
		return "renamed by an operator"
	}
	return ""
}

// show appends an event as a line.
func (w *watcher) show(out []byte, e *turn.Event) []byte {
	j := w.copyEvent(e)
	if w.json {
		line, err := json.Marshal(j)
		if err != nil {
			panic("admin: an event does not become JSON: " + err.Error())
		}
		return append(append(out, line...), '\n')
	}
	name, why := j.Nick, j.Why
	switch e.Kind {
	case turn.Renamed:
		why = "was " + j.Old
	case turn.SettingSet:
		name, why = j.Setting, "is "+j.Value
	case turn.KeyAdded, turn.KeyRemoved:
		why = text(short(string(j.Value)))
	}
	if rulingName(e.Kind) != "" {
		name, why = cmp.Or(j.Nick, j.Network), text(ruling(e))
	}
	key := j.Owner
	if e.Kind == turn.SettingSet {
		key = j.By
	}
	return append(out, w.shape.line(
		stamp(e.Wall).time().Format("15:04:05"), j.Event, name.orDash(), j.Token.orDash(), text(short(key)).orDash(), j.Node.orDash(), why.orDash(),
	)...)
}

func (w *watcher) copyEvent(e *turn.Event) eventJSON {
	j := eventJSON{Time: stamp(e.Wall), Index: e.ID.Index, Event: eventName(e.Kind), Why: text(because(e.Why))}
	if e.Kind == turn.SettingSet {
		j.Setting, j.Value, j.By = text(e.Key), text(e.Text), text(e.Identity)
		return j
	}
	if rulingName(e.Kind) != "" {
		w.copyRuling(&j, e)
		return j
	}
	j.Nick, j.Old, j.Owner, j.By = text(e.Nick), text(e.Old), text(e.Identity), text(e.By)
	if e.Token != 0 {
		j.Token = text(e.Token.String())
	}
	if e.Kind == turn.KeyAdded || e.Kind == turn.KeyRemoved {
		j.Value = text(e.Key)
	}
	node := e.Node
	if node == "" {
		node = w.carriers[e.Session.Incarnation]
	}
	j.Node = text(w.nameOf(node))
	if e.Session.Number != 0 && j.Node != "" {
		j.Session = j.Node + text("-"+e.Session.Short())
	}
	return j
}

// note keeps which incarnations nodes have, beside what is shown.
func (w *watcher) note(e *turn.Event) {
	switch e.Kind {
	case turn.NodeUp:
		w.carriers[e.Session.Incarnation] = e.Node
	case turn.NodeDown:
		delete(w.carriers, e.Session.Incarnation)
	}
}

// nameOf is a node's name, as far as this node knows it.
func (w *watcher) nameOf(node id.Node) string {
	if node == "" {
		return ""
	}
	name, ok := w.names[node]
	if !ok {
		w.node.View(func(s *fsm.State) {
			if m, known := s.Members().Member(node); known {
				name, ok = m.Name, true
			}
		})
		if !ok {
			return short(string(node))
		}
		w.names[node] = name
	}
	return name
}

// shape is how wide the columns of a table are that is written as it comes. A
// cell that is wider pushes its own line only.
type shape struct {
	width int // of the terminal; 0 is none
	cells []int
}

func watchColumns() []string {
	return []string{"TIME (UTC)", "EVENT", "NAME", "TOKEN", "KEY", "NODE", "WHY"}
}

const tokenColumn = 3 // numbers stand at the right

func newShape(width, token, node int) shape {
	return shape{width, []int{len("TIME (UTC)"), len("attached"), 8, max(len("TOKEN"), token), len("SHA256:") + 8, max(len("NODE"), node), 0}}
}

// line is a row, without the cells at its end that have no room.
func (s shape) line(cells ...string) string {
	var out strings.Builder
	at, column := 0, 0 // where the line ends, and where the column begins
	for i, cell := range cells {
		cell = clean(cell)
		size := displaywidth.String(cell)
		start := column
		if i == tokenColumn {
			start += max(s.cells[i]-size, 0)
		}
		if i > 0 {
			start = max(start, at+len(gap))
		}
		if i > 0 && s.width > 0 && start+size > s.width {
			break
		}
		out.WriteString(strings.Repeat(" ", start-at) + cell)
		at = start + size
		column += s.cells[i] + len(gap)
	}
	return out.String() + "\n"
}
