//go:build cgo && (darwin || freebsd || linux)

#include "shim.h"

ss_stmt *ss_new(SQLHSTMT handle, SQLHSTMT aside, SQLHDBC connection) {
	ss_stmt *s = calloc(1, sizeof *s);
	if (s != NULL) {
		pthread_mutex_init(&s->calm, NULL);
		s->handle = handle;
		s->aside = aside;
		s->connection = connection;
		s->array = s->sets = 1;
	}
	return s;
}

void ss_calm(ss_stmt *s) { pthread_mutex_lock(&s->calm); }

void ss_end_calm(ss_stmt *s) { pthread_mutex_unlock(&s->calm); }

// The calls that may take long are between leave and enter.
static void leave(ss_stmt *s) {
	s->running = 1;
	ss_end_calm(s);
}

static SQLRETURN enter(ss_stmt *s, SQLRETURN r) {
	ss_calm(s);
	s->running = 0;
	return r;
}

void ss_cancel(ss_stmt *s) {
	ss_calm(s);
	if (s->running) SQLCancel(s->aside);
	ss_end_calm(s);
}

void ss_free(ss_stmt *s) {
	pthread_mutex_destroy(&s->calm);
	free(s->column);
	free(s->status);
	free(s->outcomes);
	free(s->block);
	free(s->value);
	free(s);
}

// A NULL's type matters to some databases; the driver knows that of its target.
static void ask_type(SQLHSTMT h, SQLUSMALLINT number, ss_param *p) {
	SQLSMALLINT type, digits, nullable;
	SQLULEN size;
	if (SQL_SUCCEEDED(SQLDescribeParam(h, number, &type, &size, &digits, &nullable))) {
		p->sqltype = type;
		p->size = size;
		p->digits = digits;
	}
}

static SQLRETURN bind_params(ss_stmt *s, ss_param *params, int count, char *memory, int describe_nulls) {
	for (int i = 0; i < count; i++) {
		ss_param *p = &params[i];
		SQLLEN *length = (SQLLEN *)(memory + p->length);
		if (describe_nulls && s->sets == 1 && *length == SQL_NULL_DATA) ask_type(s->handle, i + 1, p);
		SQLRETURN r = SQLBindParameter(s->handle, i + 1, SQL_PARAM_INPUT, p->ctype, p->sqltype, p->size,
			p->digits, memory + p->data, p->width, length);
		if (!SQL_SUCCEEDED(r)) return r;
	}
	return SQL_SUCCESS;
}

static SQLRETURN set_stmt(ss_stmt *s, SQLINTEGER attribute, SQLULEN value) {
	return SQLSetStmtAttr(s->handle, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER);
}

static SQLRETURN set_sets(ss_stmt *s, SQLULEN sets) {
	SQLRETURN r = set_stmt(s, SQL_ATTR_PARAM_BIND_TYPE, SQL_PARAM_BIND_BY_COLUMN);
	if (SQL_SUCCEEDED(r)) r = SQLSetStmtAttr(s->handle, SQL_ATTR_PARAMS_PROCESSED_PTR, &s->processed, SQL_IS_POINTER);
	SQLUSMALLINT *outcomes = realloc(s->outcomes, sets * sizeof *outcomes);
	if (outcomes == NULL) return SQL_ERROR;
	memset(outcomes, 0, sets * sizeof *outcomes);
	s->outcomes = outcomes;
	if (SQL_SUCCEEDED(r)) r = SQLSetStmtAttr(s->handle, SQL_ATTR_PARAM_STATUS_PTR, outcomes, SQL_IS_POINTER);
	if (SQL_SUCCEEDED(r)) r = set_stmt(s, SQL_ATTR_PARAMSET_SIZE, sets);
	if (SQL_SUCCEEDED(r)) s->sets = sets;
	return r;
}

// all_sets reports whether every set was executed: drivers may call it a success
// when some were not.
static int all_sets(ss_stmt *s) {
	for (SQLULEN i = 0; s->sets > 1 && i < s->sets; i++)
		if (s->outcomes[i] == SQL_PARAM_ERROR) return 0;
	return 1;
}

