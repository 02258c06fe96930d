package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

const insideMark = "MONIKER_CHAOS_INSIDE"

// apart runs this program once more, in a mount namespace of its own: what is mounted
// there goes when the last process does, however that ends. done is false for whoever
// is inside, or must do without.
func apart() (exit int, done bool) {
	if os.Geteuid() != 0 {
		return 0, false
	}
	if os.Getenv(insideMark) != "" {
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			fmt.Fprintln(os.Stderr, "chaos: mounts would be seen outside:", err)
			os.Unsetenv(insideMark)
		}
		return 0, false
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideMark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Setpgid: true, Pdeathsig: syscall.SIGKILL}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if cmd.Start() != nil {
		return 0, false
	}
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	err = cmd.Wait()
	var exited *exec.ExitError
	if errors.As(err, &exited) && exited.ExitCode() >= 0 {
		return exited.ExitCode(), true
	}
	if err != nil {
		return invalid, true
	}
	return held, true
}

// canMount tells whether file systems can be mounted that nobody else sees.
func canMount() bool { return os.Getenv(insideMark) != "" }
