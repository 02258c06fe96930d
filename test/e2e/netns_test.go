package e2e

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// network is machines on one switch: network namespaces, joined by a bridge in one
// of their own. Nothing of it is in the namespace that the test runs in, so that
// any number of them can be side by side.
//
// Loss is silent: frames vanish in the switch, as they do in a real one, and
// neither end is told. ARP goes through, because a neighbour that cannot be found
// is an error at once, which is no silence.
type network struct {
	prefix  string
	dir     string // goes with it
	janitor *exec.Cmd
	hold    io.Closer // while it is open, the network stands

	mu    sync.Mutex
	ports int
}

// machine is a namespace with one address, on one port of the switch.
type machine struct {
	net  *network
	ns   string
	port string
	ip   string
	mac  string
}

// janitor ends whatever runs in namespaces whose names begin with $0, and the
// namespaces, and the folder $1, when its standard input ends: with the test, also
// with one that panics or is killed.
const janitor = `trap '' INT TERM HUP; cat >/dev/null
for ns in $(ip netns list | cut -d' ' -f1); do
  case $ns in "$0"*) ;; *) continue ;; esac
  for pid in $(ip netns pids "$ns"); do kill -9 "$pid"; done
  ip netns del "$ns"
done
rm -rf "$1"`

const chaos = `table bridge chaos {
  set mute { type ifname; }
  set deaf { type ifname; }
  set cut { type ifname . ifname; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ether type arp accept
    iifname @mute drop
    oifname @deaf drop
    iifname . oifname @cut drop
  }
}
`

// newNetwork makes a switch. Where that cannot be, the test is skipped aloud, or
// fails where nothing may be.
func newNetwork(t *testing.T) *network {
	t.Helper()
	needsNetworks(t)
	n, err := openNetwork()
	if err != nil {
		untested(t, "no network namespaces: "+err.Error())
	}
	return n
}

func needsNetworks(t *testing.T) {
	t.Helper()
	needs(t, "ssh", "ssh-keygen", "sh", "ip", "nft")
	switch {
	case runtime.GOOS != "linux":
		untested(t, "network namespaces are Linux's")
	case os.Geteuid() != 0:
		untested(t, "network namespaces want root")
	}
}

func openNetwork() (*network, error) {
	salt := make([]byte, 4)
	rand.Read(salt)
	n := &network{prefix: "moniker-" + strconv.Itoa(os.Getpid()) + "-" + hex.EncodeToString(salt) + "-"}
	var err error
	if n.dir, err = os.MkdirTemp("", "e2e-"); err != nil {
		return nil, err
	}
	n.janitor = exec.Command("sh", "-c", janitor, n.prefix, n.dir)
	n.janitor.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if n.hold, err = n.janitor.StdinPipe(); err != nil {
		return nil, err
	}
	if err := n.janitor.Start(); err != nil {
		return nil, err
	}
	err = errors.Join(
		ip("netns", "add", n.sw()),
		ip("-n", n.sw(), "link", "set", "lo", "up"),
		ip("-n", n.sw(), "link", "add", "switch", "type", "bridge"),
		ip("-n", n.sw(), "link", "set", "switch", "up"),
		n.nft(chaos))
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// close ends all that is on the network, and the network.
func (n *network) close() error {
	n.hold.Close()
	return n.janitor.Wait()
}

func (n *network) sw() string { return n.prefix + "switch" }

func (n *network) nft(rules string) error {
	cmd := exec.Command("ip", "netns", "exec", n.sw(), "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, said)
	}
	return nil
}

// ip is the command.
func ip(args ...string) error {
	if said, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, said)
	}
	return nil
}

// machine plugs in one more.
func (n *network) machine(t *testing.T, name string) *machine {
	t.Helper()
	n.mu.Lock()
	n.ports++
	i := n.ports
	n.mu.Unlock()
	m := &machine{
		net: n, ns: fmt.Sprintf("%s%d-%s", n.prefix, i, name), port: "p" + strconv.Itoa(i),
		ip:  fmt.Sprintf("10.77.%d.%d", i/200, i%200+1),
		mac: fmt.Sprintf("02:00:00:00:%02x:%02x", i/200, i%200+1),
	}
	m.start(t)
	return m
}

