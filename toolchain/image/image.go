// Package image writes file trees as a container image, in the layout of the OCI image specification
// (https://github.com/opencontainers/image-spec): the same trees, the same image to the byte.
package image

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
	godigest "github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content/oci"
)

// Image is what a container of it has.
type Image struct {
	Layers [][]Tree
	Env    []string
	Dir    string // working folder
}

// Tree is a folder or a file of this machine, and where the container has it. Owners are root; times are none.
type Tree struct {
	Host   string
	Inside string // relative to the root; "" is the root
	// Link, if set, makes Inside a symbolic link to this target, and Mode, if set, an empty folder; Host is not used.
	Link string
	Mode fs.FileMode
}

// Write adds the image to the layout in dir, which is made if need be, under a tag.
func (i *Image) Write(ctx context.Context, dir, tag string) error {
	store, err := oci.NewWithContext(ctx, dir)
	if err != nil {
		return fmt.Errorf("image layout %s: %w", dir, err)
	}
	config := v1.Image{Platform: v1.Platform{Architecture: "amd64", OS: "linux"}, Config: v1.ImageConfig{Env: i.Env, WorkingDir: i.Dir, Cmd: []string{"/bin/bash"}}}
	config.RootFS.Type = "layers"
	manifest := v1.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest}
	for _, trees := range i.Layers {
		layer, plain, err := pushLayer(ctx, store, dir, trees)
		if err != nil {
			return fmt.Errorf("image layer: %w", err)
		}
		manifest.Layers = append(manifest.Layers, layer)
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, plain)
	}
	if manifest.Config, err = pushJSON(ctx, store, v1.MediaTypeImageConfig, config); err != nil {
		return err
	}
	root, err := pushJSON(ctx, store, v1.MediaTypeImageManifest, manifest)
	if err != nil {
		return err
	}
	return store.Tag(ctx, root, tag)
}

func pushJSON(ctx context.Context, store *oci.Store, mediaType string, value any) (v1.Descriptor, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return v1.Descriptor{}, err
	}
	d := v1.Descriptor{MediaType: mediaType, Digest: godigest.FromBytes(text), Size: int64(len(text))}
	return d, push(ctx, store, d, bytes.NewReader(text))
}

// push writes a blob unless it is there.
func push(ctx context.Context, store *oci.Store, d v1.Descriptor, content io.Reader) error {
	if there, err := store.Exists(ctx, d); err != nil || there {
		return err
	}
	return store.Push(ctx, d, content)
}

// pushLayer writes a layer; plain is its digest before compression. What it takes of the disk meanwhile is below dir.
func pushLayer(ctx context.Context, store *oci.Store, dir string, trees []Tree) (layer v1.Descriptor, plain godigest.Digest, err error) {
	file, err := os.CreateTemp(dir, ".layer-")
	if err != nil {
		return layer, "", err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	packed, unpacked := godigest.Canonical.Digester(), godigest.Canonical.Digester()
	z := gzip.NewWriter(io.MultiWriter(file, packed.Hash())) // which every engine reads, unlike zstd
	w := tar.NewWriter(io.MultiWriter(z, unpacked.Hash()))
	for _, t := range trees {
		if err := t.write(ctx, w); err != nil {
			return layer, "", err
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		return layer, "", err
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return layer, "", err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return layer, "", err
	}
	layer = v1.Descriptor{MediaType: v1.MediaTypeImageLayerGzip, Digest: packed.Digest(), Size: size}
	return layer, unpacked.Digest(), push(ctx, store, layer, file)
}

// write adds a tree to an archive.
func (t *Tree) write(ctx context.Context, w *tar.Writer) error {
	switch {
	case t.Link != "":
		return header(w, t.Inside, tar.TypeSymlink, 0o777, 0, t.Link)
	case t.Mode != 0:
		return header(w, t.Inside+"/", tar.TypeDir, t.Mode, 0, "")
	}
	return filepath.WalkDir(t.Host, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rel, err := filepath.Rel(t.Host, file)
		if err != nil {
			return err
		}
		name := path.Join(t.Inside, filepath.ToSlash(rel))
		info, err := d.Info()
		if err != nil || name == "." {
			return err
		}
		switch {
		case d.IsDir():
			return header(w, name+"/", tar.TypeDir, 0o755, 0, "")
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(file)
			if err != nil {
				return err
			}
			return header(w, name, tar.TypeSymlink, 0o777, 0, target)
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is neither file, folder nor link", file)
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o111 != 0 {
			mode = 0o755
		}
		if err := header(w, name, tar.TypeReg, mode, info.Size(), ""); err != nil {
			return err
		}
		in, err := os.Open(file)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(w, in)
		return err
	})
}

func header(w *tar.Writer, name string, kind byte, mode fs.FileMode, size int64, link string) error {
	bits := int64(mode.Perm())
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return w.WriteHeader(&tar.Header{Name: name, Typeflag: kind, Mode: bits, Size: size, Linkname: link, ModTime: time.Unix(0, 0), Format: tar.FormatPAX})
}
