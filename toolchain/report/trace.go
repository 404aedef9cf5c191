package report

import (
	"encoding/json"
	"io"
	"os"
	"sync"
	"time"

	"rex/toolchain/stage"
)

// Trace is an Observer that passes everything on and remembers when what was built: for Perfetto (ui.perfetto.dev) and what else reads
// the Trace Event Format.
type Trace struct {
	stage.Observer
	begin time.Time

	mu     sync.Mutex
	lanes  []*span // those that are being built, each in the lane of its number
	events []event
}

type span struct {
	stage  *stage.Stage
	reason string
	start  time.Time
}

// event is a complete one ("X"); times are in microseconds.
type event struct {
	Name      string            `json:"name"`
	Phase     string            `json:"ph"`
	Start     int64             `json:"ts"`
	Duration  int64             `json:"dur"`
	Process   int               `json:"pid"`
	Thread    int               `json:"tid"`
	Arguments map[string]string `json:"args,omitempty"`
}

// NewTrace begins a trace.
func NewTrace(next stage.Observer) *Trace { return &Trace{Observer: next, begin: time.Now()} }

// Building implements stage.Observer.
func (t *Trace) Building(s *stage.Stage, reason string) io.Writer {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := &span{s, reason, time.Now()}
	lane := 0
	for lane < len(t.lanes) && t.lanes[lane] != nil {
		lane++
	}
	if lane == len(t.lanes) {
		t.lanes = append(t.lanes, nil)
	}
	t.lanes[lane] = mine
	return t.Observer.Building(s, reason)
}

// Done implements stage.Observer.
func (t *Trace) Done(s *stage.Stage, took time.Duration, err error) {
	t.mu.Lock()
	for lane, open := range t.lanes {
		if open == nil || open.stage != s {
			continue
		}
		e := event{
			Name: s.Name, Phase: "X", Start: open.start.Sub(t.begin).Microseconds(), Duration: time.Since(open.start).Microseconds(), Process: 1, Thread: lane + 1,
			Arguments: map[string]string{"why": open.reason},
		}
		if err != nil {
			e.Arguments["error"] = err.Error()
		}
		t.events, t.lanes[lane] = append(t.events, e), nil
	}
	t.mu.Unlock()
	t.Observer.Done(s, took, err)
}

// Write writes the trace to a file, if anything was built.
func (t *Trace) Write(file string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.events) == 0 {
		return nil
	}
	text, err := json.Marshal(map[string]any{"traceEvents": t.events, "displayTimeUnit": "ms"})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
