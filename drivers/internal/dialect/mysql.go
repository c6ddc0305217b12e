package dialect

import "github.com/sqlscope/sqlscope/drivers"

// MySQLKind is what a number of MySQL's or MariaDB's means. See
// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html and
// https://mariadb.com/kb/en/mariadb-error-code-reference/. The SQLSTATE is no
// help: a deadlock's is that of a serialization failure.
func MySQLKind(number int) drivers.Kind { return mysqlKinds[number] }

var mysqlKinds = map[int]drivers.Kind{
	1022: drivers.KindUnique, // DUP_KEY
	1062: drivers.KindUnique,
	1169: drivers.KindUnique, // DUP_UNIQUE
	1557: drivers.KindUnique, // FOREIGN_DUPLICATE_KEY
	1586: drivers.KindUnique,
	1761: drivers.KindUnique, // FOREIGN_DUPLICATE_KEY with names
	1762: drivers.KindUnique,

	1216: drivers.KindForeignKey,
	1217: drivers.KindForeignKey,
	1451: drivers.KindForeignKey,
	1452: drivers.KindForeignKey,

	1048: drivers.KindNotNull,
	1263: drivers.KindNotNull, // NULL in a LOAD DATA or after a change of the mode
	1364: drivers.KindNotNull, // no default, which MySQL has for columns that may be NULL

	3819: drivers.KindCheck, // MySQL
	4025: drivers.KindCheck, // MariaDB

	1264: drivers.KindData, // out of range
	1265: drivers.KindData, // truncated
	1292: drivers.KindData, // a text that is no date, or number
	1300: drivers.KindData, // bytes that are no text
	1365: drivers.KindData, // division by zero
	1366: drivers.KindData, // a text that the column's character set has not
	1367: drivers.KindData,
	1406: drivers.KindData, // too long
	1411: drivers.KindData,
	1416: drivers.KindData, // geometry
	1425: drivers.KindData,
	1426: drivers.KindData,
	1441: drivers.KindData, // datetime overflow
	1690: drivers.KindData, // an expression out of range
	3140: drivers.KindData, // JSON
	3141: drivers.KindData,
	3143: drivers.KindData,
	3144: drivers.KindData,
	3156: drivers.KindData,
	4078: drivers.KindData, // MariaDB: types that do not convert

	1020: drivers.KindSerialization,  // MariaDB with innodb_snapshot_isolation
	1412: drivers.KindSerialization,  // a table that has changed since the snapshot
	3101: drivers.KindSerialization,  // group replication: another node was faster
	1213: drivers.KindDeadlock,       // Galera: another node was faster, which COMMIT may find out
	1047: drivers.KindSerialization,  // Galera: this node takes no statements now; it did nothing
	1180: drivers.KindOutcomeUnknown, // an error in the middle of COMMIT
	1614: drivers.KindDeadlock,       // XA
	1205: drivers.KindLockTimeout,
	3572: drivers.KindLockTimeout, // NOWAIT; MariaDB says 1205

	1317: drivers.KindCancelled,
	1969: drivers.KindStatementTimeout, // MariaDB
	3024: drivers.KindStatementTimeout, // MySQL

	1223: drivers.KindReadOnly, // FLUSH TABLES WITH READ LOCK
	1290: drivers.KindReadOnly, // --read-only
	1792: drivers.KindReadOnly, // the transaction
	1836: drivers.KindReadOnly, // innodb_read_only

	1044: drivers.KindPermission,
	1045: drivers.KindPermission,
	1130: drivers.KindPermission, // from this host
	1142: drivers.KindPermission,
	1143: drivers.KindPermission,
	1227: drivers.KindPermission,
	1370: drivers.KindPermission,
	1410: drivers.KindPermission,
	1698: drivers.KindPermission,
	1820: drivers.KindPermission, // the password has expired
	1862: drivers.KindPermission,
	3118: drivers.KindPermission, // the account is locked
	4151: drivers.KindPermission, // MariaDB's word for it

	1021: drivers.KindResource, // disk full
	1037: drivers.KindResource,
	1038: drivers.KindResource,
	1040: drivers.KindResource, // too many connections
	1041: drivers.KindResource,
	1114: drivers.KindResource, // the table is full
	1153: drivers.KindResource, // larger than max_allowed_packet
	1203: drivers.KindResource,
	1206: drivers.KindResource, // the lock table is full; rolls everything back
	1226: drivers.KindResource,
	1461: drivers.KindResource, // too many prepared statements
	1637: drivers.KindResource,

	1043: drivers.KindConnLost, // handshake
	1053: drivers.KindConnLost, // shutdown
	1077: drivers.KindConnLost,
	1079: drivers.KindConnLost,
	1080: drivers.KindConnLost,
	1152: drivers.KindConnLost,
	1158: drivers.KindConnLost,
	1159: drivers.KindConnLost,
	1160: drivers.KindConnLost,
	1161: drivers.KindConnLost,
	1184: drivers.KindConnLost,
	1927: drivers.KindConnLost, // MariaDB: the connection was killed
	2006: drivers.KindConnLost,
	2013: drivers.KindConnLost,
	3032: drivers.KindConnLost, // the server is going offline
	3169: drivers.KindConnLost, // the session was killed
	4031: drivers.KindConnLost, // wait_timeout

	1007: drivers.KindSyntax, // a database that is there
	1008: drivers.KindSyntax,
	1046: drivers.KindSyntax, // no database
	1049: drivers.KindSyntax,
	1050: drivers.KindSyntax, // a table that is there
	1051: drivers.KindSyntax,
	1052: drivers.KindSyntax, // an ambiguous column
	1054: drivers.KindSyntax,
	1055: drivers.KindSyntax,
	1058: drivers.KindSyntax,
	1060: drivers.KindSyntax,
	1061: drivers.KindSyntax,
	1064: drivers.KindSyntax,
	1065: drivers.KindSyntax, // nothing but a comment
	1066: drivers.KindSyntax,
	1068: drivers.KindSyntax,
	1091: drivers.KindSyntax,
	1093: drivers.KindSyntax,
	1102: drivers.KindSyntax,
	1103: drivers.KindSyntax,
	1109: drivers.KindSyntax,
	1110: drivers.KindSyntax,
	1111: drivers.KindSyntax,
	1136: drivers.KindSyntax, // columns and values
	1140: drivers.KindSyntax,
	1146: drivers.KindSyntax, // a table that is not there
	1149: drivers.KindSyntax,
	1193: drivers.KindSyntax, // an unknown variable
	1222: drivers.KindSyntax,
	1241: drivers.KindSyntax,
	1247: drivers.KindSyntax,
	1248: drivers.KindSyntax,
	1305: drivers.KindSyntax, // a function or savepoint that is not there
	1318: drivers.KindSyntax,
	1582: drivers.KindSyntax,
	1630: drivers.KindSyntax,
}
