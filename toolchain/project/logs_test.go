package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLogs(t *testing.T) {
	dir := t.TempDir()
	now := time.Now().Truncate(time.Second)
	for name, age := range map[string]time.Duration{
		"kernel.log": 3 * time.Hour, "sample-hello.log": time.Minute, "run-hello-console.log": 2 * time.Minute, "watch-mine-console.log": time.Second,
		"sample-mine.log": time.Hour, "run-hello.log.json": 0,
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"kernel": "kernel.log", "hello": "sample-hello.log", "run-hello": "run-hello-console.log", "mine": "watch-mine-console.log", "sample-mine": "sample-mine.log",
	} {
		if got, err := lastLog(dir, name); err != nil || filepath.Base(got) != want {
			t.Errorf("%s: got %s, %v; want %s", name, got, err, want)
		}
	}
	if _, err := lastLog(dir, "hallo"); err == nil || !strings.Contains(err.Error(), "`mage logs` lists") {
		t.Errorf("got %v; want what to do", err)
	}
	var out strings.Builder
	if err := listLogs(dir, now, &out); err != nil {
		t.Fatal(err)
	}
	want := "          1s ago  watch-mine-console\n        1m0s ago  sample-hello\n        2m0s ago  run-hello-console\n      1h0m0s ago  sample-mine\n      3h0m0s ago  kernel\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
