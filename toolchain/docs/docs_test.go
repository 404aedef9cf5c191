package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/mod/modfile"

	"rex/toolchain/cmdline"
	"rex/toolchain/docs"
	"rex/toolchain/project"
	"rex/toolchain/sample"
	"rex/toolchain/targets"
)

const root = "../.."

// languages are those that a fence may have, each with the test that holds its blocks, or looks at their words.
var languages = map[string]string{
	"sh":   "TestCommands here; acceptance: TestQuickCommands runs those that are quick and harmless, TestTutorial the tutorial's, TestDist those of a Debian, TestPackagedCompiler the packages' own",
	"rust": "acceptance: TestBlocks compiles it as an extension; excerpt=FILE: TestExcerpts here; example=FILE: here, and mage test:examples compiles it",
	"c":    "acceptance: TestBlocks compiles it, as the loader of the extension above it; ebpf: as its twin; layout: TestLayouts; excerpt=FILE: here",
	"toml": "TestFiles here, by the parser of what its words name",
	"yaml": "project: TestWorkflows, with actionlint",
	"text": "what something prints. prints=SAMPLE: acceptance: TestSamplesInVM; in the tutorial: TestTutorial; go.work: TestFiles here",
	"gdb":  "acceptance: TestDebugger, TestTutorial",
}

func pages(t *testing.T) []*docs.Page {
	t.Helper()
	all, err := docs.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 40 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return all
}

// No block is left out: each says what it is, in a language that some test knows.
func TestLanguages(t *testing.T) {
	words := map[string][]string{
		"c": {"ebpf", "layout"}, "toml": {"sample", "matrix", "manifest"}, "yaml": {"workflow"}, "text": {"go.work", "ebpf"}, "sh": {"terminal", "edit", "debian", "packaged"},
	}
	need := []string{"toml", "yaml", "text"}
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if languages[b.Language] == "" {
				t.Errorf("%s:%d: a block in %q, which no test looks at; write one of sh, rust, c, toml, yaml, text and gdb on its fence", b.File, b.Line, b.Language)
				continue
			}
			for _, w := range b.Words {
				name, _, valued := strings.Cut(w, "=")
				if !slices.Contains(words[b.Language], name) && !(valued && slices.Contains([]string{"excerpt", "example", "file", "append", "prints"}, name)) {
					t.Errorf("%s:%d: no test knows the word %q of the fence", b.File, b.Line, w)
				}
			}
			if len(b.Words) == 0 && slices.Contains(need, b.Language) && b.File != tutorial {
				t.Errorf("%s:%d: say what this %s is, on its fence", b.File, b.Line, b.Language)
			}
		}
	}
}

const tutorial = "docs/tutorial.md"

// What is said to be an excerpt of a file is one, or of its comments: an example. Blanks, and comments of a line's end, do not count; a line
// of three points is a gap.
func TestExcerpts(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			file := b.Value("excerpt") + b.Value("example")
			if file == "" {
				continue
			}
			text, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				t.Errorf("%s:%d: %v", b.File, b.Line, err)
				continue
			}
			if b.Value("example") != "" {
				text = docMark.ReplaceAll(text, nil)
			}
			rest := squeeze(string(text))
			for _, part := range strings.Split("\n"+b.Text, "\n...\n") {
				_, after, found := strings.Cut(rest, squeeze(part))
				if !found {
					t.Errorf("%s:%d: this is not in %s:\n%s", b.File, b.Line, file, part)
				}
				rest = after
			}
		}
	}
}

var (
	comment = regexp.MustCompile(`(?m)^\s*//.*$`)
	docMark = regexp.MustCompile(`(?m)^\s*//[/!]`)
)

func squeeze(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("{", " { ", "}", " } ", ",", " ").Replace(comment.ReplaceAllString(text, ""))), " ")
}

// Files that pages show are read by what reads them.
func TestFiles(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			dir := filepath.Join(t.TempDir(), "shown")
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "samples/hello"))); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "sample.toml")
			if b.Language == "toml" || b.Is("go.work") {
				if err := os.WriteFile(file, []byte(b.Text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			switch {
			case b.Is("sample") || filepath.Base(b.Value("file")) == "sample.toml":
				for _, name := range mentioned(b.Text) {
					put(t, filepath.Join(dir, name+".c"), "int main(void)\n{\n\treturn 0;\n}\n")
				}
				_, err = sample.Open(filepath.Dir(dir), "shown")
			case b.Is("matrix"):
				_, err = project.ReadMatrix(file)
			case b.Is("manifest") || filepath.Base(b.Value("file")) == "Cargo.toml":
				put(t, filepath.Join(dir, "Cargo.toml"), b.Text)
				_, err = (&sample.Sample{Name: "shown", Dir: dir}).Crates()
			case b.Value("append") != "":
				var all map[string]any
				err = toml.Unmarshal([]byte(b.Text), &all)
			case b.Is("go.work"):
				_, err = modfile.ParseWork("go.work", []byte(b.Text), nil)
			case b.Language == "toml":
				err = fmt.Errorf("no test knows what reads this")
			}
			if err != nil {
				t.Errorf("%s:%d: %v", b.File, b.Line, err)
			}
		}
	}
}

