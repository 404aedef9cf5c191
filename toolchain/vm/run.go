package vm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"rex/toolchain/vm/guest"
)

// Expectation is a line that must come at least Times times.
type Expectation struct {
	Stream string
	Match  *regexp.Regexp
	Times  int
}

// Result is what came of a run.
type Result struct {
	Verdict  Verdict       `json:"verdict"`
	Reason   string        `json:"reason,omitempty"`   // one sentence
	Evidence []string      `json:"evidence,omitempty"` // the lines that prove it
	Accel    Accel         `json:"accel"`
	Booted   time.Duration `json:"booted_ns"` // from start to the agent's first word
	Took     time.Duration `json:"took_ns"`
	Console  string        `json:"console"`
	Status   int           `json:"status,omitempty"` // of a session's command, if the verdict is Passed
	Lines    []guest.Event `json:"lines"`            // output, at most maxKept lines

	Loading  time.Duration  `json:"loading_ns,omitempty"` // from the loader's start until it was ready, by the guest's clock
	Programs []guest.Loaded `json:"programs,omitempty"`   // that were loaded, if the job asks
}

// Bounds on the lines that a result keeps.
const (
	maxKept      = 10000
	maxKeptBytes = 16 << 20
	maxStory     = 40
)

// run is a run while it lasts.
type run struct {
	start   time.Time
	job     *guest.Job
	expect  []Expectation
	seen    func(guest.Event)
	memory  int               // MiB
	allow   func(string) bool // of lines that look like trouble; may be nil
	network bool              // the machine has a card

	mu     sync.Mutex
	host   *guest.Writer
	booted bool
	task
}

// task is what is known of a run's job; a machine may have several, one after the other.
type task struct {
	result  *Result
	judged  bool
	ended   chan struct{} // closed once the job is done
	kept    int           // bytes of the result's lines
	stopped bool          // the guest has been asked to end
	counts  []int
	ready   bool
	done    bool
	taint   uint64
	loader  *guest.Event // its exit
	trigger *guest.Event
	command *guest.Event // of a session
	panics  Panics
	story   []string // of extensions that panicked
	failure string   // of the agent or the connection
	user    map[string]int
	log     evidence // as the agent read it
	console evidence // as the console showed it, before the agent was done
	late    evidence // after that
}

// evidence are lines of the kernel's log, by what they tell of.
type evidence map[Verdict][]string

func (e evidence) add(line string) { e[symptom(line)] = append(e[symptom(line)], line) }

func (r *run) notBooted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.booted
}

// serve reads what the agent says until it hangs up.
func (r *run) serve(conn net.Conn) {
	events := guest.NewReader(conn)
	for {
		e, err := events.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, syscall.ECONNRESET) {
				r.mu.Lock()
				r.failure = err.Error()
				r.mu.Unlock()
			}
			return
		}
		r.mu.Lock()
		seen := r.seen
		r.mu.Unlock()
		if seen != nil {
			seen(e)
		}
		r.event(e)
	}
}

func (r *run) event(e guest.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case guest.Booted:
		r.booted = true
		r.result.Booted = time.Since(r.start)
	case guest.Ready:
		r.ready, r.result.Loading = true, e.Took
	case guest.Told:
		r.result.Programs = e.Programs
	case guest.Output:
		r.outputLine(e)
	case guest.Exited:
		meant := r.job.Loader.Status
		switch e.Stream {
		case guest.Command:
			r.command = &e
			return
		case guest.Loader:
			r.loader = &e
		default:
			r.trigger, meant = &e, r.job.Trigger.Status
		}
		if r.failed(&e, meant) {
			r.stop() // nothing good comes after it
		}
	case guest.Failed:
		r.failure = e.Line
	case guest.Done:
		if !r.done {
			close(r.ended)
		}
		r.done, r.taint = true, e.Taint
	}
	if len(r.expect) > 0 && r.met() && (r.trigger != nil || r.job.Trigger.Path == "") {
		r.stop()
	}
}

// outputLine looks at a line of output. The caller holds the lock.
func (r *run) outputLine(e guest.Event) {
	if e.Stream == guest.Stdout || e.Stream == guest.Stderr {
		return // somebody else's
	}
	if r.kept += len(e.Line); len(r.result.Lines) < maxKept && r.kept < maxKeptBytes {
		r.result.Lines = append(r.result.Lines, e)
	}
	stream := e.Stream
	if stream == guest.UserLog {
		// The console does not tell it from the kernel's own.
		r.user[e.Line]++
		stream = guest.KernelLog
	}
	for i, x := range r.expect {
		if x.Stream == stream && x.Match.MatchString(e.Line) {
			r.counts[i]++
		}
	}
	if e.Stream == guest.KernelLog && len(r.story) < maxStory {
		r.story = append(r.story, r.panics.Line(e.Line)...)
	}
	if e.Stream != guest.KernelLog || r.harmless(e.Line) {
		return
	}
	r.log.add(e.Line)
	if r.job.Session == nil {
		r.stop() // nothing good comes after it
	}
}

