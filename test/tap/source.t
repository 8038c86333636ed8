#!/usr/bin/python3
"""
Sources on real servers: what a test says of each way in which a server cannot be used, and when; health of many at once, with its
history; what is told to who listens; two sessions at once; dump and restore.

Lifecycle: starts PostgreSQL and MariaDB of its own, and sockets that say nothing, and ends them.
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	import psycopg2
	from servers import MariaDB, Postgres, ServerError, Workspace, start_all
	from tap import check, finish, skip
except ImportError as problem:
	print(f"Bail out!  {problem}: make deps")
	sys.exit(2)

PASSWORD = "teller's pass"
LOCAL = """
CREATE EXTENSION pg_fabric;
CREATE EXTENSION postgres_fdw;
CREATE ROLE ann LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE boss LOGIN;
GRANT fabric_developer TO ann;
GRANT fabric_user TO bob;
GRANT fabric_admin TO boss;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO ann;
"""


class Bed:
	"""The servers; PostgreSQL is itself a source."""

	def __init__(self, workspace):
		self.workspace = workspace
		self.folder = workspace.directory("source")
		self.folder.chmod(0o755)
		self.write("keys", base64.b64encode(os.urandom(32)).decode() + "\n")
		self.write("password", PASSWORD)
		self.postgres = Postgres(workspace, settings={
			"fabric.secret_key_file": str(self.folder / "keys"), "fabric.secret_files": str(self.folder),
			"fabric.file_roots": str(self.folder), "shared_preload_libraries": "pg_fabric", "logging_collector": "on", "log_directory": "log"})
		self.mariadb = MariaDB(workspace)
		self.mute = socket.create_server(("127.0.0.1", 0))

	def write(self, name, content):
		path = self.folder / name
		path.write_text(content)
		path.chmod(0o600)
		if self.workspace.account is not None:
			os.chown(path, self.workspace.account.pw_uid, self.workspace.account.pw_gid)

	def ask(self, sql, role=None, database=None):
		"""What a statement answers, or its error."""
		try:
			return self.postgres.psql((f"SET SESSION AUTHORIZATION {role};" if role else "") + sql, database=database)
		except ServerError as error:
			return str(error)

	def logged(self):
		"""All that the server has logged, which is something."""
		text = "".join(path.read_text("utf-8") for path in (self.postgres.data / "log").iterdir())
		return text if "ready to accept connections" in text else PASSWORD

	def options(self, **changes):
		"""Options of a MariaDB source, as JSON."""
		server = self.mariadb.environment()
		options = {"host": server["MYSQL_HOST"], "port": int(server["MYSQL_PORT"]), "username": "teller", **changes}
		return json.dumps({name: value for name, value in options.items() if value is not None})

	def add(self, source, options, connector="mysql", secret=True, role=None, **arguments):
		"""fabric.add_source; the source's name, or the error."""
		given = f"""secret => '{{"password": "file:{self.folder}/password"}}'""" if secret is True else "secret => NULL"
		more = "".join(f", {name} => {value}" for name, value in arguments.items())
		return self.ask(f"SELECT source FROM fabric.add_source('{source}', '{connector}', '{options}', {given}{more})", role)


def refused(answer, what, *wanted):
	check(all(text in answer for text in wanted), what, answer)


def garble(listener):
	"""Answers every client with an error that is no UTF-8."""
	body = b"\xff\x69\x04Gar\xff\xfebled"
	while True:
		try:
			client, _ = listener.accept()
		except OSError:
			return
		client.sendall(len(body).to_bytes(3, "little") + b"\0" + body)
		client.close()


