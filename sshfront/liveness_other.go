//go:build !linux

package sshfront

import (
	"net"
	"time"
)

// setUserTimeout does nothing where there is no TCP_USER_TIMEOUT: there the
// keepalive of SSH and the bound on writes find a dead peer.
func setUserTimeout(*net.TCPConn, time.Duration) error { return nil }
