package stage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mountSmall puts a file system on dir that can be filled.
func mountSmall(dir string) error { return unix.Mount("tmpfs", dir, "tmpfs", 0, "size=192m,mode=0700") }

const diskSize = 256 << 20

// makeDisk puts a file system on dir that can lose power, and be filled: ext4 on a device
// of its own, whose sectors are in a file.
func makeDisk(dir string) error {
	image := dir + diskImage
	f, err := os.OpenFile(image, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(diskSize), f.Close()); err != nil {
		return err
	}
	if said, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput(); err != nil {
		return fmt.Errorf("mkfs.ext4: %w %s", err, strings.TrimSpace(string(said)))
	}
	if err := mountDisk(image, dir); err != nil {
		return err
	}
	return errors.Join(os.Remove(filepath.Join(dir, "lost+found")), os.Chmod(dir, 0o700))
}

// mountDisk mounts what makeDisk made. The device goes with the mount.
func mountDisk(image, dir string) error {
	file, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	device, err := loop(file)
	if err != nil {
		return fmt.Errorf("a loop device: %w", err)
	}
	defer device.Close()
	return os.NewSyscallError("mount", unix.Mount(device.Name(), dir, "ext4", unix.MS_NOATIME, ""))
}

// loop makes a block device of a file, for as long as somebody has it open.
func loop(file *os.File) (*os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, err
		}
		device, err := os.OpenFile(fmt.Sprintf("/dev/loop%d", n), os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		config := unix.LoopConfig{Fd: uint32(file.Fd()), Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR}}
		err = unix.IoctlLoopConfigure(int(device.Fd()), &config)
		if err == nil {
			return device, nil
		}
		device.Close()
		if !errors.Is(err, unix.EBUSY) { // somebody else was faster
			return nil, err
		}
	}
}

// cutPower stops a file system that makeDisk made, as a power cut does: what is only in
// memory is lost, the journal's end as well.
func cutPower(dir string) error {
	const shutdown, noFlush = 0x8004587d, uint32(2) // EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	how := noFlush
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); no != 0 {
		return os.NewSyscallError("cut the power of "+dir, no)
	}
	return nil
}

// unmount takes off what is mounted on dir, if anything is: at once, or with lazily as
// soon as nobody uses it.
func unmount(dir string, lazily bool) error {
	how := 0
	if lazily {
		how = unix.MNT_DETACH
	}
	err := unix.Unmount(dir, how)
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
