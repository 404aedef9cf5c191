package project

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"rex/toolchain/sample"
	"rex/toolchain/worktree"
)

// assemble puts a copy of an extension below root, at place, with the runtime, the crates that it shares, and more files and folders of the
// checkout, all where the checkout has them: cargo writes a lock file beside a manifest, and finds every crate as a build does.
func (p *Project) assemble(ctx context.Context, s *sample.Sample, root, place string, more ...string) (*sample.Sample, error) {
	sources := map[string]string{place: s.Dir}
	for _, source := range append([]string{"librex/rex", "librex/rex-macros"}, more...) {
		sources[source] = p.path(source)
	}
	if s.InRust {
		sources[loaderCrate] = p.path(loaderCrate)
	}
	crates := filepath.Join(outsideDir, cratesOf(s.Name))
	for name, dir := range p.sharedCrates(s.Name) {
		sources[filepath.Join(crates, name)] = dir
	}
	if err := worktree.Gather(ctx, sources, root, func(_, path string) bool { return sample.Skip(path) }); err != nil {
		return nil, err
	}
	if err := os.Symlink("librex/rex", filepath.Join(root, "rex")); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	copied, err := sample.Open(filepath.Dir(filepath.Join(root, place)), filepath.Base(place))
	if err != nil {
		return nil, err
	}
	if p.features != nil {
		copied.Features = p.features
	}
	return copied, copied.Rewire(filepath.Join(root, "rex"), filepath.Join(root, loaderCrate), filepath.Join(root, crates))
}

// sharedCrates are the folders of the crates that an extension shares, by the names of their packages: those that were found when it was
// opened, or, in a build, those that were put into the checkout which it sees.
func (p *Project) sharedCrates(name string) map[string]string {
	crates := map[string]string{}
	for place, dir := range p.outside {
		if filepath.Dir(place) == cratesOf(name) {
			crates[filepath.Base(place)] = dir
		}
	}
	put, _ := filepath.Glob(filepath.Join(p.path(outsideDir), cratesOf(name), "*"))
	for _, dir := range put {
		crates[filepath.Base(dir)] = dir
	}
	return crates
}
