package report

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rex/toolchain/stage"
)

type silent struct{ done int }

func (*silent) Waiting(*stage.Stage, string)              {}
func (*silent) Building(*stage.Stage, string) io.Writer   { return io.Discard }
func (s *silent) Done(*stage.Stage, time.Duration, error) { s.done++ }
func (*silent) Starved(*stage.Stage, int)                 {}
func (*silent) Damaged(string, string)                    {}

func TestTrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.json")
	next := &silent{}
	trace := NewTrace(next)
	kernel, rustc, passes := &stage.Stage{Name: "kernel"}, &stage.Stage{Name: "rustc"}, &stage.Stage{Name: "passes"}
	trace.Done(passes, 0, nil) // was there already
	if err := trace.Write(file); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Error("nothing was built, and there is a trace")
	}
	trace.Building(kernel, "first build")
	trace.Building(rustc, "changed: pin")
	time.Sleep(2 * time.Millisecond)
	trace.Done(kernel, time.Second, nil)
	trace.Building(passes, "first build")
	trace.Done(passes, time.Second, nil)
	trace.Done(rustc, 0, errors.New("does not compile"))
	if err := trace.Write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ TraceEvents []event }
	if err := json.Unmarshal(text, &got); err != nil || len(got.TraceEvents) != 3 {
		t.Fatalf("got %s, %v; want three events", text, err)
	}
	k, p, r := got.TraceEvents[0], got.TraceEvents[1], got.TraceEvents[2]
	if k.Name != "kernel" || k.Thread != 1 || k.Duration < 2000 || p.Thread != 1 || r.Thread != 2 || r.Arguments["error"] == "" || r.Arguments["why"] != "changed: pin" {
		t.Errorf("got %+v", got.TraceEvents)
	}
	if next.done != 4 {
		t.Errorf("%d ends were passed on; want 4", next.done)
	}
}
