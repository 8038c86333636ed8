"""
What the measurements share: figures, the check that all peers give the same answer, runs in turns, and what the servers
say of a statement.
"""

import contextlib
import re
import statistics
import time
from dataclasses import dataclass, field

import psycopg2
import pymysql

REPEAT = 20   # runs in a row, the same of each peer, of what is fast
ENOUGH = 200  # milliseconds of such a row; the run for an answer that took the other wrapper longer is its figure
SLOW = 1500   # milliseconds: what takes ours longer is run twice
LIMIT = 60    # seconds that a statement of the other wrapper may take


class Longer(float):
	"""A time that the limit ended."""


@dataclass
class Figure:
	name: str
	unit: str
	values: dict                 # peer -> figure (medians)
	target: str = ""
	met: bool | None = None      # None: nothing to compare
	note: str = ""
	samples: dict = field(default_factory=dict)


def peers(bench):
	return [peer for peer in (bench.ours, bench.theirs) if peer]


def ratio(values, above, below):
	if above in values and below in values and values[below]:
		return values[above] / values[below]
	return None


def median(samples):
	return {name: statistics.median(values) for name, values in samples.items()}


def local_aggregate(session, table, columns, where=""):
	"""
	Counts every column here, so that PostgreSQL's client has one row to read; where a wrapper would let the server
	count, a fence keeps the rows coming.
	"""
	counts = ", ".join(f"count({name})" for name in columns)
	sql = f"SELECT {counts} FROM {table} {where}".rstrip()
	if any("count(" in text.lower() for text in session.explain(sql)[1]):
		sql = f"SELECT {counts} FROM (SELECT * FROM {table} {where} OFFSET 0) s"
	return sql


def interleaved(bench, rounds, native_sql, table, columns, expected):
	"""Milliseconds and processor milliseconds per peer: native, ours, theirs, native, ours, ..."""
	times, cpu = {}, {}
	with contextlib.ExitStack() as stack:
		sessions = [stack.enter_context(peer.session()) for peer in peers(bench)]
		for session in sessions:
			session.sql = local_aggregate(session, table, columns)
		for turn in range(rounds):
			if bench.native:
				one = bench.native.run(native_sql)[0]
				times.setdefault("native", []).append(one["ms"])
				cpu.setdefault("native", []).append(one["cpu_ms"])
			for session in sessions:
				# The peer's figure is an order away from the target: fewer runs of it will do.
				if session.peer is bench.theirs and turn >= bench.peer_rounds:
					continue
				elapsed, used, rows = session.timed(session.sql)
				if tuple(rows[0]) != tuple(expected):
					raise RuntimeError(f"{session.peer.name} counted {rows[0]} instead of {expected}")
				times.setdefault(session.peer.name, []).append(elapsed)
				cpu.setdefault(session.peer.name, []).append(used)
	return times, cpu


def sorted_rows(rows):
	"""Rows in an order of their own: 3 and 3.00 are equal, NULL is after all."""
	return sorted(map(tuple, rows), key=lambda row: [(value is None, value) for value in row])


@dataclass
class Compared:
	"""One question to every peer: milliseconds per peer, and a line about each wrapper's plan."""
	times: dict
	notes: list
	shapes: dict     # peer -> (names of the plan's nodes, remote statements)

	def figure(self, name, target, note=""):
		"""Ours beside the bare client; what it takes in a table of PostgreSQL's own is noted where that was asked."""
		middle = median(self.times)
		figure = Figure(name, "ms", middle, samples=self.times, note=" | ".join([note, *self.notes]))
		if (factor := ratio(middle, "ours", "native")) is not None:
			figure.target, figure.met = f"<= {target} x native", factor <= target
			told = f"{factor:.2f} x native"
			if "local" in middle:
				told += (f"; {middle['local']:.2f} ms in PostgreSQL's own sample, ours is "
						 f"{middle['ours'] / (middle['native'] + middle['local']):.2f} x both")
			figure.note = f"{told} | {figure.note}"
		return figure


def answer(bench, session, sql, expected, ordered=False):
	"""(milliseconds, what is wrong with the answer): that of ours must be right, another wrapper's is told."""
	if session.peer is bench.theirs:
		session.rows(f"SET statement_timeout = '{LIMIT}s'")
	start = time.perf_counter()
	try:
		rows = session.rows(sql)
	except psycopg2.errors.QueryCanceled:
		return Longer(LIMIT * 1000), ""
	elapsed = (time.perf_counter() - start) * 1000
	if expected is None or (list(map(tuple, rows)) == list(map(tuple, expected)) if ordered
							else sorted_rows(rows) == sorted_rows(expected)):
		return elapsed, ""
	wrong = f"{session.peer.name} gives another answer: {str(rows)[:70]} for {str(expected)[:70]}"
	if session.peer is not bench.theirs:
		raise RuntimeError(wrong)
	return None, wrong


