"""
The bench's data: made inside MariaDB by its SEQUENCE engine, the same for every run, never random.

Lifecycle: loaded once per run of the bench into a server of its own.
"""

import datetime
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))

import pymysql

DATABASE = "bench"
MIXED_COLUMNS = ("id", "small", "large", "name", "value", "price", "at")
INDEXED_COLUMNS = ("small", "name", "at")
EPOCH, SECONDS = "2015-01-01 00:00:00", 300000000
SMALL_SPAN = 1000003  # small takes every value of this many


def connect(server):
	return pymysql.connect(unix_socket=str(server.socket), user=server.user, password=server.password,
						   charset="utf8mb4", autocommit=True)


def load(server, rows, articles, tell):
	"""mixed: 7 columns of every kind, indexes on a number, a text, a date; article: texts of 2 KB."""
	connection = connect(server)
	cursor = connection.cursor()

	def run(what, sql):
		start = time.monotonic()
		cursor.execute(sql)
		tell(f"{what}: {time.monotonic() - start:.1f} s")

	cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
	cursor.execute(f"USE {DATABASE}")
	cursor.execute("SET unique_checks = 0, foreign_key_checks = 0")
	cursor.execute("CREATE TABLE mixed (id int NOT NULL PRIMARY KEY, small int, large bigint, name varchar(40), "
				   "value double, price decimal(12,2), at datetime(6))")
	# Multiplications by odd primes scatter the values; every 101st row has NULLs.
	run(f"{rows} rows of 7 columns", f"""
		INSERT INTO mixed
		SELECT seq, IF(seq % 101 = 0, NULL, seq * 7919 % {SMALL_SPAN} - 500000),
			seq * 4611686018427 - 4611686018427387904,
			IF(seq % 101 = 0, NULL, CONCAT(ELT(seq % 8 + 1, 'Ada ', 'Zürich ', 'order ', '北京 ', 'Ólafur ', 'x',
				'Mary-Jane ', 'box '), LEFT(MD5(seq), 8 + seq % 17))),
			seq * 0.001 + SQRT(seq), seq * 104729 % 100000000 / 100,
			TIMESTAMPADD(MICROSECOND, seq * 15485863 % 1000000, TIMESTAMPADD(SECOND, seq * 7907 % {SECONDS}, '{EPOCH}'))
		FROM (SELECT CAST(seq AS SIGNED) AS seq FROM seq_1_to_{rows}) s""")
	for column in INDEXED_COLUMNS:
		run(f"index on {column}", f"CREATE INDEX mixed_{column} ON mixed ({column})")
	cursor.execute("CREATE TABLE article (id int NOT NULL PRIMARY KEY, body text NOT NULL)")
	run(f"{articles} texts of 2 KB", f"""
		INSERT INTO article
		SELECT seq, CONCAT('é', MD5(seq), REPEAT(CHAR(97 + seq % 26), 1966)) FROM seq_1_to_{articles}""")
	run("ANALYZE", "ANALYZE TABLE mixed, article")
	cursor.fetchall()
	cursor.execute("SELECT count(id), count(small), count(large), count(name), count(value), count(price), count(at) "
				   "FROM mixed")
	counts = cursor.fetchone()
	# Values that are there, from the middle of the table, for the indexed lookups.
	cursor.execute("SELECT small, name, CAST(at AS CHAR) FROM mixed WHERE id %% 101 <> 0 AND id > %s ORDER BY id "
				   "LIMIT 100", [rows // 2])
	samples = [dict(zip(("small", "name", "at"), row)) for row in cursor.fetchall()]
	connection.close()
	return {"counts": counts, "samples": samples, "rows": rows, "articles": articles}


def lookups(data):
	"""(name, condition): for each kind of column an equality, a range of about a thousand rows, an IN of fifty."""
	samples = data["samples"][:50]
	share = 1000 / data["rows"]

	def quote(value):
		return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"

	def moment(second):
		return (datetime.datetime.fromisoformat(EPOCH) + datetime.timedelta(seconds=second)).isoformat(" ")

	ranges = {
		"small": (0, max(1, int(SMALL_SPAN * share))),
		# Texts have no arithmetic: the names of one kind whose hash begins alike, an eighth of a 256th or so.
		"name": ("box 1", "box 1" + "0123456789abcdef"[max(1, min(15, int(share * 8 * 256)))]),
		"at": (moment(SECONDS // 2), moment(SECONDS // 2 + max(1, int(SECONDS * share)))),
	}
	for column, kind in (("small", "number"), ("name", "text"), ("at", "date")):
		low, high = (quote(value) for value in ranges[column])
		yield f"{kind} =", f"{column} = {quote(samples[0][column])}"
		yield f"{kind} range", f"{column} >= {low} AND {column} < {high}"
		yield f"{kind} IN (50)", f"{column} IN ({', '.join(quote(row[column]) for row in samples)})"
