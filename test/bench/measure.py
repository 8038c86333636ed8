"""
What is measured, each a function (bench) -> list of Figures. Runs of the peers are interleaved, medians are kept.
"""

import contextlib
import statistics
import threading
import time
from dataclasses import dataclass, field

import psycopg2
import pymysql
from data import INDEXED_COLUMNS, MIXED_COLUMNS, lookups
from peers import Local

SCAN_TARGET, PEER_TARGET, MEMORY_TARGET, FIRST_ROW_TARGET = 1.4, 2.5, 64, 20
LOOKUP_REPEAT = 20  # runs in a row, the same of each peer
LOOKUP_TARGET, TRIPS_TARGET, CANCEL_TARGET = 2.0, 2, 200


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


def median(samples):
	return {name: statistics.median(values) for name, values in samples.items()}


def scan(bench):
	"""The whole table with all its columns, the aggregate here."""
	times, cpu = interleaved(bench, bench.rounds, f"SELECT {', '.join(MIXED_COLUMNS)} FROM mixed", "mixed",
							 MIXED_COLUMNS, bench.data["counts"])
	middle, cpu_middle = median(times), median(cpu)
	figures = [Figure(f"scan of {bench.data['rows']} x 7", "ms", middle, samples=times)]
	figures.append(Figure("  processor time of the client", "ms", cpu_middle, samples=cpu))
	if (factor := ratio(middle, "ours", "native")) is not None:
		figures.append(Figure("  ours / native", "x", {"ours": factor}, f"<= {SCAN_TARGET}", factor <= SCAN_TARGET))
	if (factor := ratio(middle, "mysql_fdw", "ours")) is not None:
		figures.append(Figure("  mysql_fdw / ours", "x", {"ours": factor}, f">= {PEER_TARGET}", factor >= PEER_TARGET))
	elif (factor := ratio(middle, "mysql_fdw", "native")) is not None:
		figures.append(Figure("  mysql_fdw / native", "x", {"mysql_fdw": factor}))
	return figures


