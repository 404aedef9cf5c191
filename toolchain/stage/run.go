package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"rex/toolchain/jobserver"
	"rex/toolchain/store"
)

// Observer is told what happens. Calls come from several goroutines.
type Observer interface {
	// Waiting: another process is building the stage.
	Waiting(s *Stage)
	// Building: the stage's inputs are new. Its output goes to the returned writer.
	Building(s *Stage, reason string) io.Writer
	// Done: the stage has a result, or err. took is zero if it was there already.
	Done(s *Stage, took time.Duration, err error)
}

// Runner builds stages.
type Runner struct {
	Store    *store.Store
	Pool     *jobserver.Pool
	Observer Observer
	// Recipe, if not nil, returns the digest of a stage's code.
	Recipe func(s *Stage) (string, error)
	// Before, if not nil, is asked before the first build of a run: with everything
	// that is going to be built, as far as that is known.
	Before func(ctx context.Context, missing []*Stage) error
	// Execute, if not nil, builds a stage in a place that holds the sources, the needs, and nothing else: there it calls
	// Perform with the key. Else stages are built where they are.
	Execute func(ctx context.Context, s *Stage, key string, sources []Source, b *Build) error
}

// keep is how many results of a stage stay: today's, and yesterday's to go back to.
const keep = 2

// node is a stage within one run.
type node struct {
	stage  *Stage
	done   chan struct{}
	result *store.Result
	err    error
}

// errUpstream marks a stage that was not tried since one that it needs failed.
var errUpstream = errors.New("not tried")

// Run makes sure that the stages and all that they need have results. Stages that
// do not need each other are built side by side. The first failure ends the
// others; what they had done stays in their workspaces.
func (r *Runner) Run(ctx context.Context, stages ...*Stage) (map[string]*store.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	all := Closure(stages...)
	if r.Before != nil {
		if missing := r.missing(ctx, all); len(missing) > 0 {
			if err := r.Before(ctx, missing); err != nil {
				return nil, err
			}
		}
	}
	nodes := make(map[*Stage]*node, len(all))
	for _, s := range all {
		nodes[s] = &node{stage: s, done: make(chan struct{})}
	}
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			defer close(n.done)
			needs := make(map[string]Need, len(n.stage.Needs))
			for _, up := range n.stage.Needs {
				<-nodes[up].done
				if nodes[up].err != nil {
					n.err = fmt.Errorf("%s: %w", n.stage.Name, errUpstream)
					return
				}
				needs[up.Name] = Need{Dir: nodes[up].result.Dir, Output: nodes[up].result.Output}
			}
			if n.result, n.err = r.one(ctx, n.stage, needs); n.err != nil {
				cancel(fmt.Errorf("%s failed", n.stage.Name))
			}
		})
	}
	wg.Wait()

	results := make(map[string]*store.Result, len(all))
	var failures []error
	for _, s := range all {
		n := nodes[s]
		switch {
		case n.err == nil:
			results[s.Name] = n.result
		case errors.Is(n.err, errUpstream), errors.Is(n.err, context.Canceled) && len(failures) > 0:
		default:
			failures = append(failures, n.err)
		}
	}
	return results, first(failures)
}

// first prefers the failure that caused the others to be cancelled.
func first(failures []error) error {
	for _, err := range failures {
		var e *Error
		if errors.As(err, &e) && !e.Cancelled {
			return err
		}
	}
	if len(failures) > 0 {
		return failures[0]
	}
	return nil
}

// Error is a stage that failed.
type Error struct {
	Stage     string
	Log       string
	Cancelled bool // ended from outside: Ctrl-C, a deadline, another stage's failure
	Err       error
}

