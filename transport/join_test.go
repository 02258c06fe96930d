package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// doorkeeper is a cluster that knows one token.
type doorkeeper struct {
	token JoinToken
	got   []JoinRequest
	err   error
}

func (d *doorkeeper) lookup(_ context.Context, id string) ([32]byte, bool) {
	if id != d.token.ID {
		return [32]byte{}, false
	}
	return d.token.Key(), true
}

func (d *doorkeeper) admit(_ context.Context, r JoinRequest) ([]byte, error) {
	d.got = append(d.got, r)
	return []byte("welcome"), d.err
}

// withDoor runs a node at b:1 that lets nodes join.
func withDoor(t *testing.T, f func(t *testing.T, w *world, b *Port, d *doorkeeper), change ...func(*Config)) {
	synctest.Test(t, func(t *testing.T) {
		token, err := NewJoinToken(seeded(7))
		if err != nil {
			t.Fatal(err)
		}
		w, d := newWorld(t), &doorkeeper{token: token}
		b := w.port("b", 2, change...)
		b.HandleJoin(d.lookup, d.admit)
		b.Handle(testProto, echo)
		stop := run(t, b)
		f(t, w, b, d)
		stop()
	})
}

func TestJoinWithTheToken(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		key := newKey(t, 1)
		response, server, err := Join(t.Context(), w.net.Host("j"), "b:1", d.token, key, []byte("let me in"))
		if err != nil || string(response) != "welcome" || server != b.ID() {
			t.Fatalf("got %q from %s, %v", response, server, err)
		}
		if len(d.got) != 1 {
			t.Fatalf("admit was asked %d times", len(d.got))
		}
		r := d.got[0]
		if r.PeerID != key.ID() || !r.PeerPub.Equal(key.Public()) || r.TokenID != d.token.ID || string(r.Payload) != "let me in" {
			t.Errorf("admit was asked %+v", r)
		}
	})
}

// TestRefusedTokensLookAlike: neither the answer nor its bytes tell an unknown
// token from a wrong secret, and admit is never asked.
func TestRefusedTokensLookAlike(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		unknown, wrong := d.token, d.token
		unknown.ID = "0000"
		wrong.Secret[0] ^= 1
		for name, token := range map[string]JoinToken{"unknown": unknown, "wrong": wrong} {
			if _, _, err := Join(t.Context(), w.net.Host("j"), "b:1", token, newKey(t, 1), nil); !errors.Is(err, ErrTokenRefused) {
				t.Errorf("%s: got %v, want ErrTokenRefused", name, err)
			}
		}
		conn, proof := rawJoin(t, w, newKey(t, 1), "0000") // one who knows what an unknown token is compared with
		defer conn.Close()
		if _, err := joinExchange(conn, proof, [32]byte{}, nil); !errors.Is(err, ErrTokenRefused) {
			t.Errorf("the zero key got %v, want ErrTokenRefused", err)
		}
		if len(d.got) != 0 {
			t.Errorf("admit was asked %d times", len(d.got))
		}
	})
}

// rawJoin is a joiner's connection up to where it would send its request.
func rawJoin(t *testing.T, w *world, key NodeKey, tokenID string) (*tls.Conn, joinProof) {
	t.Helper()
	config, err := joinClient(key)
	if err != nil {
		t.Fatal(err)
	}
	_, secure, err := dialTLS(t.Context(), w.net.Host("j"), "b:1", config)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := newJoinProof(secure, tokenID, key.Public(), true)
	if err != nil {
		t.Fatal(err)
	}
	return secure, proof
}

