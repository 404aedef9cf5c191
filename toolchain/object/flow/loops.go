package flow

import (
	"cmp"
	"maps"
	"slices"

	"rex/toolchain/object/code"
)

// maxTurns is how often a loop may turn while the watchdog is kept off.
const maxTurns = 1 << 16

// loops finds loops that may go on forever. While the run's state keeps the watchdog off, there must be none.
func (w *walk) loops() {
	all := map[uint64][]uint64{}
	held := map[uint64][]uint64{}
	for _, e := range slices.SortedFunc(maps.Keys(w.edges), func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	}) {
		if to := all[e.from]; len(to) == 0 || to[len(to)-1] != e.to {
			all[e.from] = append(to, e.to)
		}
		if e.held {
			held[e.from] = append(held[e.from], e.to)
		}
	}
	w.graph.steps += len(w.edges)
	if i := w.endlessLoop(held); i != nil {
		w.refuse(i, "it is in a loop that may go on forever, while the run's state keeps the watchdog off")
	}
	w.f.endless = w.endlessLoop(all)
}

// endlessLoop returns an instruction of a loop of which it does not show that it ends, or nil.
func (w *walk) endlessLoop(graph map[uint64][]uint64) *code.Inst {
	for _, loop := range components(graph) {
		if !w.counted(loop, graph) {
			i, _ := w.graph.Text.At(slices.Min(slices.Collect(maps.Keys(loop))))
			return i
		}
	}
	return nil
}

// components returns the loops of a graph: sets of nodes each of which leads to all others of its set.
func components(graph map[uint64][]uint64) []map[uint64]bool {
	// Tarjan's algorithm, without recursion: functions may be long.
	type node struct {
		index, low int
		on         bool
	}
	nodes := map[uint64]*node{}
	var stack []uint64
	var out []map[uint64]bool
	type visit struct {
		at   uint64
		next int
	}
	for _, root := range slices.Sorted(maps.Keys(graph)) {
		if nodes[root] != nil {
			continue
		}
		way := []visit{{at: root}}
		for len(way) > 0 {
			v := &way[len(way)-1]
			n := nodes[v.at]
			if n == nil {
				n = &node{index: len(nodes), low: len(nodes), on: true}
				nodes[v.at] = n
				stack = append(stack, v.at)
			}
			if v.next < len(graph[v.at]) {
				to := graph[v.at][v.next]
				v.next++
				if m := nodes[to]; m == nil {
					way = append(way, visit{at: to})
				} else if m.on {
					n.low = min(n.low, m.index)
				}
				continue
			}
			at := v.at
			way = way[:len(way)-1]
			if len(way) > 0 {
				up := nodes[way[len(way)-1].at]
				up.low = min(up.low, n.low)
			}
			if n.low != n.index {
				continue
			}
			set := map[uint64]bool{}
			for done := false; !done; {
				last := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				nodes[last].on = false
				set[last] = true
				done = last == at
			}
			if len(set) > 1 || slices.Contains(graph[at], at) {
				out = append(out, set)
			}
		}
	}
	return out
}

// counter is a register that a loop counts with.
type counter struct {
	reg   code.Reg
	step  int64
	block uint64 // that counts
	at    uint64
	by    code.Reg // in which it is counted: mostly the same
	// If it is another one, where that happens.
	aheadAt, aheadBlock uint64
}

// counted tells whether a loop counts a register from a number to another one on every turn, and ends there.
func (w *walk) counted(loop map[uint64]bool, graph map[uint64][]uint64) bool {
	blocks := slices.Sorted(maps.Keys(loop))
	var counters, ahead [16]counter // ahead: registers that hold another one, counted
	var writes [16]int
	for _, block := range blocks {
		for _, i := range w.instructions(block) {
			w.graph.steps++
			c := counter{reg: code.None}
			if a := i.Args[0]; a.Kind == code.InReg && a.Written {
				writes[a.Reg]++
				c = counting(i, block)
				ahead[a.Reg] = countedAhead(i, block)
				if b := i.Args[1]; i.Op == "mov" && b.Kind == code.InReg && a.Size == 8 {
					// What was counted in another register comes back.
					if n := ahead[b.Reg]; n.reg == a.Reg && n.step != 0 {
						c = counter{reg: a.Reg, step: n.step, block: block, at: i.Addr, by: b.Reg, aheadAt: n.at, aheadBlock: n.block}
					}
				}
			}
			for _, r := range i.Writes() {
				writes[r]++
			}
			switch i.Op {
			case "call":
				for r := range code.Reg(16) {
					if !slices.Contains(saved, r) {
						writes[r]++
					}
				}
			case "xchg", "xadd":
				if b := i.Args[1]; b.Kind == code.InReg {
					writes[b.Reg]++
				}
			}
			if c.reg != code.None {
				counters[c.reg] = c
			}
		}
	}
	for r := range code.Reg(16) {
		if c := counters[r]; writes[r] == 1 && (c.by == r || writes[c.by] == 1) && c.step != 0 && w.graph.steps < w.graph.budget {
			if w.ends(loop, graph, blocks, c) {
				return true
			}
		}
	}
	return false
}

