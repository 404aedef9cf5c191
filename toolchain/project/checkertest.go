package project

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"rex/toolchain/kernel"
	"rex/toolchain/object"
	"rex/toolchain/object/attack"
	"rex/toolchain/sample"
	"rex/toolchain/signing/appended"
	"rex/toolchain/stage"
	"rex/toolchain/vm"
)

// checkerTests compare the decoder with others, and attack the checker, with nothing left out.
func (p *Project) checkerTests() *stage.Stage {
	return p.goTests("tests-checker", "the checker: decoders compared, attacks, mutants", []string{"toolchain/object", "kernel"}, nil,
		func(*stage.Build) []string { return []string{"REX_TEST_LONG=1"} },
		[]string{"test", "-count=1", "-v", "-timeout=2h", "./toolchain/object/..."})
}

// mutantsOf are the samples that mutants are made of, beside kernel/mutants: programs of all types that run by themselves.
var mutantsOf = []string{"hello", "map_test_2", "recursive", "spinlock_test", "syscount", "trace_event", "xdp_test"}

// TestChecker runs the checker's long tests. Then it changes objects, each a little, and runs those that the checker accepts all the same:
// whatever they do, the kernel must not mind. REX_TEST_MUTANTS is their number, for each of several objects.
func (p *Project) TestChecker(ctx context.Context, out io.Writer) (*vm.Result, error) {
	if _, err := p.Runner.Run(ctx, p.checkerTests()); err != nil {
		return nil, err
	}
	number := 200
	if text := os.Getenv("REX_TEST_MUTANTS"); text != "" {
		var err error
		if number, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("REX_TEST_MUTANTS: %w", err)
		}
	}
	dir, err := os.MkdirTemp("", "rex-mutants-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := p.writeMutants(ctx, dir, number, out); err != nil {
		return nil, err
	}
	return p.runMutants(ctx, dir, out)
}

// runMutants runs the mutants in a folder, one after the other.
func (p *Project) runMutants(ctx context.Context, dir string, out io.Writer) (*vm.Result, error) {
	const inGuest = "/mutants"
	st, s, err := p.extension("kernel", "mutants", "kernel-mutants")
	if err != nil {
		return nil, err
	}
	s.Loader.Args = append(s.Loader.Args, inGuest)
	return p.run(ctx, st, s, vm.Machine{Options: s.VM}, out, nil, vm.File{Host: dir, Guest: inGuest})
}

// writeMutants writes objects to a folder, and a list of so many mutants of each as kernel/mutants reads it. They are the same every time.
func (p *Project) writeMutants(ctx context.Context, dir string, number int, out io.Writer) error {
	own, _, err := p.extension("kernel", "mutants", "kernel-mutants")
	if err != nil {
		return err
	}
	stages := []*stage.Stage{own}
	for _, name := range mutantsOf {
		st, _, err := p.Sample(name)
		if err != nil {
			return err
		}
		stages = append(stages, st)
	}
	results, err := p.Runner.Run(ctx, append(slices.Clone(stages), p.kernel)...)
	if err != nil {
		return err
	}
	exports, err := object.Exports(filepath.Join(results[p.kernel.Name].Dir, kernel.Exports))
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(0, 0))
	var list bytes.Buffer
	for _, st := range stages {
		objects, err := filepath.Glob(filepath.Join(results[st.Name].Dir, "target", sample.Target, "release/*"))
		if err != nil || len(objects) != 1 {
			return errors.Join(fmt.Errorf("%s has %d objects", st.Name, len(objects)), err)
		}
		b, err := os.ReadFile(objects[0])
		if err != nil {
			return err
		}
		if b, _, err = appended.Split(b); err != nil {
			return err
		}
		mutants, made, err := attack.Accepted(b, exports, number, random)
		if err != nil {
			return fmt.Errorf("%s: %w", st.Name, err)
		}
		fmt.Fprintf(out, "%s: %d of %d mutants are accepted\n", st.Name, len(mutants), made)
		if err := os.WriteFile(filepath.Join(dir, st.Name), b, 0o644); err != nil {
			return err
		}
		for _, m := range mutants {
			fmt.Fprintln(&list, m.Line(st.Name))
		}
	}
	return os.WriteFile(filepath.Join(dir, "mutants"), list.Bytes(), 0o644)
}
