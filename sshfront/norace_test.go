//go:build !race

package sshfront

const raceDetector = false
