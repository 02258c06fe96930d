//go:build race

package linear

const fewSeeds = 6 // each takes ten times as long
