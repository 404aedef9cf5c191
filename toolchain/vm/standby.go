package vm

import (
	"context"
	"path/filepath"
	"time"

	"rex/toolchain/sandbox"
	"rex/toolchain/vm/guest"
)

// Standby is a machine that boots, and has booted, before it is known what for.
type Standby struct {
	run    *run
	share  string
	root   string // tag of the packages' share
	kill   context.CancelCauseFunc
	booted chan struct{}
	ended  chan struct{}
	err    error
}

// Standby boots the machine, which sees the folder share of the host, until there is a job for it or the context ends.
func (m *Machine) Standby(ctx context.Context, share string) *Standby {
	ctx, kill := context.WithCancelCause(ctx)
	s := &Standby{share: share, kill: kill, booted: make(chan struct{}), ended: make(chan struct{})}
	var box sandbox.Box
	devices := m.share(&box, guest.ResultsTag, share, "/vm/results", false)
	if m.Packages != "" {
		s.root = guest.HostTag
		devices = append(devices, m.share(&box, s.root, m.Packages, "/vm/packages", false)...)
	}
	s.run = m.newRun(&guest.Job{Awaits: true, Network: m.Network || len(m.Ports) > 0}, nil, func(e guest.Event) {
		if e.Kind == guest.Booted {
			close(s.booted)
		}
	})
	go func() {
		defer close(s.ended)
		s.err = m.boot(ctx, s.run, nil, box, devices)
	}()
	return s
}

// Run is Machine.Run with the files of a folder below the shared one, once: then the machine has ended.
func (s *Standby) Run(ctx context.Context, dir string, job guest.Job, expect []Expectation, seen func(guest.Event)) (*Result, error) {
	defer s.kill(nil)
	defer context.AfterFunc(ctx, func() { s.kill(context.Cause(ctx)) })()
	files, err := filepath.Rel(s.share, dir)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.booted:
	case <-s.ended:
		return s.run.result, s.err
	}
	job.Files, job.Root, job.Network = files, s.root, s.run.job.Network
	s.run.begin(&job, expect, seen)
	defer time.AfterFunc(job.Timeout+margin, func() { s.kill(errDeadline) }).Stop()
	if err := s.run.host.Ask(guest.Request{Kind: guest.Begin, Job: &job}); err != nil {
		return nil, err
	}
	<-s.ended
	return s.run.result, s.err
}

// Close ends a machine that has no job.
func (s *Standby) Close() {
	s.kill(context.Canceled)
	<-s.ended
}

// begin gives a run its job.
func (r *run) begin(job *guest.Job, expect []Expectation, seen func(guest.Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.start, r.job, r.expect, r.counts, r.seen = time.Now(), job, expect, make([]int, len(expect)), seen
}
