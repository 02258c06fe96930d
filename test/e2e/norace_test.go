//go:build !race

package e2e

const (
	raceDetector = false
	slower       = 1
	together     = 16 // tests at most: they mostly wait, for leases and keepalives
)
