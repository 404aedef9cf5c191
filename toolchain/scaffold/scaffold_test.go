package scaffold

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/sample"
)

func TestWrite(t *testing.T) {
	for _, kind := range Types() {
		dir := filepath.Join(t.TempDir(), "my-"+strings.ReplaceAll(kind, "_", "-"))
		if err := Write(dir, kind); err != nil {
			t.Fatal(err)
		}
		s, err := sample.Open(filepath.Dir(dir), filepath.Base(dir))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if s.Loader.Path != "./loader" || s.Trigger.Path != "./trigger" || len(s.Expect) != 1 {
			t.Errorf("%s: got %+v", kind, s)
		}
		for _, file := range []string{"src/main.rs", "loader.c", "trigger.c"} {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil || strings.Contains(string(text), "{{") || strings.Contains(string(text), "\n\n\n") || !strings.HasSuffix(string(text), "}\n") || strings.HasSuffix(string(text), "\n\n") {
				t.Errorf("%s: %s: %v\n%s", kind, file, err, text)
			}
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ name, kind, want string }{
		{"mine", "lsm", "tracepoint, kprobe"}, {"Mine", "xdp", "lower-case"}, {"taken", "xdp", "there already"},
	} {
		if err := os.MkdirAll(filepath.Join(dir, "taken"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Write(filepath.Join(dir, test.name), test.kind); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q, %s: got %v; want %q", test.name, test.kind, err, test.want)
		}
	}
}

// TestFormatted: rustfmt would change nothing, as far as there is one.
func TestFormatted(t *testing.T) {
	rustfmt, err := exec.LookPath("rustfmt")
	if err != nil {
		t.Skip("SKIPPED: no rustfmt")
	}
	for _, kind := range Types() {
		dir := filepath.Join(t.TempDir(), "mine")
		if err := Write(dir, kind); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), rustfmt, "--check", "--edition=2024", filepath.Join(dir, "src/main.rs")).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", kind, err, out)
		}
	}
}
