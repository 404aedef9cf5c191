package project

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"rex/toolchain/digest"
	"rex/toolchain/report"
	"rex/toolchain/sample"
)

// Numbers of CPUs that samples are tried with, where a sample does not say its own, and MiB of memory.
const (
	sampleCPUs   = "1,2,4"
	sampleMemory = 512
	debugMemory  = 2048 // of the debug kernel, whose checks take most of it
)

// SamplesWish is what somebody wants of a test of samples.
type SamplesWish struct {
	Names []string // or paths of folders; empty: all of the checkout
	CPUs  string   // separated by commas
	JUnit string   // path of the file; empty: among the logs

	DebugKernel bool // the kernel with configs/kernel/debug.config
}

// samplesTest is what came of it.
type samplesTest struct {
	cells    []cell
	dirs     map[string]string // of the samples, by name
	outcomes map[cell]*cellOutcome
	junit    string
}

// TestSamples runs samples with each number of CPUs and writes a table to out, and a JUnit file. What has passed with the same content
// before is not run again, unless REX_TEST_AGAIN=1.
func (p *Project) TestSamples(ctx context.Context, wish SamplesWish, out io.Writer) error {
	t, err := p.testSamples(ctx, wish)
	if err != nil {
		return err
	}
	err = writeMatrix(out, t.cells, t.outcomes)
	for _, c := range t.cells {
		for i, line := range t.outcomes[c].Evidence {
			if i == 0 {
				fmt.Fprintf(out, "\n%s: %s\n", c, t.outcomes[c].said())
			}
			fmt.Fprintf(out, "  %s\n", line)
		}
	}
	p.Term.Printf("  JUnit: %s", t.junit)
	return err
}

func (p *Project) testSamples(ctx context.Context, wish SamplesWish) (*samplesTest, error) {
	memory := sampleMemory
	if wish.DebugKernel {
		p.UseDebugKernel()
		memory = debugMemory
	}
	var counts []int
	for _, word := range strings.Split(cmp.Or(wish.CPUs, sampleCPUs), ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 64 {
			return nil, fmt.Errorf("-cpus=%s: it takes numbers from 1 to 64, separated by commas", wish.CPUs)
		}
		counts = append(counts, n)
	}
	names := wish.Names
	if len(names) == 0 {
		var err error
		if names, err = sample.List(p.path("samples")); err != nil {
			return nil, err
		}
	}
	stages, samples, err := p.matrixStages(names)
	if err != nil {
		return nil, err
	}
	base := len(stages) - len(samples)
	results, err := p.Runner.Run(ctx, stages[:base]...)
	if err != nil {
		return nil, err
	}
	t := &samplesTest{dirs: map[string]string{}, outcomes: map[cell]*cellOutcome{}, junit: cmp.Or(wish.JUnit, p.Store.Log("samples")+".junit.xml")}
	var runs []cell
	for i, s := range samples {
		t.dirs[s.Name] = s.Dir
		own := counts
		if s.VM.CPUs != 0 {
			own = []int{s.VM.CPUs}
		}
		// One that does not compile says nothing of the others.
		built, err := p.Runner.Run(ctx, stages[base+i])
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var cells []cell
		for _, n := range own {
			cells = append(cells, cell{Sample: s.Name, Kernel: "rex" + p.variant, CPUs: n, Memory: max(s.VM.Memory, memory)})
		}
		if s.Twin != "" { // it is eBPF that is compared with, not tested: once
			twin := cells[0]
			twin.EBPF = true
			cells = append(cells, twin)
		}
		for _, c := range cells {
			t.cells = append(t.cells, c)
			if err != nil {
				t.outcomes[c] = &cellOutcome{lost: true, Reason: err.Error()}
				continue
			}
			runs = append(runs, c)
		}
		if err == nil {
			results[stages[base+i].Name] = built[stages[base+i].Name]
		}
	}
	if err := p.runCells(ctx, runs, samples, results, t.outcomes); err != nil {
		return nil, err
	}
	return t, report.JUnit(t.junit, "samples", t.cases())
}