func (m *machine) start(t *testing.T) {
	t.Helper()
	sw := m.net.sw()
	err := errors.Join(
		ip("netns", "add", m.ns),
		ip("-n", sw, "link", "add", m.port, "type", "veth", "peer", "name", "eth0", "address", m.mac, "netns", m.ns),
		ip("-n", sw, "link", "set", m.port, "master", "switch", "up"),
		ip("-n", m.ns, "link", "set", "lo", "up"),
		ip("-n", m.ns, "addr", "add", m.ip+"/16", "dev", "eth0"),
		ip("-n", m.ns, "link", "set", "eth0", "up"))
	if err != nil {
		t.Fatal(err)
	}
}

// on is a command line that runs on the machine. The process that it starts is the
// command's own: ip turns into it.
func (m *machine) on(command ...string) []string {
	return append([]string{"ip", "netns", "exec", m.ns}, command...)
}

// set changes sets of the switch: "add", "delete".
func (n *network) set(t *testing.T, how string, elements ...string) {
	t.Helper()
	var rules strings.Builder
	for _, e := range elements {
		set, ports, _ := strings.Cut(e, " ")
		fmt.Fprintf(&rules, "%s element bridge chaos %s { %s }\n", how, set, ports)
	}
	if err := n.nft(rules.String()); err != nil {
		t.Fatal(err)
	}
}

// What the switch loses: what a machine sends, what it is sent, what goes between
// two.
func (m *machine) sends() string { return fmt.Sprintf("mute %q", m.port) }
func (m *machine) gets() string  { return fmt.Sprintf("deaf %q", m.port) }
func between(a, b *machine) []string {
	return []string{fmt.Sprintf("cut %q . %q", a.port, b.port), fmt.Sprintf("cut %q . %q", b.port, a.port)}
}

func (m *machine) lose(t *testing.T, what ...string) { t.Helper(); m.net.set(t, "add", what...) }
func (m *machine) heal(t *testing.T, what ...string) { t.Helper(); m.net.set(t, "delete", what...) }

// unplug takes the machine's own link down, which it notices; plug undoes it.
func (m *machine) unplug(t *testing.T) { t.Helper(); m.link(t, "down") }
func (m *machine) plug(t *testing.T)   { t.Helper(); m.link(t, "up") }

func (m *machine) link(t *testing.T, state string) {
	t.Helper()
	if err := ip("-n", m.ns, "link", "set", "eth0", state); err != nil {
		t.Fatal(err)
	}
}

// cutPower ends all that the machine knew, of which the others hear nothing: its
// cable goes first, and then its processes and connections. start is the machine
// come up again, at its old address.
func (m *machine) cutPower(t *testing.T) {
	t.Helper()
	if err := ip("-n", m.net.sw(), "link", "del", m.port); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("ip", "netns", "pids", m.ns).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields(string(said)) {
		if pid, err := strconv.Atoi(f); err == nil {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	if err := ip("netns", "del", m.ns); err != nil {
		t.Fatal(err)
	}
}

// connections counts those that a process has open to a machine, by the kernel's
// books: one that is closed and not yet buried has no inode any more.
func connections(t *testing.T, pid int, to *machine) int {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a := net.ParseIP(to.ip).To4()
	remote := fmt.Sprintf("%02X%02X%02X%02X:", a[3], a[2], a[1], a[0]) // of a little-endian machine
	n := 0
	for rows := bufio.NewScanner(f); rows.Scan(); {
		const remoteAt, inodeAt = 2, 9
		if cols := strings.Fields(rows.Text()); len(cols) > inodeAt && strings.HasPrefix(cols[remoteAt], remote) && cols[inodeAt] != "0" {
			n++
		}
	}
	return n
}

func TestNetworksLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a, b := n.machine(t, "a"), n.machine(t, "b")
	sleeper, err := spawn("ip", os.Environ(), a.on("sleep", "1000")[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := spawn("ip", os.Environ(), b.on("sleep", "1000")[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, soon, "both run", func() bool {
		for m, c := range map[*machine]*child{a: sleeper, b: listener} {
			said, _ := exec.Command("ip", "netns", "pids", m.ns).Output()
			if strings.TrimSpace(string(said)) != strconv.Itoa(c.pid()) {
				return false
			}
		}
		return true
	})
	if err := n.close(); err != nil {
		t.Error(err)
	}
	for _, c := range []*child{sleeper, listener} {
		if _, ok := c.wait(soon); !ok {
			t.Errorf("process %d outlived its machine", c.pid())
		}
	}
	said, err := exec.Command("ip", "netns", "list").Output()
	if err != nil || strings.Contains(string(said), n.prefix) {
		t.Errorf("%v, and there is still\n%s", err, said)
	}
	if _, err := os.Stat(n.dir); err == nil {
		t.Errorf("%s is still there", n.dir)
	}
}
