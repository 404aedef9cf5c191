// Package site makes the documentation that is read in a browser.
package site

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"rex/toolchain/command"
	"rex/toolchain/docs"
	"rex/toolchain/worktree"
)

// Config is what mkdocs reads; its docs_dir is where Run puts the pages.
const Config = "docs/mkdocs.yml"

// Site is the pages as a static site with search (mkdocs), and beside them the runtime crate's.
type Site struct {
	Root      string // of the checkout; pages have the same place in it and in the site
	API       string // what Rustdoc has made
	Workspace string
	Log       string
	Output    io.Writer
}

// Pictures lists what pages show beside text, below root.
func Pictures(root string) ([]string, error) { return filepath.Glob(filepath.Join(root, "docs/*.svg")) }

var (
	words    = regexp.MustCompile("(?m)^( *```[a-z]+) .*$")
	indented = regexp.MustCompile("(?ms)^( +)```.*?^ +```$")
	comments = regexp.MustCompile(`(?m)^<!-- .* -->\n`)
)

// forSite is a page as mkdocs wants it: a fence has a language and nothing else, and is not in a list.
func forSite(text string) string {
	text = words.ReplaceAllString(comments.ReplaceAllString(text, ""), "$1")
	return indented.ReplaceAllStringFunc(text, func(block string) string {
		indent := indented.FindStringSubmatch(block)[1]
		return "\n" + regexp.MustCompile("(?m)^"+indent).ReplaceAllString(block, "")
	})
}

// Run writes the site to out.
func (s *Site) Run(ctx context.Context, out string) error {
	work := filepath.Join(s.Workspace, "site")
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	to := filepath.Join(work, "pages")
	pages, err := docs.Read(s.Root)
	if err != nil {
		return err
	}
	for _, p := range pages {
		text, err := os.ReadFile(filepath.Join(s.Root, p.File))
		if err != nil {
			return err
		}
		if err := write(filepath.Join(to, p.File), []byte(forSite(string(text)))); err != nil {
			return err
		}
	}
	pictures, err := Pictures(s.Root)
	if err != nil {
		return err
	}
	for _, picture := range pictures {
		rel, err := filepath.Rel(s.Root, picture)
		if err != nil {
			return err
		}
		if err := worktree.Copy(picture, filepath.Join(to, rel)); err != nil {
			return err
		}
	}
	if err := worktree.Copy(filepath.Join(s.Root, Config), filepath.Join(work, "mkdocs.yml")); err != nil {
		return err
	}
	err = (&command.Cmd{
		Path: "mkdocs", Args: []string{"build", "--quiet", "--strict", "--site-dir", filepath.Join(work, "out")}, Dir: work,
		Env: []string{"SOURCE_DATE_EPOCH=0", "PYTHONHASHSEED=0"}, Log: s.Log, Stdout: s.Output, Stderr: s.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("the site: %w", err)
	}
	if err := worktree.CopyTree(ctx, filepath.Join(work, "out"), out); err != nil {
		return err
	}
	return worktree.CopyTree(ctx, s.API, filepath.Join(out, "api"))
}

func write(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
