#!/usr/bin/python3
"""
Files as tables where it takes several sessions, or the process itself: shares of the engine's memory and threads, who waits for
them, sessions that are ended in the middle, temporary files, files that change while they are read, damaged files.

FABRIC_SEED=n chooses the damage; FABRIC_SOAK=1 makes much more of it.

Lifecycle: starts PostgreSQL of its own and ends it.
"""

import os
import pathlib
import random
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	import psycopg2
	from servers import Postgres, Workspace, start_all
	from tap import check, finish, skip
except ImportError as error:
	sys.exit(f"files: {error}: make deps")

HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 250"
MEMORY = HELD + " AND classid = 1 AND granted"
# All of it in the engine, whose columns of CSV files are text.
SLOW = "SELECT count(*) FROM big AS x JOIN big AS y ON left(x.t, 6) = left(y.t, 6) WHERE x.t <> y.t"
LONG = "SELECT count(*) FROM big AS x JOIN big AS y ON x.n = y.n + 1 WHERE x.t <> y.t"


def state_of(error):
	return error.pgcode or "lost"


class Session:
	def __init__(self, postgres, *settings):
		self.connection = psycopg2.connect(postgres.conninfo())
		self.connection.autocommit = True
		self.cursor = self.connection.cursor()
		self.pid = self.connection.info.backend_pid
		for setting in settings:
			self.cursor.execute(f"SET {setting}")

	def ask(self, sql):
		"""The first value of a statement's result; the SQLSTATE of its error."""
		try:
			self.cursor.execute(sql)
			return self.cursor.fetchone()[0] if self.cursor.description else None
		except psycopg2.Error as error:
			return state_of(error)


def waited_for(question, wanted, seconds=20):
	"""Asks until the answer is the wanted one; the last answer."""
	end = time.monotonic() + seconds
	while (answer := question()) != wanted and time.monotonic() < end:
		time.sleep(0.02)
	return answer


def shares(postgres, watch):
	one = Session(postgres)
	one.ask("BEGIN")
	check(one.ask("SELECT count(*) FROM small") == 2, "a session reads a file")
	first = watch.ask(MEMORY + f" AND pid = {one.pid}")
	check(first == 5, "it takes half of the memory", first)
	two = Session(postgres)
	two.ask("BEGIN")
	two.ask("SELECT count(*) FROM small")
	check(watch.ask(MEMORY + f" AND pid = {two.pid}") == 3, "the next one half of the rest")
	one.ask("COMMIT")
	two.ask("ROLLBACK")
	check(watch.ask(HELD) == 0, "all is given back when the transactions end")
	two.ask("BEGIN")
	two.ask("SELECT count(*) FROM small")
	check(two.ask("SELECT * FROM absent") == "58P01" and waited_for(lambda: watch.ask(HELD), 0) == 0,
		"also after an error", watch.ask(HELD))
	two.ask("ROLLBACK")

	# With one slot there is nothing for a second session: it waits.
	holder = Session(postgres, "fabric.engine_memory = '96MB'")
	holder.ask("BEGIN")
	holder.ask("SELECT count(*) FROM small")
	waiter = Session(postgres, "fabric.engine_memory = '96MB'")
	answers = []
	thread = threading.Thread(target=lambda: answers.append(waiter.ask("SELECT count(*) FROM small")))
	thread.start()
	waiting = f"SELECT count(*) FROM pg_locks WHERE pid = {waiter.pid} AND NOT granted"
	check(waited_for(lambda: watch.ask(waiting), 1) == 1 and not answers, "a session that finds nothing free waits")
	holder.ask("COMMIT")
	thread.join(20)
	check(answers == [2], "and goes on as soon as there is something", answers)
	holder.ask("BEGIN")
	holder.ask("SELECT count(*) FROM small")
	waiter.ask("SET statement_timeout = '100ms'")
	check(waiter.ask("SELECT count(*) FROM small") == "57014", "its waiting can be canceled")
	holder.ask("COMMIT")
	waiter.ask("SET statement_timeout = 0")
	check(waiter.ask("SELECT count(*) FROM small") == 2 and watch.ask(HELD) == 0, "and leaves nothing behind")

	# Eight at once, each with its part.
	sessions = [Session(postgres, "fabric.engine_memory = '1GB'") for _ in range(8)]
	results = []
	threads = [threading.Thread(target=lambda session=session: results.append(session.ask("SELECT count(t) FROM big")))
		for session in sessions]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(60)
	check(results == [300000] * 8, "eight sessions at once", results)
	check(watch.ask(HELD) == 0, "have given all back")


