//go:build !linux

package stage

import "errors"

var errNoMount = errors.New("small file systems are Linux's")

func mountSmall(string) error { return errNoMount }
func unmount(string) error    { return nil }
func fill(string) error       { return errNoMount }
