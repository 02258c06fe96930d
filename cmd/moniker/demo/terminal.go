package demo

import (
	"context"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// terminal is where a person sits, from the moment it is taken until it is given
// back: meanwhile every key comes as it is pressed. What is printed with a bare
// line feed still begins in column 1, so that a last cry can be read.
type terminal struct {
	in  int // file descriptor
	out *os.File
	was unix.Termios

	mu    sync.Mutex
	taken bool
	over  bool
}

// openTerminal returns the terminal that in and out both are, if this process has
// it in the foreground; else nil. Nothing about it is changed yet.
func openTerminal(in io.Reader, out io.Writer) *terminal {
	keys, ok := in.(*os.File)
	screen, also := out.(*os.File)
	if !ok || !also || keys == nil || screen == nil {
		return nil
	}
	t := &terminal{in: int(keys.Fd()), out: screen}
	was, err := unix.IoctlGetTermios(t.in, getTermios)
	if err != nil {
		return nil
	}
	if _, err := unix.IoctlGetTermios(int(screen.Fd()), getTermios); err != nil {
		return nil
	}
	if group, err := unix.IoctlGetInt(t.in, unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		return nil
	}
	t.was = *was
	return t
}

// take takes the terminal, also again after this process was stopped. It does
// nothing once the terminal was given back.
func (t *terminal) take() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return nil
	}
	raw := t.was
	raw.Iflag &^= unix.BRKINT | unix.ICRNL | unix.IGNCR | unix.INLCR | unix.INPCK | unix.ISTRIP | unix.IXON | unix.PARMRK
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN | unix.ISIG
	raw.Cflag = raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(t.in, setTermios, &raw); err != nil {
		return err
	}
	t.taken = true
	return nil
}

// giveBack makes the terminal what it was, for good. last is printed before, once.
func (t *terminal) giveBack(last []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.taken || t.over {
		return
	}
	t.over = true
	t.out.Write(last)
	unix.IoctlSetTermios(t.in, setTermios, &t.was)
}

// rescue gives the terminal back if its goroutine panics. It is to be deferred.
func (t *terminal) rescue(last []byte) {
	if p := recover(); p != nil {
		t.giveBack(last)
		panic(p)
	}
}

// size is the terminal's in cells; zeros if it does not say.
func (t *terminal) size() (width, height int) {
	s, err := unix.IoctlGetWinsize(int(t.out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(s.Col), int(s.Row)
}

// read hands over what is typed until ctx ends. It closes keys when it has ended,
// which is before that if the terminal hangs up.
func (t *terminal) read(ctx context.Context, keys chan<- []byte) {
	defer close(keys)
	ended, end, err := os.Pipe()
	if err != nil {
		return
	}
	defer ended.Close()
	once := sync.OnceFunc(func() { end.Close() })
	defer once()
	defer context.AfterFunc(ctx, once)()
	wake := int(ended.Fd())
	buf := make([]byte, 1024)
	for {
		ready := []unix.PollFd{{Fd: int32(t.in), Events: unix.POLLIN}, {Fd: int32(wake), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); err != nil && err != unix.EINTR {
			return
		}
		if ready[1].Revents != 0 {
			return
		}
		if ready[0].Revents == 0 {
			continue
		}
		n, err := unix.Read(t.in, buf)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			continue
		case n <= 0:
			return
		}
		select {
		case keys <- append([]byte(nil), buf[:n]...):
		case <-ctx.Done():
			return
		}
	}
}
