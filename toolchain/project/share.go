package project

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"rex/toolchain/share"
	"rex/toolchain/stage"
	"rex/toolchain/store"
)

// trustDir has the public keys of those whose results are taken.
const trustDir = "configs/trust"

// sharing is the registry that $REX_REGISTRY names, as the runner wants it: what goes wrong there is said, and then it is as if there were
// none.
type sharing struct {
	*share.Registry
	p    *Project
	key  ed25519.PrivateKey // nil: nothing is pushed
	said sync.Map           // what was said, once
}

// openShare opens the registry, if one is named.
func (p *Project) openShare() (*sharing, error) {
	address := os.Getenv("REX_REGISTRY")
	if address == "" {
		return nil, nil
	}
	trust, err := share.ReadTrust(p.path(trustDir))
	if err != nil {
		return nil, err
	}
	registry, err := share.Open(address, trust, filepath.Join(p.Store.Dir(), "drafts"))
	if err != nil {
		return nil, err
	}
	return &sharing{Registry: registry, p: p}, nil
}

// shared tells whether a stage's results are for others: not those that are about this machine.
func shared(stage string) bool {
	return stage != "tools-of-host" && !strings.HasPrefix(stage, "tests-")
}

// Pull implements stage.Share.
func (s *sharing) Pull(ctx context.Context, name, key, dst string) (string, bool) {
	if !shared(name) {
		return "", false
	}
	output, err := s.Registry.Pull(ctx, name, key, dst)
	switch {
	case err == nil:
		s.p.Term.Printf("  %-14s from %s", name, s.Registry)
		return output, true
	case ctx.Err() == nil && !errors.Is(err, share.ErrAbsent):
		s.say(err)
	}
	return "", false
}

// Look implements stage.Share.
func (s *sharing) Look(ctx context.Context, name, key string) (string, bool) {
	if !shared(name) {
		return "", false
	}
	output, err := s.Registry.Look(ctx, name, key)
	if err != nil && ctx.Err() == nil && !errors.Is(err, share.ErrAbsent) {
		s.say(err)
	}
	return output, err == nil
}

// Refuse implements stage.Share.
func (s *sharing) Refuse(name, key string, err error) { s.say(s.Registry.Refuse(name, key, err)) }

// Push implements stage.Share.
func (s *sharing) Push(ctx context.Context, result *store.Result) {
	if s.key == nil || !shared(result.Stage) {
		return
	}
	if err := s.Registry.Push(ctx, result, s.key); err != nil && ctx.Err() == nil {
		s.say(err)
	}
}

func (s *sharing) say(err error) {
	if _, before := s.said.LoadOrStore(err.Error(), true); !before {
		s.p.Term.Printf("! %s: %v; what it would have is built here", s.Registry, err)
	}
}

// pushKey is the key that results are signed with for others. It is said where its public part lies.
func (p *Project) pushKey() (ed25519.PrivateKey, error) {
	key, public, err := share.OpenKey(p.shareKey())
	if err == nil {
		p.Term.Printf("  results are signed with a key of this cache; those who are to take them have %s in %s", public, trustDir)
	}
	return key, err
}

// shareKey is the folder of the key that results are signed with for others.
func (p *Project) shareKey() string { return filepath.Join(p.keys, "share") }

var errNoRegistry = errors.New("REX_REGISTRY names no registry; it takes host:port/repository")

// CachePush gives the registry all current results of this checkout.
func (p *Project) CachePush(ctx context.Context) error {
	if p.share == nil {
		return errNoRegistry
	}
	key, err := p.pushKey()
	if err != nil {
		return err
	}
	samples, err := p.Samples()
	if err != nil {
		return err
	}
	pushed := 0
	for _, s := range stage.Closure(append(p.All(), samples...)...) {
		why, err := p.Runner.Why(ctx, s)
		if err != nil {
			return err
		}
		if why.Result == nil || !shared(s.Name) {
			continue
		}
		if err := p.Store.Check(ctx, why.Result); err != nil {
			return fmt.Errorf("%w; mage cache:verify builds it again", err)
		}
		if err := p.share.Registry.Push(ctx, why.Result, key); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		p.Term.Printf("  %-14s is at %s", s.Name, p.share)
		pushed++
	}
	p.Term.Printf("%d results are at %s", pushed, p.share)
	return nil
}

// CachePull takes from the registry what is not here, and builds nothing.
func (p *Project) CachePull(ctx context.Context) error {
	if p.share == nil {
		return errNoRegistry
	}
	samples, err := p.Samples()
	if err != nil {
		return err
	}
	all := stage.Closure(append(p.All(), samples...)...)
	results, err := p.Runner.PullAll(ctx, all...)
	if err != nil {
		return err
	}
	p.Term.Printf("%d of %d results are here", len(results), len(all))
	return p.Link(results)
}
