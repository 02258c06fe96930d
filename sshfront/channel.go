package sshfront

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/sshfront/render"
)

const (
	mostEnv    = 32  // variables kept
	longestEnv = 256 // bytes of a name or value
	mostCells  = 1000

	// resizePause is how often a screen is drawn anew while its window is dragged.
	resizePause = 50 * time.Millisecond
)

// terminal is what a client says it stands before.
type terminal struct {
	pty  bool
	term string
	size atomic.Uint64 // width << 32 | height, in cells
	env  map[string]string
}

func (t *terminal) resize(width, height uint32) {
	t.size.Store(uint64(clamp(width, 80))<<32 | uint64(clamp(height, 24)))
}

func (t *terminal) cells() (width, height int) {
	v := t.size.Load()
	return int(v >> 32), int(v & (1<<32 - 1))
}

// dumb reports whether there is no screen to draw on.
func (t *terminal) dumb() bool { return !t.pty || t.term == "dumb" || t.term == "" }

func (t *terminal) color() bool { return !t.dumb() && t.env["NO_COLOR"] == "" }

// few reports whether the terminal is not known to have 256 colours.
func (t *terminal) few() bool {
	if t.env["COLORTERM"] != "" || strings.Contains(t.term, "256color") || strings.Contains(t.term, "-direct") {
		return false
	}
	family, _, _ := strings.Cut(strings.TrimPrefix(t.term, "xterm-"), "-")
	return !slices.Contains([]string{"kitty", "ghostty", "alacritty", "foot", "wezterm", "contour", "iterm2"}, family)
}

// theme is the one to begin with: a terminal that has no colour gets none.
func (t *terminal) theme() render.Theme {
	if strings.HasPrefix(t.term, "vt") || strings.HasSuffix(t.term, "-mono") || strings.HasSuffix(t.term, "-m") {
		return render.Mono
	}
	return render.Auto
}

// ground is what is known of its background without asking.
func (t *terminal) ground() render.Ground {
	if t.term == "linux" { // the console
		return render.OnDark
	}
	return render.Unknown
}

// clamp bounds a size from outside; none means usual.
func clamp(n, usual uint32) uint32 {
	if n == 0 {
		return usual
	}
	return min(max(n, 2), mostCells)
}

// channel is one session channel: it gathers what the client asks for, then runs
// a session or a command.
type channel struct {
	conn    *conn
	ssh     ssh.Channel
	reqs    <-chan *ssh.Request
	wg      *sync.WaitGroup // of the connection
	server  context.Context // ends when the server is to stop
	ctx     context.Context // ends with the channel
	hangUp  context.CancelFunc
	term    terminal
	started bool
	next    func() int    // what was started and does not run yet
	resized calm          // the session looks at the terminal's size again
	done    chan struct{} // closed when it is over for us
	over    bool          // that has been seen
}

func newChannel(c *conn, ch ssh.Channel, reqs <-chan *ssh.Request, wg *sync.WaitGroup) *channel {
	h := &channel{conn: c, ssh: ch, reqs: reqs, wg: wg, done: make(chan struct{})}
	h.term.resize(0, 0)
	return h
}

// take acts on a request, or on the end of them: the client has closed the channel.
func (h *channel) take(r *ssh.Request, ok bool) {
	if ok {
		reply(r, h.request(r))
		h.launch()
		return
	}
	h.reqs = nil
	h.hangUp()
	if !h.started {
		h.started = true
		close(h.done)
	}
}

func (h *channel) request(r *ssh.Request) bool {
	switch r.Type {
	case "pty-req":
		return h.pty(r.Payload)
	case "env":
		return h.setenv(r.Payload)
	case "window-change":
		return h.windowChange(r.Payload)
	case "signal":
		return h.signal(r.Payload)
	case "shell":
		return h.converse()
	case "exec":
		var m struct{ Command string }
		return ssh.Unmarshal(r.Payload, &m) == nil && h.start(func() int { return h.exec(m.Command) })
	}
	return false
}

