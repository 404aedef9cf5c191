// Package share exchanges results with others through a registry of the OCI distribution specification
// (https://github.com/opencontainers/distribution-spec): a tag for each key, with the result's tree as a layer (tar, zstd) and a signed
// statement on what it was made from, and by whom. A registry is not trusted: what it gives counts only if a key that the checkout trusts has
// signed for exactly that stage, key and tree.
package share

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	godigest "github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"

	"rex/toolchain/fetch"
	"rex/toolchain/store"
)

// Media types.
const (
	artifactType = "application/vnd.rex.result.v1"
	treeType     = "application/vnd.rex.result.tree.v1.tar+zstd"
	sealType     = "application/vnd.dsse.envelope.v1+json"
)

// How long a registry may say nothing. One that has cost so much is not asked again in a run; to take a result may take it longer.
const (
	patience     = 4 * time.Second
	pushPatience = time.Minute
)

// largest is how many bytes a result may have in a registry.
const largest = 16 << 30

// ErrAbsent means that the registry has no result of a key.
var ErrAbsent = errors.New("the registry has no such result")

// ErrRefused means that what the registry gives is not taken.
var ErrRefused = errors.New("what the registry gives is refused")

// ErrDown means that the registry does not answer as one should; it is not asked again.
var ErrDown = errors.New("the registry cannot be used")

// Registry is where results are shared.
type Registry struct {
	repo    *remote.Repository // to ask
	target  *remote.Repository // to give to
	address string
	trust   []ed25519.PublicKey
	scratch string // folder for archives on their way

	mu   sync.Mutex
	down error // why it is not asked any more
}

// Open returns the registry at an address, "host:port/repository", or with "http://" before it for one without TLS. Nothing is asked of it
// yet. Credentials are those of Docker's configuration. scratch is a folder for archives on their way.
func Open(address string, trust []ed25519.PublicKey, scratch string) (*Registry, error) {
	reference, plain := strings.CutPrefix(address, "http://")
	reference = strings.TrimPrefix(reference, "https://")
	known, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("credentials for registries: %w", err)
	}
	r := &Registry{address: reference, trust: trust, scratch: scratch}
	for _, side := range []struct {
		repo     **remote.Repository
		patience time.Duration
	}{{&r.repo, patience}, {&r.target, pushPatience}} {
		repo, err := remote.NewRepository(reference)
		if err == nil && repo.Reference.Reference != "" {
			err = errors.New("a tag or digest is not part of it")
		}
		if err != nil {
			return nil, fmt.Errorf("REX_REGISTRY is %q: %w; it takes host:port/repository", address, err)
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.DialContext = (&net.Dialer{Timeout: patience}).DialContext
		transport.TLSHandshakeTimeout = patience
		transport.ResponseHeaderTimeout = side.patience
		repo.PlainHTTP = plain
		repo.Client = &auth.Client{Client: &http.Client{Transport: fetch.Patient(transport, side.patience)}, Credential: credentials.Credential(known), Cache: auth.NewCache()}
		*side.repo = repo
	}
	return r, nil
}

// Patient is the same registry for who cannot do without it: it may say nothing for a minute, and what it was before is forgotten.
func (r *Registry) Patient() *Registry {
	return &Registry{repo: r.target, target: r.target, address: r.address, trust: r.trust, scratch: r.scratch}
}

// String is the address.
func (r *Registry) String() string { return r.address }

// Pull writes the tree of a result to dst, an empty folder, and returns the digest that it must have: who commits it compares. It is
// ErrAbsent, ErrRefused or ErrDown if there is none that can be taken.
func (r *Registry) Pull(ctx context.Context, stage, key, dst string) (output string, err error) {
	layer, tree, err := r.signed(ctx, stage, key)
	if err != nil {
		return "", err
	}
	file, err := r.download(ctx, layer)
	if err != nil {
		return "", r.judge(ctx, err)
	}
	defer os.Remove(file)
	if err := fetch.Unpack(ctx, file, "result.tar.zst", dst, 0); err != nil {
		return "", r.Refuse(stage, key, err)
	}
	return tree, nil
}

// Look returns the digest of a result that Pull would write, or the error that it would give.
func (r *Registry) Look(ctx context.Context, stage, key string) (output string, err error) {
	_, output, err = r.signed(ctx, stage, key)
	return output, err
}

// signed returns the layer with the tree of a result, and the tree's digest, as one has signed whom the checkout trusts.
func (r *Registry) signed(ctx context.Context, stage, key string) (layer v1.Descriptor, tree string, err error) {
	if err := r.isDown(); err != nil {
		return layer, "", err
	}
	if len(r.trust) == 0 {
		return layer, "", fmt.Errorf("%w: configs/trust has no key", ErrRefused)
	}
	manifest, err := r.manifest(ctx, stage, key)
	if err != nil {
		return layer, "", r.judge(ctx, err)
	}
	text, err := content.FetchAll(ctx, r.repo, manifest.seal)
	if err != nil {
		return layer, "", r.judge(ctx, err)
	}
	s, err := unseal(text, r.trust)
	if err != nil {
		return layer, "", r.Refuse(stage, key, err)
	}
	archive, tree, err := s.about(stage, key)
	if err != nil {
		return layer, "", r.Refuse(stage, key, err)
	}
	if manifest.tree.Digest != godigest.NewDigestFromEncoded(godigest.SHA256, archive) {
		return layer, "", r.Refuse(stage, key, fmt.Errorf("its archive is %s, signed is %s", manifest.tree.Digest, archive))
	}
	return manifest.tree, tree, nil
}

