#!/usr/bin/python3
"""
Names of hosts: a resolver that says nothing hangs nobody, a name's addresses are tried one after the other.

Lifecycle: goes on in a mount namespace of its own, in which the files of the resolver are others; starts PostgreSQL and MariaDB there,
and a name server that is mute, and ends them.
"""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
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

INSIDE = "FABRIC_TEST_NAMES"
# Nobody listens at the first address of the first one: RFC 6724 has it before the other.
NAMES = "127.0.0.1 localhost\n::1 two.test\n127.0.0.1 two.test\n127.0.0.1 one.test\n::1 nobody.test\n127.0.0.2 nobody.test\n"
MUTE = "127.9.9.9"
ASKED = "SELECT a FROM fabric.remote_query('{}', 'SELECT 1 + 1') AS t(a bigint)"


def ask(postgres, sql):
	"""What a statement answers, or its error; and how long that took."""
	began = time.monotonic()
	try:
		answer = postgres.psql(sql)
	except ServerError as error:
		answer = str(error)
	return answer, time.monotonic() - began


def several(postgres):
	for name in ("two", "one"):
		answer, _ = ask(postgres, ASKED.format(name))
		check(answer == "2", f"one of the addresses of {name} answers", answer)
	# What is checked of packets is checked on every way.
	answer, _ = ask(postgres, "SELECT length(a) FROM fabric.remote_query('two', 'SELECT repeat(''v'', 20000000)') AS t(a text)")
	check(answer == "20000000", "a long value by the second address", answer)
	answer, _ = ask(postgres, ASKED.format("nobody"))
	check("could not connect to MySQL server" in answer and "host nobody.test" in answer, "none does", answer)
	answer, _ = ask(postgres, "SELECT step, ok, detail FROM fabric.test_source('two') WHERE step IN ('name', 'network')")
	check(answer == "name|t|::1, 127.0.0.1\nnetwork|t|connected", "a test knows both", answer)


def mute(postgres):
	answer, took = ask(postgres, ASKED.format("mute"))
	check("no answer within connect_timeout" in answer and took < 10, "connect_timeout is kept", f"{answer} {took:.1f} s")
	answer, took = ask(postgres, "SET statement_timeout = '300ms'; " + ASKED.format("patient"))
	check("statement timeout" in answer and took < 10, "a statement is canceled", f"{answer} {took:.1f} s")
	answer, took = ask(postgres, "SELECT step, ok, detail FROM fabric.test_source('patient', '400 ms') WHERE NOT ok")
	check(answer == "name|f|no answer within 400 ms" and took < 10, "a test keeps its time", f"{answer} {took:.1f} s")
	with contextlib.closing(psycopg2.connect(postgres.conninfo())) as connection, connection.cursor() as cursor:
		connection.autocommit = True
		cursor.execute("SET statement_timeout = '300ms'")
		for _ in range(3):
			with contextlib.suppress(psycopg2.Error):
				cursor.execute(ASKED.format("patient"))
		cursor.execute(ASKED.format("one"))
		check(cursor.fetchall() == [(2,)], "a session goes on while old questions are unanswered")
	answer, took = ask(postgres, "SELECT 1")
	check(answer == "1" and took < 10, "which ends as well", f"{took:.1f} s")


def main():
	with Workspace() as workspace:
		postgres, mariadb = Postgres(workspace), MariaDB(workspace)
		start_all(postgres, mariadb)  # they ask for their own name
		folder = workspace.directory("names")
		folder.chmod(0o755)
		for file, content in (("hosts", NAMES), ("resolv.conf", f"nameserver {MUTE}\noptions timeout:30 attempts:3\n")):
			(folder / file).write_text(content)
			(folder / file).chmod(0o644)
			bound = subprocess.run(["mount", "--bind", folder / file, f"/etc/{file}"], capture_output=True, text=True, check=False)
			if bound.returncode != 0:
				skip("names of hosts", f"/etc/{file} cannot be another one: {bound.stderr.strip()}")
				return finish()
		resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		resolver.bind((MUTE, 53))
		server = mariadb.environment()
		postgres.psql("CREATE EXTENSION pg_fabric")
		for name, host, limit in (("two", "two.test", "9s"), ("one", "one.test", "9s"), ("nobody", "nobody.test", "9s"),
								  ("mute", "mute.test", "300ms"), ("patient", "mute.test", "60s")):
			postgres.psql(f"CREATE SERVER {name} FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '{host}', port '{server['MYSQL_PORT']}', "
						  f"connect_timeout '{limit}'); CREATE USER MAPPING FOR CURRENT_USER SERVER {name} "
						  f"OPTIONS (username '{server['MYSQL_USER']}', password '{server['MYSQL_PASSWORD']}'); SELECT fabric.adopt_server('{name}')")
		several(postgres)
		mute(postgres)
		resolver.close()
	return finish()


if __name__ == "__main__":
	if INSIDE in os.environ:
		sys.exit(main())
	alone = ["unshare", "--mount"]
	if os.geteuid() != 0 or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
		skip("names of hosts", "only root can have other files for the resolver")
		sys.exit(finish())
	sys.exit(subprocess.run([*alone, sys.executable, "-B", __file__], env={**os.environ, INSIDE: "1"}, check=False).returncode)
