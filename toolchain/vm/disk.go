package vm

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/sandbox"
)

// RunDisk boots the system on the machine's first disk by its own init, with neither agent nor initramfs, and waits until it powers off or wants to
// start again, which both end QEMU. shares are folders of the host that it may write to, by the tags under which it mounts them (9p over virtio).
// What the kernel has said of trouble is returned. It takes the machine's timer and clock as they are: where QEMU waits for a busy host, they seem not to
// work, and to be wrong.
func (m *Machine) RunDisk(ctx context.Context, limit time.Duration, shares map[string]string) (trouble []string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the system on the disk had not ended after %s; its console: %s", limit, m.Console))
	defer cancel()
	var box sandbox.Box
	var devices []string
	for _, tag := range slices.Sorted(maps.Keys(shares)) {
		devices = append(devices, m.share(&box, tag, shares[tag], filepath.Join("/vm", tag), true)...)
	}
	devices, cmdline, err := m.devices(devices, &box)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(m.Console)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	qemu, err := m.qemu("", command.Cmd{Args: slices.Concat(m.base("root=/dev/vda rw no_timer_check tsc=reliable "+cmdline), devices, []string{"-serial", "stdio", "-monitor", "none"}), Stdout: log, Stderr: log}, box)
	if err != nil {
		return nil, err
	}
	if err := qemu.Run(ctx); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(log)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); symptom(line) != Passed && (m.Allow == nil || !m.Allow(line)) {
			trouble = append(trouble, line)
		}
	}
	return trouble, nil
}