def tests(bed):
	"""Each step that can fail, and that nothing is left of the source."""
	check(bed.add("shop", bed.options(), role="ann") == "shop", "a source is added, and tested")
	steps = bed.ask("SELECT step, ok, detail, elapsed >= '0' FROM fabric.test_source('shop')", "ann").splitlines()
	check([step.split("|")[0] for step in steps] == ["options", "name", "network", "tls", "login", "rights", "version"],
		  "the steps of a test", steps)
	check(all(step.split("|")[1] == "t" for step in steps) and "MariaDB" in steps[-1] and "as teller" in steps[4]
		  and "1 database to be seen" in steps[5], "all of them good", steps)

	refused(bed.add("bad", bed.options(port=1), role="ann"), "a closed port: network", 'at the step "network"', "(111)",
			"test => false")
	refused(bed.add("bad", bed.options(host="no-such-host.invalid"), role="ann"), "a host that is none: name",
			'at the step "name"', 'could not resolve host "no-such-host.invalid"')
	refused(bed.add("bad", bed.options(tls_mode="required"), role="ann"), "no TLS: tls", 'at the step "tls"',
			"the server does not offer it")
	refused(bed.add("bad", bed.options(username="stranger"), role="ann"), "a user that is none: login", 'at the step "login"',
			"Access denied for user 'stranger'")
	refused(bed.add("bad", bed.options(), secret=False, role="ann"), "no password: options", 'at the step "options"',
			"password is required")
	refused(bed.add("bad", bed.options(username="beggar"), role="ann"), "a user without rights: rights", 'at the step "rights"',
			"has no right to read anything")
	refused(bed.add("bad", bed.options(dbname="nothing"), role="ann"), "a database that is none: login", 'at the step "login"')
	refused(bed.add("bad", bed.options(init_command="SELECT nonsense"), role="ann"), "a command that fails: login",
			'at the step "login"', "the session could not be set up", "nonsense")
	check(bed.ask("SELECT count(*) FROM pg_foreign_server WHERE srvname = 'bad'") == "0", "nothing of them is left")
	check(bed.ask("SELECT count(*) FROM fabric_system.secrets WHERE source = 'bad'") == "0", "nor of their secrets")
	check(PASSWORD not in bed.logged(), "the password is not in the log")

	answer = bed.ask(f"SELECT fabric.add_source('as him', 'mysql', '{bed.options(username='root')}', role => 'postgres')", "ann")
	check("as him" in answer, "nobody's user mapping is tried out by somebody else", answer)
	bed.ask("SELECT fabric.drop_source('as him')", "ann")

	postgres = bed.postgres.environment()
	check(bed.add("deaf", bed.options(port=int(postgres["PGPORT"])), role="ann", test="false") == "deaf", "without a test it is added all the same")
	refused(bed.ask("SELECT step, ok, detail FROM fabric.test_source('deaf', '500 ms'); SELECT fabric.drop_source('deaf')", "ann"),
			"a port that speaks something else", "login|f|", "Is it a MySQL server that listens there?")
	mute = bed.options(host="127.0.0.1", port=bed.mute.getsockname()[1])
	check(bed.add("mute", mute, role="ann", test="false") == "mute", "a server that is mute")
	began = time.monotonic()
	last = bed.ask("SELECT step, ok, detail FROM fabric.test_source('mute', '700 ms')", "ann").splitlines()[-1]
	took = time.monotonic() - began
	check("no answer within 700 ms" in last and "|f|" in last, "a server that says nothing", last)
	check(took < 5, "ends when its time is over", f"{took:.1f} s")

	check(bed.add("files", json.dumps({"root": str(bed.folder)}), "objectstore", secret=False, role="ann") == "files",
		  "a directory")
	refused(bed.add("bad", '{"root": "/nowhere"}', "objectstore", secret=False, role="ann"), "one that is not allowed",
			'at the step "options"', "is not allowed")
	here = json.dumps({"host": postgres["PGHOST"], "port": int(postgres["PGPORT"]), "dbname": "postgres", "user": "postgres"})
	check(bed.add("here", here, "postgres", secret=False) == "here", "a PostgreSQL")
	steps = bed.ask("SELECT step, ok FROM fabric.test_source('here')").splitlines()
	check(steps == ["options|t", "login|t", "rights|t", "version|t"], "its steps", steps)
	wrong = json.dumps({**json.loads(here), "dbname": "nothing"})
	refused(bed.add("bad", wrong, "postgres", secret=False), "a database that is none", 'at the step "login"', "nothing")
	mute = json.dumps({**json.loads(here), "port": bed.mute.getsockname()[1]})
	check(bed.add("mute too", mute, "postgres", secret=False, test="false") == "mute too", "one that says nothing")
	began = time.monotonic()
	last = bed.ask("SELECT detail FROM fabric.test_source('mute too', '1 s')").splitlines()[-1]
	took = time.monotonic() - began
	check("timeout" in last or "no answer within" in last, "ends", last)
	check(took < 8, "when its time is over", f"{took:.1f} s")
	check(bed.ask("SELECT count(*) FROM pg_class WHERE relname LIKE 'fabric_test%'") == "0", "tests leave no tables")


