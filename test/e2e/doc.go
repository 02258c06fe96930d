// Package e2e holds the real program against what it promises: the binary, built
// once a run, as processes on loopback, reached by OpenSSH's client before an
// emulated terminal, and hurt with signals and damaged folders; or as machines of a
// network that a test makes of namespaces, and hurts by losing what goes between
// them (fault_*_test.go).
//
// It knows nothing of the program's insides: only its command line, its folders
// and what people see. Every wait polls with a deadline; every process that a test
// starts is ended by it, by its pid; after each test the logs of its nodes are
// searched for panics and data races.
//
// Without ssh the tests are skipped, aloud, and those with a network without Linux,
// root, ip or nft; where MONIKER_CI is 1 they fail.
package e2e