// counting is what an instruction counts, if it does.
func counting(i *code.Inst, block uint64) counter {
	c := counter{reg: i.Args[0].Reg, block: block, at: i.Addr, by: i.Args[0].Reg}
	a, b := i.Args[0], i.Args[1]
	if a.Size < 4 {
		return c
	}
	switch {
	case i.Op == "add" && b.Kind == code.Number:
		c.step = b.Value
	case i.Op == "sub" && b.Kind == code.Number:
		c.step = -b.Value
	case i.Op == "inc":
		c.step = 1
	case i.Op == "dec":
		c.step = -1
	case i.Op == "lea" && b.Mem.Base == a.Reg && b.Mem.Index == code.None:
		c.step = b.Mem.Disp
	}
	return c
}

// countedAhead is what an instruction leaves in its register of another one, counted.
func countedAhead(i *code.Inst, block uint64) counter {
	a, b := i.Args[0], i.Args[1]
	if i.Op != "lea" || a.Size != 8 || b.Mem.Index != code.None || b.Mem.Base < 0 || b.Mem.Base == a.Reg {
		return counter{reg: code.None}
	}
	return counter{reg: b.Mem.Base, step: b.Mem.Disp, block: block, at: i.Addr}
}

// instructions are those of a block.
func (w *walk) instructions(block uint64) []*code.Inst {
	var out []*code.Inst
	for at := block; at < w.f.End; {
		i, err := w.graph.Text.At(at)
		if err != nil {
			break
		}
		out = append(out, i)
		at = i.Next()
		if w.states[at] != nil || i.Op == "jmp" || i.Op == "ret" || i.Jumps() {
			break
		}
	}
	return out
}

// ends tells whether a loop ends, with a comparison of the counter with a number on every turn.
func (w *walk) ends(loop map[uint64]bool, graph map[uint64][]uint64, blocks []uint64, c counter) bool {
	start, known := w.startOf(loop, graph, c.reg)
	if !known || !w.cuts(loop, graph, c.block) {
		return false
	}
	// Counted in another register, which comes back in a later block: always in this order.
	if c.by != c.reg && c.aheadBlock != c.block && (!w.cuts(loop, graph, c.aheadBlock) || w.leadsAround(loop, graph, c.aheadBlock, c.block)) {
		return false
	}
	for _, block := range blocks {
		before := (*code.Inst)(nil)
		for _, i := range w.instructions(block) {
			w.graph.steps++
			if i.Jumps() && before != nil && w.graph.steps < w.graph.budget && w.leavesAt(loop, i, before, c, start, block) && w.cuts(loop, graph, block) {
				return true
			}
			if !i.KeepsFlags() {
				before = i
			}
		}
	}
	return false
}

// cuts tells whether every turn of a loop goes through a block.
func (w *walk) cuts(loop map[uint64]bool, graph map[uint64][]uint64, block uint64) bool {
	w.graph.steps += len(loop)
	rest := map[uint64][]uint64{}
	for at := range loop {
		for _, to := range graph[at] {
			if at != block && to != block && loop[to] {
				rest[at] = append(rest[at], to)
			}
		}
	}
	return len(components(rest)) == 0
}

// leadsAround tells whether a way from outside of a loop leads to a block of it without one through another.
func (w *walk) leadsAround(loop map[uint64]bool, graph map[uint64][]uint64, through, to uint64) bool {
	seen := map[uint64]bool{through: true}
	var next []uint64
	if loop[w.f.Start] {
		next = append(next, w.f.Start)
	}
	for e := range w.edges {
		if loop[e.to] && !loop[e.from] {
			next = append(next, e.to)
		}
	}
	for len(next) > 0 {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if !loop[at] || seen[at] {
			continue
		}
		if at == to {
			return true
		}
		seen[at] = true
		w.graph.steps++
		next = append(next, graph[at]...)
	}
	return false
}

// startOf is the number that a register holds on every way into a loop.
func (w *walk) startOf(loop map[uint64]bool, graph map[uint64][]uint64, r code.Reg) (int64, bool) {
	start, known := int64(0), false
	for from := range w.outside(loop) {
		v, ok := w.outOf(from, r)
		if !ok || known && v != start {
			return 0, false
		}
		start, known = v, true
	}
	return start, known
}

// outside are the blocks outside of a loop that lead into it.
func (w *walk) outside(loop map[uint64]bool) map[uint64]bool {
	out := map[uint64]bool{}
	for e := range w.edges {
		if loop[e.to] && !loop[e.from] {
			out[e.from] = true
		}
	}
	if loop[w.f.Start] {
		out[w.f.Start] = true // entered with what is not known
	}
	return out
}

