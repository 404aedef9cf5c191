package stack

import (
	"encoding/binary"
	"strings"
	"testing"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// fn is a function of a test: a frame, perhaps a look at the stack pointer, and calls.
type fn struct {
	name  string
	frame uint32
	look  bool
	calls []string // "*" is a call through a pointer
	loops bool     // in place of a return
	taken string   // a function whose address it takes
}

const (
	start = 0x1000
	room  = 0x80 // for one function
	data  = 0x8000
)

// build makes code of functions, the first of which is the program.
func build(t *testing.T, note object.Note, functions ...fn) *flow.Graph {
	t.Helper()
	at := map[string]int{"data": data}
	for i, f := range functions {
		at[f.name] = start + room*i
	}
	o := &object.Object{Note: note}
	text := make([]byte, room*len(functions))
	for i, f := range functions {
		b := []byte("\xf3\x0f\x1e\xfa") // endbr64
		rel := func(op string, name string) {
			to, ok := at[name]
			if !ok {
				t.Fatalf("no function %s", name)
			}
			b = append(b, op...)
			b = binary.LittleEndian.AppendUint32(b, uint32(to-(at[f.name]+len(b)+4)))
		}
		b = binary.LittleEndian.AppendUint32(append(b, "\x48\x81\xec"...), f.frame)
		if f.look {
			b = append(b, "\x0f\xb7\xc4\x3d\xff\x3f\x00\x00\x77\x05"...)
			rel("\xe8", flow.CheckStack)
		}
		for _, c := range f.calls {
			if c == "*" {
				rel("\x48\x8b\x0d", "data")              // mov rcx, [rip + data]
				b = append(b, "\x48\x8b\x09\xff\xd1"...) // mov rcx, [rcx]; call rcx
			} else {
				// Only if ebx is not 0, so that there is a way past it.
				rel("\x85\xdb\x74\x05\xe8", c)
			}
		}
		if f.taken != "" {
			rel("\x48\x8d\x05", f.taken)
		}
		if f.loops {
			b = append(b, "\xeb\xfe"...)
		} else {
			b = append(binary.LittleEndian.AppendUint32(append(b, "\x48\x81\xc4"...), f.frame), 0xc3)
		}
		copy(text[room*i:], b)
		s := uint64(start + room*i)
		o.Functions = append(o.Functions, object.Function{Name: f.name, Start: s, End: s + uint64(len(b))})
	}
	o.Segments = []object.Segment{{Start: start, End: start + uint64(len(text)), Flags: 5, Data: text}, {Start: data, End: data + 8, Flags: 4, Data: make([]byte, 8)}}
	o.Programs = []object.Program{{Name: functions[0].name, Entry: start}}
	swept := code.Sweep(o)
	for _, r := range swept.Refusals {
		t.Fatal(r)
	}
	g := flow.New(swept)
	for _, r := range g.Refusals {
		t.Fatal(r)
	}
	return g
}

func TestDepth(t *testing.T) {
	handler := fn{name: panicHandler, frame: 96, loops: true, calls: []string{"*"}}
	tests := map[string]struct {
		promise   uint32
		functions []fn
		bytes     int64 // of the program
		want      string
	}{
		"alone":                         {16384, []fn{{name: "p", frame: 16}}, 8 + 16, ""},
		"calls":                         {16384, []fn{{name: "p", frame: 16, calls: []string{"a", "b"}}, {name: "a", frame: 8}, {name: "b", frame: 64, calls: []string{"a"}}}, 8 + 16 + 8 + 64 + 8 + 8, ""},
		"to a panic":                    {16384, []fn{{name: "p", frame: 16, calls: []string{"a", panicHandler}}, {name: "a"}, handler}, 8 + 16 + 8, ""},
		"as promised":                   {48, []fn{{name: "p", frame: 16, calls: []string{"a"}}, {name: "a", frame: 16}}, 48, ""},
		"more":                          {47, []fn{{name: "p", frame: 16, calls: []string{"a"}}, {name: "a", frame: 16}}, 0, "48 bytes of the stack, by way of p -> a; the object promises 47"},
		"too much":                      {16384, []fn{{name: "p", frame: 8000, calls: []string{"a"}}, {name: "a", frame: 8400}}, 0, "16416 bytes"},
		"large promise":                 {16385, []fn{{name: "p"}}, 0, "a program has 16384"},
		"recursion":                     {16384, []fn{{name: "p", calls: []string{"a"}}, {name: "a", calls: []string{"b"}}, {name: "b", calls: []string{"a"}}}, 0, "calls itself: a -> b -> a"},
		"self":                          {16384, []fn{{name: "p", calls: []string{"p"}}}, 0, "calls itself: p -> p"},
		"pointer":                       {16384, []fn{{name: "p", calls: []string{"*"}}}, 0, "calls through a pointer"},
		"deep pointer":                  {16384, []fn{{name: "p", calls: []string{"a"}}, {name: "a", calls: []string{"*"}}}, 0, "function a: `call rcx`"},
		"checked recursion is one, too": {16384, []fn{{name: "p", look: true, calls: []string{"p"}}, {name: flow.CheckStack}}, 0, "calls itself"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := Check(build(t, object.Note{Promise: object.Depth, Bytes: test.promise}, test.functions...))
			if !says(r.Refusals, test.want) {
				t.Fatalf("refusals %v; want %q", r.Refusals, test.want)
			}
			if test.want == "" && r.Programs[0].Bytes != test.bytes {
				t.Errorf("%+v; want %d bytes", r.Programs[0], test.bytes)
			}
		})
	}
}