def wide(bench):
	"""Texts of 2 KB: time, and what the backend's memory grew by."""
	articles = bench.data["articles"]
	times, _ = interleaved(bench, max(1, bench.rounds // 2), "SELECT id, body FROM article", "article", ("id", "body"),
						   (articles, articles))
	grown = {}
	for peer in peers(bench):
		with peer.session() as session:
			sql = local_aggregate(session, "article", ("id", "body"))
			session.reset_highest_memory()
			idle = session.memory()[0]
			session.rows(sql)
			grown[peer.name] = session.memory()[1] - idle
	figures = [Figure(f"scan of {articles} x 2 KB", "ms", median(times), samples=times)]
	if (factor := ratio(figures[0].values, "ours", "native")) is not None:
		figures.append(Figure("  ours / native", "x", {"ours": factor}))
	figures.append(Figure("  peak memory above idle", "MB", grown, f"< {MEMORY_TARGET}",
						  grown["ours"] < MEMORY_TARGET if "ours" in grown else None))
	return figures


def first_row(bench):
	"""A cursor over the texts with a filter that cannot be sent: until its first row is here, until it is closed."""
	first, closed, after = {}, {}, {}
	if bench.native:
		first["native"] = [one["first_row_ms"] for one in bench.native.run("SELECT id, body FROM article LIMIT 1000",
																			repeat=5)]
	for peer in peers(bench):
		with peer.session() as session:
			for _ in range(5 if peer is bench.ours else 2):
				session.rows("BEGIN")
				start = time.perf_counter()
				session.rows("DECLARE c CURSOR FOR SELECT id, body FROM article WHERE random() >= 0")
				session.rows("FETCH 1 FROM c")
				here = time.perf_counter()
				session.rows("CLOSE c")
				session.rows("COMMIT")
				end = time.perf_counter()
				session.rows("SELECT id FROM mixed WHERE id = 1")
				first.setdefault(peer.name, []).append((here - start) * 1000)
				closed.setdefault(peer.name, []).append((end - here) * 1000)
				after.setdefault(peer.name, []).append((time.perf_counter() - end) * 1000)
	middle = median(first)
	return [Figure("first row of the texts, local filter", "ms", middle, f"< {FIRST_ROW_TARGET}",
				   middle["ours"] < FIRST_ROW_TARGET if "ours" in middle else None, samples=first),
			Figure("  CLOSE and COMMIT of that scan", "ms", median(closed), samples=closed),
			Figure("  the statement after it", "ms", median(after), samples=after)]


def keys_used(bench, statements):
	"""What MariaDB's EXPLAIN says of the remote statements: table, access type, key, rows."""
	found = []
	for text in statements:
		try:
			bench.maria.execute(f"EXPLAIN {text}")
			for row in bench.maria.fetchall():
				entry = dict(zip((column[0].lower() for column in bench.maria.description), row))
				found.append(f"{entry['type']} {entry['key'] or 'no key'} ~{entry['rows']} rows")
		except pymysql.Error as error:
			found.append(f"not explained: {error}")
	return "; ".join(found)


def indexed(bench):
	"""
	Equality, range and IN on a number, a text and a date column that have an index. A lookup of one row takes the bare
	client a round trip, and PostgreSQL some time to parse, plan and run: what the same statement takes on a table of its own
	is noted beside each, to judge the rest by.
	"""
	figures = []
	local = Local(bench.ours, INDEXED_COLUMNS) if bench.ours else None
	for name, condition in lookups(bench.data):
		where = f"WHERE {condition}"
		native_sql = f"SELECT {', '.join(MIXED_COLUMNS)} FROM mixed {where}"
		times, counts, notes = {}, {}, []
		with contextlib.ExitStack() as stack:
			sessions = [stack.enter_context(peer.session()) for peer in peers(bench)]
			own = stack.enter_context(local.session()) if local else None
			for session in sessions:
				session.sql = local_aggregate(session, "mixed", MIXED_COLUMNS, where)
				notes.append(f"{session.peer.name}: {keys_used(bench, session.explain(session.sql)[1])}")
			if bench.native:
				bench.native.run(native_sql)  # pages in the buffer pool
			for _ in range(bench.lookup_rounds):
				if bench.native:
					# The first of a connection pays for what a warm one has.
					runs = bench.native.run(native_sql, repeat=LOOKUP_REPEAT + 1)[1:]
					times.setdefault("native", []).extend(one["ms"] for one in runs)
					counts["native"] = runs[0]["rows"]
				for session in sessions:
					elapsed, rows = session.milliseconds(session.sql, LOOKUP_REPEAT)
					times.setdefault(session.peer.name, []).extend(elapsed)
					counts[session.peer.name] = rows[0][0]
				if own:
					times.setdefault("local", []).extend(own.milliseconds(sessions[0].sql, LOOKUP_REPEAT)[0])
		middle = median(times)
		factor = ratio(middle, "ours", "native")
		figure = Figure(f"{name}, {max(counts.values(), default=0)} rows", "ms", middle, samples=times,
						note=" | ".join(notes))
		if len(set(counts.values())) > 1:
			figure.note = f"ROW COUNTS DIFFER {counts} | " + figure.note
		if factor is not None:
			figure.target = f"<= {LOOKUP_TARGET} x native"
			figure.met = factor <= LOOKUP_TARGET and "no key" not in notes[0] and "ALL" not in notes[0]
			figure.note = (f"{factor:.2f} x native; {middle['local']:.2f} ms in PostgreSQL's own table, ours is "
						   f"{middle['ours'] / (middle['native'] + middle['local']):.2f} x both | ") + figure.note
		figures.append(figure)
	return figures


def round_trips(bench):
	"""What a warm SELECT sends: counted and told by the server's general log."""
	trips, notes = {}, []
	for peer in peers(bench):
		with peer.session() as session:
			sql = "SELECT * FROM mixed WHERE id = 77"
			session.rows(sql)
			time.sleep(0.1)
			bench.maria.execute("SET GLOBAL log_output = 'TABLE'")
			bench.maria.execute("TRUNCATE mysql.general_log")
			bench.maria.execute("SET GLOBAL general_log = 1")
			session.rows(sql)
			time.sleep(0.1)
			bench.maria.execute("SET GLOBAL general_log = 0")
			bench.maria.execute("SELECT command_type, CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE "
								"thread_id <> CONNECTION_ID() ORDER BY event_time, thread_id")
			sent = [(kind, text) for kind, text in bench.maria.fetchall()]
			trips[peer.name] = len(sent)
			notes.append(f"{peer.name}: " + "; ".join(f"{kind} {text[:40]}".strip() for kind, text in sent))
	return [Figure("round trips of a warm SELECT", "", trips, f"{TRIPS_TARGET}",
				   trips["ours"] <= TRIPS_TARGET if "ours" in trips else None, note=" | ".join(notes))]


def remote_active(bench):
	bench.maria.execute("SELECT count(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND "
						"command NOT IN ('Sleep', 'Daemon', 'Killed') AND info IS NOT NULL")
	return bench.maria.fetchone()[0] > 0


def cancel(bench):
	"""pg_cancel_backend within a scan: until the error is here, and until the server's thread has stopped."""
	late, gone = {}, {}
	for peer in peers(bench):
		for turn in range(5 if peer is bench.ours else 2):
			with peer.session() as session, contextlib.closing(peer.connect()) as admin:
				sql = local_aggregate(session, "mixed", MIXED_COLUMNS)
				ended = []

				def work():
					with contextlib.suppress(psycopg2.errors.QueryCanceled):
						session.rows(sql)
					ended.append(time.perf_counter())
				thread = threading.Thread(target=work)
				thread.start()
				time.sleep((0.05 if bench.quick else 0.2) + 0.02 * turn)
				start = time.perf_counter()
				with admin.cursor() as cursor:
					cursor.execute("SELECT pg_cancel_backend(%s)", [session.pid])
				thread.join()
				late.setdefault(peer.name, []).append((ended[0] - start) * 1000)
				while remote_active(bench) and time.perf_counter() < start + 30:
					time.sleep(0.002)
				gone.setdefault(peer.name, []).append((time.perf_counter() - start) * 1000)
	worst = {name: max(values) for name, values in late.items()}
	return [Figure("cancel until the error, worst", "ms", worst, f"< {CANCEL_TARGET}",
				   worst["ours"] < CANCEL_TARGET if "ours" in worst else None, samples=late),
			Figure("  until the remote thread stopped, worst", "ms",
				   {name: max(values) for name, values in gone.items()}, f"< {CANCEL_TARGET}",
				   max(gone["ours"]) < CANCEL_TARGET if "ours" in gone else None, samples=gone)]


ALL = {"scan": scan, "wide": wide, "first_row": first_row, "indexed": indexed,
	   "round_trips": round_trips, "cancel": cancel}

