// Package dist makes of what stages have built what others install: Debian packages, and an archive for the rest. The same results make the
// same packages to the byte.
package dist

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/worktree"
)

// Package is a Debian package.
type Package struct {
	Name        string
	Section     string
	Description string   // the first line, and a text of further ones
	Depends     []string // beside what its programs and libraries load
	Recommends  []string
	Provides    []string
	Files       []File
	Scripts     map[string]string // preinst, postinst, prerm, postrm
}

// File is a file, a folder with all that is in it, or a link in a package.
type File struct {
	Inside string // without a slash in front
	// One of these says what it is.
	Host string // a file or a folder of this machine
	Text string
	Link string // a symbolic link to this target
	Dir  bool   // an empty folder
	// Program makes a Text one that can be run. What comes from this machine is one if it is one there.
	Program bool
}

// Release says which release packages are of.
type Release struct {
	Version string // of all packages, as Debian writes versions
	Epoch   int64  // time of all files, in seconds (SOURCE_DATE_EPOCH)
}

// version is a version of Debian's (Policy, 5.6.12), with a revision or without.
var version = regexp.MustCompile(`^[0-9][A-Za-z0-9.+~]*(-[A-Za-z0-9.+~]+)?$`)

// Check refuses what packages cannot be of.
func (r Release) Check() error {
	if !version.MatchString(r.Version) {
		return fmt.Errorf("version is %q; it takes one of Debian's, such as 0.2.0-1: it begins with a digit, has letters, digits, `.`, `+` and `~`, and a revision behind `-`", r.Version)
	}
	if r.Epoch < 0 {
		return fmt.Errorf("SOURCE_DATE_EPOCH is %d; it takes seconds since 1970", r.Epoch)
	}
	return nil
}

// FileName is what the package's file is called.
func (p *Package) FileName(r Release) string {
	return fmt.Sprintf("%s_%s_amd64.deb", p.Name, r.Version)
}

// Build writes the package to the folder out; scratch is an empty folder that it may use.
func (p *Package) Build(ctx context.Context, r Release, scratch, out, log string, output io.Writer) error {
	if err := r.Check(); err != nil {
		return err
	}
	if err := p.lay(ctx, scratch); err != nil {
		return fmt.Errorf("package %s: %w", p.Name, err)
	}
	if err := p.control(r, scratch); err != nil {
		return fmt.Errorf("package %s: %w", p.Name, err)
	}
	// One thread: what several make depends on how many there are.
	return (&command.Cmd{
		Path: "dpkg-deb", Args: []string{"--root-owner-group", "--threads-max=1", "-Zzstd", "-z10", "--build", scratch, filepath.Join(out, p.FileName(r))},
		Env: []string{fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.Epoch)}, Log: log, Stdout: output, Stderr: output,
	}).Run(ctx)
}

// lay puts the files into the folder root.
func (p *Package) lay(ctx context.Context, root string) error {
	for _, f := range p.Files {
		to := filepath.Join(root, f.Inside)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := f.lay(ctx, to); err != nil {
			return err
		}
	}
	return normal(root)
}

func (f *File) lay(ctx context.Context, to string) error {
	switch {
	case f.Dir:
		return os.MkdirAll(to, 0o755)
	case f.Link != "":
		return os.Symlink(f.Link, to)
	case f.Host == "":
		mode := fs.FileMode(0o644)
		if f.Program {
			mode = 0o755
		}
		return os.WriteFile(to, []byte(f.Text), mode)
	}
	info, err := os.Stat(f.Host)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return worktree.CopyTree(ctx, f.Host, to)
	}
	return worktree.Copy(f.Host, to)
}

// normal gives everything the modes that packages have: 755 and 644.
func normal(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() || info.Mode()&0o111 != 0:
			return os.Chmod(path, 0o755)
		case info.Mode().IsRegular():
			return os.Chmod(path, 0o644)
		}
		return fmt.Errorf("%s is neither file, folder nor link", path)
	})
}

// control writes what dpkg wants to know of the package, below root/DEBIAN.
func (p *Package) control(r Release, root string) error {
	files, err := regular(root)
	if err != nil {
		return err
	}
	var sums strings.Builder
	var size int64
	for _, name := range files {
		sum, n, err := md5sum(filepath.Join(root, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", sum, name)
		size += (n + 1023) / 1024
	}
	loads, err := loaded(root, files)
	if err != nil {
		return err
	}
	head, text, _ := strings.Cut(strings.TrimSpace(p.Description), "\n")
	var c strings.Builder
	fmt.Fprintf(&c, "Package: %s\nSource: rex\nVersion: %s\nArchitecture: amd64\nMaintainer: Rex <rex@localhost>\nInstalled-Size: %d\n", p.Name, r.Version, size)
	for _, field := range []struct {
		name string
		list []string
	}{{"Depends", append(slices.Clone(p.Depends), loads...)}, {"Recommends", p.Recommends}, {"Provides", p.Provides}} {
		if len(field.list) > 0 {
			fmt.Fprintf(&c, "%s: %s\n", field.name, strings.ReplaceAll(strings.Join(field.list, ", "), "${version}", r.Version))
		}
	}
	fmt.Fprintf(&c, "Section: %s\nPriority: optional\nDescription: %s\n", p.Section, head)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			line = "."
		}
		fmt.Fprintf(&c, " %s\n", line)
	}
	dir := filepath.Join(root, "DEBIAN")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	err = errors.Join(os.WriteFile(filepath.Join(dir, "control"), []byte(c.String()), 0o644), os.WriteFile(filepath.Join(dir, "md5sums"), []byte(sums.String()), 0o644))
	for name, script := range p.Scripts {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	return errors.Join(err, normal(dir))
}

// regular lists the files below root, sorted.
func regular(root string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		names = append(names, rel)
		return err
	})
	return names, err
}

func md5sum(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := md5.New()
	size, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), size, err
}
