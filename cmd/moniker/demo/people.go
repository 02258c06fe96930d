package demo

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const (
	maxPub      = 64 << 10 // of a .pub file
	maxKeys     = 32
	agentWithin = time.Second
)

// ownKey is a public key of the caller's.
type ownKey struct{ print, note string }

// addOperators makes the caller's keys operators, those that are not yet. It says
// whether the caller has any.
func (d *demo) addOperators(ctx context.Context, through int) (bool, error) {
	keys := ownKeys(d.Home, d.Agent)
	if len(keys) == 0 {
		return false, nil
	}
	var have []struct{ Identity string }
	if err := d.askJSON(ctx, through, &have, "operator", "list"); err != nil {
		return false, err
	}
	known := map[string]bool{}
	for _, o := range have {
		known[o.Identity] = true
	}
	for _, k := range keys {
		if known[k.print] {
			continue
		}
		if _, err := d.ask(ctx, through, "operator", "add", "--note="+k.note, k.print); err != nil {
			return false, err
		}
	}
	return true, nil
}

// ownKeys finds the caller's public keys: ~/.ssh/*.pub, then the agent's.
func ownKeys(home, agentSocket string) []ownKey {
	var keys []ownKey
	seen := map[string]bool{}
	add := func(pub ssh.PublicKey, note string) {
		print := ssh.FingerprintSHA256(pub)
		if seen[print] || len(keys) == maxKeys {
			return
		}
		seen[print] = true
		keys = append(keys, ownKey{print, shorten(note)})
	}
	if home != "" {
		files, _ := os.ReadDir(filepath.Join(home, ".ssh"))
		for _, f := range files {
			if filepath.Ext(f.Name()) != ".pub" {
				continue
			}
			data, err := readSmall(filepath.Join(home, ".ssh", f.Name()))
			if err != nil {
				continue
			}
			if pub, note, _, _, err := ssh.ParseAuthorizedKey(data); err == nil && !certificate(pub) {
				add(pub, note)
			}
		}
	}
	for _, k := range agentKeys(agentSocket) {
		if pub, err := ssh.ParsePublicKey(k.Blob); err == nil && !certificate(pub) {
			add(pub, k.Comment)
		}
	}
	return keys
}

// certificate tells a signed key, whose fingerprint is not the key's own.
func certificate(pub ssh.PublicKey) bool {
	_, is := pub.(*ssh.Certificate)
	return is
}

func agentKeys(socket string) []*agent.Key {
	if socket == "" {
		return nil
	}
	conn, err := net.DialTimeout("unix", socket, agentWithin)
	if err != nil {
		return nil
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(agentWithin))
	keys, err := agent.NewClient(conn).List()
	if err != nil {
		return nil
	}
	return keys
}

// shorten cuts a comment to what the state keeps.
func shorten(note string) string {
	const most = 100
	if len(note) > most {
		note = note[:most]
	}
	return string(bytes.ToValidUTF8([]byte(note), nil))
}

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxPub))
}
