package stage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"rex/toolchain/store"
)

// Change is an input that differs from that of the last result.
type Change struct {
	Input    string
	Old, New string // empty: the input was not there
}

func (c Change) String() string {
	switch {
	case c.Old == "":
		return c.Input + " is new"
	case c.New == "":
		return c.Input + " is gone"
	}
	return fmt.Sprintf("%s changed from %s to %s", c.Input, short(c.Old), short(c.New))
}

// short cuts digests, and leaves words and versions alone.
func short(v string) string {
	if len(v) == 64 && strings.Trim(v, "0123456789abcdef") == "" {
		return v[:12]
	}
	return v
}

// Explanation says whether a stage would be built, and why.
type Explanation struct {
	Stage   *Stage
	Result  *store.Result // the current result, if there is one
	Last    *store.Result // else the last one, if there is one
	Missing []*Stage      // needs without a result: the inputs are not known before they are built
	Changes []Change      // against Last
	Sources []Source      // files and folders among the inputs, if these are known
}

// Why explains the state of a stage without building anything.
func (r *Runner) Why(ctx context.Context, s *Stage) (*Explanation, error) {
	all, err := r.Graph(ctx, s)
	if err != nil {
		return nil, err
	}
	return all[len(all)-1], nil
}

// Graph explains the state of stages and of all that they need, needs first.
func (r *Runner) Graph(ctx context.Context, stages ...*Stage) ([]*Explanation, error) {
	known := map[string]*store.Result{}
	var all []*Explanation
	for _, s := range Closure(stages...) {
		e, err := r.explain(ctx, s, known)
		if err != nil {
			return nil, err
		}
		if e.Result != nil {
			known[s.Name] = e.Result
		}
		all = append(all, e)
	}
	return all, nil
}

func (r *Runner) explain(ctx context.Context, s *Stage, known map[string]*store.Result) (*Explanation, error) {
	e := &Explanation{Stage: s}
	results, err := r.Store.Results(s.Name)
	if err != nil {
		return nil, err
	}
	if len(results) > 0 {
		e.Last = results[0]
	}
	needs := needsOf(s, known)
	for _, n := range s.Needs {
		if known[n.Name] == nil {
			e.Missing = append(e.Missing, n)
		}
	}
	if len(e.Missing) > 0 {
		return e, nil
	}
	in, err := r.inputs(ctx, s, needs)
	if err != nil {
		return nil, err
	}
	e.Sources = in.sources
	e.Result, err = r.Store.Get(s.Name, s.key(in.list))
	if err != nil && !errors.Is(err, store.ErrAbsent) {
		return nil, err
	}
	if e.Result == nil && e.Last != nil {
		e.Changes = diff(e.Last.Inputs, in.list)
	}
	return e, nil
}

// missing lists the stages that a run is going to build. One that needs a missing one
// counts, although its inputs may turn out to be the old ones.
func (r *Runner) missing(ctx context.Context, all []*Stage) []*Stage {
	known := map[string]*store.Result{}
	var missing []*Stage
	for _, s := range all {
		e, err := r.explain(ctx, s, known)
		if err != nil || e.Result == nil {
			missing = append(missing, s)
			continue
		}
		known[s.Name] = e.Result
	}
	return missing
}

// reason is why a stage is built, in a few words.
func reason(inputs []store.Input, last []*store.Result) string {
	if len(last) == 0 {
		return "first build"
	}
	changes := diff(last[0].Inputs, inputs)
	words := make([]string, len(changes))
	for i, c := range changes {
		words[i] = c.Input
	}
	return "changed: " + strings.Join(words, ", ")
}

func diff(old, current []store.Input) []Change {
	values := func(list []store.Input) map[string]string {
		m := make(map[string]string, len(list))
		for _, in := range list {
			m[in.Name] = in.Value
		}
		return m
	}
	was, is := values(old), values(current)
	var changes []Change
	for _, in := range current {
		if was[in.Name] != in.Value {
			changes = append(changes, Change{in.Name, was[in.Name], in.Value})
		}
	}
	for _, in := range old {
		if _, ok := is[in.Name]; !ok {
			changes = append(changes, Change{in.Name, in.Value, ""})
		}
	}
	return changes
}

// String explains to a person.
func (e *Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", e.Stage.Name)
	switch {
	case e.Result != nil:
		fmt.Fprintf(&b, "up to date (%s, key %.12s)", e.Result.Dir, e.Result.Key)
	case len(e.Missing) > 0:
		b.WriteString("would be built, after what it needs:")
		for _, s := range e.Missing {
			fmt.Fprintf(&b, "\n  %s has no current result", s.Name)
		}
	case e.Last == nil:
		b.WriteString("would be built: it never was")
	default:
		b.WriteString("would be built:")
		for _, c := range e.Changes {
			fmt.Fprintf(&b, "\n  %s", c)
		}
	}
	return b.String()
}
