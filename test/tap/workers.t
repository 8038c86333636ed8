#!/usr/bin/python3
"""
Tests of sources by functions of connectors run in background workers: as whom, how many at once, what becomes of them when somebody
cancels, ends, dies or is deaf, and what is done where no worker is to be had.

Lifecycle: starts a PostgreSQL of its own, and a socket that says nothing, and ends them.
"""

import contextlib
import json
import pathlib
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	import psycopg2
	from servers import Postgres, ServerError, Workspace
	from tap import check, finish
except ImportError as problem:
	print(f"Bail out!  {problem}: make deps")
	sys.exit(2)

# Each test waits for who holds the advisory lock 1.
LOCAL = """
CREATE EXTENSION pg_fabric;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION file_fdw;
CREATE ROLE ann LOGIN;
CREATE ROLE team;
CREATE ROLE idle;
GRANT team TO ann;
GRANT fabric_developer TO ann, team, idle;
GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO ann, team, idle;
CREATE TABLE public.late (a integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE public.seen (a text);
CREATE FUNCTION public.test_own(source text) RETURNS TABLE (step text, ok boolean, detail text, elapsed interval)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_lock_shared(1);
	PERFORM pg_advisory_unlock_shared(1);
	RETURN QUERY VALUES
		('who', true, format('%s, %s, %s', CURRENT_USER, SESSION_USER, current_setting('role')), NULL::interval),
		('how', true, format('%s, %s', current_setting('work_mem'), current_setting('my.own', true)), '1 ms'),
		('where', true, pg_backend_pid()::text, NULL),
		('much', true, repeat('ü', 35000), NULL);
	IF source = 'late' THEN
		INSERT INTO public.late VALUES (1), (1);
	ELSIF source = 'writes' THEN
		INSERT INTO public.seen VALUES (source);
	ELSIF source = 'wrong' THEN
		RAISE EXCEPTION 'this source is wrong: ü' USING ERRCODE = '57014';
	END IF;
END
$$;
SELECT fabric.add_connector('own', 'file_fdw', '{"properties": {}}', test_function => 'public.test_own(text)');
SELECT fabric.add_source(s, 'own', test => false) FROM unnest('{late,writes,wrong}'::text[]) s;
SELECT fabric.add_source('s' || i, 'own', test => false, tags => '{many}') FROM generate_series(1, 6) i;
GRANT USAGE ON FOREIGN SERVER s1 TO ann, team, idle;
"""
TASKS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_fabric task'"


class Bed:
	def __init__(self, workspace):
		self.postgres = Postgres(workspace, settings={"max_worker_processes": "8"})
		self.mute = socket.create_server(("127.0.0.1", 0))

	def ask(self, sql, role=None):
		"""What a statement answers, or its error."""
		try:
			return self.postgres.psql((f"SET SESSION AUTHORIZATION {role};" if role else "") + sql)
		except ServerError as error:
			return str(error)

	@contextlib.contextmanager
	def held(self):
		"""Functions that test wait."""
		with contextlib.closing(psycopg2.connect(self.postgres.conninfo())) as connection:
			connection.autocommit = True
			connection.cursor().execute("SELECT pg_advisory_lock(1)")
			yield

	def wait_for_tasks(self, count):
		"""Whether there come to be as many."""
		for _ in range(200):
			if self.ask(TASKS) == str(count):
				return True
			time.sleep(0.05)
		return False


class Asked(threading.Thread):
	"""A session that asks one thing, in another thread."""

	def __init__(self, bed, sql):
		super().__init__(daemon=True)
		self.connection = psycopg2.connect(bed.postgres.conninfo())
		self.connection.autocommit = True
		self.pid = self.connection.info.backend_pid
		self.sql = sql
		self.answer = self.error = None
		self.start()

	def run(self):
		try:
			with self.connection.cursor() as cursor:
				cursor.execute(self.sql)
				self.answer = cursor.fetchall()
		except psycopg2.Error as error:
			self.error = error

	def end(self):
		self.join(30)
		return self.error if self.error is not None else self.answer


def identity(bed):
	told = "SELECT detail FROM fabric.test_source('s1') WHERE step IN ('who', 'how')"
	for role, before, wanted in (
		(None, "", "postgres, postgres, none\n4MB, "),
		("ann", "SET work_mem = '7MB'; SET my.own = 'ü'; ", "ann, ann, none\n7MB, ü"),
		("ann", "SET ROLE team; ", "team, ann, team\n4MB, "),
		("idle", "", "idle, idle, none\n4MB, "),
	):
		found = bed.ask(before + told, role)
		check(found == wanted, f"as {role or 'a superuser'}{', with settings of his own' if before else ''}", found)
	found = bed.ask("SELECT detail::integer <> pg_backend_pid(), elapsed FROM fabric.test_source('s1') WHERE step = 'where'")
	check(found == "t|", "in another process", found)
	found = bed.ask("SELECT length(detail), elapsed FROM fabric.test_source('s1') WHERE step IN ('how', 'much')")
	check(found == "5|00:00:00.001\n35000|", "all that it says arrives", found)
	found = bed.ask("BEGIN; SELECT fabric.add_source('new', 'own', test => false); "
					"SELECT detail::integer = pg_backend_pid() FROM fabric.test_source('new') WHERE step = 'where'; ROLLBACK")
	check("\nt" in found, "what this transaction has made is tested by it", found)
	found = bed.ask("BEGIN READ ONLY; SELECT count(*) FROM fabric.test_source('s1'); ROLLBACK")
	check("4" in found.split(), "in a transaction that only reads", found)
	found = bed.ask("SELECT step, ok, detail FROM fabric.test_source('wrong')")
	check(found == "test|f|this source is wrong: ü", "an error is its answer, a cancel of its own as well", found)
	found = bed.ask("SELECT bool_and(ok), count(*) FROM fabric.test_source('late')")
	check(found == "t|4", "what fails after the answer does not matter", found)
	bed.ask("SELECT fabric.test_source('writes')")
	for _ in range(100):
		found = bed.ask("SELECT a FROM public.seen")
		if found:
			break
		time.sleep(0.05)
	check(found == "writes", "what it writes is kept", found)


