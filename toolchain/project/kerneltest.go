package project

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"rex/toolchain/kernel"
	"rex/toolchain/report"
	"rex/toolchain/stage"
	"rex/toolchain/vm"
)

// TestKernel runs kernel/tests in a VM and writes the outcome of each case to out as it comes, and
// all of them to a JUnit file among the logs. REX_TEST_ONLY picks cases by a part of their names.
func (p *Project) TestKernel(ctx context.Context, out io.Writer) (*vm.Result, error) {
	st, s, err := p.extension("kernel", "tests", "kernel-tests")
	if err != nil {
		return nil, err
	}
	// A program that overrides functions is in an image of its own.
	overrides, _, err := p.Sample("error_injector")
	if err != nil {
		return nil, err
	}
	if only := os.Getenv("REX_TEST_ONLY"); only != "" {
		s.Loader.Args = append(s.Loader.Args, only)
	}
	memory := 1024 // MiB
	if p.variant == debugVariant {
		memory = 3072
	}
	cases := &caseReader{out: out, last: time.Now()}
	o := s.VM
	o.Memory = memory
	result, err := p.run(ctx, st, s, vm.Machine{Options: o}, cases, []*stage.Stage{overrides})
	if err != nil {
		return nil, err
	}
	if result.Verdict != vm.Passed && len(cases.cases) > 0 {
		cases.cases = append(cases.cases, report.Case{Name: "the machine", Failure: result.Verdict.String() + ": " + result.Reason})
	}
	path := p.Store.Log("kernel-tests") + ".junit.xml"
	if err := report.JUnit(path, "kernel", cases.cases); err != nil {
		return nil, err
	}
	p.Term.Printf("  JUnit: %s", path)
	return result, nil
}

// caseReader passes lines on and gathers the outcomes among them.
type caseReader struct {
	out   io.Writer
	cases []report.Case
	last  time.Time
	rest  string
}

var (
	passedLine = regexp.MustCompile(`^ok (.+?)(?: \(([\d.]+) s\))?$`)
	failedLine = regexp.MustCompile(`^not ok ([^:]+): (.*)$`)
)

func (r *caseReader) Write(b []byte) (int, error) {
	r.rest += string(b)
	for {
		line, rest, found := strings.Cut(r.rest, "\n")
		if !found {
			return len(b), nil
		}
		r.rest = rest
		r.line(line)
		if _, err := fmt.Fprintln(r.out, line); err != nil {
			return 0, err
		}
	}
}

func (r *caseReader) line(line string) {
	now := time.Now()
	switch {
	case passedLine.MatchString(line):
		m := passedLine.FindStringSubmatch(line)
		took, err := time.ParseDuration(m[2] + "s")
		if err != nil {
			took = now.Sub(r.last)
		}
		r.cases = append(r.cases, report.Case{Name: m[1], Took: took})
	case failedLine.MatchString(line):
		m := failedLine.FindStringSubmatch(line)
		r.cases = append(r.cases, report.Case{Name: m[1], Took: now.Sub(r.last), Failure: m[2]})
	default:
		return
	}
	r.last = now
}

// seriesTest builds a kernel after each patch of the series. It takes long, and is no part of Test.
func (p *Project) seriesTest() *stage.Stage {
	plain := p.stockSource()
	return &stage.Stage{
		Name: "tests-series", Doc: "a kernel after each patch", Needs: []*stage.Stage{p.tools, plain},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			again(in)
			for _, f := range p.fragments() {
				if err := in.File("config "+filepath.Base(f), f); err != nil {
					return err
				}
			}
			return in.Tree(ctx, "kernel", p.path("kernel"), func(path string) bool { return path == "tests" || path == "bench" })
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			s := kernel.Series{Dir: p.path("kernel"), Build: kernel.Build{
				Source: b.Need(plain), Workspace: b.Workspace, Fragments: p.fragments(),
				Compiler: p.compiler, Pool: b.Pool, Log: b.Log, Output: b.Output,
			}}
			if err := s.Run(ctx); err != nil {
				return err
			}
			return keepLog(b)
		},
	}
}
