package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

var errOffline = errors.New("not in the cache, and REX_OFFLINE=1 forbids the network")

// attempts is how often a transfer that breaks off is resumed.
const attempts = 5

// stall is how long a transfer may bring nothing.
const stall = 60 * time.Second

func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = stall
	t.DialContext = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	return &http.Client{Transport: t}
}

// file returns the path of a file in the cache: <cache>/<sha256>, or by its address where
// the tree digest is the only proof.
func (f *Fetcher) file(ctx context.Context, kind pin.Kind, file pin.File) (string, error) {
	name := file.SHA256
	if name == "" {
		name = "unproved-" + digest.String(file.URL)
	}
	path := filepath.Join(f.Cache, name)
	if _, err := os.Stat(path); err == nil {
		// Verified before it got its name; a changed one is found by whoever unpacks it.
		return path, nil
	}
	if f.Offline {
		return "", errOffline
	}
	if err := os.MkdirAll(f.Cache, 0o755); err != nil {
		return "", err
	}
	urls := []string{file.URL}
	if kind == pin.Debian {
		if len(f.Mirrors) == 0 {
			return "", errors.New("this host's apt has no mirror of the Debian archive; set REX_DEBIAN_MIRROR to one")
		}
		urls = nil
		for _, m := range f.Mirrors {
			urls = append(urls, strings.TrimRight(m, "/")+"/"+file.Path)
		}
	}
	var said []string
	for _, u := range urls {
		err := f.download(ctx, u, file, path)
		if err == nil {
			return path, nil
		}
		var local *os.PathError
		if ctx.Err() != nil || errors.As(err, &local) {
			return "", err
		}
		said = append(said, err.Error())
	}
	return "", errors.New(strings.Join(said, "; "))
}

// MismatchError is a file that is not what was pinned.
type MismatchError struct {
	File, URL, Want, Got string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s from %s is not what was pinned: expected sha256 %s, got %s; it was deleted", e.File, e.URL, e.Want, e.Got)
}

// download brings one file: through <path>.part, which a broken transfer leaves behind to be resumed.
func (f *Fetcher) download(ctx context.Context, address string, file pin.File, path string) error {
	part := path + ".part"
	out, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	h := sha256.New()
	have, err := io.Copy(h, out)
	if err != nil {
		return err
	}
	var bar io.WriteCloser
	for try := 1; ; try++ {
		done, err := f.transfer(ctx, address, file, out, h, &have, &bar)
		if done {
			break
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if try == attempts || !transient(err) || ctx.Err() != nil {
			if bar != nil {
				bar.Close()
			}
			return err
		}
		select {
		case <-time.After(time.Duration(try) * 200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	if bar != nil {
		bar.Close()
	}
	if got := hex.EncodeToString(h.Sum(nil)); file.SHA256 != "" && got != file.SHA256 {
		out.Close()
		if err := os.Remove(part); err != nil {
			return err
		}
		return &MismatchError{File: file.Name(), URL: address, Want: file.SHA256, Got: got}
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// brokenError is a transfer that may be resumed.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// transient names the failures after which trying again makes sense: a transfer that broke off,
// and a server that says it is overloaded.
func transient(err error) bool {
	var broken *brokenError
	return errors.As(err, &broken)
}

// transfer asks for what is missing and appends it; have counts the bytes that out holds.
func (f *Fetcher) transfer(ctx context.Context, address string, file pin.File, out *os.File, h hash.Hash, have *int64, bar *io.WriteCloser) (bool, error) {
	body, total, from, err := f.open(ctx, address, *have)
	if err != nil {
		return false, err
	}
	defer body.Close()
	if from != *have {
		// The server does not resume.
		h.Reset()
		*have = 0
		if err := out.Truncate(0); err != nil {
			return false, err
		}
	}
	if _, err := out.Seek(*have, io.SeekStart); err != nil {
		return false, err
	}
	if file.Size > 0 && total >= 0 && total != file.Size {
		return false, fmt.Errorf("%s has %d bytes; pinned are %d", address, total, file.Size)
	}
	if *bar == nil && f.Progress != nil {
		*bar = f.Progress.Start(file.Name(), total)
		if *have > 0 {
			_, _ = io.CopyN(*bar, zeros{}, *have) // what is there already
		}
	}
	w := io.MultiWriter(out, h)
	if *bar != nil {
		w = io.MultiWriter(out, h, *bar)
	}
	limit := int64(1) << 40
	if file.Size > 0 {
		limit = file.Size - *have
	}
	n, err := io.Copy(w, io.LimitReader(body, limit))
	*have += n
	if err != nil {
		var local *os.PathError
		if errors.As(err, &local) {
			return false, err
		}
		return false, &brokenError{fmt.Errorf("%s broke off after %d bytes: %w", address, *have, err)}
	}
	if want := max(file.Size, total); want > 0 && *have < want {
		return false, &brokenError{fmt.Errorf("%s ended after %d of %d bytes", address, *have, want)}
	}
	return true, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// open starts a transfer at an offset. It returns the whole size, or -1, and where the body starts.
func (f *Fetcher) open(ctx context.Context, address string, offset int64) (body io.ReadCloser, total, from int64, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, 0, 0, err
	}
	if u.Scheme == "file" {
		file, err := os.Open(u.Path)
		if err != nil {
			return nil, 0, 0, errors.New(err.Error()) // a mirror's fault, not this machine's
		}
		info, err := file.Stat()
		if err == nil {
			_, err = file.Seek(offset, io.SeekStart)
		}
		if err != nil {
			file.Close()
			return nil, 0, 0, err
		}
		return file, info.Size(), offset, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, 0, err
	}
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	resp, err := f.Client.Do(req)
	if err != nil {
		// The server hung up before it answered.
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			err = &brokenError{err}
		}
		return nil, 0, 0, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return &watched{resp.Body, time.AfterFunc(stall, func() { resp.Body.Close() })}, resp.ContentLength, 0, nil
	case http.StatusPartialContent:
		var first, last, size int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &size); err != nil || first != offset {
			resp.Body.Close()
			return nil, 0, 0, fmt.Errorf("%s: odd Content-Range %q", address, resp.Header.Get("Content-Range"))
		}
		return &watched{resp.Body, time.AfterFunc(stall, func() { resp.Body.Close() })}, size, first, nil
	case http.StatusRequestedRangeNotSatisfiable:
		resp.Body.Close()
		// The part is longer than the file: not ours. Start over.
		return f.open(ctx, address, 0)
	}
	resp.Body.Close()
	err = fmt.Errorf("%s: %s", address, resp.Status)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 502 && resp.StatusCode <= 504 {
		err = &brokenError{err}
	}
	return nil, 0, 0, err
}

// watched is a body that is closed when it brings nothing for too long.
type watched struct {
	io.ReadCloser
	timer *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.timer.Reset(stall)
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	return w.ReadCloser.Close()
}