// Refuse says that what there is of a result is not taken. Who finds out after Pull that it is not what was signed says so, too.
func (r *Registry) Refuse(stage, key string, why error) error {
	return fmt.Errorf("%w: %s of key %.12s: %w", ErrRefused, stage, key, why)
}

// tag names a result in a registry.
func tag(stage, key string) string { return stage + "." + key }

// layers are the parts of a result.
type layers struct{ tree, seal v1.Descriptor }

// manifest asks what there is under a key.
func (r *Registry) manifest(ctx context.Context, stage, key string) (l layers, err error) {
	descriptor, text, err := oras.FetchBytes(ctx, r.repo, tag(stage, key), oras.FetchBytesOptions{MaxBytes: 1 << 20})
	if err != nil {
		return l, err
	}
	if descriptor.MediaType != v1.MediaTypeImageManifest {
		return l, r.Refuse(stage, key, fmt.Errorf("it is a %.60q", descriptor.MediaType))
	}
	successors, err := content.Successors(ctx, oneManifest{descriptor, text}, descriptor)
	if err != nil {
		return l, r.Refuse(stage, key, err)
	}
	for _, d := range successors {
		switch d.MediaType {
		case treeType:
			l.tree = d
		case sealType:
			l.seal = d
		}
	}
	switch {
	case l.tree.Digest.Validate() != nil || l.seal.Digest.Validate() != nil:
		return l, r.Refuse(stage, key, errors.New("it lacks a tree or a statement"))
	case l.seal.Size > 4<<20 || l.tree.Size > largest || l.seal.Size < 0 || l.tree.Size < 0:
		return l, r.Refuse(stage, key, errors.New("it is too large"))
	}
	return l, nil
}

// oneManifest is a manifest that has come.
type oneManifest struct {
	v1.Descriptor
	text []byte
}

func (m oneManifest) Fetch(context.Context, v1.Descriptor) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(m.text))), nil
}

// download brings a layer, proved, and returns its file.
func (r *Registry) download(ctx context.Context, d v1.Descriptor) (string, error) {
	body, err := r.repo.Fetch(ctx, d)
	if err != nil {
		return "", err
	}
	defer body.Close()
	if err := os.MkdirAll(r.scratch, 0o755); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(r.scratch, "share-")
	if err != nil {
		return "", err
	}
	verified := content.NewVerifyReader(body, d)
	_, err = io.Copy(file, verified)
	if err == nil {
		err = verified.Verify()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// Push gives a result to the registry, signed, if it is not there yet.
func (r *Registry) Push(ctx context.Context, result *store.Result, key ed25519.PrivateKey) error {
	if err := r.isDown(); err != nil {
		return err
	}
	name := tag(result.Stage, result.Key)
	if _, err := r.target.Resolve(ctx, name); err == nil {
		return nil
	} else if !errors.Is(err, errdef.ErrNotFound) {
		return r.judge(ctx, err)
	}
	if err := os.MkdirAll(r.scratch, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(r.scratch, "share-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	sum, err := pack(ctx, file, result.Dir)
	if err != nil {
		return fmt.Errorf("archive of %s: %w", result.Stage, err)
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	tree := v1.Descriptor{MediaType: treeType, Digest: godigest.NewDigestFromEncoded(godigest.SHA256, sum), Size: size}
	if err := r.blob(ctx, tree, func() (io.Reader, error) {
		_, err := file.Seek(0, io.SeekStart)
		return file, err
	}); err != nil {
		return r.judge(ctx, err)
	}
	text, err := seal(describe(result.Manifest, sum, fingerprint(key.Public().(ed25519.PublicKey))), key)
	if err != nil {
		return err
	}
	statement := content.NewDescriptorFromBytes(sealType, text)
	if err := r.blob(ctx, statement, func() (io.Reader, error) { return strings.NewReader(string(text)), nil }); err != nil {
		return r.judge(ctx, err)
	}
	manifest, err := oras.PackManifest(ctx, r.target, oras.PackManifestVersion1_1, artifactType, oras.PackManifestOptions{
		Layers:              []v1.Descriptor{tree, statement},
		ManifestAnnotations: map[string]string{v1.AnnotationCreated: result.Created.UTC().Format(time.RFC3339), v1.AnnotationTitle: result.Stage},
	})
	if err == nil {
		err = r.target.Tag(ctx, manifest, name)
	}
	return r.judge(ctx, err)
}

// blob gives the registry a blob that it lacks.
func (r *Registry) blob(ctx context.Context, d v1.Descriptor, open func() (io.Reader, error)) error {
	if there, err := r.target.Exists(ctx, d); err != nil || there {
		return err
	}
	body, err := open()
	if err != nil {
		return err
	}
	if err := r.target.Push(ctx, d, body); err != nil && !errors.Is(err, errdef.ErrAlreadyExists) {
		return err
	}
	return nil
}

func (r *Registry) isDown() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

// judge says what an error of the registry means: there is nothing, what there is is no good, or it is not to be asked again.
func (r *Registry) judge(ctx context.Context, err error) error {
	var path *os.PathError
	switch {
	case err == nil || errors.Is(err, ErrRefused) || errors.As(err, &path):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errdef.ErrNotFound):
		return ErrAbsent
	case errors.Is(err, content.ErrMismatchedDigest), errors.Is(err, content.ErrTrailingData), errors.Is(err, content.ErrInvalidDescriptorSize),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errdef.ErrSizeExceedsLimit), errors.Is(err, errdef.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down == nil {
		r.down = fmt.Errorf("%w: %w", ErrDown, err)
	}
	return r.down
}