def ends(postgres, watch, temporary):
	started = watch.ask("SELECT pg_postmaster_start_time()")
	for delay in (0.01, 0.1, 0.3):
		for sql in (LONG, "SELECT count(t) FROM big", "SELECT pg_sleep(1) FROM big LIMIT 1"):
			victim = Session(postgres, "fabric.engine_memory = '96MB'", "enable_mergejoin = off")
			victim.ask("SELECT count(*) FROM small")
			thread = threading.Thread(target=victim.ask, args=(sql,))
			thread.start()
			time.sleep(delay)
			watch.ask(f"SELECT pg_terminate_backend({victim.pid})")
			thread.join(20)
	slow = Session(postgres, "fabric.engine_memory = '96MB'")
	thread = threading.Thread(target=slow.ask, args=(SLOW,))
	thread.start()
	seen = "SELECT what = 'scan of server \"files\"' AND total = 100 AND started < now() FROM fabric.progress WHERE pid = %d" % slow.pid
	told = waited_for(lambda: bool(watch.cursor.execute(seen) or watch.cursor.fetchone()), True)
	check(told, "another session sees that it takes long")
	watch.ask(f"SELECT pg_cancel_backend({slow.pid})")
	thread.join(20)
	check(watch.ask("SELECT count(*) FROM fabric.progress") == 0 and slow.ask("SELECT count(*) FROM small") == 2, "until it is canceled")
	slow.connection.close()
	gone = waited_for(lambda: watch.ask("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"), 1)
	check(gone == 1, "sessions that are terminated in the middle end", gone)
	check(watch.ask("SELECT pg_postmaster_start_time()") == started, "and nothing else does")
	check(not temporary.exists() or not list(temporary.iterdir()), "no temporary file is left", temporary)
	check(watch.ask(HELD) == 0, "and no share is held")
	fresh = Session(postgres)
	fresh.ask("SELECT 1")
	maps = pathlib.Path(f"/proc/{fresh.pid}/maps")
	fresh.ask("SELECT count(*) FROM fabric.wrapper_options")
	check("pg_fabric.so" in maps.read_text() and "duckdb" not in maps.read_text(),
		"a session that reads no file has nothing of the engine", maps)


def changes(postgres, folder):
	session = Session(postgres)
	lines = "\n".join(f"{number},{'x' * 100}" for number in range(300000)) + "\n"
	moving = folder / "moving.csv"
	moving.write_text("n,t\n" + lines)
	session.ask("CREATE FOREIGN TABLE moving (n integer, t text) SERVER files OPTIONS (location 'moving.csv')")
	session.ask("BEGIN")
	session.ask("DECLARE c CURSOR FOR SELECT n FROM moving")
	check(session.ask("FETCH 1 FROM c") == 0, "a cursor over a file")
	with moving.open("a") as file:
		file.write("300000,y\n")
	check(session.ask("MOVE FORWARD ALL FROM c") == "55000", "that grows meanwhile: an error, no mixture")
	session.ask("ROLLBACK")
	check(session.ask("SELECT count(*) FROM moving") == 300001, "the next statement reads it as it is")
	moving.write_text("n,other\n1,x\n")
	check(session.ask("SELECT n FROM moving") == 1, "a column that nobody asks for may go")
	check(session.ask("SELECT t FROM moving") in ("HV021", "42703"), "one that is asked for may not")
	moving.unlink()
	check(session.ask("SELECT n FROM moving") == "58P01", "nor may the file")


