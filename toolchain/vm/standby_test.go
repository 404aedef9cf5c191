package vm

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"rex/toolchain/vm/guest"
)

// Of several jobs in one machine each has a verdict of its own.
func TestJobsAreJudgedApart(t *testing.T) {
	m := &Machine{Console: filepath.Join(t.TempDir(), "console")}
	r := m.newRun(&guest.Job{Awaits: true}, nil, nil)
	r.event(guest.Event{Kind: guest.Booted})
	hello := []Expectation{{guest.Loader, regexp.MustCompile("^hello$"), 1}}
	job := func(panics bool, events ...guest.Event) *Result {
		t.Helper()
		done := r.begin(&guest.Job{Loader: guest.Program{Path: "./loader"}, Panics: panics, Timeout: time.Second}, hello, nil)
		for _, e := range append(events, guest.Event{Kind: guest.Exited, Stream: guest.Loader}, guest.Event{Kind: guest.Done}) {
			r.event(e)
		}
		select {
		case <-done:
		default:
			t.Fatal("it is done, and nobody was told")
		}
		return r.judge(nil)
	}
	line := func(stream, text string) guest.Event {
		return guest.Event{Kind: guest.Output, Stream: stream, Line: text}
	}
	const panicked = "rex: Panic from Rex prog: panicked at src/main.rs:1:1:"
	said := line(guest.Loader, "hello")
	passed := job(true, said, line(guest.KernelLog, panicked))
	for _, test := range []struct {
		name   string
		panics bool
		events []guest.Event
		want   Verdict
	}{
		{"says nothing", false, []guest.Event{line(guest.Loader, "goodbye")}, ExpectationMissed},
		{"after a panic", false, []guest.Event{said}, Passed},
		{"panics", false, []guest.Event{said, line(guest.KernelLog, panicked)}, ExtensionPanicked},
		{"may panic", true, []guest.Event{said, line(guest.KernelLog, panicked)}, Passed},
	} {
		if got := job(test.panics, test.events...); got.Verdict != test.want {
			t.Errorf("%s: got %s (%s); want %s", test.name, got.Verdict, got.Reason, test.want)
		} else if test.want == ExpectationMissed && !slices.Contains(got.Evidence, "       got: goodbye") {
			t.Errorf("%s: %q does not say what came", test.name, got.Evidence)
		}
	}
	if passed.Verdict != Passed || len(passed.Lines) != 2 {
		t.Errorf("the first one is now %s with %d lines; want it as it was", passed.Verdict, len(passed.Lines))
	}
	// The end of the machine is no job's.
	if last := r.judge(errDeadline); last.Verdict != Passed {
		t.Errorf("after the machine's end the last job is %s", last.Verdict)
	}
}