def turns_of(bench, peer, elapsed):
	"""How often a peer that took so long is asked again, and how many runs in a row that is."""
	if peer is bench.theirs:
		return (0 if elapsed > ENOUGH else bench.peer_rounds), in_a_row(elapsed)
	return (1 if elapsed > SLOW else 3), in_a_row(elapsed)


def in_a_row(elapsed):
	return max(1, min(REPEAT, int(ENOUGH / max(elapsed, 0.1))))


def compared(bench, sql, native_sql, expected_sql=None, ordered=False, local=None, without=()):
	"""
	Runs sql by the wrappers, and on local tables if given, and native_sql by the bare client. First each gives its
	answer, which must be that of expected_sql (native_sql if not given) on the server; then they are timed in turns.
	"""
	bench.maria.execute(expected_sql or native_sql)
	expected = bench.maria.fetchall()
	times, notes, shapes, most = {}, [f"native: {keys_used(bench, [native_sql])}"], {}, 3
	with contextlib.ExitStack() as stack:
		sessions = []
		for peer in [peer for peer in (*peers(bench), local) if peer and peer.name not in without]:
			session = stack.enter_context(peer.session())
			elapsed, wrong = answer(bench, session, sql, expected if peer is not local else None, ordered)
			if peer is not local:
				lines, remote = session.explain(sql)
				shapes[peer.name] = nodes(lines), remote
				plan = "; ".join(filter(None, [nodes(lines), keys_used(bench, remote)]))
				notes.append(wrong or f"{peer.name}: {plan}")
			if elapsed is None:
				continue
			session.turns, session.repeat = turns_of(bench, peer, elapsed)
			if session.turns < 2:
				times[peer.name] = [elapsed]
			if session.turns == 1:
				most = 2
			sessions.append(session)
		for turn in range(most):
			times.setdefault("native", []).extend(native_times(bench, native_sql))
			for session in sessions:
				if turn < session.turns:
					times.setdefault(session.peer.name, []).extend(session.milliseconds(sql, session.repeat)[0])
	return Compared({name: values for name, values in times.items() if values}, notes, shapes)


def native_times(bench, sql):
	"""Milliseconds of the bare client: several in a row of what is fast, the first of the connection left out."""
	if not bench.native:
		return []
	first = bench.native.run(sql)[0]["ms"]
	repeat = in_a_row(first)
	return [one["ms"] for one in bench.native.run(sql, repeat=repeat + 1)[1:]] if repeat > 1 else [first]


def nodes(lines):
	"""The names of a plan's nodes, from the top."""
	names = [lines[0], *(line.partition("->")[2] for line in lines if "->" in line)]
	return " > ".join(name.partition(" on ")[0].strip() for name in names)


def keys_used(bench, statements):
	"""What MariaDB's EXPLAIN says of the remote statements: access type, key, rows of each table."""
	found = []
	for text in statements:
		if re.search(r"IN \$\d", text):
			continue  # not before its values are known
		try:
			# EXPLAIN of a UNION does not see that the LIMIT of an arm makes an index do.
			bench.maria.execute(f"{'ANALYZE' if 'UNION' in text else 'EXPLAIN'} {text}")
			for row in bench.maria.fetchall():
				entry = dict(zip((column[0].lower() for column in bench.maria.description), row))
				if entry["type"]:
					sort = ", filesort" if "filesort" in (entry["extra"] or "") else ""
					found.append(f"{entry['type']} {entry['key'] or 'no key'} ~{entry['rows']} rows{sort}")
				elif entry["extra"]:
					found.append(entry["extra"])
		except pymysql.Error as error:
			found.append(f"not explained: {error}")
	return "; ".join(found)


def sent(bench, action):
	"""What the server received while action() ran, by its general log: (kind, text) of each."""
	time.sleep(0.1)
	bench.maria.execute("SET GLOBAL log_output = 'TABLE'")
	bench.maria.execute("TRUNCATE mysql.general_log")
	bench.maria.execute("SET GLOBAL general_log = 1")
	try:
		action()
		time.sleep(0.1)
	finally:
		bench.maria.execute("SET GLOBAL general_log = 0")
	bench.maria.execute("SELECT command_type, CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE "
						"thread_id <> CONNECTION_ID() ORDER BY event_time, thread_id")
	return list(bench.maria.fetchall())
