package slurm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Task is a piece of work that some job does.
type Task struct {
	Name   string
	Number int      // by which a script knows it; in one run and the next the same
	Group  string   // tasks of a group are one array; they have the same needs
	After  []string // names of tasks that must have ended well
	CPUs   int
	Memory int64 // bytes
	Limit  time.Duration
}

// unit names the job that does it.
func (t *Task) unit() string {
	if t.Group != "" {
		return t.Group
	}
	return t.Name
}

// Outcome is what a task says of itself when it ends.
type Outcome struct {
	Err       error // nil: it ended well
	Elsewhere bool  // another node may do better: this one has no room, or lacks what it takes
}

// Run is a set of tasks on a cluster.
type Run struct {
	Cluster *Cluster
	// Name begins the names of all jobs: the same for the same work, so that a run which was interrupted finds its jobs.
	Name   string
	Export []string // names of variables that jobs inherit
	// Done tells of a task that it need not be done.
	Done func(task string) bool
	// Script is what a job runs: the task of a number, or that of $SLURM_ARRAY_TASK_ID if it is negative. What the job says of itself goes
	// by the word as well.
	Script func(number int, word string) string
	// Outcome asks what a task has said of itself.
	Outcome func(ctx context.Context, task, word string) (o Outcome, ok bool)
	Say     func(format string, args ...any)

	jobs map[string]job // by unit
}

// job is what was submitted last for a unit.
type job struct{ id, word string }

const (
	rounds   = 3                // how often a task is tried that ends without a word, or wants another node
	interval = time.Second      // between looks at the queue
	patience = 10 * time.Minute // with a controller that does not answer
	vanished = 15 * time.Second // after which a job that the controller does not know is over
)

// Do runs the tasks and returns what went wrong, by task. Jobs of an earlier run with the same name go on. When it returns early, because ctx
// has ended or the cluster refuses a job, the others are cancelled.
func (r *Run) Do(ctx context.Context, tasks []Task) (failed map[string]error, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, r.cancel(ctx))
		}
	}()
	failed = map[string]error{}
	left := slices.DeleteFunc(slices.Clone(tasks), func(t Task) bool { return r.Done(t.Name) })
	last := map[string]error{}
	var exclude []string
	for round := 0; len(left) > 0 && round < rounds; round++ {
		if err := r.submit(ctx, left, exclude, round == 0); err != nil {
			if round == 0 || ctx.Err() != nil {
				return nil, err
			}
			for _, t := range left {
				failed[t.Name] = fmt.Errorf("%w (%w)", last[t.Name], err)
			}
			return failed, r.cancel(ctx)
		}
		states, err := r.wait(ctx, left)
		if err != nil {
			return nil, err
		}
		var again []Task
		for _, t := range left {
			o, said := r.Outcome(ctx, t.Name, r.jobs[t.unit()].word)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			s := states[t.Name]
			retry, node := false, s.Node
			switch {
			case said && o.Err == nil:
				continue
			case said:
				err, retry = o.Err, o.Elsewhere
			case s.State == "OUT_OF_MEMORY":
				t.Memory *= 2
				err, retry, node = fmt.Errorf("it was killed on %s for want of memory; it is given %d MB", s.Node, t.Memory>>20), true, ""
			case s.State == "TIMEOUT":
				err = fmt.Errorf("it took more than %v on %s", t.Limit, s.Node)
			case slices.ContainsFunc(t.After, func(n string) bool { return failed[n] != nil }):
				err = errors.New("not tried, since one that it needs has failed")
			case slices.ContainsFunc(t.After, func(n string) bool { return last[n] != nil }):
				again = append(again, t)
				continue
			case s.State == "CANCELLED":
				err = errors.New("it was cancelled")
			default:
				err, retry = fmt.Errorf("its job ended without a word (%s %s on %s)", s.State, s.Why, s.Node), true
			}
			if !retry || round == rounds-1 {
				failed[t.Name] = err
				continue
			}
			r.Say("  %s: %v; once more", t.Name, err)
			last[t.Name] = err
			if node != "" && !slices.Contains(exclude, node) {
				exclude = append(exclude, node)
			}
			again = append(again, t)
		}
		left = again
	}
	return failed, nil
}

