package stage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	mtu    = 9000
	window = 2000 // packets on a slow way; more are lost, as they are in a router
	packet = 65536
)

// land is machines on one switch. All that needs a namespace is done by one thread,
// whose end would end the processes it started.
type land struct {
	wires *wires
	home  int // our own network
	work  chan func()

	mu    sync.RWMutex
	ports map[[4]byte]*port
	count byte
}

// port is a machine's: its namespace, and the device through which the switch has its
// packets.
type port struct {
	land *land
	name string
	addr [4]byte
	ns   int
	tun  *os.File

	mu    sync.Mutex
	lanes map[string]*lane // to others, by their names
}

// lane is a way that is slow, or was.
type lane struct {
	pace  pace
	queue chan parcel
}

// newLand fails where namespaces and their devices cannot be had.
func newLand(w *wires) (ground, error) {
	l := &land{wires: w, work: make(chan func()), ports: map[[4]byte]*port{}}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread must not serve others
		var err error
		l.home, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		started <- err
		for f := range l.work {
			f()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return l, nil
}

func (l *land) says() string {
	return "a network namespace for each node, joined by a switch of our own"
}

// inside runs f in a namespace.
func (l *land) inside(ns int, f func() error) error {
	done := make(chan error)
	l.work <- func() {
		if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
			done <- err
			return
		}
		err := f()
		if back := unix.Setns(l.home, unix.CLONE_NEWNET); back != nil {
			panic("stage: no way back out of a network namespace: " + back.Error())
		}
		done <- err
	}
	return <-done
}

func (l *land) add(name string) (machine, error) {
	l.count++
	p := &port{land: l, name: name, addr: [4]byte{10, 77, 0, l.count}, lanes: map[string]*lane{}}
	done := make(chan error)
	l.work <- func() { done <- p.open(l.home) }
	if err := <-done; err != nil {
		return nil, fmt.Errorf("a network namespace: %w", err)
	}
	l.mu.Lock()
	l.ports[p.addr] = p
	l.mu.Unlock()
	go p.forward()
	return p, nil
}

// open makes the namespace and its device, on the thread that may.
func (p *port) open(home int) (err error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unix.Setns(home, unix.CLONE_NEWNET)) }()
	if p.ns, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return err
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("/dev/net/tun: %w", err)
	}
	device, err := unix.NewIfreq("eth0")
	if err != nil {
		return err
	}
	device.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, device); err != nil {
		return fmt.Errorf("a device: %w", err)
	}
	p.tun = os.NewFile(uintptr(fd), "tun")
	return configure(p.addr)
}

func configure(addr [4]byte) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	for _, step := range []struct {
		device  string
		request uint
		set     func(*unix.Ifreq) error
	}{
		{"lo", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP); return nil }},
		{"eth0", unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(addr[:]) }},
		{"eth0", unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 0, 0}) }},
		{"eth0", unix.SIOCSIFMTU, func(r *unix.Ifreq) error { r.SetUint32(mtu); return nil }},
		{"eth0", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP); return nil }},
	} {
		r, err := unix.NewIfreq(step.device)
		if err == nil {
			err = step.set(r)
		}
		if err == nil {
			err = unix.IoctlIfreq(s, step.request, r)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", step.device, err)
		}
	}
	return nil
}

// forward is the switch, for what one machine sends.
func (p *port) forward() {
	buf := make([]byte, packet)
	for {
		n, err := p.tun.Read(buf)
		if err != nil {
			return
		}
		if n < 20 || buf[0]>>4 != 4 {
			continue
		}
		p.land.mu.RLock()
		to := p.land.ports[[4]byte(buf[16:20])]
		p.land.mu.RUnlock()
		if to == nil {
			continue
		}
		l := p.land.wires.of(p.name, to.name)
		if l.cut || l.loss > 0 && rand.IntN(100) < l.loss {
			continue
		}
		p.send(to, l, buf[:n])
	}
}

func (p *port) send(to *port, l link, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	way := p.lanes[to.name]
	if l.delay == 0 && l.jitter == 0 && l.rate == 0 && (way == nil || len(way.queue) == 0) {
		to.tun.Write(data)
		return
	}
	if way == nil {
		way = &lane{queue: make(chan parcel, window)}
		p.lanes[to.name] = way
		go p.carry(to, way.queue)
	}
	if len(way.queue) == cap(way.queue) {
		return
	}
	way.queue <- parcel{append([]byte(nil), data...), way.pace.due(time.Now(), l, len(data))}
}

// carry delivers what is late when it is due. What was under way when the way was cut
// is lost.
func (p *port) carry(to *port, queue chan parcel) {
	for x := range queue {
		if wait := time.Until(x.due); wait > 0 {
			<-time.After(wait)
		}
		if !p.land.wires.of(p.name, to.name).cut {
			to.tun.Write(x.data)
		}
	}
}

func (l *land) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.ports {
		p.tun.Close()
		unix.Close(p.ns)
		p.mu.Lock()
		for _, way := range p.lanes {
			close(way.queue)
		}
		p.lanes = map[string]*lane{}
		p.mu.Unlock()
	}
	l.ports = nil
	close(l.work)
}

func (p *port) ip() string    { return net.IP(p.addr[:]).String() }
func (p *port) ssh() string   { return net.JoinHostPort(p.ip(), sshPort) }
func (p *port) peer() string  { return net.JoinHostPort(p.ip(), peerPort) }
func (p *port) env() []string { return nil }

func (p *port) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return p.land.inside(p.ns, cmd.Start)
}

// dial makes its socket inside the namespace, and puts it in the place of the one that
// package net has made outside: so no thread is bound while a connection is made.
func (p *port) dial(ctx context.Context, addr string) (net.Conn, error) {
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		outer := raw.Control(func(fd uintptr) {
			err = p.land.inside(p.ns, func() error {
				s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
				if err != nil {
					return err
				}
				defer unix.Close(s)
				return unix.Dup3(s, int(fd), unix.O_CLOEXEC)
			})
		})
		return errors.Join(outer, err)
	}}
	return d.DialContext(ctx, "tcp4", addr)
}
