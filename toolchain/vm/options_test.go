package vm

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseMemory(t *testing.T) {
	for text, want := range map[string]int{"512": 512, "512M": 512, "1500m": 1500, "1G": 1024, "1GiB": 1024, "200MB": 200} {
		if got, err := ParseMemory(text); got != want || err != nil {
			t.Errorf("%s: got %d, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{"": "no size", "x": "no size", "2X": "no size", "-1G": "no size", "1.5G": "no size", "0": "no size", "64M": "the kernel needs", "9999999999G": "no machine", "1000G": "itself has"} {
		if _, err := ParseMemory(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v; want %q", text, err, want)
		}
	}
}

func TestParsePort(t *testing.T) {
	for text, want := range map[string]Port{"8080:80": {8080, 80}, "22": {22, 22}, "65535:1": {65535, 1}} {
		if got, err := ParsePort(text); got != want || err != nil {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":", "80:", ":80", "0:80", "80:65536", "a:b", "1:2:3", "80,guestfwd=x", " 80:80"} {
		if p, err := ParsePort(text); err == nil || !strings.Contains(err.Error(), "HOST:GUEST") {
			t.Errorf("%q: got %v, %v; want an error that says what it takes", text, p, err)
		}
	}
}

func TestTakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	m := &Machine{Options: Options{Ports: []Port{{port, 80}}}}
	if _, _, err := m.devices(nil, nil); err == nil || !strings.Contains(err.Error(), "address already in use") || !strings.Contains(err.Error(), "-p ") {
		t.Errorf("got %v; want that the port is in use, and what to do", err)
	}
	l.Close()
	if err := Free(port); err != nil {
		t.Error(err)
	}
}

func TestDiskFormat(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"raw": "", "qcow2": "QFI\xfb\x00\x00\x00\x03"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := diskFormat(file); got != name || err != nil {
			t.Errorf("got %s, %v; want %s", got, err, name)
		}
	}
	for _, file := range []string{dir, filepath.Join(dir, "none")} {
		if _, err := diskFormat(file); err == nil || !strings.Contains(err.Error(), "disk: ") {
			t.Errorf("%s: got %v; want an error", file, err)
		}
	}
}

func TestChecks(t *testing.T) {
	if CheckCPUs(0) == nil || CheckCPUs(65) == nil || CheckCPUs(64) != nil {
		t.Error("1 to 64 CPUs are to be taken")
	}
	if CheckKVM("yes") == nil || CheckKVM("auto") != nil {
		t.Error("on, off and auto are to be taken")
	}
	if CheckAppend("quiet\nx") == nil || CheckAppend(strings.Repeat("x", 2000)) == nil || CheckAppend("a=b c") != nil {
		t.Error("one line of up to 1500 bytes is to be taken")
	}
}