// mentioned are the programs that a sample.toml starts.
func mentioned(text string) (names []string) {
	for _, m := range regexp.MustCompile(`"\./([a-z_]+)"`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Links lead to files that are there, and to headings that these have. Addresses elsewhere are left to those who can reach them.
func TestLinks(t *testing.T) {
	all := pages(t)
	anchors := map[string][]string{}
	for _, p := range all {
		anchors[p.File] = p.Anchors
	}
	for _, p := range all {
		for _, l := range p.Links {
			if strings.Contains(l.Text, "://") || strings.HasPrefix(l.Text, "mailto:") {
				continue
			}
			to, at, _ := strings.Cut(l.Text, "#")
			file := p.File
			if to != "" {
				file = filepath.Join(filepath.Dir(p.File), to)
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s:%d: link to %s: no such file", p.File, l.Line, l.Text)
			} else if at != "" && !slices.Contains(anchors[file], at) {
				t.Errorf("%s:%d: link to %s: no such heading; there are %s", p.File, l.Line, l.Text, strings.Join(anchors[file], ", "))
			}
		}
	}
}

var (
	// path is inline code that is a path of the checkout, or of the folder of its page.
	path = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]*[A-Za-z0-9_/-]$`)
	// reference is a test that prose names.
	reference = regexp.MustCompile(`^([a-z]+): (Test\w+)(…?)$`)
)

// Inline code that looks like a path of the checkout is one, and a test that is named is there.
func TestNames(t *testing.T) {
	top, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	patched := patchedFiles(t)
	for _, p := range pages(t) {
		for _, c := range p.Code {
			if m := reference.FindStringSubmatch(c.Text); m != nil && !hasTest(t, filepath.Join(root, "toolchain", m[1]), regexp.MustCompile(m[2])) {
				t.Errorf("%s:%d: there is no test %s", p.File, c.Line, c.Text)
			}
			first, _, _ := strings.Cut(c.Text, "/")
			known := slices.ContainsFunc(top, func(e os.DirEntry) bool { return e.Name() == first && e.IsDir() })
			if !known || first == "build" || !path.MatchString(c.Text) || strings.ContainsFunc(c.Text, func(r rune) bool { return r >= 'A' && r <= 'Z' }) {
				continue
			}
			if c.Text == "configs/trust/" || patched[c.Text] { // the former is made by who shares results
				continue
			}
			if !exists(filepath.Join(root, c.Text)) && !exists(filepath.Join(root, filepath.Dir(p.File), c.Text)) {
				t.Errorf("%s:%d: there is no %s", p.File, c.Line, c.Text)
			}
		}
	}
}

// patchedFiles are those of Linux that the series touches.
func patchedFiles(t *testing.T) map[string]bool {
	t.Helper()
	patches, err := filepath.Glob(filepath.Join(root, "kernel/*.patch"))
	if err != nil || len(patches) == 0 {
		t.Fatalf("no patches: %v", err)
	}
	files := map[string]bool{}
	for _, patch := range patches {
		text, err := os.ReadFile(patch)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\+\+\+ b/(.+)$`).FindAllStringSubmatch(string(text), -1) {
			files[m[1]] = true
		}
	}
	return files
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func hasTest(t *testing.T, dir string, name *regexp.Regexp) bool {
	t.Helper()
	found := false
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			found = found || name.MatchString(m[1])
		}
	}
	return found
}

// others are programs in commands that are not ours: a reader has them, or gets them by what stands above them.
var others = []string{
	"awk", "cargo", "cd", "cmake", "cp", "dot", "dpkg", "eval", "export", "gdb", "git", "keyctl", "ninja", "nix", "opt-22", "bpftool", "rex", "rex-bpftool", "rex-cargo", "rex-check", "rex-sign",
	"scripts/checkpatch.pl", "sed", "systemctl",
}

