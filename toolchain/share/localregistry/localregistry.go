// Package localregistry starts a registry on this machine, to measure and to test with.
package localregistry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long a registry may take to come up.
const patience = 20 * time.Second

// Start starts program, which toolchain/share/registry is the source of, with its files in dir, and returns where it listens, "127.0.0.1:port",
// and what ends it.
func Start(ctx context.Context, program, dir string) (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = l.Addr().String()
	l.Close()
	config := filepath.Join(dir, "config.yml")
	text := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\nhttp: {addr: %q}\n", dir, address)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return "", nil, err
	}
	cmd := exec.Command(program, "serve", config)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	var complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &complaint, &complaint
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	for start := time.Now(); time.Since(start) < patience && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if resp, err := http.Get("http://" + address + "/v2/"); err == nil {
			resp.Body.Close()
			return address, stop, nil
		}
	}
	stop()
	return "", nil, errors.Join(ctx.Err(), fmt.Errorf("the registry does not come up: %s", complaint.String()))
}

// ForTest starts one that ends with the test.
func ForTest(t testing.TB, program string) (address string) {
	t.Helper()
	address, stop, err := Start(t.Context(), program, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return address
}
