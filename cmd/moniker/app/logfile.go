package app

import (
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	maxLog      = 8 << 20
	logQueue    = 4096 // lines that may wait for the disk; more are lost
	closeWithin = time.Second
)

// logFile is a log that is bounded: past maxLog it becomes log.old, and a new one
// begins. Who logs never waits for the disk: a goroutine of its own writes. A disk that
// is full, or hangs, loses lines, not the node, which must be able to end.
type logFile struct {
	path string
	file *os.File // the writer's, like size
	size int64
	done chan struct{} // closed when the writer has ended

	mu     sync.Mutex
	lines  chan []byte
	closed bool
	lost   int // lines since the last that was taken
}

func openLog(path string) (*logFile, error) {
	l := &logFile{path: path, lines: make(chan []byte, logQueue), done: make(chan struct{})}
	if err := l.open(); err != nil {
		return nil, err
	}
	go l.write() // ends with Close
	return l, nil
}

func (l *logFile) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write has p appended, in its turn, and says that it was.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return len(p), nil
	}
	line := append([]byte(nil), p...)
	if l.lost > 0 {
		line = append(fmt.Appendf(nil, "%d lines are missing here: the disk did not take them in time\n", l.lost), line...)
	}
	select {
	case l.lines <- line:
		l.lost = 0
	default:
		l.lost++
	}
	return len(p), nil
}

// write takes lines to the disk until Close.
func (l *logFile) write() {
	defer close(l.done)
	for p := range l.lines {
		l.append(p)
	}
	l.file.Close()
}

func (l *logFile) append(p []byte) {
	if l.size+int64(len(p)) > maxLog {
		l.file.Close()
		if os.Rename(l.path, l.path+".old") != nil || l.open() != nil {
			l.size = 0
			return
		}
	}
	n, _ := l.file.Write(p)
	l.size += int64(n)
}

// Close closes the file once what was logged is in it, unless the disk hangs.
func (l *logFile) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.lines)
	}
	l.mu.Unlock()
	late := time.NewTimer(closeWithin)
	defer late.Stop()
	select {
	case <-l.done:
		return nil
	case <-late.C:
		return fmt.Errorf("the end of %s is not written: the disk hangs", l.path)
	}
}
