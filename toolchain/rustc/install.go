package rustc

import (
	"bufio"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/worktree"
)

// Places in a prefix.
const (
	Rustc  = "bin/rustc"
	Cargo  = "bin/cargo" // finds the compiler and the sources of its own prefix
	Plugin = "lib/rustlib/" + Host + "/lib/librex_passes.so"
	// Runtime holds the digests of the source that may be unsafe.
	Runtime = "lib/rustlib/rex/runtime.sha256"
	// Subset is the page whose sections are the rules that `rustc --explain` shows.
	Subset = "lib/rustlib/rex/subset.md"
	// Vendor is where cargo finds crates.
	Vendor = "lib/rustlib/src/rust/vendor"

	hostLib   = "lib/rustlib/" + Host + "/lib"
	realCargo = "libexec/cargo"
	cargoConf = "etc/cargo.toml"
	library   = "lib/rustlib/src/rust/library"
)

//go:embed cargo.sh
var cargoScript []byte

//go:embed cargo.toml
var cargoConfig []byte

// MacroCrates are what attribute macros are written with. Beside the library's own
// dependencies no other crate is offered to extensions.
var MacroCrates = []string{"proc-macro2", "quote", "syn", "unicode-ident"}

// install lays out the prefix. It holds no path of its own, so that it can be moved.
func (b *Build) install(ctx context.Context, out string) error {
	stage1 := filepath.Join(b.build(), Host, "stage1")
	if err := worktree.Copy(filepath.Join(stage1, "bin/rustc"), filepath.Join(out, Rustc)); err != nil {
		return err
	}
	if err := copyFiles(filepath.Join(stage1, "lib"), filepath.Join(out, "lib"), ".so"); err != nil {
		return err
	}
	if err := copyFiles(filepath.Join(stage1, hostLib), filepath.Join(out, hostLib), ".so", ".rlib", ".rmeta"); err != nil {
		return err
	}
	if err := worktree.Copy(b.cargo(), filepath.Join(out, realCargo)); err != nil {
		return err
	}
	if err := write(filepath.Join(out, Cargo), cargoScript, 0o755); err != nil {
		return err
	}
	if err := write(filepath.Join(out, cargoConf), cargoConfig, 0o644); err != nil {
		return err
	}
	return b.installSource(ctx, out)
}

// installSource installs what -Zbuild-std compiles: the library and the crates it needs.
func (b *Build) installSource(ctx context.Context, out string) error {
	if err := worktree.CopyTree(ctx, filepath.Join(b.Source, "library"), filepath.Join(out, library)); err != nil {
		return err
	}
	// The lock that the bootstrap ended up with; a Debian source has none of its own.
	lock := filepath.Join(out, library, "Cargo.lock")
	if err := os.Remove(lock); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := worktree.Copy(filepath.Join(b.src(), "library/Cargo.lock"), lock); err != nil {
		return err
	}
	wanted, err := locked(lock)
	if err != nil {
		return err
	}
	wanted = append(wanted, MacroCrates...)
	crates, err := os.ReadDir(filepath.Join(b.Source, "vendor"))
	if err != nil {
		return err
	}
	for _, crate := range crates {
		if !slices.Contains(wanted, CrateName(crate.Name())) {
			continue
		}
		if err := worktree.CopyTree(ctx, filepath.Join(b.Source, "vendor", crate.Name()), filepath.Join(out, Vendor, crate.Name())); err != nil {
			return err
		}
	}
	return nil
}

// locked lists the names of the packages in a lock file.
func locked(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var names []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), `name = "`); ok {
			names = append(names, strings.TrimSuffix(name, `"`))
		}
	}
	return names, lines.Err()
}

// CrateName is the name of a crate by its vendored folder, which may end in a version.
func CrateName(folder string) string {
	for i := 0; i+1 < len(folder); i++ {
		if folder[i] == '-' && folder[i+1] >= '0' && folder[i+1] <= '9' {
			return folder[:i]
		}
	}
	return folder
}

// Assemble makes a toolchain in out: the compiler in prefix with its pass plugin, and the
// digests by which the compiler knows the runtime: all Rust files below the runtime folders
// (the rex crate, its macros, the kernel's bindings). The page subset says what the subset's rules are. Nothing of the prefix is copied
// where the file system has hard links.
func Assemble(ctx context.Context, prefix, plugin, subset string, runtime []string, out string) error {
	if err := worktree.CopyTree(ctx, prefix, out); err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	if err := worktree.Copy(plugin, filepath.Join(out, Plugin)); err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	if err := worktree.Copy(subset, filepath.Join(out, Subset)); err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	list, err := digests(runtime)
	if err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	return write(filepath.Join(out, Runtime), []byte(list), 0o644)
}

// digests lists the Rust files below the folders as sha256sum does: digest and name, sorted.
func digests(folders []string) (string, error) {
	var lines []string
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "target":
				return fs.SkipDir // what cargo leaves beside a manifest
			case d.IsDir() || filepath.Ext(path) != ".rs":
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(folder, path)
			if err != nil {
				return err
			}
			lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(text), name))
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), ""), nil
}

// copyFiles copies the files of one folder that have one of the extensions.
func copyFiles(from, to string, extensions ...string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !slices.Contains(extensions, filepath.Ext(f.Name())) {
			continue
		}
		if err := worktree.Copy(filepath.Join(from, f.Name()), filepath.Join(to, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, mode)
}
