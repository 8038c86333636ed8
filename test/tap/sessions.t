#!/usr/bin/python3
"""
What takes two sessions, or two roles: EvalPlanQual beside subqueries that read remotely, a remote deadlock within a
subtransaction, a role without a password after one that needs none. And what a shipped statement did to the server itself.

Lifecycle: starts PostgreSQL and MariaDB of its own and ends them.
"""

import contextlib
import pathlib
import sys
import threading
import time

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	import psycopg2
	import pymysql
	from servers import MariaDB, Postgres, Workspace, start_all
	from tap import check, finish
except ImportError as error:
	sys.exit(f"sessions: {error}: make deps")

REMOTE = """
CREATE DATABASE shop;
USE shop;
CREATE TABLE f (id int PRIMARY KEY, dt datetime(6));
INSERT INTO f SELECT seq, '2020-01-01' + INTERVAL seq DAY FROM seq_1_to_2000;
CREATE TABLE g (id int PRIMARY KEY, f_id int, KEY (f_id));
INSERT INTO g SELECT seq, seq % 2000 FROM seq_1_to_3000;
CREATE TABLE stock (id int PRIMARY KEY, v int NOT NULL);
INSERT INTO stock SELECT seq, 0 FROM seq_1_to_500;
CREATE TABLE two_indexes (id int PRIMARY KEY, n decimal(6,2), m smallint, u int, g double,
	UNIQUE KEY u (u, m), KEY n (n));
INSERT INTO two_indexes SELECT seq, seq % 7, seq % 5, seq + 30, 1 FROM seq_1_to_30;
"""

LOCAL = """
CREATE EXTENSION pg_fabric;
CREATE SERVER shop FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '{host}', port '{port}');
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username '{user}', password '{password}');
CREATE SCHEMA remote;
CREATE SCHEMA local;
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO remote;
CREATE TABLE local.f AS SELECT * FROM remote.f;
CREATE TABLE local.g AS SELECT * FROM remote.g;
CREATE TABLE m AS SELECT i AS id, i % 100 AS lid FROM generate_series(1, 300) AS i;
CREATE TABLE t (id int PRIMARY KEY, v int, r text, ts timestamp);
ANALYZE m;
"""

BY_LOOKUP = "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_nestloop = off"

# Each waits for a row that another session has changed, then looks at it again; the subquery does not take part in that.
RECHECKED = (
	("UPDATE by a subquery with a lookup join", True,
	 "UPDATE t SET r = (SELECT count(*) FROM m JOIN {s}.f ON f.id = m.id WHERE m.lid < t.id + 50) WHERE id <= 2 RETURNING id, v, r"),
	("UPDATE by a subquery with a left lookup join", True,
	 "UPDATE t SET r = (SELECT count(f.id) FROM m LEFT JOIN {s}.f ON f.id = m.id WHERE m.lid < t.id + 50) WHERE id <= 2 "
	 "RETURNING id, v, r"),
	("FOR UPDATE of rows that a subquery picks", True,
	 "SELECT id, v FROM t WHERE (SELECT count(*) FROM m JOIN {s}.f ON f.id = m.id WHERE m.lid < t.id) > 0 AND id <= 2 FOR UPDATE"),
	("UPDATE by a pushed join with a value that has no remote form", False,
	 "UPDATE t SET r = (SELECT count(*) FROM {s}.f JOIN {s}.g ON g.f_id = f.id WHERE f.dt < t.ts) WHERE id <= 2 RETURNING id, v, r"),
)


def connect(postgres, user=None):
	connection = psycopg2.connect(postgres.conninfo(user=user))
	connection.autocommit = True
	return connection


def rows(connection, sql):
	"""The rows, or what went wrong."""
	with connection.cursor() as cursor:
		try:
			cursor.execute(sql)
			return cursor.fetchall() if cursor.description else []
		except psycopg2.Error as error:
			return f"{error.pgcode} {str(error).splitlines()[0]}"


