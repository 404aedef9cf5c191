package acceptance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"rex/toolchain/docs"
	"rex/toolchain/worktree"
)

// TestTutorial follows the tutorial from an empty folder: it types the commands, writes the files, and waits for what must be printed.
// The clone is of this checkout as it is now.
func TestTutorial(t *testing.T) {
	result(t, "sample-hello")
	for _, program := range []string{"git", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: the tutorial asks for %s, which this machine does not have: %v", program, err)
		}
	}
	text, err := os.ReadFile("../../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, dir: t.TempDir(), origin: origin(t)}
	defer r.interrupt()
	start := time.Now()
	ran := false
	for _, b := range docs.Parse("docs/tutorial.md", string(text)).Blocks {
		r.follow(b)
		if !ran && strings.Contains(b.Text, "mage run ") {
			ran = true
			t.Logf("from clone to own XDP filter: %d commands, %d failed runs, %.0f s", r.commands, r.failed, time.Since(start).Seconds())
		}
		if t.Failed() {
			t.Fatalf("%s:%d: stopped here", b.File, b.Line)
		}
	}
	r.interrupt()
	t.Logf("all of the tutorial: %d commands, %d failed runs, %.0f s", r.commands, r.failed, time.Since(start).Seconds())
	if r.commands < 10 {
		t.Errorf("only %d commands were run", r.commands)
	}
}

// origin is a repository with the checkout as it is now.
func origin(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rex")
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != ".git" && e.Name() != "build" {
			names = append(names, e.Name())
		}
	}
	skip := func(_, path string) bool {
		name := filepath.Base(path)
		return name == "target" || name == "Cargo.lock"
	}
	if err := worktree.Collect(t.Context(), "../..", dir, names, skip); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A", "-f"}, {"-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-q", "-m", "now"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
	return dir
}

// reader does what a page says.
type reader struct {
	t        *testing.T
	dir      string // where the last command left it
	origin   string
	commands int
	failed   int
	said     *said     // by the last command
	running  *exec.Cmd // in another terminal
	ended    chan error
}

// said is what commands print, as it comes.
type said struct{ transcript }

func (r *reader) follow(b docs.Block) {
	r.t.Helper()
	switch file := b.Value("file") + b.Value("append"); {
	case file != "" && b.Value("append") != "":
		appendTo(r.t, filepath.Join(r.dir, file), "\n"+b.Text)
	case file != "":
		put(r.t, filepath.Join(r.dir, file), b.Text)
	case b.Language == "sh" && b.Is("terminal"):
		r.interrupt()
		r.start(b)
	case b.Language == "sh":
		if !b.Is("edit") {
			r.interrupt()
		}
		r.run(b)
	case b.Language == "text":
		r.expect(b)
	case b.Language == "gdb":
		r.gdb(b)
	default:
		r.t.Errorf("%s:%d: nobody knows what is to be done with this %s", b.File, b.Line, b.Language)
	}
}

var address = regexp.MustCompile(`https://\S+/rex\b`)

// shell is a block as bash reads it; what fails ends it.
func (r *reader) shell(b docs.Block, then string) *exec.Cmd {
	n := 0
	for _, line := range b.Lines() {
		n += len(docs.Commands(line.Text))
	}
	if !b.Is("edit") {
		r.commands += n
	}
	for _, line := range b.Lines() {
		r.t.Logf("$ %s", line.Text)
	}
	cmd := exec.CommandContext(r.t.Context(), "bash", "-e", "-c", address.ReplaceAllString(b.Text, r.origin)+then)
	cmd.Dir = r.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

func (r *reader) run(b docs.Block) {
	r.t.Helper()
	at := filepath.Join(r.t.TempDir(), "pwd")
	cmd := r.shell(b, "pwd >"+at+"\n")
	out := &said{transcript{more: make(chan struct{}, 1)}}
	cmd.Stdout, cmd.Stderr = out, out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		r.failed++
		r.t.Errorf("%s:%d: %v\n%s", b.File, b.Line, err, out.all())
		return
	}
	r.t.Logf("  %.1f s", time.Since(start).Seconds())
	if !b.Is("edit") {
		r.said = out
	}
	where, err := os.ReadFile(at)
	if err != nil {
		r.t.Fatal(err)
	}
	r.dir = strings.TrimSpace(string(where))
}

// start runs a block in another terminal.
func (r *reader) start(b docs.Block) {
	r.t.Helper()
	r.running = r.shell(b, "")
	r.said = &said{transcript{more: make(chan struct{}, 1)}}
	r.running.Stdout, r.running.Stderr = r.said, r.said
	if err := r.running.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan error) { ended <- cmd.Wait() }(r.running, r.ended)
}

// interrupt is Ctrl-C in the other terminal.
func (r *reader) interrupt() {
	if r.running == nil {
		return
	}
	_ = syscall.Kill(-r.running.Process.Pid, syscall.SIGINT)
	<-r.ended
	r.running = nil
}

// expect waits for lines of the last command.
func (r *reader) expect(b docs.Block) {
	r.t.Helper()
	var missing []string
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if missing = docs.Missing(b.Text, r.said.all()); len(missing) == 0 {
			return
		}
		if r.running == nil {
			break
		}
	}
	r.t.Errorf("%s:%d: not printed: %q; there was\n%s", b.File, b.Line, missing, r.said.all())
}

func (s *said) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

var script = regexp.MustCompile(`gdb -x (\S+)`)

// gdb types a block into a debugger for the machine that waits in the other terminal, and lets that go on.
func (r *reader) gdb(b docs.Block) {
	r.t.Helper()
	m := script.FindStringSubmatch(r.said.all())
	if m == nil {
		r.t.Fatalf("%s:%d: nothing has said how gdb is started:\n%s", b.File, b.Line, r.said.all())
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Minute)
	defer cancel()
	said, err := debug(ctx, r.t, m[1], b)
	if err != nil {
		r.t.Errorf("%s:%d: %v", b.File, b.Line, err)
	}
	for _, line := range missingFromDebugger(b, said) {
		r.t.Errorf("%s:%d: gdb does not say %q", b.File, b.Line, line)
	}
	if r.t.Failed() {
		r.t.Log(said)
		return
	}
	if err := <-r.ended; err != nil {
		r.failed++
		r.t.Errorf("%s:%d: what was debugged, left alone: %v\n%s", b.File, b.Line, err, r.said.all())
	}
	r.running = nil
}