func TestRefusalAndRedirectTravelBack(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		join := func() error {
			_, _, err := Join(t.Context(), w.net.Host("j"), "b:1", d.token, newKey(t, 1), nil)
			return err
		}
		var refused *RefusedError
		d.err = errors.New("the name n2 is taken\x1b[31m" + strings.Repeat("x", 5000))
		if err := join(); !errors.As(err, &refused) || !strings.HasPrefix(refused.Text, "the name n2 is taken[31mx") || len(refused.Text) > maxJoinText {
			t.Errorf("got %v, want the refusal, bounded and harmless", err)
		}
		var redirect *RedirectError
		d.err = &RedirectError{Addr: "a:1"}
		if err := join(); !errors.As(err, &redirect) || redirect.Addr != "a:1" {
			t.Errorf("got %v, want to be sent to a:1", err)
		}
	})
}

func TestRemovedNodeCannotJoinAgain(t *testing.T) {
	victim := newKey(t, 1)
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		var refused *RefusedError
		_, _, err := Join(t.Context(), w.net.Host("j"), "b:1", d.token, victim, nil)
		if !errors.As(err, &refused) || !strings.Contains(refused.Text, "was removed") || len(d.got) != 0 {
			t.Errorf("got %v, and admit was asked %d times", err, len(d.got))
		}
	}, func(c *Config) { c.Denied = func(id string) bool { return id == victim.ID() } })
}

// relay stands at m:1 and ends TLS on both sides, with a key of its own, passing
// on every byte: what somebody in the middle without the token can do.
func relay(t *testing.T, w *world, change func([]byte) []byte) (stop func()) {
	t.Helper()
	authority := newAuthority(t, "c1", 66)
	who, err := newIdentity(member(t, authority, 67))
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.net.Host("m").Listen(":1")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		raw, err := l.Accept()
		if err != nil {
			return
		}
		in := tls.Server(raw, who.joinServer())
		defer in.Close()
		config, _ := joinClient(newKey(t, 67))
		_, out, err := dialTLS(context.Background(), w.net.Host("m"), "b:1", config)
		if err != nil || in.Handshake() != nil {
			t.Error("the relay is broken")
			return
		}
		defer out.Close()
		kind, payload, err := ReadFrame(in, 1<<20, nil)
		if err != nil {
			return
		}
		WriteFrame(out, kind, payload)
		if kind, payload, err = ReadFrame(out, 1<<20, nil); err != nil {
			return
		}
		WriteFrame(in, kind, change(payload))
	})
	return func() { l.Close(); work.Wait() }
}

func TestNobodyCanSitBetween(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		stop := relay(t, w, bytes.Clone)
		defer stop()
		response, _, err := Join(t.Context(), w.net.Host("j"), "m:1", d.token, newKey(t, 1), []byte("x"))
		if !errors.Is(err, ErrTokenRefused) || response != nil {
			t.Errorf("through a relay got %q, %v, want ErrTokenRefused", response, err)
		}
		if len(d.got) != 0 {
			t.Error("the cluster admitted somebody through the relay")
		}
	})
}

// TestFalseServerIsNotBelieved: it says "admitted" in all the ways it can
// without the key.
func TestFalseServerIsNotBelieved(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		key := newKey(t, 1)
		conn, proof := rawJoin(t, w, key, d.token.ID)
		defer conn.Close()
		right := d.token.Key()
		wrong := right
		wrong[0] ^= 1
		good := proof.seal(right, kindAdmitted, []byte("ok"))
		if body, err := proof.open(right, kindAdmitted, good); err != nil || string(body) != "ok" {
			t.Fatalf("the true server was not believed: %v", err)
		}
		other := proof
		other.exporter = make([]byte, 32)
		for name, payload := range map[string][]byte{
			"nothing":            nil,
			"no mac":             []byte("ok"),
			"another key":        proof.seal(wrong, kindAdmitted, []byte("ok")),
			"another connection": other.seal(right, kindAdmitted, []byte("ok")),
			"another body":       append(bytes.Clone(good), 'x'),
			"another kind":       proof.seal(right, kindRedirect, []byte("ok")),
			"our own mac":        append(proof.mac(right, roleJoiner, kindAdmitted, []byte("ok")), "ok"...),
		} {
			if body, err := proof.open(right, kindAdmitted, payload); !errors.Is(err, ErrServerUnproven) || body != nil {
				t.Errorf("%s: got %q, %v, want ErrServerUnproven", name, body, err)
			}
		}
	})
}

