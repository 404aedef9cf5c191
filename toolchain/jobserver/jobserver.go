// Package jobserver shares one pool of jobs between builds that run side by side,
// by the protocol of GNU make ("Sharing Job Slots with GNU make" in its manual),
// which make, ninja from 1.13, cargo and rustc speak.
package jobserver

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Pool is a number of job slots. A build that runs owns one by itself, as the protocol has
// it, and takes more through the pipe; so a build alone runs size jobs, and each one beside it
// adds no more than one.
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
	if _, err := p.fifo.Write(bytes.Repeat([]byte{'+'}, size-1)); err != nil {
		p.Close()
		return nil, fmt.Errorf("job pool: %w", err)
	}
	return p, nil
}

// Open opens a pool of another process, by the path of its fifo and its size. Close leaves it alone.
func Open(path string, size int) (*Pool, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("job pool: %s: %w", path, err)
	}
	return &Pool{size: size, fifo: os.NewFile(uintptr(fd), path)}, nil
}

// Path is that of the fifo.
func (p *Pool) Path() string { return p.fifo.Name() }

// Size returns the number of slots, for tools that do not know the protocol.
func (p *Pool) Size() int { return p.size }

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
	if p.dir == "" {
		return err
	}
	if rmErr := os.RemoveAll(p.dir); err == nil {
		err = rmErr
	}
	return err
}
