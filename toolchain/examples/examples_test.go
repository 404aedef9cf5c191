package examples

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The crate in testdata, and what rustdoc says of it:
//
//	RUSTC_BOOTSTRAP=1 rustdoc --crate-name x --edition 2021 -Zunstable-options --output-format=doctest src/lib.rs
func read(t *testing.T) []*Example {
	t.Helper()
	text, err := os.ReadFile("testdata/doctests.json")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	all, err := Parse(text, root, filepath.Join(root, "crate"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Lines are those of the source, also where a macro has made the item, which has its block once; hidden lines are part of a block.
func TestParse(t *testing.T) {
	want := []Example{
		{Name: "crate_crate", File: "crate/src/lib.rs", Line: 3, Code: "#![no_std]\n#![no_main]\n\nfn shown() {}"},
		{Name: "crate_First_method", File: "crate/src/macros.rs", Line: 9, Item: "First::method", Code: "if true {\n    method();\n}"},
		{Name: "crate_function", File: "crate/src/lib.rs", Line: 17, Item: "function", Code: "# shown with one #\nlet number: u32 = \"text\";", Fails: true, Codes: []string{"E0308", "REX0007"}},
		{Name: "crate_function_2", File: "crate/src/lib.rs", Line: 22, Item: "function", Code: "left_out();", Ignored: "needs a network card"},
	}
	got := read(t)
	if len(got) != len(want) {
		t.Fatalf("%d examples, want %d", len(got), len(want))
	}
	for i, e := range got {
		if !reflect.DeepEqual(*e, want[i]) {
			t.Errorf("got\n%+v, want\n%+v", *e, want[i])
		}
	}
}

func TestParseRefuses(t *testing.T) {
	text, err := os.ReadFile("testdata/doctests.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another version":        {`"format_version": 2`, `"format_version": 3`},
		"no reason":              {"ignore (needs a network card)", "ignore"},
		"code that is not there": {"fn shown", "fn hidden"},
		"no list":                {"{", "["},
	} {
		changed := bytes.Replace(text, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, text) {
			t.Fatalf("%s: nothing is changed", name)
		}
		root, err := filepath.Abs("testdata")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(changed, root, filepath.Join(root, "crate")); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// message is one of cargo's.
func message(t *testing.T, program, level, rendered string) string {
	t.Helper()
	m := map[string]any{"reason": "compiler-message", "target": map[string]any{"name": program, "kind": []string{"bin"}}, "message": map[string]any{"level": level, "rendered": rendered, "code": nil}}
	if level == "" {
		m["reason"], m["executable"] = "compiler-artifact", "/objects/"+program
	}
	if program == "rex" {
		m["target"] = map[string]any{"name": program, "kind": []string{"lib"}}
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

func TestCheck(t *testing.T) {
	good := message(t, "crate_crate", "", "") + message(t, "crate_First_method", "", "")
	fails := message(t, "crate_function", "error", "error[E0308]: mismatched\n  = note: REX0007\n --> src/bin/crate_function.rs:19:5")
	finished := `{"reason":"build-finished","success":false}` + "\n"
	for name, test := range map[string]struct {
		messages string
		object   error
		want     []string // of the error
	}{
		"good":            {messages: good + fails + finished},
		"does not fail":   {messages: good + message(t, "crate_function", "", ""), want: []string{"crate/src/lib.rs:17: the example of function compiles, and is to fail"}},
		"fails elsewhere": {messages: good + message(t, "crate_function", "error", "error[E0308]: src/bin/crate_function.rs:19"), want: []string{"not with REX0007", "crate/src/lib.rs:19"}},
		"does not compile": {
			messages: fails + message(t, "crate_crate", "", "") + message(t, "crate_First_method", "error", "error: no\n --> src/bin/crate_First_method.rs:11:9"),
			want:     []string{"crate/src/macros.rs:9: the example of First::method does not compile:", "--> crate/src/macros.rs:11:9"},
		},
		"warning":     {messages: good + fails + message(t, "crate_crate", "warning", "warning: unused"), want: []string{"crate/src/lib.rs:3: the example of the crate compiles with a warning:\nwarning: unused"}},
		"nothing":     {messages: finished, want: []string{"First::method was not compiled", "the crate was not compiled", "function was not compiled"}},
		"bad object":  {messages: good + fails, object: errors.New("is refused"), want: []string{"the crate is refused"}},
		"the runtime": {messages: message(t, "rex", "error", "error: in the runtime"), want: []string{"error: in the runtime"}},
		"no message":  {messages: "cargo: what?\n", want: []string{"cargo's message"}},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			err := Check(read(t), []byte(test.messages), func(path string) error {
				seen = append(seen, path)
				return test.object
			})
			if (err == nil) != (test.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v; want %q", err, want)
				}
			}
			if err == nil && len(seen) != 2 {
				t.Errorf("%q were looked at; want both", seen)
			}
		})
	}
}

// Programs have the lines of the source, and what is ignored is none.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	all := read(t)
	if err := Write(dir, all); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "src/bin/*.rs"))
	if len(files) != 3 {
		t.Errorf("got %q", files)
	}
	text, err := os.ReadFile(filepath.Join(dir, "src/bin/crate_function.rs"))
	if err != nil || strings.Split(string(text), "\n")[18] != `let number: u32 = "text";` {
		t.Errorf("%v, %q", err, text)
	}
}
