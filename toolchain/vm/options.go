package vm

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"rex/toolchain/sandbox"
)

// Options are what a person may choose about a machine.
type Options struct {
	Memory  int      // MiB; 0 means 512
	CPUs    int      // 0 means 2
	Append  string   // to the kernel's command line
	Disks   []string // files or devices, which the guest may write to
	Network bool     // a card in QEMU's network for users
	Ports   []Port   // of the network, which they imply
	KVM     string   // on, off, auto, or empty for what REX_ACCEL says
}

// Port is one of the host's that leads to one of the guest's.
type Port struct{ Host, Guest int }

// Bounds of a machine, in MiB. CPUs are those of configs/kernel.
const (
	minMemory = 128
	maxMemory = 1 << 20
	maxCPUs   = 64
)

// ParseMemory reads a size: "512M", "2G", or a number of MiB.
func ParseMemory(text string) (int, error) {
	wrong := func(why string) error {
		return fmt.Errorf("memory is %q; %s: it takes a size such as 512M or 2G", text, why)
	}
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	unit := 1
	switch {
	case strings.HasSuffix(number, "M"):
		number = number[:len(number)-1]
	case strings.HasSuffix(number, "G"):
		number, unit = number[:len(number)-1], 1024
	}
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n <= 0:
		return 0, wrong("that is no size")
	case n > maxMemory/unit:
		return 0, wrong("no machine has as much")
	case n*unit < minMemory:
		return 0, wrong(fmt.Sprintf("the kernel needs %dM", minMemory))
	}
	if have := physical(); have > 0 && n*unit > have {
		return 0, wrong(fmt.Sprintf("this machine itself has %dM", have))
	}
	return n * unit, nil
}

// physical is this machine's memory in MiB; 0 if nothing says so.
func physical() int {
	total := 0
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "MemTotal: %d kB", &total); err == nil {
			break
		}
	}
	return total / 1024
}

// CheckCPUs refuses numbers of CPUs that no machine has.
func CheckCPUs(n int) error {
	if n < 1 || n > maxCPUs {
		return fmt.Errorf("cpus is %d; a machine takes 1 to %d", n, maxCPUs)
	}
	return nil
}

// CheckAppend refuses what would not be a part of a kernel's command line.
func CheckAppend(text string) error {
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
		return fmt.Errorf("append is %q; a kernel's command line is one line of ASCII", text)
	}
	if len(text) > 1500 {
		return fmt.Errorf("append has %d bytes; a kernel's command line takes 1500", len(text))
	}
	return nil
}

// ParsePort reads "8080:80", or "8080" for the same on both sides.
func ParsePort(text string) (Port, error) {
	host, inside, two := strings.Cut(text, ":")
	if !two {
		inside = host
	}
	var p Port
	for _, side := range []struct {
		text string
		to   *int
	}{{host, &p.Host}, {inside, &p.Guest}} {
		n, err := strconv.ParseUint(side.text, 10, 16)
		if err != nil || n == 0 {
			return p, fmt.Errorf("port is %q; it takes HOST:GUEST, two numbers from 1 to 65535", text)
		}
		*side.to = int(n)
	}
	return p, nil
}

// CheckKVM refuses wishes that there are not.
func CheckKVM(wish string) error {
	if !slices.Contains([]string{"", "on", "off", "auto"}, wish) {
		return fmt.Errorf("kvm is %q; it takes on, off or auto", wish)
	}
	return nil
}

// Free tells whether a TCP port of this machine can be listened on, or why not.
func Free(port int) error {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = errors.Unwrap(op.Err)
		}
		return fmt.Errorf("port %d of this machine cannot be used: %w", port, err)
	}
	return l.Close()
}

// AnyPort is a TCP port of this machine that can be listened on now.
func AnyPort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func (m *Machine) memory() int { return orDefault(m.Memory, 512) }

// devices adds those that the options ask for, and what QEMU sees of the host for it, and returns the kernel's options.
func (m *Machine) devices(list []string, box *sandbox.Box) (devices []string, cmdline string, err error) {
	cmdline = m.Append
	if m.Network || len(m.Ports) > 0 {
		netdev := "user,id=net"
		for _, p := range m.Ports {
			if err := Free(p.Host); err != nil {
				return nil, "", fmt.Errorf("%w; choose another one: -p OTHER:%d", err, p.Guest)
			}
			netdev += fmt.Sprintf(",hostfwd=tcp:127.0.0.1:%d-:%d", p.Host, p.Guest)
		}
		box.Network = true
		list = append(list, "-netdev", netdev, "-device", "virtio-net-pci,netdev=net,romfile=")
	}
	for i, disk := range m.Disks {
		format, err := diskFormat(disk)
		if err != nil {
			return nil, "", err
		}
		inside := fmt.Sprintf("/vm/disk%d", i)
		box.Mounts = append(box.Mounts, sandbox.Mount{Host: disk, Inside: inside, Writable: true})
		list = append(list, "-drive", fmt.Sprintf("if=virtio,format=%s,file=%s", format, option(m.Tools.Seen(disk, inside))))
	}
	if m.GDB != 0 {
		if err := Free(m.GDB); err != nil {
			return nil, "", err
		}
		box.Network = true
		cmdline += " nokaslr"
		list = append(list, "-gdb", fmt.Sprintf("tcp:127.0.0.1:%d", m.GDB), "-S")
	}
	return list, cmdline, nil
}

// option is a text within an option of QEMU's, where a comma ends one and two are one.
func option(text string) string { return strings.ReplaceAll(text, ",", ",,") }

// diskFormat says what a disk's image is. QEMU would guess, but a guest that writes the start of a raw one chooses the guess.
func diskFormat(file string) (string, error) {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("disk: %w; `truncate -s 1G FILE` makes one", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return "", errors.Join(err, fmt.Errorf("disk: %s is a directory; it takes an image or a block device", file))
	}
	magic := make([]byte, 4)
	if _, err := f.ReadAt(magic, 0); err == nil && bytes.Equal(magic, []byte("QFI\xfb")) {
		return "qcow2", nil
	}
	return "raw", nil
}
