"""
What the fault tests stand on: the servers, the data with their oracle, one session under test and its watchdog.

Lifecycle: one Bed per run of faults.t. The rows of every table are made here and loaded twice from literals, into
MariaDB and into PostgreSQL, so that what a foreign table should give never comes through the wrapper under test.
"""

import contextlib
import os
import pathlib
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass, field

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))

import psycopg2
import pymysql
from proxy import Proxy
from servers import MariaDB, Postgres, Workspace, start_all
from workspace import free_port

USER, PASSWORD = "faulty", "fault-secret"
HANG = 12.0          # a statement that takes longer is hung: nothing here needs more than a second
LEFTOVER = 2.0       # how long the remote server may go on with a statement that nobody wants

BIG_ROWS, SMALL_ROWS, LONG_ROWS, LONG_SIZE = 20000, 300, 4, 3 * 1024 * 1024


@dataclass(frozen=True)
class Subject:
	"""A table to read: its columns, in the order they are compared in, and how MariaDB declares them."""
	name: str
	columns: tuple
	remote: str
	local: str

	def sql(self, schema, where=""):
		"""The exact number of rows and a checksum over every value; OFFSET 0 keeps the work on our side."""
		return (f"SELECT count(*), coalesce(sum(hashtextextended({self.row_text}, 0)), 0) "
				f"FROM ({self.source(schema, where)} OFFSET 0) s")

	def source(self, schema, where=""):
		return f"SELECT * FROM {schema}.{self.name} {where}"

	@property
	def row_text(self):
		return "concat_ws('|', " + ", ".join(f"coalesce({name}::text, '~')" for name in self.columns) + ")"


BIG = Subject("big", ("id", "n", "v", "d", "price", "t", "pad"),
			  "id int PRIMARY KEY, n bigint, v varchar(40), d double, price decimal(12,2), t datetime(6), "
			  "pad varchar(200)",
			  "id int, n bigint, v varchar(40), d float8, price numeric(12,2), t timestamp(6), pad varchar(200)")
SMALL = Subject("small", ("id", "n", "v"), "id int PRIMARY KEY, n int NOT NULL, v varchar(40)",
				"id int, n int, v varchar(40)")
WIDE = Subject("wide", ("id", "body"), "id int PRIMARY KEY, body longtext", "id int, body text")
CHANGING = Subject("changing", ("id", "n", "v", "price", "t"),
				   "id int PRIMARY KEY, n int NOT NULL, v varchar(20) NOT NULL, price decimal(8,2), t datetime",
				   "id int, n int, v varchar(20), price numeric(8,2), t timestamp(0)")
SUBJECTS = (BIG, SMALL, WIDE, CHANGING)


@dataclass(frozen=True)
class Shape(Subject):
	"""What is read of several tables or in several statements; {f} stands for the schema of the tables."""
	text: str = ""
	plan: str = ""       # what EXPLAIN must show, so that it is what it says
	seam: int = 0        # after so many rows one remote statement is at its end and the next one not yet sent

	def source(self, schema, where=""):
		return self.text.format(f=schema)


def shape(name, columns, plan, text, seam=0):
	return Shape(name, tuple(columns.split()), "", "", text, plan, seam)


JOIN = shape("join", "id v n", "Relations: (big a) INNER JOIN (big b)",
			 "SELECT a.id, a.v, b.n FROM {f}.big a JOIN {f}.big b ON a.id = b.id")
GROUPS = shape("groups", "v n t", "Relations: groups of (big)",
			   "SELECT n, min(v) AS v, max(t) AS t FROM {f}.big GROUP BY n")
INTERSECT = shape("intersect", "v n t", "Relations: (big) INTERSECT (big)",
				  "SELECT v, n, t FROM {f}.big INTERSECT SELECT v, n, t FROM {f}.big")