// harmless tells whether a line of the kernel's log tells of nothing, of something that is known to be none, or of an extension's
// panic that is meant to be.
func (r *run) harmless(line string) bool {
	switch symptom(line) {
	case Passed:
		return true
	case ExtensionPanicked:
		return r.job.Panics || slices.ContainsFunc(r.expect, func(x Expectation) bool { return x.Stream == guest.KernelLog && x.Match.MatchString(line) })
	}
	return r.allow != nil && r.allow(line)
}

// stop asks the guest to end. The caller holds the lock.
func (r *run) stop() {
	if !r.stopped && r.host != nil {
		_ = r.host.Ask(guest.Request{Kind: guest.Stop})
		r.stopped = true
	}
}

// met tells whether all has come that is expected. The caller holds the lock.
func (r *run) met() bool {
	for i, x := range r.expect {
		if r.counts[i] < x.Times {
			return false
		}
	}
	return true
}

// missing lists the expectations that are not met, each with what came in its stream that nothing expected. The caller holds the lock.
func (r *run) missing() []string {
	var missing []string
	shown := map[string]bool{}
	for i, x := range r.expect {
		if r.counts[i] >= x.Times {
			continue
		}
		missing = append(missing, fmt.Sprintf("expected in %s at least %d times, came %d times: %s", x.Stream, x.Times, r.counts[i], x.Match))
		if !shown[x.Stream] {
			shown[x.Stream] = true
			missing = append(missing, r.unexpected(x.Stream)...)
		}
	}
	return missing
}

// unexpected are the last lines of a stream that no expectation matches.
func (r *run) unexpected(stream string) []string {
	const most = 8
	var got []string
	for _, line := range r.output(stream, maxKept) {
		if !slices.ContainsFunc(r.expect, func(x Expectation) bool { return x.Stream == stream && x.Match.MatchString(line) }) {
			got = append(got, "       got: "+line)
		}
	}
	if len(got) == 0 {
		return []string{"       got: nothing else in " + stream}
	}
	return got[max(0, len(got)-most):]
}

// consoleLine looks at a line of the console, which speaks even when the agent can't.
func (r *run) consoleLine(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line = guest.Clean([]byte(line))
	switch {
	case r.harmless(line):
	case r.done:
		r.late.add(line)
	default:
		r.console.add(line)
	}
}