def rights(bed):
	refused(bed.ask("SELECT * FROM fabric.test_source('shop')", "bob"), "who may not use it", "permission denied")
	refused(bed.ask("SELECT * FROM fabric.test_source('nothing')", "bob"), "what is none", "does not exist")
	bed.ask("GRANT USAGE ON FOREIGN SERVER shop TO bob", "ann")
	last = bed.ask("SELECT step, detail FROM fabric.test_source('shop')", "bob")
	check("options|user mapping not found" in last, "who may, but has no user mapping", last)
	refused(bed.ask("SELECT * FROM fabric.check_health('here')", "bob"), "nor is it checked for him", "permission denied")
	check(bed.ask("SELECT source FROM fabric.check_health() ORDER BY source", "bob") == "shop", "all are his own only")
	check(bed.ask("SELECT status FROM fabric.sources", "bob") == "unchecked", "what he finds is not kept")
	refused(bed.ask("CALL fabric.run_due()", "ann"), "only an administrator does what is due", "permission denied")
	refused(bed.ask("SELECT fabric.purge_health()", "ann"), "and purges", "permission denied")
	refused(bed.ask("DELETE FROM fabric_monitor.source_health", "boss"), "nobody forges history", "permission denied")

	# A function that tests, of somebody who is no superuser, is not run as one.
	bed.ask("CREATE SCHEMA boss AUTHORIZATION boss; CREATE FOREIGN DATA WRAPPER empty; GRANT USAGE ON FOREIGN DATA WRAPPER empty TO boss")
	bed.ask("""CREATE FUNCTION boss.test(source text) RETURNS TABLE (step text, ok boolean, detail text, elapsed interval) LANGUAGE plpgsql
		AS $$ BEGIN CREATE TEMP TABLE trap AS SELECT CURRENT_USER; RETURN QUERY SELECT 'login', CURRENT_USER <> 'postgres', source || ' as ' || CURRENT_USER, NULL::interval; END $$;
		SELECT fabric.add_connector('own', 'empty', '{"properties": {}}', test_function => 'boss.test(text)')""", "boss")
	check(bed.add("of boss", "{}", "own", secret=False, role="boss") == "of boss", "a connector with a function of its own")
	answer = bed.ask("SELECT step, ok, detail, elapsed FROM fabric.test_source('of boss')", "boss")
	check(answer == "login|t|of boss as boss|", "which says what it finds", answer)
	answer = bed.ask("SELECT ok, detail FROM fabric.test_source('of boss')")
	check(answer.startswith("f|function boss.test(pg_catalog.text)") and "is not run as a superuser" in answer, "but not as a superuser", answer)
	bed.ask("CREATE OR REPLACE FUNCTION boss.test(source text) RETURNS TABLE (step text, ok boolean, detail text, elapsed interval) "
			"LANGUAGE sql AS $$ SELECT 'a', true, 'b', NULL::interval FROM pg_sleep(30) $$", "boss")
	answer = bed.ask("SELECT ok, detail FROM fabric.test_source('of boss', '300 ms')", "boss")
	check(answer == "f|no answer within 300 ms", "one that hangs is ended", answer)
	refused(bed.ask("SET statement_timeout = '300ms'; SELECT ok, detail FROM fabric.test_source('of boss', '20 s')", "boss"),
			"a timeout of the statement is one", "canceling statement due to statement timeout")
	refused(bed.ask("SET statement_timeout = '300ms'; SELECT ok, detail FROM fabric.test_source('mute', '20 s')", "ann"),
			"also while a server says nothing", "canceling statement due to statement timeout")
	bed.ask("DROP FUNCTION boss.test(text)", "boss")
	answer = bed.ask("SELECT ok, detail FROM fabric.test_source('of boss')", "boss")
	check(answer.startswith("f|function boss.test(pg_catalog.text) of connector \"own\" does not exist"), "one that is gone", answer)
	bed.ask("SELECT fabric.drop_source('of boss'); SELECT fabric.drop_connector('own')", "boss")


