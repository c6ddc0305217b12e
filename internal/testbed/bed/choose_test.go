package bed

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// fake is a database whose paths work as the test says.
type fake struct {
	container, local, ping error
	started                []Path
	removed                []Path
}

func (f *fake) database() Database {
	return Database{
		Name:      "fake",
		Ping:      func(context.Context, string) error { return f.ping },
		Container: f.path(Container, &f.container),
		Local:     f.path(Local, &f.local),
	}
}

// path records what is started and removed.
func (f *fake) path(p Path, err *error) func(context.Context, Starter) (*Server, error) {
	return func(_ context.Context, s Starter) (*Server, error) {
		s.OnDown(func(context.Context) error { f.removed = append(f.removed, p); return nil })
		f.started = append(f.started, p)
		if *err != nil {
			return nil, *err
		}
		return &Server{DSN: "fake://" + string(p), What: "a fake"}, nil
	}
}

// setting is a test's environment and what the testbed said in it.
type setting struct {
	env  map[string]string
	said []string
}

func (s *setting) options(t *testing.T, require string) Options {
	t.Helper()
	opts, err := NewOptions(require,
		func(name string) string { return s.env[name] },
		func(line string) { s.said = append(s.said, line) })
	if err != nil {
		t.Fatal(err)
	}
	return opts
}

func TestThePathsAreTriedInOrderAndTheReasonsAreSaid(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name string
		env  map[string]string
		fake fake
		want string // the DSN, or a part of the error
		line string // a part of what is said
	}{
		{
			name: "a DSN that is given comes first",
			env:  map[string]string{"SQLSCOPE_FAKE_DSN": "fake://given"},
			want: "fake://given", line: "fake: path dsn: the server of SQLSCOPE_FAKE_DSN",
		},
		{
			name: "a DSN that does not answer is not replaced by another server",
			env:  map[string]string{"SQLSCOPE_FAKE_DSN": "fake://given"}, fake: fake{ping: broken},
			want: "fake is required and cannot be had: dsn: the server of SQLSCOPE_FAKE_DSN does not answer: broken",
		},
		{
			name: "without a DSN a container is taken",
			want: "fake://container", line: "path container: a fake (not dsn: SQLSCOPE_FAKE_DSN is not set)",
		},
		{
			name: "without an engine a local server is taken",
			fake: fake{container: broken},
			want: "fake://local", line: "path local: a fake (not dsn: SQLSCOPE_FAKE_DSN is not set; container: broken)",
		},
		{
			name: "a forced path is the only one",
			env:  map[string]string{"SQLSCOPE_TESTBED": "local", "SQLSCOPE_FAKE_DSN": "fake://given"},
			want: "fake://local", line: "path local: a fake (the only path that SQLSCOPE_TESTBED allows)",
		},
		{
			name: "a forced path that fails is not replaced by another one",
			env:  map[string]string{"SQLSCOPE_TESTBED": "container"}, fake: fake{container: broken},
			want: "fake is required and cannot be had: container: broken",
		},
		{
			name: "when nothing works the error lists everything that was tried",
			fake: fake{container: broken, local: errors.New("no binaries")},
			want: "cannot be had: dsn: SQLSCOPE_FAKE_DSN is not set; container: broken; local: no binaries",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := setting{env: tt.env}
			b := New(s.options(t, "fake"))
			err := b.Up(t.Context(), []Database{tt.fake.database()})
			got := value(b.Env(), "SQLSCOPE_FAKE_DSN")
			if err != nil {
				got = err.Error()
			}
			if got != tt.want && (err == nil || !strings.Contains(got, tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if said := strings.Join(s.said, "\n"); !strings.Contains(said, tt.line) {
				t.Errorf("said %q, want %q in it", said, tt.line)
			}
		})
	}
}

// value returns the value of a variable in an environment.
func value(env []string, name string) string {
	for _, entry := range env {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			return v
		}
	}
	return ""
}
