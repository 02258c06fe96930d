// Package folder is what a node, or a demo, keeps on disk beside its log: who it
// is, what it was started with, its keys, and who is using it now.
//
// A folder that is open belongs to this process alone (flock), until Close. A
// file is either the old or the new one, whole and synced, whenever the machine
// dies: Write makes a temporary file, syncs it, renames it and syncs the folder.
// A file that cannot be read as what it should be is an error that names it, and
// is left as it is. All files are 0600, the folder 0700.
//
// It does not know raft, its stores, or what a node does.
package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"moniker/cmd/moniker/say"
)

// Files of a folder that others may look at while it is open.
const (
	lockFile = "lock"
	pidFile  = "pid"
	// SocketFile holds the path at which the local socket is bound.
	SocketFile = "socket"
	// SocketName is where that is, unless the path is too long for the system.
	SocketName = "admin.sock"
	// LogFile is what the node logs to.
	LogFile = "log"
	// DemoFile is what a demo remembers.
	DemoFile = "demo.json"
)

// Kind is what a folder is for, as people call it.
type Kind string

// Kinds.
const (
	Node Kind = "node"
	Demo Kind = "demo"
)

// Folder is an open folder. Its methods may be called from any goroutine, but
// two writes of one file must not overlap.
type Folder struct {
	dir  string
	lock *os.File
}

// Open makes dir if there is none, takes its lock and records our pid. It fails
// at once if another process has it open.
func Open(dir string, kind Kind) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, say.No("", "%s cannot be made: %s.", say.Path(dir), reason(err))
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, say.No("", "%s cannot be used: %s.", say.Path(dir), reason(err))
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, say.No("", "%s cannot be locked: %s.", say.Path(dir), reason(err))
		}
		return nil, inUse(dir, kindOf(dir, kind))
	}
	f := &Folder{dir: dir, lock: lock}
	if err := f.Write(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n")); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// kindOf is what dir is for by what is in it; else what it was to be opened for.
func kindOf(dir string, wanted Kind) Kind {
	for _, k := range []struct {
		file string
		kind Kind
	}{{RecordFile, Node}, {DemoFile, Demo}} {
		if _, err := os.Lstat(filepath.Join(dir, k.file)); err == nil {
			return k.kind
		}
	}
	return wanted
}

func inUse(dir string, kind Kind) error {
	pid := ""
	if n, ok := PID(dir); ok {
		pid = fmt.Sprintf(" (pid %d)", n)
	}
	do := "Stop it first, or use another folder: --dir OTHER"
	if kind == Demo {
		do = "Stop it with Ctrl-C there, or use another folder: --dir OTHER"
	}
	return say.No(do, "%s is in use by a running %s%s.", say.Path(dir), kind, pid)
}

// Dir is the folder's path, as it was given.
func (f *Folder) Dir() string { return f.dir }

// Path is where a file of the folder is.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, name) }

// Read returns a file; ok is false if there is none.
func (f *Folder) Read(name string) (data []byte, ok bool, err error) { return read(f.Path(name)) }

// maxFile bounds what is read into memory: no file here comes near it.
const maxFile = 1 << 20

func read(path string) ([]byte, bool, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, say.No("", "%s cannot be read: %s.", say.Path(path), reason(err))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, false, say.No("", "%s cannot be read: %s.", say.Path(path), reason(err))
	}
	if len(data) > maxFile {
		return nil, false, Damaged(path, "it has over 1 MiB")
	}
	return data, true, nil
}

// Write replaces a file: whatever happens, it is the old one or the new one.
func (f *Folder) Write(name string, data []byte) error {
	if err := replace(f.Path(name), data); err != nil {
		return say.No("", "%s cannot be written: %s.", say.Path(f.Path(name)), reason(err))
	}
	return nil
}

func replace(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if _, err = temp.Write(data); err != nil {
		return err
	}
	if err = temp.Sync(); err != nil {
		return err
	}
	if err = temp.Close(); err != nil {
		return err
	}
	if err = os.Rename(temp.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Remove takes a file away; one that is not there is no trouble.
func (f *Folder) Remove(name string) { os.Remove(f.Path(name)) }

// Close gives the folder back. The pid goes, the lock file stays: to delete it
// would let two processes lock two files of one name.
func (f *Folder) Close() error {
	f.Remove(pidFile)
	return f.lock.Close()
}

// PID is the process that has dir open, as it recorded itself; false if it says
// none. It may be out of date: a process that was killed leaves it.
func PID(dir string) (int, bool) {
	data, ok, err := read(filepath.Join(dir, pidFile))
	if err != nil || !ok {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	return n, err == nil && n > 0
}

// Damaged is the trouble of a file that is not what it should be.
func Damaged(path, why string) error {
	return say.No("Nothing was changed. Put the file back from a copy, or use another folder: --dir OTHER",
		"%s is damaged: %s.", say.Path(path), why)
}

// reason is an error of the file system without the operation and path that the
// sentence round it tells already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err.Error()
	}
	var s *os.SyscallError
	if errors.As(err, &s) {
		return s.Err.Error()
	}
	return err.Error()
}
