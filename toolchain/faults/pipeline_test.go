package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/fetch"
	"rex/toolchain/jobserver"
	"rex/toolchain/patch"
	"rex/toolchain/pin"
	"rex/toolchain/stage"
	"rex/toolchain/store"
	"rex/toolchain/worktree"
)

// order is what a process that runs the pipeline is told.
type order struct {
	Cache    string
	Mirror   string // of the Debian archive
	Checkout string // with pins, a series, and a program for each variant
	Variants []string
	Watched  bool   // by the supervisor at descriptor 3
	Stop     string // a stage: when it starts, everything is cancelled
}

// outcome is what it answers on standard output.
type outcome struct {
	Outputs []map[string]string // digests by stages, of each variant
	Built   [][]string          // stages, for each variant
	Error   string
}

const orderEnv = "REX_FAULTS_ORDER"

func TestMain(m *testing.M) {
	text := os.Getenv(orderEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	os.Unsetenv(orderEnv)
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	if o.Watched {
		if err := beWatched(os.NewFile(3, "supervisor")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(71)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	out, err := o.run(ctx)
	if err != nil {
		out.Error = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		os.Exit(72)
	}
	if out.Error != "" {
		os.Exit(1)
	}
	os.Exit(0)
}

// run builds all variants.
func (o *order) run(ctx context.Context) (out outcome, err error) {
	s, err := store.Open(o.Cache)
	if err != nil {
		return out, err
	}
	defer s.Close()
	pool, err := jobserver.New(2)
	if err != nil {
		return out, err
	}
	defer pool.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := &observer{stop: o.Stop, cancel: cancel}
	r := &stage.Runner{Store: s, Pool: pool, Observer: seen, After: func(ctx context.Context) error {
		_, err := s.Trim(ctx, 1<<40, 0)
		return err
	}}
	for _, variant := range o.Variants {
		bundle, err := o.pipeline(variant)
		if err != nil {
			return out, err
		}
		results, err := r.Run(ctx, bundle)
		out.Built = append(out.Built, seen.built)
		seen.built = nil
		if err != nil {
			return out, err
		}
		outputs := map[string]string{}
		for name, result := range results {
			outputs[name] = result.Output
		}
		out.Outputs = append(out.Outputs, outputs)
	}
	return out, nil
}

type observer struct {
	mu     sync.Mutex
	built  []string
	stop   string
	cancel func()
}

func (o *observer) Waiting(*stage.Stage, string) {}
func (o *observer) Building(s *stage.Stage, _ string) io.Writer {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.built = append(o.built, s.Name)
	if s.Name == o.stop {
		o.cancel()
	}
	return io.Discard
}
func (o *observer) Done(*stage.Stage, time.Duration, error) {}
func (o *observer) Starved(*stage.Stage, int)               {}
func (o *observer) Damaged(string, string)                  {}

// pipeline is source -> object, library -> bundle: fetched, unpacked, patched, synced, and built by a program.
func (o *order) pipeline(variant string) (*stage.Stage, error) {
	pins, err := pin.Load(filepath.Join(o.Checkout, "pins.toml"))
	if err != nil {
		return nil, err
	}
	component, err := pins.Component("linux")
	if err != nil {
		return nil, err
	}
	fetcher, err := fetch.New(filepath.Join(o.Cache, "downloads"), nil)
	if err != nil {
		return nil, err
	}
	fetcher.Mirrors = []string{o.Mirror}
	series := filepath.Join(o.Checkout, "series-"+variant)
	source := &stage.Stage{
		Name: "source",
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			in.Value("pin", fmt.Sprintf("%+v", *component))
			return in.Tree(ctx, "series", series, nil)
		},
		Outside: func(ctx context.Context) (map[string]string, error) {
			_, err := fetcher.Download(ctx, component)
			return nil, err
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			if _, err := fetcher.Tree(ctx, component, b.Out); err != nil {
				return err
			}
			return patch.Apply(ctx, b.Out, series)
		},
	}
	program := filepath.Join(o.Checkout, "build.sh")
	compile := func(name, word string) *stage.Stage {
		return &stage.Stage{
			Name: name, Needs: []*stage.Stage{source},
			Inputs: func(_ context.Context, in *stage.Inputs) error { return in.File("program", program) },
			Build: func(ctx context.Context, b *stage.Build) error {
				src := filepath.Join(b.Workspace, "src")
				if err := worktree.Sync(ctx, b.Need(source), src); err != nil {
					return err
				}
				err := (&command.Cmd{Path: "sh", Args: []string{program, src, filepath.Join(b.Workspace, "obj"), word}, Log: b.Log}).Run(ctx)
				if err != nil {
					return err
				}
				return worktree.Copy(filepath.Join(b.Workspace, "obj/out"), filepath.Join(b.Out, name))
			},
		}
	}
	object, library := compile("object", "one"), compile("library", "two")
	return &stage.Stage{
		Name: "bundle", Needs: []*stage.Stage{object, library},
		Build: func(_ context.Context, b *stage.Build) error {
			for _, s := range []*stage.Stage{object, library} {
				if err := worktree.Copy(filepath.Join(b.Need(s), s.Name), filepath.Join(b.Out, s.Name)); err != nil {
					return err
				}
			}
			return os.Symlink("object", filepath.Join(b.Out, "first"))
		},
	}, nil
}

// program makes out of a source tree, file by file, and replaces no file that is up to date.
const program = `set -eu
mkdir -p "$2"
for f in "$1"/*; do
	o="$2/$(basename "$f").o"
	[ -e "$o" ] || touch -d @0 "$o"
	newer=$(find "$f" -newer "$o") # which, unlike test(1), fails if it cannot tell
	if [ "$newer" ]; then
		{ echo "$3"; cat "$f"; } > "$o.part"
		mv "$o.part" "$o"
	fi
done
cat "$2"/*.o > "$2/out.part"
mv "$2/out.part" "$2/out"
`

// ground is what every trial starts from: a server, a checkout, and a cache in which variant a is built.
type ground struct {
	order
	want map[string]map[string]string // outputs by variant and stage
}

func newGround(t *testing.T) *ground {
	t.Helper()
	for _, tool := range []string{"patch", "sh"} {
		if _, err := lookPath(tool); err != nil {
			t.Skipf("skipped: %v", err)
		}
	}
	g := &ground{order: order{Cache: filepath.Join(t.TempDir(), "cache"), Checkout: t.TempDir()}, want: map[string]map[string]string{}}
	archive := sourceArchive(t)
	sum := sha256Of(archive)
	mux := http.NewServeMux()
	mux.HandleFunc("/pool/linux.tar.gz", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "linux.tar.gz", time.Time{}, strings.NewReader(archive))
	})
	g.Mirror = serve(t, mux)
	files := map[string]string{
		"pins.toml": fmt.Sprintf("[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\npath = \"pool/linux.tar.gz\"\nsha256 = %q\nsize = %d\nstrip = 1\n", sum, len(archive)),
		"build.sh":  program,
	}
	for _, variant := range []string{"a", "b"} {
		files["series-"+variant+"/series"] = "0001.patch\n"
		files["series-"+variant+"/0001.patch"] = "--- a/f0\n+++ b/f0\n@@ -1 +1 @@\n-file 0\n+file " + variant + "\n"
	}
	for name, text := range files {
		writeFile(t, filepath.Join(g.Checkout, name), text)
	}
	for _, variant := range []string{"b", "a"} {
		if err := os.RemoveAll(g.Cache); err != nil {
			t.Fatal(err)
		}
		out, err := g.start(g.Cache, nil, variant).wait()
		if err != nil {
			t.Fatalf("without a fault: %v", err)
		}
		g.want[variant] = out.Outputs[0]
		if len(out.Built[0]) != 4 || len(out.Outputs[0]) != 4 {
			t.Fatalf("built %v with results %v; want 4 stages", out.Built, out.Outputs)
		}
	}
	if g.want["a"]["bundle"] == g.want["b"]["bundle"] {
		t.Fatal("the variants are the same")
	}
	return g
}

