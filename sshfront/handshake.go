package sshfront

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

const (
	version  = "SSH-2.0-moniker"
	identity = "moniker-identity" // the extension of Permissions that holds it
	leastRSA = 2048               // bits
	mostKeys = 20                 // people's agents offer many

	rekeyPause = 5 * time.Second // an exchange of new keys, again and again
	rekeyBurst = 10              // several at once

	makeAKey      = "ssh-keygen -t ed25519"
	howToMakeAKey = "moniker knows people by their SSH key. To make one: " + makeAKey + "\r\n"
)

var (
	errGaveWay = errors.New("it did not go on, and another wanted in")
	errLate    = errors.New("it took too long")
)

// serverConfig names every algorithm: the library's defaults still hold SHA-1. Each
// connection adds the host key to its own copy.
func serverConfig() *ssh.ServerConfig {
	return &ssh.ServerConfig{
		Config: ssh.Config{
			KeyExchanges: []string{
				ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519, "curve25519-sha256@libssh.org", ssh.KeyExchangeECDHP256,
			},
			Ciphers: []string{
				ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherChaCha20Poly1305,
				ssh.CipherAES128CTR, ssh.CipherAES192CTR, ssh.CipherAES256CTR,
			},
			MACs: []string{ssh.HMACSHA256ETM, ssh.HMACSHA512ETM},
		},
		PublicKeyAuthAlgorithms: []string{
			ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
			ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
			ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
		},
		ServerVersion:     version,
		MaxAuthTries:      mostKeys,
		PublicKeyCallback: whoIs,
	}
}

// keyless is asked by clients that have no key left to offer: the one moment to tell
// somebody without a key, and nobody else, what is missing; or to let them in as a
// guest, without a question. Were nothing asked for at all (the method "none"), who has
// a key would be a guest, too: that is what clients try first.
func (s *Server) keyless(ssh.ConnMetadata, ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
	guests := false
	s.cfg.Cluster.View(func(st *fsm.State) { guests = st.Settings().Get(setting.Guests) > 0 })
	if !guests {
		return nil, &ssh.BannerError{Err: errors.New("no key"), Message: howToMakeAKey}
	}
	return &ssh.Permissions{Extensions: map[string]string{identity: string(id.Guest(rand.Text()))}}, nil
}

// whoIs is asked about every key a client merely offers, so it does nothing but
// say who its owner would be.
func whoIs(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	if k, ok := key.(ssh.CryptoPublicKey); ok {
		if r, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok && r.N.BitLen() < leastRSA {
			return nil, fmt.Errorf("an RSA key of %d bits", r.N.BitLen())
		}
	}
	return &ssh.Permissions{Extensions: map[string]string{identity: ssh.FingerprintSHA256(key)}}, nil
}

// hostKey signs for one connection, and so knows how often that exchanges keys: each
// time takes as much work as a login. When it is too often, it does not sign, which
// ends the connection.
type hostKey struct {
	ssh.Signer
	often *rate.Limiter
	over  *atomic.Bool
}

func (k hostKey) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	if !k.often.Allow() {
		k.over.Store(true)
		return nil, errors.New("new keys are asked for too often")
	}
	return k.Signer.Sign(r, data)
}

// handshake finds out who is at the other end, within Limits.Handshake from now:
// waiting for its turns included. It ends with ctx.
func (s *Server) handshake(ctx context.Context, nc net.Conn, v *visitor) (*conn, error) {
	limit := s.cfg.Limits.Handshake
	if err := nc.SetDeadline(time.Now().Add(limit)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLate)
	defer cancel()
	k := &knock{Conn: nc, ctx: ctx, door: s.door, v: v}
	signs := hostKey{s.cfg.HostKey, rate.NewLimiter(rate.Every(rekeyPause), rekeyBurst), new(atomic.Bool)}
	conf := *s.ssh
	conf.PreAuthConnCallback = func(ssh.ServerPreAuthConn) { k.agreed.Store(true) }
	conf.KeyboardInteractiveCallback = s.keyless
	conf.AddHostKey(signs)
	unhook := context.AfterFunc(ctx, func() { nc.Close() })
	sc, chans, reqs, err := ssh.NewServerConn(k, &conf)
	k.proven.Store(err == nil)
	if !s.door.prove(v) && err == nil {
		err = errGaveWay
	}
	if !unhook() {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = nc.SetDeadline(time.Time{})
	}
	if sc == nil {
		return nil, fmt.Errorf("%s: %w", k.stage(), err)
	}
	key := sc.Permissions.Extensions[identity] // a guest's is no key, and stands for one
	c := &conn{
		srv: s, net: nc, ssh: sc, key: id.Fingerprint(key), chans: chans, reqs: reqs, rekeys: signs.over, began: time.Now(),
	}
	if err == nil && key == "" {
		err = errors.New("it authenticated as nobody")
	}
	if err != nil {
		nc.Close()
		c.drain()
		return nil, fmt.Errorf("%s: %w", k.stage(), err)
	}
	return c, nil
}

// unproven counts and logs a handshake that came to nothing.
func (s *Server) unproven(ctx context.Context, nc net.Conn, err error) {
	s.counts.failed.Add(1)
	var e event
	switch {
	case errors.Is(err, errGaveWay):
		s.counts.gaveWay.Add(1)
		e = handshakeGaveWay
	case errors.Is(err, errLate) || errors.Is(err, os.ErrDeadlineExceeded):
		s.counts.late.Add(1)
		e = handshakeLate
	}
	if e == 0 || ctx.Err() != nil { // scanners, keys that are nobody's, Serve's end
		s.cfg.Logger.Debug("no handshake", "why", err, "from", nc.RemoteAddr())
		return
	}
	if left, ok := s.quiet.speak(e, time.Now()); ok {
		s.cfg.Logger.Info("handshake given up", "why", err, "from", nc.RemoteAddr(), "more like it, not logged", left)
	}
}
