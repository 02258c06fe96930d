// Package say holds the house voice for trouble: what happened, then, indented,
// what to do, and the exit status that scripts branch on; and it makes command trees
// that speak in it. It knows no command.
package say

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Exit statuses that scripts may rely on.
const (
	Done     = 0
	Failed   = 1 // refused or failed
	Usage    = 2 // wrong usage
	NoLeader = 3 // no leader or no live node; nothing was changed
	Unknown  = 4 // not known whether it was done
)

// Error is trouble as a person is told it.
type Error struct {
	Exit int
	What string // a sentence or its start, ending in "." or ":" where it wants one
	Do   string // what to do; lines are indented when printed; may be empty
}

func (e *Error) Error() string { return e.What }

// No returns trouble with the exit status of a plain failure.
func No(do, format string, args ...any) *Error {
	return &Error{Exit: Failed, What: fmt.Sprintf(format, args...), Do: do}
}

// Print writes err to w as "moniker: what", then indented what to do, and
// returns its exit status: Done for nil, Failed for an error of no known kind.
func Print(w io.Writer, err error) int {
	if err == nil {
		return Done
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Exit: Failed, What: err.Error()}
	}
	out := "moniker: " + e.What + "\n"
	if e.Do != "" {
		out += "  " + strings.ReplaceAll(strings.TrimRight(e.Do, "\n"), "\n", "\n  ") + "\n"
	}
	io.WriteString(w, out)
	return e.Exit
}

// Path is a folder or file as people are shown it: "./" before a relative one.
func Path(p string) string {
	p = filepath.Clean(p)
	if filepath.IsAbs(p) || p == "." || strings.HasPrefix(p, "..") {
		return p
	}
	return "." + string(filepath.Separator) + p
}

// Arg is p as it is typed into a shell: quoted where it must be.
func Arg(p string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if p != "" && strings.IndexFunc(p, func(r rune) bool { return !plain(r) }) < 0 {
		return p
	}
	return "'" + strings.ReplaceAll(p, "'", `'\''`) + "'"
}