// cache makes a copy of the first cache.
func (g *ground) cache(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "cache")
	if err != nil {
		t.Fatal(err)
	}
	if err := copyTree(g.Cache, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// recovered looks at a cache after a fault: what was there before must still be there, the next run must be right, and nothing may
// hold a lock.
func (g *ground) recovered(cache string) error {
	out, err := g.start(cache, nil, "a", "b").wait()
	if err != nil {
		return fmt.Errorf("the next run: %w", err)
	}
	if len(out.Built[0]) > 0 {
		return fmt.Errorf("%s was built before and is again", strings.Join(out.Built[0], ", "))
	}
	if err := g.right(out, "a", "b"); err != nil {
		return fmt.Errorf("the next run: %w", err)
	}
	s, err := store.Open(cache)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, name := range []string{"source", "object", "library", "bundle"} {
		results, err := s.Results(name)
		if err != nil {
			return err
		}
		for _, r := range results {
			if err := s.Verify(context.Background(), r); err != nil {
				return err
			}
		}
		if len(results) != 2 {
			return fmt.Errorf("%s has %d results; want one of each variant", name, len(results))
		}
	}
	return nil
}

// right compares what came out for variants with what should.
func (g *ground) right(out outcome, variants ...string) error {
	for i, outputs := range out.Outputs {
		for name, got := range outputs {
			if want := g.want[variants[i]][name]; got != want {
				return fmt.Errorf("%s of %s is %s; want %s", name, variants[i], got, want)
			}
		}
	}
	return nil
}

var errDied = errors.New("it died without an answer")
