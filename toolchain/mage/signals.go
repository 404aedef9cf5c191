package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// passSignals hands on what would end this process to those that it has started, and lets it wait for their end: they have a terminal
// to give back, and a machine to end.
func passSignals() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go func() {
		for s := range signals {
			if !pass(s.(syscall.Signal)) {
				os.Exit(128 + int(s.(syscall.Signal)))
			}
		}
	}()
}

// pass sends a signal to all children; false if there are none.
func pass(s syscall.Signal) bool {
	found := false
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(text)) {
			var pid int
			if _, err := fmt.Sscan(word, &pid); err == nil {
				found = syscall.Kill(pid, s) == nil || found
			}
		}
	}
	return found
}
