"""Faults of the remote server: kills, restarts, limits, logins, and tables that are not what they were."""

import time

import pymysql
from fault_bed import BIG, BIG_ROWS, CHANGING, PASSWORD, SMALL, USER, WIDE, Trial, rows_of
from fault_run import CANCELED, LOST, VALUE, Skip, declare, drain, kind, soon
from faults_network import cancel
from proxy import CALL, Fault

GONE = ("42", "HV")  # a table or a column that is not there

# -- kills and restarts -----------------------------------------------------------------------------------------


def _at_byte(bed, rng, act, detail, allowed, **options):
	"""`act(link)` when the server has sent n bytes of the result, which waits meanwhile."""
	fault = Fault(CALL, at=rng.randrange(1, bed.warm_size[BIG]), action=act)
	return Trial(f"{detail} at byte {fault.at}", allowed=allowed, before=lambda: bed.apply(fault), **options)


@kind(short=3, long=25, tls=6)
def kill(bed, rng):
	how = rng.choice(("KILL", "KILL HARD", "KILL SOFT"))
	return _at_byte(bed, rng, lambda link: bed.kill(how, link), how, LOST)


@kind(short=2, long=15)
def kill_anytime(bed, rng):
	delay = rng.uniform(0, 1.1 * bed.scan_time[BIG])
	return Trial(f"KILL after {delay * 1000:.0f} ms", allowed=LOST, during=soon(delay, lambda session: bed.kill()))


@kind(short=3, long=25, tls=6)
def kill_query(bed, rng):
	"""The connection stays, the statement ends with an error packet within its rows."""
	if rng.random() < 0.5:
		return _at_byte(bed, rng, lambda link: bed.kill("KILL QUERY", link), "KILL QUERY", (*CANCELED, "HV"))
	delay = rng.uniform(0, 1.1 * bed.scan_time[BIG])
	return Trial(f"KILL QUERY after {delay * 1000:.0f} ms", allowed=(*CANCELED, "HV"),
				 during=soon(delay, lambda session: bed.kill("KILL QUERY")))


@kind(short=1, long=6)
def server_stopped(bed, rng):
	"""An orderly stop and a start within the scan."""
	def restart(link):
		bed.forget_admin()
		bed.mariadb.restart()
	return _at_byte(bed, rng, restart, "server restarted", LOST, limit=40.0)


@kind(short=1, long=6, tls=2)
def server_killed(bed, rng):
	def kill(link):
		bed.forget_admin()
		bed.mariadb.kill()
	return _at_byte(bed, rng, kill, "server killed with -9", LOST)


@kind(short=1, long=4)
def server_down(bed, rng):
	"""Not there when the statement begins; the connection from before is dead."""
	def stop():
		bed.forget_admin()
		bed.mariadb.kill()
	return Trial("server down", allowed=LOST, exact=False, subject=SMALL, before=stop)


@kind(short=1, long=4)
def server_frozen(bed, rng):
	"""SIGSTOP: the kernel still takes connections for it."""
	def check(outcome):
		return f"the statement ended after {outcome.seconds:.1f} s" if outcome.seconds > 5 else None
	return Trial("server frozen, cancel", allowed=CANCELED, subject=SMALL, before=bed.mariadb.suspend,
				 during=soon(0.4, cancel), limit=10.0, check=check)


# -- what the server does on its own ------------------------------------------------------------------------------


def _setting(bed, detail, allowed, settings, **options):
	"""Global variables of the server; they hold for new connections."""
	before = {name: bed.sql(f"SELECT @@global.{name}")[0][0] for name in settings}

	def put(values):
		for name, value in values.items():
			bed.sql(f"SET GLOBAL {name} = %s", value)
	return Trial(detail, allowed=allowed, before=lambda: put(settings), heal=lambda: put(before), fresh=True,
				 spoils_session=True, **options)