// submit gives the tasks to the cluster. If adopt is true, those that jobs of an earlier run do are left to them.
func (r *Run) submit(ctx context.Context, tasks []Task, exclude []string, adopt bool) error {
	before := map[string]job{}
	if adopt {
		states, err := r.queue(ctx)
		if err != nil {
			return err
		}
		for _, s := range states {
			if unit, word, ok := r.unit(s.Name); ok && !s.Over() {
				before[unit] = job{s.ID, word}
			}
		}
	}
	r.jobs = map[string]job{}
	for i, t := range tasks {
		unit := t.unit()
		if _, done := r.jobs[unit]; done {
			continue
		}
		if j, ok := before[unit]; ok {
			r.jobs[unit] = j
			r.Say("  %s: job %s of an earlier run goes on", unit, j.id)
			continue
		}
		word := rand.Text()[:8]
		j := Job{Name: r.Name + "." + unit + "." + word, CPUs: t.CPUs, Memory: t.Memory, Limit: t.Limit, Exclude: exclude, Export: r.Export}
		number := t.Number
		if t.Group != "" {
			for _, other := range tasks[i:] {
				if other.Group == t.Group {
					j.Array = append(j.Array, other.Number)
					j.CPUs, j.Memory, j.Limit = max(j.CPUs, other.CPUs), max(j.Memory, other.Memory), max(j.Limit, other.Limit)
				}
			}
			number = -1
		}
		for _, n := range t.After {
			if need, ok := r.jobs[n]; ok {
				j.After = append(j.After, need.id)
			}
		}
		j.Script = r.Script(number, word)
		id, err := r.Cluster.Submit(ctx, j)
		if err != nil {
			return err
		}
		r.jobs[unit] = job{id, word}
	}
	return nil
}

// unit takes the name of a job apart.
func (r *Run) unit(name string) (unit, word string, ok bool) {
	rest, ok := strings.CutPrefix(name, r.Name+".")
	i := strings.LastIndexByte(rest, '.')
	if !ok || i < 0 {
		return "", "", false
	}
	return rest[:i], rest[i+1:], true
}

// wait waits until all tasks' jobs have ended and returns how.
func (r *Run) wait(ctx context.Context, tasks []Task) (map[string]State, error) {
	states, seen := map[string]State{}, map[string]time.Time{}
	start := time.Now()
	for {
		list, err := r.queue(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			unit, word, ok := r.unit(s.Name)
			if !ok || r.jobs[unit].word != word {
				continue
			}
			for _, t := range tasks {
				if t.unit() == unit && (t.Group == "" || t.Number == s.Task) {
					if states[t.Name].State != s.State && (s.State == "RUNNING" || s.Over()) {
						r.Say("  %s: %s on %s (job %s)", t.Name, strings.ToLower(s.State), s.Node, s.ID)
					}
					states[t.Name], seen[t.Name] = s, time.Now()
				}
			}
		}
		over := true
		for _, t := range tasks {
			s, known := states[t.Name]
			gone := time.Since(start) > vanished && time.Since(seen[t.Name]) > vanished
			over = over && (known && s.Over() || gone)
		}
		if over {
			return states, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(interval):
		}
	}
}

// queue looks at the jobs of the run. While that fails, as it does without a controller, jobs go on, and it is tried again.
func (r *Run) queue(ctx context.Context) ([]State, error) {
	start, told := time.Now(), false
	for {
		states, err := r.Cluster.Queue(ctx, r.Name+".")
		if err == nil || ctx.Err() != nil || time.Since(start) > patience {
			return states, err
		}
		if !told {
			r.Say("! %v; jobs go on, and it is asked again", err)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(interval):
		}
	}
}

// cancel ends all jobs.
func (r *Run) cancel(ctx context.Context) error {
	if len(r.jobs) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer stop()
	var ids []string
	for j := range maps.Values(r.jobs) {
		ids = append(ids, j.id)
	}
	if err := r.Cluster.Cancel(ctx, ids...); err != nil {
		return fmt.Errorf("jobs %s may go on: %w; scancel ends them", strings.Join(ids, ", "), err)
	}
	r.Say("  cancelled %d jobs", len(ids))
	return nil
}
