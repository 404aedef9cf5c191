package terminal

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEscape(t *testing.T) {
	for typed, want := range map[string]struct {
		passed string
		hungUp bool
	}{
		"ls -l\rexit\r": {"ls -l\rexit\r", false}, "~.": {"", true}, "ls\r~.": {"ls\r", true}, "ls ~.\r": {"ls ~.\r", false},
		"~~.\r": {"~.\r", false}, "~/bin/x\r": {"~/bin/x\r", false}, "a~\r~b\r": {"a~\r~b\r", false}, "\r\r~x~.": {"\r\r~x~.", false},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(typed), "byte by byte": iotest.OneByteReader(strings.NewReader(typed))} {
			hungUp := false
			passed, err := io.ReadAll(&Escape{Reader: r, HangUp: func() { hungUp = true }})
			if err != nil || string(passed) != want.passed || hungUp != want.hungUp {
				t.Errorf("%q, %s: got %q, hung up: %t, %v; want %q, %t", typed, name, passed, hungUp, err, want.passed, want.hungUp)
			}
		}
	}
}
