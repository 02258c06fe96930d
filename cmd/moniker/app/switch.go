package app

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"moniker/cmd/moniker/switchboard"
	"moniker/transport"
)

// switched is the network between nodes with links that whoever holds the other
// end of a pipe cuts and heals. When it returns, the first word has been obeyed,
// so that nothing is dialled through what is cut already.
func switched(fd int) (transport.Network, func()) {
	board := switchboard.New(transport.TCP{})
	unix.CloseOnExec(fd)
	unix.SetNonblock(fd, true) // so that Close ends a Read
	pipe := os.NewFile(uintptr(fd), "switch-fd")
	first, done := make(chan struct{}), make(chan struct{})
	obeyed := sync.OnceFunc(func() { close(first) })
	go func() {
		defer close(done)
		defer obeyed()
		board.Follow(pipe, obeyed)
	}()
	<-first
	return board, func() {
		pipe.Close()
		<-done
		board.Cut() // what waits for a healing may end
	}
}
