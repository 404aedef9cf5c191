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
	each(t, "my-", func(t *testing.T, dir, _, loader string) {
		s, err := sample.Open(filepath.Dir(dir), filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		if s.InRust != (loader == "rust") || s.Loader.Path != "./loader" || s.Trigger.Path != "./trigger" || len(s.Expect) != 1 {
			t.Errorf("got %+v", s)
		}
		source := map[string]string{"c": "loader.c", "rust": "loader/src/main.rs"}[loader]
		for _, file := range []string{"src/main.rs", source, "trigger.c"} {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil || strings.Contains(string(text), "{{") || strings.Contains(string(text), "\n\n\n") || !strings.HasSuffix(string(text), "}\n") || strings.HasSuffix(string(text), "\n\n") {
				t.Errorf("%s: %v\n%s", file, err, text)
			}
		}
	})
}

// each writes an extension of each type with a loader in each language to a folder whose name begins with a word.
func each(t *testing.T, word string, look func(t *testing.T, dir, kind, loader string)) {
	for _, kind := range Types() {
		for _, loader := range []string{"c", "rust"} {
			t.Run(kind+", loader in "+loader, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), word+strings.ReplaceAll(kind, "_", "-"))
				if err := Write(dir, kind, loader, "0.3"); err != nil {
					t.Fatal(err)
				}
				look(t, dir, kind, loader)
			})
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ name, kind, loader, want string }{
		{"mine", "lsm", "c", "tracepoint, kprobe"}, {"Mine", "xdp", "c", "lower-case"}, {"taken", "xdp", "c", "there already"}, {"mine", "xdp", "go", "c, rust"},
	} {
		if err := os.MkdirAll(filepath.Join(dir, "taken"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Write(filepath.Join(dir, test.name), test.kind, test.loader, "0.3"); err == nil || !strings.Contains(err.Error(), test.want) {
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
	each(t, "mine", func(t *testing.T, dir, _, loader string) {
		args := []string{"--check", "--edition=2024", filepath.Join(dir, "src/main.rs")}
		if loader == "rust" {
			args = append(args, filepath.Join(dir, "loader/src/main.rs"))
		}
		out, err := exec.CommandContext(t.Context(), rustfmt, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
