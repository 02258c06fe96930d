package app

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"moniker/cluster"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/transport"
)

// enrol gives the node its key and makes it a member: of a cluster that it makes,
// or of one that lets it in. On a folder that is a member's already it changes
// nothing but what is remembered. Broken off at any point, the same command line
// goes on from there: the node's certificate is written last.
func enrol(ctx context.Context, c Config, f *folder.Folder, r folder.Record, network transport.Network) (folder.Record, folder.Keys, error) {
	keys, err := f.Keys()
	if err != nil {
		return r, keys, err
	}
	if keys.Node.IsZero() {
		if r.Initialised {
			return r, keys, folder.Damaged(f.Path("node.key"), "it is gone, and "+r.Name+" was known by it")
		}
		if keys.Node, err = transport.NewNodeKey(rand.Reader); err != nil {
			return r, keys, err
		}
		if err := f.SetKeys(folder.Keys{Node: keys.Node}); err != nil {
			return r, keys, err
		}
	}
	if r.Node != "" && r.Node != keys.Node.ID() {
		return r, keys, folder.Damaged(f.Path("node.key"), "it is another node's")
	}
	r.Node = keys.Node.ID()
	if keys.Cert == nil || r.Cluster == "" {
		if r.Initialised {
			return r, keys, folder.Damaged(f.Path("node.crt"), "it is gone, or "+folder.RecordFile+" does not name its cluster")
		}
		if r, keys, err = admit(ctx, c, r, keys, network); err != nil {
			return r, keys, err
		}
		// The record first: a certificate means that all else is there.
		if err := errors.Join(f.SetRecord(r), f.SetKeys(keys)); err != nil {
			return r, keys, err
		}
	}
	if err := keys.Credentials(r.Cluster).Validate(); err != nil {
		return r, keys, folder.Damaged(f.Dir(), err.Error())
	}
	if keys.Host == nil {
		return r, keys, folder.Damaged(f.Path(folder.HostKeyFile), "it is gone")
	}
	return r, keys, f.SetRecord(r)
}

func admit(ctx context.Context, c Config, r folder.Record, keys folder.Keys, network transport.Network) (folder.Record, folder.Keys, error) {
	switch {
	case c.Init:
		return found(r, keys)
	case c.Join != "":
		return join(ctx, c, r, keys, network)
	}
	return r, keys, wrong(r.Name+" belongs to no cluster yet.", "Say again how it begins: --init, or --join ADDR --token @FILE")
}

// found makes a cluster: its id, its authority and its one SSH host key.
func found(r folder.Record, keys folder.Keys) (folder.Record, folder.Keys, error) {
	var b [8]byte
	rand.Read(b[:])
	authority, err := transport.NewAuthority(hex.EncodeToString(b[:]), rand.Reader)
	if err != nil {
		return r, keys, err
	}
	keys.Authority, keys.CA = authority, authority.Cert()
	if keys.Cert, err = authority.Sign(keys.Node.Public(), r.Name); err != nil {
		return r, keys, err
	}
	if keys.HostPEM, keys.Host, err = newHostKey(); err != nil {
		return r, keys, err
	}
	r.Cluster, r.Founder = authority.ClusterID(), true
	return r, keys, nil
}

func newHostKey() ([]byte, ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "moniker")
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewSignerFromKey(private)
	return pem.EncodeToMemory(block), signer, err
}

// join asks the node at c.Join to let this one in.
func join(ctx context.Context, c Config, r folder.Record, keys folder.Keys, network transport.Network) (folder.Record, folder.Keys, error) {
	token, err := c.Token()
	if errors.Is(err, errMistyped) {
		return r, keys, notAccepted(c.Join)
	}
	if err != nil {
		return r, keys, err
	}
	peer := peerAddress(r)
	j, err := cluster.Join(ctx, network, c.Join, token, keys.Node, cluster.Applicant{Name: r.Name, Peer: peer, SSH: reach(r.SSH, peer)})
	if err != nil {
		return r, keys, notJoined(c.Join, err)
	}
	keys.CA, keys.Cert, keys.HostPEM = j.CA, j.Cert, j.Secrets
	if keys.Host, err = ssh.ParsePrivateKey(j.Secrets); err != nil {
		return r, keys, say.No("", "%s gave no SSH host key.", c.Join)
	}
	if len(j.Authority) > 0 {
		if keys.Authority, err = transport.ParseAuthority(j.Authority); err != nil {
			return r, keys, say.No("", "%s gave no sound CA key.", c.Join)
		}
	}
	r.Cluster, r.Founder = j.Cluster, false
	return r, keys, nil
}

func notJoined(addr string, err error) error {
	var refused *transport.RefusedError
	switch {
	case errors.Is(err, transport.ErrTokenRefused), errors.Is(err, transport.ErrServerUnproven):
		return notAccepted(addr)
	case errors.As(err, &refused) && strings.HasPrefix(refused.Text, "the join token is "):
		return notAccepted(addr) // it was good once
	case errors.As(err, &refused):
		return say.No("", "%s does not let this node in: %s.", addr, refused.Text)
	case errors.Is(err, context.Canceled):
		return say.No("The same command goes on from here.", "stopped while joining.")
	case errors.Is(err, context.DeadlineExceeded):
		return say.No("", "no answer from %s within 5 s.", addr)
	}
	return say.No("Is it the --peer address of a running node?", "no answer from %s: %s.", addr, reason(err))
}

// errMistyped means that something was a join token before it was copied.
var errMistyped = errors.New("the join token is mistyped")

func notAccepted(addr string) error {
	return say.No("It is mistyped, used, expired or of another cluster. New: admin token create", "%s does not accept this token.", addr)
}

// Token reads a token as the command line names it: @FILE, or the environment's.
func Token(named, environment string, read func(path string) ([]byte, error)) (func() (transport.JoinToken, error), error) {
	text := func() (string, error) { return environment, nil }
	switch {
	case len(named) > 1 && named[0] == '@':
		text = func() (string, error) {
			data, err := read(named[1:])
			if err != nil {
				return "", say.No("", "%s cannot be read: %s.", say.Path(named[1:]), reason(err))
			}
			return string(data), nil
		}
	case named != "":
		return nil, wrong("--token wants a file: --token @FILE.", "As an argument everybody on this machine could read it. MONIKER_TOKEN does as well.")
	case environment == "":
		return nil, nil
	}
	return func() (transport.JoinToken, error) {
		s, err := text()
		if err != nil {
			return transport.JoinToken{}, err
		}
		token, err := transport.ParseJoinToken(s)
		if err != nil && strings.HasPrefix(strings.TrimSpace(s), "monik1.") {
			return token, errMistyped
		}
		if err != nil {
			return token, say.No("New: moniker admin token create", "%s.", fmt.Sprint(err))
		}
		return token, nil
	}, nil
}
