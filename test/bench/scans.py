"""
Reading rows: the whole table, wide texts, the first row, round trips and cancel.
"""

import contextlib
import threading
import time

import psycopg2
from comparing import Figure, interleaved, local_aggregate, median, peers, ratio, sent
from data import MIXED_COLUMNS

SCAN_TARGET, PEER_TARGET, MEMORY_TARGET, FIRST_ROW_TARGET = 1.4, 2.5, 64, 20
TRIPS_TARGET, CANCEL_TARGET = 2, 200


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


def round_trips(bench):
	"""What a warm SELECT sends: counted and told by the server's general log."""
	trips, notes = {}, []
	for peer in peers(bench):
		with peer.session() as session:
			sql = "SELECT * FROM mixed WHERE id = 77"
			session.rows(sql)
			received = sent(bench, lambda: session.rows(sql))
			trips[peer.name] = len(received)
			notes.append(f"{peer.name}: " + "; ".join(f"{kind} {text[:40]}".strip() for kind, text in received))
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
