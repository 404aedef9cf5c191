package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"rex/toolchain/stage"
	"rex/toolchain/store"
)

// after keeps the cache within its budget when something was built.
func (p *Project) after(ctx context.Context) error { return p.trim(ctx, p.budget, 0) }

// trim removes what was not used for longest, until the cache takes at most budget bytes and leaves room for as many.
func (p *Project) trim(ctx context.Context, budget, room int64) error {
	removed, err := p.Store.Trim(ctx, budget, room)
	if len(removed) > 0 {
		var bytes int64
		var names []string
		for _, e := range removed {
			bytes += e.Bytes
			if e.Kind != store.ADownload && !slices.Contains(names, e.Name) {
				names = append(names, e.Name)
			}
		}
		what := fmt.Sprintf("%d files and results", len(removed))
		if len(names) > 0 {
			what += " (" + strings.Join(names, ", ") + ")"
		}
		p.Term.Printf("  removed from the cache what was not used for longest: %s, %s", what, size(bytes))
	}
	return err
}

// CollectGarbage makes the cache fit its budget now.
func (p *Project) CollectGarbage(ctx context.Context) error {
	if err := p.trim(ctx, p.budget, 0); err != nil {
		return err
	}
	all, err := p.Store.Entries(ctx)
	if err != nil {
		return err
	}
	p.Term.Printf("%s takes %s of %s (REX_CACHE_SIZE)", p.Store.Dir(), size(total(all)), size(p.budget))
	return nil
}

func total(all []store.Entry) (bytes int64) {
	for _, e := range all {
		bytes += e.Bytes
	}
	return bytes
}

// CacheInfo writes what is in the cache, how big it is, when it was used last, and which checkouts link to it.
func (p *Project) CacheInfo(ctx context.Context, out io.Writer) error {
	all, err := p.Store.Entries(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tof\tsize\tlast used\tlinked from")
	for _, kind := range []store.Kind{store.AResult, store.AWorkspace} {
		for _, e := range all {
			if e.Kind == kind {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.Kind, e.Name, size(e.Bytes), ago(e.Used), strings.Join(e.Links, ", "))
			}
		}
	}
	downloads := slices.DeleteFunc(slices.Clone(all), func(e store.Entry) bool { return e.Kind != store.ADownload })
	if len(downloads) > 0 {
		fmt.Fprintf(w, "downloads\t%d files\t%s\t%s\t\n", len(downloads), size(total(downloads)), ago(downloads[0].Used))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	free, err := p.Store.Free()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s takes %s of %s that it may (REX_CACHE_SIZE); its disk has %s free\n", p.Store.Dir(), size(total(all)), size(p.budget), size(free))
	return nil
}

// ago is how long a time is past.
func ago(t time.Time) string {
	d := time.Since(t)
	switch {
	case t.IsZero():
		return "in the future"
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

// VerifyCache reads all results and downloads and compares them with their digests. What has changed is set aside, and built
// again if this checkout has the stage; a download comes again when it is needed.
func (p *Project) VerifyCache(ctx context.Context) error {
	all, err := p.Store.Entries(ctx)
	if err != nil {
		return err
	}
	var again []*stage.Stage
	results, damaged := 0, 0
	for _, e := range all {
		if e.Kind != store.AResult {
			continue
		}
		r, err := p.Store.Get(e.Name, e.Result.Key)
		if errors.Is(err, store.ErrAbsent) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		results++
		err = p.Store.Verify(ctx, r)
		if !errors.Is(err, store.ErrDamaged) {
			if err != nil {
				return err
			}
			continue
		}
		damaged++
		aside, err := p.Store.Quarantine(r)
		if err != nil {
			return err
		}
		p.Term.Damaged(e.Name, aside)
		if s, err := p.Stage(e.Name); err == nil && !slices.Contains(again, s) {
			again = append(again, s)
		}
	}
	lost, err := p.fetcher.Prove(ctx)
	if err != nil {
		return err
	}
	for _, file := range lost {
		p.Term.Printf("! download       %s had changed and was removed; it comes again when it is needed", filepath.Base(file))
	}
	p.Term.Printf("%d results read, %d of them damaged; %d downloads damaged", results, damaged, len(lost))
	if len(again) == 0 {
		return nil
	}
	built, err := p.Runner.Run(ctx, again...)
	if err != nil {
		return err
	}
	return p.Link(built)
}

// Clean removes everything below the cache root but downloads and keys. What another process has in use stays.
func (p *Project) Clean(ctx context.Context) error {
	start := time.Now()
	unlock, err := p.Store.LockAll(ctx, func() { p.Term.Printf("  waiting for a build that is going on") })
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.RemoveAll(p.path("build")); err != nil {
		return err
	}
	busy, err := p.Store.Clean()
	if err != nil {
		return err
	}
	if len(busy) > 0 {
		p.Term.Printf("  in use by another process, and left: results of %s", strings.Join(busy, ", "))
	}
	p.Term.Printf("removed results, workspaces and logs of %s in %.1f s; downloads stay", p.Store.Dir(), time.Since(start).Seconds())
	return nil
}