def discovery(bed):
	"""What is there, as the remote user may see it."""
	bed.mariadb.sql("CREATE TABLE shop.orders (id int PRIMARY KEY) ENGINE=MyISAM; INSERT INTO shop.orders VALUES (1), (2), (3); "
					"CREATE VIEW shop.`odd ``view` AS SELECT 1; CREATE DATABASE hidden; CREATE TABLE hidden.t (a int)")
	found = bed.ask("SELECT schema, object, kind, rows_estimate, size_bytes > 0, modified_at > now() - interval '1 hour' "
					"FROM fabric.discover('shop') ORDER BY kind, object", "ann").splitlines()
	check(found == ["shop||schema|||", "shop|orders|table|3|t|t", "shop|odd `view|view|||"], "databases, tables, views", found)
	found = bed.ask("SELECT count(*) > 10, bool_and(schema = 'information_schema') FROM fabric.discover('shop', 'information_schema')", "ann")
	check(found == "t|t", "the server's own by name", found)
	for schema in ("hidden", "nothing"):
		refused(bed.ask(f"SELECT * FROM fabric.discover('shop', '{schema}')", "ann"), f"not to be seen: {schema}",
				f'source "shop" has no schema "{schema}" that its user may see')
	(bed.folder / "2024").mkdir()
	(bed.folder / "2024").chmod(0o755)
	bed.write("2024/müll.csv", "a,b\n1,2\n")
	found = bed.ask("SELECT schema, object, kind, size_bytes, modified_at > now() - interval '1 hour' FROM fabric.discover('files', '2024') "
					"ORDER BY object NULLS FIRST", "ann").splitlines()
	check(found == ["2024||directory||", "2024|2024/müll.csv|file|8|t"], "a directory and its file", found)
	found = bed.ask("SELECT schema, object FROM fabric.discover('files') ORDER BY object NULLS FIRST, schema", "ann").splitlines()
	check(found == ["|", "2024|", "2024|2024/müll.csv", "|keys", "|password"], "all of them", found)
	refused(bed.ask("SELECT * FROM fabric.discover('files', '../')", "ann"), "not outside", "lies outside")
	refused(bed.ask("SELECT * FROM fabric.discover('files', 'nothing')", "ann"), "nor what is none", "No such file or directory")
	bed.ask("CREATE TABLE public.local (a integer); INSERT INTO public.local SELECT generate_series(1, 1000); ANALYZE public.local; "
			"CREATE VIEW public.seen AS SELECT 1")
	found = bed.ask("SELECT object, kind, rows_estimate, size_bytes > 0 FROM fabric.discover('here', 'public') ORDER BY object NULLS FIRST").splitlines()
	check(found == ["|schema||", "local|table|1000|t", "seen|view||"], "of a PostgreSQL", found)
	check(bed.ask("SELECT count(*) FROM pg_class WHERE relname LIKE 'fabric_discover%'") == "0", "discovery leaves no tables")
	refused(bed.ask("SELECT * FROM fabric.discover('here')", "bob"), "who may not use it", "permission denied")
	bed.ask("DROP TABLE public.local; DROP VIEW public.seen")
	# Materialized views, which information_schema does not know: those of one's own, granted to one, to a role of one's, to all.
	bed.ask('CREATE ROLE "we""ird" LOGIN; CREATE ROLE team; GRANT team TO bob; CREATE SCHEMA kept; GRANT USAGE ON SCHEMA kept TO PUBLIC; '
			"CREATE MATERIALIZED VIEW kept.hidden AS SELECT 1 AS a; CREATE MATERIALIZED VIEW kept.own AS SELECT 1 AS a; "
			"CREATE MATERIALIZED VIEW kept.to_all AS SELECT 1 AS a; CREATE MATERIALIZED VIEW kept.to_team AS SELECT 1 AS a; "
			'ALTER MATERIALIZED VIEW kept.own OWNER TO "we""ird"; GRANT SELECT ON kept.to_all TO PUBLIC; GRANT SELECT ON kept.to_team TO team')
	here = json.loads(bed.ask("SELECT options FROM fabric.sources WHERE source = 'here'"))
	for user, wanted in (("bob", ["to_all", "to_team"]), ('we"ird', ["own", "to_all"])):
		added = bed.add("theirs", json.dumps({**here, "user": user}), "postgres", secret=False)
		found = bed.ask("SELECT object FROM fabric.discover('theirs', 'kept') WHERE kind = 'materialized view' ORDER BY object").splitlines()
		check(added == "theirs" and found == wanted, f"materialized views of {user}", f"{added} {found}")
		bed.ask("SELECT fabric.drop_source('theirs')")
	found = bed.ask("SELECT object, kind, rows_estimate FROM fabric.discover('here', 'kept') ORDER BY object NULLS FIRST").splitlines()
	check(found == ["|schema|", *(f"{name}|materialized view|" for name in ("hidden", "own", "to_all", "to_team"))], "a superuser sees all", found)
	bed.ask("DROP SCHEMA kept CASCADE")