static SQLRETURN describe(ss_stmt *s) {
	ss_column *all = realloc(s->column, s->columns * sizeof *all);
	if (all == NULL) return SQL_ERROR;
	s->column = all;
	memset(all, 0, s->columns * sizeof *all);
	for (int i = 0; i < s->columns; i++) {
		ss_column *c = &all[i];
		SQLSMALLINT nullable;
		SQLRETURN r = s->narrow
			? SQLDescribeCol(s->handle, i + 1, (SQLCHAR *)c->name, sizeof c->name, &c->name_length,
				&c->sqltype, &c->size, &c->digits, &nullable)
			: SQLDescribeColW(s->handle, i + 1, c->name, sizeof c->name / sizeof *c->name, &c->name_length,
				&c->sqltype, &c->size, &c->digits, &nullable);
		if (!SQL_SUCCEEDED(r)) return r;
		if (c->sqltype == SQL_BIGINT && s->ask_unsigned) {
			SQLLEN is_unsigned = SQL_FALSE;
			if (SQL_SUCCEEDED(SQLColAttribute(s->handle, i + 1, SQL_DESC_UNSIGNED, NULL, 0, NULL, &is_unsigned)))
				c->is_unsigned = is_unsigned == SQL_TRUE;
		}
	}
	return SQL_SUCCESS;
}

static SQLRETURN outcome(ss_stmt *s) {
	s->affected = -1;
	s->columns = 0;
	SQLRETURN r = SQLNumResultCols(s->handle, &s->columns);
	if (!SQL_SUCCEEDED(r)) return r;
	if (s->columns > 0) return describe(s);
	return SQLRowCount(s->handle, &s->affected);
}

static SQLRETURN prepare_text(ss_stmt *s, void *sql, SQLINTEGER units) {
	return s->narrow ? SQLPrepare(s->handle, sql, units) : SQLPrepareW(s->handle, sql, units);
}

static SQLRETURN execute_text(ss_stmt *s, void *sql, SQLINTEGER units) {
	return s->narrow ? SQLExecDirect(s->handle, sql, units) : SQLExecDirectW(s->handle, sql, units);
}

// renew takes another handle. MariaDB's client library remembers the number of
// parameters of a statement that ran unprepared and, when that has failed, takes
// the memory for those of the next one to be there if it has as many: it
// dereferences NULL (libmariadb 3.3, mysql_stmt_bind_param).
static SQLRETURN renew(ss_stmt *s) {
	SQLHANDLE next;
	SQLRETURN r = SQLAllocHandle(SQL_HANDLE_STMT, s->connection, &next);
	if (!SQL_SUCCEEDED(r)) return r;
	SQLFreeHandle(SQL_HANDLE_STMT, s->handle);
	s->handle = next;
	s->stale = 0;
	return r;
}

SQLRETURN ss_execute(ss_stmt *s, void *sql, SQLINTEGER units, ss_param *params, int count,
	char *memory, SQLULEN sets, int describe_nulls) {
	SQLRETURN r = ss_reset(s);
	int prepare = sets > 1 || (describe_nulls && count > 0);
	if (SQL_SUCCEEDED(r) && prepare && s->stale) r = renew(s);
	s->stale = s->stale || (s->fresh && !prepare && count > 0);
	if (SQL_SUCCEEDED(r) && sets > 1) r = set_sets(s, sets);
	if (SQL_SUCCEEDED(r) && prepare) r = prepare_text(s, sql, units);
	if (SQL_SUCCEEDED(r)) r = bind_params(s, params, count, memory, describe_nulls);
	if (!SQL_SUCCEEDED(r)) return r;
	leave(s);
	r = enter(s, prepare ? SQLExecute(s->handle) : execute_text(s, sql, units));
	if (r == SQL_NO_DATA) { // a searched UPDATE or DELETE that met no row
		s->affected = 0;
		s->columns = 0;
		return SQL_SUCCESS;
	}
	if (SQL_SUCCEEDED(r) && !all_sets(s)) return SQL_ERROR;
	return SQL_SUCCEEDED(r) ? outcome(s) : r;
}

