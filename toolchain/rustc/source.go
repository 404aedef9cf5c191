package rustc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rex/toolchain/patch"
)

// locks are the lock files that no longer fit once Debian's patches have changed manifests.
// cargo makes new ones from what is vendored.
var locks = []string{
	".", "src/bootstrap", "library", "src/tools/cargo", "src/tools/rust-analyzer", "src/tools/rustbook",
}

// Prepare makes an unpacked source ready to be patched and built. It is meant for a source
// in Debian's three parts, the second and third unpacked inside of the first; there it does
// what debian/rules does. The official archive needs nothing and stays as it is.
func Prepare(ctx context.Context, tree string) error {
	patches := filepath.Join(tree, "debian/patches")
	if _, err := os.Stat(patches); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := patch.Apply(ctx, tree, patches); err != nil {
		return fmt.Errorf("debian's patches: %w", err)
	}
	if err := addVendored(tree); err != nil {
		return fmt.Errorf("extra-vendor: %w", err)
	}
	for _, dir := range locks {
		if err := os.Remove(filepath.Join(tree, dir, "Cargo.lock")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return forgetChecksums(ctx, filepath.Join(tree, "vendor"))
}

// addVendored moves the crates that Debian adds among the vendored ones.
func addVendored(tree string) error {
	extra := filepath.Join(tree, "extra-vendor")
	crates, err := os.ReadDir(extra)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // some versions have none
	}
	if err != nil {
		return err
	}
	for _, crate := range crates {
		to := filepath.Join(tree, "vendor", crate.Name())
		if err := os.RemoveAll(to); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(extra, crate.Name()), to); err != nil {
			return err
		}
	}
	return os.Remove(extra)
}

// forgetChecksums empties the lists of file digests, which Debian's patches have made wrong.
// The archives themselves were verified.
func forgetChecksums(ctx context.Context, vendor string) error {
	crates, err := os.ReadDir(vendor)
	if err != nil {
		return err
	}
	for _, crate := range crates {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		path := filepath.Join(vendor, crate.Name(), ".cargo-checksum.json")
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var sums map[string]any
		if err := json.Unmarshal(text, &sums); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		sums["files"] = map[string]string{}
		if text, err = json.Marshal(sums); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
