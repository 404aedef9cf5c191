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
}

// maxRefusals bounds how many are collected.
const maxRefusals = 20

// New follows every function of the text, whether a program reaches it or not.
func New(text *code.Text) *Graph {
	g := &Graph{Text: text, Functions: map[*code.Function]*Function{}, budget: 1<<20 + 32*text.Bytes}
	// A function is followed again when one that it calls turns out to return.
	waiting := map[*code.Function][]*code.Function{}
	work := make([]*code.Function, 0, len(text.Functions))
	queued := map[*code.Function]bool{}
	add := func(f *code.Function) {
		if !queued[f] {
			queued[f] = true
			work = append(work, f)
		}
	}
	for _, f := range text.Functions {
		add(f)
	}
	for len(work) > 0 && g.steps < g.budget {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		queued[f] = false
		before := g.returns(f)
		now := g.follow(f)
		g.Functions[f] = now
		for _, callee := range now.waiting {
			waiting[callee] = append(waiting[callee], f)
		}
		if now.Returns && !before {
			for _, caller := range waiting[f] {
				add(caller)
			}
			delete(waiting, f)
		}
	}
	if g.steps >= g.budget {
		g.Refusals = append(g.Refusals, code.NewRefusal(nil, nil, "following the code takes more than %d steps; split its functions", g.budget))
		return g
	}
	for _, f := range text.Functions {
		if r := g.Functions[f].refusals; len(r) > 0 {
			g.Refusals = append(g.Refusals, r[0])
		} else if r := g.unreached(g.Functions[f]); r != nil {
			g.Refusals = append(g.Refusals, r)
		}
		if len(g.Refusals) == maxRefusals {
			break
		}
	}
	return g
}

// returns tells whether a function is known to return.
func (g *Graph) returns(f *code.Function) bool {
	known := g.Functions[f]
	return known != nil && known.Returns
}