static SQLRETURN place(ss_stmt *s, SQLULEN rows) {
	size_t total = 0;
	for (int i = 0; i < s->columns; i++) total += (s->column[i].width + 7 + sizeof(SQLLEN)) / 8 * 8 * rows + 16;
	char *block = realloc(s->block, total + 16);
	SQLUSMALLINT *status = realloc(s->status, rows * sizeof *status);
	if (block != NULL) s->block = block;
	if (status != NULL) s->status = status;
	if (block == NULL || status == NULL) return SQL_ERROR;
	for (int i = 0; i < s->columns; i++) {
		ss_column *c = &s->column[i];
		c->length = (SQLLEN *)block;
		c->data = block + rows * sizeof(SQLLEN);
		block = c->data + ((size_t)c->width * rows + 7) / 8 * 8;
	}
	return SQL_SUCCESS;
}

SQLRETURN ss_bind(ss_stmt *s, SQLULEN rows) {
	SQLRETURN r = place(s, rows);
	for (int i = 0; i < s->columns && SQL_SUCCEEDED(r); i++) {
		ss_column *c = &s->column[i];
		if (c->width > 0) r = SQLBindCol(s->handle, i + 1, c->ctype, c->data, c->width, c->length);
	}
	if (rows > 1) {
		if (SQL_SUCCEEDED(r)) r = SQLSetStmtAttr(s->handle, SQL_ATTR_ROWS_FETCHED_PTR, &s->fetched, SQL_IS_POINTER);
		if (SQL_SUCCEEDED(r)) r = SQLSetStmtAttr(s->handle, SQL_ATTR_ROW_STATUS_PTR, s->status, SQL_IS_POINTER);
		if (SQL_SUCCEEDED(r)) r = set_stmt(s, SQL_ATTR_ROW_ARRAY_SIZE, rows);
		if (SQL_SUCCEEDED(r)) s->array = rows;
	}
	return r;
}

SQLRETURN ss_fetch(ss_stmt *s) {
	s->fetched = 0;
	leave(s);
	SQLRETURN r = enter(s, SQLFetch(s->handle));
	if (!SQL_SUCCEEDED(r)) return r;
	if (s->array == 1) s->fetched = 1;
	for (SQLULEN i = 0; s->array > 1 && i < s->fetched; i++)
		if (s->status[i] == SQL_ROW_ERROR) return SQL_ERROR;
	return SQL_SUCCESS;
}

// grow makes room for a value and keeps what is there.
static int grow(ss_stmt *s, size_t room) {
	if (room <= s->value_room) return 1;
	char *value = realloc(s->value, room);
	if (value == NULL) return 0;
	s->value = value;
	s->value_room = room;
	return 1;
}

SQLRETURN ss_value(ss_stmt *s, SQLULEN row, int column) {
	ss_column *c = &s->column[column];
	size_t end = c->ctype == SQL_C_WCHAR ? 2 : c->ctype == SQL_C_CHAR ? 1 : 0; // the NUL behind a text
	size_t at = 0;
	s->value_length = SQL_NULL_DATA;
	if (s->array > 1) {
		SQLRETURN r = SQLSetPos(s->handle, row + 1, SQL_POSITION, SQL_LOCK_NO_CHANGE);
		if (!SQL_SUCCEEDED(r)) return r;
	}
	if (!grow(s, 1 << 16)) return SQL_ERROR;
	for (;;) {
		SQLLEN rest = 0;
		leave(s);
		SQLRETURN r = enter(s, SQLGetData(s->handle, column + 1, c->ctype, s->value + at, s->value_room - at, &rest));
		if (r == SQL_NO_DATA) break; // the last part was full to the brim
		if (!SQL_SUCCEEDED(r)) return r;
		if (rest == SQL_NULL_DATA) return SQL_SUCCESS;
		if (rest != SQL_NO_TOTAL && (size_t)rest + end <= s->value_room - at) {
			at += rest;
			break;
		}
		size_t part = (s->value_room - at - end);
		if (end == 2) part &= ~(size_t)1;
		at += part;
		size_t want = rest == SQL_NO_TOTAL ? 2 * s->value_room : at + (rest - part) + end + 2;
		if (want < s->value_room + 64) want = s->value_room + 64;
		if (!grow(s, want)) return SQL_ERROR;
	}
	s->value_length = at;
	return SQL_SUCCESS;
}

