package project

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rex/toolchain/sample"
	"rex/toolchain/vm"
)

// Cells that agree in their machine are one queue, the longest first; a second machine is for one that much is left of.
func TestQueues(t *testing.T) {
	w := &ward{queues: map[configuration]*queue{}}
	add := func(name string, cpus int, timeout time.Duration, append string) {
		s := &sample.Sample{Name: name, Timeout: timeout, VM: vm.Options{Append: append}}
		w.add(&errand{cell: cell{Sample: name, CPUs: cpus, Memory: 512}, sample: s})
	}
	for i := range 6 {
		add(fmt.Sprint("many", i), 1, 30*time.Second, "")
	}
	add("long", 1, 3*time.Minute, "")
	add("other", 1, 30*time.Second, "slab_nomerge")
	add("two", 2, 30*time.Second, "")
	if len(w.queues) != 3 {
		t.Fatalf("%d queues; want one for each configuration", len(w.queues))
	}
	first := w.next()
	if len(first.left) != 7 || first.left[0].Sample != "long" || first.left[6].Sample != "many5" {
		t.Errorf("the first machine begins with %s of %d", first.left[0].Sample, len(first.left))
	}
	second := w.next() // half of seven is more than one
	if second != first {
		t.Errorf("the second machine is for %+v", second.configuration)
	}
	for range 4 {
		w.take(first)
	}
	var rest []int
	for q := w.next(); q != nil; q = w.next() {
		rest = append(rest, q.CPUs)
	}
	slices.Sort(rest)
	if !slices.Equal(rest, []int{1, 2}) {
		t.Errorf("then come %v; want the other two, as three are not worth a boot", rest)
	}
	for range 3 {
		if w.take(first) == nil {
			t.Error("one is lost")
		}
	}
	if w.take(first) != nil || first.machines != 1 {
		t.Errorf("%d machines at an empty queue; want that one has left", first.machines)
	}
}
