package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
)

// maxBody is the largest order that anybody sends.
const maxBody = 1 << 16

// apiRoutes are the routes for programs. Their handlers return a value or an
// error, and the value is sent when it is committed.
func (a *app) apiRoutes() http.Handler {
	opts := scopedhttp.Options{Tx: scopedhttp.ReadOnlyIfSafe, Error: refuseJSON}
	mux := http.NewServeMux()
	mux.Handle("GET /api/products", scopedhttp.Handler(a.db, opts, a.listProducts, scopedhttp.SendJSON))
	mux.Handle("GET /api/orders", scopedhttp.Handler(a.db, opts, a.listOrders, scopedhttp.SendJSON))
	mux.Handle("POST /api/orders", scopedhttp.Handler(a.db, opts, a.createOrder, sendCreated))
	return mux
}

func (a *app) listProducts(r *http.Request) ([]product, error) {
	return a.desk.products.all(r.Context())
}

func (a *app) listOrders(r *http.Request) ([]order, error) {
	return a.desk.orders.latest(r.Context(), maxOrders)
}

func (a *app) createOrder(r *http.Request) (order, error) {
	var w wish
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody)).Decode(&w); err != nil {
		return order{}, fmt.Errorf("%w: %w", errBadRequest, err)
	}
	id, err := a.desk.place(r.Context(), w)
	if err != nil {
		return order{}, err
	}
	return a.desk.orders.one(r.Context(), id)
}

// sendCreated sends a new order.
func sendCreated(w http.ResponseWriter, r *http.Request, o order) error {
	w.Header().Set("Location", "/orders/"+o.ID)
	w.Header().Set("Content-Type", "application/json")
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated) // this commits
	_, err = w.Write(body)
	return err
}

var errBadRequest = errors.New("the request cannot be read")

// statusOf is the status that fits an error, and what may be said about it.
func statusOf(err error) (status int, text string) {
	switch {
	case errors.Is(err, errBadRequest):
		return http.StatusBadRequest, err.Error()
	case errors.Is(err, errNotFound):
		return http.StatusNotFound, err.Error()
	case errors.Is(err, errRefused):
		return http.StatusConflict, err.Error()
	}
	return http.StatusInternalServerError, "something went wrong, and nothing was changed"
}

// refuseJSON answers with what went wrong. It is called after the rollback.
func refuseJSON(w http.ResponseWriter, _ *http.Request, err error) {
	status, text := statusOf(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text})
}