WRITE = """
import sys
import pyarrow as pa
import pyarrow.parquet as pq

values, name, nullable = [eval(part) for part in sys.argv[2:5]]
schema = pa.schema([pa.field("n", getattr(pa, name)(), nullable=nullable)])
pq.write_table(pa.table({"n": values}, schema=schema), sys.argv[1])
"""


def others(postgres, folder, where):
	"""Files that become others between plan and run."""
	def write(values, name, nullable=True):
		new = folder / "other.new"
		subprocess.run(["/usr/bin/python3", "-c", WRITE, new, repr(values), repr(name), repr(nullable)], check=True,
			env=dict(os.environ, PYTHONPATH=where))
		new.rename(folder / "other.parquet")

	session = Session(postgres, "plan_cache_mode = force_generic_plan")
	write([1, 2, 3], "int64")
	session.ask("CREATE FOREIGN TABLE other () SERVER files OPTIONS (location 'other.parquet')")
	session.ask("PREPARE p AS SELECT count(*) FROM other WHERE n > 1")
	check(session.ask("EXECUTE p") == 2, "a prepared statement over a file")
	write([5, 6, 7, 8], "int64")
	check(session.ask("EXECUTE p") == 4, "reads the file that has taken its place")
	write([5, 6, 7], "int32")
	check(session.ask("EXECUTE p") == "HV021", "one with another type is an error")
	check(session.ask("EXECUTE p") == 3, "once: then the plan is another, too")
	write([5, 6], "int32", False)
	check(session.ask("SELECT n FROM other ORDER BY n DESC NULLS LAST LIMIT 1") == 6, "a column without NULL")
	session.ask("PREPARE q AS SELECT n FROM other ORDER BY n DESC NULLS LAST LIMIT 1")
	session.ask("DISCARD PLANS")
	fresh = Session(postgres, "plan_cache_mode = force_generic_plan")
	fresh.ask("PREPARE q AS SELECT n FROM other ORDER BY n DESC NULLS LAST LIMIT 1")
	check(fresh.ask("EXECUTE q") == 6, "known as such to a plan")
	write([5, None, 6], "int32")
	check(fresh.ask("EXECUTE q") == "HV021" and fresh.ask("EXECUTE q") == 6, "and with NULL afterwards")
	estimated = "EXPLAIN (FORMAT JSON) SELECT * FROM other"
	write(list(range(12345)), "int32")
	check(Session(postgres).ask(estimated)[0]["Plan"]["Plan Rows"] == 12345, "the planner knows the number of rows")


def damage(data, rng):
	"""A copy of a file's bytes with something wrong: flipped bits, bytes lost, overwritten, or another footer."""
	data = bytearray(data)
	at = rng.randrange(len(data))
	kind = rng.choice(("one bit", "some bits", "cut out", "cut off", "zeros", "footer"))
	if kind == "cut out":
		del data[at:at + rng.randrange(1, 200)]
	elif kind == "cut off":
		del data[at:]
	elif kind == "zeros":
		data[at:at + 100] = bytes(len(data[at:at + 100]))
	elif kind == "footer":
		size = int.from_bytes(data[-8:-4], "little")
		for _ in range(3):
			data[len(data) - 9 - rng.randrange(size)] = rng.randrange(256)
	else:
		for _ in range(1 if kind == "one bit" else 20):
			data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
	return kind, bytes(data)


