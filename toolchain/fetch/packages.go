package fetch

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"rex/toolchain/pin"
)

// atOnce is how many small files are fetched side by side: their servers' answers take longer than their bytes.
const atOnce = 8

// Packages brings files of the Debian archive into the cache and returns their paths, in order. To people they are one
// download, under the label.
func (f *Fetcher) Packages(ctx context.Context, label string, files []pin.File) ([]string, error) {
	paths := make([]string, len(files))
	var missing []int
	var total int64
	for i, file := range files {
		paths[i] = f.place(file)
		if f.cached(paths[i], file) != nil {
			missing = append(missing, i)
			total += file.Size
		}
	}
	if len(missing) == 0 {
		return paths, nil
	}
	several := *f
	all := &shared{}
	if f.Progress != nil {
		all.bar = f.Progress.Start(label, total)
		several.Progress = all
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, i := range missing {
		group.Go(func() error {
			if _, err := several.file(groupCtx, pin.Debian, files[i]); err != nil {
				return redacted{fmt.Errorf("%s: %w", files[i].Name(), err)}
			}
			return nil
		})
	}
	err := group.Wait()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	all.end(err)
	return paths, err
}

// shared is one bar for several downloads.
type shared struct {
	mu  sync.Mutex
	bar io.WriteCloser
}

func (s *shared) Start(string, int64) io.WriteCloser { return &share{s} }

func (s *shared) end(err error) {
	if s.bar == nil {
		return
	}
	if failed, ok := s.bar.(interface{ CloseWithError(error) error }); ok && err != nil {
		_ = failed.CloseWithError(err)
		return
	}
	_ = s.bar.Close()
}

type share struct{ *shared }

func (s *share) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bar.Write(p)
}

func (s *share) Close() error { return nil }

// WithSnapshot returns a fetcher that looks, after all mirrors, in an archive of the Debian archive as it was at a time
// (YYYYMMDDTHHMMSSZ): what a mirror has replaced stays there.
func (f *Fetcher) WithSnapshot(archive, at string) *Fetcher {
	if archive == "" || at == "" {
		return f
	}
	later := *f
	later.Mirrors = append(slices.Clone(f.Mirrors), strings.TrimRight(archive, "/")+"/"+at)
	return &later
}
