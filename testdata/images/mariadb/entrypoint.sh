#!/bin/bash
# Makes the data directory at the first start, then becomes the server.
set -euo pipefail

data=/var/lib/mysql
init=/run/sqlscope-init.sql

as_mysql() { setpriv --reuid=mysql --regid=mysql --init-groups "$@"; }

# An option is the server's; anything else is a command of its own.
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
	exec "$@"
fi

if [ ! -d "$data/mysql" ]; then
	install -d -o mysql -g mysql -m 700 "$data"
	as_mysql mariadb-install-db --no-defaults --datadir="$data" --skip-test-db \
		--auth-root-authentication-method=normal
fi

user=${MYSQL_USER:?must be set} password=${MYSQL_PASSWORD:?must be set} db=${MYSQL_DATABASE:?must be set}
# One statement a line, as the server reads its init file, at every start.
cat >"$init" <<SQL
CREATE DATABASE IF NOT EXISTS \`$db\`;
CREATE USER IF NOT EXISTS '$user'@'%' IDENTIFIED BY '$password';
GRANT ALL ON \`$db\`.* TO '$user'@'%';
GRANT ALL ON \`${db}\\_%\`.* TO '$user'@'%';
SQL
chown mysql "$init"

exec setpriv --reuid=mysql --regid=mysql --init-groups mariadbd --no-defaults --datadir="$data" \
	--socket="$data/mysql.sock" --pid-file="$data/mysql.pid" --init-file="$init" "$@"