@kind(short=1, long=8)
def late_error(bed, rng):
	"""The server finds an error when three quarters of the rows are sent."""
	def work(cursor, session, trial):
		if by_cursor:
			cursor.execute("BEGIN")
			cursor.execute("DECLARE scan CURSOR FOR SELECT n FROM remote.late_error")
			rows = drain(cursor, "scan")
			cursor.execute("COMMIT")
			return rows
		cursor.execute("SELECT count(*), sum(n) FROM (SELECT * FROM remote.late_error OFFSET 0) s")
		return cursor.fetchone()
	by_cursor = rng.random() < 0.5
	return Trial("error 1690 in a late row", allowed=("22003", "HV"), exact=False, expected=(BIG_ROWS, -1), mode=work)


@kind(short=1, long=3)
def row_limit(bed, rng):
	"""A global sql_select_limit cuts every result of who does not undo it, without an error."""
	return _setting(bed, "sql_select_limit", (), {"sql_select_limit": rng.choice((1, 10, 5000))})


@kind(short=1, long=6)
def server_time_limit(bed, rng):
	return _setting(bed, "max_statement_time", (*CANCELED, "HV"),
					{"max_statement_time": rng.choice((0.001, 0.005, 0.02))})


@kind(short=1, long=3)
def odd_settings(bed, rng):
	"""Settings that change what a statement means or how values are sent."""
	name, value = rng.choice((
		("sql_mode", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH"),
		("sql_mode", ""), ("time_zone", "+09:00"), ("max_sort_length", 8), ("group_concat_max_len", 4),
		("div_precision_increment", 0), ("old_mode", ""), ("autocommit", 0), ("sql_auto_is_null", 1),
		("character_set_client", "latin1"), ("character_set_results", "latin1"), ("max_join_size", 100),
		("completion_type", "CHAIN"), ("tx_isolation", "READ-UNCOMMITTED")))
	return _setting(bed, f"{name} = {value!r}", (), {name: value})


@kind(short=1, long=2)
def broken_statistics(bed, rng):
	"""The server's table of histograms answers with an error: a warning, and the rows all the same."""
	if not bed.wrapper.functions:
		raise Skip(f"{bed.wrapper.name} reads no histograms")

	def put():
		bed.sql("RENAME TABLE mysql.column_stats TO mysql.column_stats_away")
		bed.sql("CREATE VIEW mysql.column_stats AS SELECT (SELECT 'a' UNION ALL SELECT 'b') AS db_name, "
				"(SELECT 'a' UNION ALL SELECT 'b') AS table_name, 'c' AS column_name, 0 AS nulls_ratio, 1 AS avg_frequency, "
				"1 AS min_value, 1 AS max_value, 'JSON_HB' AS hist_type, '{}' AS histogram")
		bed.sql(f"GRANT SELECT ON mysql.column_stats TO '{USER}'@'%'")

	def heal():
		bed.sql(f"REVOKE SELECT ON mysql.column_stats FROM '{USER}'@'%'")
		bed.sql("DROP VIEW mysql.column_stats")
		bed.sql("RENAME TABLE mysql.column_stats_away TO mysql.column_stats")

	def work(cursor, session, trial):
		cursor.execute(SMALL.sql("remote"))
		count, checksum = cursor.fetchone()
		return (count, checksum) if "histograms" in "".join(session.connection.notices) else (-1, 0)
	return Trial("mysql.column_stats raises", mode=work, before=put, heal=heal, fresh=True, spoils_session=True,
				 subject=SMALL)


@kind(short=1, long=6)
def packet_limit(bed, rng):
	"""Rows larger than the server may send."""
	limit = rng.choice((1024 * 1024, 2 * 1024 * 1024, 1024 * 64))
	return _setting(bed, f"rows of 3 MB, max_allowed_packet {limit}", ("54", "HV", "08", "22", "53"),
					{"max_allowed_packet": limit}, subject=WIDE)


@kind(short=1, long=3)
def packet_limit_in_expression(bed, rng):
	"""A concatenation past max_allowed_packet is NULL on the server: if pushed, rows would vanish."""
	length = sum(len(row[1]) * 2 > 100 for row in rows_of(WIDE))

	def work(cursor, session, trial):
		cursor.execute("SELECT count(*) FROM remote.wide WHERE length(body || body) > 100")
		return cursor.fetchone()
	return _setting(bed, "body || body past max_allowed_packet", ("54", "HV", "08", "22", "53"),
					{"max_allowed_packet": 4 * 1024 * 1024}, subject=WIDE, mode=work, expected=(length,))


@kind(short=0, long=3)
def slow_reader(bed, rng):
	"""The server gives up on a client that does not read on (net_write_timeout)."""
	def work(cursor, session, trial):
		cursor.execute("BEGIN")
		declare(cursor, "scan", trial)
		cursor.execute("FETCH 1 FROM scan")
		rows = cursor.fetchall()
		time.sleep(2.5)
		rows = drain(cursor, "scan", len(rows), sum(value for value, in rows))
		cursor.execute("COMMIT")
		return rows
	return _setting(bed, "net_write_timeout 1 s, the cursor rests for 2.5 s", LOST, {"net_write_timeout": 1},
					subject=WIDE, mode=work)


@kind(short=0, long=3)
def idle_limit(bed, rng):
	"""The server ends a connection that rests for longer than wait_timeout."""
	def work(cursor, session, trial):
		cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ" if in_transaction else "SELECT 1")
		cursor.execute(SMALL.sql("remote"))
		time.sleep(1.8)
		cursor.execute(SMALL.sql("remote"))
		rows = cursor.fetchone()
		if in_transaction:
			cursor.execute("COMMIT")
		return rows
	in_transaction = rng.random() < 0.5
	return _setting(bed, f"wait_timeout 1 s{', in a transaction' if in_transaction else ''}", LOST, {"wait_timeout": 1},
					subject=SMALL, mode=work)


@kind(short=1, long=4)
def too_many_connections(bed, rng):
	held = []

	def fill():
		bed.sql("SET GLOBAL max_connections = 10")
		for _ in range(10):
			held.append(bed.another_admin().thing)

	def free():
		for connection in held:
			connection.close()
		bed.sql("SET GLOBAL max_connections = 200")
	return Trial("too many connections", allowed=("08", "53300"), exact=False, fresh=True, subject=SMALL, before=fill,
				 heal=free)


@kind(short=1, long=4)
def locked_table(bed, rng):
	"""The server makes the statement wait for another client's lock."""
	lock = bed.another_admin().thing
	milliseconds = 400

	def before():
		with lock.cursor() as cursor:
			cursor.execute("LOCK TABLES shop.small WRITE")
		bed.session.simple(f"SET statement_timeout = {milliseconds if by_timeout else 0}")

	def check(outcome):
		return f"ended only after {outcome.seconds:.1f} s" if outcome.seconds > 2.5 else None
	by_timeout = rng.random() < 0.5
	return Trial(f"locked table, {'statement_timeout' if by_timeout else 'cancel'}", allowed=CANCELED, exact=False,
				 subject=SMALL, fresh=False, before=before, check=check,
				 during=None if by_timeout else soon(0.4, cancel),
				 heal=lambda: (lock.close(), bed.session.usable and bed.session.simple("RESET statement_timeout")))


@kind(short=2, long=6)
def sleeping_statement(bed, rng):
	"""A statement that works for 15 s before its last row: what ends it here has to end it there."""
	def work(cursor, session, trial):
		cursor.execute("SELECT count(*), sum(z) FROM (SELECT * FROM remote.sleepy OFFSET 0) s")
		return cursor.fetchone()

	def check(outcome):
		return f"ended only after {outcome.seconds:.1f} s" if outcome.seconds > 2.5 else None
	how = rng.choice(("cancel", "statement_timeout", "KILL QUERY", "KILL"))
	act = {"cancel": cancel, "KILL QUERY": lambda session: bed.kill("KILL QUERY"),
		   "KILL": lambda session: bed.kill("KILL")}.get(how)
	return Trial(f"{how} of a sleeping statement", allowed=(*CANCELED, "HV") if how == "KILL QUERY" else
				 LOST if how == "KILL" else CANCELED, exact=False, subject=SMALL, mode=work, check=check,
				 before=lambda: bed.session.simple(f"SET statement_timeout = {0 if act else 400}"),
				 during=soon(0.4, act) if act else None,
				 heal=lambda: bed.session.usable and bed.session.simple("RESET statement_timeout"))


@kind(short=1, long=3)
def remote_statement_timeout(bed, rng):
	"""The wrapper's own limit for remote statements."""
	if "statement_timeout" not in bed.wrapper.limits:
		raise Skip(f"{bed.wrapper.name} has no statement_timeout")

	def work(cursor, session, trial):
		cursor.execute("SELECT count(*), sum(z) FROM (SELECT * FROM remote.sleepy OFFSET 0) s")
		return cursor.fetchone()

	def check(outcome):
		return f"ended only after {outcome.seconds:.1f} s" if outcome.seconds > 3 else None
	return Trial("option statement_timeout, a sleeping statement", allowed=CANCELED, exact=False, subject=SMALL,
				 mode=work, check=check,
				 before=lambda: bed.pg_admin("ALTER SERVER shop OPTIONS (ADD statement_timeout '500ms')"),
				 heal=lambda: bed.pg_admin("ALTER SERVER shop OPTIONS (DROP statement_timeout)"))


# -- logins and rights --------------------------------------------------------------------------------------------


@kind(short=1, long=5)
def wrong_password(bed, rng):
	def mapping(password):
		bed.pg_admin(f"ALTER USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (SET password '{password}')")
	wrong = rng.choice(("wrong", "", PASSWORD.upper(), "x" * 300))

	def check(outcome):
		return "the error shows the password" if wrong and wrong != "wrong" and wrong in outcome.message else None
	return Trial("wrong password in the mapping", allowed=("28",), exact=False, subject=SMALL, check=check,
				 before=lambda: mapping(wrong), heal=lambda: mapping(PASSWORD))


@kind(short=1, long=5)
def changed_login(bed, rng):
	"""On the server: another password, a locked or a dropped account."""
	right = f"'{USER}'@'%'"
	change, back = rng.choice((
		(f"SET PASSWORD FOR {right} = PASSWORD('other')", f"SET PASSWORD FOR {right} = PASSWORD('{PASSWORD}')"),
		(f"ALTER USER {right} ACCOUNT LOCK", f"ALTER USER {right} ACCOUNT UNLOCK"),
		(f"RENAME USER {right} TO 'elsewhere'@'%'", f"RENAME USER 'elsewhere'@'%' TO {right}")))
	return Trial(change.replace(PASSWORD, "..."), allowed=("28",), exact=False, fresh=True, subject=SMALL,
				 before=lambda: bed.sql(change), heal=lambda: bed.sql(back))


@kind(short=1, long=4)
def revoked_right(bed, rng):
	def revoke():
		bed.sql(f"REVOKE ALL ON shop.* FROM '{USER}'@'%'")
		if on_new_connection:
			bed.kill()
	on_new_connection = rng.random() < 0.3
	# A server may let a connection keep the rights that it came with.
	return Trial("REVOKE", allowed=("42", "HV", "28"), exact=not on_new_connection, subject=SMALL, before=revoke,
				 fresh=on_new_connection or None, heal=lambda: bed.sql(f"GRANT ALL ON shop.* TO '{USER}'@'%'"))


# -- tables that change under the foreign table -----------------------------------------------------------------------


def _changed(bed, detail, statements, **options):
	"""Changes `changing` on the server after the session has read it; healed by making it anew."""
	def change():
		try:
			for statement in statements:
				bed.sql(statement)
		except pymysql.OperationalError as error:
			# 1205: a connection that has nothing to do still holds the table.
			trial.problems.append(f"{error}: an idle connection of the wrapper keeps a lock")
			bed.kill()
			for statement in statements:
				bed.sql(statement)
	trial = Trial(detail, subject=CHANGING, fresh=False, before=change, heal=lambda: bed.load(CHANGING, local=False),
				  **options)
	return trial


def _truth(bed, rows):
	"""The result that these rows should give."""
	texts = ["|".join("~" if value is None else value for value in row) for row in rows]
	return bed.pg_admin("SELECT count(*), coalesce(sum(hashtextextended(t, 0)), 0) FROM unnest(%s::text[]) t", texts)[0]


def _changed_rows(**changes):
	"""The rows of `changing` with values replaced in the row of id 7."""
	rows = []
	for row in rows_of(CHANGING):
		values = dict(zip(CHANGING.columns, row))
		if values["id"] == "7":
			values.update(changes)
		rows.append(tuple(values[name] for name in CHANGING.columns))
	return rows


@kind(short=2, long=10)
def vanished(bed, rng):
	statement = rng.choice(("DROP TABLE shop.changing", "ALTER TABLE shop.changing DROP COLUMN price",
							"ALTER TABLE shop.changing DROP COLUMN id",
							"ALTER TABLE shop.changing RENAME COLUMN v TO w",
							"RENAME TABLE shop.changing TO shop.changed"))
	trial = _changed(bed, statement, [statement], allowed=GONE, exact=False)
	restore = trial.heal
	trial.heal = lambda: (bed.sql("DROP TABLE IF EXISTS shop.changed"), restore())
	return trial


@kind(short=1, long=6)
def harmless_change(bed, rng):
	"""The values are what they were: read as before, or refused."""
	detail, statements = rng.choice((
		("columns in another order",
		 ["ALTER TABLE shop.changing MODIFY t datetime FIRST, MODIFY v varchar(20) NOT NULL FIRST"]),
		("a column more", ["ALTER TABLE shop.changing ADD COLUMN extra int DEFAULT 5 FIRST"]),
		("int to bigint", ["ALTER TABLE shop.changing MODIFY n bigint NOT NULL"]),
		("int to smallint", ["ALTER TABLE shop.changing MODIFY n smallint NOT NULL"]),
		("int to text of digits", ["ALTER TABLE shop.changing MODIFY n varchar(30) NOT NULL"]),
		("varchar(20) to varchar(10)", ["ALTER TABLE shop.changing MODIFY v varchar(10) NOT NULL"]),
		("varchar to latin1", ["ALTER TABLE shop.changing MODIFY v varchar(20) CHARACTER SET latin1 NOT NULL"]),
		("varchar to longtext", ["ALTER TABLE shop.changing MODIFY v longtext NOT NULL"]),
		("another engine", ["ALTER TABLE shop.changing ENGINE = MyISAM"]),
		("a view instead of the table", ["RENAME TABLE shop.changing TO shop.changed",
										 "CREATE VIEW shop.changing AS SELECT * FROM shop.changed"])))
	trial = _changed(bed, detail, statements, allowed=("HV", "42804"))
	restore = trial.heal
	trial.heal = lambda: (bed.sql("DROP VIEW IF EXISTS shop.changing") if "view" in detail else None, restore(),
						  bed.sql("DROP TABLE IF EXISTS shop.changed"))
	return trial


@kind(short=4, long=24)
def value_that_does_not_fit(bed, rng):
	"""A wider type with a value that the foreign table's column cannot hold: the value itself or an error."""
	detail, change, rows = rng.choice((
		("int to bigint 2^40", "MODIFY n bigint NOT NULL|n = 1099511627776", None),
		("int to unsigned 4e9", "MODIFY n int unsigned NOT NULL|n = 4000000000", None),
		("int to text 'x17'", "MODIFY n varchar(20) NOT NULL|n = 'x17'", None),
		("int to text '12abc'", "MODIFY n varchar(20) NOT NULL|n = '12abc'", None),
		("int to double 1.5", "MODIFY n double NOT NULL|n = 1.5", None),
		("int to text ''", "MODIFY n varchar(20) NOT NULL|n = ''", None),
		("varchar(20) to text of 30", "MODIFY v text NOT NULL|v = repeat('y', 30)", {"v": "y" * 30}),
		("varchar(20) with a NUL byte", "MODIFY v varchar(20) NOT NULL|v = concat('a', char(0), 'b')", None),
		("varchar to binary, no UTF-8", "MODIFY v varbinary(20) NOT NULL|v = x'FF80'", None),
		("decimal(8,2) to (12,4)", "MODIFY price decimal(12,4)|price = 1.2345", "decimals"),
		("decimal(8,2) to (20,2)", "MODIFY price decimal(20,2)|price = 123456789012.25", {"price": "123456789012.25"}),
		("datetime to datetime(6)", "MODIFY t datetime(6)|t = '2024-02-03 04:05:06.789012'",
		 {"t": "2024-02-03 04:05:06.789012"}),
		("datetime to text 'soon'", "MODIFY t varchar(40)|t = 'soon'", None),
		("datetime to time", "MODIFY t time|t = '123:45:59'", None),
		("zero date", "MODIFY t datetime|t = 0", None),
		("NULL in a NOT NULL column", "MODIFY n int NULL|n = NULL", {"n": None})))
	modify, update = change.split("|")
	if rows == "decimals":
		shown = [(*row[:3], row[3] + "00", row[4]) for row in _changed_rows(price="1.23")]
		expected = _truth(bed, [(*row[:3], "1.2345", row[4]) if row[0] == "7" else row for row in shown])
	else:
		expected = _truth(bed, _changed_rows(**rows)) if rows else (-1, 0)
	statements = [f"ALTER TABLE shop.changing {modify}", f"UPDATE shop.changing SET {update} WHERE id = 7"]
	return _changed(bed, detail, statements, allowed=VALUE, exact=bool(rows), expected=expected)


@kind(short=1, long=5)
def condition_on_changed_type(bed, rng):
	"""
	A pushed comparison means something else on another type: text '12' sorts before '5', the number 12 does not. What
	is known of the column from before must not be believed.
	"""
	where, change = rng.choice((
		("WHERE v < '5'", "MODIFY v int NOT NULL"), ("WHERE v >= '12'", "MODIFY v int NOT NULL"),
		("WHERE v = '7'", "MODIFY v double NOT NULL"), ("WHERE n > 100", "MODIFY n varchar(20) NOT NULL"),
		("WHERE v IN ('3', '11')", "MODIFY v varchar(20) CHARACTER SET latin1 NOT NULL"),
		("WHERE v < '5'", "MODIFY v varchar(20) COLLATE utf8mb4_unicode_ci NOT NULL"),
		("WHERE v >= '12'", "MODIFY v varchar(20) CHARACTER SET latin1 NOT NULL"),
		("WHERE v LIKE '1%'", "MODIFY v int NOT NULL"), ("WHERE v BETWEEN '1' AND '12'", "MODIFY v date"),
		("WHERE n BETWEEN 9 AND 100", "MODIFY n varchar(20) NOT NULL")))
	expected = bed.pg_admin(CHANGING.sql("local", where))[0]
	trial = _changed(bed, f"{where}, then {change}", [f"ALTER TABLE shop.changing {change}"], allowed=VALUE,
					 expected=expected)
	trial.where, trial.mode = where, "plain"
	return trial