SQLRETURN ss_drain(ss_stmt *s) {
	SQLLEN total = s->affected;
	if (s->columns > 0) SQLFreeStmt(s->handle, SQL_UNBIND);
	for (;;) {
		SQLRETURN r = SQL_SUCCESS;
		leave(s);
		while (s->columns > 0 && SQL_SUCCEEDED(r = SQLFetch(s->handle))) {
		}
		if (s->columns == 0 || r == SQL_NO_DATA) r = s->single ? SQL_NO_DATA : SQLMoreResults(s->handle);
		enter(s, r);
		if (r == SQL_NO_DATA) break;
		if (!SQL_SUCCEEDED(r)) return r;
		s->affected = -1;
		r = SQLNumResultCols(s->handle, &s->columns);
		if (SQL_SUCCEEDED(r) && s->columns == 0) r = SQLRowCount(s->handle, &s->affected);
		if (!SQL_SUCCEEDED(r)) return r;
		if (s->affected > 0) total = total > 0 ? total + s->affected : s->affected;
	}
	s->affected = total;
	return SQL_SUCCESS;
}

void ss_close(ss_stmt *s) {
	SQLFreeStmt(s->handle, SQL_CLOSE);
	if (s->value_room > 1 << 20) {
		free(s->value);
		s->value = NULL;
		s->value_room = 0;
	}
}

SQLRETURN ss_reset(ss_stmt *s) {
	ss_close(s);
	SQLFreeStmt(s->handle, SQL_UNBIND);
	SQLFreeStmt(s->handle, SQL_RESET_PARAMS);
	s->columns = 0;
	SQLRETURN r = SQL_SUCCESS;
	if (s->array > 1) {
		r = set_stmt(s, SQL_ATTR_ROW_ARRAY_SIZE, 1);
		if (SQL_SUCCEEDED(r)) r = SQLSetStmtAttr(s->handle, SQL_ATTR_ROW_STATUS_PTR, NULL, SQL_IS_POINTER);
		if (SQL_SUCCEEDED(r)) s->array = 1;
	}
	if (SQL_SUCCEEDED(r) && s->sets > 1) {
		r = set_stmt(s, SQL_ATTR_PARAMSET_SIZE, 1);
		if (SQL_SUCCEEDED(r)) r = SQLSetStmtAttr(s->handle, SQL_ATTR_PARAM_STATUS_PTR, NULL, SQL_IS_POINTER);
		if (SQL_SUCCEEDED(r)) s->sets = 1;
	}
	return r;
}

SQLRETURN ss_set_connect(SQLHDBC h, SQLINTEGER attribute, SQLULEN value) {
	return SQLSetConnectAttr(h, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER);
}

SQLRETURN ss_get_connect(SQLHDBC h, SQLINTEGER attribute, SQLUINTEGER *value) {
	*value = 0;
	return SQLGetConnectAttr(h, attribute, value, sizeof *value, NULL);
}

SQLRETURN ss_info_text(SQLHDBC h, SQLUSMALLINT type, SQLWCHAR *text, SQLSMALLINT bytes, SQLSMALLINT *got) {
	return SQLGetInfoW(h, type, text, bytes, got);
}

SQLRETURN ss_info_number(SQLHDBC h, SQLUSMALLINT type, SQLUINTEGER *value) {
	*value = 0;
	return SQLGetInfo(h, type, value, sizeof *value, NULL);
}

SQLRETURN ss_info_short(SQLHDBC h, SQLUSMALLINT type, SQLUSMALLINT *value) {
	*value = 0;
	return SQLGetInfo(h, type, value, sizeof *value, NULL);
}

SQLRETURN ss_connect_narrow(SQLHDBC h, char *text) {
	return SQLDriverConnect(h, NULL, (SQLCHAR *)text, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}