func (t *samplesTest) cases() []report.Case {
	var cases []report.Case
	for _, c := range t.cells {
		o := t.outcomes[c]
		test := report.Case{Name: c.String(), Took: o.Took, Output: strings.Join(o.Verifier, "\n")}
		if !o.passed() {
			test.Failure, test.Details = o.said()+": "+o.Reason, strings.Join(o.Evidence, "\n")
		}
		cases = append(cases, test)
	}
	return cases
}

// Failure is what a step of CI ends with: an exit code that tells the kinds apart.
type Failure struct {
	Code int // of the first that failed: its verdict's, or 1 if it was not built
	Err  error
}

func (f *Failure) Error() string { return f.Err.Error() }

// CI is TestSamples for machines: a line of JSON to out for each run, a JUnit file, and where GitHub runs it annotations and the step's
// summary. What failed is a *Failure.
func (p *Project) CI(ctx context.Context, wish SamplesWish, out io.Writer) error {
	t, err := p.testSamples(ctx, wish)
	if err != nil {
		return err
	}
	code, failed := 0, 0
	annotated := map[string]bool{}
	for _, c := range t.cells {
		o := t.outcomes[c]
		line, err := json.Marshal(struct {
			Sample  string  `json:"sample"`
			EBPF    bool    `json:"ebpf,omitempty"`
			Kernel  string  `json:"kernel"`
			CPUs    int     `json:"cpus"`
			Verdict string  `json:"verdict"`
			Code    int     `json:"code"`
			Reason  string  `json:"reason,omitempty"`
			Seconds float64 `json:"seconds"`
			Earlier bool    `json:"earlier,omitempty"`
		}{c.Sample, c.EBPF, c.Kernel, c.CPUs, o.said(), o.code(), o.Reason, o.Took.Seconds(), o.earlier})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s\n", line); err != nil {
			return err
		}
		if o.passed() {
			continue
		}
		failed++
		code = cmp.Or(code, o.code())
		if os.Getenv("GITHUB_ACTIONS") == "true" && !annotated[c.Sample+o.Reason] {
			annotated[c.Sample+o.Reason] = true
			repository := os.Getenv("GITHUB_WORKSPACE")
			dir, err := filepath.Rel(repository, t.dirs[c.Sample])
			if err != nil {
				return fmt.Errorf("GITHUB_WORKSPACE=%s: %w", repository, err)
			}
			if err := report.Annotate(out, dir, c.String()+": "+o.said(), strings.ReplaceAll(o.Reason, repository+"/", "")); err != nil {
				return err
			}
		}
	}
	if path := os.Getenv("GITHUB_STEP_SUMMARY"); path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		if err := errors.Join(report.Summary(f, "Rex", t.cases()), f.Close()); err != nil {
			return err
		}
	}
	p.Term.Printf("  JUnit: %s", t.junit)
	if failed > 0 {
		return &Failure{code, fmt.Errorf("%d of %d runs did not pass", failed, len(t.cells))}
	}
	return nil
}

// said is the verdict in a word or two.
func (o *cellOutcome) said() string {
	if o.lost {
		return "not built"
	}
	return o.Verdict.String()
}

// code is an exit code.
func (o *cellOutcome) code() int {
	if o.lost {
		return 1
	}
	return int(o.Verdict)
}

// CacheKey is a key under which CI can keep the cache: it changes with what makes the toolchain, and not with extensions.
func (p *Project) CacheKey(ctx context.Context) (string, error) {
	var parts []string
	for _, dir := range []string{"configs", "kernel", "librex", "llvm-passes", "rustc-patches", "toolchain"} {
		d, err := digest.Tree(ctx, p.path(dir), notSource)
		if err != nil {
			return "", err
		}
		parts = append(parts, d)
	}
	return "rex-" + digest.String(strings.Join(parts, "\n"))[:16], nil
}
