// Package ports finds ports for programs that tests start and that are told on which
// ones to listen. It gives none that the system hands out by itself, to whoever dials
// or asks for any port: between the test's look and the program's Listen, another test
// would get it. And none that another test has been given, in whatever process: it keeps
// a UDP socket on the first of each row, which goes with the process, however that ends.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

const (
	Row    = 5    // ports, one after the other
	Offset = 5000 // above each, the one where a demo's node listens to the others

	low, high = 10_000, 30_000 // below what systems hand out: 32,768 and up, 49,152 and up
)

// half of the room is for the rows, in spans of Offset that take turns, half for what
// is above them.
const rows = (high - low) / 2 / Row

// Free returns the first port of a row of Row on 127.0.0.1 where nobody listens, nor
// Offset above. It is the test's until that ends.
func Free(t testing.TB) int {
	t.Helper()
	at, release, err := Take()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return at
}

// FreeAddr is one port as an address.
func FreeAddr(t testing.TB) string { return on(Free(t)) }

// Take is Free for what outlives a test: the row is taken until release is called.
func Take() (at int, release func(), err error) { return from(rand.IntN(rows)) }

// from takes the first row that it can, from a number on.
func from(begin int) (at int, release func(), err error) {
	for n := range rows {
		at := first((begin + n) % rows)
		mark, err := net.ListenPacket("udp", on(at))
		if err != nil {
			continue
		}
		if row(at) && row(at+Offset) {
			return at, func() { mark.Close() }, nil
		}
		mark.Close()
	}
	return 0, nil, fmt.Errorf("ports: none of %d rows between %d and %d is free", rows, low, high)
}

// first is where the row of a number begins.
func first(n int) int {
	const span = Offset / Row
	return low + n/span*2*Offset + n%span*Row
}

// row reports whether nobody listens on Row ports.
func row(at int) bool {
	for port := at; port < at+Row; port++ {
		l, err := net.Listen("tcp", on(port))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

func on(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
