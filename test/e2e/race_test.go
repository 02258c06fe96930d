//go:build race

package e2e

const (
	raceDetector = true
	slower       = 5 // how much longer things may take
	leeway       = slower
	together     = 4 // tests at most: each has its own processes, and every one of them computes
)
