package main

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"rex/toolchain/vm/guest"
)

// series performs jobs one after the other, as they come.
func series(h *host, requests <-chan guest.Request) error {
	if err := mountResults(); err != nil {
		return err
	}
	for q := range requests {
		// What else there is was meant for a job that has ended by itself in the meantime.
		if q.Kind == guest.Begin {
			h.report(h.watched(func() error {
				return apart(q.Job, func(home string) error { return perform(h, requests, q.Job, home) })
			}))
		}
	}
	return nil
}

// ownNamespace is the network namespace of a job's own. The network card stays where it is: a job that uses it has the machine's.
const ownNamespace = "job-s-own"

// apart does a job as if it were the machine's first: with network devices, pinned objects and temporary files of its own, which nothing is left
// of. What the kernel keeps for all, such as settings below /proc/sys, is not undone.
func apart(job *guest.Job, do func(home string) error) (err error) {
	undo := func(dir string) func() error { return func() error { return unix.Unmount(dir, unix.MNT_DETACH) } }
	var left []func() error
	defer func() {
		reap()
		for i := len(left); i > 0; i-- {
			err = errors.Join(err, left[i-1]())
		}
	}()
	mounted := func(m mount) error {
		failed := m.make()
		switch {
		case errors.Is(failed, unix.EBUSY):
			return nil // the same one is there
		case failed == nil:
			left = append(left, undo(m.dir))
		}
		return failed
	}
	for _, m := range []mount{{"tmpfs", "/tmp"}, {"tmpfs", "/run"}} {
		if err := mounted(m); err != nil {
			return err
		}
	}
	home := ""
	if !job.Network {
		home = ownNamespace
		if err := makeNamespace(home); err != nil {
			return err
		}
		if err := within(home, loopback); err != nil {
			return err
		}
	}
	for _, m := range sysfs {
		if err := within(home, func() error { return mounted(m) }); err != nil {
			return err
		}
	}
	if err := os.WriteFile("/sys/kernel/tracing/trace", nil, 0); err != nil { // what others have left in it
		return err
	}
	if err := showResult(job.Files, job.Dir); err != nil {
		return err
	}
	left = append(left, undo(job.Dir))
	if job.Root != "" {
		left = append(left, withoutPrograms)
	}
	return do(home)
}

// reap waits until what was killed has ended, and what it had is free.
func reap() {
	for end := time.Now().Add(4 * settle); time.Now().Before(end); {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return
		case pid == 0:
			time.Sleep(glance)
		}
	}
}
