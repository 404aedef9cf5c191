package vm

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"rex/toolchain/vm/guest"
)

// Shell boots the machine with the host's files, which stay as they are, and connects the terminal to a
// shell in folder dir. With debug, QEMU waits for gdb on port 1234 first.
func (m *Machine) Shell(ctx context.Context, dir string, debug bool) error {
	tmp, err := os.MkdirTemp("", "rex-vm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	initrd := filepath.Join(tmp, "initramfs")
	if err := m.writeInitramfs(initrd, nil, &guest.Job{Shell: true}); err != nil {
		return err
	}
	cmdline := "quiet REX_DIR=" + dir + " TERM=" + os.Getenv("TERM")
	if debug {
		cmdline += " nokaslr"
	}
	args := append(m.base(cmdline), "-initrd", initrd, "-serial", "mon:stdio",
		"-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap")
	if debug {
		args = append(args, "-gdb", "tcp:127.0.0.1:1234", "-S")
	}
	// In the foreground of the terminal, so not a process group of its own.
	cmd := exec.CommandContext(ctx, m.QEMU, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx))
	}
	return err
}