func (e *Error) Error() string {
	if e.Cancelled {
		return fmt.Sprintf("stage %s: stopped; what it had done is kept and the next run carries on", e.Stage)
	}
	return fmt.Sprintf("stage %s: %v", e.Stage, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// one returns the result of a stage whose needs have theirs.
func (r *Runner) one(ctx context.Context, s *Stage, needs map[string]Need) (*store.Result, error) {
	fail := func(err error) error {
		err = &Error{Stage: s.Name, Log: r.Store.Log(s.Name), Cancelled: ctx.Err() != nil, Err: err}
		r.Observer.Done(s, 0, err)
		return err
	}
	in, err := r.inputs(ctx, s, needs)
	if err != nil {
		return nil, fail(err)
	}
	key := s.key(in.list)
	if result, err := r.Store.Get(s.Name, key); err == nil || !errors.Is(err, store.ErrAbsent) {
		if err != nil {
			return nil, fail(err)
		}
		r.Observer.Done(s, 0, nil)
		return result, nil
	}

	unlock, err := r.Store.Lock(ctx, s.Name, func() { r.Observer.Waiting(s) })
	if err != nil {
		return nil, fail(err)
	}
	defer unlock()
	if result, err := r.Store.Get(s.Name, key); err == nil {
		r.Observer.Done(s, 0, nil) // somebody else built it meanwhile
		return result, nil
	}
	start := time.Now()
	result, err := r.build(ctx, s, in, needs, store.Manifest{Stage: s.Name, Key: key, Inputs: in.list})
	if err != nil {
		return nil, fail(err)
	}
	r.Observer.Done(s, time.Since(start), nil)
	return result, nil
}

// inputs collects all of a stage's inputs.
func (r *Runner) inputs(ctx context.Context, s *Stage, needs map[string]Need) (*Inputs, error) {
	recipe := ""
	if r.Recipe != nil {
		var err error
		if recipe, err = r.Recipe(s); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return s.inputs(ctx, recipe, needs)
}

func (r *Runner) build(ctx context.Context, s *Stage, in *Inputs, needs map[string]Need, m store.Manifest) (*store.Result, error) {
	if err := r.Store.Sweep(s.Name); err != nil {
		return nil, err
	}
	last, err := r.Store.Results(s.Name)
	if err != nil {
		return nil, err
	}
	shared := s.Name
	if s.Shares != "" {
		shared = s.Shares
	}
	unlock, err := r.Store.LockWorkspace(ctx, shared)
	if err != nil {
		return nil, err
	}
	defer unlock()
	workspace, err := r.Store.Workspace(shared)
	if err != nil {
		return nil, err
	}
	draft, err := r.Store.Draft(s.Name)
	if err != nil {
		return nil, err
	}
	defer draft.Discard()
	log := r.Store.Log(s.Name)
	if err := os.Remove(log); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	start := time.Now()
	b := &Build{
		Out: draft.Dir, Workspace: workspace, Log: log, Pool: r.Pool, Needs: needs, Recipe: in.recipe,
		Output: r.Observer.Building(s, reason(m.Inputs, last)),
	}
	if s.Outside != nil {
		if b.Places, err = s.Outside(ctx); err != nil {
			return nil, err
		}
		// What has come may say more of the inputs than was known: which of several origins it is.
		if in, err = r.inputs(ctx, s, needs); err != nil {
			return nil, err
		}
		if key := s.key(in.list); key != m.Key {
			m.Key, m.Inputs = key, in.list
			if result, err := r.Store.Get(s.Name, key); err == nil || !errors.Is(err, store.ErrAbsent) {
				return result, err
			}
		}
	}
	execute := r.Execute
	if execute == nil {
		execute = func(ctx context.Context, s *Stage, key string, _ []Source, b *Build) error {
			return s.Perform(ctx, key, b)
		}
	}
	if err := execute(ctx, s, m.Key, in.sources, b); err != nil {
		return nil, err
	}
	m.Took = time.Since(start)
	m.Output = s.Output
	result, err := draft.Commit(ctx, m)
	if err != nil {
		return nil, err
	}
	// Not before: a build that fails takes nothing away.
	return result, r.Store.Prune(s.Name, keep)
}
