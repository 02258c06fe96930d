package stage

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// What fsync has promised is there after a power cut, and what it has not is gone: else
// the fault would prove nothing of whoever forgets to ask for it.
func TestAPowerCutTakesWhatWasNotMadeToLast(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "n1")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(mountApart(), makeDisk(dir)); err != nil {
		without(t, err)
	}
	t.Cleanup(func() {
		if err := unmount(dir, true); err != nil {
			t.Error(err)
		}
	})
	kept, lost := filepath.Join(dir, "kept"), filepath.Join(dir, "lost")
	write := func(path, text string, last bool) error {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil || !last {
			return err
		}
		return f.Sync()
	}
	for _, err := range []error{write(kept, "first", true), write(kept, "later", false), write(lost, "words", false), cutPower(dir)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := write(kept, "after", true); err == nil {
		t.Error("something is made to last after the cut")
	}
	n := &node{dir: dir}
	if err := n.powerOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(kept); string(text) != "first" {
		t.Errorf("what was made to last is %q, %v", text, err)
	}
	if text, err := os.ReadFile(lost); len(text) > 0 {
		t.Errorf("what was not is there: %q, %v", text, err)
	}
}

// mountApart has what this goroutine mounts seen by it alone, and gone with it.
func mountApart() error {
	runtime.LockOSThread() // for good: the thread must not serve others
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

// without skips a test, aloud, where the machine does not let it be done.
func without(t *testing.T, why error) {
	t.Helper()
	if os.Getenv("MONIKER_CI") == "1" {
		t.Fatalf("this machine must have disks that can lose power: %v", why)
	}
	t.Skipf("no disk that can lose power can be made here: %v", why)
}
