package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/say"
	"moniker/cmd/moniker/socket"
)

// watch runs a call that goes on until its caller has enough. When its node stops or
// dies, and dir is a demo's, it goes on through another that is alive, each once;
// what happens in between is not shown.
func watch(ctx context.Context, dir string, conn net.Conn, call socket.Call, s Streams) (exit int, err error) {
	ended := map[string]bool{}
	for {
		end := &ending{to: s.Err}
		exit, err = socket.Do(ctx, conn, call, socket.Streams{In: s.In, Out: s.Out, Err: end})
		if ctx.Err() != nil {
			return say.Done, nil // being stopped is how it ends
		}
		node, stops := end.stopping()
		if err == nil && !stops {
			return exit, end.release()
		}
		what := "the node that was watched ended"
		if stops {
			what, ended[node] = node+" is stopping", true
		}
		next, name, ok := socket.Other(dir, ended)
		if !ok && err == nil {
			return exit, end.release()
		}
		if !ok {
			return 0, say.No("Watch through another node.", "%s.", what)
		}
		fmt.Fprintf(s.Err, "%s; watching through %s\n", what, name)
		conn, ended[name] = next, true
	}
}

// ending is a standard error that holds back how a call ends.
type ending struct {
	to   io.Writer
	held bytes.Buffer
}

// Write passes on what is no trouble.
func (e *ending) Write(p []byte) (int, error) {
	if e.held.Len() > 0 || bytes.HasPrefix(p, []byte("moniker: ")) {
		return e.held.Write(p)
	}
	return e.to.Write(p)
}

// stopping returns the node that has said that it stops, if that is how the call ended.
func (e *ending) stopping() (node string, ok bool) {
	first, _, _ := strings.Cut(e.held.String(), "\n")
	node = strings.TrimSuffix(strings.TrimPrefix(first, "moniker: "), " is stopping.")
	var would bytes.Buffer
	say.Print(&would, admin.Stopping(node))
	return node, would.String() == e.held.String()
}

// release passes on what was held back.
func (e *ending) release() error {
	_, err := e.held.WriteTo(e.to)
	return err
}
