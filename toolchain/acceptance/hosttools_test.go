package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/command"
	"rex/toolchain/passes"
	"rex/toolchain/sandbox"
	"rex/toolchain/worktree"
)

// TestHostsOwnTools builds with REX_TOOLS=host on a machine whose own tools are those of the tree.
func TestHostsOwnTools(t *testing.T) {
	machine := sandbox.Box{Tree: result(t, "tools")}
	out, err := (&command.Cmd{Path: "go", Args: []string{"env", "GOROOT", "GOMODCACHE"}, Dir: rex.Root}).Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root, modules, _ := strings.Cut(strings.TrimSpace(out), "\n")
	home := t.TempDir()
	skip := func(_, path string) bool { return path == ".git" || path == "build" }
	if err := worktree.Collect(t.Context(), rex.Root, filepath.Join(home, "rex"), []string{"."}, skip); err != nil {
		t.Fatal(err)
	}
	machine.Mounts = []sandbox.Mount{{Host: home, Inside: "/home/user", Writable: true}, {Host: root, Inside: "/go/sdk"}, {Host: modules, Inside: "/go/modules"}}
	mage := func(args ...string) (string, error) {
		t.Helper()
		cmd, err := machine.Command(command.Cmd{
			Path: "go", Args: append([]string{"tool", "mage"}, args...), Dir: "/home/user/rex",
			Env: []string{
				"PATH=/go/sdk/bin:/usr/lib/llvm-22/bin:/usr/bin:/usr/sbin", "HOME=/home/user", "GOMODCACHE=/go/modules", "GOPROXY=off",
				"REX_TOOLS=host", "CXXFLAGS=-nonsense",
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return cmd.Output(t.Context())
	}
	if said, err := mage("deps:check"); err != nil || !strings.Contains(said, "this host's own tools are used: REX_TOOLS=host") {
		t.Fatalf("deps:check: %v\n%s", err, said)
	}
	if _, err := mage("build:passes"); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(home, ".cache/rex/results/passes/*/tree", passes.File))
	if err != nil || len(found) != 1 {
		t.Errorf("no plugin was built: %v, %v", found, err)
	}
	if why, err := mage("why", "passes"); err != nil || !strings.Contains(why, "up to date") {
		t.Errorf("why passes: %v\n%s", err, why)
	}
	if _, err := os.Stat(filepath.Join(home, ".cache/rex/results/tools")); err == nil {
		t.Error("the tools tree was made, although it is not used")
	}
}
