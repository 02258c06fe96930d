package app

import (
	"os"
	"sync"
)

const maxLog = 8 << 20

// logFile is a log that is bounded: past maxLog it becomes log.old, and a new one
// begins. A disk that is full loses lines, not the node.
type logFile struct {
	mu   sync.Mutex // held while a line is written: that is the file system's time
	path string
	file *os.File
	size int64
}

func openLog(path string) (*logFile, error) {
	l := &logFile{path: path}
	return l, l.openLocked()
}

func (l *logFile) openLocked() error {
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

// Write appends p, and says that it did.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size+int64(len(p)) > maxLog {
		l.file.Close()
		if os.Rename(l.path, l.path+".old") != nil || l.openLocked() != nil {
			l.size = 0
			return len(p), nil
		}
	}
	n, _ := l.file.Write(p)
	l.size += int64(n)
	return len(p), nil
}

// Close closes the file.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}
