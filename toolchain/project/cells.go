package project

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"rex/toolchain/digest"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/store"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// errand is a cell that is to be run.
type errand struct {
	cell
	sample *sample.Sample
	built  string // folder
	job    guest.Job
	expect []vm.Expectation
	passed string // file that is there once it has passed with this content
}

// configuration is what cells have in common that can run in one machine.
type configuration struct {
	CPUs, Memory int
	Append       string
	Network      bool
}

// runCells runs cells of the kernel that the graph is about. Those of one configuration share a machine, one after the other; there are as many
// machines at once as there is room for.
func (p *Project) runCells(ctx context.Context, cells []cell, samples []*sample.Sample, results map[string]*store.Result, outcomes map[cell]*cellOutcome) error {
	w := &ward{project: p, results: results, queues: map[configuration]*queue{}, outcomes: outcomes}
	for _, c := range cells {
		e, err := p.errand(c, samples, results)
		if err != nil {
			return err
		}
		if o := e.earlier(); o != nil {
			outcomes[c] = o
			continue
		}
		w.add(e)
	}
	return w.work(ctx)
}

// atOnce is how many machines of some MiB may run side by side.
func atOnce(memory int) int {
	return max(1, min(runtime.NumCPU(), int(stage.AvailableMemory()>>20)*3/4/max(memory, 1)))
}

// errand is what it takes to run a cell.
func (p *Project) errand(c cell, samples []*sample.Sample, results map[string]*store.Result) (*errand, error) {
	s := samples[slices.IndexFunc(samples, func(s *sample.Sample) bool { return s.Name == c.Sample })]
	built := results["sample-"+s.Name+p.variant]
	if c.EBPF {
		var err error
		if s, err = s.AsEBPF(); err != nil {
			return nil, err
		}
	}
	e := &errand{cell: c, sample: s, built: built.Dir}
	e.job, e.expect = task(s)
	e.job.Tell = true
	content, err := json.Marshal([]any{c, built.Output, results[p.kernel.Name].Output, results[p.agent.Name].Output, e.job, fmt.Sprint(e.expect)})
	e.passed = filepath.Join(p.Store.Dir(), "passed", "cell-"+digest.String(string(content))[:24])
	return e, err
}

// earlier is what came of it when it passed before, with the same content; nil if it has not, or REX_TEST_AGAIN=1.
func (e *errand) earlier() *cellOutcome {
	text, err := os.ReadFile(e.passed)
	o := &cellOutcome{earlier: true}
	if err != nil || os.Getenv("REX_TEST_AGAIN") == "1" || json.Unmarshal(text, o) != nil {
		return nil
	}
	return o
}

// queue are errands of one configuration that nobody runs yet.
type queue struct {
	configuration
	left     []*errand
	machines int // that serve it
}

// ward hands errands to machines.
type ward struct {
	project *Project
	results map[string]*store.Result

	counting bool                            // machines' clocks count instructions
	seen     func(*errand, *vm.Result) error // what else is done with what came of an errand; may be nil

	mu       sync.Mutex
	boots    int
	queues   map[configuration]*queue
	packages []string // that any of them needs
	outcomes map[cell]*cellOutcome
}

func (w *ward) add(e *errand) {
	c := configuration{e.CPUs, e.Memory, e.sample.VM.Append, e.sample.VM.Network}
	q := w.queues[c]
	if q == nil {
		q = &queue{configuration: c}
		w.queues[c] = q
	}
	w.packages = append(w.packages, e.sample.Packages...)
	// The longest first, so that no machine has one left when others have ended.
	at, _ := slices.BinarySearchFunc(q.left, e, func(a, b *errand) int { return cmp.Compare(b.sample.Timeout, a.sample.Timeout+1) })
	q.left = slices.Insert(q.left, at, e)
}

// worth is how many errands a second machine of a configuration is booted for, when there is nothing else to do.
const worth = 4

// next chooses what a machine is booted for: what most is left of, for each machine that is at it. Nil: there is enough of them.
func (w *ward) next() *queue {
	w.mu.Lock()
	defer w.mu.Unlock()
	var best *queue
	share := func(q *queue) int { return len(q.left) / (q.machines + 1) }
	for _, q := range w.queues {
		if (best == nil || share(q) > share(best)) && (q.machines == 0 && len(q.left) > 0 || len(q.left) >= worth) {
			best = q
		}
	}
	if best != nil {
		best.machines++
	}
	return best
}

func (w *ward) take(q *queue) *errand {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(q.left) == 0 {
		q.machines--
		return nil
	}
	e := q.left[0]
	q.left = q.left[1:]
	return e
}