// kernel returns what the kernel itself has said of a kind. As long as the agent is there its word counts: programs can write to the
// console, and into the log, but not with the kernel's mark.
func (r *run) kernel(v Verdict) []string {
	if r.done {
		return append(slices.Clone(r.log[v]), r.late[v]...)
	}
	var lines []string
	for _, line := range r.console[v] {
		if text := timestamp.ReplaceAllString(line, ""); r.user[text] > 0 {
			r.user[text]--
			continue
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return r.log[v]
	}
	return lines
}

// newRun is a run that begins.
func (m *Machine) newRun(job *guest.Job, expect []Expectation, seen func(guest.Event)) *run {
	r := &run{memory: m.memory(), allow: m.Allow, task: task{result: &Result{Accel: m.Accel, Console: m.Console}}}
	r.begin(job, expect, seen)
	return r
}

// judge weighs the facts, the gravest first. qemuErr is how QEMU ended: errDeadline if it was made to.
func (r *run) judge(qemuErr error) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	res := r.result
	if r.judged {
		return res
	}
	r.judged = true
	res.Took = time.Since(r.start)
	set := func(v Verdict, reason string, evidence ...string) *Result {
		res.Verdict, res.Reason, res.Evidence = v, reason, evidence
		return res
	}
	missing := r.missing()
	panics, splats, memory, extension := r.kernel(KernelPanic), r.kernel(Splat), r.kernel(OutOfMemory), r.kernel(ExtensionPanicked)
	died := qemuErr != nil && !errors.Is(qemuErr, errDeadline)
	if r.job.Session != nil {
		// The command's own status says more than what the kernel survives.
		memory, extension = nil, nil
		if r.command != nil && r.command.Code != 0 {
			splats, r.taint = nil, 0
		}
	}
	switch {
	case !r.booted && len(panics) > 0:
		return set(BootFailure, "the kernel panicked before the agent ran", append(splats, panics...)...)
	case !r.booted && died:
		return set(MachineFailed, "QEMU ended before the guest had booted", tailOf(res.Console, 10, qemuErr)...)
	case !r.booted:
		return set(BootFailure, "the agent never reported", tailOf(res.Console, 10, nil)...)
	case len(memory) > 0:
		return set(OutOfMemory, fmt.Sprintf("the guest's %d MiB were not enough", r.memory), append(memory, panics...)...)
	case len(panics) > 0:
		return set(KernelPanic, "the kernel panicked", append(splats, panics...)...)
	case len(splats) > 0:
		return set(Splat, "the kernel reported trouble", splats...)
	case r.taint&badTaint != 0:
		return set(Splat, fmt.Sprintf("the kernel is tainted: %#x", r.taint))
	case len(extension) > 0:
		reason := "an extension panicked, and the kernel ended it"
		if strings.Contains(extension[0], timedOut) {
			reason = "an extension ran for too long, as in an endless loop, and the kernel ended it where the stack says"
		}
		if len(r.story) > 0 {
			extension = r.story
		}
		return set(ExtensionPanicked, reason, extension...)
	case !r.done && died:
		return set(MachineFailed, "QEMU ended while the guest was at work", tailOf(res.Console, 5, qemuErr)...)
	case r.failure != "":
		return set(AgentFailed, r.failure, tailOf(res.Console, 5, nil)...)
	case r.done && r.job.Session != nil && r.command == nil:
		return set(AgentFailed, "the command never ended", tailOf(res.Console, 5, nil)...)
	case !r.done && qemuErr == nil:
		return set(PoweredOff, "the guest was switched off before its programs had ended", append(missing, tailOf(res.Console, 5, nil)...)...)
	case !r.done:
		return set(Hung, "the guest did not end in time, though it was told to", append(missing, tailOf(res.Console, 5, nil)...)...)
	case r.job.Session != nil:
		res.Status = r.command.Code
	case r.failed(r.loader, r.job.Loader.Status) && !r.ready:
		return set(LoadRefused, "the loader ended before it was ready: "+r.loader.Line, r.output(guest.Loader, 20)...)
	case r.failed(r.trigger, r.job.Trigger.Status):
		return set(TriggerFailed, "the trigger failed: "+ending(r.trigger, r.job.Trigger.Status), r.output(guest.Trigger, 20)...)
	case r.failed(r.loader, r.job.Loader.Status):
		return set(LoaderFailed, "the loader failed after it was ready: "+ending(r.loader, r.job.Loader.Status), r.output(guest.Loader, 20)...)
	case !r.ready && r.job.Ready != "" && r.loader != nil && !r.loader.Stopped:
		return set(LoadRefused, "the loader ended without saying that it was ready", r.output(guest.Loader, 20)...)
	case !r.ready && r.job.Ready != "":
		return set(TimedOut, "the loader never said that it was ready", r.output(guest.Loader, 20)...)
	case len(missing) > 0 && r.loader != nil && !r.loader.Stopped && (r.trigger != nil || r.job.Trigger.Path == ""):
		return set(ExpectationMissed, "not all that was expected came", missing...)
	case len(missing) > 0:
		return set(TimedOut, "time was up before all that was expected had come", missing...)
	}
	return set(Passed, "")
}

// failed tells whether a program ended by itself with another status than the one that is meant to be.
func (r *run) failed(exit *guest.Event, meant int) bool {
	return exit != nil && exit.Code != meant && !exit.Stopped
}

// ending says how a program ended.
func ending(exit *guest.Event, meant int) string {
	line := exit.Line
	if line == "" {
		line = fmt.Sprintf("exit status %d", exit.Code)
	}
	if meant != 0 {
		line += fmt.Sprintf(", and %d is meant to be", meant)
	}
	return line
}

// output returns the last lines of a stream.
func (r *run) output(stream string, n int) []string {
	var lines []string
	for _, e := range r.result.Lines {
		if e.Stream == stream {
			lines = append(lines, e.Line)
		}
	}
	return lines[max(0, len(lines)-n):]
}

// tailOf returns the last lines of the console log, and QEMU's own complaint if there was one.
func tailOf(console string, n int, qemuErr error) []string {
	text, _ := os.ReadFile(console)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	lines = lines[max(0, len(lines)-n):]
	if qemuErr != nil {
		lines = append(lines, "qemu: "+qemuErr.Error())
	}
	return lines
}

// Err says what went wrong, with the lines that prove it and where to look; nil if nothing did.
func (r *Result) Err() error {
	if r.Verdict == Passed {
		return nil
	}
	evidence := ""
	for _, line := range r.Evidence {
		evidence += "\n  " + line
	}
	return fmt.Errorf("%s: %s%s\n%s; console: %s", r.Verdict, r.Reason, evidence, r.Verdict.Look(), r.Console)
}

// WriteJSON writes the result for machines.
func (r *Result) WriteJSON(path string) error {
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