// Commands of pages, in blocks and inline, name targets, flags, samples, stages, packages and tests that there are.
func TestCommands(t *testing.T) {
	c, err := newChecker()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range pages(t) {
		c.made = nil
		for _, b := range p.Blocks {
			if b.Language != "sh" {
				continue
			}
			for _, line := range b.Lines() {
				for _, words := range docs.Commands(line.Text) {
					n++
					if err := c.check(t, words, true); err != nil {
						t.Errorf("%s:%d: %v", p.File, line.Line, err)
					}
				}
			}
		}
		for _, span := range p.Code {
			for _, words := range docs.Commands(span.Text) {
				if mage, args := docs.Mage(words); mage && len(args) > 0 || words[0] == "go" && len(words) > 2 {
					n++
					if err := c.check(t, words, false); err != nil {
						t.Errorf("%s:%d: %v", p.File, span.Line, err)
					}
				}
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d commands were found", n)
	}
	t.Logf("%d commands", n)
}

// The checker does refuse.
func TestCommandsThatAreWrong(t *testing.T) {
	c, err := newChecker()
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		"mage rum hello", "go tool mage run hallo", "mage run", "mage run hello panic", "mage graph -png", "mage run hello -memory", "mage why kernal", "mage vm:run -memory=1G",
		"go test ./toolchain/stages", "go test ./toolchain/stage -run TestNothingOfThatName", "make all", "mage new mine -type=lsm",
	} {
		for _, words := range docs.Commands(wrong) {
			if err := c.check(t, words, true); err == nil {
				t.Errorf("%q is not refused", wrong)
			}
		}
	}
}

// checker knows what commands may name.
type checker struct {
	targets map[string]*targets.Target
	samples []string
	stages  []string
	made    []string // samples that commands of the page above have made
}

func newChecker() (*checker, error) {
	c := &checker{}
	var err error
	if c.targets, err = targets.Read(filepath.Join(root, "magefiles")); err != nil {
		return nil, err
	}
	if c.samples, err = sample.List(filepath.Join(root, "samples")); err != nil {
		return nil, err
	}
	c.stages, err = project.StageNames(root)
	return c, err
}

// placeholder stands for what the reader puts there.
var placeholder = regexp.MustCompile(`^\[?[A-Z]+(\||$|\.)|^x$|^<|^\.\.\.$|^…$`)

// check looks whether a command can be meant; whole is one that is meant to be typed as it is.
func (c *checker) check(t *testing.T, words []string, whole bool) error {
	mage, args := docs.Mage(words)
	switch {
	case mage:
		return c.mage(args, whole)
	case words[0] == "go":
		return goCommand(t, words[1:])
	case slices.Contains(others, words[0]):
		return nil
	}
	return fmt.Errorf("%s is neither ours nor among the programs of others that this test lists", words[0])
}

func (c *checker) mage(args []string, whole bool) error {
	if len(args) == 0 || args[0] == "-l" {
		return nil
	}
	if args[0] == "-h" {
		args = args[1:]
	}
	given, rest := cmdline.Split(args)
	to := c.targets[strings.ToLower(given[0])]
	if to == nil {
		if placeholder.MatchString(given[0]) {
			return nil
		}
		return fmt.Errorf("mage has no target %s", given[0])
	}
	var values []string
	for _, word := range given[1:] {
		name, flag := strings.CutPrefix(word, "-")
		name, value, valued := strings.Cut(name, "=")
		wants, known := to.Flags[strings.ReplaceAll(name, "-", "")]
		switch {
		case !flag:
			values = append(values, word)
		case !known:
			return fmt.Errorf("%s has no flag -%s; it has %s", to.Name, name, strings.Join(to.FlagNames(), ", "))
		case valued != wants && whole:
			return fmt.Errorf("flag -%s of %s: with a value or without?", name, to.Name)
		case name == "type" && valued && c.types(value) != nil:
			return c.types(value)
		}
	}
	if len(values) > len(to.Args) || whole && len(values) < len(to.Args) {
		return fmt.Errorf("%s takes %d arguments (%s), not %q", to.Name, len(to.Args), strings.Join(to.Args, ", "), values)
	}
	if to.Name == "vm:run" && len(rest) == 0 && whole {
		return fmt.Errorf("vm:run takes a command")
	}
	if to.Name == "new" && len(values) == 1 {
		c.made = append(c.made, values[0])
		return nil
	}
	var what []string
	switch to.Name {
	case "run", "watch", "build:sample":
		what = append(c.samples, c.made...)
	case "test:samples", "ci:samples":
		what, values = append(c.samples, c.made...), rest
	case "why", "build:check", "build:shell", "remote:build":
		what = c.stages
	default:
		return nil
	}
	for _, v := range values {
		if !placeholder.MatchString(v) && !strings.Contains(v, "/") && v != "." && !slices.Contains(what, v) {
			return fmt.Errorf("%s %s: there is none of that name", to.Name, v)
		}
	}
	return nil
}

func (c *checker) types(name string) error {
	if placeholder.MatchString(name) || slices.Contains(project.ProgramTypes(), strings.Split(name, ",")[0]) {
		return nil
	}
	return fmt.Errorf("-type=%s: there are %s", name, strings.Join(project.ProgramTypes(), ", "))
}

// goCommand looks at packages and tests that a go command names.
func goCommand(t *testing.T, args []string) error {
	if !slices.Contains([]string{"test", "build", "run", "vet", "tool", "work"}, args[0]) {
		return fmt.Errorf("go %s: not a command that pages need", args[0])
	}
	var dirs []string
	var tests *regexp.Regexp
	for i, word := range args {
		if dir, ok := strings.CutPrefix(word, "./"); ok {
			dir, _ = strings.CutSuffix(dir, "/...")
			if !exists(filepath.Join(root, dir)) {
				return fmt.Errorf("go %s: there is no %s", args[0], word)
			}
			dirs = append(dirs, filepath.Join(root, dir))
		}
		if (word == "-run" || word == "-fuzz") && i+1 < len(args) {
			tests = regexp.MustCompile(args[i+1])
		}
	}
	for _, dir := range dirs {
		if tests != nil && !hasTest(t, dir, tests) {
			return fmt.Errorf("no test of %s matches %s", dir, tests)
		}
	}
	return nil
}
