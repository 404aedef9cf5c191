package project

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"rex/toolchain/share"
	"rex/toolchain/slurm"
	"rex/toolchain/stage"
)

// What a job is given whose stage was never measured, and what comes on top of a measured peak: Go's compiler, and what rises and falls
// between two looks.
const (
	unknownCores  = 2
	unknownMemory = 6 << 30
	unknownTime   = 4 * time.Hour
	spareMemory   = 1 << 30
	cellTime      = time.Hour
)

// inherited are the variables that jobs get from who gives them: where a node has what, if it has it where this machine does.
var inherited = []string{
	"HOME", "PATH", "TMPDIR", "USER", "GOPROXY", "GONOSUMDB", "GOSUMDB", "GOFLAGS", "GOTOOLCHAIN", "SSL_CERT_FILE",
	"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"REX_ACCEL", "REX_CACHE", "REX_CACHE_SIZE", "REX_DEBIAN_MIRROR", "REX_KERNEL_COMPILER", "REX_REGISTRY", "REX_TOOLS",
}

// batch is work for a cluster, as it grows.
type batch struct {
	p      *Project
	orders []remoteTask
	tasks  []slurm.Task
	by     map[string]string // task that builds a stage, by the stage
}

// openBatch makes sure that there is a cluster, a registry, and trust in what the jobs sign.
func (p *Project) openBatch() (*batch, error) {
	if err := slurm.Check(); err != nil {
		return nil, err
	}
	if p.share == nil {
		return nil, fmt.Errorf("%w; jobs and this machine exchange results through it", errNoRegistry)
	}
	key, public, err := share.OpenKey(p.shareKey())
	if err != nil {
		return nil, err
	}
	trust, err := share.ReadTrust(p.path(trustDir))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(trust, func(k ed25519.PublicKey) bool { return k.Equal(key.Public()) }) {
		return nil, fmt.Errorf("%s does not have your key, so what your jobs sign would be refused: cp %s %s/NAME.pem", trustDir, public, p.path(trustDir))
	}
	p.share.key, p.share.Registry = key, p.share.Registry.Patient()
	return &batch{p: p, by: map[string]string{}}, nil
}

// build adds tasks for what nobody has of stages and all that they need. What is here alone the registry gets.
func (b *batch) build(ctx context.Context, stages ...*stage.Stage) error {
	absent, here, err := b.p.Runner.Absent(ctx, stages...)
	if err != nil {
		return err
	}
	for _, r := range here {
		if !shared(r.Stage) {
			continue
		}
		b.p.Term.Printf("  %-14s goes to %s", r.Stage, b.p.share)
		if err := b.p.share.Registry.Push(ctx, r, b.p.share.key); err != nil {
			return fmt.Errorf("%s: %w", r.Stage, err)
		}
	}
	for _, s := range absent {
		if b.by[s.Name] != "" {
			continue
		}
		t := slurm.Task{Name: s.Name, CPUs: unknownCores, Memory: unknownMemory, Limit: unknownTime}
		earlier, err := b.p.Store.Results(s.Name)
		if err != nil {
			return err
		}
		for _, r := range earlier {
			if r.Memory > 0 && r.Took > 0 {
				t.CPUs, t.Memory, t.Limit = max(1, int(math.Ceil(r.Cores()))), r.Memory+r.Memory/4+spareMemory, max(time.Hour, 4*r.Took)
				break
			}
		}
		for _, n := range s.Needs {
			if by := b.by[n.Name]; by != "" {
				t.After = append(t.After, by)
			}
		}
		b.by[s.Name] = t.Name
		b.tasks = append(b.tasks, t)
		b.orders = append(b.orders, remoteTask{Name: t.Name, Variant: b.p.variant, Stage: s.Name})
	}
	return nil
}

