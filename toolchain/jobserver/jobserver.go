// Package jobserver shares one pool of jobs between builds that run side by side,
// by the protocol of GNU make ("Sharing Job Slots with GNU make" in its manual),
// which make, ninja from 1.13, cargo and rustc speak.
package jobserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Pool is a number of job slots. Each build that runs owns one slot by itself
// (its own process) and takes more through the pipe.
type Pool struct {
	size int
	dir  string
	fifo *os.File
}

// New makes a pool of size slots. Close removes it.
func New(size int) (*Pool, error) {
	if size < 1 {
		return nil, fmt.Errorf("job pool: %d slots; at least one is needed", size)
	}
	dir, err := os.MkdirTemp("", "rex-jobs-")
	if err != nil {
		return nil, fmt.Errorf("job pool: %w", err)
	}
	path := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("job pool: %s: %w", path, err)
	}
	// Blocking on purpose: make refuses a non-blocking pipe.
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("job pool: %s: %w", path, err)
	}
	p := &Pool{size: size, dir: dir, fifo: os.NewFile(uintptr(fd), path)}
	for range size {
		p.Release()
	}
	return p, nil
}

// Size returns the number of slots.
func (p *Pool) Size() int { return p.size }

// Acquire takes one slot, waiting for a free one. The caller owes a Release.
func (p *Pool) Acquire(ctx context.Context) error {
	// A blocked read can't be cancelled, so ask first whether there is anything to read.
	for {
		fds := []unix.PollFd{{Fd: int32(p.fifo.Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 100)
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("job pool: %w", err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if n < 1 {
			continue
		}
		var b [1]byte
		switch n, err := p.tryRead(b[:]); {
		case err == unix.EAGAIN || n == 0:
			time.Sleep(time.Millisecond) // somebody was quicker
		case err != nil:
			return fmt.Errorf("job pool: %w", err)
		default:
			return nil
		}
	}
}

// tryRead reads without waiting, through a second, non-blocking view of the pipe.
func (p *Pool) tryRead(b []byte) (int, error) {
	fd, err := unix.Open(p.fifo.Name(), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	return unix.Read(fd, b)
}

// Release gives one slot back.
func (p *Pool) Release() { _, _ = p.fifo.Write([]byte{'+'}) }

// Pipe is the pair of files that a child inherits as descriptors 3 and 4 for MakeFlags.
func (p *Pool) Pipe() []*os.File { return []*os.File{p.fifo, p.fifo} }

// MakeFlags is the MAKEFLAGS value for a GNU make that has inherited Pipe.
// Versions before 4.4 know descriptors only.
func (p *Pool) MakeFlags() string {
	return fmt.Sprintf(" -j%d --jobserver-auth=3,4", p.size)
}

// CargoFlags is the MAKEFLAGS value for cargo, which finds the pool by name
// even behind parents that close descriptors.
func (p *Pool) CargoFlags() string {
	return fmt.Sprintf(" -j%d --jobserver-auth=fifo:%s", p.size, p.fifo.Name())
}

// Close removes the pool.
func (p *Pool) Close() error {
	err := p.fifo.Close()
	if rmErr := os.RemoveAll(p.dir); err == nil {
		err = rmErr
	}
	return err
}
