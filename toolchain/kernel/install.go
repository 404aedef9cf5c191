package kernel

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// Release is what uname -r says of the kernel in a result.
func Release(result string) (string, error) {
	text, err := os.ReadFile(filepath.Join(result, "include/config/kernel.release"))
	return strings.TrimSpace(string(text)), err
}

// install has Kbuild put into a result what its own packages hold: modules, with the list of those that are built in, and what others
// are built with.
func (b *Build) install(ctx context.Context, out string) error {
	release, err := Release(out)
	if err != nil {
		return err
	}
	if err := b.make(ctx, "modules_install", "INSTALL_MOD_PATH="+out, "INSTALL_MOD_STRIP=1"); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(out, Modules, release, "build")); err != nil { // it leads to the workspace
		return err
	}
	development := filepath.Join(out, Development)
	if err := b.make(ctx, "run-command", "KBUILD_RUN_COMMAND=$(srctree)/scripts/package/install-extmod-build "+development); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(development, "scripts/gdb")) // links that lead to the workspace, too
}
