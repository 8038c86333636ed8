"""
Who is measured: the bare client, and foreign tables of a wrapper in a PostgreSQL session.

Lifecycle: made once per bench; each measurement opens the sessions it needs.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import psycopg2
from data import DATABASE

HERE = pathlib.Path(__file__).resolve().parent
LONGEST_ARGUMENT = 30_000  # characters; the system's limit is 128 KB for one


class Missing(Exception):
	"""This peer is not installed here; the text says what is missing."""


class Native:
	"""native.c, built for the run."""

	name = "native"

	def __init__(self, server, directory):
		self.server = server
		compiler, config = shutil.which(os.environ.get("CC", "cc")), shutil.which("mariadb_config")
		if not compiler or not config:
			raise Missing("no C compiler" if not compiler else "no mariadb_config (libmariadb-dev)")

		def flags(what):
			return subprocess.run([config, what], capture_output=True, text=True, check=True).stdout.split()
		self.program = directory / "native"
		built = subprocess.run([compiler, "-O2", "-o", self.program, HERE / "native.c", *flags("--include"),
								*flags("--libs")], capture_output=True, text=True)
		if built.returncode:
			raise Missing(f"native.c does not compile: {built.stderr.strip()}")

	def run(self, *statements, repeat=1):
		"""One dictionary per statement and repetition."""
		arguments = list(statements)
		for i, text in enumerate(statements):
			if len(text) > LONGEST_ARGUMENT:
				file = self.program.with_name(f"statement-{i}")
				file.write_text(text, "utf-8")
				arguments[i] = f"@{file}"
		outcome = subprocess.run([self.program, self.server.host, str(self.server.port), self.server.user,
								  self.server.password, DATABASE, str(repeat), *arguments],
								 capture_output=True, text=True)
		if outcome.returncode:
			raise RuntimeError(outcome.stderr.strip())
		return [json.loads(line) for line in outcome.stdout.splitlines()]


class Foreign:
	"""A wrapper's foreign tables in a schema of its own."""

	probe = "mixed"

	def __init__(self, name, extension, wrapper, postgres, server, options=None):
		self.name, self.schema, self.postgres = name, name, postgres
		connection = self.connect()
		try:
			with connection.cursor() as cursor:
				try:
					cursor.execute(f"CREATE EXTENSION {extension}")
				except psycopg2.Error as error:
					raise Missing(str(error).strip().splitlines()[0]) from error
				given = {"host": server.host, "port": str(server.port)} | (options or {})
				text = ", ".join(f"{key} '{value}'" for key, value in given.items())
				cursor.execute(f"CREATE SERVER {name} FOREIGN DATA WRAPPER {wrapper} OPTIONS ({text})")
				cursor.execute(f"CREATE USER MAPPING FOR CURRENT_USER SERVER {name} OPTIONS "
							   f"(username '{server.user}', password '{server.password}')")
				cursor.execute(f"CREATE SCHEMA {name}")
				cursor.execute(f"IMPORT FOREIGN SCHEMA {DATABASE} FROM SERVER {name} INTO {name}")
				cursor.execute("SELECT extversion FROM pg_extension WHERE extname = %s", [extension])
				self.version = f"{extension} {cursor.fetchone()[0]}"
		finally:
			connection.close()

	def import_tables(self, names):
		"""Tables that were made later."""
		with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
			cursor.execute(f"IMPORT FOREIGN SCHEMA {DATABASE} LIMIT TO ({', '.join(names)}) FROM SERVER {self.name} "
						   f"INTO {self.schema}")

	def analyze(self, names):
		"""As a user would. What the server says where a wrapper cannot, else nothing."""
		with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
			cursor.execute("ANALYZE " + ", ".join(f"{self.schema}.{name}" for name in names))
			return "; ".join(sorted({notice.strip() for notice in connection.notices}))

	def connect(self):
		connection = psycopg2.connect(self.postgres.conninfo(), application_name=f"bench {self.name}")
		connection.autocommit = True
		return connection

	def session(self):
		return ForeignSession(self)


class Local:
	"""
	Rows and indexes in PostgreSQL's own tables, filled through a wrapper's. tables: name -> (indexed columns, lists in
	parentheses for several; the condition of the rows that are copied).
	"""

	name = "local"

	def __init__(self, foreign, schema, tables):
		self.schema, self.connect, self.probe = schema, foreign.connect, next(iter(tables))
		with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
			cursor.execute(f"CREATE SCHEMA {schema}")
			for name, (indexed, condition) in tables.items():
				cursor.execute(f"CREATE TABLE {schema}.{name} AS "
							   f"SELECT * FROM {foreign.schema}.{name} WHERE {condition}")
				for columns in indexed:
					cursor.execute(f"CREATE INDEX ON {schema}.{name} ({columns})")
				cursor.execute(f"VACUUM ANALYZE {schema}.{name}")

	def session(self):
		return ForeignSession(self)


class ForeignSession:
	"""One backend; search_path leads to the wrapper's tables, so that all peers run the same text."""

	def __init__(self, peer):
		self.peer = peer
		self.connection = peer.connect()
		self.cursor = self.connection.cursor()
		self.pid = self.connection.get_backend_pid()
		self.cursor.execute(f"SET search_path = {peer.schema}")
		self.rows(f"SELECT id FROM {peer.probe} WHERE id = 1")  # libraries loaded, connection open

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.connection.close()

	def rows(self, sql):
		self.cursor.execute(sql)
		return self.cursor.fetchall() if self.cursor.description else []

	def timed(self, sql):
		"""(milliseconds, processor milliseconds of the backend, rows)"""
		cpu, start = self.cpu(), time.perf_counter()
		rows = self.rows(sql)
		return (time.perf_counter() - start) * 1000, self.cpu() - cpu, rows

	def milliseconds(self, sql, repeat):
		"""(milliseconds of each run, the rows of the last): one after the other, as the bare client runs them."""
		times = []
		for _ in range(repeat):
			start = time.perf_counter()
			rows = self.rows(sql)
			times.append((time.perf_counter() - start) * 1000)
		return times, rows

	def cpu(self):
		try:
			fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
		except OSError:
			return 0.0
		return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

	def memory(self):
		"""(resident now, highest since the last reset) in MB"""
		status = pathlib.Path(f"/proc/{self.pid}/status").read_text("ascii", "replace")
		return tuple(int(re.search(rf"^{field}:\s+(\d+)", status, re.M)[1]) / 1024 for field in ("VmRSS", "VmHWM"))

	def reset_highest_memory(self):
		pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5", "ascii")

	def explain(self, sql):
		"""The plan's lines, and the remote statements in it."""
		lines = [line for line, in self.rows(f"EXPLAIN (VERBOSE, COSTS OFF) {sql}")]
		remote = [match[1] for line in lines if (match := re.match(r"\s*Remote (?:SQL|query): (.*)", line))]
		# Two statements on a line: rows with a value, then those without.
		return lines, [statement for text in remote for statement in re.split(r"; (?=SELECT )", text)]