func TestFrames(t *testing.T) {
	check := fn{name: flow.CheckStack, frame: 48}
	leaf := fn{name: "leaf", frame: 24}
	tests := map[string]struct {
		promise   uint32
		functions []fn
		unchecked int64
		want      string
	}{
		"leaf":                   {4096, []fn{{name: "p", frame: 16, calls: []string{"leaf"}}, leaf, check}, 0, ""},
		"recursion":              {4096, []fn{{name: "p", frame: 16, look: true, calls: []string{"p"}}, check}, 8 + 16 + 8 + 48, ""},
		"recursion unchecked":    {4096, []fn{{name: "p", calls: []string{"p"}}, check}, 0, "calls go deep from here"},
		"pointer":                {4096, []fn{{name: "p", look: true, calls: []string{"*"}, taken: "a"}, {name: "a", frame: 200}, check}, 8 + 200, ""},
		"pointer unchecked":      {4096, []fn{{name: "p", calls: []string{"*"}}, check}, 0, "`call rcx`"},
		"pointer one away":       {4096, []fn{{name: "p", calls: []string{"a"}}, {name: "a", look: true, calls: []string{"*"}}, check}, 0, "calls go deep from here"},
		"two leaves away":        {4096, []fn{{name: "p", calls: []string{"a"}}, {name: "a", calls: []string{"leaf"}}, leaf, check}, 0, ""},
		"three away":             {4096, []fn{{name: "p", calls: []string{"a"}}, {name: "a", calls: []string{"b"}}, {name: "b", calls: []string{"leaf"}}, leaf, check}, 0, ""},
		"four away":              {4096, []fn{{name: "p", calls: []string{"a"}}, {name: "a", calls: []string{"b"}}, {name: "b", calls: []string{"c"}}, {name: "c", calls: []string{"leaf"}}, leaf, check}, 0, "calls go deep from here"},
		"three away and checked": {4096, []fn{{name: "p", look: true, calls: []string{"a"}}, {name: "a", calls: []string{"b"}}, {name: "b", frame: 96, calls: []string{"leaf"}}, leaf, check}, 8 + 8 + 96 + 8 + 24, ""},
		"large frame":            {4096, []fn{{name: "p", frame: 4104}, check}, 0, "its frame has 4104 bytes"},
		"promised frame":         {100, []fn{{name: "p", frame: 104}, check}, 0, "promises at most 100"},
		"frame that is unused":   {100, []fn{{name: "p"}, {name: "a", frame: 4104}, check}, 0, ""},
		"large promise":          {4097, []fn{{name: "p"}, check}, 0, "one may have 4096"},
		"frames below the check": {4096, []fn{
			{name: "p", look: true, calls: []string{"a"}}, {name: "a", frame: 4096, calls: []string{"b"}}, {name: "b", frame: 4096, calls: []string{"c"}},
			{name: "c", frame: 4096}, check, {name: panicHandler, frame: 3200, loops: true},
		}, 0, "a panic may use all but"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := Check(build(t, object.Note{Promise: object.Frame, Bytes: test.promise}, test.functions...))
			if !says(r.Refusals, test.want) {
				t.Fatalf("refusals %v; want %q", r.Refusals, test.want)
			}
			if test.want == "" && r.Unchecked != test.unchecked {
				t.Errorf("%d bytes by %v; want %d", r.Unchecked, r.Chain, test.unchecked)
			}
		})
	}
}

