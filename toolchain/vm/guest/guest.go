// Package guest is what the host and the agent inside a VM say to each other: JSON lines
// over a virtio port. The host gives a Job, the agent answers with Events, and the host may
// say Stop at any time.
package guest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Port is the name of the virtio port.
const Port = "rex.agent"

// Where the initramfs holds the job, and the certificate (X.509, DER) of who may sign extensions.
const (
	JobFile         = "/job.json"
	CertificateFile = "/extensions.x509"
)

// Job is what a VM does before it powers off.
type Job struct {
	// Shell asks for a shell on the console instead of programs.
	Shell bool `json:"shell,omitempty"`
	// Dir is the working folder of the programs.
	Dir string `json:"dir"`
	// Loader is started first. It is told to end with SIGINT when all is done.
	Loader []string `json:"loader"`
	// Ready is a regular expression: once a line of the loader matches, the trigger runs. Empty: it
	// runs a moment after the loader has started.
	Ready string `json:"ready,omitempty"`
	// Trigger runs once; may be empty.
	Trigger []string `json:"trigger,omitempty"`
	// Timeout bounds it all.
	Timeout time.Duration `json:"timeout"`
}

// Kind tells events apart.
type Kind string

const (
	Booted Kind = "booted" // the agent is at work
	Output Kind = "output" // Stream, Line
	Ready  Kind = "ready"  // the loader is
	Exited Kind = "exited" // Stream is loader or trigger; Code, or -1 and Line says why
	Failed Kind = "failed" // the agent itself could not go on: Line
	Done   Kind = "done"   // the last one; Taint
)

// Streams of output; sample.Stream has the same values.
const (
	Trace     = "trace"
	KernelLog = "kernel-log"
	Loader    = "loader"
	Trigger   = "trigger"
)

// Event is something that happened in the guest.
type Event struct {
	Kind   Kind   `json:"kind"`
	Stream string `json:"stream,omitempty"`
	Line   string `json:"line,omitempty"`
	Code   int    `json:"code,omitempty"`
	Taint  uint64 `json:"taint,omitempty"`
}

// Stop is the line by which the host ends a job early.
const Stop = "stop"

// maxLine bounds a message: a guest is not trusted.
const maxLine = 1 << 20

// Reader reads events that a guest sent.
type Reader struct{ lines *bufio.Scanner }

// NewReader reads from r.
func NewReader(r io.Reader) *Reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	return &Reader{lines}
}

// Next returns the next event; io.EOF at the end; an error for what is no event.
func (r *Reader) Next() (Event, error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil {
			return Event{}, fmt.Errorf("guest message: %w", err)
		}
		return Event{}, io.EOF
	}
	var e Event
	if err := json.Unmarshal(r.lines.Bytes(), &e); err != nil {
		return Event{}, fmt.Errorf("guest message: %w: %.80q", err, r.lines.Text())
	}
	switch e.Kind {
	case Booted, Output, Ready, Exited, Failed, Done:
	default:
		return Event{}, fmt.Errorf("guest message: unknown kind %.20q", e.Kind)
	}
	// Guests choose the text; terminals must not obey it.
	e.Line = strings.Map(printable, e.Line)
	return e, nil
}

func printable(r rune) rune {
	if r == '\t' || r >= ' ' && r != 0x7f {
		return r
	}
	return -1
}
