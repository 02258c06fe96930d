package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"moniker/test/chaos/autopsy"
	"moniker/test/chaos/record"
)

// Left is what nodes still have of people: how many sessions each, and which names are
// held. It is asked once all people are gone, and had time to be missed.
func (s *Stage) Left(ctx context.Context) (sessions map[string]int, held []string, err error) {
	sessions = map[string]int{}
	members := s.members()
	st, err := members[0].status(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range st.Nodes {
		if n.Sessions != nil {
			sessions[n.Name] = *n.Sessions
		}
	}
	data, err := s.askAny(ctx, nil, "nick", "list", "-o", "json")
	if err != nil {
		return nil, nil, err
	}
	var nicks []struct {
		Nick  string `json:"nick"`
		State string `json:"state"`
	}
	if err := json.Unmarshal(data, &nicks); err != nil {
		return nil, nil, err
	}
	for _, n := range nicks {
		if n.State == "held" {
			held = append(held, n.Nick)
		}
	}
	return sessions, held, nil
}

// End stops a cluster that is whole, and reads what its nodes have on disk: each
// node's own snapshot and log give the state that it had at the index that all had
// reached.
func (s *Stage) End(ctx context.Context) (record.End, error) {
	end := record.End{Applied: map[string]uint64{}, Digest: map[string]string{}}
	index, why := uint64(0), ""
	if poll(ctx, func(ctx context.Context) bool { index, why = s.agreed(ctx); return why == "" }) != nil {
		end.Logs = append(s.complaints(), s.scan()...)
		return end, errors.New("the cluster is not whole: " + why)
	}
	for _, n := range s.members() {
		n.mu.Lock()
		n.holder = "the end"
		n.mu.Unlock()
	}
	for _, err := range s.stopAll() {
		end.Logs = append(end.Logs, err.Error())
	}
	for _, n := range s.members() {
		body, err := n.autopsy(ctx, index)
		if err != nil {
			end.Logs = append(end.Logs, fmt.Sprintf("what %s has on disk cannot be read: %v", n.name, err))
			continue
		}
		end.Applied[n.name], end.Digest[n.name] = body.Applied, body.Digest
		if body.Unsound != "" {
			end.Logs = append(end.Logs, fmt.Sprintf("the state of %s is not sound: %s", n.name, body.Unsound))
		}
		if end.Final == nil {
			end.Final = body.Final
		}
	}
	end.Logs = append(append(end.Logs, s.complaints()...), s.scan()...)
	return end, nil
}

// stopAll stops all nodes at once, as they should be.
func (s *Stage) stopAll() []error {
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	for _, n := range s.nodes {
		all.Go(func() {
			if err := n.stop(); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return errs
}

// complaints are what nodes did that no fault asked for.
func (s *Stage) complaints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.deaths...)
}

const autopsyWithin = time.Minute // of one node; it counts for itself, as much may be written

// autopsy has a node that has stopped read by its own program, as it was at an index.
func (n *node) autopsy(ctx context.Context, at uint64) (b autopsy.Body, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), autopsyWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, n.program, "--dir", n.dir, "--autopsy", strconv.FormatUint(at, 10))
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return b, errors.New(strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(out, &b)
}

// scan looks for what no log may have, in all that nodes said and logged.
func (s *Stage) scan() []string {
	var found []string
	for _, n := range s.nodes {
		for _, path := range []string{n.said, filepath.Join(n.dir, "log"), filepath.Join(n.dir, "log.old")} {
			data, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			for _, bad := range []string{"panic", "DATA RACE", "fatal error", "has diverged"} {
				const before, after = 200, 3000
				if i := strings.Index(string(data), bad); i >= 0 {
					found = append(found, fmt.Sprintf("%s of %s has %q: %s", filepath.Base(path), n.name, bad, data[max(0, i-before):min(len(data), i+after)]))
					break
				}
			}
		}
	}
	return found
}

// Keep copies nodes' logs to where they stay; with data, their folders as well.
func (s *Stage) Keep(data bool) error {
	var err error
	for _, n := range s.nodes {
		for _, f := range []string{"log", "log.old"} {
			text, e := os.ReadFile(filepath.Join(n.dir, f))
			if e == nil {
				err = errors.Join(err, os.WriteFile(filepath.Join(s.cfg.Logs, n.name+"."+f), text, 0o600))
			}
		}
		os.Remove(filepath.Join(n.dir, ballast))
		if entries, _ := os.ReadDir(n.dir); data && len(entries) > 0 {
			err = errors.Join(err, os.CopyFS(filepath.Join(s.cfg.Logs, n.name), stripped{os.DirFS(n.dir)}))
		}
	}
	return err
}
