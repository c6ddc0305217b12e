package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

// maxOrders is how many orders a list shows.
const maxOrders = 50

// pageRoutes are the routes for people.
func (a *app) pageRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.showDesk)
	mux.HandleFunc("GET /orders", a.showOrders)
	mux.HandleFunc("GET /orders/{id}", a.showOrder)
	mux.HandleFunc("POST /orders", a.postOrder)
	mux.HandleFunc("POST /orders/{id}/ship", a.postState(a.desk.ship))
	mux.HandleFunc("POST /orders/{id}/cancel", a.postState(a.desk.cancel))
	mux.HandleFunc("POST /products/{sku}/restock", a.postRestock)
	return mux
}

// deskPage is what the desk's page shows.
type deskPage struct {
	Products []product
	Wish     wish
	Problem  string
}

// Wanted is the quantity of a product that the customer has asked for.
func (p deskPage) Wanted(sku string) int64 {
	for _, l := range p.Wish.Lines {
		if l.SKU == sku {
			return l.Quantity
		}
	}
	return 0
}

func (a *app) showDesk(w http.ResponseWriter, r *http.Request) {
	a.answerDesk(w, r, http.StatusOK, deskPage{})
}

// answerDesk shows the desk with the stock as it is now.
func (a *app) answerDesk(w http.ResponseWriter, r *http.Request, status int, page deskPage) {
	all, err := a.desk.products.all(r.Context())
	if err != nil {
		a.failed(w, r, err)
		return
	}
	page.Products = all
	a.views.show(w, status, "desk", page)
}

// postOrder places an order. When it is refused the page comes back with what
// the customer had typed: the refusal has undone its own part of the
// transaction only, which can still be read from.
func (a *app) postOrder(w http.ResponseWriter, r *http.Request) {
	asked, err := readWish(r)
	if err != nil {
		a.failed(w, r, err)
		return
	}
	id, err := a.desk.place(r.Context(), asked)
	switch {
	case err == nil:
		http.Redirect(w, r, "/orders/"+id, http.StatusSeeOther)
	case errors.Is(err, errRefused):
		a.answerDesk(w, r, http.StatusConflict, deskPage{Wish: asked, Problem: sentence(err.Error())})
	default:
		a.failed(w, r, err)
	}
}

// readWish reads the form: a quantity for each product.
func readWish(r *http.Request) (wish, error) {
	if err := r.ParseForm(); err != nil {
		return wish{}, errBadRequest
	}
	asked := wish{Customer: r.PostForm.Get("customer")}
	for name, values := range r.PostForm {
		sku, isQuantity := strings.CutPrefix(name, "quantity-")
		if !isQuantity || values[0] == "" || values[0] == "0" {
			continue
		}
		n, err := strconv.ParseInt(values[0], 10, 32)
		if err != nil {
			return wish{}, errBadRequest
		}
		asked.Lines = append(asked.Lines, line{SKU: sku, Quantity: n})
	}
	return asked, nil
}

func (a *app) showOrders(w http.ResponseWriter, r *http.Request) {
	latest, err := a.desk.orders.latest(r.Context(), maxOrders)
	if err != nil {
		a.failed(w, r, err)
		return
	}
	a.views.show(w, http.StatusOK, "orders", latest)
}

// orderPage is what an order's page shows.
type orderPage struct {
	Order order
	Lines []line
}

func (a *app) showOrder(w http.ResponseWriter, r *http.Request) {
	var page orderPage
	var err error
	page.Order, err = a.desk.orders.one(r.Context(), r.PathValue("id"))
	if err == nil {
		page.Lines, err = a.desk.orders.lines(r.Context(), page.Order.ID)
	}
	if err != nil {
		a.failed(w, r, err)
		return
	}
	a.views.show(w, http.StatusOK, "order", page)
}

// postState makes a handler that closes an order.
func (a *app) postState(close func(context.Context, string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := close(r.Context(), r.PathValue("id")); err != nil {
			a.failed(w, r, err)
			return
		}
		http.Redirect(w, r, "/orders/"+r.PathValue("id"), http.StatusSeeOther)
	}
}

func (a *app) postRestock(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(r.PostFormValue("quantity"), 10, 32)
	if err != nil {
		err = errBadRequest
	} else {
		err = a.desk.restock(r.Context(), r.PathValue("sku"), n)
	}
	if err != nil {
		a.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// failed shows what went wrong. It answers for the handlers, and for the
// middleware when a commit fails.
func (a *app) failed(w http.ResponseWriter, r *http.Request, err error) {
	status, text := statusOf(err)
	if status == http.StatusInternalServerError {
		slog.ErrorContext(r.Context(), "webapp", "path", r.URL.Path, "error", err)
	}
	if errors.Is(err, session.ErrCommitUnknown) {
		text = "the connection to the database was lost: look whether it has happened before you try again"
	}
	a.views.show(w, status, "problem", problemPage{http.StatusText(status), sentence(text)})
}

// problemPage is what the page for errors shows.
type problemPage struct{ Title, Text string }

// sentence makes one of an error's text.
func sentence(text string) string {
	text = strings.TrimPrefix(text, errRefused.Error()+": ")
	return strings.ToUpper(text[:1]) + text[1:]
}

func (a *app) showRequests(w http.ResponseWriter, _ *http.Request) {
	a.views.show(w, http.StatusOK, "requests", requestsPage{a.journal.latest(), a.engine.Stats()})
}

// requestsPage is what the page of requests shows.
type requestsPage struct {
	Visits []visit
	Stats  session.Stats
}