def preview(bed):
	"""The first rows of what is discovered."""
	bed.mariadb.sql("CREATE TABLE shop.`a\"b` (`t` varchar(9), n decimal(5,2), d datetime, j json); "
					"INSERT INTO shop.`a\"b` VALUES ('ü', 1.50, '2024-02-29 01:02:03', NULL), (NULL, NULL, NULL, '{}')")
	bed.ask("CREATE TABLE public.local (a integer PRIMARY KEY, b text COLLATE \"C\" NOT NULL DEFAULT 'x', CHECK (a > 0)); "
			"INSERT INTO public.local VALUES (1, 'one'), (2, 'two')")
	for asked, wanted in (
		("'shop', 'shop', 'a\"b'", '{"d": "2024-02-29T01:02:03", "j": null, "n": 1.50, "t": "ü"}\n{"d": null, "j": {}, "n": null, "t": null}'),
		("'shop', 'shop', 'orders', 2", '{"id": 1}\n{"id": 2}'),
		("'shop', 'shop', 'odd `view'", '{"1": 1}'),
		("'shop', 'shop', 'orders', 0", ""),
		("'files', '2024', '2024/müll.csv'", '{"a": 1, "b": 2}'),
		("'files', NULL, '2024/*.csv'", '{"a": 1, "b": 2}'),
	):
		found = bed.ask(f"SELECT fabric.preview({asked})", "ann")
		check(found == wanted, f"preview of {asked}", found)
	found = bed.ask("SELECT fabric.preview('here', 'public', 'local')")
	check(found == '{"a": 1, "b": "one"}\n{"a": 2, "b": "two"}', "of a PostgreSQL's table", found)
	for role, asked, wanted in (
		("ann", "'shop', 'shop', 'nothing'", "there is no such table"),
		("ann", "'shop', 'hidden', 't'", 'has no database "hidden"'),
		("ann", "'files', '2024', 'nothing.csv'", "No such file or directory"),
		("ann", "'files', '2024', '../password'", "lies outside"),
		("postgres", "'here', 'public', 'nothing'", 'source "here" has no object "nothing" in schema "public"'),
		("bob", "'here', 'public', 'local'", "permission denied"),
	):
		refused(bed.ask(f"SELECT fabric.preview({asked})", role), f"nor {asked} for {role}", wanted)
	found = bed.ask("CREATE TEMP TABLE local (a int); SELECT fabric.preview('here', 'public', 'local', 1); "
					"SELECT count(*) FROM pg_class WHERE relname = 'fabric_preview'")
	check(found.endswith('{"a": 1, "b": "one"}\n0'), "nothing is left of it", found)
	bed.ask("DROP TABLE public.local")


def connectors(bed):
	"""The examples of docs/source.md, as they stand there."""
	page = (TREE / "docs" / "source.md").read_text("utf-8")
	first, second = re.findall(r"```sql\n(CREATE EXTENSION (?:file|mysql)_fdw;.*?)```", page, re.S)
	answer = bed.ask(first)
	check(re.search(r"^logs\|logs\|", answer, re.M) and re.search(r"\|file\|\|\d+\|20", answer), "a connector of file_fdw", answer)
	answer = bed.ask("SELECT step, ok, detail FROM fabric.test_source('logs')")
	check(re.fullmatch(r"rights\|t\|\d+ log files", answer), "which tests", answer)
	found = bed.ask("SELECT count(*) FROM fabric.discover('logs') f, fabric.preview('logs', NULL, f.object, 3) WHERE f.size_bytes > 1000")
	check(found.isdecimal() and int(found) >= 3, "which shows lines", found)
	if "mysql_fdw" not in bed.ask("SELECT name FROM pg_available_extensions"):
		skip("a connector of mysql_fdw", "mysql_fdw is not installed")
		return
	server = bed.mariadb.environment()
	second = second.replace('"host": "db.example.com", "username": "reader"',
							f'"host": "{server["MYSQL_HOST"]}", "port": {server["MYSQL_PORT"]}, "username": "teller"')
	second = second.replace("/run/secrets/shop", f"{bed.folder}/password")
	answer = bed.ask(second)
	check("old_shop|mysql by mysql_fdw|" in answer and PASSWORD not in answer, "a connector of mysql_fdw", answer)
	answer = bed.ask("SELECT step, ok, detail FROM fabric.test_source('old_shop')")
	check("login|t|connected" in answer and "MariaDB" in answer, "which tests as well", answer)
	answer = bed.ask("SELECT fabric.alter_source('old_shop', '{\"port\": 1}')")
	check('was not altered: its test failed at the step "login"' in answer, "and says what is wrong", answer)
	check(PASSWORD not in bed.logged(), "a password for a mapping is not in the log either")
	refused(bed.ask("SELECT * FROM fabric.discover('old_shop')"), "what has no function cannot be discovered", "has no function that tells")
	found = bed.ask("SELECT fabric.preview('old_shop', 'shop', 'orders', 1)")
	check(found == '{"id": 1}', "but its tables can be shown", found)
	bed.ask("SELECT fabric.drop_source('old_shop'), fabric.drop_source('logs')")


