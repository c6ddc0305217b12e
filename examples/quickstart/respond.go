package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/sqlscope/sqlscope/session"
)

// taking makes a handler of a function that takes an order.
func taking(place func(context.Context, order) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var o order
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := place(r.Context(), o); err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(http.StatusCreated) // this commits, or becomes a 500
	}
}

// refuse answers with the status that fits an error.
func refuse(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), statusOf(err))
}

func statusOf(err error) int {
	if errors.Is(err, errTooMany) {
		return http.StatusUnprocessableEntity
	}
	switch session.KindOf(err) {
	case session.KindUnique:
		return http.StatusConflict
	case session.KindForeignKey, session.KindCheck, session.KindNotNull:
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// recovered answers a panic with 500. It stands outside the middleware, which
// has rolled back when the panic gets here.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer answerPanic(w)
		next.ServeHTTP(w, r)
	})
}

func answerPanic(w http.ResponseWriter) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler: // the server's own word for: no answer
		panic(p)
	default:
		http.Error(w, "something went wrong", http.StatusInternalServerError)
	}
}
