package stage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"

	"rex/toolchain/jobserver"
	"rex/toolchain/store"
)

// executeWithin is execute, and once more with half the jobs if the kernel has killed something for want of memory meanwhile.
func (r *Runner) executeWithin(ctx context.Context, s *Stage, key string, sources []Source, b *Build) error {
	kills := r.Kills
	if kills == nil {
		kills = memoryKills
	}
	before := kills()
	err := r.execute(ctx, s, key, sources, b)
	if err == nil || ctx.Err() != nil || kills() == before {
		return err
	}
	err = fmt.Errorf("%w\n(memory was short: the kernel has killed a process meanwhile)", err)
	if b.Pool.Size() == 1 {
		return err
	}
	fewer, perr := jobserver.New(b.Pool.Size() / 2)
	if perr != nil {
		return errors.Join(err, perr)
	}
	defer fewer.Close()
	if err := errors.Join(os.RemoveAll(b.Out), os.Mkdir(b.Out, 0o755)); err != nil {
		return err
	}
	again := *b
	again.Pool = fewer
	r.Observer.Starved(s, fewer.Size())
	err = r.execute(ctx, s, key, sources, &again)
	b.Usage = again.Usage
	if err != nil {
		return fmt.Errorf("%w\n(memory was short: it was tried with %d jobs and with %d; the machine needs more memory, or swap)", err, b.Pool.Size(), fewer.Size())
	}
	return nil
}

// memoryKills is how many processes the kernel has killed for want of memory since it booted (oom_kill in /proc/vmstat).
func memoryKills() int64 {
	text, _ := os.ReadFile("/proc/vmstat")
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
			kills, _ := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
			return kills
		}
	}
	return 0
}

// room is the memory that stages which are built side by side have together.
type room struct {
	mu      sync.Mutex
	limit   int64         // as it was when the first of them began
	taken   int64         // what they are expected to take
	inside  int           // how many they are
	changed chan struct{} // closed when one ends
}

// byAnother is why a stage waits for another process.
const byAnother = "another process is building it"

// take waits until there is room for a stage that is expected to take some bytes, and returns what gives them back. One alone always has
// room: it cannot get more by waiting.
func (r *room) take(ctx context.Context, limit func() int64, bytes int64, waiting func(why string)) (give func(), err error) {
	said := false
	for {
		r.mu.Lock()
		if r.inside == 0 {
			r.limit, r.taken = limit(), 0
		}
		if r.inside == 0 || r.taken+bytes <= r.limit {
			if r.changed == nil {
				r.changed = make(chan struct{})
			}
			r.inside++
			r.taken += bytes
			r.mu.Unlock()
			return func() { r.give(bytes) }, nil
		}
		why := fmt.Sprintf("it takes %d MB of memory; %d of %d MB are for what is being built", bytes>>20, r.taken>>20, r.limit>>20)
		changed := r.changed
		r.mu.Unlock()
		if !said {
			waiting(why)
			said = true
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-changed:
		}
	}
}

func (r *room) give(bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside--
	r.taken -= bytes
	close(r.changed)
	r.changed = make(chan struct{})
}

// expected is how many bytes a stage takes by the last of its results that knows; 0 if none does.
func expected(results []*store.Result) int64 {
	for _, last := range results {
		if last.Memory > 0 {
			return last.Memory
		}
	}
	return 0
}

// limit is how many bytes stages may take that are built side by side.
func (r *Runner) limit() int64 {
	if r.Memory != nil {
		return r.Memory()
	}
	return AvailableMemory()
}

// AvailableMemory is how many bytes of memory this machine has for new programs (MemAvailable in proc_meminfo(5)).
func AvailableMemory() int64 {
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		var kB int64
		if _, err := fmt.Sscanf(line, "MemAvailable: %d kB", &kB); err == nil {
			return kB << 10
		}
	}
	return math.MaxInt64
}
