package linear

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Finding is something that no correct cluster could have done, or a run that proves
// nothing.
type Finding struct {
	By   string // the checker
	Name string // the nickname it is about, if it is about one
	What string
	Draw func(path string) error // porcupine's picture; may be nil

	Undecided bool // porcupine was not done in time: nothing is known of this name
}

func (f Finding) String() string { return f.By + ": " + f.What }

// checkTime is how long porcupine may think about one name.
const checkTime = 20 * time.Second

// Check holds a history against everything that is promised.
func Check(h *History) []Finding {
	var found []Finding
	for _, b := range h.Broken {
		found = append(found, Finding{By: "finish", What: b})
	}
	if !h.Whole {
		return append(found, Finding{By: "finish", What: "the run did not come to its end"})
	}
	found = append(found, checkRoom(h)...)
	found = append(found, checkTokens(h)...)
	found = append(found, checkLate(h)...)
	found = append(found, checkNames(h, checkTime)...)
	return append(found, checkEffort(h)...)
}

// Write leaves in dir what somebody needs to understand what was found.
func Write(dir string, h *History, found []Finding) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text := ""
	for i, f := range found {
		text += f.String() + "\n"
		if f.Draw == nil {
			continue
		}
		path := filepath.Join(dir, fmt.Sprintf("%d-%s.html", i, f.Name))
		if err := f.Draw(path); err != nil {
			return fmt.Errorf("draw %s: %w", f.Name, err)
		}
		text += "  see " + filepath.Base(path) + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "found.txt"), []byte(text), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "nodes.log"), []byte(h.Log), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "history.txt"), []byte(h.Text()), 0o644)
}

// checkers returns who found something, each once, in byte order.
func checkers(found []Finding) []string {
	var by []string
	for _, f := range found {
		by = append(by, f.By)
	}
	slices.SortFunc(by, cmp.Compare[string])
	return slices.Compact(by)
}
