// Command chaos runs a cluster of real processes, puts real load on it, breaks it in
// seeded ways, mends it, and says which laws held.
//
//	go run ./test/chaos -for 60s -seed 7 -faults kill,pause,cut
//
// With -list it shows all faults there are; -faults all,-damage is all but that family.
// With -quick it is a smoke that a change can wait for. Ctrl-C mends all, then judges
// what there was; a second one ends it at once, and its nodes with it.
//
// As root on Linux each node has a network namespace, and a file system of its own if
// its disk is to be full. Both are this process's, and go with it: nothing has to be
// cleaned up, and any number of runs go on side by side. Elsewhere nodes are on
// loopback with proxies between them, and what cannot be tested there is listed.
//
// A seed fixes the plan and the dice of each fault, not what the cluster makes of them:
// the same line finds the same trouble often, not always.
//
// Whether it bites: with -sabotage NAME the nodes are built with one mechanism swapped
// for a wrong one, and -prove runs all of these, each under the faults that show it, and
// says who was caught, by which law, and after how long.
//
// It is made of rooms that know little of each other:
//
//	record    what a run has seen: plain data
//	node      the node that runs: moniker's, with a clock and a network that can lie
//	autopsy   what a node that has stopped has on its disk, read by its own program
//	stage     the processes, the network between them, and the faults
//	load      people: real SSH clients that claim, talk, drop and come back, and write down what they saw
//	sabotage  builds that are wrong on purpose, which must be found out
//	verdict   whether the laws held, from the record alone
//	report    the folder with the page, the plot and the pictures
//
// main wires them: stage up, load on, faults by the seed's plan, all mended, load off,
// everybody asked, judged, reported. The exit status is 0 if every law held, 1 if one
// was broken, 2 if the run itself failed, had too little traffic to say, or
// could not be decided in time.
package main
