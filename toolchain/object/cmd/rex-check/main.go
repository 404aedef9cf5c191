// Rex-check judges an extension's object and believes neither its compiler nor its linker.
//
//	rex-check [-exports rex-exports.txt] FILE...
//
// It ends with status 0 if all files may be loaded, 1 if one is refused, and 2 if one could not be judged. Whether a
// signature is right is not looked at: that is the kernel's to say.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"rex/toolchain/object"
	"rex/toolchain/object/verdict"
	"rex/toolchain/signing/appended"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// Exit statuses.
const (
	accepted = 0
	refused  = 1
	failed   = 2
)

func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("rex-check", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprintln(errs, "usage: rex-check [-exports rex-exports.txt] FILE...")
		flags.PrintDefaults()
	}
	table := flags.String("exports", "", "`file` with the names that the kernel exports; without it imports are not looked at")
	if flags.Parse(args) != nil {
		return failed
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return failed
	}
	var exports []string
	if *table != "" {
		var err error
		if exports, err = object.Exports(*table); err != nil {
			fmt.Fprintln(errs, "rex-check:", err)
			return failed
		}
	}
	status := accepted
	for _, path := range flags.Args() {
		status = max(status, judge(path, exports, out, errs))
	}
	return status
}

// judge judges one file.
func judge(path string, exports []string, out, errs io.Writer) int {
	b, err := read(path)
	if err != nil {
		fmt.Fprintln(errs, "rex-check:", err)
		return failed
	}
	content, _, err := appended.Split(b)
	if err != nil {
		fmt.Fprintf(out, "%s: refused: %v\n", path, err)
		return refused
	}
	v := verdict.Of(content, exports)
	for _, r := range v.Refusals {
		fmt.Fprintf(out, "%s: refused: %v\n", path, r)
	}
	if len(v.Refusals) > 0 {
		return refused
	}
	note := ""
	if exports == nil {
		note = "; imports were not looked at"
	}
	fmt.Fprintf(out, "%s: accepted%s\n", path, note)
	return accepted
}

// read reads a file, of no more bytes than are looked at.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, object.MaxSize+1))
}
