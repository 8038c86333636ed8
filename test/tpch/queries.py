"""
The 22 queries: read from queries/, run in a session, and their answers compared.

The lines at a query's head say by which output columns it is ordered, and which of its literals are parameters.
"""

import pathlib
import re
import time
from dataclasses import dataclass

import psycopg2
import psycopg2.extensions
from load import connect_postgres

FOLDER = pathlib.Path(__file__).resolve().parent / "queries"
# int8, int2, int4, text, float8, bpchar, varchar, date, timestamp, numeric: compared as PostgreSQL writes them, so that
# 1.5 and 1.50 are different numerics.
TYPES = (20, 21, 23, 25, 701, 1042, 1043, 1082, 1114, 1700)


@dataclass(frozen=True)
class Query:
	name: str
	title: str
	text: str            # without the remarks and the semicolon
	order: tuple         # positions of the ORDER BY, from 0
	parameters: tuple    # literals
	kept: str            # what is run where nothing is shipped: the same, or a text that asks it in another way

	@property
	def limit(self):
		match = re.search(r"\nLIMIT (\d+)$", self.text)
		return int(match[1]) if match else None

	def without_limit(self):
		return re.sub(r"\nLIMIT \d+$", "", self.text)

	def prepared(self):
		"""The text with $1, $2, ... in place of the parameters, and their values as EXECUTE takes them."""
		text, values = self.text, []
		for number, literal in enumerate(self.parameters, 1):
			plain = literal.removeprefix("DATE ")
			put = f"CAST(${number} AS date)" if plain != literal else f"${number}"
			text, count = re.subn(rf"(?<![\w.'$]){re.escape(literal)}(?![\w.'])", put, text)
			if not count:
				raise ValueError(f"{self.name}: there is no parameter {literal}")
			values.append(plain if plain.startswith("'") else f"'{plain}'")
		return text, values


def body(path, scale):
	"""(remarks, statement) of a file"""
	lines = path.read_text("utf-8").replace(":share", f"{0.0001 / scale:.10f}").splitlines()
	text = "\n".join(line for line in lines if not line.startswith("--"))
	return [line.removeprefix("-- ") for line in lines if line.startswith("--")], text.strip().removesuffix(";")


def read(scale, wanted=()):
	"""All queries, or those wanted by number, for a scale factor."""
	found = []
	for path in sorted(FOLDER.glob("q??.sql")):
		if wanted and int(path.stem[1:]) not in wanted:
			continue
		remarks, text = body(path, scale)
		head = dict(line.split(": ", 1) for line in remarks if line.startswith(("order: ", "parameters: ")))
		other = path.with_stem(f"{path.stem}_kept")
		found.append(Query(path.stem, re.match(r"Q\d+, ([^:]*)", remarks[0])[1], text,
						   tuple(int(position) - 1 for position in head.get("order", "").split()),
						   tuple(head["parameters"].split(" | ")), body(other, scale)[1] if other.exists() else text))
	return found


class Answer:
	"""What a query gave: columns as (name, type), rows of texts, seconds."""

	def __init__(self, columns, rows, seconds):
		self.columns, self.rows, self.seconds = columns, rows, seconds

	def ties(self, order):
		"""(key, rows in an order of their own) for each run of rows that the ORDER BY leaves equal."""
		groups = []
		for row in self.rows:
			key = tuple(row[position] for position in order)
			if not groups or groups[-1][0] != key:
				groups.append((key, []))
			groups[-1][1].append(row)
		return [(key, sorted(rows, key=repr)) for key, rows in groups]


def difference(query, expected, got):
	"""None, or how two answers differ."""
	if expected.columns != got.columns:
		return f"columns {got.columns} instead of {expected.columns}"
	if len(expected.rows) != len(got.rows):
		return f"{len(got.rows)} rows instead of {len(expected.rows)}"
	for (key, rows), (other_key, other_rows) in zip(expected.ties(query.order), got.ties(query.order)):
		if key != other_key:
			return f"rows of {other_key} where those of {key} belong"
		for row, other in zip(rows, other_rows):
			for (name, _), value, other_value in zip(expected.columns, row, other):
				if value != other_value:
					return f"{name} {other_value!r} instead of {value!r} in row {row}"
		if len(rows) != len(other_rows):
			return f"{len(other_rows)} rows of {key} instead of {len(rows)}"
	return None


class Session:
	"""A backend whose search_path leads to the tables of one schema: all run the same text."""

	def __init__(self, postgres, schema, timeout=0):
		self.schema = schema
		self.connection = connect_postgres(postgres, schema)
		for oid in TYPES:
			kind = psycopg2.extensions.new_type((oid,), f"text{oid}", lambda value, _: value)
			psycopg2.extensions.register_type(kind, self.connection)
		self.cursor = self.connection.cursor()
		self.cursor.execute(f"SET search_path = {schema}")
		self.cursor.execute(f"SET statement_timeout = {round(timeout * 1000)}")

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.connection.close()

	def execute(self, sql):
		self.cursor.execute(sql)

	def run(self, sql):
		start = time.perf_counter()
		self.cursor.execute(sql)
		rows = self.cursor.fetchall()
		seconds = time.perf_counter() - start
		return Answer([(column.name, column.type_code) for column in self.cursor.description], rows, seconds)

	def run_prepared(self, query, times):
		"""The answers of some executions of one generic plan."""
		text, values = query.prepared()
		self.execute("SET plan_cache_mode = force_generic_plan")
		self.execute(f"PREPARE {query.name} AS {text}")
		try:
			return [self.run(f"EXECUTE {query.name} ({', '.join(values)})") for _ in range(times)]
		finally:
			self.execute(f"DEALLOCATE {query.name}")
			self.execute("RESET plan_cache_mode")

	def explain(self, query, options=""):
		self.cursor.execute(f"EXPLAIN (VERBOSE, FORMAT JSON{options}) {query.text}")
		return self.cursor.fetchone()[0][0]
