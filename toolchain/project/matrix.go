package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"rex/toolchain/conf"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/store"
	"rex/toolchain/vm"
)

// Matrix is what is to be run: each sample on each kernel with each number of CPUs.
//
//	samples = ["hello", "map_test"]
//	cpus = [1, 2]                      # 2 if nothing is said
//	memory = 512                       # MiB
//	kernels = ["rex", "debug", "mine"]
//
// A kernel is "rex", or one with a file more of configs/kernel: "debug", or "mine" with mine.config; "rex" if nothing is said.
type Matrix struct {
	Samples []string `toml:"samples"`
	Kernels []string `toml:"kernels"`
	CPUs    []int    `toml:"cpus"`
	Memory  int      `toml:"memory"`
}

// cell is one run of a matrix.
type cell struct {
	Sample, Kernel string
	CPUs, Memory   int
	EBPF           bool // the sample's twin
}

func (c cell) String() string {
	return fmt.Sprintf("%s on %s, %d CPUs", c.title(), c.Kernel, c.CPUs)
}

func (c cell) title() string { return (&sample.Sample{Name: c.Sample, EBPF: c.EBPF}).Title() }

// cellOutcome is what came of a cell.
type cellOutcome struct {
	Verdict  vm.Verdict    `json:"verdict"`
	Reason   string        `json:"reason,omitempty"`
	Evidence []string      `json:"evidence,omitempty"` // lines that show it
	Verifier []string      `json:"verifier,omitempty"` // what it says of a twin
	Took     time.Duration `json:"took_ns"`
	earlier  bool          // of a run before, with the same content
	lost     bool          // it was not run to its end; Reason says why
}

var kernelForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// ReadMatrix reads a matrix and checks it.
func ReadMatrix(file string) (*Matrix, error) {
	m := &Matrix{}
	if err := conf.Read(file, m); err != nil {
		return nil, err
	}
	var err error
	if len(m.Kernels) == 0 {
		m.Kernels = []string{"rex"}
	}
	if len(m.CPUs) == 0 {
		m.CPUs = []int{2}
	}
	if m.Memory == 0 {
		m.Memory = 512
	}
	switch {
	case len(m.Samples) == 0:
		err = errors.New("samples is empty")
	case twice(m.Samples) || twice(m.Kernels) || twice(m.CPUs):
		err = errors.New("something is named a second time")
	case slices.Min(m.CPUs) < 1 || slices.Max(m.CPUs) > 64:
		err = fmt.Errorf("cpus = %v; a machine takes 1 to 64", m.CPUs)
	case m.Memory < 128 || m.Memory > 1<<16:
		err = fmt.Errorf("memory = %d; a machine takes 128 to 65536 MiB", m.Memory)
	}
	for _, k := range m.Kernels {
		if err == nil && (!kernelForm.MatchString(k) || k == "base" || k == "stock") {
			err = fmt.Errorf("kernel %q; it takes rex, debug, and names of files below configs/kernel, without their .config", k)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}

func twice[T comparable](list []T) bool {
	for i, x := range list {
		if slices.Contains(list[:i], x) {
			return true
		}
	}
	return false
}

// RunMatrix runs all cells of a matrix, as many machines at once as there are processors and memory for, and writes a table of what came of
// them. A cell that has passed with the same content before is not run again, unless REX_TEST_AGAIN=1. It is an error if one has not
// passed.
func (p *Project) RunMatrix(ctx context.Context, m *Matrix, out io.Writer) error {
	var cells []cell
	outcomes := map[cell]*cellOutcome{}
	err := p.kernels(m, func(kernel string) error {
		results, samples, err := p.buildMatrix(ctx, m.Samples)
		if err != nil {
			return err
		}
		var list []cell
		for _, s := range samples {
			for _, cpus := range m.CPUs {
				list = append(list, cell{Sample: s.Name, Kernel: kernel, CPUs: cpus, Memory: m.Memory})
			}
		}
		cells = append(cells, list...)
		return p.runCells(ctx, list, samples, results, outcomes)
	})
	if err != nil {
		return err
	}
	return writeMatrix(out, cells, outcomes)
}

// kernels makes the graph that of each of the matrix's kernels, one after the other, and calls do.
func (p *Project) kernels(m *Matrix, do func(kernel string) error) error {
	defer p.useVariant(p.variant)
	for _, kernel := range m.Kernels {
		switch kernel {
		case "rex":
			p.useVariant("")
		case "debug":
			p.useVariant(debugVariant)
		default:
			p.useVariant(withFragment + kernel)
		}
		if err := do(kernel); err != nil {
			return fmt.Errorf("kernel %s: %w", kernel, err)
		}
	}
	return nil
}

// buildMatrix builds samples for the kernel that the graph is about.
func (p *Project) buildMatrix(ctx context.Context, names []string) (map[string]*store.Result, []*sample.Sample, error) {
	stages, samples, err := p.matrixStages(names)
	if err != nil {
		return nil, nil, err
	}
	results, err := p.Runner.Run(ctx, stages...)
	return results, samples, err
}

// matrixStages are the stages that it takes to run samples.
func (p *Project) matrixStages(names []string) (stages []*stage.Stage, samples []*sample.Sample, err error) {
	stages = []*stage.Stage{p.kernel, p.agent}
	for _, name := range names {
		st, s, err := p.Sample(name)
		if err != nil {
			return nil, nil, err
		}
		stages, samples = append(stages, st), append(samples, s)
	}
	return stages, samples, nil
}

// passed tells whether a cell was run and did as expected.
func (o *cellOutcome) passed() bool { return !o.lost && o.Verdict == vm.Passed }

// writeMatrix writes the table.
func writeMatrix(out io.Writer, cells []cell, outcomes map[cell]*cellOutcome) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "sample\tkernel\tCPUs\tverdict\ttook\t")
	failed := 0
	for _, c := range cells {
		o := outcomes[c]
		note := o.Reason
		if o.earlier {
			note = "earlier, with the same content"
		}
		verdict := o.Verdict.String()
		if o.lost {
			verdict = "not run"
			note = strings.Split(note, "\n")[0]
		}
		if !o.passed() {
			failed++
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%.1f s\t%s\n", c.title(), c.Kernel, c.CPUs, verdict, o.Took.Seconds(), note)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d runs did not pass; each has a JSON file and a console among the logs", failed, len(cells))
	}
	return nil
}
