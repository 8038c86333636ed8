"""
Sources: what a call costs beside the statements that it stands for, many checks at once, discovery beside the bare client, long lists.
"""

import base64
import contextlib
import json
import os
import pathlib
import socket
import time

import psycopg2

from comparing import Figure

DATABASE = "bench_sources"


def timed(cursor, sql):
	"""Milliseconds, and the rows."""
	start = time.monotonic()
	cursor.execute(sql)
	rows = cursor.fetchall() if cursor.description else []
	return 1000 * (time.monotonic() - start), rows


def copied(cursor, sql):
	"""Milliseconds until all rows are here, as they come: what Python makes of them is another matter."""
	start = time.monotonic()
	with open(os.devnull, "wb") as sink:
		cursor.copy_expert(f"COPY ({sql}) TO STDOUT", sink)
	return 1000 * (time.monotonic() - start)


def name_key(bench, cursor):
	"""A key for secrets, a file of the server's user."""
	key = pathlib.Path(bench.postgres.path) / "fabric.key"
	key.touch(0o600)
	key.write_text(base64.b64encode(os.urandom(32)).decode() + "\n", "utf-8")
	owner = os.stat(bench.postgres.data)
	if owner.st_uid != os.geteuid():
		os.chown(key, owner.st_uid, owner.st_gid)
	cursor.execute(f"ALTER SYSTEM SET fabric.secret_key_file = '{key}'")
	cursor.execute("SELECT pg_reload_conf()")
	time.sleep(0.3)
	cursor.execute("SELECT 1")


def peak(cursor):
	"""The most memory that the session's process had of its own so far, in bytes."""
	cursor.execute("SELECT pg_backend_pid()")
	status = pathlib.Path(f"/proc/{cursor.fetchone()[0]}/status").read_text("ascii")
	fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
	return 1024 * (int(fields["VmHWM"].split()[0]) - int(fields["RssShmem"].split()[0]))


def median(values):
	return sorted(values)[len(values) // 2]


def adding(cursor, options, secret):
	ours, plain = [], []
	for i in range(50):
		ours.append(timed(cursor, f"SELECT fabric.add_source('one{i}', 'mysql', '{options}', '{secret}', test => false)")[0])
		plain.append(timed(cursor, f"CREATE SERVER other{i} FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host 'h'); "
								   f"CREATE USER MAPPING FOR CURRENT_USER SERVER other{i} OPTIONS (username 'u', password 'p')")[0])
	figure = Figure("add_source without test", "ms", {"ours": median(ours)}, samples={"ours": ours, "by hand": plain},
					note=f"CREATE SERVER and CREATE USER MAPPING by hand: {median(plain):.2f} ms")
	figure.target, figure.met = "< 10", median(ours) < 10
	return figure


def unsealing(cursor):
	times = []
	for _ in range(20):
		elapsed, rows = timed(cursor, "SELECT count(*) FROM fabric.secrets WHERE status = 'ready'")
		times.append(1000 * elapsed / rows[0][0])
	figure = Figure("unsealing a secret", "us", {"ours": median(times)}, samples={"ours": times}, note=f"of {rows[0][0]}, listed")
	figure.target, figure.met = "< 100", median(times) < 100
	return figure


def checking(cursor, options, secret):
	with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=200)) as mute:
		dead = json.dumps({**json.loads(options), "port": mute.getsockname()[1]})
		cursor.execute(f"SELECT fabric.add_source('s' || i, 'mysql', CASE WHEN i % 4 = 0 THEN '{dead}' ELSE '{options}' END::jsonb, "
					   f"'{secret}', test => false) FROM generate_series(1, 200) i")
		elapsed, rows = timed(cursor, "SELECT status, count(*) FROM fabric.check_health(time_limit => '2 s') "
									  "WHERE source ~ '^s[0-9]+$' GROUP BY status ORDER BY status")
	figure = Figure("check of 250 sources, 50 dead", "s", {"ours": elapsed / 1000}, note=str(rows))
	figure.target, figure.met = "< 15", elapsed < 15000
	return figure


def discovering(bench, cursor):
	tables = 1000 if bench.quick else 10_000
	bench.mariadb.sql("CREATE DATABASE many; " + "".join(f"CREATE TABLE many.t{i} (id int PRIMARY KEY); " for i in range(tables)))
	ours, bare = [], []
	sql = ("SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH, UPDATE_TIME "
		   "FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'many'")
	before = peak(cursor)
	for _ in range(5):
		elapsed, rows = timed(cursor, "SELECT count(*) FROM fabric.discover('one1', 'many')")
		ours.append(elapsed)
		start = time.monotonic()
		bench.maria.execute(sql)
		bench.maria.fetchall()
		bare.append(1000 * (time.monotonic() - start))
	took = (peak(cursor) - before) / 2**20
	figure = Figure(f"discover, {tables:,} tables", "ms", {"ours": median(ours), "native": median(bare)},
					samples={"ours": ours, "native": bare}, note=f"{rows[0][0]} rows, {took:.0f} MB more memory at most")
	figure.target, figure.met = "< 3000, < 64 MB", median(ours) < 3000 and took < 64
	bench.mariadb.sql("DROP DATABASE many")
	return figure


def listing(bench, cursor):
	sources = 1000 if bench.quick else 10_000
	for first in range(0, sources, 500):
		cursor.execute(f"SELECT fabric.add_source('l' || i, 'mysql', '{{\"host\": \"h\"}}', description => 'source ' || i, test => false) "
					   f"FROM generate_series({first}, {first + 499}) i")
	cursor.execute("CREATE ROLE bench_reader")
	cursor.execute("GRANT fabric_user TO bench_reader")
	cursor.execute(f"DO $$ BEGIN FOR i IN 0 .. {sources - 1} BY 2 LOOP "
				   "EXECUTE format('GRANT USAGE ON FOREIGN SERVER %I TO bench_reader', 'l' || i); END LOOP; END $$")
	cursor.execute("VACUUM ANALYZE pg_foreign_server, fabric_system.sources")
	times = {}
	for who in ("fabric_admin", "bench_reader"):
		cursor.execute(f"SET ROLE {who}")
		times[who] = [copied(cursor, "SELECT * FROM fabric.sources") for _ in range(9)]
		cursor.execute("RESET ROLE")
	figure = Figure(f"list of {sources:,} sources", "ms", {"ours": median(times["fabric_admin"])}, samples=times,
					note=f"all of them, by an administrator; half of them, by who may use these: {median(times['bench_reader']):.1f} ms")
	figure.target, figure.met = "< 50", all(median(values) < 50 for values in times.values())
	return figure


def sources(bench):
	"""In a database of its own."""
	if bench.ours is None:
		return []
	server = bench.mariadb.environment()
	options = json.dumps({"host": server["MYSQL_HOST"], "port": int(server["MYSQL_PORT"]), "username": server["MYSQL_USER"]})
	secret = json.dumps({"password": server["MYSQL_PASSWORD"]})
	bench.postgres.psql(f"CREATE DATABASE {DATABASE}")
	connection = psycopg2.connect(f"{bench.postgres.conninfo()} dbname={DATABASE}")
	connection.autocommit = True
	with contextlib.closing(connection), connection.cursor() as cursor:
		cursor.execute("CREATE EXTENSION pg_fabric")
		name_key(bench, cursor)
		return [adding(cursor, options, secret), unsealing(cursor), checking(cursor, options, secret), discovering(bench, cursor),
				listing(bench, cursor)]
