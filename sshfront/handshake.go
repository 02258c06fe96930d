package sshfront

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/fsm/id"
)

const (
	version  = "SSH-2.0-moniker"
	identity = "moniker-identity" // the extension of Permissions that holds it
	leastRSA = 2048               // bits
	mostKeys = 20                 // people's agents offer many

	howToMakeAKey = "moniker knows people by their SSH key. To make one: ssh-keygen -t ed25519\r\n"
)

// serverConfig names every algorithm: the library's defaults still hold SHA-1.
func serverConfig(hostKey ssh.Signer) *ssh.ServerConfig {
	conf := &ssh.ServerConfig{
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
		// Tried by clients that have no key left to offer: the one moment to tell
		// somebody without a key, and nobody else, what is missing.
		KeyboardInteractiveCallback: func(ssh.ConnMetadata, ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			return nil, &ssh.BannerError{Err: errors.New("no key"), Message: howToMakeAKey}
		},
	}
	conf.AddHostKey(hostKey)
	return conf
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

// handshake finds out who is at the other end, within Limits.Handshake from now:
// waiting for its turn included.
func (s *Server) handshake(ctx context.Context, nc net.Conn) (*conn, error) {
	limit := s.cfg.Limits.Handshake
	if err := nc.SetDeadline(time.Now().Add(limit)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s waited for its handshake: %w", nc.RemoteAddr(), ctx.Err())
	}
	unhook := context.AfterFunc(ctx, func() { nc.Close() })
	sc, chans, reqs, err := ssh.NewServerConn(nc, s.ssh)
	if !unhook() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nc.RemoteAddr(), err)
	}
	if err := nc.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	who := sc.Permissions.Extensions[identity]
	if who == "" {
		return nil, fmt.Errorf("%s authenticated as nobody", nc.RemoteAddr())
	}
	return &conn{srv: s, net: nc, ssh: sc, who: id.Identity(who), chans: chans, reqs: reqs, began: time.Now()}, nil
}
