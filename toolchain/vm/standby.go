package vm

import (
	"context"
	"path/filepath"
	"time"

	"rex/toolchain/sandbox"
	"rex/toolchain/vm/guest"
)

// Standby is a machine that boots, and has booted, before it is known what for. It does one job after the other.
type Standby struct {
	run    *run
	share  string
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
		devices = append(devices, m.share(&box, guest.HostTag, m.Packages, "/vm/packages", false)...)
	}
	s.run = m.newRun(&guest.Job{Awaits: true, Network: m.Network || len(m.Ports) > 0}, nil, func(e guest.Event) {
		if e.Kind == guest.Booted {
			close(s.booted)
		}
	})
	s.run.network = s.run.job.Network
	go func() {
		defer close(s.ended)
		s.err = m.boot(ctx, s.run, nil, box, devices)
	}()
	return s
}

// Run is Machine.Run with the files of folders below the shared one: of the first, and on it those of the others. Once a job has not passed, nobody knows what it has left of
// the machine: then Close it.
func (s *Standby) Run(ctx context.Context, dirs []string, job guest.Job, expect []Expectation, seen func(guest.Event)) (*Result, error) {
	defer context.AfterFunc(ctx, func() { s.kill(context.Cause(ctx)) })()
	for _, dir := range dirs {
		files, err := filepath.Rel(s.share, dir)
		if err != nil {
			return nil, err
		}
		job.Files = append(job.Files, files)
	}
	select {
	case <-s.booted:
	case <-s.ended:
		return s.run.result, s.err
	}
	job.Network = s.run.network
	done := s.run.begin(&job, expect, seen)
	defer time.AfterFunc(job.Timeout+margin, func() { s.kill(errDeadline) }).Stop()
	if err := s.run.host.Ask(guest.Request{Kind: guest.Begin, Job: &job}); err != nil {
		return nil, err
	}
	select {
	case <-done:
		return s.run.judge(nil), nil
	case <-s.ended:
		return s.run.result, s.err
	}
}

// Close ends the machine.
func (s *Standby) Close() {
	s.kill(context.Canceled)
	<-s.ended
}

// begin gives a run a job, after which nothing of the one before counts. done is closed once it is done.
func (r *run) begin(job *guest.Job, expect []Expectation, seen func(guest.Event)) (done <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.start, r.job, r.expect, r.seen = time.Now(), job, expect, seen
	r.task = task{
		counts: make([]int, len(expect)), ended: make(chan struct{}), user: map[string]int{}, log: evidence{}, console: evidence{}, late: evidence{},
		result: &Result{Accel: r.result.Accel, Booted: r.result.Booted, Console: r.result.Console},
	}
	return r.ended
}
