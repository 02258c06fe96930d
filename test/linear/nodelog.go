package linear

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// nodelog is what the nodes have logged, with virtual time before each line.
type nodelog struct {
	mu    sync.Mutex
	start time.Time // of the recorder; before it, the lines have none
	text  bytes.Buffer
}

// of returns the logger of one node.
func (l *nodelog) of(node string) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Output: nodeWriter{l, node}, Level: hclog.Info, DisableTime: true})
}

type nodeWriter struct {
	log  *nodelog
	node string
}

// Write implements io.Writer: hclog writes a line at a time.
func (w nodeWriter) Write(p []byte) (int, error) {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	at := 0.0
	if !w.log.start.IsZero() {
		at = time.Since(w.log.start).Seconds()
	}
	fmt.Fprintf(&w.log.text, "%8.3fs  %s  %s", at, w.node, p)
	return len(p), nil
}

func (l *nodelog) begin(at time.Time) {
	l.mu.Lock()
	l.start = at
	l.mu.Unlock()
}

func (l *nodelog) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
