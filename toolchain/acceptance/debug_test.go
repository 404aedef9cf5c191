package acceptance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/docs"
	"rex/toolchain/project"
	"rex/toolchain/sandbox"
	"rex/toolchain/vm"
)

// A debugger stops in an extension by a line of its source, and knows functions that were inlined, arguments and variables.
func TestDebugger(t *testing.T) {
	result(t, "kernel")
	rex.UseDebugInfo(true)
	defer rex.UseDebugInfo(false)
	script := filepath.Join(rex.Store.Dir(), "vm", "gdb-hello.py")
	if err := os.RemoveAll(script); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	type end struct {
		result *vm.Result
		err    error
	}
	ended := make(chan end, 1)
	var out bytes.Buffer
	go func() {
		r, err := rex.RunSample(ctx, "hello", project.Wish{KVM: "off"}, &out)
		ended <- end{r, err}
	}()
	for {
		if _, err := os.Stat(script); err == nil {
			break
		}
		select {
		case e := <-ended:
			t.Fatalf("%+v, %v\n%s", e.result, e.err, out.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	var b docs.Block // of the page
	for _, p := range pages(t) {
		for _, block := range p.Blocks {
			if p.File == "docs/debugging.md" && block.Language == "gdb" {
				b = block
			}
		}
	}
	said, err := debug(ctx, t, script, b)
	if err != nil {
		t.Errorf("gdb: %v", err)
	}
	for _, line := range missingFromDebugger(b, said) {
		t.Errorf("%s:%d: gdb does not say %q", b.File, b.Line, line)
	}
	e := <-ended
	if e.err != nil || e.result.Verdict != vm.Passed {
		t.Errorf("the sample, left alone: %v, %+v", e.err, e.result)
	}
	if t.Failed() {
		t.Log(said)
	}
}

// debug types what stands behind `(gdb)` in a block into gdb with a script, through its machine interface, lets the machine go on, and
// returns what gdb has said.
func debug(ctx context.Context, t *testing.T, script string, b docs.Block) (string, error) {
	t.Helper()
	var commands strings.Builder
	typed := 0
	for _, line := range b.Lines() {
		if command, ok := strings.CutPrefix(line.Text, "(gdb) "); ok {
			fmt.Fprintf(&commands, "-interpreter-exec console %q\n", command)
			typed++
		}
	}
	if typed == 0 {
		t.Fatal("the page shows no commands for gdb")
	}
	commands.WriteString("-break-delete\n-gdb-set confirm off\n-interpreter-exec console detach\n-gdb-exit\n")
	ready, err := rex.Tools(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	gdb, err := ready.Command(command.Cmd{
		Path: "gdb", Args: []string{"-nx", "--interpreter=mi3", "-x", script}, Stdin: strings.NewReader(commands.String()), Stdout: &said, Stderr: &said,
	}, sandbox.Box{Network: true, Mounts: []sandbox.Mount{{Host: rex.Store.Dir(), Inside: rex.Store.Dir()}, {Host: rex.Root, Inside: rex.Root}}})
	if err != nil {
		t.Fatal(err)
	}
	err = gdb.Run(ctx)
	if strings.Contains(said.String(), "^error") {
		err = errors.Join(err, errors.New("it refuses a command"))
	}
	return said.String(), err
}

// missingFromDebugger returns the lines of a block that gdb has not printed, neither to people (~"...") nor as what it stopped at.
func missingFromDebugger(b docs.Block, said string) []string {
	var want, printed strings.Builder
	for _, line := range b.Lines() {
		if !strings.HasPrefix(line.Text, "(gdb)") && !strings.HasPrefix(line.Text, "$ ") {
			want.WriteString(line.Text + "\n")
		}
	}
	for line := range strings.Lines(said) {
		if text, err := strconv.Unquote(strings.TrimSpace(strings.TrimPrefix(line, "~"))); err == nil {
			printed.WriteString(text)
		}
	}
	return docs.Missing(want.String(), printed.String())
}
