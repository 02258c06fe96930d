package stage

import (
	"errors"
	"net"
	"strconv"

	"golang.org/x/sys/unix"
)

// reserve finds a port on loopback and keeps it until free: whoever is given one by the
// system is given another, and a node, which asks for this one, can listen on it, in each
// of its lives. A socket that is bound and does not listen does that (SO_REUSEADDR).
func reserve() (addr string, free func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	fail := func(err error) (string, func(), error) { return "", nil, errors.Join(err, unix.Close(fd)) }
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return fail(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fail(err)
	}
	is, err := unix.Getsockname(fd)
	if err != nil {
		return fail(err)
	}
	port := is.(*unix.SockaddrInet4).Port
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), func() { unix.Close(fd) }, nil
}
