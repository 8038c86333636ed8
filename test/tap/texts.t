#!/usr/bin/python3
"""
Text files against other readers: random CSV against PostgreSQL's own COPY, random and damaged JSON against Python's parser. Files of
several parts, whose cuts fall into quotes and records, against the same as one.

FABRIC_SEED=n chooses the files; FABRIC_SOAK=1 makes many more.

Lifecycle: starts PostgreSQL of its own and ends it.
"""

import gzip
import json
import os
import pathlib
import random
import subprocess
import sys

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	import psycopg2
	from servers import Postgres, Workspace, start_all
	from tap import check, finish, skip
except ImportError as error:
	sys.exit(f"texts: {error}: make deps")

PIECES = ["a", "b", '"', "'", ",", '"a"', '""', "x y", " ", "", "1", "é", "中", "\\", "\\N", "NULL", '"x,y"', '"p\nq"', '"p""q"',
	'x"y"z', '"a"b', 'a"', "\t", ";", '"a\\"b"', '"p\r\nq"', "\0", "\r", "\n"]
USUAL = len(PIECES) - 3
FORMS = [("", ""), (", delimiter ';'", ", DELIMITER ';'"), (", escape '\\'", ", ESCAPE '\\'"), (", quote ''''", ", QUOTE ''''"),
	(", \"null\" 'NULL'", ", NULL 'NULL'")]
RECORDS = ['{"a": "x", "b": {"c": [1, 2.50, null, true]}}', '{"a": 1.10, "b": [1e5, "\\u00e9\\n"]}', '{"b": false, "a": null}',
	'{"a": "\\ud83d\\ude00é", "b": -0}', "{}", '{"a": [1,[2]], "z": {"y": "]}"}}', "", '{"b": "\\\\\\"", "a": "{"}']


def rows(cursor, sql):
	"""The rows of a statement; nothing when it is an error."""
	try:
		cursor.execute(sql)
		return cursor.fetchall() if cursor.description else []
	except psycopg2.OperationalError:
		raise
	except psycopg2.Error:
		return None


def random_csv(rng):
	end = rng.choice(["\n", "\n", "\r\n", "\r"])
	lines = ["a,b,c"]
	for _ in range(rng.randint(0, 6)):
		width = rng.choice([3] * 12 + [2, 4])
		pieces = PIECES if rng.random() < 0.05 else PIECES[:USUAL]
		lines.append(",".join("".join(rng.choice(pieces) for _ in range(rng.choice([0, 1, 1, 1, 1, 2]))) for _ in range(width)))
	return end.join(lines) + rng.choice([end, end, end, ""])


def csv_is_copys(cursor, folder, rng, count):
	"""What is read is what COPY reads; what COPY refuses is refused, but blank lines."""
	cursor.execute("CREATE UNLOGGED TABLE copied (a text, b text, c text)")
	wrong = []
	outcomes = {"read": 0, "refused": 0, "blank lines": 0}
	for number in range(count):
		text = random_csv(rng)
		ours_form, copys_form = rng.choice(FORMS + [FORMS[0]] * 4)
		if "DELIMITER" in copys_form:
			text = text.replace("a,b,c", "a;b;c", 1).replace(",", ";")
		(folder / "random.csv").write_bytes(text.encode())
		cursor.execute("DROP FOREIGN TABLE IF EXISTS random")
		cursor.execute(f"CREATE FOREIGN TABLE random (a text, b text, c text) SERVER files OPTIONS (location 'random.csv'{ours_form})")
		ours = rows(cursor, "SELECT a, b, c FROM random ORDER BY 1, 2, 3")
		cursor.execute("TRUNCATE copied")
		copied = rows(cursor, f"COPY copied FROM '{folder}/random.csv' (FORMAT csv, HEADER{copys_form})")
		theirs = rows(cursor, "SELECT a, b, c FROM copied ORDER BY 1, 2, 3") if copied is not None else None
		blank = any(line in ("", "\r") for line in text.replace("\r", "\n").split("\n")[:-1])
		if ours == theirs:
			outcomes["refused" if ours is None else "read"] += 1
		elif theirs is None and blank:
			outcomes["blank lines"] += 1
		else:
			wrong.append(f"{number}: {text!r}{ours_form}: {ours}, COPY {theirs}")
	print(f"# {count} CSV files: {outcomes}")
	check(not wrong, "CSV is what COPY reads", "\n".join(wrong[:5]))
	check(outcomes["read"] > count / 8 and outcomes["refused"] > count / 8, "some of them it reads, some not", outcomes)


def damage(data, rng):
	for _ in range(rng.choice([0, 1, 1, 1, 2])):
		if not data:
			break
		at = rng.randrange(len(data))
		kind = rng.random()
		if kind < 0.4:
			data[at] = rng.choice(b'"{}[],:\\ntf0123eE.-+ \n\x00\xff\x80u')
		elif kind < 0.7:
			del data[at]
		elif kind < 0.9:
			data.insert(at, rng.choice(b'"{}[],:\\ntf0123eE.-+ \n'))
		else:
			del data[at:]
	return bytes(data)


class Number(str):
	"""As it is written."""


def refuse(_):
	raise ValueError


def parsed(text):
	return json.loads(text, parse_constant=refuse, parse_int=Number, parse_float=Number)


def has_surrogate(value):
	if isinstance(value, dict):
		return any(has_surrogate(k) or has_surrogate(v) for k, v in value.items())
	if isinstance(value, list):
		return any(map(has_surrogate, value))
	return isinstance(value, str) and any(0xD800 <= ord(c) < 0xE000 for c in value)


