package demo

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
)

const (
	configFile = "ssh_config"
	hostsFile  = "known_hosts"
	keysDir    = "keys"
	hostAlias  = "moniker-demo"
)

// cast are the people whose keys are ready.
func cast() []string { return []string{"alice", "bob", "mallory"} }

// makeKeys makes the keys of those who have none yet.
func (d *demo) makeKeys() error {
	dir := d.path(keysDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return say.No("", "%s cannot be made.", say.Path(dir))
	}
	for _, who := range cast() {
		private, public := filepath.Join(keysDir, who), filepath.Join(keysDir, who+".pub")
		data, ok, err := d.folder.Read(private)
		if err != nil {
			return err
		}
		if ok {
			if _, err := ssh.ParsePrivateKey(data); err != nil {
				return folder.Damaged(d.path(private), "it is no SSH key")
			}
			continue
		}
		secret, pub, err := newKey(who)
		if err != nil {
			return err
		}
		if err := d.folder.Write(public, pub); err != nil {
			return err
		}
		if err := d.folder.Write(private, secret); err != nil {
			return err
		}
	}
	return nil
}

func newKey(who string) (private, public []byte, err error) {
	_, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(secret, who)
	if err != nil {
		return nil, nil, err
	}
	pub, err := ssh.NewPublicKey(secret.Public())
	if err != nil {
		return nil, nil, err
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))) + " " + who + "\n"
	return pem.EncodeToMemory(block), []byte(line), nil
}

// writeSSHConfig writes what makes `ssh -F DIR/ssh_config alice@n1` ask nothing.
func (d *demo) writeSSHConfig(host ssh.PublicKey) error {
	dir, err := filepath.Abs(d.Dir)
	if err != nil {
		return err
	}
	known := hostAlias + " " + string(ssh.MarshalAuthorizedKey(host))
	if err := d.folder.Write(hostsFile, []byte(known)); err != nil {
		return err
	}
	return d.folder.Write(configFile, []byte(sshConfig(dir, d.left())))
}

// sshConfig is for OpenSSH, which takes the first value it finds. alice, bob and
// mallory come with their own keys; whoever else comes does with the caller's.
func sshConfig(dir string, p plan) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("# Made by moniker demo: ssh -F %s alice@n1", say.Arg(filepath.Join(dir, configFile)))
	for _, n := range p.Nodes {
		line("Host %s", n.Name)
		line("  HostName 127.0.0.1")
		line("  Port %d", n.SSH)
	}
	for _, who := range cast() {
		line("Match user %s", who)
		line("  IdentityFile %s", configPath(filepath.Join(dir, keysDir, who)))
		line("  IdentitiesOnly yes")
		line("  IdentityAgent none")
	}
	line("Match all")
	for _, option := range []string{
		"HostKeyAlias " + hostAlias,
		"UserKnownHostsFile " + configPath(filepath.Join(dir, hostsFile)),
		"GlobalKnownHostsFile /dev/null",
		"StrictHostKeyChecking yes",
		"CheckHostIP no",
		"UpdateHostKeys no",
		// The second is where somebody with no key is told how to make one; it asks nothing.
		"PreferredAuthentications publickey,keyboard-interactive",
		"PasswordAuthentication no",
		"ForwardAgent no",
		"ControlPath none",
	} {
		line("  %s", option)
	}
	return out.String()
}

// configPath quotes a path for ssh_config, where % begins a token.
func configPath(path string) string {
	return `"` + strings.NewReplacer("%", "%%", `\`, `\\`, `"`, `\"`).Replace(path) + `"`
}
