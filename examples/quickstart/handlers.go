package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// shop is the service. Its handlers do not begin, commit or roll back anything:
// the middleware has put a session into the request's context, and the store
// finds it there.
type shop struct {
	db    *scoped.Registry
	store store
	// announce tells the warehouse about an order, once it is committed.
	announce func(reference string)
	// askSupplier takes its time.
	askSupplier func(ctx context.Context, reference string) error
}

func newShop(engine *session.Engine, announce func(string),
	askSupplier func(context.Context, string) error) *shop {
	db := scoped.New(engine)
	return &shop{db: db, store: store{db}, announce: announce, askSupplier: askSupplier}
}

func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /vendors", s.listVendors)
	mux.HandleFunc("GET /vendors/written", s.writeInRead)
	mux.HandleFunc("POST /orders", taking(s.place))
	mux.HandleFunc("POST /orders/queued", taking(s.placeQueued))
	mux.HandleFunc("POST /orders/gift", taking(s.placeWithGift))
	mux.HandleFunc("POST /orders/backorder", taking(s.placeBackorder))
	mux.HandleFunc("POST /orders/failing", taking(s.placeAndFail))
	mux.HandleFunc("POST /orders/panicking", taking(s.placeAndPanic))
	return mux
}

// listVendors answers with the vendors whose names begin with ?name=.
func (s *shop) listVendors(w http.ResponseWriter, r *http.Request) {
	vendors, err := s.store.vendors(r.Context(), r.FormValue("name"))
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(vendors) // fails if the client has gone
}

// writeInRead writes where only reading is allowed.
func (s *shop) writeInRead(w http.ResponseWriter, r *http.Request) {
	if _, err := s.store.addOrder(r.Context(), order{Reference: "written by GET"}); err != nil {
		refuse(w, err)
	}
}

// maxPieces is how many an order may ask for.
const maxPieces = 100

var errTooMany = errors.New("too many pieces for one order")

// place writes an order and its lines, and then refuses it if it is too large.
func (s *shop) place(ctx context.Context, o order) error {
	id, err := s.openOrder(ctx, o)
	if err != nil {
		return err
	}
	for _, d := range o.Devices {
		if err := s.store.addLine(ctx, id, d, o.Quantity); err != nil {
			return err
		}
	}
	return s.refuseTooLarge(ctx, id)
}

// openOrder writes an order without lines and has it announced, if it comes to that.
func (s *shop) openOrder(ctx context.Context, o order) (int64, error) {
	announce := func(context.Context) { s.announce(o.Reference) }
	if err := s.db.OnCommit(ctx, announce); err != nil {
		return 0, err
	}
	return s.store.addOrder(ctx, o)
}

// refuseTooLarge refuses an order that is written already. That is soon enough: the
// error's status rolls it back.
func (s *shop) refuseTooLarge(ctx context.Context, id int64) error {
	pieces, err := s.store.pieces(ctx, id)
	if err == nil && pieces > maxPieces {
		err = errTooMany
	}
	return err
}

// placeQueued does not wait for the lines: they are sent together with COMMIT,
// and should one be wrong, COMMIT fails.
func (s *shop) placeQueued(ctx context.Context, o order) error {
	id, err := s.openOrder(ctx, o)
	for _, d := range o.Devices {
		if err == nil {
			err = s.db.Queue(ctx, addLineSQL, id, d.VendorID, d.ID, o.Quantity)
		}
	}
	return err
}

// placeWithGift writes one line, and a gift if there can be one.
func (s *shop) placeWithGift(ctx context.Context, o order) error {
	id, err := s.openOrder(ctx, o)
	if err == nil {
		err = s.store.addLine(ctx, id, o.Devices[0], o.Quantity)
	}
	if err == nil {
		err = s.addGift(ctx, id, o.Devices[1])
	}
	return err
}

// addGift writes a line that may fail alone: it is in a savepoint. This one
// always does, since a quantity of 0 is refused.
func (s *shop) addGift(ctx context.Context, id int64, d device) error {
	err := s.db.Nested(ctx, func(ctx context.Context) error {
		return s.store.addLine(ctx, id, d, 0)
	})
	if session.KindOf(err) == session.KindCheck {
		return nil // then without
	}
	return err
}

// placeBackorder asks the supplier between two statements.
func (s *shop) placeBackorder(ctx context.Context, o order) error {
	id, err := s.openOrder(ctx, o)
	if err == nil {
		err = s.askSupplier(ctx, o.Reference)
	}
	if err == nil {
		err = s.store.addLine(ctx, id, o.Devices[0], o.Quantity)
	}
	return err
}

var errOnFire = errors.New("the printer is on fire")

// placeAndFail places the order and then finds that it cannot be.
func (s *shop) placeAndFail(ctx context.Context, o order) error {
	return cmp.Or(s.place(ctx, o), errOnFire)
}

// placeAndPanic has a bug.
func (s *shop) placeAndPanic(ctx context.Context, o order) error {
	if err := s.place(ctx, o); err != nil {
		return err
	}
	panic(errOnFire)
}
