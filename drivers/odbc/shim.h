// What package api of github.com/alexbrainman/odbc lacks, and calls that do in
// one crossing from Go to C what would otherwise take several. All memory that
// the driver below may touch later is C's.
#ifndef SQLSCOPE_ODBC_SHIM_H
#define SQLSCOPE_ODBC_SHIM_H

#include <stdlib.h>
#include <pthread.h>
#include <string.h>
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
#include <odbcinst.h>

_Static_assert(sizeof(SQLWCHAR) == 2, "unixODBC must have been built with 16-bit SQLWCHAR");

// A parameter: one value, or one column of a parameter array.
typedef struct {
	SQLSMALLINT ctype, sqltype, digits;
	SQLULEN size;  // in characters or digits
	SQLLEN width;  // bytes between two values of an array
	size_t data;   // where the first value is, from the beginning of the memory
	size_t length; // where the first value's length or SQL_NULL_DATA is
} ss_param;

// A column of a result.
typedef struct {
	SQLSMALLINT sqltype, digits, is_unsigned, name_length;
	SQLULEN size;
	SQLSMALLINT ctype;
	SQLLEN width;  // bytes of a value; 0: not bound, read with SQLGetData
	char *data;    // of the block, width bytes a row
	SQLLEN *length;
	SQLWCHAR name[256];
} ss_column;

// A statement, used again and again.
typedef struct {
	SQLHSTMT handle;
	SQLHSTMT aside;        // what SQLCancel is called on
	SQLHDBC connection;
	pthread_mutex_t calm;  // held by all calls but those that may take long
	int running;           // a call that may take long is under way
	int narrow;        // the driver takes SQL as UTF-8 bytes, and has no wide functions
	int fresh;         // a handle that has run unprepared cannot be prepared
	int stale;         // this one has
	int single;        // the running one has one result, and the driver must not be asked for more
	int ask_unsigned;  // whether integers may be; some drivers ask the server for it
	SQLLEN affected;   // rows, -1: unknown
	SQLSMALLINT columns;
	ss_column *column;
	SQLULEN array;     // rows of a block
	SQLULEN fetched;   // rows in the block
	SQLUSMALLINT *status;
	char *block;       // memory of all columns
	SQLULEN processed; // parameter sets
	SQLULEN sets;
	SQLUSMALLINT *outcomes; // one for each set
	char *value;       // what ss_value has read
	SQLLEN value_length;
	size_t value_room;
} ss_stmt;

ss_stmt *ss_new(SQLHSTMT handle, SQLHSTMT aside, SQLHDBC connection);
void ss_free(ss_stmt *s);

// ss_cancel calls SQLCancel if a call that may take long is under way. It is for
// another thread than that of the other functions.
//
// The driver manager's SQLCancel clears the statement's diagnostics and changes
// its state, whatever the statement does at the time, so it must meet nothing
// but such a call; ss_calm, which all others do, waits for it.
void ss_cancel(ss_stmt *s);
void ss_calm(ss_stmt *s);
void ss_end_calm(ss_stmt *s);

// ss_execute runs a statement with its parameters, sets of them, and describes
// the result's columns.
SQLRETURN ss_execute(ss_stmt *s, void *sql, SQLINTEGER units, ss_param *params, int count,
	char *memory, SQLULEN sets, int describe_nulls);

// ss_bind binds the columns as their ctype and width say, for blocks of rows.
SQLRETURN ss_bind(ss_stmt *s, SQLULEN rows);

// ss_fetch fetches a block. Truncated values are no error.
SQLRETURN ss_fetch(ss_stmt *s);

// ss_value reads one value whole, of a row of the block.
SQLRETURN ss_value(ss_stmt *s, SQLULEN row, int column);

// ss_drain goes to the end of everything that a statement returns and adds up
// the rows affected. It leaves the block alone, which may not have been read yet.
SQLRETURN ss_drain(ss_stmt *s);

// ss_close closes the cursor; ss_reset also lets go of everything bound.
void ss_close(ss_stmt *s);
SQLRETURN ss_reset(ss_stmt *s);

// ss_connect_narrow is SQLDriverConnect for such a driver.
SQLRETURN ss_connect_narrow(SQLHDBC h, char *text);
SQLRETURN ss_set_connect(SQLHDBC h, SQLINTEGER attribute, SQLULEN value);
SQLRETURN ss_get_connect(SQLHDBC h, SQLINTEGER attribute, SQLUINTEGER *value);
SQLRETURN ss_info_text(SQLHDBC h, SQLUSMALLINT type, SQLWCHAR *text, SQLSMALLINT bytes, SQLSMALLINT *got);
SQLRETURN ss_info_number(SQLHDBC h, SQLUSMALLINT type, SQLUINTEGER *value);
SQLRETURN ss_info_short(SQLHDBC h, SQLUSMALLINT type, SQLUSMALLINT *value);

#endif
