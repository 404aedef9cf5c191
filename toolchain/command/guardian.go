package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The guardian is a second process of the same program that outlives a SIGKILL of
// the first: it is told of every process group through a pipe, and when the
// pipe closes it ends those that are left. PR_SET_PDEATHSIG alone reaches the
// direct child only, and a build tool's compilers would go on.
const guardianEnv = "REX_COMMAND_GUARDIAN"

var guardian struct {
	once sync.Once
	mu   sync.Mutex
	pipe io.Writer
}

func init() {
	if os.Getenv(guardianEnv) != "" {
		guard(os.Stdin)
		os.Exit(0)
	}
}

// guard reads lines "+<group>" and "-<group>" until the pipe closes.
func guard(r io.Reader) {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	groups := map[int]bool{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		group, err := strconv.Atoi(strings.TrimLeft(lines.Text(), "+-"))
		if err != nil || group <= 1 {
			continue
		}
		if strings.HasPrefix(lines.Text(), "+") {
			groups[group] = true
		} else {
			delete(groups, group)
		}
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		alive := false
		for group := range groups {
			alive = syscall.Kill(-group, sig) == nil || alive
		}
		if !alive {
			return
		}
		time.Sleep(grace)
	}
}

// watch tells the guardian that a group has started, and the returned function that it has ended.
func watch(group int) (ended func()) {
	guardian.once.Do(func() {
		self, err := os.Executable()
		if err != nil {
			return
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), guardianEnv+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		pipe, err := cmd.StdinPipe()
		if err != nil || cmd.Start() != nil {
			return // without a guardian there is still the death signal
		}
		guardian.pipe = pipe
	})
	tell := func(sign string) {
		guardian.mu.Lock()
		defer guardian.mu.Unlock()
		if guardian.pipe != nil {
			fmt.Fprintf(guardian.pipe, "%s%d\n", sign, group)
		}
	}
	tell("+")
	return func() { tell("-") }
}

// ErrOrphaned is the cause of a context whose process has lost the one that started it.
var ErrOrphaned = errors.New("the program that started this run is gone")

// WithParents returns a context that ends when an ancestor in this process's own group
// dies: a wrapper such as "go tool mage" that is killed takes the work with it.
func WithParents(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	var wrappers []int
	for pid := os.Getppid(); pid > 1; {
		parent, group, ok := lineage(pid)
		if !ok || group != syscall.Getpgrp() {
			break
		}
		wrappers = append(wrappers, pid)
		pid = parent
	}
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for _, pid := range wrappers {
				if _, group, ok := lineage(pid); !ok || group != syscall.Getpgrp() {
					cancel(ErrOrphaned)
					return
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

// lineage reads a live process's parent and group from /proc/PID/stat (proc(5)).
func lineage(pid int) (parent, group int, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, false
	}
	// The name before ')' may hold anything.
	var state string
	rest := string(b[strings.LastIndexByte(string(b), ')')+1:])
	if _, err := fmt.Sscan(rest, &state, &parent, &group); err != nil || state == "Z" || state == "X" {
		return 0, 0, false
	}
	return parent, group, true
}
