package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rex/toolchain/command"
)

// machine is a box whose tree is this machine's own usr and etc, or the reason why there can be none.
func machine(t *testing.T) Box {
	t.Helper()
	tree := filepath.Join(t.TempDir(), "tree")
	if err := os.Mkdir(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"usr", "etc", "var"} {
		if err := os.Symlink("/"+dir, filepath.Join(tree, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Lstat("/bin"); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Skip("SKIPPED: /bin is a folder of its own on this machine")
	}
	b := Box{Tree: tree}
	if err := Available(t.Context()); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	return b
}

// run runs a script in the box and returns what it prints.
func run(t *testing.T, b Box, script string, env ...string) (string, error) {
	t.Helper()
	cmd, err := b.Command(command.Cmd{Path: "sh", Args: []string{"-c", script}, Env: append([]string{"PATH=/usr/bin:/usr/sbin"}, env...)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output(t.Context())
	return strings.TrimSpace(out), err
}

func TestOnlyWhatIsMountedIsSeen(t *testing.T) {
	b := machine(t)
	in, out := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(in, "a"), []byte("input\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.Mounts = []Mount{{Host: in, Inside: "/in"}, {Host: out, Inside: "/out/deep", Writable: true}, {Link: "in/a", Inside: "/link"}}
	t.Setenv("CFLAGS", "-O0")
	for _, c := range []struct{ name, script, want string }{
		{"an input is read", "cat /in/a /link", "input\ninput"},
		{"an input is not written", "echo x 2>/dev/null > /in/b || echo refused", "refused"},
		{"the tree is not written", "touch /usr/x /x /etc/x 2>/dev/null || echo refused", "refused"},
		{"the output is", "echo made > /out/deep/b && cat /out/deep/b", "made"},
		{"the machine's folders are not there", "ls -d " + in + " /home /sys 2>/dev/null || echo none", "none"},
		{"nor its processes", "ls -d /proc/[0-9]* | wc -l | xargs test 6 -gt && echo few", "few"},
		{"/tmp is private", "ls -A /tmp; echo x > /tmp/x && cat /tmp/x", "x"},
		{"the environment is clean", "echo ${CFLAGS-unset}", "unset"},
		{"root inside, without its powers", "id -u; grep CapBnd /proc/self/status", "0\nCapBnd:\t0000000000000000"},
		{"no mount can be undone", "mount -o remount,rw /in 2>/dev/null || umount /in 2>/dev/null || echo refused", "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := run(t, b, c.script); got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	if text, err := os.ReadFile(filepath.Join(out, "b")); err != nil || string(text) != "made\n" {
		t.Errorf("on the host: %q, %v", text, err)
	}
}

// A server on the machine's loopback device cannot be reached, unless the box has the network.
func TestNetwork(t *testing.T) {
	b := machine(t)
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("SKIPPED: no bash")
	}
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Addr().String())
	script := "bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + port + "' 2>/dev/null && echo reached || echo no"
	for _, network := range []bool{false, true} {
		b.Network = network
		want := map[bool]string{false: "no", true: "reached"}[network]
		if got, err := run(t, b, script); got != want {
			t.Errorf("network %t: got %q, %v; want %q", network, got, err, want)
		}
	}
}

func TestExitCodes(t *testing.T) {
	b := machine(t)
	for script, want := range map[string]int{"exit 7": 7, "kill -KILL $$": 137, "exec nothing-of-this-name": 127} {
		if _, err := run(t, b, script); command.ExitCode(err) != want {
			t.Errorf("%s: got %v; want code %d", script, err, want)
		}
	}
	cmd, err := b.Command(command.Cmd{Path: "nothing-of-this-name", Env: []string{"PATH=/usr/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(t.Context()); command.ExitCode(err) != notFound || !strings.Contains(err.Error(), "nothing-of-this-name") {
		t.Errorf("got %v; want %d and the program's name", err, notFound)
	}
}

// What a command leaves behind ends with it; so does all of it when the context ends.
func TestNothingOutlivesTheBox(t *testing.T) {
	b := machine(t)
	dir := t.TempDir()
	b.Mounts = []Mount{{Host: dir, Inside: "/out", Writable: true}}
	if _, err := run(t, b, "(sleep 1; touch /out/late) & exit 0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cmd, err := b.Command(command.Cmd{Path: "sh", Args: []string{"-c", "setsid sh -c 'trap : TERM; touch /out/started; sleep 2; touch /out/late' & wait; wait; sleep 9"}, Env: []string{"PATH=/usr/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Run(ctx) }()
	for {
		if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
			break
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want context.Canceled", err)
	}
	// A process in a session of its own has to end, too, and before it can write.
	if _, err := run(t, b, "sleep 2.5"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "late")); err == nil {
		t.Error("a process outlived its box")
	}
}

func TestRefusesOddMounts(t *testing.T) {
	for _, m := range []Mount{{Host: "/usr", Inside: "x"}, {Host: "/usr", Inside: "/"}, {Host: "/usr", Inside: "/a/../b"}, {Host: "usr", Inside: "/a"}} {
		if _, err := (Box{Tree: "/", Mounts: []Mount{m}}).Command(command.Cmd{Path: "true"}); err == nil {
			t.Errorf("%+v was not refused", m)
		}
	}
	b := machine(t)
	b.Mounts = []Mount{{Host: "/nothing/of/this/name", Inside: "/a"}}
	if _, err := run(t, b, "true"); err == nil || !strings.Contains(err.Error(), "/nothing/of/this/name") {
		t.Errorf("got %v; want an error that names the missing folder", err)
	}
}

func TestFaultOfTheMachine(t *testing.T) {
	for _, c := range []struct {
		err      error
		settings map[string]string
		want     string
	}{
		{nil, map[string]string{"kernel/unprivileged_userns_clone": "0\n"}, "sysctl -w kernel.unprivileged_userns_clone=1"},
		{nil, map[string]string{"user/max_user_namespaces": "0\n"}, "sysctl -w user.max_user_namespaces="},
		{nil, map[string]string{"kernel/unprivileged_userns_clone": "1\n", "user/max_user_namespaces": "5000", "kernel/apparmor_restrict_unprivileged_userns": "1\n"}, "apparmor_restrict_unprivileged_userns=0"},
		{fmt.Errorf("start: %w", syscall.ENOSPC), map[string]string{"user/max_user_namespaces": "2"}, "sysctl -w user.max_user_namespaces="},
		{nil, nil, "seccomp"},
	} {
		dir := t.TempDir()
		for name, value := range c.settings {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := fault(c.err, dir); !strings.Contains(got, c.want) {
			t.Errorf("%v: got %q; want it to say %q", c.settings, got, c.want)
		}
	}
}
