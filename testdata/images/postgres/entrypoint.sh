#!/bin/bash
# Makes the cluster at the first start, then becomes the server.
set -euo pipefail

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

if [ "${1:-}" != postgres ]; then
	exec "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	user=${POSTGRES_USER:-postgres}
	db=${POSTGRES_DB:-$user}
	install -d -o postgres -g postgres -m 700 "$PGDATA"
	# A file, not <(...): initdb reads it as another user.
	pwfile=$(mktemp)
	printf '%s\n' "${POSTGRES_PASSWORD:?must be set}" >"$pwfile"
	chown postgres "$pwfile"
	as_postgres initdb --no-sync --encoding=UTF8 --locale=C.UTF-8 --username="$user" \
		--auth-local=trust --auth-host=scram-sha-256 \
		--pwfile="$pwfile" -D "$PGDATA"
	rm "$pwfile"
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	if [ "$db" != postgres ]; then
		echo "CREATE DATABASE \"$db\"" | as_postgres postgres --single -j -F -D "$PGDATA" postgres
	fi
fi

exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
