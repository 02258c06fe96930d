package admin

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/sshfront/nick"
)

const (
	maxWatches = 16              // at a time on one node, so that other calls find a place
	watchBatch = 256             // events taken at a time
	lookEvery  = time.Second     // at whether the node is with the others
	aloneAfter = 2 * time.Second // an election is no news
)

// endless marks a command that goes on until its caller has enough.
const endless = "endless"

func (c *call) watchCommand() *cobra.Command {
	cmd := say.Leaf("watch", "names changing hands, live, until Ctrl-C", func(cmd *cobra.Command, args []string) error {
		return c.watch(cmd.Context(), args)
	})
	cmd.Use = "watch [NAME...]"
	cmd.Long = "Show each change of ownership as this node applies it, a line each, until Ctrl-C\n" +
		"or the end of the connection: who claims, joins, leaves and loses a name, which\n" +
		"are registered and reserved, nodes that come and go, who leads, and settings that\n" +
		"change; who is banned, muted or put out of a room, whose words another deletes, who\n" +
		"is on the list of those who may come in, and who runs a room. With NAMEs, only\n" +
		"theirs. What is said, and what its authors make of it, is not shown.\n" +
		"With -o json each line is an object: time, index, event, nick, old, token, owner,\n" +
		"node, session, setting, value, by, why, room, network, for_ms, reason; what does\n" +
		"not belong to an event is null."
	cmd.Args = cobra.ArbitraryArgs
	cmd.Annotations = map[string]string{endless: "yes"}
	return cmd
}

// watch shows events until ctx ends, which is what its caller does to it. It holds
// nothing while it writes: who does not take what it is sent falls behind, and is
// told how far.
func (c *call) watch(ctx context.Context, typed []string) error {
	if c.stale {
		return &say.Error{Exit: say.Usage, What: "--stale is for looking once; watch shows what this node sees.", Do: "Leave --stale away."}
	}
	select {
	case c.watches <- struct{}{}:
		defer func() { <-c.watches }()
	default:
		return say.No("End one of them, or watch through another node.", "%d watches run on %s, which is the limit.", maxWatches, c.config.Self)
	}
	w := &watcher{call: c, names: map[id.Node]string{}, carriers: map[id.Incarnation]id.Node{}}
	if err := w.follow(typed); err != nil {
		return err
	}
	wake := make(chan struct{}, 1)
	defer c.config.Feed.Watch(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	w.begin()
	for {
		if err := w.drain(ctx); err != nil {
			return err
		}
		if w.broken {
			return nil
		}
		select {
		case <-wake:
		case <-look.C:
			w.lookAround()
		case <-c.config.Stopping:
			return Stopping(c.config.Self)
		case <-ctx.Done():
			return nil
		}
	}
}

// Stopping is how a watch ends with its node. A client that reaches others of the
// cluster may go on through one of them.
func Stopping(node string) error {
	return say.No("Watch through another node.", "%s is stopping.", node)
}

// watcher is one watch that runs.
type watcher struct {
	*call
	at       uint64          // its cursor in the feed
	keys     map[string]bool // of the names it is about; nil: all
	names    map[id.Node]string
	carriers map[id.Incarnation]id.Node
	shape    shape
	alone    bool // it has said that the node is
	broken   bool // nobody takes what it writes
}

// follow works out which names are meant, and begins behind what the state shows now.
func (w *watcher) follow(typed []string) error {
	var meant []nick.Name
	for _, t := range typed {
		n, err := nick.Parse(t)
		if err != nil {
			return say.No("", "%s", err)
		}
		meant = append(meant, n)
	}
	longest := 0
	w.node.View(func(s *fsm.State) {
		w.at = w.config.Feed.Head()
		for _, n := range meant {
			if w.keys == nil {
				w.keys = map[string]bool{}
			}
			w.keys[n.Key] = true
			if is := called(s, n); is.Key != "" {
				w.keys[is.Key] = true // what looks like a name is that name
			}
		}
		for _, i := range s.Lease().Incarnations() {
			w.carriers[i.ID] = i.Node
		}
		for _, m := range s.Members().Members() {
			w.names[m.ID] = m.Name
			longest = max(longest, len(m.Name))
		}
		w.shape = newShape(w.Width, len(s.Lease().Last().String()), longest)
	})
	return w.permitted() // asked behind the cursor: what it was before that, nothing tells
}

func (w *watcher) begin() {
	if !w.json {
		w.write(w.shape.line(watchColumns()...))
	}
}

// drain shows what there is, a batch in one write.
func (w *watcher) drain(ctx context.Context) error {
	for ctx.Err() == nil && !w.broken {
		events, next, skipped := w.config.Feed.Next(w.at, watchBatch)
		w.at = next
		if skipped > 0 {
			w.skipped(skipped, len(events) == 0)
		}
		var out []byte
		shut := skipped > 0 // their operator's key may have been taken away among those
		for i := range events {
			if w.wants(&events[i]) {
				out = w.show(out, &events[i])
			}
			w.note(&events[i])
			shut = shut || events[i].Kind == turn.OperatorRemoved && events[i].Identity == w.Who
		}
		if len(out) > 0 {
			w.write(string(out))
		}
		if shut {
			if err := w.permitted(); err != nil {
				return err
			}
		}
		if len(events) == 0 {
			return nil
		}
	}
	return nil
}

// wants reports whether an event is to be shown.
func (w *watcher) wants(e *turn.Event) bool {
	if e.OfOwnership() {
		return w.keys == nil || w.keys[e.Key]
	}
	if isRuling(e) {
		return w.keys == nil || w.about(e.Nick)
	}
	switch e.Kind {
	case turn.Renamed:
		return w.keys == nil || w.keys[e.Key] || w.about(e.Old)
	case turn.NodeUp, turn.NodeDown, turn.LeaderStarted, turn.SettingSet:
		return w.keys == nil
	}
	return false
}

// about reports whether a name, as its owner writes it, is one of those to be told of.
func (w *watcher) about(display string) bool {
	n, err := nick.Parse(display)
	return err == nil && w.keys[n.Key]
}

// write hands text over at once. Without a reader there is nothing left to do.
func (w *watcher) write(text string) {
	if _, err := io.WriteString(w.Stdout, text); err != nil {
		w.broken = true
	}
}

// skipped says that events were lost: to whoever reads JSON also where they are
// missing. A snapshot that this node was sent jumps over more than can be counted.
func (w *watcher) skipped(n int, jumped bool) {
	if jumped {
		fmt.Fprintf(w.Stderr, "%s was sent a snapshot: what happened before it was not seen here\n", w.config.Self)
		n = 0
	} else {
		fmt.Fprintf(w.Stderr, "%s skipped\n", count(n, "event"))
	}
	if w.json && w.showJSON(skippedJSON{Event: "skipped", Events: maybe(n)}) != nil {
		w.broken = true
	}
}

// lookAround says once that the node has lost the others, and once that it is back.
func (w *watcher) lookAround() {
	switch age := w.config.Age(); {
	case age >= aloneAfter && !w.alone:
		w.alone = true
		fmt.Fprintf(w.Stderr, "%s cannot reach a majority: what happens elsewhere is seen here when it can\n", w.config.Self)
	case age == 0 && w.alone:
		w.alone = false
		fmt.Fprintf(w.Stderr, "%s is with the others again\n", w.config.Self)
	}
}
