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
	"rex/toolchain/sandbox"
	"rex/toolchain/tools"
)

// Accel is how QEMU runs the guest's instructions.
type Accel string

const (
	KVM Accel = "kvm"
	TCG Accel = "tcg"
)

// probeDeadline is ample: under KVM the kernel gets to its end within two seconds.
const probeDeadline = 8 * time.Second

// Accelerator chooses KVM if the kernel really runs under it, else TCG, and says why. REX_ACCEL
// (kvm, tcg or auto) overrides, and so does wish (on, off or auto; empty for nothing). The device node alone proves nothing: there are hosts where /dev/kvm opens, a
// boot sector runs, and a kernel hangs. cache is a folder in which the answer is kept until the next boot
// of the host.
func Accelerator(ctx context.Context, ready tools.Ready, kernel, cache, wish string) (Accel, string, error) {
	switch wish {
	case "off":
		return TCG, "-kvm=off", nil
	case "on":
		accel, why, err := accelerator(ctx, ready, kernel, cache)
		if err == nil && accel != KVM {
			err = fmt.Errorf("KVM does not work on this machine (%s); without -kvm=on QEMU emulates", why)
		}
		return accel, why, err
	case "auto":
		return accelerator(ctx, ready, kernel, cache)
	}
	switch v := os.Getenv("REX_ACCEL"); v {
	case "kvm", "tcg":
		return Accel(v), "REX_ACCEL=" + v, nil
	case "", "auto":
	default:
		return "", "", fmt.Errorf("REX_ACCEL is %q; it takes kvm, tcg or auto", v)
	}
	return accelerator(ctx, ready, kernel, cache)
}

func accelerator(ctx context.Context, ready tools.Ready, kernel, cache string) (Accel, string, error) {
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
	accel, why := probe(ctx, ready, kernel, KVM, probeDeadline)
	if ctx.Err() != nil {
		return "", "", context.Cause(ctx)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", "", err
	}
	return accel, why, os.WriteFile(known, []byte(string(accel)+" "+why), 0o644)
}

// probe boots the kernel without an init: it panics, and the panic ends QEMU. Whatever does not get
// that far in time does not work.
func probe(ctx context.Context, ready tools.Ready, kernel string, accel Accel, deadline time.Duration) (Accel, string) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	m := Machine{Tools: ready, Kernel: kernel, Accel: accel}
	qemu, err := m.qemu("", command.Cmd{Args: append(m.base(""), "-serial", "stdio", "-monitor", "none")}, sandbox.Box{})
	if err != nil {
		return TCG, err.Error()
	}
	out, err := qemu.Output(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return TCG, fmt.Sprintf("the kernel did not run under %s within %s", accel, deadline)
	case err != nil:
		var e *command.Error
		if errors.As(err, &e) && e.Tail != "" {
			first, _, _ := strings.Cut(e.Tail, "\n")
			return TCG, first
		}
		return TCG, err.Error()
	case !strings.Contains(out, "Kernel panic - not syncing"):
		return TCG, fmt.Sprintf("the kernel said nothing under %s", accel)
	}
	return accel, "the kernel runs under " + string(accel)
}
