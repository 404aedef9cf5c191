package object

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
)

const noteSection = ".note.rex"

// Promise is how the compiler says that the stack is kept (docs/abi.md, section 7).
type Promise uint32

const (
	Depth Promise = 0 // no program goes deeper than a number of bytes, and nothing is checked at run time
	Frame Promise = 1 // functions look at the stack pointer, and no frame is larger than a number of bytes
)

// Note is what .note.rex says: to be held against the code, never to be believed.
type Note struct {
	Promise Promise
	Bytes   uint32
}

func (o *Object) readNote(s *elf.Section) error {
	if s.Type != elf.SHT_NOTE || s.FileSize != 24 {
		return fmt.Errorf("%s is no note of 24 bytes", noteSection)
	}
	b := make([]byte, 24)
	if _, err := s.ReadAt(b, 0); err != nil {
		return fmt.Errorf("%s: %w", noteSection, err)
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }
	if word(0) != 4 || word(1) != 8 || word(2) != 1 || string(b[12:16]) != "Rex\x00" {
		return fmt.Errorf("%s is no note of owner Rex, type 1, with two words", noteSection)
	}
	o.Note = Note{Promise(word(4)), word(5)}
	if o.Note.Promise != Depth && o.Note.Promise != Frame {
		return fmt.Errorf("%s promises %d; 0 (a depth) and 1 (checks) are known", noteSection, o.Note.Promise)
	}
	return nil
}
