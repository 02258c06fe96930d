// Package linear looks for histories that no correct cluster could have: clients
// claim, leave, read and post through every node of a whole cluster in virtual time
// (package sim) while faults drawn from a seed go on, and checkers hold what they saw
// against small models.
//
// # What is checked
//
//   - Ownership, with porcupine, a name at a time (model.go): one owner, who comes back
//     with the same token, and anybody else only once the name can be free. A lease may
//     end ttl after its node's last accepted sign of life was sent, not earlier; what is
//     not known licenses nothing.
//   - Tokens rise with every grant, and none is granted twice (tokens.go).
//   - Nobody is held, or in grace, for longer than the laws allow (late.go).
//   - The room: nothing that was accepted is lost, doubled or out of order, on any node;
//     what was refused, or not sent, is nowhere (room.go).
//   - In the end everything is healed and read, all replicas have the same state, and
//     nobody is left on a name (finish.go).
//   - A run in which too little happened proves nothing, and fails (effort.go).
//
// # How it is run
//
//	go test ./test/linear                                     a few dozen seeds
//	go test ./test/linear -run Seeds -seeds 5000 -from 1 -timeout 0
//	go test ./test/linear -run Seeds -seeds 1 -from 77 -v     one seed, and its history
//
// A failing seed leaves its history, porcupine's picture and what was wrong in a
// folder that the test names, and is run again twenty times: runs are not repeatable
// (see package sim), but most failures come back.
//
// # Who watches the watchmen
//
// saboteur_test.go plants every fault the checkers are for, in recorded histories or
// with a client that breaks the rules, and fails unless it is caught.
package linear
