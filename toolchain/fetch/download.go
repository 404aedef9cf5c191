package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"rex/toolchain/pin"
)

// attempts is how often in a row a transfer that brings nothing new is tried.
const attempts = 5

// stall is how long a transfer may bring nothing.
const stall = 60 * time.Second

// pause is how long to wait before a second try; it grows with each.
const pause = 200 * time.Millisecond

func newClient(mirrors []string) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = proxy(mirrors)
	t.ResponseHeaderTimeout = stall
	t.DialContext = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	t.DisableCompression = true // a .gz is wanted as it is
	return &http.Client{Transport: t}
}

// from brings a file from one address into its part, and proves it.
func (f *Fetcher) from(ctx context.Context, address string, file pin.File, p *part) error {
	resumed := p.have > 0
	err := f.persist(ctx, address, file, p)
	if err != nil {
		return err
	}
	err = p.prove(file, address)
	var mismatch *MismatchError
	if resumed && errors.As(err, &mismatch) && p.have == 0 {
		// What was there may have come from elsewhere: the address gets a chance of its own.
		if err := f.persist(ctx, address, file, p); err != nil {
			return err
		}
		return p.prove(file, address)
	}
	return err
}

// persist goes on with a transfer that breaks off, as long as it gets further.
func (f *Fetcher) persist(ctx context.Context, address string, file pin.File, p *part) error {
	bar := &bar{progress: f.Progress, name: file.Name()}
	furthest, slow := p.have, 0
	for idle := 0; ; {
		before := p.have
		err := f.transfer(ctx, address, file, p, bar)
		if err == nil {
			return bar.end(nil)
		}
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), bar.end(err))
		}
		if idle++; p.have > furthest {
			furthest, idle = p.have, 0
		}
		var broken *brokenError
		var late *slowError
		if errors.As(err, &late) {
			// What brings next to nothing is worth no second try; and what begins well and then drips again and again, no more.
			if slow++; p.have-before < fewest(f.stall) {
				slow = attempts
			}
		}
		if idle == attempts || slow == attempts || !errors.As(err, &broken) {
			return errors.Join(err, bar.end(err))
		}
		select {
		case <-time.After(time.Duration(idle) * f.pause):
		case <-ctx.Done():
		}
	}
}

// brokenError is a failure after which trying again makes sense: a transfer that broke off or stalled,
// and a server that says it is overloaded.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// transfer asks for what is missing and appends it.
func (f *Fetcher) transfer(ctx context.Context, address string, file pin.File, p *part, bar *bar) error {
	if file.Size > 0 && p.have > file.Size {
		if err := p.reset(); err != nil {
			return err
		}
	}
	if file.Size > 0 && p.have == file.Size {
		return nil // the last run was ended just before it could tell
	}
	body, total, from, err := f.open(ctx, address, p.have)
	if err != nil {
		return err
	}
	defer body.Close()
	if file.Size > 0 && total >= 0 && total != file.Size {
		return fmt.Errorf("%s has %d bytes; pinned are %d: %w", address, total, file.Size, ErrMismatch)
	}
	if from != p.have {
		// The server does not resume.
		if err := errors.Join(p.reset(), bar.end(errors.New("starts over"))); err != nil {
			return err
		}
	}
	size := file.Size
	if size == 0 {
		size = total
	}
	content := bufio.NewReader(body)
	if p.have == 0 {
		if err := looksLike(file.Name(), content); err != nil {
			return fmt.Errorf("%s %w", address, err)
		}
	}
	bar.start(size, p.have)
	limit := int64(pin.Largest)
	if size >= 0 {
		limit = size
	}
	if _, err := io.Copy(io.MultiWriter(p, bar), io.LimitReader(content, limit-p.have)); err != nil {
		if local(err) {
			return err
		}
		return &brokenError{fmt.Errorf("%s broke off after %d bytes: %w", address, p.have, err)}
	}
	if size < 0 && p.have == limit {
		return errors.Join(fmt.Errorf("%s has no end within %d bytes: %w", address, limit, ErrMismatch), p.reset())
	}
	if p.have < size {
		return &brokenError{fmt.Errorf("%s ended after %d of %d bytes", address, p.have, size)}
	}
	return nil
}

// open starts a transfer at an offset. It returns the whole size, or -1, and where the body starts.
func (f *Fetcher) open(ctx context.Context, address string, offset int64) (body io.ReadCloser, total, from int64, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, 0, 0, err
	}
	if u.Scheme == "file" {
		body, total, err = openFile(u.Path, offset)
		return body, total, offset, err
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
		return watchBody(resp.Body, f.stall), resp.ContentLength, 0, nil
	case http.StatusPartialContent:
		said := resp.Header.Get("Content-Range")
		first, size, err := contentRange(said)
		if err == nil && first == offset {
			return watchBody(resp.Body, f.stall), size, first, nil
		}
		resp.Body.Close()
		if offset > 0 {
			return f.open(ctx, address, 0) // whole, then
		}
		return nil, 0, 0, fmt.Errorf("%s: odd Content-Range %q", address, said)
	case http.StatusRequestedRangeNotSatisfiable:
		resp.Body.Close()
		if offset == 0 {
			break
		}
		// The part is whole, or longer than the file and so not a part of it.
		var size int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes */%d", &size); err == nil && size == offset {
			return http.NoBody, size, offset, nil
		}
		return f.open(ctx, address, 0)
	}
	resp.Body.Close()
	err = fmt.Errorf("%s: %s", address, resp.Status)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 502 && resp.StatusCode <= 504 {
		err = &brokenError{err}
	}
	return nil, 0, 0, err
}

// contentRange reads the header of that name (RFC 9110, 14.4): where a body starts, and the size of the whole, or -1.
func contentRange(header string) (first, size int64, err error) {
	var last int64
	var whole string
	if _, err := fmt.Sscanf(header, "bytes %d-%d/%s", &first, &last, &whole); err != nil {
		return 0, 0, err
	}
	if whole == "*" {
		return first, -1, nil
	}
	size, err = strconv.ParseInt(whole, 10, 64)
	return first, size, err
}

// openFile opens a file of a mirror in the file system and returns its size.
func openFile(path string, offset int64) (io.ReadCloser, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, errors.New(err.Error()) // the mirror's fault, whatever its number
	}
	info, err := file.Stat()
	if err == nil {
		_, err = file.Seek(offset, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// bar follows one download, if anybody wants to know.
type bar struct {
	progress Progress
	name     string
	w        io.WriteCloser
}

// start says how many bytes there are, and how many of them are there already.
func (b *bar) start(total, have int64) {
	if b.progress == nil || b.w != nil {
		return
	}
	b.w = b.progress.Start(b.name, total)
	_, _ = io.CopyN(b.w, zeros{}, have)
}

func (b *bar) Write(p []byte) (int, error) {
	if b.w != nil {
		_, _ = b.w.Write(p)
	}
	return len(p), nil
}

// end ends it, by a failure if err is not nil.
func (b *bar) end(err error) error {
	w := b.w
	b.w = nil
	if w == nil {
		return nil
	}
	if failed, ok := w.(interface{ CloseWithError(error) error }); ok && err != nil {
		return failed.CloseWithError(err)
	}
	return w.Close()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
