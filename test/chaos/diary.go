package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"moniker/test/chaos/record"
	"moniker/test/chaos/report"
)

// diary is what a run says while it goes on: to a file all of it; to a terminal one
// line that changes, and what is worth keeping above it.
type diary struct {
	mu       sync.Mutex
	file     *os.File
	terminal bool
	began    time.Time
	line     bool // the last on the terminal is the one that changes
	last     time.Time
}

func newDiary(path string) (*diary, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	_, err = unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ)
	return &diary{file: file, terminal: err == nil, began: time.Now()}, nil
}

func (d *diary) zero(began time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.began = began
}

// say tells the person, and the file.
func (d *diary) say(format string, args ...any) { d.tell(true, format, args...) }

// note tells the file, and whoever reads along where there is no terminal.
func (d *diary) note(format string, args ...any) { d.tell(!d.terminal, format, args...) }

func (d *diary) tell(aloud bool, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := fmt.Sprintf("%7.2f s  ", time.Since(d.began).Seconds()) + strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n           ")
	fmt.Fprintln(d.file, text)
	if aloud {
		d.clearLocked()
		fmt.Println(text)
	}
}

func (d *diary) verdict(f report.Finding) { d.say("%s", sentence(f)) }

func sentence(f report.Finding) string {
	mark := "held  "
	switch {
	case f.Undecided:
		mark = "UNDECIDED"
	case !f.Held:
		mark = "BROKEN"
	}
	return mark + "  " + f.Law + ": " + f.What
}

func (d *diary) clearLocked() {
	if d.line {
		fmt.Print("\r\x1b[K")
		d.line = false
	}
}

// progress is the line that changes; without a terminal, one now and then.
func (d *diary) progress(s record.Sample, broken []string) {
	const quiet = 10 * time.Second // between two, without a terminal
	what := "all is sound"
	if len(broken) > 0 {
		what = strings.Join(broken, "; ")
	}
	leader := s.Leader
	if leader == "" {
		leader = "nobody"
	}
	text := fmt.Sprintf("%5.0f s  %s leads  %d posts/s, %d failed, slowest %s  %s", s.At.Seconds(), leader, s.Accepted, s.Failed, s.Latency.Round(time.Millisecond), what)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.terminal {
		if time.Since(d.last) >= quiet {
			d.last = time.Now()
			fmt.Println(text)
		}
		return
	}
	width := 80
	if size, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
		width = int(size.Col)
	}
	if runes := []rune(text); len(runes) >= width {
		text = string(runes[:width-1])
	}
	fmt.Print("\r\x1b[K" + text)
	d.line = true
}

func (d *diary) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clearLocked()
	return d.file.Close()
}
