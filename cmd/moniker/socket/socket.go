// Package socket carries calls of the command line to a running node of this
// machine, through a local socket in the node's folder: words and terminal one
// way, output and exit status the other. Who may open it is the file system's
// business: it is 0600, so the node's own user.
//
// A call's standard input is fetched only when the command reads it, a piece at a
// time, so that a call in a loop does not eat the loop's input.
//
// It does not know what the words mean.
package socket

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/transport"
)

// Kinds of frames. Numbers are append-only.
const (
	kindCall   byte = iota + 1 // client: a call, once, first
	kindInput                  // client: a piece of standard input; empty at its end
	kindOut                    // node: standard output
	kindErr                    // node: standard error
	kindWant                   // node: a piece of standard input is wanted
	kindExit                   // node: the exit status, last
	kindReady                  // client: instead of a call: answer once the node serves people
	kindServes                 // node: it does
	kindHere                   // node: once, first: it is alive, not merely not gone
)

const (
	maxCall  = 64 << 10
	maxPiece = 32 << 10
	// hereWithin is how long a node may take to say that it is here: the system
	// connects us to one that is paused as well.
	hereWithin = 2 * time.Second
	// maxPath is what fits into a socket address on every system we know
	// (sun_path: 104 bytes on macOS, 108 on Linux, with the closing zero).
	maxPath = 103
)

// Call is what is asked of a node.
type Call struct {
	Args  []string `json:"args"`
	Width int      `json:"width"` // of the terminal; 0: none
	Color bool     `json:"color"`
}

func encodeCall(c Call) ([]byte, error) {
	data, err := json.Marshal(c)
	if err == nil && len(data) > maxCall {
		return nil, &say.Error{Exit: say.Usage, What: "these are too many words."}
	}
	return data, err
}

// Listen opens the socket of a folder and records where it is. A path that is too
// long for the system is bound in a fresh folder of its own; Close removes both.
func Listen(f *folder.Folder) (net.Listener, error) {
	path, err := filepath.Abs(f.Path(folder.SocketName))
	if err != nil {
		return nil, err
	}
	away := ""
	if len(path) > maxPath {
		if away, err = shortFolder(); err != nil {
			return nil, say.No("", "no socket can be made for %s.", say.Path(f.Dir()))
		}
		path = filepath.Join(away, folder.SocketName)
	}
	os.Remove(path) // left by a process that was killed: the folder is ours now
	l, err := listen(path)
	if err == nil {
		err = f.Write(folder.SocketFile, []byte(path+"\n"))
	}
	if err != nil {
		if l != nil {
			l.Close()
		}
		os.RemoveAll(away)
		return nil, say.No("", "no socket can be made in %s.", say.Path(f.Dir()))
	}
	return &listener{Listener: l, away: away}, nil
}

// shortFolder makes a folder of mode 0700 whose path leaves room for the socket.
func shortFolder() (string, error) {
	for _, base := range []string{os.TempDir(), "/tmp"} {
		dir, err := os.MkdirTemp(base, "moniker-")
		if err != nil {
			continue
		}
		if len(filepath.Join(dir, folder.SocketName)) <= maxPath {
			return dir, nil
		}
		os.Remove(dir)
	}
	return "", errors.New("no temporary folder with a short path")
}

// listen makes the socket with mode 0600 from its first moment, where the system
// can, and at once after it everywhere.
func listen(path string) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { syscall.Fchmod(int(fd), 0o600) })
	}}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

type listener struct {
	net.Listener
	away string
}

func (l *listener) Close() error {
	err := l.Listener.Close()
	if l.away != "" {
		os.RemoveAll(l.away)
	}
	return err
}

// Dial connects to the node that has dir open. ok is false if none answers.
func Dial(dir string) (conn net.Conn, ok bool) {
	var paths []string
	if recorded, err := os.Open(filepath.Join(dir, folder.SocketFile)); err == nil {
		data, _ := io.ReadAll(io.LimitReader(recorded, 4096))
		recorded.Close()
		paths = append(paths, strings.TrimSpace(string(data)))
	}
	// As it is found from here, in case the folder was moved or is seen under another path.
	paths = append(paths, filepath.Join(dir, folder.SocketName))
	for _, path := range paths {
		if path == "" {
			continue
		}
		conn, err := net.Dial("unix", path)
		if err != nil {
			continue
		}
		conn.SetReadDeadline(time.Now().Add(hereWithin))
		if kind, _, err := transport.ReadFrame(conn, 0, nil); err != nil || kind != kindHere {
			conn.Close()
			return nil, false
		}
		conn.SetReadDeadline(time.Time{})
		return conn, true
	}
	return nil, false
}
