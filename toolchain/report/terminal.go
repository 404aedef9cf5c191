// Package report tells people and machines what a run is doing and what came of it.
package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"rex/toolchain/stage"
)

// heartbeat is how often a run without a terminal says that a long stage is still at work.
const heartbeat = time.Minute

// frame is how often the live lines of a terminal are drawn.
const frame = 150 * time.Millisecond

// Terminal reports to a person. On a terminal the stages at work have live lines below
// what has been said; elsewhere (a file, CI) there are plain lines only.
type Terminal struct {
	out   *os.File
	live  bool
	width func() int

	mu    sync.Mutex
	tasks []*task
	drawn int // live lines on the screen
	stop  chan struct{}
	ended sync.WaitGroup
}

// task is something at work: a stage or a download.
type task struct {
	name  string
	start time.Time
	said  time.Time // of the last heartbeat
	last  string    // last line of output
	bar   *progressbar.ProgressBar
}

// NewTerminal reports to out until Close.
func NewTerminal(out *os.File) *Terminal {
	t := &Terminal{
		out:  out,
		live: term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb" && os.Getenv("CI") == "",
		stop: make(chan struct{}),
	}
	t.width = func() int {
		if w, _, err := term.GetSize(int(out.Fd())); err == nil && w > 20 {
			return w
		}
		return 80
	}
	t.ended.Go(t.loop)
	return t
}

// Close ends the live lines.
func (t *Terminal) Close() {
	close(t.stop)
	t.ended.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
}

// Write lets the terminal stand in for os.Stdout: whole lines appear above the live ones.
func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	n, err := t.out.Write(p)
	if bytes.HasSuffix(p, []byte("\n")) {
		t.draw()
	}
	return n, err
}

// Printf says a line.
func (t *Terminal) Printf(format string, args ...any) {
	fmt.Fprintf(t, format+"\n", args...)
}

// Ask asks a yes-or-no question; without a terminal the answer is no.
func (t *Terminal) Ask(question string) bool {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return false
	}
	fmt.Fprintf(t, "%s [y/N] ", question)
	var answer string
	_, _ = fmt.Scanln(&answer)
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}

// Waiting implements stage.Observer.
func (t *Terminal) Waiting(s *stage.Stage, why string) {
	t.Printf("  %-14s waits: %s", s.Name, why)
}

// Damaged implements stage.Observer.
func (t *Terminal) Damaged(name, aside string) {
	t.Printf("! %-14s had changed since it was built; it was set aside (%s)", name, aside)
}

// Starved implements stage.Observer.
func (t *Terminal) Starved(s *stage.Stage, jobs int) {
	t.Printf("! %-14s memory was short: once more, with %d jobs", s.Name, jobs)
}

// Building implements stage.Observer.
func (t *Terminal) Building(s *stage.Stage, reason string) io.Writer {
	t.Printf("> %-14s %s (%s)", s.Name, s.Doc, reason)
	k := &task{name: s.Name, start: time.Now(), said: time.Now()}
	t.mu.Lock()
	t.tasks = append(t.tasks, k)
	t.mu.Unlock()
	return &lastLine{t: t, task: k}
}

// Done implements stage.Observer.
func (t *Terminal) Done(s *stage.Stage, took time.Duration, err error) {
	t.mu.Lock()
	t.tasks = slices.DeleteFunc(t.tasks, func(k *task) bool { return k.name == s.Name })
	t.mu.Unlock()
	if err == nil && took > 0 {
		t.Printf("✓ %-14s %s", s.Name, short(took))
	}
}

// Start follows a download of total bytes, or -1 if nobody knows; the caller
// writes the bytes and closes it.
func (t *Terminal) Start(name string, total int64) io.WriteCloser {
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(io.Discard), progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(20), progressbar.OptionSetDescription(name),
		progressbar.OptionUseIECUnits(true), progressbar.OptionSetPredictTime(true))
	k := &task{name: name, start: time.Now(), said: time.Now(), bar: bar}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tasks = append(t.tasks, k)
	return &download{t: t, task: k}
}

type download struct {
	t    *Terminal
	task *task
}

func (d *download) Write(p []byte) (int, error) { return d.task.bar.Write(p) }

func (d *download) Close() error {
	d.t.Printf("  %-14s fetched %s in %s", "", d.task.name, short(time.Since(d.task.start)))
	return d.CloseWithError(nil)
}

// CloseWithError ends a download that did not come to its end. Whoever asked for it says why.
func (d *download) CloseWithError(error) error {
	d.t.mu.Lock()
	defer d.t.mu.Unlock()
	d.t.tasks = slices.DeleteFunc(d.t.tasks, func(k *task) bool { return k == d.task })
	return nil
}

// lastLine remembers the last line written to it.
type lastLine struct {
	t    *Terminal
	task *task
	part []byte
}

func (l *lastLine) Write(p []byte) (int, error) {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	l.part = append(l.part, p...)
	if i := bytes.LastIndexByte(l.part, '\n'); i >= 0 {
		lines := bytes.Split(bytes.TrimRight(l.part[:i], "\n"), []byte("\n"))
		l.task.last = strings.TrimSpace(string(lines[len(lines)-1]))
		l.part = l.part[i+1:]
	}
	if len(l.part) > 4096 {
		l.part = nil
	}
	return len(p), nil
}

func (t *Terminal) loop() {
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-tick.C:
		}
		t.mu.Lock()
		if t.live {
			t.clear()
			t.draw()
		} else {
			t.beat()
		}
		t.mu.Unlock()
	}
}

// beat says once a minute that a stage is still at work.
func (t *Terminal) beat() {
	for _, k := range t.tasks {
		if time.Since(k.said) < heartbeat {
			continue
		}
		k.said = time.Now()
		fmt.Fprintf(t.out, "  %s\n", t.line(k, 100))
	}
}

// clear removes the live lines from the screen.
func (t *Terminal) clear() {
	if t.drawn > 0 {
		fmt.Fprintf(t.out, "\x1b[%dA\x1b[J", t.drawn)
		t.drawn = 0
	}
}

// draw puts a live line for each task on the screen.
func (t *Terminal) draw() {
	if !t.live {
		return
	}
	width := t.width()
	for _, k := range t.tasks {
		fmt.Fprintf(t.out, "\x1b[2m%s\x1b[0m\n", t.line(k, width-1))
		t.drawn++
	}
}

// line describes a task at work in at most width columns.
func (t *Terminal) line(k *task, width int) string {
	line := fmt.Sprintf("  %-14s %7s  %s", k.name, short(time.Since(k.start)), k.last)
	if k.bar != nil {
		line = "  " + strings.TrimSpace(strings.Trim(k.bar.String(), "\r"))
	}
	runes := []rune(strings.Map(printable, line))
	return string(runes[:min(len(runes), width)])
}

func printable(r rune) rune {
	if r < ' ' {
		return -1
	}
	return r
}

// short writes a duration as people say it: 3.2 s, 7 min 30 s.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}
