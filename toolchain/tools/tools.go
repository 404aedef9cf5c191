// Package tools provides the programs that stages run: those of a tree that is pinned to the byte (Tree), or the host's own
// (Host).
package tools

import (
	"rex/toolchain/command"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
)

// Tools are programs under their plain names (clang, not clang-22), in PATH, and libclang in LIBCLANG_PATH.
type Tools interface {
	// Stage is the one whose result holds the tools. Every other stage needs it: so they are a part of every key.
	Stage() *stage.Stage
	// Seen returns where programs see what is at host, if a box mounts it at inside.
	Seen(host, inside string) string
	// Command returns a command that runs cmd with the tools in dir, which is the stage's result, and what is in the box, whose
	// Tree is not used. Nothing of the caller's environment is added to cmd.Env.
	Command(dir string, cmd command.Cmd, box sandbox.Box) (*command.Cmd, error)
	// ByHand returns folders for a person's PATH that have the programs of the tools in dir and those of first, which go before
	// them. What it takes for that it makes below cache, with wrapper, a program (sandbox.Wrapper).
	ByHand(dir, first, wrapper, cache string) ([]string, error)
}

// Ready are tools whose stage has a result, in Dir.
type Ready struct {
	Tools
	Dir string
}

// Command returns a command that runs cmd with the tools and what is in the box.
func (r Ready) Command(cmd command.Cmd, box sandbox.Box) (*command.Cmd, error) {
	return r.Tools.Command(r.Dir, cmd, box)
}
