//go:build race

package sshfront

const raceDetector = true
