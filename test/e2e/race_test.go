//go:build race

package e2e

const (
	raceDetector = true
	slower       = 5 // how much longer things may take
)
