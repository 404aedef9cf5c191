package project

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/share"
	"rex/toolchain/store"
	"rex/toolchain/vm"
	"rex/toolchain/worktree"
)

// What is done on other machines: a job's script carries the checkout, the keys and the order; results and reports go through the registry,
// so no folder is shared. A machine that does jobs needs what README asks for: Go and certificates.

// remoteTask is a stage that is built elsewhere, or a cell that is run there.
type remoteTask struct {
	Name    string
	Variant string // of the kernel
	Stage   string // empty: a cell
	Cell    *cell
}

// remoteReport is what a job says of itself.
type remoteReport struct {
	Error     string // why there is nothing else
	Elsewhere bool   // another machine may do better
	Verdict   vm.Verdict
	Reason    string
	Took      time.Duration
}

// reports is the stage that reports go by in the registry.
const reports = "report"

// reportFile is what such a result holds.
const reportFile = "report.json"

// reportKey is that of the report on a task. word is that of the job; a cell that has passed reports without one, too, for runs to come.
func reportKey(order, task, word string) string {
	return digest.String(strings.Join([]string{order, task, word}, "\n"))
}

// largestScript is how many bytes Slurm takes unless it is told otherwise (max_script_size in slurm.conf(5)).
const largestScript = 4 << 20

// parcel is what jobs carry: the checkout, the keys and the order, as lines of base64. The order's name is the digest of the checkout and
// the cells: which stages nobody has yet changes from run to run, and what a cell has reported holds.
func (p *Project) parcel(ctx context.Context, tasks []remoteTask) (name, text string, err error) {
	dir, err := os.MkdirTemp(p.Store.Dir(), "parcel-")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(dir)
	if err := worktree.Collect(ctx, p.Root, filepath.Join(dir, "checkout"), []string{"."}, func(_, path string) bool { return notSource(path) }); err != nil {
		return "", "", err
	}
	checkout, err := digest.Tree(ctx, filepath.Join(dir, "checkout"), nil)
	if err != nil {
		return "", "", err
	}
	var cells []remoteTask
	for _, t := range tasks {
		if t.Cell != nil {
			cells = append(cells, t)
		}
	}
	work, err := json.Marshal([]any{checkout, cells})
	if err != nil {
		return "", "", err
	}
	name = digest.String(string(work))
	order, err := json.Marshal(tasks)
	if err != nil {
		return "", "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "order.json"), order, 0o600); err != nil {
		return "", "", err
	}
	if _, err := p.key(); err != nil { // it is there now
		return "", "", err
	}
	if err := os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(p.keys)); err != nil {
		return "", "", err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := errors.Join(share.Tar(ctx, z, dir), z.Close()); err != nil {
		return "", "", err
	}
	encoded := base64.StdEncoding.EncodeToString(packed.Bytes())
	if len(encoded) > largestScript*9/10 {
		return "", "", fmt.Errorf("%s takes %d kB in a job's script, and Slurm takes %d kB: remove from it what is no part of it", p.Root, len(encoded)>>10, largestScript>>10)
	}
	var lines strings.Builder
	for len(encoded) > 0 {
		n := min(120, len(encoded))
		fmt.Fprintln(&lines, encoded[:n])
		encoded = encoded[n:]
	}
	return name, lines.String(), nil
}

// script is what a job runs: the task of a number, or that of the array's task if it is negative.
func script(name, parcel string, number int, word string) string {
	task := fmt.Sprint(number)
	if number < 0 {
		task = `"$SLURM_ARRAY_TASK_ID"`
	}
	return fmt.Sprintf(`#!/bin/sh
# A job of Rex: task %[1]s of order %.12[2]s. It carries the checkout, the keys of who gave it, and the order.
set -eu
umask 077
dir=$(mktemp -d "${TMPDIR:-/tmp}/rex-job.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' TERM INT
sed '1,/^# parcel$/d' "$0" | base64 -d | tar -xzf - -C "$dir"
cd "$dir/checkout"
export REX_PUSH=1 REX_KEYS="$dir/keys"
go tool mage remote:job "$dir/order.json" %[2]s %[1]s %[3]s
exit
# parcel
%[4]s`, task, name, word, parcel)
}

// RemoteJob is what a job does: it builds or runs one task of an order and reports.
func (p *Project) RemoteJob(ctx context.Context, file, order string, number int, word string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var tasks []remoteTask
	if err := json.Unmarshal(text, &tasks); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if number < 0 || number >= len(tasks) {
		return fmt.Errorf("%s has no task %d", file, number)
	}
	if p.share == nil {
		return errNoRegistry
	}
	p.share.Registry = p.share.Registry.Patient()
	t := tasks[number]
	p.useVariant(t.Variant)
	var report remoteReport
	err = p.remoteTask(ctx, &t, &report)
	if ctx.Err() != nil {
		return context.Cause(ctx) // cancelled, or to be done once more: nothing to say
	}
	if err != nil {
		var here unfit
		report = remoteReport{
			Error:     fmt.Sprintf("%v (on %s)", err, os.Getenv("SLURMD_NODENAME")),
			Elsewhere: errors.As(err, &here) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, share.ErrDown),
		}
	}
	err = errors.Join(err, p.report(ctx, reportKey(order, t.Name, word), report))
	if err == nil && report.Verdict == vm.Passed && t.Cell != nil {
		err = p.report(ctx, reportKey(order, t.Name, ""), report)
	}
	return err
}

func (p *Project) remoteTask(ctx context.Context, t *remoteTask, report *remoteReport) error {
	if t.Cell == nil {
		st, err := p.Stage(t.Stage)
		if err != nil {
			return err
		}
		results, err := p.Runner.Run(ctx, st)
		if err != nil {
			return err
		}
		return p.share.Registry.Push(ctx, results[st.Name], p.share.key) // or the next one waits for nothing
	}
	results, samples, err := p.buildMatrix(ctx, []string{t.Cell.Sample})
	if err != nil {
		return err
	}
	outcomes := map[cell]*cellOutcome{}
	if err := p.runCells(ctx, []cell{*t.Cell}, samples, results, outcomes); err != nil {
		return err
	}
	o := outcomes[*t.Cell]
	report.Verdict, report.Reason, report.Took = o.Verdict, o.Reason, o.Took
	return nil
}

// report gives the registry a report.
func (p *Project) report(ctx context.Context, key string, r remoteReport) error {
	dir, err := os.MkdirTemp(p.Store.Dir(), "report-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, reportFile), text, 0o644); err != nil {
		return err
	}
	output, err := digest.Tree(ctx, dir, nil)
	if err != nil {
		return err
	}
	return p.share.Registry.Push(ctx, &store.Result{Dir: dir, Manifest: store.Manifest{Stage: reports, Key: key, Output: output, Created: time.Now()}}, p.share.key)
}

// reported asks the registry for a report.
func (p *Project) reported(ctx context.Context, key string) (r remoteReport, err error) {
	dir, err := os.MkdirTemp(p.Store.Dir(), "report-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	registry := p.share.Registry.Patient()
	output, err := registry.Pull(ctx, reports, key, dir)
	if err != nil {
		return r, err
	}
	if got, err := digest.Tree(ctx, dir, nil); err != nil || got != output {
		return r, errors.Join(registry.Refuse(reports, key, errors.New("it is not what was signed")), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, reportFile))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}
