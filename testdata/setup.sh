#!/usr/bin/env bash
# Installs what `make test` needs and this machine lacks. It does nothing, and
# quickly, when nothing is missing.
#
#   gcc                    for go test -race, and for ODBC
#   pgbouncer              for migrations behind a pooler
#   unixODBC, ODBC drivers for Postgres, MariaDB and SQLite
#   Docker and debootstrap for the testbed's containers
#   PostgreSQL, MariaDB    where no Docker engine can run or be reached
#   Chromium               for the tests of examples/webapp in a browser
#   psql, mariadb, sqlite3 for the tests that SQLSCOPE_CORPORA asks for
#
# It knows Debian and its relatives; elsewhere it says what is missing and
# leaves the rest to the testbed, which fails when a required database cannot
# be had. Installing needs root, or sudo without a password.
set -euo pipefail

path=${SQLSCOPE_TESTBED:-}
if [ -z "$path" ] && [ -n "${SQLSCOPE_POSTGRES_DSN:-}" ] && [ -n "${SQLSCOPE_MYSQL_DSN:-}" ]; then
	path=dsn
fi
export PATH="$PATH:/usr/sbin:/sbin"

have() { command -v "$1" >/dev/null 2>&1; }
say() { echo "setup: $*" >&2; }

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
	have apt-get && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

# install PACKAGE...: the package lists are fetched once, when the first package is needed.
updated=
install() {
	if ! can_install; then
		say "missing: $* (install by hand: needs Debian and root or sudo)"
		return 1
	fi
	say "installing $*"
	if [ -z "$updated" ]; then as_root apt-get update -qq && updated=yes; fi
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

engine_answers() { have docker && docker info >/dev/null 2>&1; }

# Rights to the engine: a member of the group docker, or root.
may_use_engine() { [ "$(id -u)" -eq 0 ] || id -nG | tr ' ' '\n' | grep -qx docker; }

# An engine needs the right to mount; most containers lack it.
may_run_engine() { as_root unshare --mount true 2>/dev/null; }

# start_engine starts the engine in the way of this machine, and waits for it.
start_engine() {
	if [ -d /run/systemd/system ]; then
		as_root systemctl start docker || return 1
	elif have service && [ -e /etc/init.d/docker ]; then
		as_root service docker start >/dev/null 2>&1 || return 1
	else
		return 1
	fi
	for _ in $(seq 50); do
		if engine_answers; then return 0; fi
		sleep 0.2
	done
	return 1
}

have_engine() {
	if engine_answers; then return 0; fi
	may_use_engine || return 1
	may_run_engine || return 1
	if ! have dockerd; then install docker.io || return 1; fi
	if ! have docker; then install docker-cli || return 1; fi
	start_engine
}

have_postgres() { have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

install_postgres() {
	# The package must not make and start a cluster of its own.
	local conf=/etc/postgresql-common/createcluster.d
	can_install && as_root mkdir -p "$conf" &&
		echo 'create_main_cluster = false' | as_root tee "$conf/sqlscope.conf" >/dev/null
	install postgresql
}

have_mysql() { have mariadbd || have mysqld; }

# install_servers: those that no DSN is given for. The core packages of
# MariaDB have the server and start none.
install_servers() {
	local code=0
	[ -n "${SQLSCOPE_POSTGRES_DSN:-}" ] || have_postgres || install_postgres || code=1
	[ -n "${SQLSCOPE_MYSQL_DSN:-}" ] || have_mysql || install mariadb-server-core mariadb-client-core || code=1
	return $code
}

# have_odbc: the headers, and drivers under the names that the tests use.
have_odbc() {
	[ -e /usr/include/sql.h ] && have odbcinst &&
		[ "$(odbcinst -q -d | grep -cxF -e '[PostgreSQL Unicode]' -e '[MariaDB Unicode]' -e '[SQLite3]')" -eq 3 ]
}

have gcc || install gcc libc6-dev || true
[ -n "${SQLSCOPE_CHROMIUM:-}" ] || have chromium || install chromium || true
have pgbouncer || install pgbouncer || true # the tests of migrate start it themselves
have_odbc || install unixodbc-dev odbcinst odbc-postgresql odbc-mariadb libsqliteodbc || true

# The databases' own clients, and their dumps, are what the migrations of others
# are compared with.
if [ -n "${SQLSCOPE_CORPORA:-}" ]; then
	have pg_dump || install postgresql-client || true
	have mariadb-dump || install mariadb-client || true
	have sqlite3 || install sqlite3 || true
fi

case $path in
dsn) ;;
local) install_servers ;;
*)
	if have_engine; then
		have debootstrap || install debootstrap || true
	elif [ "$path" = container ]; then
		say "SQLSCOPE_TESTBED=container, but no Docker engine answers and none could be started"
		exit 1
	else
		say "no Docker engine can be had here: the tests run on servers from binaries"
		install_servers || true
	fi
	;;
esac
