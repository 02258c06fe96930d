//go:build !race

package e2e

const (
	raceDetector = false
	slower       = 1
	leeway       = 3  // the same for what is measured and no law bounds: these tests run beside each other
	together     = 16 // tests at most: they mostly wait, for leases and keepalives
)
