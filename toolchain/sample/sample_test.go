package sample

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpen(t *testing.T) {
	dir := folder(t, map[string]string{
		"hello/Cargo.toml": "", "hello/sample.toml": `
description = "says hello"
ready = "attached"
trigger = ["./trigger", "3"]
timeout = "5s"
[[expect]]
in = "trace"
match = 'PID \d+'
times = 3
[[expect]]
in = "kernel-log"
match = 'rex: '
`,
		"plain/Cargo.toml": "", "plain/event-trigger.c": "",
	})
	s, err := Open(dir, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if s.Timeout != 5*time.Second || len(s.Trigger) != 2 || len(s.Expect) != 2 || s.Expect[0].Times != 3 || s.Expect[1].Times != 1 || s.Loader[0] != "./loader" {
		t.Errorf("got %+v", s)
	}
	if s, err = Open(dir, "plain"); err != nil || s.Trigger[0] != "./event-trigger" || len(s.Expect) != 0 {
		t.Errorf("without sample.toml: %+v, %v", s, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"unknown field":     {"trigered = []", "trigered"},
		"no toml":           {"timeout = ", "line 1"},
		"no duration":       {`timeout = "soon"`, "no duration"},
		"no stream":         {"[[expect]]\nin = \"stdout\"\nmatch = \"x\"", "trace, kernel-log, loader or trigger"},
		"no pattern":        {"[[expect]]\nin = \"trace\"\nmatch = \"(\"", "expect 1"},
		"cannot fail":       {"[[expect]]\nin = \"trace\"\nmatch = \".*\"", "cannot fail"},
		"cannot fail empty": {"[[expect]]\nin = \"trace\"", "cannot fail"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"x/Cargo.toml": "", "x/sample.toml": test.text})
			if _, err := Open(dir, "x"); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "sample.toml") {
				t.Errorf("got %v; want an error of sample.toml with %q", err, test.want)
			}
		})
	}
}

func TestOpenUnknownListsSamples(t *testing.T) {
	dir := folder(t, map[string]string{"hello/Cargo.toml": "", "panic/Cargo.toml": ""})
	_, err := Open(dir, "helo")
	if err == nil || !strings.Contains(err.Error(), "hello, panic") {
		t.Errorf("got %v; want the list of samples", err)
	}
}
