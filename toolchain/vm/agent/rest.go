package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A loader that says nothing when it is ready is taken for ready once it has come to rest: whenever it was looked at for a while,
// its processes have only waited. One that never does is taken for ready after restless.
const (
	glance   = 50 * time.Millisecond
	restless = 10 * time.Second
)

// awaitRest returns once a process group is at rest.
func awaitRest(group int) {
	end, before := time.Now().Add(restless), 0
	// Looks are counted: on a machine that is busy with others, time alone says little.
	for looks := 0; looks < int(settle/glance) && time.Now().Before(end); looks++ {
		time.Sleep(glance)
		if used, active := activity(group); active || used != before {
			looks, before = -1, used
		}
	}
}

// activity returns the processor time, in ticks, that the processes of a group and the children they have waited for have used, and whether one
// is at work: it runs, or waits for the kernel as one that loads a program may.
func activity(group int) (used int, active bool) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		if s, ok := parseStat(string(text)); ok && s.group == group {
			used += s.ticks
			active = active || strings.ContainsAny(s.state, "RD")
		}
	}
	return used, active
}

// stat is what concerns us of /proc/PID/stat (proc_pid_stat(5)).
type stat struct {
	state        string
	group, ticks int
}

// parseStat reads such a line. The name, which is in brackets, may hold anything.
func parseStat(text string) (s stat, ok bool) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return s, false
	}
	var err error
	s.state = fields[0]
	if s.group, err = strconv.Atoi(fields[2]); err != nil {
		return s, false
	}
	for _, field := range fields[11:15] { // its own in user space and in the kernel, its children's
		n, err := strconv.Atoi(field)
		if err != nil {
			return s, false
		}
		s.ticks += n
	}
	return s, true
}
