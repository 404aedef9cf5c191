package project

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	p := &Project{Root: "../.."}
	var said strings.Builder
	if err := p.Explain("rex0002", &said); err != nil || !strings.HasPrefix(said.String(), "## REX0002: Floating point") || strings.Count(said.String(), "## ") != 1 {
		t.Errorf("%v: %s", err, said.String())
	}
	err := p.Explain("REX0077", &said)
	if err == nil || !strings.Contains(err.Error(), "no rule REX0077") || !strings.Contains(err.Error(), "\n  REX0001: Unsafe code\n") {
		t.Errorf("%v", err)
	}
}
