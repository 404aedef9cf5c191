package project

import (
	"context"
	"fmt"
	"strings"

	"rex/toolchain/compare"
	"rex/toolchain/digest"
	"rex/toolchain/stage"
	"rex/toolchain/store"
)

// shown is how many differences a person wants to read.
const shown = 20

// CheckBuild builds a stage once more, in an empty workspace, and compares the two results byte by byte. It is an error, which says where
// they differ, if they do.
func (p *Project) CheckBuild(ctx context.Context, s *stage.Stage) error {
	return p.Runner.Again(ctx, s, func(first *store.Result, second string) error {
		differences, err := compare.Trees(ctx, first.Dir, second)
		if err != nil {
			return err
		}
		if len(differences) == 0 {
			// What the comparison leaves out, the digest does, too; and it is what keys are made of.
			output, err := digest.Tree(ctx, second, nil)
			if err != nil {
				return err
			}
			if output != first.Output {
				return fmt.Errorf("%s: built twice, its digests are %s and %s", s.Name, first.Output, output)
			}
			p.Term.Printf("  %-14s the same, to the byte", s.Name)
			return nil
		}
		var lines []string
		for _, d := range differences[:min(len(differences), shown)] {
			lines = append(lines, "  "+d.String())
		}
		if more := len(differences) - shown; more > 0 {
			lines = append(lines, fmt.Sprintf("  and %d more", more))
		}
		return fmt.Errorf("%s: built twice, it is not the same:\n%s", s.Name, strings.Join(lines, "\n"))
	})
}

// checkFast builds the stages once more that take seconds.
func (p *Project) checkFast(ctx context.Context) error {
	hello, _, err := p.Sample("hello")
	if err != nil {
		return err
	}
	for _, s := range []*stage.Stage{p.stage0, p.libbpf, p.bindings, p.passes, p.toolchain, p.librex, p.agent, p.wrapper, hello} {
		if err := p.CheckBuild(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