// run does the tasks but those of which a job of an earlier run has reported well, and returns what went wrong, and the cells' reports.
func (b *batch) run(ctx context.Context) (failed map[string]error, reports map[string]remoteReport, err error) {
	b.number()
	order, parcel, err := b.p.parcel(ctx, b.orders)
	if err != nil {
		return nil, nil, err
	}
	reports = map[string]remoteReport{}
	cells := map[string]bool{}
	for _, t := range b.orders {
		if t.Cell == nil {
			continue
		}
		cells[t.Name] = true
		r, err := b.p.reported(ctx, reportKey(order, t.Name, ""))
		switch {
		case err == nil && os.Getenv("REX_TEST_AGAIN") != "1":
			reports[t.Name] = r
		case err != nil && !errors.Is(err, share.ErrAbsent):
			return nil, nil, err
		}
	}
	var export []string
	for _, name := range inherited {
		if os.Getenv(name) != "" {
			export = append(export, name)
		}
	}
	r := &slurm.Run{
		Cluster: &slurm.Cluster{}, Name: "rex." + order[:12], Export: export, Say: b.p.Term.Printf,
		Done:   func(task string) bool { _, done := reports[task]; return done },
		Script: func(number int, word string) string { return script(order, parcel, number, word) },
		Outcome: func(ctx context.Context, task, word string) (o slurm.Outcome, ok bool) {
			r, err := b.p.reported(ctx, reportKey(order, task, word))
			if err != nil {
				if ctx.Err() == nil && !errors.Is(err, share.ErrAbsent) {
					b.p.Term.Printf("! %s: its report: %v", task, err)
				}
				return o, false
			}
			if r.Error != "" {
				return slurm.Outcome{Err: errors.New(r.Error), Elsewhere: r.Elsewhere}, true
			}
			if cells[task] {
				reports[task] = r
			}
			return o, true
		},
	}
	failed, err = r.Do(ctx, b.tasks)
	return failed, reports, err
}

// number puts the cells first in the order, so that their numbers do not depend on which stages are still to be built: a run finds the
// jobs of one that was interrupted.
func (b *batch) number() {
	slices.SortStableFunc(b.orders, func(x, y remoteTask) int {
		switch {
		case (x.Cell != nil) == (y.Cell != nil):
			return 0
		case x.Cell != nil:
			return -1
		}
		return 1
	})
	for i := range b.tasks {
		b.tasks[i].Number = slices.IndexFunc(b.orders, func(o remoteTask) bool { return o.Name == b.tasks[i].Name })
	}
}

// MatrixOnSlurm is RunMatrix on a cluster: a job for each stage that nobody has a result of, and an array of jobs for the cells of each
// kernel.
func (p *Project) MatrixOnSlurm(ctx context.Context, m *Matrix, out io.Writer) error {
	b, err := p.openBatch()
	if err != nil {
		return err
	}
	var cells []cell
	names := map[cell]string{}
	err = p.kernels(m, func(kernel string) error {
		stages, samples, err := p.matrixStages(m.Samples)
		if err != nil {
			return err
		}
		if err := b.build(ctx, stages...); err != nil {
			return err
		}
		var after []string
		for _, s := range stages {
			if by := b.by[s.Name]; by != "" {
				after = append(after, by)
			}
		}
		for _, s := range samples {
			for _, cpus := range m.CPUs {
				c := cell{Sample: s.Name, Kernel: kernel, CPUs: cpus, Memory: m.Memory}
				name := fmt.Sprintf("cell-%s-%s-%d", s.Name, kernel, cpus)
				cells, names[c] = append(cells, c), name
				b.tasks = append(b.tasks, slurm.Task{
					Name: name, Group: "cells-" + kernel, After: after, CPUs: cpus, Memory: int64(m.Memory)<<20 + 2*spareMemory, Limit: cellTime,
				})
				b.orders = append(b.orders, remoteTask{Name: name, Variant: p.variant, Cell: &c})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	failed, reports, err := b.run(ctx)
	if err != nil {
		return err
	}
	outcomes := map[cell]*cellOutcome{}
	for _, c := range cells {
		if err := failed[names[c]]; err != nil {
			outcomes[c] = &cellOutcome{lost: true, Reason: strings.Split(err.Error(), "\n")[0]}
			continue
		}
		r := reports[names[c]]
		outcomes[c] = &cellOutcome{Verdict: r.Verdict, Reason: r.Reason, Took: r.Took}
	}
	if err := writeMatrix(out, cells, outcomes); err != nil {
		return errors.Join(err, b.failures(failed))
	}
	return nil
}

// RemoteBuild builds a stage, and what it needs, on the cluster, and takes the result.
func (p *Project) RemoteBuild(ctx context.Context, s *stage.Stage) error {
	b, err := p.openBatch()
	if err != nil {
		return err
	}
	if err := b.build(ctx, s); err != nil {
		return err
	}
	failed, _, err := b.run(ctx)
	if err == nil {
		err = b.failures(failed)
	}
	if err != nil {
		return err
	}
	results, err := p.Runner.PullAll(ctx, s)
	if err != nil {
		return err
	}
	if results[s.Name] == nil {
		return fmt.Errorf("%s was built, and %s does not give it", s.Name, p.share)
	}
	return p.Link(results)
}

// failures are those of the stages.
func (b *batch) failures(failed map[string]error) error {
	var errs []error
	for _, t := range b.orders {
		if err := failed[t.Name]; err != nil && t.Cell == nil {
			errs = append(errs, fmt.Errorf("%s: %w", t.Name, err))
		}
	}
	return errors.Join(errs...)
}
