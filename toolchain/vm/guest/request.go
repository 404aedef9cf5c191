package guest

import (
	"bufio"
	"fmt"
	"io"
)

// RequestKind tells requests apart.
type RequestKind string

const (
	Stop   RequestKind = "stop"   // end the job early
	Input  RequestKind = "input"  // Data is for the command
	EndOf  RequestKind = "end"    // of the input
	Resize RequestKind = "resize" // the terminal has Rows and Columns
	Begin  RequestKind = "begin"  // Job is one that was awaited
)

// Window is how many bytes of input may be on their way to a command that has not read them: what controls it is never stuck behind
// what it does not read.
const Window = 256 << 10

// Request is what the host asks of the agent while a job runs.
type Request struct {
	Kind RequestKind `json:"kind"`
	Data []byte      `json:"-"`
	Size int         `json:"size,omitempty"` // of Data, on the wire
	Job  *Job        `json:"job,omitempty"`
	TerminalSize
}

// TerminalSize is that of a terminal, in characters.
type TerminalSize struct {
	Rows    uint16 `json:"rows,omitempty"`
	Columns uint16 `json:"columns,omitempty"`
}

// Ask sends a request. Data has up to MaxChunk bytes.
func (w *Writer) Ask(r Request) error {
	r.Size = len(r.Data)
	return w.send(r, r.Data)
}

// RequestReader reads requests.
type RequestReader struct{ in *bufio.Reader }

// NewRequestReader reads from r.
func NewRequestReader(r io.Reader) *RequestReader {
	return &RequestReader{bufio.NewReaderSize(r, maxHeader)}
}

// Next returns the next request; io.EOF at the end; an error for what is none.
func (r *RequestReader) Next() (Request, error) {
	var q Request
	if err := header(r.in, &q); err != nil {
		return Request{}, err
	}
	switch {
	case q.Kind != Stop && q.Kind != Input && q.Kind != EndOf && q.Kind != Resize && q.Kind != Begin:
		return Request{}, fmt.Errorf("request: unknown kind %.20q", q.Kind)
	case (q.Kind == Begin) != (q.Job != nil), q.Job != nil && len(q.Job.Files) == 0:
		return Request{}, fmt.Errorf("request: %s; one to begin has a job, and no other", q.Kind)
	case q.Size < 0 || q.Size > MaxChunk || q.Size > 0 && q.Kind != Input:
		return Request{}, fmt.Errorf("request: %s with %d bytes; input has up to %d", q.Kind, q.Size, MaxChunk)
	}
	if q.Size > 0 {
		q.Data = make([]byte, q.Size)
		if _, err := io.ReadFull(r.in, q.Data); err != nil {
			return Request{}, fmt.Errorf("request: input: %w", err)
		}
	}
	return q, nil
}
