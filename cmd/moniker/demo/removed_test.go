package demo

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moniker/test/ports"
)

func TestARemovedNodeIsLeftOut(t *testing.T) {
	dir, port := t.TempDir(), ports.Free(t)
	start := func() string {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		out := newOutput()
		done := make(chan error, 1)
		c := Config{Dir: dir, Program: os.Args[0], Stdout: out, env: []string{roleVariable + "=node"}}
		if !exists(filepath.Join(dir, planFile)) {
			c.Nodes, c.SSHPort = 3, port
		}
		go func() { done <- Run(ctx, c) }()
		out.until(t, "Check  SHA256:")
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := start(); !strings.Contains(got, "Three nodes on this machine") || strings.Contains(got, "removed") {
		t.Fatalf("at first\n%s", got)
	}
	tell := func(n string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, n, "leave"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tell("n1")
	for _, when := range []string{"when it says so", "and ever after"} {
		got := start()
		if !strings.Contains(got, "n1 was removed from the cluster; it stays out.\nTwo nodes on this machine") ||
			strings.Contains(got, "  n1   ") || !strings.Contains(got, "host key of both") {
			t.Errorf("%s\n%s", when, got)
		}
		config, _ := os.ReadFile(filepath.Join(dir, configFile))
		if strings.Contains(string(config), "Host n1\n") || !strings.Contains(string(config), "Host n2\n") {
			t.Errorf("%s, ssh_config is\n%s", when, config)
		}
	}
	tell("n2")
	tell("n3")
	_, err := run(t.Context(), Config{Dir: dir})
	wantTrouble(t, err, "no node of "+dir+" is a member of its cluster any more.", "Begin anew in another folder: --dir OTHER")
	if _, err := run(t.Context(), Config{Dir: dir}); err == nil {
		t.Error("a cluster was made anew in a folder that had one")
	}
}
