package stack

import (
	"slices"

	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// extent is how deep a function goes, and by which chain of calls.
type extent struct {
	f     *code.Function
	bytes int64 // below the return address
	own   int64 // of them down to the call of next, its return address included
	next  *extent
	nest  int              // how many calls of functions of the object follow each other
	cycle []*code.Function // a way back to where it was, if a function on the chain or beside it has one
}

// depths computes extents within a region. Calls that the caller has guarded with a look at the stack pointer are left
// out unless all is set: there the count begins again.
type depths struct {
	*region
	all   bool
	stop  set // functions at which the way ends, with nothing added
	known map[*code.Function]*extent
	open  map[*code.Function]int // those on the way, by their place in it
	way   []*code.Function
	cycle []*code.Function // the first that was found
}

func (r *region) depths(all bool, stop ...*code.Function) *depths {
	d := &depths{region: r, all: all, stop: set{}, known: map[*code.Function]*extent{}, open: map[*code.Function]int{}}
	for _, f := range append(stop, r.cut) {
		if f != nil {
			d.stop[f] = true
		}
	}
	return d
}

// below returns the extent of a function from its entry down.
func (d *depths) below(f *code.Function) *extent {
	if d.stop[f] {
		return &extent{f: f}
	}
	if e := d.known[f]; e != nil {
		return e
	}
	if at, open := d.open[f]; open {
		if d.cycle == nil {
			d.cycle = slices.Clone(d.way[at:])
		}
		return &extent{f: f, cycle: d.cycle}
	}
	d.open[f] = len(d.way)
	d.way = append(d.way, f)
	fn := d.function(f)
	e := &extent{f: f, bytes: fn.Before}
	if d.all {
		e.bytes = fn.Frame
	}
	e.own = e.bytes
	for _, c := range fn.Calls {
		if d.all || !c.Guarded {
			d.add(e, c, 0)
		}
	}
	d.way = d.way[:len(d.way)-1]
	delete(d.open, f)
	d.known[f] = e
	return e
}

// behind returns the extent of a function from where it has looked at the stack pointer.
func (d *depths) behind(f *code.Function) *extent {
	fn := d.function(f)
	e := &extent{f: f, bytes: fn.After, own: fn.After}
	for _, c := range fn.Calls {
		if c.Guarded {
			d.add(e, c, c.Guard)
		}
	}
	return e
}

// add makes e include a call, of whose depth the first bytes are not counted.
func (d *depths) add(e *extent, c flow.Call, from int64) {
	own := c.Depth - from
	if !c.Tail {
		own += 8
	}
	b := &extent{}
	to := d.callee(c)
	if to != nil {
		b = d.below(to)
		if e.cycle == nil {
			e.cycle = b.cycle
		}
		if to.Name != flow.CheckStack {
			e.nest = max(e.nest, b.nest+1)
		}
	}
	if own+b.bytes > e.bytes {
		e.bytes, e.own, e.next = own+b.bytes, own, nil
		if to != nil {
			e.next = b
		}
	}
}

// steps are the calls by which the extent is reached.
func (e *extent) steps() []Step {
	var s []Step
	for ; e != nil; e = e.next {
		s = append(s, Step{e.f.Name, e.own})
	}
	return s
}
