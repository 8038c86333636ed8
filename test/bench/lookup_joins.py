"""
A local table of keys joined with the large remote one: the rows that have them should come, in few statements.
"""

import contextlib

import psycopg2
from comparing import Figure, Longer, compared, keys_used, median, ratio, sent
from data import key_rows
from psycopg2.extras import execute_values

PEER_TARGET, STATEMENTS_TARGET = 50, {100: 3, 10_000: 25}


def make_keys(bench, count):
	"""A local table of so many keys, as a user would have it: no index, ANALYZEd. Its rows."""
	rows = key_rows(bench.maria, bench.sales(), count)
	with contextlib.closing(psycopg2.connect(bench.postgres.conninfo())) as connection:
		connection.autocommit = True
		cursor = connection.cursor()
		cursor.execute("CREATE SCHEMA IF NOT EXISTS here")
		cursor.execute(f"CREATE TABLE here.keys_{count} (id int, label text, partner int, line int, maybe int)")
		execute_values(cursor, f"INSERT INTO here.keys_{count} VALUES %s", rows)
		cursor.execute(f"ANALYZE here.keys_{count}")
	return rows


def questions(count, rows):
	"""(name, here, the best there, the answer there)"""
	def within(column, values):
		return f"{column} IN ({', '.join(values)})"

	ids, labels, partners, lines, maybe = ([str(value) for value in column] for column in zip(*rows))
	texts = [f"'{label}'" for label in labels]
	pairs = [f"({partner}, {line})" for partner, line in zip(partners, lines)]
	wanted = "count(*), sum(number), min(code), max(code)"
	for name, on, condition in (
			("primary key", "s.id = k.id", within("id", ids)),
			("text, general_ci", "s.label = k.label", within("label", texts)),
			("two columns", "s.partner = k.partner AND s.line = k.line", within("(partner, line)", pairs))):
		yield (name, f"SELECT {wanted} FROM here.keys_{count} k JOIN sale s ON {on}".replace("(number)", "(s.number)"),
			   f"SELECT number, code FROM sale WHERE {condition}", f"SELECT {wanted} FROM sale WHERE {condition}")
	found = within("id", maybe)
	total = sum(row[0] for row in rows)
	for name, word, answer in (
			("EXISTS", "EXISTS", "count(*), sum(id)"),
			("NOT EXISTS", "NOT EXISTS", f"{count} - count(*), {total} - sum(id)")):
		yield (name, f"SELECT count(*), sum(k.id) FROM here.keys_{count} k WHERE {word} "
			   "(SELECT FROM sale s WHERE s.id = k.maybe)",
			   f"SELECT id FROM sale WHERE {found}", f"SELECT {answer} FROM sale WHERE {found}")


def statements(bench, sql):
	"""The statements that a warm run of ours sends, those that read the table."""
	with bench.ours.session() as session:
		session.rows(sql)
		received = sent(bench, lambda: session.rows(sql))
	return [text for kind, text in received if kind in ("Query", "Execute") and "`sale`" in text]


def lookup_joins(bench):
	"""By one key and by two, by number and by text, for rows that are there and for those that are not."""
	figures = []
	for count, most in STATEMENTS_TARGET.items():
		rows = make_keys(bench, count)
		for name, sql, native_sql, expected_sql in questions(count, rows):
			# The other wrapper fetches the whole table each time: asked once is enough.
			without = () if count == min(STATEMENTS_TARGET) or name == "primary key" else ("mysql_fdw",)
			result = compared(bench, sql, native_sql, expected_sql, without=without)
			middle = median(result.times)
			figure = Figure(f"{count} keys, {name}", "ms", middle, samples=result.times)
			told = []
			if (factor := ratio(middle, "ours", "native")) is not None:
				told.append(f"{factor:.1f} x native")
			if (factor := ratio(middle, "mysql_fdw", "ours")) is not None:
				over = "over " if isinstance(middle["mysql_fdw"], Longer) else ""
				told.append(f"mysql_fdw is {over}{factor:.0f} x ours")
				if count == min(STATEMENTS_TARGET):
					figure.target, figure.met = f">= {PEER_TARGET} x faster", factor >= PEER_TARGET
			figure.note = " | ".join(["; ".join(told), *result.notes])
			figures.append(figure)
			if bench.ours:
				asked = statements(bench, sql)
				figures.append(Figure("  remote statements", "", {"ours": len(asked)}, f"<= {most}", len(asked) <= most,
									  note=f"the longest: {keys_used(bench, [max(asked, key=len)])}"))
	return figures
