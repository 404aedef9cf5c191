// Package guest is what the host and the agent inside a VM say to each other over a virtio port. The host gives a Job, the agent
// answers with Events, and the host may send Requests at any time.
//
// An event, as a request, is a line of JSON. What a program has written, or is to read, follows the line as it is, as many bytes as
// the line says: whatever it holds, it is never taken for an event.
package guest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
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
	// Session asks for a command that somebody works with, instead of the programs below.
	Session *Session `json:"session,omitempty"`
	// Awaits says that jobs come later, as Begin requests, one after the other.
	Awaits bool `json:"awaits,omitempty"`
	// Dir is the working folder of the programs.
	Dir string `json:"dir"`
	// Files, of a job that came later, are the folders below the share ResultsTag that Dir shows as one: the first, and on it files of the
	// others; what is written there stays in the guest.
	Files []string `json:"files,omitempty"`
	// Veths are made before anything is started.
	Veths []Veth `json:"veths,omitempty"`
	// Root, if not empty, is the tag of a share with programs and libraries, which are put where those look for each other.
	Root string `json:"root,omitempty"`
	// Network sets up the card.
	Network bool `json:"network,omitempty"`
	// Loader is started first. It is told to end with SIGINT when all is done, and with Interrupt once the trigger has ended: it says then
	// what it has to say.
	Loader    Program `json:"loader"`
	Interrupt bool    `json:"interrupt,omitempty"`
	// Ready is a regular expression: once a line of the loader matches, the trigger runs. Empty: it
	// runs once the loader waits, or has ended.
	Ready string `json:"ready,omitempty"`
	// Trigger runs once; may be none.
	Trigger Program `json:"trigger,omitzero"`
	// Panics says that extensions may panic.
	Panics bool `json:"panics,omitempty"`
	// Tell asks what programs were loaded, and Count how often they run and for how long.
	Tell  bool `json:"tell,omitempty"`
	Count bool `json:"count,omitempty"`
	// Timeout bounds it all.
	Timeout time.Duration `json:"timeout"`
}

// Program is one that a job runs.
type Program struct {
	Path      string   `json:"path"` // as in exec.Command; empty: there is none
	Args      []string `json:"args,omitempty"`
	Status    int      `json:"status,omitempty"`    // with which it is meant to end
	Namespace string   `json:"namespace,omitempty"` // of the network; empty for the machine's own
}

// Given tells whether there is more than a path to it, which may be found.
func (p Program) Given() bool { return len(p.Args) > 0 || p.Status != 0 || p.Namespace != "" }

// Line is its command line.
func (p Program) Line() []string { return append([]string{p.Path}, p.Args...) }

// Veth is a pair of virtual Ethernet devices (veth(4)): one is the machine's own, the other one is eth0 of a network namespace of that name,
// which /run/netns has as ip-netns(8) does.
type Veth struct {
	Name      string `json:"name"` // of the machine's own
	Address   string `json:"address"`
	Namespace string `json:"namespace"`
	Peer      string `json:"peer"` // address of the other one, from where all that is sent goes to this one
}

// Kind tells events apart.
type Kind string

const (
	Booted Kind = "booted" // the agent is at work
	Output Kind = "output" // Stream, Line
	Ready  Kind = "ready"  // the loader is; Took
	Exited Kind = "exited" // Stream is loader, trigger or command; Code, or -1 and Line says why; Stopped
	Taken  Kind = "taken"  // Size bytes of the input have reached the command
	Told   Kind = "told"   // Programs that were loaded
	Failed Kind = "failed" // the agent itself could not go on: Line
	Done   Kind = "done"   // the last one; Taint
)

// Streams of output; sample.Stream has the same values, but for UserLog.
const (
	Trace     = "trace"
	KernelLog = "kernel-log" // what the kernel itself has logged
	UserLog   = "user-log"   // what programs have written to the kernel's log
	Loader    = "loader"
	Trigger   = "trigger"
	Command   = "command" // of a session: it exits
	Stdout    = "stdout"  // of a session: its output comes as it is, in Data
	Stderr    = "stderr"
)

// Event is something that happened in the guest.
type Event struct {
	Kind    Kind   `json:"kind"`
	Stream  string `json:"stream,omitempty"`
	Line    string `json:"line,omitempty"`
	Code    int    `json:"code,omitempty"`
	Stopped bool   `json:"stopped,omitempty"` // the agent had told it to end
	Taint   uint64 `json:"taint,omitempty"`
	Data    string `json:"-"`
	// Took is how long it was since the loader was started, by the guest's clock.
	Took     time.Duration `json:"took,omitempty"`
	Programs []Loaded      `json:"programs,omitempty"`
	// On the wire Output has neither Line nor Data: Size bytes follow, and End says that a line is to end with them.
	Size int  `json:"size,omitempty"`
	End  bool `json:"end,omitempty"`
}

