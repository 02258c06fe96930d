//go:build !linux

package stage

import "errors"

func newLand(*wires) (ground, error) {
	return nil, errors.New("network namespaces are Linux's")
}
