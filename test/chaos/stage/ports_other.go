//go:build !linux

package stage

import "net"

// reserve finds a port on loopback that is free now: elsewhere than on Linux nobody can
// keep it for a node, and another program may be given it before the node listens.
func reserve() (addr string, free func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	return l.Addr().String(), func() {}, l.Close()
}
