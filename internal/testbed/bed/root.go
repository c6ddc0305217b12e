package bed

import (
	"errors"
	"os"
	"path/filepath"
)

// fixture returns the path of a file or folder under the repository's testdata,
// found upwards from the working directory.
func fixture(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, "testdata", name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("testdata/" + name + " not found: run the testbed inside the repository")
		}
		dir = parent
	}
}
