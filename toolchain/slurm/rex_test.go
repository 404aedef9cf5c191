package slurm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/sandbox"
	"rex/toolchain/share"
	"rex/toolchain/share/localregistry"
	"rex/toolchain/tools"
	"rex/toolchain/worktree"
)

// absent are stages of which nobody has a result when the test begins.
var absent = []string{"librex", "sample-hello"}

const matrixFile = "samples = [\"hello\"]\ncpus = [1, 2]\n"

// site is a cluster with a checkout and a warm cache on its login node, nodes that have nothing, one without room, and a registry.
type site struct {
	*cluster
	registry string
	goRoot   string
	settings []string
}

func open(t *testing.T) *site {
	t.Helper()
	root, cache, program := os.Getenv("REX_TEST_CHECKOUT"), os.Getenv("REX_TEST_CACHE"), os.Getenv("REX_TEST_REGISTRY")
	if root == "" || cache == "" || program == "" {
		t.Skip("skipped: REX_TEST_CHECKOUT, REX_TEST_CACHE and REX_TEST_REGISTRY do not name a checkout, its warm cache and a registry (mage test:slurm does)")
	}
	s := &site{}
	env, err := (&command.Cmd{Path: "go", Args: []string{"env", "GOROOT", "GOPROXY", "GONOSUMDB", "GOSUMDB"}, Dir: root}).Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(env, "\n")
	s.goRoot = values[0]
	s.registry = localregistry.ForTest(t, program)
	s.settings = append(tools.Proxies(), "GOPROXY="+values[1], "GONOSUMDB="+values[2], "GOSUMDB="+values[3], "REX_REGISTRY=http://"+s.registry+"/rex")
	mounts := []sandbox.Mount{{Host: s.goRoot, Inside: "/usr/local/go"}}
	s.cluster = prepare(t, mounts, "small", "n1", "n2")

	home := filepath.Join(s.dir, "login/home")
	own := filepath.Join(home, ".cache/rex")
	if err := worktree.Collect(t.Context(), root, filepath.Join(home, "rex"), []string{"."}, func(_, path string) bool {
		name := filepath.Base(path)
		return path == ".git" || path == "build" || name == "target"
	}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(own, "results"), 0o755), os.CopyFS(filepath.Join(own, "keys"), os.DirFS(filepath.Join(cache, "keys")))); err != nil {
		t.Fatal(err)
	}
	stages, err := os.ReadDir(filepath.Join(cache, "results"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range stages {
		if !strings.HasPrefix(d.Name(), "tests-") && d.Name() != absent[0] && d.Name() != absent[1] {
			if err := os.Symlink("/warm/results/"+d.Name(), filepath.Join(own, "results", d.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, public, err := share.OpenKey(filepath.Join(own, "keys/share"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	trust := filepath.Join(home, "rex/configs/trust")
	if err := errors.Join(os.MkdirAll(trust, 0o755), os.WriteFile(filepath.Join(trust, "tester.pem"), text, 0o644), os.WriteFile(filepath.Join(home, "matrix.toml"), []byte(matrixFile), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, id := user()
	s.own(id)
	s.mounts = append(s.mounts, sandbox.Mount{Host: filepath.Join(cache, "results"), Inside: "/warm/results"})
	s.launch("controller", "slurmctld", "-D", "-i")
	s.launch("n1", "slurmd", "-D", "-N", "n1")
	s.launch("n2", "slurmd", "-D", "-N", "n2")
	// Its cache is on a disk of 200 MB.
	s.launch("small", "unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "perl", "-e",
		`my ($fs, $on, $size) = ("tmpfs", "/home/user/.cache", "size=200m"); mkdir $on; syscall(165, $fs, $on, $fs, 0, $size) == 0 or die "mount: $!"; exec @ARGV`, "slurmd", "-D", "-N", "small")
	return s
}

// mage runs a target on the login node and returns what it says.
func (s *site) mage(ctx context.Context, args ...string) (string, error) {
	s.t.Helper()
	var out bytes.Buffer
	err := s.within("login", command.Cmd{
		Path: "go", Args: append([]string{"tool", "mage"}, args...), Dir: "/home/user/rex", Env: s.settings, Stdout: &out, Stderr: &out,
		Log: filepath.Join(s.dir, "login.log"),
	}).Run(ctx)
	return out.String(), err
}

func TestRex(t *testing.T) {
	s := open(t)
	step := func(name string, test func(t *testing.T)) {
		start := time.Now()
		if !t.Run(name, test) {
			t.FailNow()
		}
		t.Logf("%s: %.0f s", name, time.Since(start).Seconds())
	}
	step("a matrix", func(t *testing.T) {
		out, err := s.mage(t.Context(), "matrix", "/home/user/matrix.toml", "-on=slurm")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"librex: completed on n", "sample-hello: completed on n", "hello   rex     1     passed", "hello   rex     2     passed"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
	})
	step("once more, with nothing to do", func(t *testing.T) {
		out, err := s.mage(t.Context(), "matrix", "/home/user/matrix.toml", "-on=slurm")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out, "running on") || strings.Count(out, "passed") != 2 {
			t.Errorf("jobs ran:\n%s", out)
		}
	})
	step("a stage", func(t *testing.T) {
		out, err := s.mage(t.Context(), "remote:build", "sample-hello")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out, "running on") {
			t.Errorf("what the registry has was built:\n%s", out)
		}
		if _, err := os.Stat(filepath.Join(s.dir, "login/home/.cache/rex/results/sample-hello")); err != nil {
			t.Errorf("it is not here: %v", err)
		}
	})
	step("a stage that does not compile", func(t *testing.T) {
		file := filepath.Join(s.dir, "login/home/rex/samples/hello/src/main.rs")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(text, "\nfn broken( {\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := s.mage(t.Context(), "matrix", "/home/user/matrix.toml", "-on=slurm")
		if err == nil || !strings.Contains(out, "main.rs") || strings.Contains(out, "once more") || strings.Count(out, "not run") != 2 {
			t.Errorf("%v; want the compiler's message, once:\n%s", err, out)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	})
	step("cancelled", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(s.dir, "login/home/matrix.toml"), []byte(strings.Replace(matrixFile, "hello", "panic", 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan string, 1)
		go func() { out, _ := s.mage(ctx, "matrix", "/home/user/matrix.toml", "-on=slurm"); done <- out }()
		wait(t, s.slurm(), "rex.", 2*time.Minute, func(states []State) bool {
			for _, st := range states {
				if st.State == "RUNNING" {
					return true
				}
			}
			return false
		})
		cancel()
		if out := <-done; !strings.Contains(out, "cancelled 1 jobs") && !strings.Contains(out, "cancelled 2 jobs") {
			t.Errorf("it ended with:\n%s", out)
		}
		wait(t, s.slurm(), "rex.", 30*time.Second, over)
	})
}
