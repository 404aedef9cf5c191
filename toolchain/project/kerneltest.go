package project

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"rex/toolchain/report"
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
		s.Loader = append(s.Loader, only)
	}
	memory := 1024 // MiB
	if p.variant == debugVariant {
		memory = 3072
	}
	cases := &caseReader{out: out, last: time.Now()}
	result, err := p.run(ctx, st, s, vm.Machine{Memory: memory}, cases, overrides)
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
