//go:build !linux

package transport

import (
	"net"
	"time"
)

// setUserTimeout does nothing where there is no TCP_USER_TIMEOUT: there the
// deadlines of the protocols above find a dead peer.
func setUserTimeout(net.Conn, time.Duration) error { return nil }
