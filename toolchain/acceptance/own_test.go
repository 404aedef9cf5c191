package acceptance

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rex/toolchain/project"
	"rex/toolchain/sample"
	"rex/toolchain/scaffold"
	"rex/toolchain/vm"
)

// TestOwnSample makes an own sample out of hello as README says, in the ways that people do: with another name, with a name for the program,
// with a loader by another name, and with a crate beside it that is no sample. It is built and runs.
func TestOwnSample(t *testing.T) {
	result(t, "sample-hello")
	p := checkoutWith(t, t.TempDir(), "an own sample")
	dir := filepath.Join(p.Root, "samples/surroundings")
	manifest := filepath.Join(dir, "Cargo.toml")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`name = "hello"`), []byte(`name = "mine"`), 1)
	if err := os.WriteFile(manifest, append(text, "\n[[bin]]\nname = \"prog\"\npath = \"src/main.rs\"\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "loader.c"), filepath.Join(dir, "entry.c")); err != nil {
		t.Fatal(err)
	}
	appendTo(t, filepath.Join(p.Root, "samples/common/Cargo.toml"), "[package]\nname = \"common\"\n")
	appendTo(t, filepath.Join(p.Root, "samples/common/src/lib.rs"), "#![no_std]\n")
	if all, err := p.Samples(); err != nil || len(all) != 1 {
		t.Errorf("samples are %v, %v; want one", all, err)
	}
	var out strings.Builder
	r, err := p.RunSample(t.Context(), "surroundings", project.Wish{}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != vm.Passed {
		t.Errorf("%s: %s\n%s", r.Verdict, r.Reason, out.String())
	}
}

// TestOutOfTree builds an extension that lies outside of the checkout, has nothing but its own files, and takes the runtime from wherever Rex is.
func TestOutOfTree(t *testing.T) {
	result(t, "sample-hello")
	dir := filepath.Join(t.TempDir(), "ext")
	if err := os.CopyFS(dir, os.DirFS("../../samples/hello")); err != nil {
		t.Fatal(err)
	}
	p := checkoutWith(t, t.TempDir(), "beside one from elsewhere")
	manifest := filepath.Join(dir, "Cargo.toml")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for name, dependency := range map[string]string{"by version": `rex = "*"`, "by a path that leads nowhere": `rex = { path = "../../rex" }`} {
		t.Run(name, func(t *testing.T) {
			own := strings.Replace(string(text), "[dependencies.rex]\npath = \"../../rex\"", "[dependencies]\n"+dependency, 1)
			if own == string(text) {
				t.Fatal("hello's manifest has another form")
			}
			put(t, manifest, own)
			s, _, err := p.Sample(dir)
			if err != nil {
				t.Fatal(err)
			}
			results, err := p.Runner.Run(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(results[s.Name].Dir, "target", sample.Target, "release/hello")); err != nil {
				t.Error(err)
			}
		})
	}
	put(t, filepath.Join(dir, "src/main.rs"), "fn broken( {\n")
	s, _, err := p.Sample(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Runner.Run(t.Context(), s); err == nil || !strings.Contains(err.Error(), "does not compile") {
		t.Errorf("got %v; want the compiler's error", err)
	}
}

// TestSharedCrate builds and runs an extension from elsewhere, whose types are in a crate beside it, with values in its maps of
// which not all bits are one.
func TestSharedCrate(t *testing.T) {
	result(t, "sample-hello")
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "peers")
	var out strings.Builder
	r, err := rex.RunSample(t.Context(), dir, project.Wish{}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != vm.Passed {
		t.Errorf("%s: %s\n%s", r.Verdict, r.Reason, out.String())
	}
	lib := filepath.Join(root, "peer-types/src/lib.rs")
	text, err := os.ReadFile(lib)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ what, add, want string }{
		{"another word", "// another word\n", ""},
		{"unsafe", "pub fn peek(at: usize) -> u8 {\n    unsafe { *(at as *const u8) }\n}\n", "not available to kernel extensions"},
		{"a float", "pub fn half(of: f64) -> f64 {\n    of / 2.0\n}\n", "not available to kernel extensions"},
	} {
		put(t, lib, string(text)+tt.add)
		s, _, err := rex.Sample(dir)
		if err != nil {
			t.Fatal(err)
		}
		if state, err := rex.Runner.Why(t.Context(), s); err != nil || state.Result != nil {
			t.Errorf("%s in the shared crate: %+v, %v; want the extension built again", tt.what, state, err)
		}
		var said strings.Builder
		_, err = rex.RunSample(t.Context(), dir, project.Wish{}, &said)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s in the shared crate: %v", tt.what, err)
			}
			continue
		}
		if err == nil || strings.Count(err.Error(), "error: ") != 2 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "peer-types-0.1.0/src/lib.rs") {
			t.Errorf("%s in the shared crate: %v; want %q once, at its line, and that it could not be compiled", tt.what, err, tt.want)
		}
	}
}

