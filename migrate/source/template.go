package source

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// evaluate returns the text of one of tern's files with its templates evaluated.
// Files in the directories below can be included by their paths. It reads the
// whole file.
func (l *loader) evaluate(file string) (io.ReadCloser, error) {
	t, err := l.templates(file)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	if err := t.Execute(&out, l.data()); err != nil {
		return nil, fmt.Errorf("%w; values come from Options.Variables", err)
	}
	return io.NopCloser(strings.NewReader(out.String())), nil
}

// data is what a template sees of the variables.
func (l *loader) data() map[string]any {
	data := map[string]any{}
	for name, value := range l.o.Variables {
		data[name] = value
	}
	return data
}

func (l *loader) templates(file string) (*template.Template, error) {
	root := template.New(path.Base(file)).Funcs(l.o.TemplateFuncs).Option("missingkey=error")
	if err := l.parse(root, file); err != nil {
		return nil, err
	}
	shared, err := fs.Glob(l.fsys, path.Join(l.o.Dir, "*", "*.sql"))
	if err != nil {
		return nil, err
	}
	for _, s := range shared {
		name := strings.TrimPrefix(s, path.Clean(l.o.Dir)+"/")
		if err := l.parse(root.New(name), s); err != nil {
			return nil, err
		}
	}
	return root, nil
}

func (l *loader) parse(t *template.Template, file string) error {
	text, err := l.read(file)
	if err != nil {
		return err
	}
	if _, err := t.Parse(text); err != nil {
		return fmt.Errorf("%w; functions beyond those of text/template have to be given in Options.TemplateFuncs", err)
	}
	return nil
}

func (l *loader) read(file string) (string, error) {
	f, err := l.fsys.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(sqlsplit.Text(f))
	return string(text), err
}
