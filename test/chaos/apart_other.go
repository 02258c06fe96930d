//go:build !linux

package main

// apart runs this program in a mount namespace of its own, where there are any.
func apart() (exit int, done bool) { return 0, false }

func canMount() bool { return false }
