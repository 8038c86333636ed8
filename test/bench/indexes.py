"""
What indexes are for: lookups, the first rows of an order, the smallest and the largest value.
"""

import contextlib

from comparing import REPEAT, SLOW, Figure, compared, keys_used, local_aggregate, median, peers, ratio
from data import INDEXED_COLUMNS, MIXED_COLUMNS, lookups
from peers import Local

LOOKUP_TARGET, TOP_TARGET, EXTREME_TARGET = 2.0, 2.0, 2.0


def indexed(bench):
	"""
	Equality, range and IN on a number, a text and a date column that have an index. A lookup of one row takes the bare
	client a round trip, and PostgreSQL some time to parse, plan and run: what the same statement takes on a table of
	its own is noted beside each, to judge the rest by.
	"""
	figures = []
	local = Local(bench.ours, "local", {"mixed": (("id", *INDEXED_COLUMNS), "true")}) if bench.ours else None
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
					runs = bench.native.run(native_sql, repeat=REPEAT + 1)[1:]
					times.setdefault("native", []).extend(one["ms"] for one in runs)
					counts["native"] = runs[0]["rows"]
				for session in sessions:
					elapsed, rows = session.milliseconds(session.sql, REPEAT)
					times.setdefault(session.peer.name, []).extend(elapsed)
					counts[session.peer.name] = rows[0][0]
				if own:
					times.setdefault("local", []).extend(own.milliseconds(sessions[0].sql, REPEAT)[0])
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


# (what is ordered by, its column, ORDER BY here, the best that can be sent). NULLs come last here and first there: then
# the best is the rows with a value, and those without after them.
ORDERS = (
	("integer", "number", "number", "ORDER BY number"),
	("integer with NULLs", "score", "score", None),
	('text "C", nopad_bin', "code", 'code COLLATE "C"', "ORDER BY code"),
	('text "C", general_ci', "label", 'label COLLATE "C"', "ORDER BY label COLLATE utf8mb4_nopad_bin"),
)


def top(bench):
	"""The first ten rows of an order that an index has, and the ten after them."""
	figures = []
	bench.sales()
	for name, column, order, native_order in ORDERS:
		for offset in (0, 10):
			limit = f"LIMIT 10 OFFSET {offset}" if offset else "LIMIT 10"
			select = f"SELECT id, {column}, price FROM sale"
			native_sql = f"{select} {native_order} {limit}"
			if native_order is None:
				native_sql = (f"({select} WHERE {column} IS NOT NULL ORDER BY {column} LIMIT {10 + offset}) UNION ALL "
							  f"({select} WHERE {column} IS NULL LIMIT {10 + offset}) {limit}")
			# The other wrapper is asked for the ten after them only where it does not fetch and sort the whole table.
			without = ("mysql_fdw",) if offset and figures[-1].values.get("mysql_fdw", SLOW) >= SLOW else ()
			result = compared(bench, f"{select} ORDER BY {order} {limit}", native_sql, ordered=True, local=bench.sample,
							  without=without)
			what = "  OFFSET 10" if offset else f"first 10 by {name}"
			figures.append(result.figure(what, TOP_TARGET))
	return figures


def extremes(bench):
	"""The smallest and the largest value of an index."""
	bench.sales()
	figures = []
	for name, column in (("integer", "number"), ("date", "day")):
		for call in ("min", "max"):
			sql = f"SELECT {call}({column}) FROM sale"
			result = compared(bench, sql, sql, local=bench.sample)
			figures.append(result.figure(f"{call} of an indexed {name}", EXTREME_TARGET))
	return figures
