package vm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rex/toolchain/command"
)

// Accel is how QEMU runs the guest's instructions.
type Accel string

const (
	KVM Accel = "kvm"
	TCG Accel = "tcg"
)

// probeDeadline is ample: a boot sector runs within half a second.
const probeDeadline = 5 * time.Second

// bootSector writes 0x10 to the isa-debug-exit device, whereupon QEMU exits with 0x10<<1|1.
var bootSector = func() []byte {
	s := make([]byte, 512)
	copy(s, []byte{
		0xb0, 0x10, // mov al, 0x10
		0xe6, 0xf4, // out 0xf4, al
		0xf4,       // hlt
		0xeb, 0xfd, // jmp to the hlt
	})
	s[510], s[511] = 0x55, 0xaa
	return s
}()

// Accelerator chooses KVM if a guest really runs under it, else TCG, and says why. REX_ACCEL
// (kvm, tcg or auto) overrides. The device node alone proves nothing: there are hosts where /dev/kvm opens
// and guests hang. cache is a folder in which the answer is kept until the next boot of the host.
func Accelerator(ctx context.Context, qemu, cache string) (Accel, string, error) {
	switch v := os.Getenv("REX_ACCEL"); v {
	case "kvm", "tcg":
		return Accel(v), "REX_ACCEL=" + v, nil
	case "", "auto":
	default:
		return "", "", fmt.Errorf("REX_ACCEL is %q; it takes kvm, tcg or auto", v)
	}
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return TCG, err.Error(), nil
	}
	f.Close()
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", "", err
	}
	known := filepath.Join(cache, "kvm-"+strings.TrimSpace(string(boot)))
	if text, err := os.ReadFile(known); err == nil && len(text) > 4 {
		return Accel(text[:3]), string(text[4:]), nil
	}
	accel, why := probe(ctx, qemu, KVM, probeDeadline)
	if ctx.Err() != nil {
		return "", "", context.Cause(ctx)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", "", err
	}
	return accel, why, os.WriteFile(known, []byte(string(accel)+" "+why), 0o644)
}

// probe boots a boot sector that ends QEMU with a certain exit code.
func probe(ctx context.Context, qemu string, accel Accel, deadline time.Duration) (Accel, string) {
	dir, err := os.MkdirTemp("", "rex-kvm-")
	if err != nil {
		return TCG, err.Error()
	}
	defer os.RemoveAll(dir)
	disk := filepath.Join(dir, "disk")
	if err := os.WriteFile(disk, bootSector, 0o644); err != nil {
		return TCG, err.Error()
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	err = (&command.Cmd{Path: qemu, Args: []string{
		"-accel", string(accel), "-m", "16", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-drive", "if=ide,format=raw,file=" + disk, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
	}}).Run(ctx)
	switch {
	case command.ExitCode(err) == 0x10<<1|1:
		return accel, "a guest ran under " + string(accel)
	case errors.Is(err, context.DeadlineExceeded):
		return TCG, fmt.Sprintf("a guest under %s did nothing for %s", accel, deadline)
	}
	why, _, _ := strings.Cut(fmt.Sprint(err), "\n")
	return TCG, why
}
