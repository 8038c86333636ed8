#!/usr/bin/python3
"""
What happens when the driver's library is not there, or is none of ours: everything that needs no driver works, a query
ends in feature_not_supported with a hint, and the session works on once the right library is in place.

Lifecycle: one PostgreSQL of its own, on a copy of the staged install; the drivers that do not fit are compiled here.
Needs no MySQL. BUILD names the build directory (build).
"""

import os
import pathlib
import shutil
import subprocess
import sys
import traceback

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	import psycopg2
	from servers import Postgres, Workspace
	from tap import check, finish
except ImportError as problem:
	print(f"Bail out!  {problem}: make deps")
	sys.exit(2)

STAGE = TREE / os.environ.get("BUILD", "build") / "stage"
NOT_SUPPORTED = "0A000"
CANNOT_CONNECT = "08001"


class Session:
	"""One session; run() returns rows, or the error as (SQLSTATE, message, detail, hint)."""

	def __init__(self, postgres):
		self.connection = psycopg2.connect(postgres.conninfo())
		self.connection.autocommit = True

	def run(self, sql):
		with self.connection.cursor() as cursor:
			try:
				cursor.execute(sql)
			except psycopg2.Error as error:
				said = error.diag
				message = said.message_primary or str(error)
				return (error.pgcode, message, said.message_detail or "", said.message_hint or "")
			return cursor.fetchall() if cursor.description else []


# What a library of the name of the driver may be instead; TEMPLATE is C.
TEMPLATE = """
#include "fdw/shared/driver.h"
__attribute__((visibility("default"))) const FabricDriver *fabric_driver_module(const FabricServices *services);
static FabricDriver driver = {.abi = %(abi)s, .size = %(size)s, .name = "misfit", .client_version = "none"};
const FabricDriver *fabric_driver_module(const FabricServices *services)
{
	return services->abi == FABRIC_DRIVER_ABI ? %(answer)s : NULL;
}
"""


def compile_driver(folder, name, source, *options):
	path = folder / f"{name}.c"
	path.write_text(source, "ascii")
	library = folder / f"{name}.so"
	subprocess.run(["gcc", "-shared", "-fPIC", "-I", TREE, path, "-o", library, *options], check=True)
	return library


def misfits(folder):
	"""(what, library, what the error's detail must say)"""
	def make(name, **fields):
		values = {"abi": "FABRIC_DRIVER_ABI", "size": "sizeof driver", "answer": "&driver"} | fields
		return compile_driver(folder, name, TEMPLATE % values)

	needed = compile_driver(folder, "libfabric_gone", "int fabric_gone(void) { return 1; }\n")
	lonely = compile_driver(folder, "lonely", "int fabric_gone(void);\nint call(void) { return fabric_gone(); }\n",
							"-L", folder, "-lfabric_gone")
	needed.unlink()
	text = folder / "text.so"
	text.write_text("no library at all\n", "ascii")
	return [
		("a driver of another version of the contract", make("newer", abi="FABRIC_DRIVER_ABI + 1"), "speaks version 2"),
		("a driver whose struct is too short", make("shorter", size="sizeof driver - sizeof(void *)"), "version"),
		("a driver that refuses", make("refusing", answer="NULL"), "version"),
		("a library that is no driver", compile_driver(folder, "stranger", "int stranger;\n"), "version"),
		("a library whose client library is missing", lonely, "libfabric_gone"),
		("a file that is no library", text, "text.so"),
	]


