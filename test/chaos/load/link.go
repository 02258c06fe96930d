package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	dialWithin  = 8 * time.Second // to the end of the handshake
	askEvery    = 2 * time.Second
	answeredBy  = 8 * time.Second
	leaveWithin = 15 * time.Second
)

// link is a person's connection: SSH in whatever client, with a shell asked for and
// no terminal.
type link struct {
	wire  *wire
	in    io.WriteCloser
	out   io.Reader
	err   io.Reader
	done  chan struct{} // closed when the client has ended, exit and failure are set then
	exit  int           // -1: none was told
	begun time.Duration // when the connection was
	proof atomic.Int64  // since the run began: the last that was sent and answered
	heard atomic.Int64  // the last byte that came
	end   func()        // frees what the client uses
}

// who is somebody's key, in the ways the two clients want it.
type who struct {
	signer ssh.Signer
	print  string
	file   string // for OpenSSH; empty: there is none
}

// dial reaches a node's network.
func dial(ctx context.Context, n Node) (*wire, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	var nc net.Conn
	var err error
	if n.Dial != nil {
		nc, err = n.Dial(ctx)
	} else {
		nc, err = (&net.Dialer{}).DialContext(ctx, "tcp", n.SSH)
	}
	if err != nil {
		return nil, err
	}
	return newWire(nc), nil
}

// handshake makes an SSH client of a wire, which it closes if it cannot.
func handshake(w *wire, name string, key ssh.Signer, host ssh.PublicKey) (*ssh.Client, error) {
	check := ssh.InsecureIgnoreHostKey()
	if host != nil {
		check = ssh.FixedHostKey(host)
	}
	guard := time.AfterFunc(dialWithin, func() { w.Close() })
	conn, chans, reqs, err := ssh.NewClientConn(w, "node", &ssh.ClientConfig{
		User: name, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: check,
	})
	if err != nil {
		guard.Stop()
		w.Close()
		return nil, err
	}
	if !guard.Stop() {
		conn.Close()
		return nil, errors.New("the handshake took too long")
	}
	return ssh.NewClient(conn, chans, reqs), nil
}

// native is a link of the Go client. The shell is not asked for: shell does.
func native(w *wire, client *ssh.Client, b *book, begun time.Duration) (*link, error) {
	guard := time.AfterFunc(dialWithin, func() { w.Close() })
	defer guard.Stop()
	s, err := client.NewSession()
	if err != nil {
		w.Close()
		return nil, err
	}
	l := &link{wire: w, done: make(chan struct{}), exit: -1, begun: begun}
	l.in, _ = s.StdinPipe()
	l.out, _ = s.StdoutPipe()
	l.err, _ = s.StderrPipe()
	if err := s.Shell(); err != nil {
		w.Close()
		return nil, err
	}
	var wg sync.WaitGroup
	wg.Go(func() { l.keepalive(client, b) })
	l.end = func() { w.Close(); client.Close(); wg.Wait() }
	go func() { // ends with the connection, which end closes
		var status *ssh.ExitError
		switch err := s.Wait(); {
		case err == nil:
			l.exit = 0
		case errors.As(err, &status):
			l.exit = status.ExitStatus()
		}
		close(l.done)
	}()
	return l, nil
}

// keepalive finds out about a dead server.
func (l *link) keepalive(client *ssh.Client, b *book) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-tick.C:
		}
		sent := b.now()
		guard := time.AfterFunc(answeredBy, func() {
			if m, _ := l.wire.now(); m == well || m == slow {
				l.wire.Close()
			}
		})
		_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
		guard.Stop()
		if err != nil {
			return
		}
		l.proof.Store(int64(sent))
	}
}

// openSSH is a link of the real client, behind a bridge, so that it can be cut as
// the others can.
func openSSH(w *wire, name string, key who, begun time.Duration) (*link, error) {
	bridge, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Close()
		return nil, err
	}
	_, port, _ := net.SplitHostPort(bridge.Addr().String())
	cmd := exec.Command("ssh", "-T", "-F", os.DevNull, "-i", key.file, "-p", port,
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile="+os.DevNull, "-o", "LogLevel=ERROR", "-o", "BatchMode=yes",
		"-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=4", name+"@127.0.0.1")
	cmd.WaitDelay = time.Second
	l := &link{wire: w, done: make(chan struct{}), exit: -1, begun: begun}
	l.in, _ = cmd.StdinPipe()
	out, outW := io.Pipe()
	errs, errW := io.Pipe()
	cmd.Stdout, cmd.Stderr, l.out, l.err = outW, errW, out, errs
	if err := cmd.Start(); err != nil {
		bridge.Close()
		w.Close()
		return nil, fmt.Errorf("ssh: %w", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer w.Close()
		local, err := bridge.Accept()
		bridge.Close()
		if err != nil {
			return
		}
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(w, local); w.hush() })
		_, _ = io.Copy(local, w)
		local.Close()
		w.Close()
		both.Wait()
	})
	l.end = func() {
		w.Close()
		bridge.Close()
		_ = cmd.Process.Kill()
		out.Close()
		errs.Close()
		<-l.done
		wg.Wait()
	}
	go func() { // ends with the process, which end kills
		if err := cmd.Wait(); cmd.ProcessState != nil {
			_ = err // the status says it all; 255 is ssh's own
			if l.exit = cmd.ProcessState.ExitCode(); l.exit == 255 {
				l.exit = -1
			}
		}
		outW.Close()
		errW.Close()
		close(l.done)
	}()
	return l, nil
}