func (h *channel) pty(payload []byte) bool {
	var m struct {
		Term                  string
		Width, Height, PW, PH uint32
		Modes                 string
	}
	if h.started || ssh.Unmarshal(payload, &m) != nil || len(m.Term) > longestEnv {
		return false
	}
	h.term.pty, h.term.term = true, m.Term
	h.term.resize(m.Width, m.Height)
	return true
}

func (h *channel) setenv(payload []byte) bool {
	var m struct{ Name, Value string }
	if h.started || ssh.Unmarshal(payload, &m) != nil || !wanted(m.Name) {
		return false
	}
	if len(m.Name) > longestEnv || len(m.Value) > longestEnv || len(h.term.env) >= mostEnv {
		return false
	}
	if h.term.env == nil {
		h.term.env = map[string]string{}
	}
	h.term.env[m.Name] = m.Value
	return true
}

// wanted names the variables that change what a person sees.
func wanted(name string) bool {
	switch name {
	case "LANG", "NO_COLOR", "TZ", "COLORTERM":
		return true
	}
	return strings.HasPrefix(name, "LC_")
}

func (h *channel) windowChange(payload []byte) bool {
	var m struct{ Width, Height, PW, PH uint32 }
	if !h.term.pty || ssh.Unmarshal(payload, &m) != nil {
		return false
	}
	h.term.resize(m.Width, m.Height)
	h.resized.call()
	return true
}

func (h *channel) signal(payload []byte) bool {
	var m struct{ Signal string }
	if !h.started || ssh.Unmarshal(payload, &m) != nil {
		return false
	}
	switch m.Signal {
	case "HUP", "INT", "TERM", "QUIT", "KILL":
		h.hangUp()
		return true
	}
	return false
}

// converse starts a person's session.
func (h *channel) converse() bool {
	if h.started {
		return false
	}
	s := newSession(h)
	h.resized.f = s.poke
	return h.start(s.run)
}

// start has f run, once a channel.
func (h *channel) start(f func() int) bool {
	if h.started {
		return false
	}
	h.started, h.next = true, f
	return true
}

// launch runs what was started, now that the client has been told yes, and then
// tells it the exit status.
func (h *channel) launch() {
	f := h.next
	if f == nil {
		return
	}
	h.next = nil
	h.wg.Go(func() {
		defer close(h.done)
		defer h.hangUp()
		h.finish(f())
	})
}

// finish closes the channel behind what has been written. Closing can be stuck
// as a write can.
func (h *channel) finish(status int) {
	guard := time.AfterFunc(h.conn.srv.cfg.Limits.Stall, func() { h.conn.drop(stuckClose) })
	defer guard.Stop()
	m := struct{ Status uint32 }{uint32(status)}
	_, _ = h.ssh.SendRequest("exit-status", false, ssh.Marshal(&m))
	_ = h.ssh.CloseWrite()
	_ = h.ssh.Close()
}

// calm calls f, but only once in a resizePause: calls that come meanwhile share one
// at its end. f does not block; nil: there is nothing to call yet.
type calm struct {
	f       func()
	mu      sync.Mutex
	resting bool
	again   bool
}

func (c *calm) call() {
	if c.f == nil {
		return
	}
	c.mu.Lock()
	rests := c.resting
	c.resting, c.again = true, rests
	c.mu.Unlock()
	if !rests {
		c.f()
		time.AfterFunc(resizePause, c.rested)
	}
}

func (c *calm) rested() {
	c.mu.Lock()
	again := c.again
	c.resting, c.again = again, false
	c.mu.Unlock()
	if again {
		c.f()
		time.AfterFunc(resizePause, c.rested)
	}
}

// stderr is where errors go: to a terminal there is one stream only.
func (h *channel) stderr() io.Writer {
	if h.term.pty {
		return h.ssh
	}
	return h.ssh.Stderr()
}
