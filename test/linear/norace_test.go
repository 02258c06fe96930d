//go:build !race

package linear

const fewSeeds = 24
