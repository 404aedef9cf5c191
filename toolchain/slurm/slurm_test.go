package slurm

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	states, err := parse("17|N/A|rex.a|RUNNING|n1|None\n18|3|rex.b|PENDING||Dependency\n18|4|rex.b|FAILED|n2|NonZero|Exit\n19|N/A|other|RUNNING|n1|None\n", "rex.")
	want := []State{{"17", -1, "rex.a", "RUNNING", "n1", "None"}, {"18", 3, "rex.b", "PENDING", "", "Dependency"}, {"18", 4, "rex.b", "FAILED", "n2", "NonZero|Exit"}}
	if err != nil || !slices.Equal(states, want) {
		t.Errorf("got %v, %v; want %v", states, err, want)
	}
	if over := []bool{states[0].Over(), states[1].Over(), states[2].Over()}; !slices.Equal(over, []bool{false, false, true}) {
		t.Errorf("ended are %v", over)
	}
	if _, err := parse("slurm_load_jobs error\n", ""); err == nil {
		t.Error("what is no job is taken for one")
	}
}

// wait waits until the jobs whose names begin with prefix are as they should be.
func wait(t *testing.T, s *Cluster, prefix string, limit time.Duration, ready func([]State) bool) []State {
	t.Helper()
	var last []State
	for start := time.Now(); time.Since(start) < limit; time.Sleep(300 * time.Millisecond) {
		states, err := s.Queue(t.Context(), prefix)
		if err != nil && !errors.Is(err, ErrController) {
			t.Fatal(err)
		}
		if err == nil && len(states) > 0 && ready(states) {
			return states
		}
		last = states
	}
	t.Fatalf("after %v the jobs are %v", limit, last)
	return nil
}

func over(states []State) bool {
	return !slices.ContainsFunc(states, func(s State) bool { return !s.Over() })
}

// ends are the states of jobs by their names, those of an array joined in the order of its tasks.
func ends(states []State) map[string]string {
	slices.SortFunc(states, func(a, b State) int { return a.Task - b.Task })
	m := map[string]string{}
	for _, s := range states {
		m[s.Name] = strings.TrimSpace(m[s.Name] + " " + s.State)
	}
	return m
}

func TestJobs(t *testing.T) {
	c := start(t, "n1", "n2")
	s := c.slurm()
	submit := func(j Job) string {
		t.Helper()
		j.CPUs, j.Memory, j.Limit = 1, 100<<20, time.Minute
		if j.Export == nil {
			j.Export = []string{"PATH", "HOME", "SLURM_CONF"}
		}
		j.Script = "#!/bin/sh\n" + j.Script
		var id string
		var err error
		for range 30 { // until the controller is up
			if id, err = s.Submit(t.Context(), j); !errors.Is(err, ErrController) {
				break
			}
			time.Sleep(300 * time.Millisecond)
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}

	t.Run("in turn", func(t *testing.T) {
		good := submit(Job{Name: "a.good", Script: "sleep 1"})
		bad := submit(Job{Name: "a.bad", Script: "exit 3"})
		submit(Job{Name: "a.after", After: []string{good}, Script: "true"})
		submit(Job{Name: "a.never", After: []string{good, bad}, Script: "true"})
		submit(Job{Name: "a.array", Array: []int{1, 2, 5}, Script: `test "$SLURM_ARRAY_TASK_ID" != 2`})
		got := ends(wait(t, s, "a.", 30*time.Second, over))
		for name, want := range map[string]string{"a.good": "COMPLETED", "a.bad": "FAILED", "a.after": "COMPLETED", "a.never": "CANCELLED", "a.array": "COMPLETED FAILED COMPLETED"} {
			if got[name] != want {
				t.Errorf("%s has ended as %q; want %q", name, got[name], want)
			}
		}
	})

	t.Run("cancelled", func(t *testing.T) {
		id := submit(Job{Name: "b.long", Script: "sleep 50"})
		wait(t, s, "b.", 20*time.Second, func(states []State) bool { return states[0].State == "RUNNING" })
		if err := s.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, s, "b.", 20*time.Second, over); got[0].State != "CANCELLED" {
			t.Errorf("it is %v; want that it is cancelled", got)
		}
		if err := s.Cancel(t.Context(), id, "999"); err != nil {
			t.Errorf("cancelling what has ended is an error: %v", err)
		}
	})

	t.Run("too large", func(t *testing.T) {
		_, err := s.Submit(t.Context(), Job{Name: "c", CPUs: 64, Memory: 1 << 30, Limit: time.Minute, Script: "#!/bin/sh\n"})
		if err == nil || !strings.Contains(err.Error(), "configuration is not available") {
			t.Errorf("got %v; want what Slurm says", err)
		}
	})

	t.Run("the controller is killed", func(t *testing.T) {
		submit(Job{Name: "d.job", Script: "sleep 4"})
		wait(t, s, "d.", 20*time.Second, func(states []State) bool { return states[0].State == "RUNNING" })
		c.kill("controller")
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		if _, err := s.Queue(ctx, "d."); !errors.Is(err, ErrController) {
			t.Errorf("got %v; want that the controller does not answer", err)
		}
		c.launch("controller", "slurmctld", "-D")
		if got := wait(t, s, "d.", 60*time.Second, over); got[0].State != "COMPLETED" {
			t.Errorf("it is %v; want that it went on", got)
		}
	})

	t.Run("a node is lost", func(t *testing.T) {
		submit(Job{Name: "e.job", Script: "sleep 5; echo $SLURMD_NODENAME > $HOME/ran"})
		node := wait(t, s, "e.", 20*time.Second, func(states []State) bool { return states[0].State == "RUNNING" })[0].Node
		c.kill(node)
		got := wait(t, s, "e.", 5*time.Minute, over) // a job that is requeued waits for two minutes
		if got[0].State != "COMPLETED" || got[0].Node == node {
			t.Errorf("it is %v; want that it ran on the other node", got)
		}
		if text, err := os.ReadFile(filepath.Join(c.dir, got[0].Node, "home/ran")); string(text) != got[0].Node+"\n" {
			t.Errorf("it has left %q, %v", text, err)
		}
		c.launch(node, "slurmd", "-D", "-N", node)
	})
}

// A machine without Slurm says so.
func TestCheck(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := Check(); err == nil || !strings.Contains(err.Error(), "login node") {
		t.Errorf("got %v", err)
	}
}
