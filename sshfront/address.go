package sshfront

import (
	"net"
	"net/netip"
)

// source is what counts as one address: an IPv4 address, mapped or not, or an IPv6
// /64, because whoever has one address of a /64 has them all. It is a key of maps.
type source struct{ netip.Prefix }

// sourceOf returns where a connection comes from. All that is not TCP, which people
// do not use, is one source.
func sourceOf(addr net.Addr) source {
	ip, ok := addressOf(addr)
	if !ok {
		return source{}
	}
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return source{}
	}
	return source{p}
}

// addressOf returns the address itself; false for all that is not TCP.
func addressOf(addr net.Addr) (netip.Addr, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	return tcp.AddrPort().Addr().Unmap().WithZone(""), true
}
