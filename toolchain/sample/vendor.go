package sample

import (
	"fmt"
	"os"
	"path/filepath"
)

// VendorDir is the folder of an extension with the sources of crates that it did not write itself, as `cargo vendor` lays them out
// (https://doc.rust-lang.org/cargo/commands/cargo-vendor.html).
const VendorDir = "vendor"

// Offer returns a folder of the crates that cargo may use for the extension: those offered by the toolchain, which the runtime's macros
// are written with, and those that the extension brings, in a folder below work. The compiler holds these to what it holds the
// extension itself to.
func (s *Sample) Offer(offered, work string) (string, error) {
	own := filepath.Join(s.Dir, VendorDir)
	brought, err := os.ReadDir(own)
	if os.IsNotExist(err) {
		return offered, nil
	} else if err != nil {
		return "", err
	}
	all := filepath.Join(work, s.Name)
	if err := os.RemoveAll(all); err != nil {
		return "", err
	}
	if err := os.MkdirAll(all, 0o755); err != nil {
		return "", err
	}
	known, err := os.ReadDir(offered)
	if err != nil {
		return "", err
	}
	for _, crate := range known {
		if err := os.Symlink(filepath.Join(offered, crate.Name()), filepath.Join(all, crate.Name())); err != nil {
			return "", err
		}
	}
	for _, crate := range brought {
		if !crate.IsDir() {
			continue
		}
		if !exists(filepath.Join(own, crate.Name(), "Cargo.toml")) {
			return "", fmt.Errorf("%s holds no crate; it is written by `mage vendor`, or `cargo vendor`", filepath.Join(own, crate.Name()))
		}
		// What the toolchain brings is what it was tested with.
		if err := os.Symlink(filepath.Join(own, crate.Name()), filepath.Join(all, crate.Name())); err != nil && !os.IsExist(err) {
			return "", err
		}
	}
	return all, nil
}
