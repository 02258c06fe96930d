package transport

import (
	"context"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"moniker/transport/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seeded is randomness that is the same in each run.
func seeded(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func newKey(t testing.TB, seed byte) NodeKey {
	t.Helper()
	key, err := NewNodeKey(seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newAuthority(t testing.TB, clusterID string, seed byte) *Authority {
	t.Helper()
	a, err := NewAuthority(clusterID, seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// member is a node that the authority has signed for.
func member(t testing.TB, a *Authority, seed byte) Credentials {
	t.Helper()
	key := newKey(t, seed)
	cert, err := a.Sign(key.Public(), "n")
	if err != nil {
		t.Fatal(err)
	}
	return Credentials{Key: key, Cert: cert, CA: a.Cert(), ClusterID: a.ClusterID()}
}

// world is a cluster's authority and a network for its nodes.
type world struct {
	t         *testing.T
	net       *memnet.Net
	authority *Authority
}

func newWorld(t *testing.T) *world {
	return &world{t: t, net: memnet.New(), authority: newAuthority(t, "c1", 200)}
}

// port makes the node called name at name:1, whose key is made from seed.
func (w *world) port(name string, seed byte, change ...func(*Config)) *Port {
	w.t.Helper()
	config := Config{Network: w.net.Host(name), Addr: name + ":1", Credentials: member(w.t, w.authority, seed)}
	for _, f := range change {
		f(&config)
	}
	p, err := NewPort(config)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// run runs the ports and returns how to stop them, which waits.
func run(t *testing.T, ports ...*Port) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, len(ports))
	for _, p := range ports {
		go func() { done <- p.Run(ctx) }()
	}
	return func() {
		t.Helper()
		cancel()
		for range ports {
			if err := <-done; err != nil {
				t.Errorf("Run returned %v, want nil", err)
			}
		}
	}
}

// echo sends back what it gets.
func echo(_ context.Context, conn *Conn) {
	buf := make([]byte, 512)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			return
		}
	}
}
