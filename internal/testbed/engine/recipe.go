package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Recipe is a folder under testdata/images with a Dockerfile whose base image
// is made by the script base.sh beside it.
type Recipe struct {
	// Dir is the folder with the Dockerfile.
	Dir string
	// Name is the image's name and version, such as "sqlscope-test/postgres:15".
	Name string
}

// baseName is the image that the recipes are built on.
const baseName = "sqlscope-test/base:bookworm"

// baseScript is the path of the script that makes the base image.
func (r Recipe) baseScript() string {
	return filepath.Join(filepath.Dir(r.Dir), "base.sh")
}

// Tag is Name with a digest of everything the image is made from, so that a
// changed recipe is built again and an unchanged one never is.
func (r Recipe) Tag() (string, error) {
	return digestTag(r.Name, r.baseScript(), r.Dir)
}

// baseTag is the base image's name with a digest of its script.
func (r Recipe) baseTag() (string, error) {
	return digestTag(baseName, r.baseScript())
}

// digestTag appends a short digest of the files under the paths to the name.
func digestTag(name string, paths ...string) (string, error) {
	sum := sha256.New()
	for _, path := range paths {
		if err := hashTree(sum, path); err != nil {
			return "", fmt.Errorf("image recipe: %w", err)
		}
	}
	return name + "-" + hex.EncodeToString(sum.Sum(nil))[:8], nil
}

// hashTree writes the names and contents of the files under path to w. WalkDir
// goes in lexical order, so the result does not depend on the file system.
func hashTree(w io.Writer, path string) error {
	return filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s %d\n%s", entry.Name(), len(text), text)
		return err
	})
}
