package stage

import (
	"golang.org/x/sys/unix"
)

// mountSmall puts a file system on dir that can be filled.
func mountSmall(dir string) error { return unix.Mount("tmpfs", dir, "tmpfs", 0, "size=192m,mode=0700") }

func unmount(dir string) error {
	err := unix.Unmount(dir, unix.MNT_DETACH)
	if err == unix.EINVAL { // nothing is mounted there
		return nil
	}
	return err
}

// fill takes all that is left on a file system.
func fill(path string) error {
	fd, err := unix.Open(path, unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var at int64
	for piece := int64(1 << 24); piece >= 4096; {
		if unix.Fallocate(fd, 0, at, piece) == nil {
			at += piece
		} else {
			piece /= 2
		}
	}
	return nil
}
