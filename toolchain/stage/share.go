package stage

import (
	"context"
	"errors"

	"rex/toolchain/store"
)

// Share has results of others, and may take ours.
type Share interface {
	// Pull writes the tree of a result to dst, an empty folder, and returns the digest that it must have; ok is false if there is
	// none to be had, for whatever reason.
	Pull(ctx context.Context, stage, key, dst string) (output string, ok bool)
	// Look returns the digest that Pull would, and takes nothing.
	Look(ctx context.Context, stage, key string) (output string, ok bool)
	// Refuse is told of a tree that Pull has written and that is not what it must be.
	Refuse(stage, key string, err error)
	// Push is told of a result that was built.
	Push(ctx context.Context, result *store.Result)
}

// pull takes a result from the others, if they have it. The caller holds the stage's lock.
func (r *Runner) pull(ctx context.Context, s *Stage, in *Inputs) (*store.Result, error) {
	if r.Share == nil {
		return nil, store.ErrAbsent
	}
	if err := r.Store.Sweep(s.Name); err != nil {
		return nil, err
	}
	draft, err := r.Store.Draft(s.Name)
	if err != nil {
		return nil, err
	}
	defer draft.Discard()
	key := s.key(in.list)
	output, ok := r.Share.Pull(ctx, s.Name, key, draft.Dir)
	if !ok {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, store.ErrAbsent
	}
	if s.Output != "" {
		output = s.Output
	}
	result, err := draft.Commit(ctx, store.Manifest{Stage: s.Name, Key: key, Inputs: in.list, Output: output})
	if errors.Is(err, store.ErrOutput) {
		r.Share.Refuse(s.Name, key, err)
		return nil, store.ErrAbsent
	}
	return result, err
}

// PullAll takes from the others what is not here of the stages and all that they need, builds nothing, and returns what is there now.
func (r *Runner) PullAll(ctx context.Context, stages ...*Stage) (map[string]*store.Result, error) {
	results := map[string]*store.Result{}
	for _, s := range Closure(stages...) {
		needs := needsOf(s, results)
		if len(needs) < len(s.Needs) {
			continue // its key is not known
		}
		result, err := r.pullOne(ctx, s, needs)
		if err != nil && !errors.Is(err, store.ErrAbsent) {
			return results, err
		}
		if err == nil {
			results[s.Name] = result
		}
	}
	return results, nil
}

func (r *Runner) pullOne(ctx context.Context, s *Stage, needs map[string]Need) (*store.Result, error) {
	in, err := r.inputs(ctx, s, needs)
	if err != nil {
		return nil, err
	}
	unlock, err := r.Store.Lock(ctx, s.Name, func() { r.Observer.Waiting(s, byAnother) })
	if err != nil {
		return nil, err
	}
	defer unlock()
	if result, err := r.Store.Get(s.Name, s.key(in.list)); !errors.Is(err, store.ErrAbsent) {
		return result, err
	}
	return r.pull(ctx, s, in)
}

// Absent tells, of the stages and all that they need, which ones nobody has a result of, needs first, and which results are here that the
// others lack. What needs an absent one counts as absent: its inputs are not known.
func (r *Runner) Absent(ctx context.Context, stages ...*Stage) (absent []*Stage, here []*store.Result, err error) {
	known := map[string]Need{}
	for _, s := range Closure(stages...) {
		needs := map[string]Need{}
		for _, n := range s.Needs {
			if need, ok := known[n.Name]; ok {
				needs[n.Name] = need
			}
		}
		if len(needs) < len(s.Needs) {
			absent = append(absent, s)
			continue
		}
		in, err := r.inputs(ctx, s, needs)
		if err != nil {
			return nil, nil, err
		}
		key := s.key(in.list)
		output, shared := r.Share.Look(ctx, s.Name, key)
		if shared && s.Output != "" {
			output = s.Output
		}
		result, err := r.Store.Get(s.Name, key)
		switch {
		case shared:
			known[s.Name] = Need{Output: output}
		case err == nil:
			known[s.Name], here = Need{Output: result.Output}, append(here, result)
		case errors.Is(err, store.ErrAbsent):
			absent = append(absent, s)
		default:
			return nil, nil, err
		}
	}
	return absent, here, nil
}