def health(bed):
	"""Many at once, some of them mute."""
	for source in ("s", "t"):
		bed.ask(f"SELECT fabric.add_source('{source}' || i, 'mysql', '{bed.options()}', secret => "
				f"""'{{"password": "file:{bed.folder}/password"}}', test => false) FROM generate_series(1, 10) i""", "ann")
	mute = bed.options(host="127.0.0.1", port=bed.mute.getsockname()[1])
	bed.ask(f"SELECT fabric.add_source('mute' || i, 'mysql', '{mute}', secret => "
			f"""'{{"password": "file:{bed.folder}/password"}}', test => false) FROM generate_series(1, 12) i""", "ann")
	began = time.monotonic()
	found = bed.ask("SELECT status, count(*) FROM fabric.check_health(time_limit => '1 s') GROUP BY status ORDER BY status", "ann")
	took = time.monotonic() - began
	check(found == "failing|13\nhealthy|22", "those that say nothing fail, the others do not", found)
	check(took < 8, "all at once", f"{took:.1f} s")
	found = bed.ask("SELECT status, count(*), count(checked_at) FROM fabric.sources GROUP BY status ORDER BY status", "ann")
	check(found == "failing|13|13\nhealthy|22|22", "sources have their status", found)
	check(bed.ask("SELECT count(*), count(DISTINCT source), count(step) FROM fabric.source_health", "ann") == "35|35|13",
		  "and a history", bed.ask("SELECT count(*), count(DISTINCT source), count(step) FROM fabric.source_health", "ann"))
	check(bed.ask("SELECT count(*) FROM fabric.source_health", "bob") == "1", "shown to who may use them")
	# Two were never checked; then nothing is due, then two are, of which one keeps failing.
	bed.ask("SELECT fabric.set_setting('health_time_limit', '\"500 ms\"')")
	bed.ask("CALL fabric.run_due()")
	due = bed.ask("SELECT count(*) FROM fabric.source_health WHERE source IN ('here', 'mute too')")
	check(due == "2", "what was never checked is due", due)
	bed.ask("CALL fabric.run_due()")
	check(bed.ask("SELECT count(*) FROM fabric.source_health") == "37", "and nothing else")
	bed.ask("UPDATE fabric_monitor.source_status SET next_check_at = now(), failures = 3 WHERE source IN ('s1', 'mute1')")
	bed.ask("CALL fabric.run_due()", "boss")
	check(bed.ask("SELECT count(*) FROM fabric.source_health") == "37", "an administrator uses nobody else's password")
	bed.ask("GRANT ann TO boss")
	bed.ask("CALL fabric.run_due()", "boss")
	found = bed.ask("SELECT source, failures, date_trunc('second', next_check_at - checked_at) FROM fabric_monitor.source_status "
					"WHERE source IN ('s1', 'mute1') ORDER BY source")
	check(found == "mute1|4|00:40:00\ns1|0|00:05:00", "one that fails is checked less and less often", found)
	bed.ask("SELECT fabric.set_setting('health_enabled', 'false', 's1'); SELECT fabric.set_setting('health_interval', '\"1 hour\"', 's2'); "
			"UPDATE fabric_monitor.source_status SET next_check_at = now() WHERE source IN ('s1', 's2')")
	bed.ask("CALL fabric.run_due()", "boss")
	found = bed.ask("SELECT source, next_check_at > checked_at, date_trunc('second', next_check_at - checked_at) "
					"FROM fabric_monitor.source_status WHERE source IN ('s1', 's2') ORDER BY source")
	check(found.startswith("s1|t|") and "s2|t|01:00:00" in found, "settings of a source count", found)
	check(bed.ask("SELECT count(*) FROM fabric.source_health WHERE source = 's1'") == "2", "one that is switched off is not checked")
	# Somebody who forgets to commit, a server that answers in no language, and one that tells of a cancel of its own.
	bed.ask("UPDATE fabric_monitor.source_status SET next_check_at = now() WHERE source IN ('s3', 's4', 's5')")
	with contextlib.closing(psycopg2.connect(bed.postgres.conninfo())) as forgetful:
		with forgetful.cursor() as cursor:
			cursor.execute("SELECT fabric.alter_source('s3', tags => '{x}'); SELECT * FROM fabric.check_health('s4')")
		garbled = socket.create_server(("127.0.0.1", 0))
		threading.Thread(target=garble, args=(garbled,), daemon=True).start()
		bed.add("garbled", bed.options(host="127.0.0.1", port=garbled.getsockname()[1]), test="false")
		here = bed.postgres.environment()
		bed.add("hasty", json.dumps({"host": here["PGHOST"], "port": int(here["PGPORT"]), "dbname": "postgres", "user": "postgres",
									 "options": "-c statement_timeout=1"}),
				"postgres", secret=False, test="false")
		before = bed.ask("SELECT checked_at FROM fabric.sources WHERE source = 's5'")
		began = time.monotonic()
		bed.ask("CALL fabric.run_due()")
		took = time.monotonic() - began
		after = bed.ask("SELECT checked_at FROM fabric.sources WHERE source = 's5'")
		check(before != after and took < 10, "others are checked while somebody forgets to commit", f"{before} {after} {took:.1f} s")
		found = bed.ask("SELECT status, detail FROM fabric_monitor.source_status WHERE source = 'garbled'")
		check(found.startswith("failing|") and "??" in found, "an answer that is no text is shown as far as it is one", found)
		found = bed.ask("SELECT status FROM fabric.sources WHERE source = 'hasty'")
		check(found in ("failing", "healthy"), "a cancel of another server is its failure", found)
		garbled.close()
	bed.ask("SELECT fabric.drop_source('garbled'), fabric.drop_source('hasty'), fabric.check_health('s4')")
	bed.ask("UPDATE fabric_monitor.source_health SET checked_at = now() - interval '31 days' WHERE source LIKE 't%'")
	check(bed.ask("SELECT fabric.purge_health()", "boss") == "10", "old history is purged")
	# Without the key of its secret a source is locked.
	(bed.folder / "keys").rename(bed.folder / "keys.away")
	found = bed.ask("SELECT status, detail FROM fabric.check_health('s1')", "ann")
	check(found.startswith('locked|the secret of source "s1" is locked'), "without its key a source is locked", found)
	(bed.folder / "keys.away").rename(bed.folder / "keys")
	check(bed.ask("SELECT status FROM fabric.check_health('s1')", "ann") == "healthy", "and opens with it again")
	refused(bed.ask("BEGIN READ ONLY; SELECT status FROM fabric.check_health('s1'); COMMIT"), "read-only: nothing is kept", "healthy")


