package fetch

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Bounds on what an archive may hold: some times more than the largest that we know.
const (
	maxEntries  = 1_000_000
	maxUnpacked = 64 << 30 // bytes
)

// Unpack unpacks the archive at file into dst, which may exist; name tells its format (.tar.xz, .tar.gz,
// .tar.zst, .deb), strip leading folders are left out. Nothing is written outside of dst, whatever the archive
// says; devices, hard links out of the tree, and links that lead out of it are refused.
func Unpack(ctx context.Context, file, name, dst string, strip int) error {
	return unpack(ctx, file, name, dst, &writer{strip: strip})
}

// UnpackPackage unpacks a Debian package into dst, which is to be the root of a file system: several packages may do so side
// by side. Absolute targets of symbolic links are within dst, and written as relative ones. What skip says yes to is left
// out. No script of the package runs, no file is setuid, and a file that another package has brought is an error.
func UnpackPackage(ctx context.Context, file, dst string, skip func(path string) bool) error {
	return unpack(ctx, file, "package.deb", dst, &writer{rooted: true, skip: skip})
}

func unpack(ctx context.Context, file, name, dst string, w *writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".deb") {
		if r, name, err = debData(f); err != nil {
			return err
		}
	}
	packed := bufio.NewReaderSize(r, 256<<10)
	if err := looksLike(name, packed); err != nil {
		return err
	}
	stream, wait, err := decompress(ctx, packed, name)
	if err != nil {
		return err
	}
	stream = bufio.NewReaderSize(stream, 256<<10) // tar reads in small pieces
	err = untar(ctx, stream, dst, w)
	if err == nil {
		_, err = io.Copy(io.Discard, stream) // to the end, where checksums are
	}
	return errors.Join(err, wait(err != nil))
}

// decompress opens a compressed stream. wait ends it; abort means that the rest is not wanted.
func decompress(ctx context.Context, r io.Reader, name string) (io.Reader, func(abort bool) error, error) {
	nothing := func(bool) error { return nil }
	switch {
	case strings.HasSuffix(name, ".xz"):
		// The system's xz is more than twice as fast as the library.
		if program, err := exec.LookPath("xz"); err == nil {
			return xzProgram(ctx, program, r)
		}
		z, err := xz.NewReader(r)
		return z, nothing, err
	case strings.HasSuffix(name, ".gz"):
		z, err := gzip.NewReader(r)
		return z, nothing, err
	case strings.HasSuffix(name, ".zst"):
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, nil, err
		}
		return z, func(bool) error { z.Close(); return nil }, nil
	case strings.HasSuffix(name, ".tar"):
		return r, nothing, nil
	}
	return nil, nil, fmt.Errorf("%s: unknown archive format; known are .tar, .tar.xz, .tar.gz, .tar.zst and .deb", name)
}

func xzProgram(ctx context.Context, program string, r io.Reader) (io.Reader, func(bool) error, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, program, "-dc")
	cmd.Stdin = r
	cmd.WaitDelay = time.Second
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return out, func(abort bool) error {
		if abort {
			cancel()
		}
		err := cmd.Wait()
		cancel()
		if err != nil && !abort {
			return fmt.Errorf("xz: %w: %s", err, strings.TrimSpace(complaint.String()))
		}
		return nil
	}, nil
}

// magic are the first bytes of each format.
var magic = map[string]string{".xz": "\xfd7zXZ\x00", ".gz": "\x1f\x8b", ".zst": "\x28\xb5\x2f\xfd", ".deb": "!<arch>\n"}

// looksLike refuses content that begins as no archive of that name does: a page that asks for a login comes with 200, too.
func looksLike(name string, content *bufio.Reader) error {
	want := magic[path.Ext(name)]
	got, err := content.Peek(len(want))
	if err != nil && err != io.EOF || len(got) == 0 || string(got) == want {
		return nil // reading on tells
	}
	got, _ = content.Peek(min(content.Buffered(), 32))
	return fmt.Errorf("brings no %s, but what begins with %q: %w", path.Ext(name), got, ErrMismatch)
}

