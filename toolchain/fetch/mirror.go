package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// Mirror writes what the component's Debian origin names to dir, laid out like a mirror of the Debian archive:
// REX_DEBIAN_MIRROR=file://DIR, or a web server on it, is all that a machine without a network needs. Files that
// are there and right are left alone.
func (f *Fetcher) Mirror(ctx context.Context, c *pin.Component, dir string) error {
	for i := range c.Origins {
		o := &c.Origins[i]
		if o.Kind != pin.Debian {
			continue
		}
		if err := f.MirrorFiles(ctx, o.Files, dir); err != nil {
			return fmt.Errorf("mirror %s %s: %w", c.Name, c.Version, err)
		}
		return nil
	}
	return fmt.Errorf("mirror %s %s: it has no debian origin, which a mirror could serve", c.Name, c.Version)
}

// MirrorFiles does the same with files of the Debian archive.
func (f *Fetcher) MirrorFiles(ctx context.Context, files []pin.File, dir string) error {
	for _, file := range files {
		if err := f.mirror(ctx, file, filepath.Join(dir, filepath.FromSlash(file.Path))); err != nil {
			return redacted{fmt.Errorf("%s: %w", file.Name(), err)}
		}
	}
	return nil
}

func (f *Fetcher) mirror(ctx context.Context, file pin.File, to string) error {
	if got, err := digest.File(to); err == nil && got == file.SHA256 {
		return nil
	}
	from, err := f.file(ctx, pin.Debian, file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Link(from, to); err == nil {
		return nil
	}
	return copyFile(from, to)
}

// copyFile copies a file, which appears whole or not at all.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".rex-")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Chmod(0o644), out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return os.Rename(out.Name(), to)
}
