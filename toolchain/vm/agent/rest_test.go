package main

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	for text, want := range map[string]stat{
		"48 (loader) S 1 47 47 0 -1 4194560 96 0 0 0 1 2 3 4 20 0":      {"S", 47, 10},
		"48 (a) R 9 9 (b) D 1 47 47 0 -1 4194560 96 0 0 0 0 0 0 0 20 0": {"D", 47, 0},
		"48 (loader) R 1 47": {},
		"48 (loader) S 1 47 47 0 -1 4194560 96 0 0 0 1 2 3 x 20 0": {},
		"": {},
	} {
		if s, ok := parseStat(text); ok != (want != stat{}) || ok && s != want {
			t.Errorf("parseStat(%q) = %+v, %v; want %+v", text, s, ok, want)
		}
	}
}

// A loader that is at work for a while is not taken for ready before.
func TestAwaitRest(t *testing.T) {
	for name, command := range map[string]string{
		"itself":  "end=$(($(date +%s%N) + 1500000000)); while [ $(date +%s%N) -lt $end ]; do :; done; sleep 60",
		"a child": "(i=0; end=$(($(date +%s%N) + 1500000000)); while [ $(date +%s%N) -lt $end ]; do :; done; sleep 60) & sleep 60",
		"ends":    "end=$(($(date +%s%N) + 1500000000)); while [ $(date +%s%N) -lt $end ]; do :; done",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("sh", "-c", command)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() { _ = cmd.Wait() }()
			defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
			start := time.Now()
			awaitRest(cmd.Process.Pid)
			if took := time.Since(start); took < 1500*time.Millisecond+settle || took >= restless {
				t.Errorf("at rest after %v", took)
			}
		})
	}
}
