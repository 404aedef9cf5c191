package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"rex/toolchain/kernel"
	"rex/toolchain/stage"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

const selftestsList = "kernel/selftests.list"

// selftestsStage builds Linux's own tests of BPF.
func (p *Project) selftestsStage() *stage.Stage {
	list := p.path(selftestsList)
	return &stage.Stage{
		Name: "selftests", Doc: "Linux's own tests of BPF", Needs: []*stage.Stage{p.tools, p.linuxSource, p.kernel},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			key, err := p.key()
			if err != nil {
				return err
			}
			return errors.Join(in.File("certificate", key.Certificate), in.File("list of tests", list))
		},
		Outside: p.bringKey,
		Build: func(ctx context.Context, b *stage.Build) error {
			tests, _, err := kernel.ReadList(list)
			if err != nil {
				return err
			}
			certificate, err := p.certificate()
			if err != nil {
				return err
			}
			return (&kernel.Selftests{
				Source: b.Need(p.linuxSource), Kernel: b.Need(p.kernel), Tests: tests, Certificate: certificate,
				Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
}

// TestSelftests runs Linux's own tests of BPF on a kernel with the patch series and on one without, and writes to out
// how they did. It is an error if one that passes without the series does not pass with it.
func (p *Project) TestSelftests(ctx context.Context, out io.Writer) error {
	tests := p.selftestsStage()
	results, err := p.Runner.Run(ctx, tests)
	if err != nil {
		return err
	}
	dir := results[tests.Name].Dir
	patched, err := p.runSelftests(ctx, dir)
	if err != nil {
		return err
	}
	p.useVariant(stockVariant)
	stock, err := p.runSelftests(ctx, dir)
	if err != nil {
		return err
	}
	var lost []string
	fmt.Fprintf(out, "%-16s %12s %12s %12s\n", "passed", "without Rex", "with Rex", "of")
	for _, program := range kernel.SelftestPrograms {
		before, after := stock[program], patched[program]
		fmt.Fprintf(out, "%-16s %12d %12d %12d\n", program, before.passed(), after.passed(), len(before))
		if before.passed() == 0 {
			return fmt.Errorf("%s passed nothing on a kernel without the series; see %s", program, p.Store.Log("selftests-"+program+stockVariant)+".json")
		}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			if before[name] && !after[name] {
				lost = append(lost, program+": "+name)
			}
		}
	}
	if len(lost) > 0 {
		return fmt.Errorf("%d tests pass without the series and not with it:\n  %s", len(lost), strings.Join(lost, "\n  "))
	}
	return nil
}

// outcomes are whether tests passed, by name.
type outcomes map[string]bool

func (o outcomes) passed() int {
	n := 0
	for _, passed := range o {
		if passed {
			n++
		}
	}
	return n
}

// outcome is a line that tells how a test did: "#12/p name OK", "#3/1 group/name:OK", "test_lpm: OK", "name:PASS".
var outcome = regexp.MustCompile(`^(.+?):? ?\b(OK|PASS|Pass|FAIL|SKIP)\b`)

// runSelftests runs each program in a machine of its own, so that one that ends the kernel is known by name.
func (p *Project) runSelftests(ctx context.Context, dir string) (map[string]outcomes, error) {
	_, denied, err := kernel.ReadList(p.path(selftestsList))
	if err != nil {
		return nil, err
	}
	all := map[string]outcomes{}
	for _, program := range kernel.SelftestPrograms {
		name := "selftests-" + program + p.variant
		m, err := p.Machine(ctx, name, vm.Options{Memory: 2048})
		if err != nil {
			return nil, err
		}
		seen := outcomes{}
		p.Term.Printf("  running %s on %s", program, p.kernel.Name)
		job := guest.Job{Dir: "/selftests", Loader: guest.Program{Path: "./" + program}, Timeout: 20 * time.Minute}
		if program == "test_progs" && len(denied) > 0 {
			job.Loader.Args = append(job.Loader.Args, "-d", strings.Join(denied, ","))
		}
		result, err := m.Run(ctx, []vm.File{{Host: dir, Guest: job.Dir}}, job, nil, func(e guest.Event) {
			if m := outcome.FindStringSubmatch(e.Line); e.Kind == guest.Output && e.Stream == guest.Loader && m != nil {
				seen[m[1]] = m[2] == "OK" || strings.EqualFold(m[2], "pass")
			}
		})
		if err != nil {
			return nil, err
		}
		if err := result.WriteJSON(p.Store.Log(name) + ".json"); err != nil {
			return nil, err
		}
		// Tests may fail; a kernel that complains while they pass is another matter.
		if err := result.Err(); err != nil {
			return nil, fmt.Errorf("%s on %s: %w", program, p.kernel.Name, err)
		}
		all[program] = seen
	}
	return all, nil
}
