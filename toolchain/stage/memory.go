package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"rex/toolchain/jobserver"
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
	if err := r.execute(ctx, s, key, sources, &again); err != nil {
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
