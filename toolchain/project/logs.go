package project

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rex/toolchain/vm/guest"
)

// listedLogs is how many a list has.
const listedLogs = 30

// Logs writes the last log of a stage, or of what was built or run of a sample, to out; without a name, a list of the last ones.
func (p *Project) Logs(name string, out io.Writer) error {
	dir := filepath.Join(p.Store.Dir(), "logs")
	if name == "" {
		return listLogs(dir, time.Now(), out)
	}
	if strings.ContainsRune(name, filepath.Separator) || name == "." {
		_, s, err := p.Sample(name)
		if err != nil {
			return err
		}
		name = s.Name
	}
	file, err := lastLog(dir, name)
	if err != nil {
		return err
	}
	p.Term.Printf("  %s", file)
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	// A guest chooses the text of some of them.
	lines := guest.Lines{Each: func(line string) { fmt.Fprintln(out, line) }}
	_, err = io.Copy(&lines, f)
	lines.End()
	return err
}

// lastLog is the newest log of a stage, of a machine, or of a sample in all of its runs.
func lastLog(dir, name string) (string, error) {
	var newest os.FileInfo
	for _, form := range []string{"%s.log", "%s-console.log", "sample-%s.log", "run-%s-console.log", "run-%s-ebpf-console.log", "watch-%s-console.log"} {
		info, err := os.Stat(filepath.Join(dir, fmt.Sprintf(form, name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", err
		case newest == nil || info.ModTime().After(newest.ModTime()):
			newest = info
		}
	}
	if newest == nil {
		return "", fmt.Errorf("no log of %s in %s: nothing of that name was built or run; `mage logs` lists the last ones", name, dir)
	}
	return filepath.Join(dir, newest.Name()), nil
}

// listLogs writes the last logs, the newest one first, by the names that Logs takes.
func listLogs(dir string, now time.Time, out io.Writer) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return err
	}
	var logs []os.FileInfo
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			logs = append(logs, info)
		}
	}
	slices.SortFunc(logs, func(a, b os.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for _, log := range logs[:min(len(logs), listedLogs)] {
		age := now.Sub(log.ModTime()).Round(time.Second)
		fmt.Fprintf(out, "%12s ago  %s\n", age, strings.TrimSuffix(log.Name(), ".log"))
	}
	return nil
}
