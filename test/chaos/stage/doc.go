// Package stage is what a chaos run plays on: nodes as processes, each on a machine of
// its own, the network between those machines, and the ways to break all that.
//
// A machine is a network namespace, joined to the others by a switch that this process
// is: it reads every packet, and loses, delays or thins out what the faults in force
// say. So loss is silent, as it is when a cable is pulled, and nothing is left behind,
// however the run ends: namespaces and devices go with the process that holds them, and
// nodes die with it. Where that cannot be (no root, not Linux), nodes share loopback and
// a proxy stands between any two of them; Where says which it is.
//
// A fault is a file with an entry in the table that Kinds returns. It takes what it
// breaks, so that no two faults hold one node at a time, says what it broke, and is
// undone by Mend; MendAll undoes all that is broken at any moment. What needs a majority
// to be undone (a node that has lost its memory must be removed and let in anew) is
// tried again until it is.
//
// The stage knows nothing of laws, and nothing of what people say to the nodes.
package stage