// TestRequestBelongsToItsConnection: somebody who changes the request on its way, or
// replays it from another connection, gets nowhere.
func TestRequestBelongsToItsConnection(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		first, old := rawJoin(t, w, newKey(t, 1), d.token.ID)
		first.Close()
		conn, proof := rawJoin(t, w, newKey(t, 1), d.token.ID)
		defer conn.Close()
		proof.exporter = old.exporter
		if _, err := joinExchange(conn, proof, d.token.Key(), []byte("x")); !errors.Is(err, ErrTokenRefused) || len(d.got) != 0 {
			t.Errorf("a replayed proof got %v", err)
		}
		conn, proof = rawJoin(t, w, newKey(t, 1), d.token.ID)
		defer conn.Close()
		key := d.token.Key()
		msg := joinRequest{tokenID: d.token.ID, mac: proof.mac(key, roleJoiner, kindJoin, []byte("x")), payload: []byte("y")}
		WriteFrame(conn, kindJoin, msg.encode())
		if kind, _, err := ReadFrame(conn, 1<<20, nil); err != nil || kind != kindToken || len(d.got) != 0 {
			t.Errorf("a changed request got kind %d, %v", kind, err)
		}
	})
}

func TestJoinerIsNoMember(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		config, err := joinClient(newKey(t, 1))
		if err != nil {
			t.Fatal(err)
		}
		config.NextProtos = []string{joinProto, testProto}
		config.VerifyConnection = nil
		_, secure, err := dialTLS(t.Context(), w.net.Host("j"), "b:1", config)
		if err == nil {
			defer secure.Close()
			_, err = secure.Read(make([]byte, 1))
		}
		if err == nil {
			t.Error("a certificate that nobody signed was let in as a member")
		}
	})
}

func TestSilentJoinerIsTurnedOut(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		conn, _ := rawJoin(t, w, newKey(t, 1), d.token.ID)
		defer conn.Close()
		began := time.Now()
		if _, err := conn.Read(make([]byte, 1)); err == nil || time.Since(began) > defaultHandshakeTimeout {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

func TestJoinNeedsANodeThere(t *testing.T) {
	withDoor(t, func(t *testing.T, w *world, b *Port, d *doorkeeper) {
		_, _, err := Join(t.Context(), w.net.Host("j"), "nowhere:1", d.token, newKey(t, 1), nil)
		var op *net.OpError
		if !errors.As(err, &op) || !strings.Contains(err.Error(), "is a node running there") {
			t.Errorf("got %v", err)
		}
		if _, _, err := Join(t.Context(), w.net.Host("j"), "b:1", d.token, newKey(t, 1), make([]byte, maxJoinRequest+1)); err == nil {
			t.Error("a request over the limit was sent")
		}
		if _, _, err := Join(t.Context(), w.net.Host("j"), "b:1", d.token, NodeKey{}, nil); err == nil {
			t.Error("joined without a key")
		}
	})
}

func FuzzJoinMessages(f *testing.F) {
	f.Add(byte(kindAdmitted), joinRequest{tokenID: "ab", mac: make([]byte, macSize), payload: []byte("x")}.encode())
	f.Add(byte(kindRefused), []byte{0})
	f.Fuzz(func(t *testing.T, kind byte, b []byte) {
		if r, err := decodeJoinRequest(b); err == nil && !bytes.Equal(r.encode(), b) {
			t.Fatalf("% x came back as % x", b, r.encode())
		}
		body, err := joinProof{tokenID: "ab"}.open([32]byte{1}, kind, b)
		if err == nil || body != nil {
			t.Fatalf("believed % x", b)
		}
	})
}
