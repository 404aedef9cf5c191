package object

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// mapRecord is the size of a record in bytes, and mapPointer where in it the kernel keeps its pointer.
const (
	mapRecord  = 32
	mapPointer = 24
)

// Map is a record of section .maps.
type Map struct {
	Name       string `json:"name"`
	Type       uint32 `json:"type"`
	Key        uint32 `json:"key_size"`
	Value      uint32 `json:"value_size"`
	MaxEntries uint32 `json:"max_entries"`
	FlagsBits  uint32 `json:"flags"`
	addr       uint64
	pointer    uint64 // must be zero in the file
}

func readMap(section *elf.Section, s elf.Symbol) (Map, error) {
	off := s.Value - section.Addr
	if s.Size != mapRecord || s.Value < section.Addr || off%mapRecord != 0 || section.Size < mapRecord || off > section.Size-mapRecord || section.Type == elf.SHT_NOBITS {
		return Map{}, fmt.Errorf("map %s is no record of %d bytes in .maps", s.Name, mapRecord)
	}
	b := make([]byte, mapRecord)
	if _, err := section.ReadAt(b, int64(off)); err != nil {
		return Map{}, fmt.Errorf("map %s: %w", s.Name, err)
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }
	return Map{s.Name, word(0), word(1), word(2), word(3), word(4), s.Value, binary.LittleEndian.Uint64(b[mapPointer:])}, nil
}
