package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/command"
)

func TestHostMounts(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"usr", "home", "work", "lib64", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "swapfile"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	mounts, err := HostMounts(root)
	if err != nil {
		t.Fatal(err)
	}
	var inside []string
	for _, m := range mounts {
		inside = append(inside, m.Inside)
	}
	if want := []string{"/home", "/tmp", "/work"}; !slices.Equal(inside, want) {
		t.Errorf("got %v; want %v", inside, want)
	}
}

// TestWrapper calls a program of a tree by its name: it runs in the folder that it was called in, with the caller's environment
// but for what is replaced, and its exit code is the caller's to see.
func TestWrapper(t *testing.T) {
	b := machine(t)
	program := filepath.Join(t.TempDir(), "built")
	if err := (&command.Cmd{Path: "go", Args: []string{"build", "-o", program, "./wrapper"}}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "bin")
	w := &Wrapper{Tree: b.Tree, Env: []string{"PATH=/usr/bin", "RUSTC"}}
	for range 2 { // what is there is kept
		if err := w.Install(program, bin, []string{"sh", "nothing"}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	cmd := exec.Command(filepath.Join(bin, "sh"), "-c", `pwd; echo "$MINE ${RUSTC-unset} $PATH"; cat; echo made > file; exit 7`)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), "MINE=yes", "RUSTC=x"), strings.NewReader("piped\n")
	out, err := cmd.Output()
	if want := dir + "\nyes unset /usr/bin\npiped\n"; string(out) != want || cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("got %q, %v; want %q and exit code 7", out, err, want)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(text) != "made\n" {
		t.Errorf("a file that it wrote has %q, %v", text, err)
	}
	cmd = exec.Command(filepath.Join(bin, "sh"), "-c", "true")
	cmd.Dir = "/usr"
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "work elsewhere") {
		t.Errorf("in /usr: %q, %v; want it refused", out, err)
	}
}
