// Package sim runs whole clusters in virtual time: real hashicorp/raft, the real
// cluster and transport code, real TLS, over a network and disks in memory, inside
// a testing/synctest bubble. Hours of leases pass in seconds, and a silent network
// is one call away.
//
// It does not make runs repeatable: select, map order and the scheduler cannot be
// seeded. It makes them fast, so that rare ones are met.
package sim
