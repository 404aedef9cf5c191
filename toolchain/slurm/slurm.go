// Package slurm gives work to a cluster that Slurm runs (https://slurm.schedmd.com/documentation.html), by its commands: sbatch(1),
// squeue(1) and scancel(1).
package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"rex/toolchain/command"
)

// Job is a job, or an array of jobs that differ in $SLURM_ARRAY_TASK_ID alone.
type Job struct {
	Name    string
	CPUs    int
	Memory  int64 // bytes
	Limit   time.Duration
	After   []string // ids of jobs that must have ended well before it starts; if one does not, this one is cancelled
	Array   []int    // the numbers of its tasks, if it is an array
	Exclude []string // nodes that it must not run on
	Export  []string // names of variables that it inherits
	Script  string
}

// Cluster is where this machine is a login node.
type Cluster struct {
	// Within, if not nil, makes of a command one that runs where Slurm's commands are.
	Within func(command.Cmd) (*command.Cmd, error)
}

// State is a job, or a task of an array, as the controller sees it.
type State struct {
	ID    string // of the job; that of the array, if it is one
	Task  int    // of the array; -1 if it is none
	Name  string
	State string // PENDING, RUNNING, COMPLETED, FAILED, ... (squeue(1), JOB STATE CODES)
	Node  string // where it runs or ran
	Why   string // why it is in this state
}

// Over tells whether it has ended.
func (s State) Over() bool {
	return !slices.Contains([]string{"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESIZING", "SIGNALING", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED"}, s.State)
}

// ErrController means that the controller does not answer; it may later.
var ErrController = errors.New("the cluster's controller does not answer")

// Check tells whether this machine can give jobs to a cluster.
func Check() error {
	for _, name := range []string{"sbatch", "squeue", "scancel"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("no %s in PATH: this machine is no login node of a Slurm cluster; run it on one (Debian: slurm-client), or leave out -on slurm", name)
		}
	}
	return nil
}

// Submit queues a job and returns its id.
func (c *Cluster) Submit(ctx context.Context, j Job) (id string, err error) {
	args := []string{
		"--parsable", "--job-name=" + j.Name, "--nodes=1", "--ntasks=1", "--cpus-per-task=" + strconv.Itoa(j.CPUs),
		fmt.Sprintf("--mem=%dM", j.Memory>>20), fmt.Sprintf("--time=%d", int(math.Ceil(j.Limit.Minutes()))),
		"--requeue", "--kill-on-invalid-dep=yes", "--output=/dev/null", "--chdir=/", "--export=" + strings.Join(j.Export, ","),
	}
	if len(j.After) > 0 {
		args = append(args, "--dependency=afterok:"+strings.Join(j.After, ":"))
	}
	if len(j.Array) > 0 {
		var numbers []string
		for _, n := range j.Array {
			numbers = append(numbers, strconv.Itoa(n))
		}
		args = append(args, "--array="+strings.Join(numbers, ","))
	}
	if len(j.Exclude) > 0 {
		args = append(args, "--exclude="+strings.Join(j.Exclude, ","))
	}
	out, err := c.run(ctx, j.Script, "sbatch", args...)
	if err != nil {
		return "", fmt.Errorf("%s: %w", j.Name, err)
	}
	id, _, _ = strings.Cut(strings.TrimSpace(out), ";") // a federation's name may follow
	if _, err := strconv.Atoi(id); err != nil {
		return "", fmt.Errorf("%s: sbatch answers %.80q, which is no job id", j.Name, out)
	}
	return id, nil
}

// Queue returns the caller's jobs whose names begin with prefix: those that wait or run, and for some minutes those that have ended
// (MinJobAge in slurm.conf(5)).
func (c *Cluster) Queue(ctx context.Context, prefix string) ([]State, error) {
	out, err := c.run(ctx, "", "squeue", "--me", "--array", "--noheader", "--states=all", "--format=%F|%K|%j|%T|%N|%r")
	if err != nil {
		return nil, err
	}
	return parse(out, prefix)
}

func parse(out, prefix string) ([]State, error) {
	var states []State
	for line := range strings.Lines(out) {
		f := strings.SplitN(strings.TrimSpace(line), "|", 6)
		if len(f) < 6 {
			return nil, fmt.Errorf("squeue says %.80q, which is no job", line)
		}
		if !strings.HasPrefix(f[2], prefix) {
			continue
		}
		s := State{ID: f[0], Task: -1, Name: f[2], State: f[3], Node: f[4], Why: f[5]}
		if n, err := strconv.Atoi(f[1]); err == nil {
			s.Task = n
		}
		states = append(states, s)
	}
	return states, nil
}

// Cancel ends jobs. Those that have ended are no error.
func (c *Cluster) Cancel(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := c.run(ctx, "", "scancel", append([]string{"--quiet"}, ids...)...)
	return err
}

// run runs one of Slurm's commands.
func (c *Cluster) run(ctx context.Context, input, name string, args ...string) (string, error) {
	var complaint bytes.Buffer
	cmd := &command.Cmd{Path: name, Args: args, Stdin: strings.NewReader(input), Stderr: &complaint}
	if conf := os.Getenv("SLURM_CONF"); conf != "" {
		cmd.Env = []string{"SLURM_CONF=" + conf}
	}
	if c.Within != nil {
		var err error
		if cmd, err = c.Within(*cmd); err != nil {
			return "", err
		}
	}
	out, err := cmd.Output(ctx)
	if err == nil {
		return out, nil
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	text := strings.TrimSpace(complaint.String())
	for _, sign := range []string{"Unable to contact slurm controller", "Socket timed out", "Zero Bytes were transmitted", "Connection refused", "Transport endpoint"} {
		if strings.Contains(text, sign) {
			return "", fmt.Errorf("%w (%s)", ErrController, text)
		}
	}
	if text == "" {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return "", fmt.Errorf("%s: %s", name, text)
}