def pythons(data):
	"""The columns a and b of a file of lines, as Python reads it; nothing when it does not."""
	found = []
	try:
		for line in data.decode().split("\n"):
			line = line.strip(" \t\r")
			if not line:
				continue
			value = parsed(line)
			if not isinstance(value, dict) or has_surrogate(value) or "\0" in str(value.get("a")):
				return None
			found.append((value.get("a"), value.get("b")))
	except ValueError:
		return None
	return found


def is_same(ours, theirs):
	a, b = ours
	wanted, nested = theirs
	if wanted is None or type(wanted) is str:
		same = a == wanted
	elif isinstance(wanted, bool):
		same = a == str(wanted).lower()
	else:
		same = a is not None and parsed(a) == wanted
	return same and (b is None if nested is None else b is not None and parsed(b) == nested)


def json_is_pythons(cursor, folder, rng, count):
	cursor.execute("CREATE FOREIGN TABLE records (a text, b json) SERVER files OPTIONS (location 'random.jsonl')")
	wrong = []
	outcomes = {"read": 0, "refused": 0}
	for number in range(count):
		data = damage(bytearray("\n".join(rng.choice(RECORDS) for _ in range(rng.randint(1, 5))).encode()), rng)
		(folder / "random.jsonl").write_bytes(data)
		ours = rows(cursor, "SELECT a, b::text FROM records")
		theirs = pythons(data)
		same = (ours is None) == (theirs is None)
		if same and ours is not None:
			same = len(ours) == len(theirs) and all(map(is_same, ours, theirs))
		outcomes["refused" if ours is None else "read"] += 1
		if not same:
			wrong.append(f"{number}: {data!r}: {ours}, Python {theirs}")
	print(f"# {count} files of JSON, some damaged: {outcomes}")
	check(not wrong, "JSON is what Python reads, number for number", "\n".join(wrong[:5]))
	check(outcomes["read"] > count / 8 and outcomes["refused"] > count / 8, "some of them are JSON, some not", outcomes)


def parts_are_whole(cursor, folder, rng):
	"""Cuts after every few megabytes lose nothing, and nothing comes twice."""
	summary = "SELECT count(*), count(b), sum(a::bigint), md5(string_agg(b, '|' ORDER BY a::bigint)) FROM {}"
	for name, end in (("feed", "\n"), ("feeds", "\r\n"), ("returns", "\r")):
		values = ["", '""', '"a""b,\r\n"', "x" * rng.randint(1, 50), '"q\nq' + "z" * rng.randint(0, 90) + '"']
		text = "a,b" + end + "".join(f"{i},{rng.choice(values)}{end}" for i in range(400000))
		(folder / f"{name}.csv").write_bytes(text.encode())
		cursor.execute(f"CREATE FOREIGN TABLE {name} (a text, b text) SERVER files OPTIONS (location '{name}.csv')")
		cursor.execute(f"TRUNCATE copied; COPY copied (a, b) FROM '{folder}/{name}.csv' (FORMAT csv, HEADER)")
		check(rows(cursor, summary.format(name)) == rows(cursor, summary.format("copied")), f"a CSV file in parts: {name}")
	cursor.execute("ALTER FOREIGN TABLE feed OPTIONS (SET location 'feed.csv.gz')")
	(folder / "feed.csv.gz").write_bytes(gzip.compress((folder / "feed.csv").read_bytes(), 1))
	cursor.execute(f"TRUNCATE copied; COPY copied (a, b) FROM '{folder}/feed.csv' (FORMAT csv, HEADER)")
	check(rows(cursor, summary.format("feed")) == rows(cursor, summary.format("copied")), "and compressed")

	lines = [json.dumps({"a": i, "b": "y" * (i % 301)}) + ("\n" * rng.choice([1, 1, 1, 2])) for i in range(150000)]
	(folder / "parts.jsonl").write_text("".join(lines))
	(folder / "parts.json").write_text("[" + ",".join(lines) + "]")
	for name in ("parts.jsonl", "parts.json"):
		cursor.execute(f"CREATE FOREIGN TABLE \"{name}\" (a text, b text) SERVER files OPTIONS (location '{name}')")
	check(rows(cursor, summary.format('"parts.jsonl"')) == rows(cursor, summary.format('"parts.json"')), "JSON lines in parts")
	check(rows(cursor, 'SELECT count(*), sum(a::bigint) FROM "parts.jsonl"') == [(150000, 150000 * 149999 // 2)], "all of them")


def main():
	if not subprocess.run([TREE / "test" / "deps" / "duckdb", "--where"], capture_output=True, check=True).stdout.strip():
		skip("texts", "there is no DuckDB ready-made for this machine, and DUCKDB_HOME names none")
		return finish()
	seed = int(os.environ.get("FABRIC_SEED") or random.randrange(10**6))
	rng = random.Random(seed)
	count = 20000 if os.environ.get("FABRIC_SOAK") else 500
	print(f"# seed {seed}")
	with Workspace() as workspace:
		postgres = Postgres(workspace)
		start_all(postgres)
		folder = pathlib.Path(workspace.path) / "files"
		folder.mkdir(mode=0o755)
		connection = psycopg2.connect(postgres.conninfo())
		connection.autocommit = True
		cursor = connection.cursor()
		cursor.execute("SET client_min_messages = warning")
		cursor.execute("CREATE EXTENSION pg_fabric")
		cursor.execute(f"SET fabric.file_roots = '{folder}'")
		cursor.execute(f"CREATE SERVER files FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (root '{folder}')")
		csv_is_copys(cursor, folder, rng, count)
		json_is_pythons(cursor, folder, rng, count)
		parts_are_whole(cursor, folder, rng)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
