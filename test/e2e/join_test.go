package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"moniker/test/ports"
)

func TestJoinByHand(t *testing.T) {
	needs(t, "ssh", "ssh-keygen")
	d := newDemo(t.TempDir(), false)
	t.Cleanup(func() {
		if err := d.end(); err != nil {
			t.Error(err)
		}
		d.report(t)
	})
	port := ports.Free(t)
	people := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", port+i) }
	peers := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", port+ports.Offset+i) }
	line := func(i int, more ...string) []string {
		name := nodes()[i]
		return append([]string{"serve", "--dir", d.path(name), "--name", name, "--ssh", people(i), "--peer", peers(i)}, more...)
	}
	start := func(i int, more ...string) *child {
		t.Helper()
		c, err := spawn(program, d.env, line(i, more...)...)
		if err != nil {
			t.Fatal(err)
		}
		d.serves = append(d.serves, c)
		said := fmt.Sprintf("%s is ready: ssh -p %d 127.0.0.1\n", nodes()[i], port+i)
		eventually(t, readyWithin, said, func() bool { return c.ended() || c.out.has(said) })
		if c.ended() {
			t.Fatalf("it ended: %s%s", c.out.String(), c.err.String())
		}
		return c
	}
	token := func(file string, more ...string) string {
		t.Helper()
		r := d.admin(t, append([]string{"n1", "token", "create"}, more...)...).wants(t, 0)
		if strings.Count(r.out, "\n") != 1 || !strings.HasPrefix(r.err, "One node may join with it, within ") {
			t.Fatalf("%s", r)
		}
		path := filepath.Join(d.base, file)
		if err := os.WriteFile(path, []byte(r.out), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	refused := func(i int, file string) {
		t.Helper()
		moniker(t, d.env, line(i, "--join", peers(0), "--token", "@"+file)...).wants(t, 1,
			"moniker: "+peers(0)+" does not ", "token", "used", "expired", "admin token create")
	}

	moniker(t, d.env, line(0)...).wants(t, 2, "moniker: n1 belongs to no cluster yet.\n  Make one: --init\n")
	n1 := start(0, "--init")
	first := token("first")
	n2 := start(1, "--join", peers(0), "--token", "@"+first)
	eventually(t, soon, "n2 counts", func() bool {
		s := ask[statusAnswer](t, d, "n1", "status")
		return len(s.Nodes) == 2 && s.Nodes[1].Voter && s.Nodes[1].Reachable
	})

	refused(2, first)
	expired := token("expired", "--ttl", "1s")
	eventually(t, soon, "the token has expired", func() bool {
		return len(ask[[]map[string]any](t, d, "n1", "token", "list")) == 1
	})
	refused(2, expired)
	good := token("good")
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	mistyped := filepath.Join(d.base, "mistyped")
	if err := os.WriteFile(mistyped, swapped(data), 0o600); err != nil {
		t.Fatal(err)
	}
	moniker(t, d.env, line(2, "--join", peers(0), "--token", "@"+mistyped)...).wants(t, 1, "moniker: ", "admin token create\n")
	moniker(t, d.env, line(2, "--join", peers(0), "--token", "@"+filepath.Join(d.base, "none"))...).wants(t, 1, "none cannot be read: no such file or directory.")
	moniker(t, d.env, line(2, "--join", peers(0), "--token", strings.TrimSpace(string(data)))...).wants(t, 2, "moniker: --token wants a file: --token @FILE.\n")
	moniker(t, d.env, line(2, "--join", peers(0))...).wants(t, 2, "moniker: --join wants a token.\n")
	// Refusals have used nothing up: the folder and the good token do.
	n3 := start(2, "--join", peers(0), "--token", "@"+good)
	d.settled(t)
	for _, n := range nodes() {
		if got, want := fingerprint(t, d.path(n, "ssh_host_key")), fingerprint(t, d.path("n1", "ssh_host_key")); got != want {
			t.Errorf("%s shows the host key %s, want %s", n, got, want)
		}
	}

	// Stop all, in the order of people in a hurry, and start all by the same lines.
	for _, c := range []*child{n3, n1, n2} {
		c.cmd.Process.Signal(syscall.SIGTERM)
	}
	for _, c := range []*child{n1, n2, n3} {
		if exit, ok := c.wait(soon); !ok || exit != 0 {
			t.Fatalf("exit %d, %v: %s", exit, ok, c.err.String())
		}
	}
	again := make([]*child, 3)
	for i, more := range [][]string{{"--init"}, {"--join", peers(0), "--token", "@" + first}, {"--join", peers(0), "--token", "@" + good}} {
		c, err := spawn(program, d.env, line(i, more...)...)
		if err != nil {
			t.Fatal(err)
		}
		d.serves = append(d.serves, c)
		again[i] = c
	}
	for i, c := range again {
		eventually(t, readyWithin, nodes()[i]+" is ready again", func() bool { return c.ended() || c.out.has(nodes()[i]+" is ready") })
		if c.ended() {
			t.Fatalf("it ended: %s%s", c.out.String(), c.err.String())
		}
	}
	d.settled(t)
}

// swapped is a token with two of its characters in each other's place.
func swapped(token []byte) []byte {
	out := append([]byte{}, token...)
	for i := len(out) / 2; i+1 < len(out); i++ {
		if out[i] != out[i+1] && out[i+1] > ' ' {
			out[i], out[i+1] = out[i+1], out[i]
			break
		}
	}
	return out
}
