package listing

import (
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	code := Code{"f", 0x1000, []byte{
		0xf3, 0x0f, 0x1e, 0xfa, // endbr64
		0x48, 0x89, 0xf8, // mov rax, rdi
		0xff, 0x15, 0xf3, 0x0f, 0x00, 0x00, // call [rip+0xff3]: 0x2000
		0xe8, 0x00, 0x10, 0x00, 0x00, // call 0x2012
		0x74, 0xf3, // je f+7
		0xc3,       // ret
		0xcc, 0xcc, // padding
	}}
	symbol := func(a uint64) (string, uint64) {
		switch {
		case a >= 0x1000 && a < 0x1014:
			return "f", 0x1000
		case a == 0x2012:
			return "g", a
		}
		return "", 0
	}
	slot := func(a uint64) (string, uint64) {
		if a == 0x2000 {
			return "bpf_map_update_elem", a
		}
		return "", 0
	}
	var out strings.Builder
	calls, err := Write(&out, code, symbol, slot)
	if err != nil || strings.Join(calls, " ") != "bpf_map_update_elem g" {
		t.Errorf("calls %q, %v", calls, err)
	}
	for _, want := range []string{"f: 6 instructions, 23 bytes\n", "     0  endbr64\n", "     4  mov rax, rdi\n", "  ; bpf_map_update_elem\n", "call g\n", "  ; to 7\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
