package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const table = `                                        Rex     eBPF   ratio   goal
empty program                          50.0     50.0    1.00   eBPF + 8           met
array lookup, against a call           12.7     37.2    0.34   eBPF               met
recursion of depth 33 / tail calls    614.0   1721.0    0.36   eBPF / 3           missed
load of all these, in thousands     21000.0 106000.0    0.20   eBPF               met
per-CPU array lookup                    9.1      7.3    1.25   eBPF + 5           missed   spread 2.5 %
measured, 1 goals missed
`

var races = []Race{
	{"empty program", 50, 50, "eBPF + 8", true, 0},
	{"array lookup, against a call", 12.7, 37.2, "eBPF", true, 0},
	{"recursion of depth 33 / tail calls", 614, 1721, "eBPF / 3", false, 0},
	{"load of all these, in thousands", 21000, 106000, "eBPF", true, 0},
	{"per-CPU array lookup", 9.1, 7.3, "eBPF + 5", false, 2.5},
}

func TestRacesAreReadAndKept(t *testing.T) {
	got, err := ReadRaces(strings.NewReader("rex: loaded\r\n" + strings.ReplaceAll(table, "\n", "\r\n")))
	if err != nil || !reflect.DeepEqual(got, races) {
		t.Fatalf("%v, %+v", err, got)
	}
	file := filepath.Join(t.TempDir(), "figures.json")
	if err := SaveRaces(file, got); err != nil {
		t.Fatal(err)
	}
	if again, err := LoadRaces(file); err != nil || !reflect.DeepEqual(again, races) {
		t.Errorf("%v, %+v", err, again)
	}
}

func TestSlowerRaces(t *testing.T) {
	change := func(name string, rex float64) []Race {
		now := append([]Race(nil), races...)
		for i := range now {
			if now[i].Name == name {
				now[i].Rex = rex
			}
		}
		return now
	}
	for name, c := range map[string]struct {
		now  []Race
		want string
	}{
		"the same":             {races, ""},
		"within":               {change("recursion of depth 33 / tail calls", 625), ""},
		"noise of a small one": {change("array lookup, against a call", 13.2), ""},
		"more":                 {change("recursion of depth 33 / tail calls", 640), "recursion of depth 33 / tail calls: 614.0 before, 640.0 now (+4.2 %)"},
		"fewer":                {change("empty program", 40), "empty program: 50.0 before, 40.0 now (-20.0 %)"},
		"load waits":           {change("load of all these, in thousands", 40000), ""},
		"gone":                 {races[1:], "empty program: not measured any more"},
		"new":                  {append([]Race{{Name: "lock", Rex: 3}}, races...), "lock: 3.0, and no figure from before"},
	} {
		if got := strings.Join(SlowerRaces(races, c.now), "\n"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestRacesAreDrawn(t *testing.T) {
	var b bytes.Buffer
	if err := WriteRaces(&b, append(races, Race{Name: "a < b", Rex: 900, EBPF: 1})); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	d := xml.NewDecoder(&b)
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"empty program", "614 : 1721", "a &lt; b", "the paper's ratio"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
}
