package cmdline

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for name, test := range map[string]struct{ args, mage, rest []string }{
		"nothing":             {},
		"another target":      {args: []string{"graph", "-dot"}, mage: []string{"graph", "-dot"}},
		"a command":           {args: []string{"vm:run", "--", "ls", "-l"}, mage: []string{"vm:run"}, rest: []string{"ls", "-l"}},
		"without dashes":      {args: []string{"vm:run", "ls", "--", "-l"}, mage: []string{"vm:run"}, rest: []string{"ls", "--", "-l"}},
		"flags before it":     {args: []string{"vm:run", "-memory", "2G", "-net", "--", "x", "-memory=1"}, mage: []string{"vm:run", "-memory=2G", "-net"}, rest: []string{"x", "-memory=1"}},
		"several":             {args: []string{"vm:shell", "-p", "1:2", "-p=3:4", "-append", "a", "-append=b", "-cpus=1", "-cpus", "2"}, mage: []string{"vm:shell", "-p=1:2\n3:4", "-append=a b", "-cpus=2"}},
		"before the argument": {args: []string{"run", "-memory=1G", "hello"}, mage: []string{"run", "hello", "-memory=1G"}},
		"dashes in a name":    {args: []string{"run", "hello", "--debug-kernel"}, mage: []string{"run", "hello", "-debugkernel"}},
		"a value is missing":  {args: []string{"vm:shell", "-memory"}, mage: []string{"vm:shell", "-memory"}},
		"other letters":       {args: []string{"Vm:Run", "x"}, mage: []string{"Vm:Run"}, rest: []string{"x"}},
		"a list":              {args: []string{"test:samples", "a", "-cpus", "1,2", "./b"}, mage: []string{"test:samples", "-cpus=1,2"}, rest: []string{"a", "./b"}},
		"tests of samples":    {args: []string{"test", "a", "b"}, mage: []string{"test:samples"}, rest: []string{"a", "b"}},
		"for machines":        {args: []string{"ci", "-junit", "x.xml", "a"}, mage: []string{"ci", "-junit=x.xml"}, rest: []string{"a"}},
		"objects":             {args: []string{"test:checker", "a.elf", "b"}, mage: []string{"test:checker"}, rest: []string{"a.elf", "b"}},
		"a log":               {args: []string{"logs", "hello"}, mage: []string{"logs"}, rest: []string{"hello"}},
		"all logs":            {args: []string{"logs"}, mage: []string{"logs"}},
		"between commits":     {args: []string{"bisect", "-good", "HEAD~9", "hello", "./b"}, mage: []string{"bisect", "-good=HEAD~9"}, rest: []string{"hello", "./b"}},
		"all tests":           {args: []string{"test"}, mage: []string{"test"}},
		"an empty value":      {args: []string{"vm:shell", "-rw="}, mage: []string{"vm:shell", "-rw="}},
	} {
		mage, rest := Split(test.args)
		if !slices.Equal(mage, test.mage) || !slices.Equal(rest, test.rest) {
			t.Errorf("%s: got %q and %q; want %q and %q", name, mage, rest, test.mage, test.rest)
		}
	}
}
