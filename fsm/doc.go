// Package fsm is moniker's replicated state machine: who owns which nickname,
// who is in which room, what was said. It is a pure function of the log. The same
// entries give byte-for-byte the same state, answers and events on every replica,
// through any snapshot and restore.
//
// # What it promises
//
//   - One owner. At every index a name has at most one, and names that look alike
//     are one name (package lease). No two rooms look alike (package room).
//   - Fenced. Every grant has a token larger than any before it. A Post with
//     another token, or from a session whose node's lease is over, changes nothing.
//   - Time is the log's. The only time here is the stamp a leader put into an
//     entry. It never goes back. Nothing ends because time passed, except in Tick.
//   - Exactly once. A numbered command is executed once; a repeat changes nothing
//     (package stream).
//   - Who may not come in does not, and who may not speak does not, on any node, until
//     that is over or undone; but nothing holds an operator of the cluster, so that
//     somebody is left who can undo it.
//   - A room has somebody who runs it as long as anybody is in it; the lobby, which
//     nobody is put out of, is run by the operators of the cluster.
//   - Everything is bounded. Reaching a limit is a Refusal, an answer like any other.
//
// # What it does not know
//
// What time it is; which node it runs on; that there is a network, a disk or raft;
// what an SSH connection is. It starts no goroutines, takes no locks and logs
// nothing. Names reach it already normalised: it compares bytes.
//
// # How to read it
//
// State.Apply (apply.go) takes the stamp and runs each command. A command is a
// file: claim.go, post.go, tick.go and so on. What a command changes lives in a
// table, a small package each: lease (names, sessions, node leases), stream
// (exactly once), room, history, people, keyring (several keys, one person), profile
// (what people have set, and whom they ignore), presence (who is away), ban (who may
// not come in or speak, and who may), member, setting (and the message of the day),
// trail (how names changed hands). rights.go is who may do what in a room. Shared
// words are in id, the binary form in wire, one entry's events and changes in turn,
// bounded lists of what happened in shelf.
//
// # One claim, from end to end
//
// alice's key authenticates on n2. n2 proposes Attach{session, identity, name} as
// number 17 of its incarnation's stream. The leader puts it into an entry with a
// stamp. Every replica applies the entry: the stream says 17 is next; no rival
// holds a name that looks like it; the name is free, so it is granted under token
// 71; the event Granted is emitted; the answer {OK, event, 71} is remembered for
// 17. n2 applies it too, and only that completes alice's login: she reads her own
// writes. Had the leader died before, n2 would send 17 again to the next one.
package fsm
