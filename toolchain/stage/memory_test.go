package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rex/toolchain/store"
)

// What stages took decides which of them are built side by side.
func TestRunStaysWithinTheMemory(t *testing.T) {
	for _, tt := range []struct {
		name          string
		sizes         []int64
		alone, atOnce int32 // how many at once before anything is known of them, and after
	}{
		{name: "two of six tenths", sizes: []int64{60, 60}, alone: 2, atOnce: 1},
		{name: "three that fit", sizes: []int64{30, 30, 30}, alone: 3, atOnce: 3},
		{name: "larger than all there is", sizes: []int64{150, 10}, alone: 2, atOnce: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, j := runner(t)
			o := &waits{Observer: j}
			r.Observer = o
			r.Memory = func() int64 { return 100 }
			var inside, most atomic.Int32
			var meet sync.WaitGroup
			round := 0
			r.Execute = func(ctx context.Context, s *Stage, key string, _ []Source, b *Build) error {
				n := inside.Add(1)
				defer inside.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				if round == 0 || int(tt.atOnce) == len(tt.sizes) {
					meet.Done()
					meet.Wait() // all are here at once, or this hangs
				} else {
					time.Sleep(20 * time.Millisecond)
				}
				fmt.Sscan(strings.TrimPrefix(s.Name, "stage-"), &b.Usage.Memory)
				b.Usage.Memory = tt.sizes[b.Usage.Memory]
				return s.Perform(ctx, key, b)
			}
			for round = range 2 {
				most.Store(0)
				meet.Add(len(tt.sizes))
				var stages []*Stage
				for i := range tt.sizes {
					stages = append(stages, &Stage{
						Name:   fmt.Sprintf("stage-%d", i),
						Inputs: func(_ context.Context, in *Inputs) error { in.Value("round", fmt.Sprint(round)); return nil },
						Build:  func(_ context.Context, b *Build) error { return nil },
					})
				}
				results, err := r.Run(t.Context(), stages...)
				if err != nil {
					t.Fatal(err)
				}
				want := tt.alone
				if round == 1 {
					want = tt.atOnce
				}
				if most.Load() != want {
					t.Errorf("round %d: %d were built at once; want %d", round, most.Load(), want)
				}
				if got := results["stage-0"].Memory; got != tt.sizes[0] {
					t.Errorf("the result says that it took %d; want %d", got, tt.sizes[0])
				}
			}
			if said := o.said.Load(); (said == 1) != (tt.atOnce == 1) {
				t.Errorf("a person was told %d times that a stage waits", said)
			}
		})
	}
}

type waits struct {
	Observer
	said atomic.Int32
}

func (w *waits) Waiting(*Stage, string)                  { w.said.Add(1) }
func (w *waits) Building(s *Stage, why string) io.Writer { return w.Observer.Building(s, why) }

func TestRoomEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room
		limit := func() int64 { return 10 }
		give, err := r.take(t.Context(), limit, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := r.take(ctx, limit, 1, func(string) {}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v; want that it was cancelled", err)
		}
		give()
		give, err = r.take(t.Context(), limit, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		give()
	})
}

func TestExpected(t *testing.T) {
	results := []*store.Result{{}, {Manifest: store.Manifest{Usage: store.Usage{Memory: 7}}}, {Manifest: store.Manifest{Usage: store.Usage{Memory: 9}}}}
	if got := expected(results); got != 7 {
		t.Errorf("got %d; want what the last that knows says", got)
	}
	if got := expected(nil); got != 0 {
		t.Errorf("got %d of nothing", got)
	}
}
