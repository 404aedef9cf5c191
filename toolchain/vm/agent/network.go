package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What QEMU's network for users has (qemu(1), -netdev user).
var (
	ourAddress = [4]byte{10, 0, 2, 15}
	ourMask    = [4]byte{255, 255, 255, 0}
	gateway    = [4]byte{10, 0, 2, 2}
	nameServer = "10.0.2.3"
)

// loopback sets interface lo up.
func loopback() error { return setUp("lo", nil) }

// network sets up the first network card, and says who knows names, below root.
func network(root string) error {
	name := ""
	for range 100 {
		if found, _ := filepath.Glob("/sys/class/net/*/device"); len(found) > 0 {
			name = filepath.Base(filepath.Dir(found[0]))
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if name == "" {
		return fmt.Errorf("network: there is no card")
	}
	if err := setUp(name, func(fd int) error {
		// In this order: a mask without an address is refused.
		for _, set := range []struct {
			request uint
			address [4]byte
		}{{unix.SIOCSIFADDR, ourAddress}, {unix.SIOCSIFNETMASK, ourMask}} {
			ifr, err := unix.NewIfreq(name)
			if err == nil {
				err = ifr.SetInet4Addr(set.address[:])
			}
			if err == nil {
				err = unix.IoctlIfreq(fd, set.request, ifr)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := defaultRoute(); err != nil {
		return fmt.Errorf("network: default route: %w", err)
	}
	return resolver(root)
}

// setUp sets an interface up (netdevice(7)), after what configures it.
func setUp(name string, configure func(fd int) error) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer unix.Close(fd)
	if configure != nil {
		if err := configure(fd); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	ifr, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// rtentry is struct rtentry of linux/route.h.
type rtentry struct {
	_                     uint64
	target, gateway, mask unix.RawSockaddrInet4
	flags                 uint16
	_                     [2]uint64
	_                     int16
	device                *byte
	_, _                  uint64
	_                     uint16
}

func defaultRoute() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	any4 := unix.RawSockaddrInet4{Family: unix.AF_INET}
	route := rtentry{target: any4, gateway: any4, mask: any4, flags: unix.RTF_UP | unix.RTF_GATEWAY}
	route.gateway.Addr = gateway
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCADDRT, uintptr(unsafe.Pointer(&route))); errno != 0 {
		return errno
	}
	return nil
}

// resolver makes /etc/resolv.conf below root, wherever that leads, say who knows names. The host's own server is often at an address
// that means nothing in the guest.
func resolver(root string) error {
	const file = "/etc/resolv.conf"
	text := []byte("nameserver " + nameServer + "\n")
	if root == "" { // the guest's own
		return errors.Join(os.MkdirAll("/etc", 0o755), os.WriteFile(file, text, 0o644))
	}
	target := file
	if link, err := os.Readlink(root + file); err == nil {
		if target = link; !filepath.IsAbs(link) {
			target = filepath.Join("/etc", link)
		}
	}
	if strings.HasPrefix(target, "/run/") { // the guest's own
		if err := os.MkdirAll(filepath.Dir(root+target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(root+target, text, 0o644)
	}
	own := "/resolv.conf"
	if err := os.WriteFile(own, text, 0o644); err != nil {
		return err
	}
	err := unix.Mount(own, root+target, "", unix.MS_BIND, "")
	if err != nil && err != syscall.ENOENT { // a host without the file knows no names either
		return fmt.Errorf("network: %s: %w", file, err)
	}
	return nil
}
