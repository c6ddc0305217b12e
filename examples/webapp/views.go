package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

//go:embed templates
var templates embed.FS

// views are the pages, each in the same frame.
type views struct{ pages map[string]*template.Template }

func newViews() *views {
	v := &views{pages: map[string]*template.Template{}}
	for _, name := range []string{"desk", "order", "orders", "problem", "requests"} {
		v.pages[name] = template.Must(template.New("frame.html").Funcs(helpers).
			ParseFS(templates, "templates/frame.html", "templates/"+name+".html"))
	}
	return v
}

var helpers = template.FuncMap{
	"money": func(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) },
	"clock": func(t time.Time) string { return t.Format("2 Jan 15:04:05") },
	"short": func(d time.Duration) string { return d.Round(10 * time.Microsecond).String() },
	"flat":  func(sql string) string { return strings.Join(strings.Fields(sql), " ") },
}

// framed is a page with its place in the menu.
type framed struct {
	Here string
	Page any
}

// show sends a page.
func (v *views) show(w http.ResponseWriter, status int, name string, page any) {
	var text bytes.Buffer
	if err := v.pages[name].Execute(&text, framed{name, page}); err != nil {
		slog.Error("webapp: a page failed", "page", name, "error", err)
		http.Error(w, "this page is broken", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w)
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, templates, "templates/style.css")
}
