package command

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Usage is what a program and all that it has started took of the machine.
type Usage struct {
	CPU    time.Duration // in user and in kernel mode
	Memory int64         // bytes of their own, of all together: the most that a look every half a second has seen
}

// look is how often memory is looked at. A look reads two small files for each process of the machine.
const look = 500 * time.Millisecond

// observe watches the memory of process pid, and of its descendants, until the returned function is called, which returns the peak.
func observe(pid int) (peak func() int64) {
	var highest int64
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(look)
		defer tick.Stop()
		for {
			highest = max(highest, memoryOf(pid))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	return func() int64 {
		close(done)
		wg.Wait()
		return highest
	}
}

// memoryOf is how many bytes a process and its descendants have in memory, without what files have there, too (proc_pid_statm(5)).
func memoryOf(root int) int64 {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	parents := make(map[int]int, len(files))
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			if pid, parent, ok := parent(text); ok {
				parents[pid] = parent
			}
		}
	}
	var pages int64
	for pid := range parents {
		for p := pid; p != 0; p = parents[p] {
			if p == root {
				pages += own(pid)
				break
			}
		}
	}
	return pages * int64(os.Getpagesize())
}

// parent reads the process id and that of the parent from a line of /proc/PID/stat, in which the name may be anything.
func parent(stat []byte) (pid, parent int, ok bool) {
	opening, closing := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if opening < 1 || closing < opening {
		return 0, 0, false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(stat[:opening])))
	if err != nil {
		return 0, 0, false
	}
	var state string
	n, _ := fmt.Sscan(string(stat[closing+1:]), &state, &parent)
	return pid, parent, n == 2
}

// own is how many pages of a process no file has.
func own(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0 // it has ended
	}
	var size, resident, shared int64
	if n, _ := fmt.Sscan(string(text), &size, &resident, &shared); n != 3 {
		return 0
	}
	return max(0, resident-shared)
}