def many(bed):
	checked = "SELECT source, status FROM fabric.check_health(own_wrappers => false) WHERE source LIKE 's%' ORDER BY source"
	with bed.held():
		asked = Asked(bed, checked)
		check(bed.wait_for_tasks(4), "half of the workers test at once", bed.ask(TASKS))
		found = bed.ask("SELECT count(DISTINCT query), min(query) ~ '^test of source \"[a-z0-9]+\"$' FROM pg_stat_activity "
						"WHERE backend_type = 'pg_fabric task'")
		check(found == "4|t", "which pg_stat_activity shows", found)
	check(asked.end() == [(f"s{i}", "healthy") for i in range(1, 7)], "and all are tested", asked.end())
	for what, ending in (("is canceled", "pg_cancel_backend"), ("ends", "pg_terminate_backend")):
		with bed.held():
			asked = Asked(bed, checked)
			begun = bed.wait_for_tasks(4)
			bed.ask(f"SELECT {ending}({asked.pid})")
			check(begun and asked.end() is asked.error and asked.error is not None, f"who asks {what}", asked.end())
			check(bed.wait_for_tasks(0), f"who asks {what}: its workers end", bed.ask(TASKS))
	with bed.held():
		asked = Asked(bed, "SELECT step, ok, detail FROM fabric.test_source('s1')")
		bed.wait_for_tasks(1)
		bed.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'pg_fabric task'")
		check(asked.end() == [("test", False, "the worker that tested it was ended before it answered")], "a worker is ended", asked.end())
		found = bed.ask("SELECT step, ok, detail FROM fabric.test_source('s1', '300 ms')")
		check(found == "test|f|no answer within 300 ms", "the limit is kept", found)
		asked = Asked(bed, "SELECT status, detail, latency > '300 ms' FROM fabric.check_health('s1', '400 ms')")
		check(asked.end() == [("failing", "no answer within 400 ms", True)], "of health as well", asked.end())
	check(bed.wait_for_tasks(0), "nothing is left running", bed.ask(TASKS))


def deaf(bed):
	"""libpq connects deaf to signals before PostgreSQL 16, two seconds at least."""
	options = json.dumps({"host": "127.0.0.1", "port": bed.mute.getsockname()[1]})
	bed.ask(f"SELECT fabric.add_source('mute' || i, 'postgres', '{options}', test => false) FROM generate_series(1, 3) i")
	bed.ask("CREATE USER MAPPING FOR CURRENT_USER SERVER mute1; CREATE USER MAPPING FOR CURRENT_USER SERVER mute2; "
			"CREATE USER MAPPING FOR CURRENT_USER SERVER mute3")
	asked = Asked(bed, "SELECT source, status, detail, latency < '1900 ms' FROM fabric.check_health(time_limit => '600 ms') "
				  "WHERE source LIKE 'mute%' ORDER BY source")
	check(asked.end() == [(f"mute{i}", "failing", "no answer within 600 ms", True) for i in (1, 2, 3)], "who is deaf is not waited for", asked.end())
	check(bed.wait_for_tasks(0), "its worker ends when it hears again", bed.ask(TASKS))


def none_free(bed):
	"""The launcher of logical replication has the only one."""
	bed.ask("SELECT fabric.drop_source(s) FROM unnest('{late,mute1,mute2,mute3}'::text[]) s; ALTER SYSTEM SET max_worker_processes = 1")
	bed.postgres.stop()
	bed.postgres.start()
	found = bed.ask("SELECT detail::integer = pg_backend_pid() FROM fabric.test_source('s1') WHERE step = 'where'")
	check(found == "t", "without a free worker in the session that asks", found)
	found = bed.ask("SELECT count(*) FROM fabric.check_health(own_wrappers => false) WHERE status = 'healthy' AND source LIKE 's%'")
	check(found == "6", "one by one", found)


def main():
	with Workspace() as workspace:
		bed = Bed(workspace)
		bed.postgres.start()
		bed.postgres.psql(LOCAL)
		identity(bed)
		many(bed)
		deaf(bed)
		none_free(bed)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
