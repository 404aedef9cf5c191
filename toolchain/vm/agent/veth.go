package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"rex/toolchain/vm/guest"
)

// namespaces is where network namespaces have names (ip-netns(8)).
const namespaces = "/run/netns"

// inNamespace is the device that each network namespace has.
const inNamespace = "eth0"

// makeVeths makes network namespaces and the devices that lead there. Between them the machine is a router.
func makeVeths(veths []guest.Veth) error {
	for _, v := range veths {
		if err := makeVeth(v); err != nil {
			return fmt.Errorf("veth %s: %w", v.Name, err)
		}
	}
	if len(veths) > 1 {
		return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
	}
	return nil
}

func makeVeth(v guest.Veth) error {
	ours, err := netlink.ParseAddr(v.Address)
	if err != nil {
		return err
	}
	theirs, err := netlink.ParseAddr(v.Peer)
	if err != nil {
		return err
	}
	if err := makeNamespace(v.Namespace); err != nil {
		return err
	}
	space, err := netns.GetFromPath(filepath.Join(namespaces, v.Namespace))
	if err != nil {
		return err
	}
	defer space.Close()
	pair := netlink.NewVeth(netlink.NewLinkAttrs())
	pair.Name, pair.PeerName, pair.PeerNamespace = v.Name, inNamespace, netlink.NsFd(space)
	if err := netlink.LinkAdd(pair); err != nil {
		return err
	}
	if err := bringUp(v.Name, ours); err != nil {
		return err
	}
	return within(v.Namespace, func() error {
		if err := bringUp("lo", nil); err != nil {
			return err
		}
		if err := bringUp(inNamespace, theirs); err != nil {
			return err
		}
		link, err := netlink.LinkByName(inNamespace)
		if err != nil {
			return err
		}
		if err := acceptFrames(link); err != nil {
			return fmt.Errorf("XDP: %w", err)
		}
		return netlink.RouteAdd(&netlink.Route{Gw: ours.IP, Dst: &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}})
	})
}

// bringUp gives a device of the current namespace an address, and sets it up.
func bringUp(name string, address *netlink.Addr) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	if address != nil {
		if err := netlink.AddrAdd(link, address); err != nil {
			return err
		}
	}
	return netlink.LinkSetUp(link)
}

// acceptFrames attaches a program that lets everything pass to a veth. Without one, it would not take what an XDP program at its other end sends
// back.
func acceptFrames(link netlink.Link) error {
	pass, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.XDP, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2 /* XDP_PASS */), asm.Return()},
	})
	if err != nil {
		return err
	}
	defer pass.Close()
	return netlink.LinkSetXdpFdWithFlags(link, pass.FD(), unix.XDP_FLAGS_DRV_MODE)
}

// makeNamespace makes a network namespace that has a name.
func makeNamespace(name string) error {
	file := filepath.Join(namespaces, name)
	if err := os.MkdirAll(namespaces, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, nil, 0o444); err != nil {
		return err
	}
	return aside(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		return unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), file, "", unix.MS_BIND, "")
	})
}

// within does something in a network namespace; without a name, in the machine's own.
func within(name string, do func() error) error {
	if name == "" {
		return do()
	}
	return aside(func() error {
		space, err := netns.GetFromPath(filepath.Join(namespaces, name))
		if err != nil {
			return fmt.Errorf("network namespace %s: %w", name, err)
		}
		defer space.Close()
		if err := netns.Set(space); err != nil {
			return err
		}
		return do()
	})
}

// aside does something in a thread that ends with it, whatever it has become of it.
func aside(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked
		done <- do()
	}()
	return <-done
}
