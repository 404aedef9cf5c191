package report

import (
	"strings"
	"testing"
	"time"
)

func TestAnnotate(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"rustc":     {"error: no `f64`\n --> src/main.rs:12:5\n  |\n", "::error file=exts/hello/src/main.rs,line=12,col=5,title=hello%3A 100%25::error: no `f64`%0A --> src/main.rs:12:5%0A  |%0A\n"},
		"gcc":       {"loader.c:3:10: fatal error: x.h\n", "::error file=exts/hello/loader.c,line=3,col=10,title=hello%3A 100%25::loader.c:3:10: fatal error: x.h%0A\n"},
		"no place":  {"the kernel panicked", "::error title=hello%3A 100%25::the kernel panicked\n"},
		"a command": {"a\n::set-output name=x::y", "::error title=hello%3A 100%25::a%0A::set-output name=x::y\n"},
	} {
		var out strings.Builder
		if err := Annotate(&out, "exts/hello", "hello: 100%", tt.text); err != nil || out.String() != tt.want {
			t.Errorf("%s: got %q, %v; want %q", name, out.String(), err, tt.want)
		}
	}
}

func TestSummary(t *testing.T) {
	var out strings.Builder
	err := Summary(&out, "samples", []Case{{Name: "hello, 1 CPU", Took: 1500 * time.Millisecond}, {Name: "mine", Failure: "expected a|b <c>\nmore"}})
	want := "### samples: 1 of 2 passed\n\n| | | seconds | |\n| --- | --- | ---: | --- |\n| ✓ | hello, 1 CPU | 1.5 |  |\n| ✗ | mine | 0.0 | expected a\\|b &lt;c> |\n\n"
	if err != nil || out.String() != want {
		t.Errorf("got %q, %v; want %q", out.String(), err, want)
	}
}
