// Package sabotage has ways to build the product with one mechanism swapped for a
// wrong one: to show that a chaos run notices. The product has no switch for any of
// them: the compiler is given other text for a file or two (go build -overlay). A
// swap names the text that it stands for, which must be there once: where the product
// has moved on, the test of this package says so, and the swap is moved after it.
//
// What each swaps, and who must notice, is in all.go.
package sabotage

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Saboteur is a build with one mechanism swapped.
type Saboteur struct {
	Name   string
	Says   string        // what is wrong with it
	Faults string        // under which it shows, as -faults has them
	For    time.Duration // how long a run has to be to see it
	Laws   []string      // one of these must be found broken

	Lasting    bool          // it shows under faults that outlast a lease: not under those of a smoke
	TTL, Grace time.Duration // what the leases must be for it to show; zero: what they always are

	swaps []swap
}

// swap is one piece of text for another.
type swap struct {
	file     string // in the product's module: those of others cannot be overlaid
	old, new string
}

const product = "moniker"

// Find returns the saboteur of that name.
func Find(name string) (Saboteur, error) {
	all := All()
	i := slices.IndexFunc(all, func(s Saboteur) bool { return s.Name == name })
	if i < 0 {
		return Saboteur{}, fmt.Errorf("there is no saboteur %q; all there are: -list", name)
	}
	return all[i], nil
}

// Overlay writes what go build -overlay wants into dir, and returns its path. It is
// for a process whose working directory is in the product's module.
func (s Saboteur) Overlay(dir string) (string, error) {
	replace := map[string]string{}
	for i, w := range s.swaps {
		path, text, err := w.apply(replace)
		if err != nil {
			return "", fmt.Errorf("sabotage: %s: %w", s.Name, err)
		}
		to := filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(path)))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[path] = to
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, data, 0o600)
}

// apply returns the file's path and its text with the swap made; done has the files
// that other swaps have been made in.
func (w swap) apply(done map[string]string) (path, text string, err error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", product).Output()
	if err != nil {
		return "", "", fmt.Errorf("where %s is: %w", product, err)
	}
	path = filepath.Join(strings.TrimSpace(string(dir)), w.file)
	from := path
	if to, ok := done[path]; ok {
		from = to
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return "", "", err
	}
	if n := strings.Count(string(data), w.old); n != 1 {
		return "", "", fmt.Errorf("%s has %q %d times, and once is wanted: the mechanism has moved", w.file, w.old, n)
	}
	return path, strings.Replace(string(data), w.old, w.new, 1), nil
}