def without_driver(session):
	"""Everything but a query."""
	for what, sql in (
			("CREATE EXTENSION", "CREATE EXTENSION pg_fabric"),
			("CREATE SERVER", "CREATE SERVER s FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '127.0.0.1', port '1')"),
			("ALTER SERVER", "ALTER SERVER s OPTIONS (ADD pushdown_exclude 'length(text)')"),
			("CREATE USER MAPPING",
			 "CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (username 'u', password 'p')"),
			("CREATE FOREIGN TABLE",
			 "CREATE FOREIGN TABLE t (id integer OPTIONS (key 'true'), v text) SERVER s OPTIONS (dbname 'd')"),
			("fabric.wrapper_options", "SELECT * FROM fabric.wrapper_options"),
			("fabric.pushdown_rules", "SELECT * FROM fabric.pushdown_rules"),
			("fabric.connections", "SELECT * FROM fabric.connections"),
			("fabric.disconnect", "SELECT fabric.disconnect()")):
		outcome = session.run(sql)
		check(isinstance(outcome, list), f"without the driver: {what}", outcome)
	for what, sql, state in (
			("an unknown option is refused", "ALTER SERVER s OPTIONS (ADD hots 'x')", "HV00D"),
			("a wrong value is refused", "ALTER SERVER s OPTIONS (SET port 'many')", "HV024")):
		outcome = session.run(sql)
		check(outcome[:1] == (state,), f"without the driver: {what}", outcome)


QUERIES = [
	("SELECT", "SELECT * FROM t"),
	("EXPLAIN", "EXPLAIN VERBOSE SELECT * FROM t WHERE id = 1"),
	("IMPORT FOREIGN SCHEMA", "IMPORT FOREIGN SCHEMA d FROM SERVER s INTO public"),
	("fabric.remote_exec", "SELECT fabric.remote_exec('s', 'DO 1')"),
	("fabric.remote_query", "SELECT * FROM fabric.remote_query('s', 'SELECT 1') AS q(a integer)"),
]


def refused(session, what, words):
	for name, sql in QUERIES:
		outcome = session.run(sql)
		good = isinstance(outcome, tuple) and outcome[0] == NOT_SUPPORTED and words in " ".join(outcome) and outcome[3]
		check(good, f"{what}: {name} says feature_not_supported, why, and what to do", outcome)
	check(session.run("SELECT 1") == [(1,)], f"{what}: the session works on")


def dumped(postgres):
	"""A definition can be dumped and restored without the driver."""
	dump = subprocess.run([postgres.bindir / "pg_dump", "--dbname", postgres.conninfo()], capture_output=True,
						  text=True, check=False)
	check(dump.returncode == 0 and "CREATE FOREIGN TABLE" in dump.stdout, "without the driver: pg_dump", dump.stderr)
	postgres.psql("CREATE DATABASE restored")
	restore = subprocess.run(
		[postgres.bindir / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", postgres.conninfo("restored")],
		input=dump.stdout, capture_output=True, text=True, check=False)
	check(restore.returncode == 0, "without the driver: the dump can be restored", restore.stderr)
	options = "SELECT ftoptions, (SELECT srvoptions FROM pg_foreign_server) FROM pg_foreign_table"
	check(postgres.psql(options, "restored") == postgres.psql(options), "without the driver: and is the same")


def put(library, place):
	"""A new file in the place of the old one, as an installation makes it."""
	shutil.copy(library, str(place) + ".new")
	os.chmod(str(place) + ".new", 0o755)
	os.replace(str(place) + ".new", place)


def main():
	if not STAGE.is_dir():
		print(f"Bail out!  {STAGE} is not there: make stage")
		return 2
	with Workspace() as workspace:
		folder = workspace.directory("drivers")
		postgres = Postgres(workspace, stage=STAGE).start()
		driver = postgres.stage / postgres.pg_config("pkglibdir").lstrip("/") / "pg_fabric_mysql.so"
		good = folder / "good.so"
		shutil.copy(driver, good)
		driver.unlink()
		session = Session(postgres)
		without_driver(session)
		dumped(postgres)
		refused(session, "no driver", str(driver))
		for what, library, words in misfits(folder):
			put(library, driver)
			refused(session, what, words.replace("text.so", driver.name))
		put(good, driver)
		outcome = session.run("SELECT * FROM t")
		check(isinstance(outcome, tuple) and outcome[0] == CANNOT_CONNECT,
			  "the right driver in place: the same session uses it, and finds no server", outcome)
		log = postgres.log.read_text("utf-8", "replace")
		check("terminated by signal" not in log, "no backend crashed", log[-2000:])
	return finish()


if __name__ == "__main__":
	try:
		sys.exit(main())
	except Exception as problem:
		traceback.print_exc()
		print(f"Bail out!  {problem}")
		sys.exit(2)
