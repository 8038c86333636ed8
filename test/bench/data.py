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
SALES = ("sale", "partner", "country", "region", "kind", "product")
NUMBER_SPAN = 2000003  # a prime past the number of sales
SCATTER = 15485863  # a prime that divides no number of rows
# What a sample in PostgreSQL's own tables has: (indexed columns, rows).
SAMPLE_ROWS = 100_000
SAMPLE = {
	"sale": (("id", "number", "score", 'code COLLATE "C"', 'label COLLATE "C"', "day", "partner, line"),
			 f"id <= {SAMPLE_ROWS}"),
} | {name: (("id",), "true") for name in SALES[1:]}


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


def load_sales(server, rows, tell):
	"""
	sale, with an index for each kind of order and a key of two columns, and what it refers to: partner, a twentieth of
	its rows, and small tables. Its numbers, codes and labels are all different, so is score but for a NULL in fifty.
	"""
	partners = rows // 20
	connection = connect(server)
	cursor = connection.cursor()

	def run(what, sql):
		start = time.monotonic()
		cursor.execute(sql)
		tell(f"{what}: {time.monotonic() - start:.1f} s")

	cursor.execute(f"USE {DATABASE}")
	cursor.execute("SET unique_checks = 0, foreign_key_checks = 0")
	cursor.execute("""
		CREATE TABLE sale (id int NOT NULL PRIMARY KEY, number int NOT NULL, score int,
			code varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
			label varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL, day date NOT NULL,
			kind int NOT NULL, partner int NOT NULL, line int NOT NULL, product int NOT NULL, quantity int NOT NULL,
			price decimal(12,2) NOT NULL)""")
	run(f"{rows} sales", f"""
		INSERT INTO sale
		SELECT seq, seq * 7919 % {NUMBER_SPAN}, IF(seq % 50 = 0, NULL, seq * 104729 % {NUMBER_SPAN}),
			CONCAT(ELT(seq % 4 + 1, 'a', 'B', 'é', 'Z'), LEFT(MD5(seq), 15)),
			CONCAT(ELT(seq % 4 + 1, 'Box ', 'box ', 'Élan ', 'elan '), seq * 15485863 % {NUMBER_SPAN}),
			TIMESTAMPADD(DAY, seq * 7907 % 4000, '2015-01-01'), seq * 7919 DIV 64 % 20,
			seq * {SCATTER} % {partners} + 1, (seq - 1) DIV {partners} + 1, seq * 31 % 5000 + 1, seq % 97 + 1,
			seq * 104729 % 1000000 / 100
		FROM (SELECT CAST(seq AS SIGNED) AS seq FROM seq_1_to_{rows}) s""")
	for columns in ("number", "score", "code", "label", "day", "partner, line"):
		unique = "UNIQUE " if "," in columns else ""
		run(f"index on {columns}", f"CREATE {unique}INDEX sale_{columns.replace(', ', '_')} ON sale ({columns})")
	name = "id int NOT NULL PRIMARY KEY, name varchar(40) NOT NULL"
	for table, more, select in (
			("partner", ", segment int NOT NULL, country int NOT NULL",
			 f"seq, CONCAT('partner ', seq), seq * 7919 DIV 8 % 20, seq % 200 + 1 FROM seq_1_to_{partners}"),
			("country", ", region int NOT NULL", "seq, CONCAT('country ', seq), seq % 10 + 1 FROM seq_1_to_200"),
			("region", "", "seq, CONCAT('region ', seq) FROM seq_1_to_10"),
			("kind", "", "seq, CONCAT('kind ', seq) FROM seq_0_to_19"),
			("product", ", weight int NOT NULL", "seq, CONCAT('product ', seq), seq * 31 % 1000 FROM seq_1_to_5000")):
		cursor.execute(f"CREATE TABLE {table} ({name}{more})")
		cursor.execute(f"INSERT INTO {table} SELECT {select}")
	run("ANALYZE", f"ANALYZE TABLE {', '.join(SALES)}")
	cursor.fetchall()
	connection.close()
	return {"rows": rows, "partners": partners}


def key_rows(cursor, sales, count):
	"""(id, label, partner, line, maybe) of so many different sales, in no order; every other maybe is no sale's id."""
	ids = [number * SCATTER % sales["rows"] + 1 for number in range(1, count + 1)]
	cursor.execute(f"SELECT id, label, partner, line FROM sale WHERE id IN ({', '.join(map(str, ids))})")
	found = {row[0]: row for row in cursor.fetchall()}
	return [(*found[number], number + (sales["rows"] if at % 2 else 0)) for at, number in enumerate(ids)]


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