// Loaded is what the kernel knows of a program of eBPF or Rex.
type Loaded struct {
	Name     string `json:"name"`
	Verified int    `json:"verified,omitempty"` // instructions that the verifier has gone through; 0 for Rex
	Code     int    `json:"code,omitempty"`     // bytes of machine code; of Rex, of its entry alone
	Memory   int    `json:"memory,omitempty"`   // bytes that are its own
	Image    int    `json:"image,omitempty"`    // bytes of the image that it shares with others; 0 for eBPF
	Runs     int    `json:"runs,omitempty"`
	Time     int    `json:"time,omitempty"` // of all runs, in ns
}

// A guest is not trusted: bounds, in bytes.
const (
	maxHeader = 64 << 10
	MaxChunk  = 64 << 10 // of output at a time
)

// Writer is the sending end, of either side. It may be used by several goroutines.
type Writer struct {
	mu sync.Mutex
	w  io.Writer
}

// NewWriter writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Send sends an event other than Output.
func (w *Writer) Send(e Event) error { return w.send(e, nil) }

// Output sends a piece of a stream, up to MaxChunk bytes; end means that a line ends with it.
func (w *Writer) Output(stream string, piece []byte, end bool) error {
	return w.send(Event{Kind: Output, Stream: stream, Size: len(piece), End: end}, piece)
}

func (w *Writer) send(header any, piece []byte) error {
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err = w.w.Write(append(append(text, '\n'), piece...))
	return err
}

// Reader reads events that a guest sent.
type Reader struct {
	in      *bufio.Reader
	streams map[string]*Lines
	queue   []Event
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, maxHeader), streams: map[string]*Lines{}}
}

// Next returns the next event; io.EOF at the end; an error for what is no event. Output comes line by line, cleaned: a guest
// chooses the text, and terminals must not obey it.
func (r *Reader) Next() (Event, error) {
	for len(r.queue) == 0 {
		if err := r.read(); err != nil {
			return Event{}, err
		}
	}
	e := r.queue[0]
	r.queue = r.queue[1:]
	return e, nil
}

// header reads a line of JSON; io.EOF if none begins.
func header(in *bufio.Reader, into any) error {
	text, err := in.ReadSlice('\n')
	if err == io.EOF && len(text) == 0 {
		return io.EOF
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("guest message: %w: %.80q", err, text)
	}
	return nil
}

// read reads a header, and the output that follows.
func (r *Reader) read() error {
	var e Event
	if err := header(r.in, &e); err != nil {
		return err
	}
	switch e.Kind {
	case Output:
		return r.output(e)
	case Booted, Ready, Exited, Told, Failed, Done:
	case Taken:
		if e.Size < 0 || e.Size > Window {
			return fmt.Errorf("guest message: %d bytes of input taken; up to %d are on their way", e.Size, Window)
		}
	default:
		return fmt.Errorf("guest message: unknown kind %.20q", e.Kind)
	}
	e.Line = Clean([]byte(e.Line))
	for i := range e.Programs {
		e.Programs[i].Name = Clean([]byte(e.Programs[i].Name))
	}
	r.queue = append(r.queue, e)
	return nil
}

func (r *Reader) output(e Event) error {
	lines := r.streams[e.Stream]
	switch {
	case e.Size < 0 || e.Size > MaxChunk:
		return fmt.Errorf("guest message: %d bytes of output; up to %d come at a time", e.Size, MaxChunk)
	case e.Stream == Stdout || e.Stream == Stderr:
		data := make([]byte, e.Size)
		if _, err := io.ReadFull(r.in, data); err != nil {
			return fmt.Errorf("guest message: output of %s: %w", e.Stream, err)
		}
		r.queue = append(r.queue, Event{Kind: Output, Stream: e.Stream, Data: string(data)})
		return nil
	case lines == nil && !slices.Contains([]string{Trace, KernelLog, UserLog, Loader, Trigger}, e.Stream):
		return fmt.Errorf("guest message: unknown stream %.20q", e.Stream)
	case lines == nil:
		lines = &Lines{Each: func(line string) {
			r.queue = append(r.queue, Event{Kind: Output, Stream: e.Stream, Line: line})
		}}
		r.streams[e.Stream] = lines
	}
	if _, err := io.CopyN(lines, r.in, int64(e.Size)); err != nil {
		return fmt.Errorf("guest message: output of %s: %w", e.Stream, err)
	}
	if e.End {
		lines.End()
	}
	return nil
}
