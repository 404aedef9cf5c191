package tools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/command"
	"rex/toolchain/deps"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
)

// hostWith is a host that has one tool, greet, which says word.
func hostWith(t *testing.T, bin, word string) *Host {
	t.Helper()
	program := filepath.Join(bin, "greet-7")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho "+word+" 7.1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	config, err := deps.Parse([]byte(`
[install]
apt = ["false"]
[[tool]]
name = "greet"
why = "this test"
programs = ["greet-7", "greet"]
needed = ">= 7"
packages = { apt = ["greet"] }
`))
	if err != nil {
		t.Fatal(err)
	}
	return &Host{Deps: config, Cache: t.TempDir(), Probe: func() []deps.Finding { return config.Probe(t.Context()) }}
}

// inputs are what is in the key of a stage.
func inputs(t *testing.T, s *stage.Stage) string {
	t.Helper()
	in := &stage.Inputs{}
	if err := s.Inputs(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	return in.String()
}

func TestHostToolsAreNamedByTheirContent(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	h := hostWith(t, bin, "hello")
	before := inputs(t, h.Stage())
	if again := inputs(t, h.Stage()); again != before {
		t.Errorf("the same tools are named %s and %s", before, again)
	}
	other := hostWith(t, bin, "hallo")
	other.Cache = h.Cache
	if after := inputs(t, other.Stage()); after == before {
		t.Error("a tool with the same version and another content is taken for the same")
	}
}

func TestHostCommandsHaveTheirToolsAndNoOtherEnvironment(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("CFLAGS", "-O0")
	h := hostWith(t, bin, "hello")
	out := t.TempDir()
	if err := h.Stage().Build(t.Context(), &stage.Build{Out: out}); err != nil {
		t.Fatal(err)
	}
	cmd, err := h.Command(out, command.Cmd{Path: "greet"}, sandbox.Box{})
	if err != nil {
		t.Fatal(err)
	}
	if said, err := cmd.Output(t.Context()); err != nil || said != "hello 7.1\n" {
		t.Errorf("greet, which is greet-7 here, said %q, %v", said, err)
	}
	cmd, err = h.Command(out, command.Cmd{Path: "env", Env: []string{"MINE=1"}}, sandbox.Box{})
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.Output(t.Context())
	if err != nil || strings.Contains(said, "CFLAGS") || !strings.Contains(said, "\nMINE=1\n") || !strings.Contains(said, "TZ=UTC\n") {
		t.Errorf("the environment of a command is\n%s%v", said, err)
	}
}

func TestHostLacksATool(t *testing.T) {
	bin := t.TempDir()
	h := hostWith(t, bin, "hello") // which is not in PATH
	err := h.Stage().Inputs(t.Context(), &stage.Inputs{})
	if err == nil || !strings.Contains(err.Error(), "greet") || !strings.Contains(err.Error(), "deps:install") {
		t.Errorf("got %v; want an error that names the tool and the command that installs it", err)
	}
}
