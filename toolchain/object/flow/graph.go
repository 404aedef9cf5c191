package flow

import (
	"rex/toolchain/object/code"
)

// Graph is the call graph of an object.
type Graph struct {
	Text      *code.Text
	Functions map[*code.Function]*Function
	Refusals  []*code.Refusal

	steps, budget int // instructions followed, and how many may be
	callers       map[*code.Function][]*code.Function
	calls         map[[2]*code.Function]bool // of the first to the second
	assumed       map[uint64]bool            // calls that are taken to return
}

// maxRefusals bounds how many are collected.
const maxRefusals = 20

// New follows every function of the text, whether a program reaches it or not.
func New(text *code.Text) *Graph {
	g := &Graph{Text: text, Functions: map[*code.Function]*Function{}, budget: 1<<17 + 8*text.Bytes,
		callers: map[*code.Function][]*code.Function{}, calls: map[[2]*code.Function]bool{}, assumed: map[uint64]bool{}}
	work := &queue{queued: map[*code.Function]bool{}}
	for _, f := range text.Functions {
		work.add(f)
	}
	g.settle(work)
	// The compiler need not know what never returns, and may have made code to go on with.
	for _, f := range text.Functions {
		for g.assume(f) && g.steps < g.budget {
			work.add(f)
			g.settle(work)
		}
	}
	if g.steps < g.budget {
		g.between()
	}
	if g.steps >= g.budget {
		g.Refusals = append(g.Refusals, code.NewRefusal(nil, nil, "following the code takes more than %d steps; split its functions", g.budget))
		return g
	}
	for _, f := range text.Functions {
		if r := g.Functions[f].refusals; len(r) > 0 {
			g.Refusals = append(g.Refusals, r[0])
		} else if i := g.Functions[f].unreached(text); i != nil {
			g.Refusals = append(g.Refusals, code.NewRefusal(f, i, "no path through the function leads to it"))
		}
		if len(g.Refusals) == maxRefusals {
			break
		}
	}
	return g
}

// queue holds functions that are to be followed, each once.
type queue struct {
	functions []*code.Function
	queued    map[*code.Function]bool
}

func (q *queue) add(f *code.Function) {
	if !q.queued[f] {
		q.queued[f] = true
		q.functions = append(q.functions, f)
	}
}

func (q *queue) take() *code.Function {
	n := len(q.functions) - 1
	f := q.functions[n]
	q.functions, q.queued[f] = q.functions[:n], false
	return f
}

// settle follows functions, and again those that call one which turns out to return, or to leave something else.
func (g *Graph) settle(work *queue) {
	for len(work.functions) > 0 && g.steps < g.budget {
		f := work.take()
		before := g.Functions[f]
		now := g.follow(f)
		g.Functions[f] = now
		for _, callee := range now.called {
			if call := [2]*code.Function{f, callee}; !g.calls[call] {
				g.calls[call] = true
				g.callers[callee] = append(g.callers[callee], f)
			}
		}
		if before == nil || now.Returns != before.Returns || now.left != before.left {
			for _, caller := range g.callers[f] {
				work.add(caller)
			}
		}
	}
}

// assume takes calls of f to return that have code behind them to which nothing else leads. It tells whether there are.
func (g *Graph) assume(f *code.Function) bool {
	calls := g.Functions[f].endsBefore(g.Text)
	for _, addr := range calls {
		g.assumed[addr] = true
	}
	g.steps += int(f.End-f.Start) / 4 // about as many instructions were looked at
	return len(calls) > 0
}

// returns tells whether a function is known to return.
func (g *Graph) returns(f *code.Function) bool {
	known := g.Functions[f]
	return known != nil && known.Returns
}
