// Package cmdline makes of a command line as people write it one that mage reads: mage wants a target's flags after its arguments,
// as -name=value, each once, and takes everything else for further targets.
package cmdline

import (
	"slices"
	"strings"
)

// flags are those of targets that run a machine. Others have no value.
var flags = map[string]struct {
	repeats string // what several are joined with; empty for the last one
}{
	"memory": {}, "cpus": {}, "junit": {}, "features": {}, "kvm": {}, "append": {" "}, "disk": {List}, "p": {List}, "rw": {List}, "good": {}, "bad": {},
}

// List separates the values of a flag that was given several times.
const List = "\n"

// targets run a machine, or take a list.
var targets = []string{"run", "watch", "vm:shell", "vm:run", "vm:debug", samples, checker, "ci", "lint", "logs", "bisect"}

// lists are those that take any number of arguments, and samples the one that `test` stands for if it has some.
var lists = []string{samples, checker, "ci", "lint", "logs", "bisect"}

const (
	samples = "test:samples"
	checker = "test:checker"
)

// command is the target whose arguments are a command of somebody else.
const command = "vm:run"

// Split returns what mage is to read of args, and what it is not: the command line of `vm:run`, what lists hold.
func Split(args []string) (mage, rest []string) {
	if len(args) > 1 && strings.ToLower(args[0]) == "test" && !strings.HasPrefix(args[1], "-") {
		args = append([]string{samples}, args[1:]...)
	}
	if len(args) == 0 || !slices.Contains(targets, strings.ToLower(args[0])) {
		return args, nil
	}
	mage = args[:1:1]
	var names []string
	values := map[string]string{}
	for args = args[1:]; len(args) > 0; args = args[1:] {
		arg := args[0]
		if arg == "--" {
			rest = args[1:]
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			if strings.ToLower(mage[0]) == command {
				rest = args
				break
			}
			if slices.Contains(lists, strings.ToLower(mage[0])) {
				rest = append(rest, arg)
			} else {
				mage = append(mage, arg)
			}
			continue
		}
		name, value, valued := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		name = strings.ReplaceAll(name, "-", "")
		flag, known := flags[name]
		if known && !valued && len(args) > 1 {
			value, valued, args = args[1], true, args[1:]
		}
		if old, again := values[name]; again && flag.repeats != "" {
			value = old + flag.repeats + value
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		values[name] = value
		if !valued {
			delete(values, name)
		}
	}
	for _, name := range names {
		if value, ok := values[name]; ok {
			name += "=" + value
		}
		mage = append(mage, "-"+name)
	}
	return mage, rest
}
