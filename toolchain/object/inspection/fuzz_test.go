package inspection

import (
	"io"
	"testing"
	"time"

	"rex/toolchain/signing/appended"
)

// Whatever the bytes are: no panic, an end in time, and what is accepted can be described.
func FuzzBytes(f *testing.F) {
	for _, name := range objects {
		f.Add(good(f, name))
	}
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	k := kernel(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		start := time.Now()
		r := Bytes(b, k)
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("%d bytes took %s", len(b), took)
		}
		if r.Accepted != (len(r.Refusals) == 0) {
			t.Fatalf("accepted %v with %d refusals", r.Accepted, len(r.Refusals))
		}
		if r.Accepted {
			// What may be changed in a good object are data, names, and what nobody reads.
			if content, _, err := appended.Split(b); err != nil || len(content) == 0 {
				t.Fatalf("accepted: %v", err)
			}
		}
		if r.Text(io.Discard) != nil || r.DOT(io.Discard) != nil || r.JSON(io.Discard) != nil {
			t.Fatal("the report cannot be written")
		}
	})
}

// FuzzCode changes code only, so that it is followed and not refused before.
func FuzzCode(f *testing.F) {
	f.Add(uint16(0), []byte{0xc3})
	f.Add(uint16(200), []byte{0x48, 0x81, 0xec, 0, 0x10, 0, 0})
	f.Add(uint16(400), []byte{0xeb, 0xfe, 0x48, 0x83, 0xe4, 0xf0})
	specimens := make([]*specimen, len(objects))
	for i, name := range objects {
		specimens[i] = newSpecimen(f, name)
	}
	k := kernel(f)
	f.Fuzz(func(t *testing.T, at uint16, b []byte) {
		s := specimens[int(at)%len(specimens)]
		first := s.at(s.graph.Text.Functions[0].Start)
		last := s.graph.Text.Functions[len(s.graph.Text.Functions)-1]
		size := s.at(last.Start) + last.End - last.Start - first
		file := append([]byte(nil), s.file...)
		copy(file[first+uint64(at)%size:first+size], b)
		start := time.Now()
		Bytes(file, k)
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}