func untar(ctx context.Context, r io.Reader, dst string, w *writer) error {
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	w.root, w.buffer = root, make([]byte, 64<<10)
	defer w.leave()
	archive := tar.NewReader(r)
	var unpacked int64
	for n := 0; ; n++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		h, err := archive.Next()
		if err == io.EOF {
			if n == 0 {
				return errors.New("the archive is empty")
			}
			return nil
		}
		if err != nil {
			return err
		}
		name, err := target(h.Name, w.strip)
		if err != nil {
			return err
		}
		if name == "" || w.skip != nil && w.skip(name) {
			continue
		}
		if unpacked += max(h.Size, 0); n > maxEntries || unpacked > maxUnpacked {
			return fmt.Errorf("the archive holds more than %d entries or %d bytes", maxEntries, int64(maxUnpacked))
		}
		if err := w.entry(archive, h, name); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

// target turns an entry's name into a path within the tree; empty for what strip leaves out.
func target(name string, strip int) (string, error) {
	clean := path.Clean(name)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("the archive names a file outside of it: %q", name)
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return "", fmt.Errorf("the archive has a control character in a name: %q", name)
	}
	parts := strings.Split(clean, "/")
	if clean == "." || len(parts) <= strip {
		return "", nil
	}
	return path.Join(parts[strip:]...), nil
}

// writer writes entries below a root. It keeps the folder of the last one open: an archive brings
// folder after folder, and walking down to each file anew takes more time than all else.
type writer struct {
	strip  int
	rooted bool // for a root of a file system, in which others write, too
	skip   func(path string) bool

	root   *os.Root
	buffer []byte

	dir string   // name of the open folder
	at  *os.Root // nil if none is open
}

// enter opens a folder, made if need be.
func (w *writer) enter(dir string) (*os.Root, error) {
	if w.at != nil && w.dir == dir {
		return w.at, nil
	}
	w.leave()
	if err := w.root.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	at, err := w.root.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	w.dir, w.at = dir, at
	return at, nil
}

func (w *writer) leave() {
	if w.at != nil {
		w.at.Close()
		w.at = nil
	}
}

func (w *writer) entry(content io.Reader, h *tar.Header, name string) error {
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	if h.Typeflag == tar.TypeDir {
		return w.root.MkdirAll(name, 0o755)
	}
	at, err := w.enter(path.Dir(name))
	if err != nil {
		return err
	}
	base := path.Base(name)
	write := func() error {
		switch h.Typeflag {
		case tar.TypeReg:
			return w.regular(at, content, h, base)
		case tar.TypeSymlink:
			if w.rooted && path.IsAbs(h.Linkname) {
				relative, err := filepath.Rel(path.Dir("/"+name), path.Clean(h.Linkname))
				if err != nil {
					return err
				}
				return at.Symlink(relative, base)
			}
			if err := inside(name, h.Linkname); err != nil {
				return err
			}
			return at.Symlink(h.Linkname, base)
		case tar.TypeLink:
			old, err := target(h.Linkname, w.strip)
			if err != nil || old == "" {
				return fmt.Errorf("hard link to %q, outside of the tree", h.Linkname)
			}
			return w.root.Link(old, name)
		}
		return fmt.Errorf("entry of type %q; only files, folders and links are unpacked", h.Typeflag)
	}
	if err = write(); !errors.Is(err, fs.ErrExist) {
		return err
	}
	if w.rooted {
		return errors.New("another package has brought the same file")
	}
	// A later entry replaces an earlier one.
	if err := at.Remove(base); err != nil {
		return err
	}
	return write()
}

// regular writes a file; nothing of content has been read if it exists already.
func (w *writer) regular(at *os.Root, content io.Reader, h *tar.Header, name string) error {
	mode := fs.FileMode(0o644)
	if h.Mode&0o100 != 0 {
		mode = 0o755
	}
	f, err := at.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	// The bare writer keeps io from taking a new buffer for each of a hundred thousand files.
	if _, err := io.CopyBuffer(struct{ io.Writer }{f}, content, w.buffer); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return at.Chtimes(name, h.ModTime, h.ModTime)
}

// inside refuses a symbolic link at name that leads out of the tree at first sight; contained is thorough.
func inside(name, link string) error {
	if filepath.IsAbs(link) {
		return fmt.Errorf("symbolic link to %q, outside of the tree", link)
	}
	if to := path.Join(path.Dir(name), link); to == ".." || strings.HasPrefix(to, "../") {
		return fmt.Errorf("symbolic link to %q, outside of the tree", link)
	}
	return nil
}

// contained follows every symbolic link of a whole tree and refuses those that lead out of it, be it
// by way of other links. One that leads nowhere may stay.
func contained(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() != fs.ModeSymlink {
			return err
		}
		if name, err = filepath.Rel(dir, name); err != nil {
			return err
		}
		_, err = root.Stat(name)
		if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENOTDIR) {
			return nil
		}
		return fmt.Errorf("symbolic link %s leads out of the tree: %v", name, err)
	})
}