// What a panic uses is held against what is left of the stack.
func TestPanic(t *testing.T) {
	tests := map[string]struct {
		functions []fn
		left      int64
		want      string
	}{
		"small": {[]fn{{name: "p", frame: 16, calls: []string{panicHandler}}, {name: panicHandler, frame: 96, loops: true}}, 4096, ""},
		"large": {[]fn{
			{name: "p", calls: []string{panicHandler}}, {name: panicHandler, calls: []string{"*"}, loops: true, taken: "a"},
			{name: "a", frame: 40, look: true, calls: []string{"b"}}, {name: "b", frame: 3200}, {name: flow.CheckStack, frame: 48},
		}, 0, "a panic may use all but 888 bytes"},
		"pointer to what goes deep": {[]fn{
			{name: "p", calls: []string{panicHandler}}, {name: panicHandler, calls: []string{"*"}, loops: true, taken: "a"},
			{name: "a", calls: []string{"*"}},
		}, 0, "function a: `call rcx`"},
		"pointer to what looks": {[]fn{
			{name: "p", calls: []string{panicHandler}}, {name: panicHandler, frame: 96, calls: []string{"*"}, loops: true, taken: "a"},
			{name: "a", frame: 40, look: true, calls: []string{"*"}}, {name: flow.CheckStack, frame: 48},
		}, 4096 - (8 + 40 + 8 + 48), ""},
		"recursion": {[]fn{
			{name: "p", calls: []string{panicHandler}}, {name: panicHandler, calls: []string{"a"}, loops: true}, {name: "a", calls: []string{"a"}},
		}, 0, "calls go deep from here"},
		"panic in a panic": {[]fn{
			{name: "p", calls: []string{panicHandler}}, {name: panicHandler, calls: []string{"a"}, loops: true}, {name: "a", calls: []string{panicHandler}},
		}, 0, "may go on forever"},
		"panic in what looks": {[]fn{
			{name: "p", calls: []string{panicHandler}}, {name: panicHandler, frame: 96, calls: []string{"*"}, loops: true, taken: "a"},
			{name: "a", frame: 40, look: true, calls: []string{panicHandler}}, {name: flow.CheckStack, frame: 48},
		}, 4096 - 8 - 96 - (8 + 40 + 8 + 48), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := Check(build(t, object.Note{Promise: object.Depth, Bytes: 16384}, test.functions...))
			if !says(r.Refusals, test.want) {
				t.Fatalf("refusals %v; want %q", r.Refusals, test.want)
			}
			if test.want == "" && r.Left != test.left {
				t.Errorf("%d bytes are left; want %d", r.Left, test.left)
			}
		})
	}
}

// The way to the panic handler is not checked, and must not call what is not known.
func TestWay(t *testing.T) {
	g := build(t, object.Note{Promise: object.Frame, Bytes: 4096},
		fn{name: "p"}, fn{name: flow.CheckStack, calls: []string{"a"}}, fn{name: "a", calls: []string{"*"}})
	if r := Check(g); !says(r.Refusals, "on the way to the panic handler") {
		t.Errorf("refusals %v", r.Refusals)
	}
	loop := build(t, object.Note{Promise: object.Frame, Bytes: 4096},
		fn{name: "p"}, fn{name: flow.CheckStack, calls: []string{"a"}}, fn{name: "a", calls: []string{"a"}})
	if r := Check(loop); !says(r.Refusals, "is a loop: a -> a") {
		t.Errorf("refusals %v", r.Refusals)
	}
	reached := build(t, object.Note{Promise: object.Frame, Bytes: 4096},
		fn{name: "p", calls: []string{"a"}}, fn{name: flow.CheckStack, calls: []string{"a"}}, fn{name: "a", calls: []string{"a"}})
	if r := Check(reached); !says(r.Refusals, "calls go deep from here") {
		t.Errorf("refusals %v", r.Refusals)
	}
	twice := build(t, object.Note{Promise: object.Frame, Bytes: 4096}, fn{name: "p"}, fn{name: panicHandler}, fn{name: "a"})
	twice.Text.Functions[2].Name = panicHandler
	if r := Check(twice); !says(r.Refusals, "two functions of this name") {
		t.Errorf("refusals %v", r.Refusals)
	}
}

func says(refusals []*code.Refusal, want string) bool {
	if want == "" {
		return len(refusals) == 0
	}
	return len(refusals) > 0 && strings.Contains(refusals[0].Error(), want)
}
