package project

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"rex/toolchain/digest"
	"rex/toolchain/examples"
	"rex/toolchain/object/inspection"
	"rex/toolchain/sample"
	"rex/toolchain/scaffold"
	"rex/toolchain/site"
	"rex/toolchain/stage"
)

// exampleTests compile what the documentation of the runtime shows: each example as an extension, with what `mage new` writes around it and as
// `mage build:sample` builds it, all in one run of cargo's.
func (p *Project) exampleTests() *stage.Stage {
	return &stage.Stage{
		Name: "tests-examples", Doc: "examples of the runtime's documentation, as extensions",
		Needs:  []*stage.Stage{p.tools, p.linuxSource, p.kernel, p.bindings, p.rustc, p.toolchain, p.rustdoc},
		Shares: "samples" + p.variant,
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			again(in)
			if err := in.File("cargo's config", p.path(cargoConfig)); err != nil {
				return err
			}
			return p.runtimeInputs(ctx, in)
		},
		Build: p.testExamples,
	}
}

// controls are compiled beside the examples, and each must be found wrong, or nothing would be.
var controls = []*examples.Example{
	{Name: "control_broken", File: "control", Line: 1, Item: "one that does not compile", Code: "#![no_std]\n#![no_main]\nuse rex::Result;\nfn broken() -> Result { None }"},
	{Name: "control_good", File: "control", Line: 1, Item: "one that compiles", Fails: true, Code: `#![no_std]
#![no_main]
#[rex::rex_xdp]
fn prog(_: &rex::xdp::xdp, _: &mut rex::xdp::xdp_md) -> rex::Result {
    Ok(2)
}`},
}

func (p *Project) testExamples(ctx context.Context, b *stage.Build) error {
	text, err := os.ReadFile(filepath.Join(b.Need(p.rustdoc), site.Examples))
	if err != nil {
		return err
	}
	var all []*examples.Example
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	crate := filepath.Join(b.Workspace, "examples")
	if err := os.RemoveAll(crate); err != nil {
		return err
	}
	runtime, err := p.runtimeVersion()
	if err != nil {
		return err
	}
	if err := scaffold.Write(crate, "tracepoint", "c", majorMinor(runtime)); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(crate, "src")); err != nil {
		return err
	}
	if err := examples.Write(crate, slices.Concat(all, controls)); err != nil {
		return err
	}
	s, err := sample.Open(filepath.Dir(crate), filepath.Base(crate))
	if err != nil {
		return err
	}
	root := filepath.Join(b.Workspace, "checkout")
	if s, err = p.assemble(ctx, s, root, "samples/examples", cargoConfig); err != nil {
		return err
	}
	messages, failed := (&sample.Build{
		Sample: s, Config: filepath.Join(root, cargoConfig), Toolchain: b.Need(p.toolchain), Compiler: b.Needs[p.rustc.Name].Output, Source: b.Need(p.linuxSource), Kernel: b.Need(p.kernel),
		Bindings: b.Need(p.bindings), Made: digest.String(b.Needs[p.kernel.Name].Output + b.Needs[p.bindings.Name].Output), Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output,
	}).Each(ctx)
	if len(messages) == 0 {
		return fmt.Errorf("cargo has compiled no example: %w", failed)
	}
	facts, err := p.kernelFacts(b.Need(p.kernel))
	if err != nil {
		return err
	}
	look := func(path string) error {
		report, err := inspection.File(path, facts)
		if err != nil {
			return err
		}
		return report.Err()
	}
	if err := examples.Check(all, messages, look); err != nil {
		return err
	}
	for _, c := range controls {
		if examples.Check([]*examples.Example{c}, messages, look) == nil {
			return fmt.Errorf("%s was not found wrong, so nobody knows of the others", c)
		}
	}
	return keepLog(b)
}
