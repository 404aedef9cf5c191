package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"rex/toolchain/command"
)

// probing makes this program end at once, successfully: that it could be started in namespaces is all that is asked.
const probing = "probe"

// Available tells whether this machine lets us make namespaces. The error says which setting is in the way and the
// command that lifts it.
func Available(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err := (&command.Cmd{Path: "/proc/self/exe", Dir: "/", Clean: true, Env: []string{env + "=" + probing}, Namespaces: attributes(false, !privileged()), Label: "a process in namespaces"}).Run(ctx)
	if err == nil {
		return nil
	}
	// Not wrapped: clone(2) says ENOSPC beyond user.max_user_namespaces, and a disk has nothing to do with it.
	return fmt.Errorf("this machine makes no namespaces (%v): %s", err, fault(err, "/proc/sys"))
}

// fault says what of the settings below sys, which is /proc/sys, keeps an ordinary user from user namespaces.
func fault(err error, sys string) string {
	is := func(name, value string) bool {
		text, err := os.ReadFile(filepath.Join(sys, name))
		return err == nil && strings.TrimSpace(string(text)) == value
	}
	switch {
	case is("kernel/unprivileged_userns_clone", "0"):
		return "kernel.unprivileged_userns_clone is 0; run: sudo sysctl -w kernel.unprivileged_userns_clone=1"
	case errors.Is(err, syscall.ENOSPC) || is("user/max_user_namespaces", "0"):
		return "user.max_user_namespaces allows no more; run: sudo sysctl -w user.max_user_namespaces=10000"
	case is("kernel/apparmor_restrict_unprivileged_userns", "1"):
		return "AppArmor restricts user namespaces; run: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
	}
	return "no setting of the kernel forbids them, so it is a container's seccomp filter; run it with --security-opt seccomp=unconfined, or as --privileged"
}