def damaged(postgres, folder, where, count):
	"""Damaged Parquet files: an error, or as many rows as before. A bit within a value is nothing the format lets anybody notice."""
	seed = int(os.environ.get("FABRIC_SEED") or random.randrange(10**6))
	rng = random.Random(seed)
	subprocess.run(["/usr/bin/python3", "-B", TREE / "test" / "regress" / "files.py", folder / "made"], check=True,
		env=dict(os.environ, PYTHONPATH=where))
	session = Session(postgres, "client_min_messages = warning")
	started = session.ask("SELECT pg_postmaster_start_time()")
	table = "CREATE FOREIGN TABLE damaged () SERVER files OPTIONS (location 'damaged.parquet')"
	names = ("booleans", "integers", "floats", "decimals", "texts", "moments", "nested", "many", "ends")
	rows = {}
	for name in names:
		(folder / "damaged.parquet").write_bytes((folder / "made" / f"{name}.parquet").read_bytes())
		session.ask(table)
		rows[name] = session.ask("SELECT count(damaged::text) FROM damaged")
		session.ask("DROP FOREIGN TABLE damaged")
	ended, short = [], []
	outcomes = {"refused": 0, "read": 0}
	for number in range(count):
		name = rng.choice(names)
		kind, data = damage((folder / "made" / f"{name}.parquet").read_bytes(), rng)
		(folder / "new.parquet").write_bytes(data)
		(folder / "new.parquet").rename(folder / "damaged.parquet")
		answer = session.ask(table) or session.ask("SELECT count(damaged::text) FROM damaged")
		if session.connection.closed:
			ended.append(f"{number}: {name}, {kind}")
			session = Session(postgres, "client_min_messages = warning")
		elif isinstance(answer, int):
			outcomes["read"] += 1
			if answer != rows[name]:
				short.append(f"{number}: {name}, {kind}: {answer} rows of {rows[name]}")
		else:
			outcomes["refused"] += 1
		session.ask("DROP FOREIGN TABLE IF EXISTS damaged")
	print(f"# {count} damaged files, seed {seed}: {outcomes['refused']} refused, {outcomes['read']} read")
	check(rows["many"] == 200000 and outcomes["refused"] > count / 4, "damaged files are refused", outcomes)
	check(not short, "or have all their rows", "\n".join(short))
	check(not ended and session.ask("SELECT pg_postmaster_start_time()") == started, "and end no session", "\n".join(ended))


def main():
	if not subprocess.run([TREE / "test" / "deps" / "duckdb", "--where"], capture_output=True, check=True).stdout.strip():
		skip("files", "there is no DuckDB ready-made for this machine, and DUCKDB_HOME names none")
		return finish()
	with Workspace() as workspace:
		postgres = Postgres(workspace)
		start_all(postgres)
		folder = pathlib.Path(workspace.path) / "files"
		folder.mkdir(mode=0o755)
		(folder / "small.csv").write_text("n\n1\n2\n")
		(folder / "big.csv").write_text("n,t\n" + "".join(f"{number},text {number}\n" for number in range(300000)))
		watch = Session(postgres)
		for sql in ("CREATE EXTENSION pg_fabric", f"ALTER SYSTEM SET fabric.file_roots = '{folder}'", "SELECT pg_reload_conf()",
				f"CREATE SERVER files FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (root '{folder}')",
				"CREATE FOREIGN TABLE small (n integer) SERVER files OPTIONS (location 'small.csv')",
				"CREATE FOREIGN TABLE big (n integer, t text) SERVER files OPTIONS (location 'big.csv')",
				"CREATE FOREIGN TABLE absent (n integer) SERVER files OPTIONS (location 'absent.csv')"):
			watch.ask(sql)
		waited_for(lambda: Session(postgres).ask("SHOW fabric.file_roots"), str(folder))
		watch.connection.close()
		watch = Session(postgres)
		shares(postgres, watch)
		data = pathlib.Path(watch.ask("SHOW data_directory"))
		ends(postgres, watch, data / "base" / "pgsql_tmp")
		changes(postgres, folder)
		pyarrow = subprocess.run([TREE / "test" / "deps" / "pyarrow", "--where"], capture_output=True, text=True, check=True)
		where = pyarrow.stdout.strip()
		if where:
			others(postgres, folder, where)
			damaged(postgres, folder, where, 5000 if os.environ.get("FABRIC_SOAK") else 200)
		else:
			skip("other and damaged files", "pyarrow is not installed: make deps")
	return finish()


if __name__ == "__main__":
	sys.exit(main())