// outOf is the number that a register holds at the end of a block.
func (w *walk) outOf(block uint64, r code.Reg) (int64, bool) {
	v := value{}
	if s := w.states[block]; s != nil {
		v = s.regs[r]
	}
	for _, i := range w.instructions(block) {
		a, b := i.Args[0], i.Args[1]
		switch {
		case a.Kind == code.InReg && a.Reg == r && a.Written:
			v = value{}
			switch {
			case i.Op == "mov" && b.Kind == code.Number && a.Size >= 4:
				v = low(value{kind: number, off: b.Value}, a.Size)
			case i.Op == "xor" && b.Kind == code.InReg && b.Reg == r && a.Size >= 4:
				v = value{kind: number}
			}
		case slices.Contains(i.Writes(), r), i.Args[1].Kind == code.InReg && i.Args[1].Written && i.Args[1].Reg == r:
			v = value{}
		case i.Op == "call" && !slices.Contains(saved, r):
			v = value{}
		}
	}
	return v.off, v.kind == number
}

// leavesAt tells whether a conditional jump leaves the loop when the counter, which starts at a number, has come to
// another one.
func (w *walk) leavesAt(loop map[uint64]bool, jump, compare *code.Inst, c counter, start int64, block uint64) bool {
	target, _ := jump.Target()
	op := jump.Op
	switch taken, not := loop[target], loop[jump.Next()]; {
	case taken == not:
		return false
	case taken: // goes on if it jumps
		op = opposite[op]
	}
	a, b := compare.Args[0], compare.Args[1]
	end := int64(0)
	switch {
	case compare.Op == "cmp" && a.Kind == code.InReg && a.Reg == c.reg && a.Size >= 4 && b.Kind == code.Number:
		end = b.Value
	case compare.Op == "cmp" && a.Kind == code.InReg && a.Reg == c.by && a.Size == 8 && b.Kind == code.Number && block == c.aheadBlock && compare.Addr > c.aheadAt:
		end = b.Value // of what will come back
	case compare.Addr == c.at && compare.Op != "lea":
		// The flags of counting itself: the counter comes to 0.
	default:
		return false
	}
	if a.Size == 4 {
		start = extended(start, 4)
	}
	turns := (end - start) / c.step
	if end < 0 || start < -maxTurns || turns < 0 || turns > maxTurns {
		return false
	}
	switch op {
	case "je":
		return (end-start)%c.step == 0 && turns > 0
	case "ja", "jae", "jg", "jge":
		return c.step > 0 && compare.Op == "cmp"
	}
	return false
}

// opposite are conditions by those that they are the opposite of.
var opposite = map[string]string{
	"je": "jne", "jne": "je", "jb": "jae", "jae": "jb", "jbe": "ja", "ja": "jbe", "jl": "jge", "jge": "jl", "jle": "jg", "jg": "jle",
	"jo": "jno", "jno": "jo", "js": "jns", "jns": "js", "jp": "jnp", "jnp": "jp",
}

// unwatched checks what is called while the run's state keeps the watchdog off: it must not go on forever either.
func (g *Graph) unwatched() {
	called := map[*code.Function]bool{}
	for _, f := range g.Text.Functions {
		for _, c := range g.Functions[f].Calls {
			if c.held && c.To != nil {
				g.unwatchedCall(g.Functions[f], c, called)
			}
		}
	}
}

// unwatchedCall checks one call and what follows from it.
func (g *Graph) unwatchedCall(f *Function, c Call, called map[*code.Function]bool) {
	const open = "it is called, by way of %s, while the run's state keeps the watchdog off"
	work := []*code.Function{c.To}
	for len(work) > 0 {
		to := work[len(work)-1]
		work = work[:len(work)-1]
		// The panic handler sets the state itself, and is checked for it.
		if called[to] || to.Name == PanicHandler || len(f.refusals) > 0 {
			continue
		}
		called[to] = true
		known := g.Functions[to]
		g.steps += len(known.Calls)
		if known.endless != nil {
			known.refuse(known.endless, "it is in a loop that may go on forever, and "+open, f.Name)
			return
		}
		for _, next := range known.Calls {
			if next.Indirect && !next.undoes {
				known.refuse(next.Inst, "it calls through a pointer, and "+open, f.Name)
				return
			}
			if next.To != nil {
				work = append(work, next.To)
			}
		}
	}
	if g.recurs(called, c.To) {
		f.refuse(c.Inst, "it calls what may call itself forever, while the run's state keeps the watchdog off")
	}
}

// recurs tells whether functions that can be reached from f call each other in a circle.
func (g *Graph) recurs(among map[*code.Function]bool, f *code.Function) bool {
	graph := map[uint64][]uint64{}
	for _, at := range g.Text.Functions {
		if !among[at] {
			continue
		}
		for _, c := range g.Functions[at].Calls {
			if c.To != nil && among[c.To] {
				graph[at.Start] = append(graph[at.Start], c.To.Start)
			}
		}
	}
	return len(components(graph)) > 0
}
