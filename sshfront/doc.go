// Package sshfront is the SSH front end: it lets people in by their keys, puts them
// on their names, and shows them the chat in whatever terminal they have.
//
// # What it promises
//
//   - A person is the key that authenticated, never one that was merely offered.
//   - A line appears when it is committed, in the one order that all share. What
//     could not be sent comes back to its author.
//   - Nobody waits for anybody: every session has its own goroutines, its own
//     cursor in the feed and a bounded buffer. A client that does not read costs
//     its own connection, which is closed once a write has been stuck too long.
//   - Every Take is followed by a Leave when the connection ends, however it ends.
//   - Who has not said who they are keeps nobody out who has less: see gate.
//   - Everything from outside is bounded: connections, in all and of an address,
//     handshakes, requests, new keys, sizes, input. Who is over a bound is told so.
//   - Serve returns after all its goroutines.
//
// # What it does not know
//
// Raft, leaders, other nodes but for their addresses, and what an admin command
// is. It sees the cluster through Cluster, which whoever wires the program
// provides. The line editor, the rendering, names and chat commands are packages
// of their own, which know nothing of SSH.
//
// # How to read it
//
// server.go accepts, as far as the gate lets it (gate.go decides, door.go runs it,
// refusal.go says no, knock.go is a connection in between); handshake.go says who
// somebody is; bans.go keeps out who may not be here, and where nobody may come from;
// conn.go carries one connection and liveness.go gives it up when it is
// dead; channel.go turns the requests of one session channel into a session (a person
// who talks: session.go, and the files it names) or a command (exec.go). outbox.go is
// the only writer. counts.go is what an operator sees of it all.
package sshfront