def notices(bed):
	listener = psycopg2.connect(bed.postgres.conninfo())
	listener.autocommit = True
	cursor = listener.cursor()
	cursor.execute("LISTEN fabric_source")
	bed.add("told", bed.options(), role="ann")
	bed.ask("SELECT source FROM fabric.check_health('told')", "ann")
	bed.ask("SELECT source FROM fabric.alter_source('told', '{\"connect_timeout\": \"5s\"}')", "ann")
	bed.ask("ALTER SERVER told RENAME TO retold", "ann")
	bed.ask("ALTER SERVER retold OWNER TO postgres")
	bed.ask("SELECT fabric.unadopt_server('retold')")
	bed.ask("SELECT source FROM fabric.adopt_server('retold')")
	bed.ask("SELECT fabric.drop_source('retold')")
	cursor.execute("SELECT 1")
	told = [json.loads(notice.payload) for notice in listener.notifies]
	listener.close()
	events = [one["event"] for one in told]
	check(events == ["added", "status", "altered", "renamed", "altered", "unadopted", "adopted", "altered", "dropped"],
		  "what happens is told", told)
	check(told[3] == {"event": "renamed", "source": "retold", "old_source": "told"} and told[0]["connector"] == "mysql",
		  "with names", told)
	check(PASSWORD not in json.dumps(told), "and nothing secret")


