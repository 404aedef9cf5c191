package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

var errOffline = errors.New("not in the cache, and REX_OFFLINE=1 forbids the network")

// ErrMismatch means that an origin answers, but with something else than what was pinned.
var ErrMismatch = errors.New("not what was pinned")

// MismatchError is a file that is not what was pinned; it is an ErrMismatch.
type MismatchError struct {
	File, From, Want, Got string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s from %s is not what was pinned: expected sha256 %s, got %s; it was deleted", e.File, e.From, e.Want, e.Got)
}

func (e *MismatchError) Is(target error) bool { return target == ErrMismatch }

// place is where a file is kept: by its digest, or by its address where the tree is the only proof.
func (f *Fetcher) place(file pin.File) string {
	if file.SHA256 != "" {
		return filepath.Join(f.Cache, file.SHA256)
	}
	return filepath.Join(f.Cache, "unproved-"+digest.String(file.Path+file.URL))
}

// file returns the path of a file in the cache, downloading it if need be.
func (f *Fetcher) file(ctx context.Context, kind pin.Kind, file pin.File) (string, error) {
	path := f.place(file)
	var changed *MismatchError
	switch err := f.cached(path, file); {
	case err == nil:
		return path, nil
	case errors.Is(err, fs.ErrNotExist):
	case errors.As(err, &changed) && !f.Offline: // deleted; it comes anew
	default:
		return "", err
	}
	addresses, err := f.addresses(kind, file)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(f.Cache, 0o755); err != nil {
		return "", err
	}
	p, err := openPart(ctx, path+".part")
	if err != nil {
		return "", err
	}
	defer p.Close()
	if f.cached(path, file) == nil {
		return path, os.Remove(p.Name()) // another process was faster
	}
	var said []string
	for _, a := range addresses {
		err := f.from(ctx, a, file, p)
		if err == nil {
			return path, p.keep(path)
		}
		if ctx.Err() != nil || local(err) {
			return "", err
		}
		said = append(said, err.Error())
	}
	if p.have == 0 {
		if err := os.Remove(p.Name()); err != nil {
			return "", err
		}
	}
	return "", errors.New(strings.Join(said, "; "))
}

// cached reports whether a file is in the cache as it should be. One that has changed there is deleted.
func (f *Fetcher) cached(path string, file pin.File) error {
	if file.SHA256 == "" {
		return use(path)
	}
	got, err := digest.File(path)
	if err != nil {
		return err
	}
	if got == file.SHA256 {
		return use(path)
	}
	return errors.Join(&MismatchError{File: file.Name(), From: "the cache", Want: file.SHA256, Got: got}, os.Remove(path))
}

// use makes something in the cache count as used now; who may only read it need not.
func use(path string) error {
	now := time.Now()
	if err := os.Chtimes(path, now, now); errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// addresses are where a file can be had.
func (f *Fetcher) addresses(kind pin.Kind, file pin.File) ([]string, error) {
	all := []string{file.URL}
	if kind == pin.Debian {
		all = nil
		for _, m := range f.Mirrors {
			all = append(all, strings.TrimRight(m, "/")+"/"+file.Path)
		}
		if len(all) == 0 {
			return nil, errors.New("this host's apt has no mirror of the Debian archive; set REX_DEBIAN_MIRROR to one")
		}
	}
	if !f.Offline {
		return all, nil
	}
	var near []string
	for _, a := range all {
		if isFile(a) {
			near = append(near, a)
		}
	}
	if len(near) == 0 {
		return nil, errOffline
	}
	return near, nil
}

func isFile(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "file"
}

// part is the part of a file that is there already. It outlives a run that is ended and is resumed by the next.
type part struct {
	*os.File
	sum  hash.Hash
	have int64 // bytes
}

// openPart opens a part, new or old, for this process alone.
func openPart(ctx context.Context, path string) (*part, error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, err
		}
		if err := lock(ctx, f); err != nil {
			f.Close()
			return nil, err
		}
		// Whoever had it until now may have renamed or deleted it.
		mine, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if there, err := os.Stat(path); err != nil || !os.SameFile(mine, there) {
			f.Close()
			continue
		}
		p := &part{File: f, sum: sha256.New()}
		if p.have, err = io.Copy(p.sum, f); err != nil {
			f.Close()
			return nil, err
		}
		return p, nil
	}
}

// lock takes flock(2), which the kernel gives back when the process dies.
func lock(ctx context.Context, f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Write appends.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.WriteAt(b, p.have)
	p.sum.Write(b[:n])
	p.have += int64(n)
	return n, err
}

// reset empties the part.
func (p *part) reset() error {
	p.sum.Reset()
	p.have = 0
	return p.Truncate(0)
}

// prove compares the digest with the pinned one and empties the part if it differs.
func (p *part) prove(file pin.File, from string) error {
	got := hex.EncodeToString(p.sum.Sum(nil))
	if file.SHA256 == "" || got == file.SHA256 {
		return nil
	}
	return errors.Join(&MismatchError{File: file.Name(), From: from, Want: file.SHA256, Got: got}, p.reset())
}

// keep gives the finished file its name.
func (p *part) keep(path string) error {
	if err := p.Sync(); err != nil {
		return err
	}
	return os.Rename(p.Name(), path)
}
