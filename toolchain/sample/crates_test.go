package sample

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestCrates(t *testing.T) {
	const rex = "[dependencies]\nrex = \"*\"\n"
	for name, tt := range map[string]struct {
		files map[string]string
		want  map[string]string // package, folder
		fault string
	}{
		"none":      {files: map[string]string{"x/Cargo.toml": rex}},
		"by a path": {files: map[string]string{"x/Cargo.toml": rex + "common = { path = \"../common\" }\n", "common/Cargo.toml": ""}, want: map[string]string{"common": "common"}},
		"by another name": {files: map[string]string{"x/Cargo.toml": rex + "types = { path = \"../a/b\", package = \"common\" }\n", "a/b/Cargo.toml": ""},
			want: map[string]string{"common": "a/b"}},
		"of a crate": {files: map[string]string{"x/Cargo.toml": rex + "[dependencies.a]\npath = \"../a\"\n", "a/Cargo.toml": "[target.'cfg(unix)'.dependencies]\nb = { path = \"../b\" }\n", "b/Cargo.toml": rex},
			want: map[string]string{"a": "a", "b": "b"}},
		"in its own folder": {files: map[string]string{"x/Cargo.toml": rex + "a = { path = \"a\" }\n", "x/a/Cargo.toml": "[dependencies]\nb = { path = \"../../b\" }\n", "b/Cargo.toml": ""},
			want: map[string]string{"b": "b"}},
		"of a program": {files: map[string]string{"x/Cargo.toml": rex, "x/loader/Cargo.toml": "[dependencies]\nlibrex = \"*\"\na = { path = \"../../a\" }\n", "a/Cargo.toml": ""}, want: map[string]string{"a": "a"}},
		"in a circle":  {files: map[string]string{"x/Cargo.toml": rex + "a = { path = \"../a\" }\n", "a/Cargo.toml": "[dependencies]\na = { path = \".\" }\n"}, want: map[string]string{"a": "a"}},
		"nowhere":      {files: map[string]string{"x/Cargo.toml": rex + "a = { path = \"../a\" }\n"}, fault: "there is no crate in"},
		"two of one name": {files: map[string]string{"x/Cargo.toml": rex + "a = { path = \"../a\" }\nb = { path = \"../b\", package = \"a\" }\n", "a/Cargo.toml": "", "b/Cargo.toml": ""},
			fault: "two crates are called a"},
		"not readable": {files: map[string]string{"x/Cargo.toml": "= ="}, fault: "Cargo.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			root := folder(t, tt.files)
			crates, err := (&Sample{Name: "x", Dir: filepath.Join(root, "x")}).Crates()
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("got %v; want %q", err, tt.fault)
				}
				return
			}
			var got map[string]string
			for _, c := range crates {
				if got == nil {
					got = map[string]string{}
				}
				got[c.Package], _ = filepath.Rel(root, c.Dir)
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestRewire(t *testing.T) {
	for name, tt := range map[string]struct{ manifest, want, fault string }{
		"where it is":  {manifest: "[dependencies.rex]\npath = \"../../rex\" # ours\n", want: "# ours"},
		"a version":    {manifest: "[dependencies]\nrex = \"0.2\"\n", want: "path = '"},
		"nowhere":      {manifest: "[dependencies.rex]\npath = \"../../../rex\"\nfeatures = [\"f\"]\n", want: "features = ['f']"},
		"git":          {manifest: "[dependencies]\nrex = { git = \"https://x\", rev = \"1\" }\n", want: "path = '"},
		"shared":       {manifest: "[dependencies]\nrex = \"*\"\ncommon = { path = \"/elsewhere/common\" }\n", want: "/outside/x.crates/common'"},
		"none":         {manifest: "[package]\nname = \"x\"\n", fault: "no dependency on rex"},
		"not readable": {manifest: "= =", fault: "Cargo.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			shared := "[dependencies]\nrex = { path = \"/nowhere\" }\n"
			root := folder(t, map[string]string{"rex/Cargo.toml": "", "outside/x/Cargo.toml": tt.manifest, "outside/x.crates/common/Cargo.toml": shared,
				"outside/x/loader/Cargo.toml": "[dependencies]\nlibrex = \"*\"\n"})
			s := &Sample{Name: "x", Dir: filepath.Join(root, "outside/x")}
			err := s.Rewire(filepath.Join(root, "rex"), filepath.Join(root, "librex/loader-rs"), filepath.Join(root, "outside/x.crates"))
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
			program, err := os.ReadFile(filepath.Join(s.Dir, "loader/Cargo.toml"))
			if err != nil || !strings.Contains(string(program), filepath.Join(root, "librex/loader-rs")) {
				t.Errorf("%v: the loader's manifest is\n%s", err, program)
			}
			other, err := os.ReadFile(filepath.Join(root, "outside/x.crates/common/Cargo.toml"))
			if moved := !strings.Contains(string(other), "nowhere"); err != nil || moved != (name == "shared") {
				t.Errorf("%v: the shared crate's manifest is\n%s", err, other)
			}
		})
	}
}
