package project

import (
	"context"
	"path/filepath"

	"rex/toolchain/docs"
	"rex/toolchain/site"
	"rex/toolchain/stage"
	"rex/toolchain/targets"
)

// Docs makes the documentation: the runtime crate's, and the site that has it beside all pages.
func (p *Project) Docs(ctx context.Context) error {
	for _, s := range []*stage.Stage{p.rustdoc, p.site} {
		results, err := p.Runner.Run(ctx, s)
		if err != nil {
			return err
		}
		if err := p.Link(results); err != nil {
			return err
		}
		p.Term.Printf("✓ %s: %s", s.Doc, p.path(filepath.Join("build", s.Name, "index.html")))
	}
	return nil
}

// Completion is what bash evaluates to complete mage's command lines.
func (p *Project) Completion() (string, error) {
	all, err := targets.Read(p.path("magefiles"))
	if err != nil {
		return "", err
	}
	stages, err := StageNames(p.Root)
	return targets.Completion(all, p.Root, stages), err
}

// defineDocs makes the stages of the documentation: the runtime crate's, and the site that has it beside all pages.
func (p *Project) defineDocs() {
	p.rustdoc = &stage.Stage{
		Name: "rustdoc", Doc: "documentation of the runtime crate and its macros",
		Needs:  []*stage.Stage{p.tools, p.stage0, p.kernel, p.bindings, p.toolchain},
		Inputs: p.runtimeInputs,
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&site.Rustdoc{
				Source: p.path("librex"), Workspace: b.Workspace, Stage0: b.Need(p.stage0), Vendor: b.Need(p.toolchain), Kernel: b.Need(p.kernel),
				Bindings: b.Need(p.bindings), Pool: b.Pool, Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
	p.site = &stage.Stage{
		Name: "docs", Doc: "all pages as a site", Needs: []*stage.Stage{p.tools, p.rustdoc},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			pages, err := docs.Read(p.Root)
			if err != nil {
				return err
			}
			files := []string{site.Config}
			for _, page := range pages {
				files = append(files, page.File)
			}
			pictures, err := site.Pictures(p.Root)
			if err != nil {
				return err
			}
			for _, picture := range pictures {
				rel, err := filepath.Rel(p.Root, picture)
				if err != nil {
					return err
				}
				files = append(files, rel)
			}
			for _, file := range files {
				if err := in.File(file, p.path(file)); err != nil {
					return err
				}
			}
			return nil
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&site.Site{Root: p.Root, API: b.Need(p.rustdoc), Workspace: b.Workspace, Log: b.Log, Output: b.Output}).Run(ctx, b.Out)
		},
	}
}
