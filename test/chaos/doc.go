// Command chaos runs a cluster of real processes, puts real load on it, breaks it in
// seeded ways, mends it, and says which laws held.
//
//	go run ./test/chaos -for 60s -seed 7 -faults kill,pause,cut
//
// It is made of rooms that know little of each other:
//
//	record    what a run has seen: plain data
//	stage     the processes, the network between them, and the faults
//	load      people: real SSH clients that claim, talk, drop and come back, and write down what they saw
//	verdict   whether the laws held, from the record alone
//	report    the folder with the page, the plot and the pictures
//
// main wires them: stage up, load on, faults by the seed's plan, all mended, load off,
// everybody asked, judged, reported. The exit status is 0 if every law held, 1 if one
// was broken, 2 if the run itself failed or had too little traffic to say.
package main
