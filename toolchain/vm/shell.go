package vm

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"rex/toolchain/command"
	"rex/toolchain/sandbox"
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
	const host = "/vm/host"
	args := append(m.base(cmdline), "-initrd", m.Tools.Seen(initrd, initrdSeen), "-serial", "mon:stdio",
		"-virtfs", "local,path="+m.Tools.Seen("/", host)+",mount_tag=host,security_model=none,readonly=on,multidevs=remap")
	if debug {
		args = append(args, "-gdb", "tcp:127.0.0.1:1234", "-S")
	}
	qemu, err := m.qemu(initrd, command.Cmd{Args: args, Terminal: true}, sandbox.Box{Network: debug, Mounts: []sandbox.Mount{{Host: "/", Inside: host}}})
	if err != nil {
		return err
	}
	err = qemu.Run(ctx)
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx))
	}
	return err
}