// TestRustLoader builds and runs an extension whose loader is in Rust, with types of a crate that both name. What could not be a key or a value of
// a map is refused when the loader is compiled, and so is a loader that does not find its crate.
func TestRustLoader(t *testing.T) {
	result(t, "sample-hello")
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "typed")
	var out strings.Builder
	r, err := rex.RunSample(t.Context(), dir, project.Wish{}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != vm.Passed {
		t.Errorf("%s: %s\n%s", r.Verdict, r.Reason, out.String())
	}
	main := filepath.Join(dir, "loader/src/main.rs")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ types, want string }{
		{"(u8, u32), u32", "a key of a map has bytes between its fields"},
		{"u32, &'static u8", "nobody can tell whether they are a value of this type"},
		{"&'static u8, u32", "nobody can tell whether they are a value of this type"},
		{"u32, Option<u8>", "an enum with fields cannot be told from them"},
		{"u32, String", "Copy"},
	} {
		put(t, main, string(text)+"#[used]\nstatic OPEN: fn(Extension) -> bool = |e| e.map::<"+tt.types+">(\"M\").is_ok();\n")
		s, _, err := rex.Sample(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rex.Runner.Run(t.Context(), s); err == nil || !strings.Contains(err.Error(), "program loader of sample") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("a map of %s: %v; want %q", tt.types, err, tt.want)
		}
	}
}

// TestNew makes an extension of each type, with a loader in each language, in a folder outside of the checkout, builds and runs it.
func TestNew(t *testing.T) {
	result(t, "sample-hello")
	for _, kind := range scaffold.Types() {
		for _, loader := range []string{"c", "rust"} {
			t.Run(kind+", loader in "+loader, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "mine")
				if err := rex.New(dir, kind, loader); err != nil {
					t.Fatal(err)
				}
				var out strings.Builder
				r, err := rex.RunSample(t.Context(), dir, project.Wish{}, &out)
				if err != nil {
					t.Fatal(err)
				}
				if r.Verdict != vm.Passed {
					t.Errorf("%s: %s\n%s", r.Verdict, r.Reason, out.String())
				}
			})
		}
	}
}

// TestWatch saves an extension while it is watched: what it prints changes, a fault is the compiler's message, and mending it goes on.
func TestWatch(t *testing.T) {
	result(t, "sample-hello")
	dir := filepath.Join(t.TempDir(), "watched")
	if err := rex.New(dir, "tracepoint", "c"); err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(dir, "src/main.rs")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	said := &transcript{more: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() { done <- rex.Watch(ctx, dir, project.Wish{}, said) }()
	save := func(source string) time.Time {
		put(t, main, source)
		return time.Now()
	}
	said.await(t, "calls dup(1)")
	for _, step := range []struct{ source, want string }{
		{strings.Replace(string(text), "PID {} calls", "PID {} now calls", 1), "now calls dup(1)"},
		{strings.Replace(string(text), "PID {} calls", "PID { calls", 1), "error"},
		{strings.Replace(string(text), "PID {} calls", "PID {} again calls", 1), "again calls dup(1)"},
	} {
		start := save(step.source)
		said.await(t, step.want)
		t.Logf("from save to %q: %.1f s", step.want, time.Since(start).Seconds())
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// transcript is what was said so far.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	seen int // bytes that were awaited
	more chan struct{}
}

func (w *transcript) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
	return w.text.Write(b)
}

// await waits for a text that was not there when the last one came.
func (w *transcript) await(t *testing.T, want string) {
	t.Helper()
	late := time.After(4 * time.Minute)
	for {
		w.mu.Lock()
		text := w.text.String()
		i := strings.Index(text[w.seen:], want)
		if i >= 0 {
			w.seen = len(text)
		}
		w.mu.Unlock()
		if i >= 0 {
			return
		}
		select {
		case <-w.more:
		case <-late:
			t.Fatalf("%q did not come; there was\n%s", want, text)
		}
	}
}