# A price is NULL in every ninth row: first come the others, then these.
ARMS = shape("arms", "id price v", "IS NOT NULL", "SELECT id, price, v FROM {f}.big ORDER BY price, id LIMIT 20000",
			 BIG_ROWS - BIG_ROWS // 9)
LOOKUP = shape("lookup", "id v n", "FabricLookupJoin",
			   "SELECT l.id, r.v, r.n FROM local.big l JOIN {f}.big r ON r.id = l.id", 100)
LEFT_LOOKUP = shape("left_lookup", "id v n", "FabricLookupJoin",
					"SELECT l.id, r.v, r.n FROM (SELECT id * 2 AS id FROM local.big OFFSET 0) l "
					"LEFT JOIN {f}.big r ON r.id = l.id", 100)
# The other side streams from the same connection, and has to be kept when the first keys are asked for.
SPOOLED_LOOKUP = shape("spooled_lookup", "id v n", "FabricLookupJoin",
					   "SELECT l.id, r.v, l.n FROM (SELECT * FROM {f}.big OFFSET 0) l JOIN {f}.big r ON r.id = l.id", 100)
SHAPES = (JOIN, GROUPS, INTERSECT, ARMS, LOOKUP, LEFT_LOOKUP, SPOOLED_LOOKUP)


def rows_of(subject):
	"""Always the same rows; None is NULL, everything else its text."""
	rng = random.Random(subject.name)
	if subject is BIG:
		words = ["zug", "Zug", "zug ", "Zürich", "北京", "", "o'neil", "back\\slash", "tab\there", "naïve"]
		return [(str(i), str(rng.randrange(-2**63, 2**63)), rng.choice(words) + str(i % 977),
				 repr(rng.uniform(-1e6, 1e6)), None if i % 9 == 0 else f"{rng.randrange(-10**9, 10**9) / 100:.2f}",
				 f"20{i % 30:02d}-0{i % 9 + 1}-{i % 28 + 1:02d} 0{i % 10}:{i % 60:02d}:07."
				 f"{rng.randrange(10**5, 10**6)}",
				 None if i % 7 == 0 else "x" * rng.randrange(200)) for i in range(1, BIG_ROWS + 1)]
	if subject is SMALL:
		# Seven digits, so that no row is as short as the packet that ends a result.
		return [(str(1000000 + i), str(i * i % 101), None if i % 11 == 0 else f"row {i}")
				for i in range(1, SMALL_ROWS + 1)]
	if subject is WIDE:
		# The last one is longer than a packet can be (16 MB): it comes in two.
		return [(str(i), chr(96 + i) * (LONG_SIZE * (6 if i == LONG_ROWS else 1) + i)) for i in range(1, LONG_ROWS + 1)]
	return [(str(i), str(i * 3), str(i % 17), f"{i}.{i % 100:02d}", f"2024-02-{i % 28 + 1:02d} 10:00:{i % 60:02d}")
			for i in range(1, 61)]


class Wrapper:
	"""The extension under test: its DDL, and the error classes it is known to use where others are right."""

	def __init__(self, name):
		if name not in ("fabric", "mysql_fdw"):
			raise ValueError(f"no such wrapper: {name}")
		self.name = name
		self.extension = {"fabric": "pg_fabric", "mysql_fdw": "mysql_fdw"}[name]
		self.fdw = {"fabric": "fabric_mysql", "mysql_fdw": "mysql_fdw"}[name]
		# Where a time limit of the wrapper is what ends a statement, and the options that set it.
		fabric = name == "fabric"
		self.limits = {"connect_timeout": "1s", "read_timeout": "2s", "statement_timeout": "500ms"} if fabric else {}
		self.tls_option = "tls_mode" if fabric else None
		# mysql_fdw says HV for everything: judged by its rows, not by its codes.
		self.also_allowed = ("HV", "XX") if name == "mysql_fdw" else ()
		self.disconnect = None if name == "mysql_fdw" else "SELECT fabric.disconnect()"
		self.functions = fabric  # fabric.remote_query() and friends

	def ddl(self, host, port, tls):
		options = {"host": host, "port": str(port)}
		if "connect_timeout" in self.limits:
			options["connect_timeout"] = self.limits["connect_timeout"]
		if tls and self.tls_option:
			options[self.tls_option] = "required"
		text = ", ".join(f"{name} '{value}'" for name, value in options.items())
		return [f"CREATE EXTENSION {self.extension}",
				f"CREATE SERVER shop FOREIGN DATA WRAPPER {self.fdw} OPTIONS ({text})",
				f"CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username '{USER}', password '{PASSWORD}')",
				"CREATE SCHEMA remote",
				"IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO remote"]


@dataclass
class Outcome:
	"""How one statement ended."""
	rows: object = None          # the (count, checksum) it returned
	sqlstate: str | None = None  # or the error it raised
	message: str = ""
	seconds: float = 0.0
	hung: str | None = None      # what it took to end it after HANG
	lost: bool = False           # the session to PostgreSQL itself is gone

	def __str__(self):
		if self.hung:
			return f"hung, ended by {self.hung}"
		if self.lost:
			return f"session lost: {self.message}"
		if self.sqlstate:
			return f"{self.sqlstate} {self.message} ({self.seconds:.2f} s)"
		return f"{self.rows[0]} rows ({self.seconds:.2f} s)"


class Session:
	"""A connection to PostgreSQL whose statements run in a thread, so that faults can strike meanwhile."""

	def __init__(self, bed):
		self.bed = bed
		self.connection = bed.connect("victim")
		self.pid = self.connection.get_backend_pid()
		self.prepared = set()
		# So that the shapes are planned as they say.
		self.simple("SET enable_hashjoin = off; SET enable_mergejoin = off")

	def attempt(self, work, during=None, limit=HANG):
		"""work(cursor) -> rows, in a thread; during() here, once the statement is on its way."""
		outcome = Outcome()
		start = time.monotonic()

		def run():
			try:
				with self.connection.cursor() as cursor:
					outcome.rows = work(cursor)
			except psycopg2.Error as error:
				outcome.sqlstate, outcome.message = error.pgcode, str(error).strip().splitlines()[0][:200]
				if error.pgcode is None:
					outcome.lost, outcome.sqlstate = self.connection.closed != 0, "?????"
			outcome.seconds = time.monotonic() - start
			self.done.set()

		self.done = threading.Event()
		thread = threading.Thread(target=run, daemon=True)
		thread.start()
		if during:
			during()
		thread.join(max(0.0, limit - (time.monotonic() - start)))
		if thread.is_alive():
			outcome.hung = self._end(thread)
		return outcome

	def _end(self, thread):
		"""What ends a hung statement: asked politely first."""
		for word, act in (("cancel", lambda: self.bed.pg_admin("SELECT pg_cancel_backend(%s)", self.pid)),
						  ("terminate", lambda: self.bed.pg_admin("SELECT pg_terminate_backend(%s)", self.pid)),
						  ("kill -9", lambda: os.kill(self.pid, signal.SIGKILL))):
			if word == "kill -9":
				self.bed.killed.add(self.pid)
			act()
			thread.join(3)
			if not thread.is_alive():
				return word
		raise RuntimeError(f"backend {self.pid} cannot be ended")

	def simple(self, sql):
		with self.connection.cursor() as cursor:
			cursor.execute(sql)

	def close(self):
		with contextlib.suppress(psycopg2.Error):
			self.connection.close()

	@property
	def usable(self):
		return self.connection.closed == 0


@dataclass
class Trial:
	"""One fault: what is done before, during and after a statement, and which ends are right."""
	detail: str
	allowed: tuple = ()               # SQLSTATE classes (prefixes) that are right
	exact: bool = True                # whether the exact result is right too
	subject: Subject = BIG
	where: str = ""
	expected: tuple | None = None     # the right result, where it is not the subject's
	fresh: bool | None = None         # True: a new session; False: one that has its connection; None: as it comes
	mode: str | None = None           # how the statement is run (fault_modes); None: at random
	before: object = None             # before()
	during: object = None             # during(session)
	heal: object = None               # heal(): undoes what Bed.heal() does not know
	check: object = None              # check(outcome) -> None or what is wrong
	limit: float = HANG
	ends_session: bool = False        # the backend under test is to die
	rows_only: bool = False           # values may differ, the number of rows not (a flipped byte without TLS)
	anything: bool = False            # even the number of rows: they are joined here by values that may differ
	spoils_session: bool = False      # the session's connection keeps odd settings: the next fault gets a new one
	note: list = field(default_factory=list)
	problems: list = field(default_factory=list)  # what went wrong besides the statement's end


class Bed:
	def __init__(self, wrapper, tls=False):
		self.wrapper, self.tls = wrapper, tls
		self.killed = set()  # backends that only kill -9 could end
		self.session = None
		self._stack = contextlib.ExitStack()
		try:
			self._build()
		except BaseException:
			self._stack.close()
			raise

	def close(self):
		if self.session:
			self.session.close()
		self._stack.close()

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()

	# -- building -----------------------------------------------------------------------------------------

	def _build(self):
		self.workspace = self._stack.enter_context(Workspace())
		# A file with a secret that the backend may read and a rogue server may ask for.
		self.canary = self.workspace.path / "canary"
		self.canary.write_text("canary-of-the-client-machine\n", "ascii")
		self.postgres = Postgres(self.workspace, settings={"max_prepared_transactions": 0, "restart_after_crash": True})
		self.mariadb = MariaDB(self.workspace, tls=self.tls)
		start_all(self.postgres, self.mariadb)
		self.maria = None
		self.proxy = self._stack.enter_context(Proxy((self.mariadb.host, self.mariadb.port), port=free_port()))
		self.sql("CREATE DATABASE shop CHARACTER SET utf8mb4")
		self.sql(f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'")
		self.sql(f"GRANT ALL ON shop.* TO '{USER}'@'%'")
		self.pg = None
		self.pg_admin("CREATE SCHEMA local")
		for subject in SUBJECTS:
			self.load(subject)
		# A statement whose last rows fail on the server, and one that takes its time before each row.
		self.sql("CREATE VIEW shop.late_error AS SELECT id, CASE WHEN id = 15000 THEN 9223372036854775807 + id "
				 "ELSE id END AS n, v FROM shop.big")
		self.sql("CREATE VIEW shop.sleepy AS SELECT id, n, v, sleep(0.05) AS z FROM shop.small")
		for statement in self.wrapper.ddl(self.proxy.host, self.proxy.port, self.tls):
			self.pg_admin(statement)
		self.pg.close()  # its remote connection, made by the import, would be counted
		self.subjects = (*SUBJECTS, *(SHAPES if self.wrapper.functions else ()))
		self.truth = {subject: self.pg_rows(subject.sql("local"))[0] for subject in self.subjects}
		self._measure()

	def load(self, subject, local=True):
		"""(Re)makes a table in MariaDB; the second client's copy in PostgreSQL only the first time."""
		rows = rows_of(subject)
		self.sql(f"DROP TABLE IF EXISTS shop.{subject.name}")
		self.sql(f"DROP VIEW IF EXISTS shop.{subject.name}")
		self.sql(f"CREATE TABLE shop.{subject.name} ({subject.remote}) CHARACTER SET utf8mb4")
		marks = ", ".join(["%s"] * len(subject.columns))
		with self.admin().cursor() as cursor:
			cursor.executemany(f"INSERT INTO shop.{subject.name} VALUES ({marks})", rows)
		# Without it the server may take a table of one page for granted, and join it by reading it for every row.
		self.sql(f"ANALYZE TABLE shop.{subject.name}")
		if local:
			self.pg_admin(f"CREATE TABLE local.{subject.name} ({subject.local})")
			with self.pg.cursor() as cursor:
				for start in range(0, len(rows), 1000):
					part = rows[start:start + 1000]
					values = b", ".join(cursor.mogrify(f"({marks})", row) for row in part)
					cursor.execute(f"INSERT INTO local.{subject.name} SELECT " .encode() + b", ".join(
						f"c{i}::{kind.split()[1]}".encode() for i, kind in enumerate(split_columns(subject.local))) +
						b" FROM (VALUES " + values + b") v(" + b", ".join(
						f"c{i}".encode() for i in range(len(subject.columns))) + b")")

	def _measure(self):
		"""How many bytes the server sends for a scan, on a connection of its own and on one that is there."""
		self.size, self.warm_size, self.scan_time = {}, {}, {}
		for subject in self.subjects:
			self.fresh_session()
			before = self.proxy.totals()[3]
			outcome = self.session.attempt(self.plain(subject), limit=60)
			middle, start = self.proxy.totals()[3], time.monotonic()
			if outcome.rows != self.truth[subject]:
				raise RuntimeError(f"without any fault {subject.name} gave {outcome} instead of {self.truth[subject]}")
			self.session.attempt(self.plain(subject), limit=60)
			self.scan_time[subject] = time.monotonic() - start
			self.size[subject], self.warm_size[subject] = middle - before, self.proxy.totals()[3] - middle
			if isinstance(subject, Shape):
				with self.session.connection.cursor() as cursor:
					cursor.execute("EXPLAIN VERBOSE " + subject.sql("remote"))
					plan = "\n".join(line for line, in cursor.fetchall())
				if subject.plan not in plan:
					raise RuntimeError(f"{subject.name} is not planned as it should be:\n{plan}")

	def plain(self, subject, where=""):
		def work(cursor):
			cursor.execute(subject.sql("remote", where))
			return cursor.fetchone()
		return work

	@staticmethod
	def command(sql):
		def work(cursor):
			cursor.execute(sql)
			return cursor.fetchone()
		return work

	# -- MariaDB, past the proxy --------------------------------------------------------------------------

	def admin(self):
		if self.maria is None or not self.maria.open:
			self.maria = pymysql.connect(unix_socket=str(self.mariadb.socket), user=self.mariadb.user,
										 password=self.mariadb.password, charset="utf8mb4", autocommit=True,
										 init_command="SET lock_wait_timeout = 3, sql_mode = ''")
		return self.maria

	def sql(self, text, *values):
		with self.admin().cursor() as cursor:
			cursor.execute(text, values or None)
			return cursor.fetchall()

	def another_admin(self):
		"""For threads: a connection cannot be shared."""
		return contextlib.closing(pymysql.connect(unix_socket=str(self.mariadb.socket), user=self.mariadb.user,
												  password=self.mariadb.password, autocommit=True))

	def forget_admin(self):
		if self.maria is not None:
			with contextlib.suppress(pymysql.Error, OSError):
				self.maria.close()
		self.maria = None

	def remote_ids(self, link=None):
		"""The server's numbers of the wrapper's connections, or of the one behind a link of the proxy."""
		with self.another_admin() as connection, connection.cursor() as cursor:
			cursor.execute("SELECT id, host FROM information_schema.processlist WHERE user = %s", (USER,))
			return [number for number, host in cursor.fetchall()
					if link is None or host.endswith(f":{link.server_side[1]}")]

	def kill(self, how="KILL", link=None):
		"""KILL, KILL QUERY, KILL SOFT ...: returns how many were hit."""
		hit = 0
		with self.another_admin() as connection, connection.cursor() as cursor:
			for number in self.remote_ids(link):
				with contextlib.suppress(pymysql.Error):  # it went by itself
					cursor.execute(f"{how} {number}")
					hit += 1
		return hit

	def leftover(self, anything=False, patience=LEFTOVER):
		"""Waits until no thread works for the wrapper (or: has a connection); returns (seconds, what is left)."""
		start = time.monotonic()
		condition = "" if anything else "AND command NOT IN ('Sleep', 'Killed')"
		while True:
			left = self.sql("SELECT id, command, state, left(info, 60) FROM information_schema.processlist "
							f"WHERE user = '{USER}' {condition}")
			waited = time.monotonic() - start
			if not left or waited > patience:
				return waited, left
			time.sleep(0.02)

	# -- PostgreSQL ---------------------------------------------------------------------------------------

	def pg_rows(self, sql, *values):
		if self.pg is None or self.pg.closed:
			self.pg = self.connect("admin")
		with self.pg.cursor() as cursor:
			cursor.execute(sql, values or None)
			return cursor.fetchall() if cursor.description else []

	def pg_admin(self, sql, *values):
		try:
			return self.pg_rows(sql, *values)
		except psycopg2.OperationalError:
			# The connection went with a crash of the server: once more on a new one.
			if not self.pg.closed:
				raise
			return self.pg_rows(sql, *values)

	def connect(self, application):
		"""To PostgreSQL, which may be recovering from a backend that had to be killed."""
		deadline = time.monotonic() + 30
		while True:
			try:
				connection = psycopg2.connect(self.postgres.conninfo(), application_name=application)
				connection.autocommit = True
				return connection
			except psycopg2.OperationalError:
				if time.monotonic() > deadline or not self.postgres.running:
					raise
				time.sleep(0.1)

	def fresh_session(self):
		"""A new session; the old one's connections are gone when this returns."""
		if self.session:
			self.session.close()
		deadline = time.monotonic() + 2
		while self.proxy.links and time.monotonic() < deadline:
			time.sleep(0.005)
		self.proxy.cut()
		self.session = Session(self)

	# -- faults -------------------------------------------------------------------------------------------

	def apply(self, *faults):
		"""To the connection that is there, else to the next one."""
		if self.proxy.links:
			self.proxy.inject(*faults)
		else:
			self.proxy.arm(*faults)

	def heal(self):
		"""The network and the remote server as they should be."""
		self.proxy.retarget((self.mariadb.host, self.mariadb.port))
		self.proxy.heal()
		if not self.mariadb.running:
			self.mariadb.start()
		self.mariadb.resume()

	def recover(self):
		"""After a test that went wrong itself: everything as at the beginning, as far as it can be."""
		self.heal()
		self.forget_admin()
		self.kill()
		self.fresh_session()
		self.load(CHANGING, local=False)

	def crashes(self):
		"""Lines of PostgreSQL's log that tell of a backend's death, unless it died of us."""
		with open(self.postgres.log, encoding="utf-8", errors="replace") as log:
			return [line.strip() for line in log
					if ("was terminated by signal" in line or "PANIC" in line or "TRAP:" in line)
					and not any(f"(PID {pid}) was terminated by signal 9" in line for pid in self.killed)]


def split_columns(text):
	"""Column definitions of a list; the commas within parentheses do not count."""
	parts, depth, start = [], 0, 0
	for position, character in enumerate(text):
		depth += (character == "(") - (character == ")")
		if character == "," and depth == 0:
			parts.append(text[start:position].strip())
			start = position + 1
	return [*parts, text[start:].strip()]
