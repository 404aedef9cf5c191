package project

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"rex/toolchain/object/attack"
	"rex/toolchain/vm"
)

// trial runs objects that the checker accepts, whoever made them, in VMs: each at all hooks that its programs have. It is about the kernel, which
// must live and have nothing to complain about.
type trial struct {
	p       *Project
	exports []string // of the kernel
	random  *rand.Rand
	out     io.Writer
	dir     string          // with the objects
	lines   []string        // what kernel/mutants reads, one for each
	ran     map[string]bool // their numbers, from 1
	harms   []harm
}

// harm is what an object has done to the kernel.
type harm struct {
	line, verdict string
	evidence      []string
	alone         bool // in a VM of its own, too: else one that ran before may have begun it
}

const (
	perBoot  = 250 // objects, so that what one leaves behind does not reach far
	maxHarms = 40  // after which it is clear that something is wrong
)

// add adds an object, and so many mutants of it that are accepted. Those beyond what the checker follows are counted, and run if REX_TEST_BEYOND=1, in
// place of the others.
func (t *trial) add(name string, content []byte, mutants int) error {
	if err := t.write(name, content); err != nil {
		return err
	}
	t.lines = append(t.lines, name+" - as it is")
	if mutants == 0 {
		return nil
	}
	all, err := attack.Accepted(content, t.exports, mutants, t.random)
	if err != nil {
		return err
	}
	run := all.Within
	if os.Getenv("REX_TEST_BEYOND") == "1" {
		run = all.Beyond
	}
	fmt.Fprintf(t.out, "%s: of %d mutants, %d are accepted: %s\n  of these, %d are beyond what the checker follows: %s\n  %d run\n", name, all.Tally.Total(),
		len(all.Within)+len(all.Beyond), all.Tally, len(all.Beyond), all.Reasons(), len(run))
	for _, m := range run {
		t.lines = append(t.lines, m.Line(name))
	}
	return nil
}

func (t *trial) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(t.dir, name), content, 0o644)
}

// run runs all of them. Where one does harm, the next VM goes on behind it, and the error says so of all at the end.
func (t *trial) run(ctx context.Context) error {
	if err := t.write("mutants", []byte(strings.Join(t.lines, "\n")+"\n")); err != nil {
		return err
	}
	for first := 1; first <= len(t.lines) && len(t.harms) < maxHarms; {
		last := min(first+perBoot-1, len(t.lines))
		result, ran, err := t.boot(ctx, first, last)
		if err != nil {
			return err
		}
		for _, number := range ran {
			t.ran[string(number[1])] = true
		}
		if result.Verdict == vm.Passed {
			first = last + 1
			continue
		}
		n, err := blamed(result)
		if err != nil || n < first || n > last {
			return fmt.Errorf("objects %d to %d: %w", first, last, result.Err())
		}
		again, _, err := t.boot(ctx, n, n)
		if err != nil {
			return err
		}
		h := harm{line: t.lines[n-1], verdict: result.Verdict.String() + ": " + result.Reason, evidence: result.Evidence, alone: again.Verdict != vm.Passed}
		fmt.Fprintf(t.out, "%d does harm: %s\n", n, &h)
		t.harms = append(t.harms, h)
		first = n + 1
	}
	return t.verdict()
}

// verdict says what came of it.
func (t *trial) verdict() error {
	fmt.Fprintf(t.out, "%d objects, of which %d were loaded and ran; %d did harm to the kernel\n", len(t.lines), len(t.ran), len(t.harms))
	if len(t.harms) > 0 {
		var text strings.Builder
		for _, h := range t.harms {
			fmt.Fprintf(&text, "\n%s", &h)
		}
		return fmt.Errorf("objects that the checker accepts do harm to the kernel, %d of %d:%s", len(t.harms), len(t.lines), text.String())
	}
	if len(t.ran) <= len(t.lines)/2 { // it would prove little
		return fmt.Errorf("of %d objects, only %d were loaded and ran", len(t.lines), len(t.ran))
	}
	return nil
}

func (h *harm) String() string {
	who := "alone, too"
	if !h.alone {
		who = "not when it runs alone: one that ran before it may have begun it"
	}
	return fmt.Sprintf("%s\n  %s (%s)\n  %s", h.line, h.verdict, who, strings.Join(h.evidence[:min(len(h.evidence), 6)], "\n  "))
}

// boot runs objects from one to another in a VM. Ran are those that were loaded and came to an end.
func (t *trial) boot(ctx context.Context, first, last int) (result *vm.Result, ran [][][]byte, err error) {
	const inGuest = "/mutants"
	st, s, err := t.p.extension("kernel", "mutants", "kernel-mutants")
	if err != nil {
		return nil, nil, err
	}
	s.Loader.Args = append(s.Loader.Args, inGuest, strconv.Itoa(first), strconv.Itoa(last))
	var said bytes.Buffer
	result, err = t.p.run(ctx, st, s, vm.Machine{Options: s.VM}, io.MultiWriter(t.out, &said), nil, vm.File{Host: t.dir, Guest: inGuest})
	return result, ranLine.FindAllSubmatch(said.Bytes(), -1), err
}

var (
	ranLine   = regexp.MustCompile(`(?m)^(\d+) ran in `)
	begunLine = regexp.MustCompile(`mutant (\d+) of `)
)

// blamed is the number of the object that ran when the kernel first complained, or last.
func blamed(result *vm.Result) (int, error) {
	console, err := os.ReadFile(result.Console)
	if err != nil {
		return 0, err
	}
	text := string(console)
	if len(result.Evidence) > 0 {
		if at := strings.Index(text, result.Evidence[0]); at >= 0 {
			text = text[:at]
		}
	}
	all := begunLine.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return 0, fmt.Errorf("%s names no object", result.Console)
	}
	return strconv.Atoi(all[len(all)-1][1])
}
