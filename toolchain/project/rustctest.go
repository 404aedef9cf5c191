package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/rustc"
	"rex/toolchain/stage"
)

// least is how many tests of each kind pass at any rate: fewer means that they did not run as they should.
const least = 1000

// outcomesFile is where a result of rustcTest has how the tests did.
const outcomesFile = "outcomes"

// TestRustc runs rustc's own tests with our compiler, and with the one that built it, which has no patches. What passes
// with that and fails with ours is an error. It takes a quarter of an hour.
func (p *Project) TestRustc(ctx context.Context) error {
	s := p.rustcTest()
	results, err := p.Runner.Run(ctx, s)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(results[s.Name].Dir, outcomesFile))
	if err != nil {
		return err
	}
	p.Term.Printf("%s", strings.TrimRight(string(text), "\n"))
	return nil
}

func (p *Project) rustcTest() *stage.Stage {
	return &stage.Stage{
		Name: "tests-rustc", Doc: "rustc's own tests", Needs: []*stage.Stage{p.tools, p.rustc, p.rustcSource, p.stage0},
		Inputs: func(_ context.Context, in *stage.Inputs) error { again(in); return nil },
		Build: func(ctx context.Context, b *stage.Build) error {
			outcomes, err := (&rustc.Suite{
				Source: b.Need(p.rustcSource), Workspace: b.Workspace, Stage0: b.Need(p.stage0), Patched: b.Need(p.rustc), Peer: b.Need(p.stage0),
				Jobs: b.Pool.Size(), Log: b.Log, Output: b.Output,
			}).Run(ctx)
			if err != nil {
				return err
			}
			var text strings.Builder
			var regressed []string
			for _, o := range outcomes {
				fmt.Fprintf(&text, "  %s\n", o)
				if o.Both < least {
					return fmt.Errorf("%s: only %d pass with both compilers, of at least %d; see the log", o.Kind, o.Both, least)
				}
				regressed = append(regressed, o.Regressed...)
			}
			if len(regressed) > 0 {
				return fmt.Errorf("%sthe patches break %d of rustc's tests, which pass without them:\n  %s", &text, len(regressed), strings.Join(regressed, "\n  "))
			}
			return os.WriteFile(filepath.Join(b.Out, outcomesFile), []byte(text.String()), 0o644)
		},
	}
}