def waiting(watcher, pid):
	"""Until that backend waits for a lock."""
	deadline = time.monotonic() + 10
	while time.monotonic() < deadline:
		if rows(watcher, f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND wait_event_type = 'Lock'"):
			return True
		time.sleep(0.01)
	return False


def after_a_change(postgres, statement, lookup):
	"""What the statement gives when the row with id 1 was changed while it waited for it."""
	first, second = connect(postgres), connect(postgres)
	with contextlib.closing(first), contextlib.closing(second):
		rows(first, "TRUNCATE t")
		rows(first, "INSERT INTO t SELECT i, i, NULL, CASE i WHEN 1 THEN timestamp 'infinity' ELSE '2021-01-01' END "
					"FROM generate_series(1, 10) AS i")
		rows(first, "ANALYZE t")
		if lookup:
			rows(second, BY_LOOKUP)
		found = []
		rows(first, "BEGIN")
		rows(first, "UPDATE t SET v = v + 100 WHERE id = 1")
		thread = threading.Thread(target=lambda: found.append(rows(second, statement)))
		thread.start()
		waited = waiting(first, second.get_backend_pid())
		rows(first, "COMMIT")
		thread.join()
		return sorted(found[0]) if waited and isinstance(found[0], list) else found[0] if waited else "it did not wait"


def rechecks(postgres):
	for what, lookup, statement in RECHECKED:
		with contextlib.closing(connect(postgres)) as connection:
			if lookup:
				rows(connection, BY_LOOKUP)
			plan = "\n".join(line for line, in rows(connection, "EXPLAIN " + statement.format(s="remote")))
		check(("FabricLookupJoin" if lookup else "Foreign Scan") in plan, f"{what}: planned as it says", plan)
		expected = after_a_change(postgres, statement.format(s="local"), lookup)
		got = after_a_change(postgres, statement.format(s="remote"), lookup)
		check(isinstance(expected, list) and got == expected, f"{what}: what local tables give", f"{got}\n{expected}")


def deadlock(postgres, mariadb):
	"""The server rolls its whole transaction back, whatever savepoints there are."""
	connection = connect(postgres)
	other = pymysql.connect(host=mariadb.host, port=mariadb.port, user=mariadb.user, password=mariadb.password, database="shop")
	with contextlib.closing(connection), contextlib.closing(other), other.cursor() as cursor:
		cursor.execute("UPDATE stock SET v = v + 1 WHERE id >= 2")  # more than the other one: that one is the victim
		rows(connection, "BEGIN")
		rows(connection, "SELECT fabric.remote_exec('shop', 'UPDATE shop.stock SET v = 100 WHERE id = 1')")
		rows(connection, "SAVEPOINT a")
		found = []
		thread = threading.Thread(target=lambda: found.append(rows(connection, "SELECT * FROM remote.stock WHERE id = 2 FOR UPDATE")))
		thread.start()
		time.sleep(0.5)
		cursor.execute("UPDATE stock SET v = v + 1 WHERE id = 1")
		thread.join()
		other.commit()
		check(found[0].startswith("40P01"), "a remote deadlock is a deadlock", found)
		check(rows(connection, "ROLLBACK TO a") == [], "the savepoint is there")
		again = rows(connection, "SELECT v FROM remote.stock WHERE id = 400")
		check(isinstance(again, str) and again.startswith("40000"), "the transaction does not go on remotely", again)
		rows(connection, "ROLLBACK TO a")
		commit = rows(connection, "COMMIT")
		check(isinstance(commit, str) and commit.startswith("40000"), "nor is it committed without its changes", commit)
		check(rows(connection, "SELECT v FROM remote.stock WHERE id IN (1, 400) ORDER BY id") == [(1,), (1,)],
			  "the next transaction sees what is there")


def passwords(postgres):
	"""A connection that one role has made is not another one's without a password."""
	postgres.psql("""CREATE ROLE clerk LOGIN; CREATE SERVER trusting FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '{host}', port '{port}');
	CREATE USER MAPPING FOR PUBLIC SERVER trusting OPTIONS (username 'nobody');
	CREATE FOREIGN TABLE trusted (id int) SERVER trusting OPTIONS (dbname 'shop', table_name 'f');
	GRANT SELECT ON trusted TO clerk;
	CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM trusted'"""
				  .format(host=SERVER["MYSQL_HOST"], port=SERVER["MYSQL_PORT"]))
	with contextlib.closing(connect(postgres, "clerk")) as connection:
		refused = "2F003 password is required"
		before = rows(connection, "SELECT count(*) FROM trusted")
		check(str(before).startswith(refused), "a mapping without a password is not for everybody", before)
		check(rows(connection, "SELECT counted()") == [(2000,)], "its superuser's function may use it")
		after = rows(connection, "SELECT count(*) FROM trusted")
		check(str(after).startswith(refused), "which lends the connection to nobody", after)


def option_file(postgres):
	"""What the options leave open a client option file says: where the server is, and as whom."""
	path = postgres.path / "client.cnf"
	text = "[client]\nhost = {MYSQL_HOST}\nport = {MYSQL_PORT}\nuser = {MYSQL_USER}\npassword = {MYSQL_PASSWORD}\n"
	path.write_text(text.format(**SERVER), "ascii")
	path.chmod(0o644)
	postgres.psql(f"CREATE SERVER by_file FOREIGN DATA WRAPPER fabric_mysql OPTIONS (default_file '{path}');"
				  "CREATE USER MAPPING FOR CURRENT_USER SERVER by_file")
	with contextlib.closing(connect(postgres)) as connection:
		found = rows(connection, "SELECT * FROM fabric.remote_query('by_file', 'SELECT 1') AS q(n integer)")
		check(found == [(1,)], "host, port, user and password of an option file", found)
		rows(connection, "ALTER SERVER by_file OPTIONS (ADD port '1')")
		found = rows(connection, "SELECT * FROM fabric.remote_query('by_file', 'SELECT 1') AS q(n integer)")
		check(str(found).startswith("08001 could not connect"), "an option goes before the file", found)


def parallel(postgres):
	"""A connection that is made while workers are at it already."""
	with contextlib.closing(connect(postgres)) as connection:
		rows(connection, "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0")
		query = "SELECT count(*), sum(x.n) FROM (SELECT id FROM m WHERE lid < 50) j, LATERAL (SELECT count(*) AS n FROM remote.f WHERE f.id = j.id OFFSET 0) x"
		plan = str(rows(connection, "EXPLAIN " + query))
		check("Gather" in plan and "Foreign Scan" in plan, "a parallel plan with a foreign scan beside it", plan)
		rows(connection, "SELECT fabric.disconnect()")  # what is known of the tables stays
		found = rows(connection, query)
		check(found == [(150, 150)], "which connects when the workers run", found)


def limits(postgres):
	"""How many connections all sessions have together, and how long they may lie idle."""
	asked = "SELECT * FROM fabric.remote_query('shop', 'SELECT 1') AS q(n integer)"
	postgres.psql("ALTER SERVER shop OPTIONS (ADD max_connections '2')")
	with contextlib.ExitStack() as stack:
		first, second, third, fourth = (stack.enter_context(contextlib.closing(connect(postgres))) for _ in range(4))

		def refused(connection):
			answer = rows(connection, asked)
			return answer[:5] if isinstance(answer, str) else answer

		check([refused(one) for one in (first, second, third)] == [[(1,)], [(1,)], "53300"], "the third connection is refused")
		found = rows(second, "SELECT slot BETWEEN 1 AND 2, max_connections, all_connections FROM fabric.connections")
		check(found == [(True, 2, 2)], "fabric.connections shows them", found)
		check(refused(first) == [(1,)], "who has one keeps it")
		rows(first, "SELECT 1 / 0")
		check(refused(third) == "53300", "also after an error of a transaction")
		rows(first, "SELECT fabric.disconnect()")
		check(refused(third) == [(1,)], "one that is closed makes room")
		check(refused(first) == "53300", "for one")
		third.close()
		time.sleep(0.3)
		check(refused(first) == [(1,)], "so does a session that ends")
		rows(first, "DISCARD ALL")
		check(refused(first) == [(1,)], "DISCARD ALL takes no connection away")
		found = rows(first, "SELECT all_connections FROM fabric.connections")
		check(found == [(2,)], "it is counted again when it is used", found)
		# Waiting for one.
		postgres.psql("ALTER SERVER shop OPTIONS (ADD connection_wait '10s')")
		check([refused(first), refused(second)] == [[(1,)], [(1,)]], "both are taken again")
		answers = []
		waiter = threading.Thread(target=lambda: answers.append(refused(fourth)))
		waiter.start()
		time.sleep(0.5)
		waited = not answers
		second.close()
		waiter.join(20)
		check(waited and answers == [[(1,)]], "who waits gets the one that becomes free", answers)
		postgres.psql("ALTER SERVER shop OPTIONS (SET connection_wait '300ms')")
		fifth = stack.enter_context(contextlib.closing(connect(postgres)))
		check([refused(first), refused(fourth), refused(fifth)] == [[(1,)], [(1,)], "53300"], "for so long only")
		# Idle ones are closed, while their sessions do nothing.
		postgres.psql("ALTER SERVER shop OPTIONS (ADD idle_timeout '400ms')")
		check([refused(first), refused(fourth)] == [[(1,)], [(1,)]], "both are used")
		counted = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 4011"
		before, limit = postgres.psql(counted), time.monotonic() + 10
		while postgres.psql(counted) != "0" and time.monotonic() < limit:
			time.sleep(0.1)
		check(before == "2" and postgres.psql(counted) == "0", "idle connections are closed while nothing is done", before)
		rows(fifth, "BEGIN")
		check(refused(fifth) == [(1,)], "and another session has one")
		found = rows(fifth, "SELECT count(*) FROM fabric.connections")
		time.sleep(1.0)
		check(rows(fifth, "SELECT count(*) FROM fabric.connections") == found == [(1,)], "one that is used in a transaction is not idle")
		rows(fifth, "COMMIT")
		# Errors end all timers, also those in a block that is aborted.
		rows(fifth, "BEGIN")
		used = refused(fifth) == [(1,)]
		for _ in range(2):
			with contextlib.suppress(psycopg2.Error):
				rows(fifth, "SELECT 1 / 0")
		rows(fifth, "ROLLBACK")
		limit = time.monotonic() + 10
		while postgres.psql(counted) != "0" and time.monotonic() < limit:
			time.sleep(0.1)
		check(used and postgres.psql(counted) == "0", "one of a block with two errors is closed as well")
	postgres.psql("ALTER SERVER shop OPTIONS (DROP max_connections, DROP connection_wait, DROP idle_timeout)")


def server_lives(postgres):
	text = ("SELECT g FROM shop.two_indexes WHERE u = 47 AND (m, n) IN ((4611686018427387904, 4611686018427387904.), (-7, -7), "
			"(1, 1), (0, 0), (-4611686018427387904, -4611686018427387904.), (9007199254740993, 9007199254740993))")
	with contextlib.closing(connect(postgres)) as connection:
		found = rows(connection, f"SELECT * FROM fabric.remote_query('shop', '{text}') AS q(g float8)")
		check(found == [], "a list of rows and a filter of row ids leave the server alive", found)


SERVER = {}


def main():
	with Workspace() as workspace:
		postgres = Postgres(workspace)
		mariadb = MariaDB(workspace)
		start_all(postgres, mariadb)
		mariadb.sql(REMOTE)
		mariadb.sql("CREATE USER nobody; GRANT SELECT ON shop.* TO nobody")
		SERVER.update(mariadb.environment())
		postgres.psql(LOCAL.format(host=SERVER["MYSQL_HOST"], port=SERVER["MYSQL_PORT"], user=SERVER["MYSQL_USER"],
								   password=SERVER["MYSQL_PASSWORD"]))
		rechecks(postgres)
		deadlock(postgres, mariadb)
		passwords(postgres)
		option_file(postgres)
		parallel(postgres)
		limits(postgres)
		server_lives(postgres)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
