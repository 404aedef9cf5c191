package acceptance

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rex/toolchain/command"
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
	source, err := os.ReadFile(filepath.Join(rex.Root, "samples/hello/src/main.rs"))
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Count(string(source[:bytes.Index(source, []byte("rex_printk!("))]), "\n") + 1
	where := "main.rs:" + strconv.Itoa(line)
	commands := strings.Join([]string{
		"-break-insert -f " + where, "-exec-continue", "-stack-list-frames 0 2", "-stack-list-variables --simple-values",
		"-break-delete", "-exec-next", "-gdb-set confirm off", "-interpreter-exec console detach", "-gdb-exit",
	}, "\n") + "\n"
	ready, err := rex.Tools(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	gdb, err := ready.Command(command.Cmd{
		Path: "gdb", Args: []string{"-nx", "--interpreter=mi3", "-x", script}, Stdin: strings.NewReader(commands), Stdout: &said, Stderr: &said,
	}, sandbox.Box{Network: true, Mounts: []sandbox.Mount{{Host: rex.Store.Dir(), Inside: rex.Store.Dir()}, {Host: rex.Root, Inside: rex.Root}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := gdb.Run(ctx); err != nil {
		t.Errorf("gdb: %v", err)
	}
	for _, want := range []string{
		"image hello: 0x", `reason="breakpoint-hit"`, `func="hello::rex_prog1"`, `fullname="` + filepath.Join(rex.Root, "samples/hello/src/main.rs") + `",line="` + strconv.Itoa(line) + `"`,
		`name="task"`, `name="cpu"`, `reason="end-stepping-range"`,
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("gdb does not say %s", want)
		}
	}
	e := <-ended
	if e.err != nil || e.result.Verdict != vm.Passed {
		t.Errorf("the sample, left alone: %v, %+v", e.err, e.result)
	}
	if t.Failed() {
		t.Log(said.String())
	}
}
