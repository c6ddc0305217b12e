package portable

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/sqlscope/sqlscope/session"
	"github.com/sqlscope/sqlscope/testdata/pciids"
)

// line is a vendor, or one of its devices.
type line struct {
	vendor, device int64 // a vendor's own line has no device
	isDevice       bool
	name           string
}

// pci yields the lines of the list of PCI IDs.
func pci() iter.Seq[line] {
	return func(yield func(line) bool) {
		var l line
		for text := range strings.Lines(pciids.List) {
			text = strings.TrimRight(text, "\n")
			if text == "" || text[0] == '#' {
				continue
			}
			id, name, _ := strings.Cut(strings.TrimPrefix(text, "\t"), "  ")
			n, err := strconv.ParseInt(id, 16, 64)
			if err != nil {
				panic(err) // the list is part of this repository
			}
			if l.isDevice = text[0] == '\t'; l.isDevice {
				l.device = n
			} else {
				l.vendor = n
			}
			if l.name = name; !yield(l) {
				return
			}
		}
	}
}

// fill loads vendors one by one and devices in bulk, in one transaction.
func (p *program) fill(ctx context.Context) error {
	return p.db.Do(ctx, func(ctx context.Context) error {
		for l := range pci() {
			if l.isDevice {
				continue
			}
			_, err := p.db.Exec(ctx, p.sql("INSERT INTO {vendors} (id, name) VALUES (?, ?)"), l.vendor,
				fmt.Sprintf("%s [%d]", l.name, l.vendor))
			if err != nil {
				return err
			}
		}
		res, err := session.ExecMany(ctx, p.db,
			p.sql("INSERT INTO {devices} (vendor, id, name, stock) VALUES (?, ?, ?, ?)"), devices())
		p.say("devices: %d", res.RowsAffected)
		return err
	})
}

func devices() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for l := range pci() {
			if !l.isDevice {
				continue
			}
			var stock any = l.device % 10
			if l.device%7 == 0 {
				stock = nil
			}
			if !yield([]any{l.vendor, l.device, l.name, stock}) {
				return
			}
		}
	}
}

// read asks in many ways.
func (p *program) read(ctx context.Context) error {
	type pair struct{ A, B int64 }
	type named struct {
		ID   int64
		Name string
	}
	type maybe struct {
		ID int64
		N  *int64
	}
	return p.db.Do(ctx, func(ctx context.Context) error {
		for _, err := range []error{
			tell[named](ctx, p, "by key", "SELECT id, name FROM {vendors} WHERE id = ?", 0x0014),
			tell[named](ctx, p, "like, in order, limited", "SELECT id, name FROM {devices} "+
				"WHERE name LIKE ? AND vendor = ? ORDER BY id LIMIT 3 OFFSET 1", "%Controller%", 0x0014),
			tell[pair](ctx, p, "join, group by, having", "SELECT v.id AS a, count(*) AS b FROM {vendors} v "+
				"JOIN {devices} d ON d.vendor = v.id GROUP BY v.id HAVING count(*) > ? ORDER BY v.id", 55),
			tell[maybe](ctx, p, "left join", "SELECT v.id AS id, d.stock AS n FROM {vendors} v LEFT JOIN {devices} d "+
				"ON d.vendor = v.id AND d.id = 30978 WHERE v.id < 2000 ORDER BY v.id"),
			tell[int64](ctx, p, "aggregates over NULL", "SELECT count(*) - count(stock) FROM {devices}"),
			tell[int64](ctx, p, "in a subquery", "SELECT count(*) FROM {vendors} WHERE id IN "+
				"(SELECT vendor FROM {devices} WHERE stock = ?)", 9),
			tell[int64](ctx, p, "not exists", "SELECT count(*) FROM {vendors} v WHERE NOT EXISTS "+
				"(SELECT 1 FROM {devices} d WHERE d.vendor = v.id AND d.stock IS NULL)"),
			tell[pair](ctx, p, "case, coalesce", "SELECT CASE WHEN stock > 5 THEN 1 ELSE 0 END AS a, "+
				"count(*) AS b FROM {devices} WHERE coalesce(stock, -1) >= 0 GROUP BY "+
				"CASE WHEN stock > 5 THEN 1 ELSE 0 END ORDER BY a"),
			tell[int64](ctx, p, "union", "SELECT min(id) AS id FROM {vendors} UNION SELECT max(id) FROM {vendors} "+
				"UNION SELECT max(id) FROM {vendors} ORDER BY id"),
			tell[pair](ctx, p, "with", "WITH big AS (SELECT vendor, count(*) AS n FROM {devices} GROUP BY vendor) "+
				"SELECT max(n) AS a, count(*) AS b FROM big"),
			tell[pair](ctx, p, "window", "SELECT id AS a, place AS b FROM (SELECT id, row_number() OVER (ORDER BY id DESC) "+
				"AS place FROM {vendors}) ranked WHERE place <= ? ORDER BY place", 3),
			tell[named](ctx, p, "by name", "SELECT id, name FROM {devices} WHERE vendor = :vendor AND id = :id",
				session.Named{"vendor": 0x0014, "id": 0x7a05}),
			tell[int64](ctx, p, "nothing", "SELECT id FROM {vendors} WHERE id = ?", -1),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// change updates and deletes, by statement, by subquery, by row and queued.
func (p *program) change(ctx context.Context) error {
	return p.db.Do(ctx, func(ctx context.Context) error {
		for _, sql := range []string{
			"UPDATE {devices} SET stock = stock + 1 WHERE stock IS NOT NULL",
			"UPDATE {devices} SET stock = 0 WHERE vendor IN (SELECT id FROM {vendors} WHERE id < 2000)",
			"INSERT INTO {numbers} (n, square, label) SELECT id, id * id, name FROM {vendors} WHERE id < 2000",
			"DELETE FROM {devices} WHERE stock IS NULL",
			"DELETE FROM {numbers}",
		} {
			if err := p.exec(ctx, sql); err != nil {
				return err
			}
		}
		if err := p.db.Queue(ctx, p.sql("UPDATE {devices} SET stock = ? WHERE vendor = ?"), 70, 0x0731); err != nil {
			return err
		}
		if err := p.db.Queue(ctx, p.sql("UPDATE {devices} SET stock = stock + ? WHERE vendor = ?"), 7, 0x0731); err != nil {
			return err
		}
		res, err := p.db.ExecMany(ctx, p.sql("UPDATE {devices} SET stock = stock + ? WHERE vendor = ? AND id = ?"),
			func(yield func([]any) bool) {
				_ = yield([]any{1, 0x0731, 0x7200}) && yield([]any{2, 0x0731, 0x9100}) && yield([]any{3, 0, 0})
			})
		if err != nil {
			return err
		}
		p.say("updates by row: %d", res.RowsAffected)
		return tell[int64](ctx, p, "stock",
			"SELECT stock FROM {devices} WHERE vendor = ? ORDER BY stock DESC, id LIMIT 4", 0x0731)
	})
}
