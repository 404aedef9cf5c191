package fetch

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// slowest is how few bytes a second a download may bring, on average over a stall's time.
const slowest = 1 << 10

// fewest is how many bytes a download has to bring in a time.
func fewest(in time.Duration) int64 { return max(1, int64(slowest*in.Seconds())) }

// slowError is a transfer that brought too little for too long.
type slowError struct {
	bytes int64
	in    time.Duration
}

func (e *slowError) Error() string {
	if e.bytes == 0 {
		return fmt.Sprintf("nothing came for %s", e.in)
	}
	return fmt.Sprintf("only %d bytes came in %s", e.bytes, e.in)
}

// watch looks after a transfer: whoever brings bytes writes them to it.
type watch struct {
	patience time.Duration
	timer    *time.Timer
	bytes    atomic.Int64 // since the timer was set
	late     atomic.Pointer[slowError]
}

// newWatch starts a watch, which calls end when less than least bytes have come in the time of its patience.
func newWatch(patience time.Duration, least int64, end func(error)) *watch {
	w := &watch{patience: patience}
	w.timer = time.AfterFunc(patience, func() {
		if n := w.bytes.Swap(0); n < least {
			err := &slowError{n, patience}
			w.late.Store(err)
			end(err)
			return
		}
		w.timer.Reset(patience)
	})
	return w
}

func (w *watch) Write(p []byte) (int, error) {
	w.bytes.Add(int64(len(p)))
	return len(p), nil
}

func (w *watch) stop() { w.timer.Stop() }

// watched is a body that is closed when it brings too little.
type watched struct {
	io.ReadCloser
	*watch
}

func watchBody(body io.ReadCloser, patience time.Duration) *watched {
	return &watched{body, newWatch(patience, fewest(patience), func(error) { body.Close() })}
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.bytes.Add(int64(n))
	if late := w.late.Load(); err != nil && err != io.EOF && late != nil {
		err = late
	}
	return n, err
}

func (w *watched) Close() error {
	w.stop()
	return w.ReadCloser.Close()
}

// Patient makes a transport whose answers end with an error when they bring too little for too long.
func Patient(transport http.RoundTripper, patience time.Duration) http.RoundTripper {
	return patient{transport, patience}
}

type patient struct {
	http.RoundTripper
	patience time.Duration
}

func (p patient) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := p.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = watchBody(resp.Body, p.patience)
	}
	return resp, err
}
