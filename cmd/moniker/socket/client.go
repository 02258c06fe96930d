package socket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/transport"
)

// Streams are a caller's.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Do has call answered by the node that is at the other end of conn, closes conn
// and returns the exit status.
func Do(ctx context.Context, conn net.Conn, call Call, s Streams) (exit int, err error) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	data, err := encodeCall(call)
	if err != nil {
		return 0, err
	}
	if err := transport.WriteFrame(conn, kindCall, data); err != nil {
		return 0, hungUp()
	}
	var buf []byte
	for {
		kind, payload, err := transport.ReadFrame(conn, maxPiece, buf)
		if ctx.Err() != nil {
			return 0, &say.Error{Exit: say.Unknown, What: "stopped before the answer came.", Do: "If this changed something, look before you do it again."}
		}
		if err != nil {
			return 0, hungUp()
		}
		buf = payload
		switch kind {
		case kindOut:
			_, err = s.Out.Write(payload)
		case kindErr:
			_, err = s.Err.Write(payload)
		case kindWant:
			err = sendInput(conn, s.In)
		case kindExit:
			if len(payload) != 1 {
				return 0, hungUp()
			}
			return int(payload[0]), nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// sendInput sends one piece of standard input, or its end.
func sendInput(conn net.Conn, in io.Reader) error {
	piece := make([]byte, maxPiece)
	n, err := 0, io.EOF
	for in != nil {
		if n, err = in.Read(piece); n > 0 || err != nil {
			break
		}
	}
	if n == 0 && !errors.Is(err, io.EOF) {
		return say.No("", "standard input cannot be read.")
	}
	if transport.WriteFrame(conn, kindInput, piece[:n]) != nil {
		return hungUp()
	}
	return nil
}

func hungUp() error {
	return &say.Error{
		Exit: say.Unknown, What: "the node ended before its answer came.",
		Do: "If this changed something, look before you do it again.",
	}
}

// AwaitReady returns when the node at the other end of conn serves people, and
// closes conn.
func AwaitReady(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := transport.WriteFrame(conn, kindReady, nil); err != nil {
		return err
	}
	kind, _, err := transport.ReadFrame(conn, 0, nil)
	if err == nil && kind != kindServes {
		err = fmt.Errorf("a frame of kind %d instead of readiness", kind)
	}
	return err
}

// Any connects to the node of a folder or, if it is a demo's, to any live one of it.
func Any(dir string) (net.Conn, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil, closed(dir)
	}
	if err != nil || !info.IsDir() {
		return nil, none("there is no folder %s.", say.Path(dir))
	}
	if conn, ok := Dial(dir); ok {
		return conn, nil
	}
	if _, err := os.Lstat(filepath.Join(dir, folder.RecordFile)); err == nil {
		return nil, none("the node of %s is not running.", say.Path(dir))
	}
	nodes := nodesIn(dir)
	for _, n := range nodes {
		if conn, ok := Dial(filepath.Join(dir, n)); ok {
			return conn, nil
		}
	}
	switch len(nodes) {
	case 0:
		if unix.Access(dir, unix.R_OK|unix.X_OK) != nil {
			return nil, closed(dir)
		}
		return nil, none("%s is no node's folder, nor a demo's.", say.Path(dir))
	case 1:
		return nil, none("the only node in %s, %s, is not running.", say.Path(dir), nodes[0])
	}
	return nil, none("none of the %d nodes in %s is running.", len(nodes), say.Path(dir))
}

// Other connects to a live node of a demo's folder that is none of those, by their
// names. ok is false if there is none, or dir is a node's own folder.
func Other(dir string, than map[string]bool) (conn net.Conn, name string, ok bool) {
	for _, n := range nodesIn(dir) {
		if than[n] {
			continue
		}
		if conn, ok := Dial(filepath.Join(dir, n)); ok {
			return conn, n, true
		}
	}
	return nil, "", false
}

// closed is the trouble of somebody who may not look: what is there is not known.
func closed(dir string) error {
	return say.No("Nothing was changed. A node's folder is its user's alone.", "%s cannot be looked into: permission denied.", say.Path(dir))
}

func none(format string, args ...any) error {
	return &say.Error{
		Exit: say.NoLeader, What: fmt.Sprintf(format, args...),
		Do: "Nothing was changed. To start one: moniker demo, or moniker serve --dir DIR\nTo ask another: --dir OTHER",
	}
}

// nodesIn names the folders n1, n2, ... of a demo in the order of their numbers.
func nodesIn(dir string) []string {
	found, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "n*", folder.RecordFile))
	var names []string
	for _, path := range found {
		name := filepath.Base(filepath.Dir(path))
		if _, err := strconv.Atoi(name[1:]); err == nil {
			names = append(names, name)
		}
	}
	sort.Slice(names, func(i, j int) bool {
		a, _ := strconv.Atoi(names[i][1:])
		b, _ := strconv.Atoi(names[j][1:])
		return a < b
	})
	return names
}

func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}
