package stage

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// In the time until a node listens, and between two of its lives, its port is nobody
// else's.
func TestAReservedPortIsKeptForItsNode(t *testing.T) {
	addr, free, err := reserve()
	if err != nil {
		t.Fatal(err)
	}
	take := func() error {
		at, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		return unix.Bind(fd, &unix.SockaddrInet4{Port: at.Port, Addr: [4]byte{127, 0, 0, 1}})
	}
	for range 3 {
		if err := take(); !errors.Is(err, unix.EADDRINUSE) {
			t.Errorf("somebody else takes it: %v", err)
		}
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			t.Error("somebody answers while the node is not there")
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatalf("the node cannot listen: %v", err)
		}
		l.Close()
	}
	free()
	if err := take(); err != nil {
		t.Errorf("it is not given back: %v", err)
	}
}