// work runs all errands.
func (w *ward) work(ctx context.Context) error {
	memory := 0
	for c := range w.queues {
		memory = max(memory, c.Memory)
	}
	machines, waits := errgroup.WithContext(ctx)
	for range atOnce(memory) {
		machines.Go(func() error {
			for q := w.next(); q != nil; q = w.next() {
				if err := w.serve(waits, q); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return machines.Wait()
}

// serve runs errands of a configuration in one machine. One that has not passed ends it, for nobody knows what is left of the kernel; it is run
// once more in a machine of its own, to tell whether it was itself or what had run before.
func (w *ward) serve(ctx context.Context, q *queue) error {
	var machine *vm.Standby
	var before []string
	defer func() {
		if machine != nil {
			machine.Close()
		}
	}()
	for e := w.take(q); e != nil; e = w.take(q) {
		var err error
		if machine == nil {
			if machine, err = w.boot(ctx, q.configuration); err != nil {
				return err
			}
		}
		r, err := w.run(ctx, machine, e)
		if err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
		if r.Verdict != vm.Passed {
			machine.Close()
			machine = nil
			if len(before) > 0 && !w.counting {
				if r, err = w.alone(ctx, q.configuration, e, r, before); err != nil {
					return fmt.Errorf("%s: %w", e, err)
				}
			}
			before = nil
		} else {
			before = append(before, e.title())
		}
		if err := w.note(e, r); err != nil {
			return err
		}
	}
	return nil
}

// alone runs an errand that has failed after others by itself.
func (w *ward) alone(ctx context.Context, c configuration, e *errand, failed *vm.Result, before []string) (*vm.Result, error) {
	machine, err := w.boot(ctx, c)
	if err != nil {
		return nil, err
	}
	defer machine.Close()
	r, err := w.run(ctx, machine, e)
	if err != nil {
		return nil, err
	}
	switch r.Verdict {
	case vm.Passed:
		failed.Reason += "; by itself it passes: look at what ran before it in that machine, " + strings.Join(before, ", ")
		return failed, nil
	case vm.BootFailure, vm.MachineFailed: // which say nothing of it
		return failed, nil
	}
	return r, nil
}

// boot begins to boot a machine.
func (w *ward) boot(ctx context.Context, c configuration) (*vm.Standby, error) {
	w.mu.Lock()
	w.boots++
	label := fmt.Sprintf("samples%s-%d-cpus-%d", w.project.variant, c.CPUs, w.boots)
	w.mu.Unlock()
	m, err := w.project.machine(ctx, w.results, label, vm.Options{CPUs: c.CPUs, Memory: c.Memory, Append: c.Append, Network: c.Network})
	if err != nil {
		return nil, err
	}
	m.Counting = w.counting
	if m.Packages, err = w.project.guestPackages(ctx, w.packages, w.results[w.project.tools.Name].Dir); err != nil {
		return nil, err
	}
	return m.Standby(ctx, filepath.Join(w.project.Store.Dir(), "results")), nil
}

func (w *ward) run(ctx context.Context, machine *vm.Standby, e *errand) (*vm.Result, error) {
	var end refusal
	r, err := machine.Run(ctx, layers(e.sample, e.built), e.job, e.expect, end.see)
	if err == nil {
		end.keep(e.sample, r)
	}
	return r, err
}

// note keeps what came of an errand.
func (w *ward) note(e *errand, r *vm.Result) error {
	if w.seen != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.seen(e, r)
	}
	label := fmt.Sprintf("matrix-%s%s-%d", e.sample.Label(), w.project.variant, e.CPUs)
	if err := r.WriteJSON(w.project.Store.Log(label) + ".json"); err != nil {
		return err
	}
	o := &cellOutcome{Verdict: r.Verdict, Reason: r.Reason, Evidence: r.Evidence, Took: r.Took}
	if e.sample.EBPF {
		o.Verifier = verdictsOf(r)
	}
	if o.passed() {
		o.Evidence = nil
		if e.sample.EBPF && e.sample.Refused != "" {
			o.Reason, o.Verifier = "the verifier refuses it, as it must: "+e.sample.Refused, r.Evidence
		}
		text, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(e.passed), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(e.passed, text, 0o644); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes[e.cell] = o
	w.project.Term.Printf("  %s: %s", e.cell, o.Verdict)
	return nil
}

// verdictsOf says what the verifier has done with the programs of eBPF that it accepted.
func verdictsOf(r *vm.Result) (lines []string) {
	for _, l := range r.Programs {
		if l.Verified > 0 && l.Name != "" && !strings.HasPrefix(l.Name, "libbpf_") {
			lines = append(lines, fmt.Sprintf("%s: accepted, processed %d insns", l.Name, l.Verified))
		}
	}
	slices.Sort(lines) // an object may be loaded several times
	return slices.Compact(lines)
}
