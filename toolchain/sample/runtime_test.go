package sample

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUseRuntime(t *testing.T) {
	for name, tt := range map[string]struct{ manifest, want, fault string }{
		"where it is":  {manifest: "[dependencies.rex]\npath = \"../../rex\" # ours\n", want: "# ours"},
		"a version":    {manifest: "[dependencies]\nrex = \"0.2\"\n", want: "path = '"},
		"nowhere":      {manifest: "[dependencies.rex]\npath = \"../../../rex\"\nfeatures = [\"f\"]\n", want: "features = ['f']"},
		"git":          {manifest: "[dependencies]\nrex = { git = \"https://x\", rev = \"1\" }\n", want: "path = '"},
		"none":         {manifest: "[package]\nname = \"x\"\n", fault: "no dependency on rex"},
		"not readable": {manifest: "= =", fault: "Cargo.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			root := folder(t, map[string]string{"rex/Cargo.toml": "", "outside/x/Cargo.toml": tt.manifest})
			s := &Sample{Name: "x", Dir: filepath.Join(root, "outside/x")}
			err := s.UseRuntime(filepath.Join(root, "rex"))
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("got %v; want %q", err, tt.fault)
				}
				return
			}
			text, readErr := os.ReadFile(filepath.Join(s.Dir, "Cargo.toml"))
			if err != nil || readErr != nil || !strings.Contains(string(text), tt.want) || strings.Contains(string(text), "https:") {
				t.Errorf("%v, %v:\n%s\nwant %q", err, readErr, text, tt.want)
			}
		})
	}
}
