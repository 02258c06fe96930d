//go:build !linux

package stage

import "errors"

var errNoMount = errors.New("file systems of a node's own are Linux's")

func mountSmall(string) error        { return errNoMount }
func makeDisk(string) error          { return errNoMount }
func mountDisk(string, string) error { return errNoMount }
func cutPower(string) error          { return errNoMount }
func unmount(string, bool) error     { return nil }
func fill(string) error              { return errNoMount }
