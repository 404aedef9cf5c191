package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"rex/toolchain/kernel"
	"rex/toolchain/object"
	"rex/toolchain/object/reach"
	"rex/toolchain/object/verdict"
	"rex/toolchain/sample"
	"rex/toolchain/signing/appended"
	"rex/toolchain/stage"
)

// checkerTests compare the decoder with others, and attack the checker, with nothing left out.
func (p *Project) checkerTests() *stage.Stage {
	return p.goTests("tests-checker", "the checker: decoders compared, attacks, mutants", []string{"toolchain/object", "kernel"}, nil,
		func(*stage.Build) []string { return []string{"REX_TEST_LONG=1"} },
		[]string{"test", "-count=1", "-v", "-timeout=2h", "./toolchain/object/..."})
}

// mutantsOf are the samples that mutants are made of, beside kernel/mutants: programs of all types that run by themselves.
var mutantsOf = []string{"hello", "map_test_2", "recursive", "spinlock_test", "syscount", "trace_event", "xdp_test"}

// TestChecker runs the checker's long tests. Then it forgets the compiler: it takes objects that the checker accepts, loads and runs them, and
// whatever they do, the kernel must not mind. They are all samples, the programs that the compiler must accept, and mutants: objects, each changed
// a little, that are accepted all the same. REX_TEST_MUTANTS is the number of those, for each of several objects. With files, it is they that are
// run, with as many mutants of each as REX_TEST_MUTANTS says, and nothing else.
func (p *Project) TestChecker(ctx context.Context, files []string, out io.Writer) error {
	number := 200
	if len(files) > 0 {
		number = 0
	}
	if text := os.Getenv("REX_TEST_MUTANTS"); text != "" {
		var err error
		if number, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("REX_TEST_MUTANTS: %w", err)
		}
	}
	if len(files) > 0 {
		return p.tryObjects(ctx, out, func(t *trial) error { return t.addFiles(files, number) })
	}
	if _, err := p.Runner.Run(ctx, p.checkerTests()); err != nil {
		return err
	}
	accepted, err := p.acceptedPrograms()
	if err != nil {
		return err
	}
	return p.tryAll(ctx, number, out, accepted)
}

// tryAll runs the objects of all samples, those of others, and so many mutants.
func (p *Project) tryAll(ctx context.Context, number int, out io.Writer, others ...*stage.Stage) error {
	samples, err := p.Samples()
	if err != nil {
		return err
	}
	own, _, err := p.extension("kernel", "mutants", "kernel-mutants")
	if err != nil {
		return err
	}
	stages := slices.Concat(samples, others, []*stage.Stage{own})
	results, err := p.Runner.Run(ctx, stages...)
	if err != nil {
		return err
	}
	return p.tryObjects(ctx, out, func(t *trial) error {
		for _, st := range stages {
			b, err := objectOf(results[st.Name].Dir)
			if err != nil {
				return fmt.Errorf("%s: %w", st.Name, err)
			}
			n := number
			if st != own && !slices.Contains(mutantsOf, strings.TrimPrefix(st.Name, "sample-")) {
				n = 0
			}
			if err := t.add(st.Name, b, n); err != nil {
				return fmt.Errorf("%s: %w", st.Name, err)
			}
		}
		return nil
	})
}

// tryObjects runs objects in VMs, which add gives to a trial.
func (p *Project) tryObjects(ctx context.Context, out io.Writer, add func(t *trial) error) error {
	results, err := p.Runner.Run(ctx, p.kernel)
	if err != nil {
		return err
	}
	exports, err := object.Exports(filepath.Join(results[p.kernel.Name].Dir, kernel.Exports))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "rex-objects-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// Mutants are the same every time.
	t := &trial{p: p, dir: dir, exports: exports, random: rand.New(rand.NewPCG(0, 0)), out: out, ran: map[string]bool{}}
	if err := add(t); err != nil {
		return err
	}
	return t.run(ctx)
}

// objectOf reads the object of an extension that was built to a folder, without its signature.
func objectOf(dir string) ([]byte, error) {
	objects, err := filepath.Glob(filepath.Join(dir, "target", sample.Target, "release/*"))
	if err != nil || len(objects) != 1 {
		return nil, errors.Join(fmt.Errorf("%d objects in %s", len(objects), dir), err)
	}
	b, err := os.ReadFile(objects[0])
	if err != nil {
		return nil, err
	}
	b, _, err = appended.Split(b)
	return b, err
}

// addFiles adds objects that the checker accepts, whoever made them, and so many mutants of each: without the signature that they may have, and
// with the table of what programs reach.
func (t *trial) addFiles(files []string, mutants int) error {
	for n, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if b, _, err = appended.Split(b); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		v := verdict.Of(b, t.exports)
		if len(v.Refusals) > 0 {
			return fmt.Errorf("%s is refused, and is not run: %w", file, v.Refusals[0])
		}
		if _, table, err := reach.Split(b); err != nil {
			return err
		} else if table == nil {
			b = append(b, reach.Table(v.Programs)...)
		}
		if err := t.add(fmt.Sprintf("%d-%s", n+1, filepath.Base(file)), b, mutants); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}
