package rustc

import (
	"slices"
	"strings"
	"testing"
)

func TestParseEvents(t *testing.T) {
	const said = `{ "type": "suite", "event": "started", "test_count": 3 }
{ "type": "test", "event": "started", "name": "a" }
note: not an event
{ "type": "test", "name": "a", "event": "ok" }
{ "type": "test", "name": "b", "event": "failed", "stdout": "why" }
{ "type": "test", "name": "c", "event": "ignored" }
`
	tests, complete, err := parseEvents(strings.NewReader(said))
	if err != nil || complete || len(tests) != 3 || tests["a"] != "ok" || tests["b"] != "failed" {
		t.Errorf("%v, %v, %v", tests, complete, err)
	}
	if _, complete, _ := parseEvents(strings.NewReader(said + `{ "type": "suite", "event": "failed", "passed": 1 }`)); !complete {
		t.Error("the end was not seen")
	}
}

func TestCompare(t *testing.T) {
	for name := range explained {
		o := compare("k", map[string]string{name: "failed"}, map[string]string{name: "ok"})
		if len(o.Regressed) != 0 || !slices.Equal(o.Explained, []string{name}) || !strings.Contains(o.String(), name) {
			t.Errorf("%+v", o)
		}
	}
	o := compare("k",
		map[string]string{"a": "ok", "b": "failed", "c": "ok", "d": "failed", "i": "ignored"},
		map[string]string{"a": "ok", "b": "ok", "c": "failed", "d": "failed", "gone": "ok", "i": "ignored"})
	if o.Both != 1 || !slices.Equal(o.Regressed, []string{"b", "gone"}) || !slices.Equal(o.Better, []string{"c"}) || !slices.Equal(o.Neither, []string{"d"}) {
		t.Errorf("%+v", o)
	}
}
