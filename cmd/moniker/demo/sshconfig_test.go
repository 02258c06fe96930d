package demo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"moniker/cmd/moniker/folder"
)

// What OpenSSH itself makes of the file is what counts.
func TestSSHTakesTheConfig(t *testing.T) {
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("SKIPPED: there is no ssh here, so nobody has read the ssh_config")
	}
	dir := filepath.Join(t.TempDir(), "my 100% demo")
	f, err := folder.Open(dir, folder.Demo)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := &demo{Config: Config{Dir: dir}, folder: f, plan: plan{Nodes: []place{{"n1", 2201, 7201}, {"n2", 2202, 7202}}}}
	if err := d.makeKeys(); err != nil {
		t.Fatal(err)
	}
	_, public, err := newKey("host")
	if err != nil {
		t.Fatal(err)
	}
	host, _, _, _, _ := ssh.ParseAuthorizedKey(public)
	if err := d.writeSSHConfig(host); err != nil {
		t.Fatal(err)
	}
	ask := func(target string) map[string][]string {
		t.Helper()
		cmd := exec.Command(client, "-T", "-G", "-F", filepath.Join(dir, configFile), target)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil || errs.Len() > 0 {
			t.Fatalf("ssh -G: %v %s", err, errs.String())
		}
		options := map[string][]string{}
		for line := range strings.Lines(string(out)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			options[key] = append(options[key], value)
		}
		return options
	}
	known := filepath.Join(dir, hostsFile)
	for target, want := range map[string]map[string]string{
		"alice@n1":   {"hostname": "127.0.0.1", "port": "2201", "user": "alice", "identityfile": filepath.Join(dir, "keys/alice"), "identitiesonly": "yes"},
		"mallory@n2": {"hostname": "127.0.0.1", "port": "2202", "user": "mallory", "identityfile": filepath.Join(dir, "keys/mallory"), "identitiesonly": "yes"},
		"dave@n2":    {"hostname": "127.0.0.1", "port": "2202", "user": "dave", "identitiesonly": "no"},
	} {
		got := ask(target)
		want["hostkeyalias"], want["stricthostkeychecking"], want["loglevel"] = hostAlias, "true", "INFO" // below it, ssh hides what a server says to those without a key
		want["passwordauthentication"], want["preferredauthentications"] = "no", "publickey,keyboard-interactive"
		for key, value := range want {
			if len(got[key]) != 1 || strings.ReplaceAll(got[key][0], "%%", "%") != value {
				t.Errorf("%s: %s is %q, want %q", target, key, got[key], value)
			}
		}
		if len(got["userknownhostsfile"]) != 1 || !strings.Contains(strings.ReplaceAll(got["userknownhostsfile"][0], "%%", "%"), known) {
			t.Errorf("%s: userknownhostsfile is %q", target, got["userknownhostsfile"])
		}
	}
	if files := ask("dave@n1")["identityfile"]; len(files) < 2 || strings.Contains(strings.Join(files, " "), dir) {
		t.Errorf("dave comes with %q", files)
	}
	keygen := exec.Command("ssh-keygen", "-F", hostAlias, "-f", known)
	if out, err := keygen.CombinedOutput(); err != nil || !strings.Contains(string(out), "ssh-ed25519") {
		t.Errorf("ssh-keygen: %v %s", err, out)
	}
}

func TestReadyKeysAreMadeOnce(t *testing.T) {
	f, err := folder.Open(t.TempDir(), folder.Demo)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := &demo{Config: Config{Dir: f.Dir()}, folder: f}
	if err := d.makeKeys(); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(f.Path("keys/alice"))
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(f.Path("keys/alice")); info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
	if err := d.makeKeys(); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.ReadFile(f.Path("keys/alice")); !bytes.Equal(again, first) {
		t.Error("alice has another key")
	}
	if err := os.WriteFile(f.Path("keys/bob"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantTrouble(t, d.makeKeys(), f.Path("keys/bob")+" is damaged: it is no SSH key.", "")
}
