// Package cluster runs one node: raft, its stores, the leader's clock and batcher,
// this node's stream of commands, membership, and the feed of events.
//
// # What it promises
//
//   - What Propose or a Seat answers with success is in every later state. Callers
//     complete when their own node has applied the command, so they read their own
//     writes.
//   - A command takes effect once, however many leaders die while it is sent.
//   - An error says which of two it is: ErrUnsent, it never will take effect; or
//     ErrUnknown, nobody here can know (the caller stopped waiting, the node
//     stopped, or a snapshot jumped over the answer).
//   - Cluster time advances at most as fast as the leader's monotonic clock, and at
//     most one second a turn, so that no stall, jump or change of leader ends a
//     lease early.
//   - After Read returns, View shows all that was acknowledged anywhere before Read
//     was called.
//   - Apply does no I/O, waits for nobody, and wakes readers without blocking.
//   - A node says itself how far it may be believed (Health), by the clock that counts
//     sleep, and wakes its people's seats when that changes.
//   - Who is removed serves nobody from then on, and takes no decision's majority away.
//   - A node that cannot trust its store, or whose state differs from the leader's,
//     stops: Run returns why.
//
// # What it does not know
//
// SSH, terminals, what a chat command is, and the wall clock, except to stamp
// entries for people to read. Clock, network and stores are handed to it, so that
// whole clusters run in virtual time.
//
// # One message, from end to end
//
// bob presses Enter on n2. His Seat proposes Post as number 9 of n2's stream. The
// stream's sender hands it to n3, which leads, in a one-way frame. n3's batcher puts
// it into an entry with a stamp and gives that to raft. Two of three disks have it:
// raft commits. Every node's machine applies the entry to its State, appends the
// event Said to its feed, and pokes a few wakers. On n2 the answer to number 9
// completes bob's post. Sessions drain the feed from their own cursors and write.
// If n3 dies before, n2 sends 9 again to whoever says LeaderStart.
//
// DESIGN.md in this folder has the decisions and their reasons.
package cluster