def at_once(bed):
	"""Two sessions."""
	first = psycopg2.connect(bed.postgres.conninfo())
	second = psycopg2.connect(bed.postgres.conninfo())
	answers = []

	def work(sql):
		try:
			with second.cursor() as cursor:
				cursor.execute(sql)
				answers.append(cursor.fetchall())
			second.commit()
		except psycopg2.Error as error:
			answers.append(f"{error.pgcode} {error.diag.message_primary}")
			second.rollback()

	def race(before, beside, commit=True):
		answers.clear()
		with first.cursor() as cursor:
			cursor.execute(before)
		thread = threading.Thread(target=work, args=(beside,))
		thread.start()
		time.sleep(0.3)
		if not answers:
			answers.append("waited")
		first.commit() if commit else first.rollback()
		thread.join(20)
		return answers

	add = "SELECT source FROM fabric.add_source('twin', 'mysql', test => false)"
	check(race(add, add, commit=False) == ["waited", [("twin",)]], "the second adds what the first gives up", answers)
	second.rollback()
	bed.ask("SELECT fabric.drop_source('twin')")
	check(race(add, add) == ["waited", '42710 source "twin" already exists'], "the same source is added once", answers)
	check(race("SELECT fabric.drop_source('twin')", "SELECT source FROM fabric.alter_source('twin', '{\"port\": 1}', test => false)") ==
		  ["waited", '42704 source "twin" does not exist'], "a source that is dropped is not altered", answers)
	bed.ask(add)
	check(race("SELECT source FROM fabric.alter_source('twin', '{\"port\": 1}', test => false)", "SELECT fabric.drop_source('twin')") ==
		  ["waited", [("",)]], "one that is altered is dropped after", answers)
	answer = bed.ask("CREATE SERVER twin FOREIGN DATA WRAPPER fabric_mysql")
	check(answer == "", "a server made by hand", answer)
	adopt = "SELECT source FROM fabric.adopt_server('twin')"
	check(race(adopt, adopt) == ["waited", '42710 source "twin" already exists'], "a server is adopted once", answers)
	# Dropped while it is in use.
	user = bed.add("used", bed.options())
	bed.ask("GRANT EXECUTE ON FUNCTION fabric.remote_query(text, text) TO ann")
	with first.cursor() as cursor:
		cursor.execute("SELECT n FROM fabric.remote_query('used', 'SELECT 1') AS answer(n integer)")
		in_use = cursor.fetchall()
	check(user == "used" and bed.ask("SELECT fabric.drop_source('used')") == "" and in_use == [(1,)], "a source in use is dropped")
	first.commit()
	work("SELECT count(*) FROM fabric.remote_query('used', 'SELECT 1') AS answer(n integer)")
	check(answers[-1] == '42704 server "used" does not exist', "and is gone", answers)
	bed.ask("SELECT fabric.drop_source('twin')")
	first.close()
	second.close()


def dump_and_restore(bed):
	bed.ask("SELECT source FROM fabric.alter_source('shop', description => 'the shop''s', tags => '{retail,\"two words\"}'); "
			"SELECT fabric.set_setting('preview_max_rows', '5', 'shop'); SELECT fabric.set_setting('preview_max_rows', '50'); "
			"SELECT fabric.add_connector('mine', 'empty', '{\"properties\": {\"a\": {\"type\": \"string\", \"writeOnly\": true}}}')")
	questions = ("SELECT s.source, connector, options, owner, description, tags, status, checked_at, created_by, created_at FROM fabric.sources s ORDER BY 1",
				 "SELECT source, checked_at, status, latency, detail FROM fabric.source_health ORDER BY 1, 2",
				 "SELECT name, source, value FROM fabric.settings ORDER BY 1, 2",
				 "SELECT connector, wrapper, options_schema, mapping_options, features, builtin FROM fabric.connectors ORDER BY 1",
				 "SELECT source, role, status FROM fabric.secrets ORDER BY 1, 2")
	environment = dict(os.environ, **{k: str(v) for k, v in bed.postgres.environment().items()})
	before = [bed.ask(question) for question in questions]
	dump = subprocess.run([str(bed.postgres.bindir / "pg_dump"), "postgres"], env=environment, capture_output=True, text=True,
						  check=True).stdout
	check(PASSWORD not in dump and "teller" in dump, "the dump has no password")
	bed.ask("CREATE DATABASE restored")
	restored = subprocess.run([str(bed.postgres.bindir / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "restored"], env=environment,
							  input=dump, capture_output=True, text=True, check=False)
	check(restored.returncode == 0, "it is restored without errors", restored.stderr)
	after = [bed.ask(question, database="restored") for question in questions]
	for question, one, other in zip(questions, before, after):
		check(one == other and one != "", f"as it was: {question[:60]}", f"{one[:500]}\n--\n{other[:500]}")
	found = bed.ask("SELECT status FROM fabric.check_health('shop')", database="restored")
	check(found == "healthy", "the restored source works", found)
	bed.ask("ALTER SERVER shop RENAME TO store", database="restored")
	found = bed.ask("SELECT source, tags FROM fabric.sources WHERE source IN ('shop', 'store')", database="restored")
	check(found == 'store|{retail,"two words"}', "and is followed", found)
	bed.ask("DROP DATABASE restored")


def main():
	with Workspace() as workspace:
		bed = Bed(workspace)
		start_all(bed.postgres, bed.mariadb)
		quoted = PASSWORD.replace("'", "''")
		bed.mariadb.sql(f"CREATE DATABASE shop; CREATE USER teller@'%' IDENTIFIED BY '{quoted}'; GRANT SELECT ON shop.* TO teller@'%';"
						f"CREATE USER beggar@'%' IDENTIFIED BY '{quoted}'; GRANT USAGE ON *.* TO beggar@'%'")
		bed.ask(LOCAL)
		for part in (tests, rights, discovery, preview, connectors, health, notices, at_once, dump_and_restore):
			part(bed)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
