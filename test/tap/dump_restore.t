#!/usr/bin/python3
"""
Dump and restore: a database with servers, user mappings, foreign tables, comments and options comes back identical, the second
dump is the same as the first, and the restored tables answer. Also what the extension itself promises: every object has a
COMMENT, nothing is granted to PUBLIC, hostile objects made before CREATE EXTENSION are refused.

Lifecycle: starts PostgreSQL and MariaDB of its own and ends them.
"""

import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

from servers import MariaDB, Postgres, Workspace, start_all  # noqa: E402
from tap import check, finish  # noqa: E402


REMOTE = """
CREATE DATABASE shop;
CREATE TABLE shop.orders (id int PRIMARY KEY, state enum('new','paid','it''s') NOT NULL, amount decimal(10,2) UNSIGNED,
	`odd "name`` ä` varchar(20) COMMENT 'a ''quoted'' comment', made timestamp(3) NULL, flags set('a','b'), doc json,
	twice int AS (id * 2)) COMMENT 'every order';
INSERT INTO shop.orders (id, state, amount, `odd "name`` ä`, made, flags, doc) VALUES
	(1, 'new', 1.50, 'ä', '2024-02-29 12:00:00.123', 'a,b', '{"k": 1}'), (2, 'it''s', NULL, NULL, NULL, '', NULL);
"""

LOCAL = """
CREATE EXTENSION pg_fabric;
CREATE ROLE clerk LOGIN;
CREATE SERVER shop FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '{host}', port '{port}', connect_timeout '5s',
	pushdown_exclude 'length(text); =(integer,integer); CASE', pushdown_include 'lower(text) => LOWER($1)',
	zero_dates 'null', init_command 'SET @a = ''b''');
COMMENT ON SERVER shop IS 'the shop';
GRANT USAGE ON FOREIGN SERVER shop TO clerk;
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username '{user}', password '{password}');
CREATE USER MAPPING FOR clerk SERVER shop OPTIONS (username '{user}', password '{password}', password_required 'true');
SELECT fabric.import_schema('shop', 'shop', 'remote');
CREATE FOREIGN TABLE remote.by_hand (number integer OPTIONS (column_name 'id', key 'true'), amount numeric)
	SERVER shop OPTIONS (dbname 'shop', table_name 'orders');
GRANT SELECT ON remote.orders TO clerk;
"""

# pg_dump writes options in the order of their names, so they are compared in that order.
QUERIES = (
	"SELECT * FROM remote.orders ORDER BY id",
	"SELECT * FROM remote.by_hand ORDER BY number",
	"SELECT fabric.explain_pushdown($$SELECT 1 FROM remote.orders WHERE length(state::text) = 3 AND id = 1 AND id < 5$$)",
	"SELECT srvname, ARRAY(SELECT unnest(srvoptions) ORDER BY 1) FROM pg_foreign_server",
	"SELECT usename, ARRAY(SELECT unnest(umoptions) ORDER BY 1) FROM pg_user_mappings ORDER BY 1",
	"SELECT ftrelid::regclass::text, ARRAY(SELECT unnest(ftoptions) ORDER BY 1) FROM pg_foreign_table ORDER BY 1",
	"SELECT attrelid::regclass::text, attname, ARRAY(SELECT unnest(attfdwoptions) ORDER BY 1) FROM pg_attribute "
	"WHERE attfdwoptions IS NOT NULL ORDER BY 1, 2",
	"SELECT objoid::regclass::text, objsubid, description FROM pg_description WHERE classoid = 'pg_class'::regclass "
	"AND objoid IN (SELECT ftrelid FROM pg_foreign_table) ORDER BY 1, 2",
)

# Objects of the extension that have no comment.
UNCOMMENTED = """
SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname = 'pg_fabric' AND d.deptype = 'e' AND d.classid <> 'pg_type'::regclass
	AND obj_description(d.objid, d.classid::regclass::name) IS NULL
UNION ALL
SELECT a.attrelid::regclass || '.' || a.attname
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum > 0 AND NOT a.attisdropped
WHERE e.extname = 'pg_fabric' AND d.classid = 'pg_class'::regclass AND col_description(a.attrelid, a.attnum) IS NULL
"""

# Functions, views and schemas of the extension that PUBLIC may use; functions without a pinned search_path.
PUBLIC = """
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname LIKE 'fabric%' AND has_function_privilege('nobody_special', p.oid, 'EXECUTE')
UNION ALL
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname LIKE 'fabric%' AND c.relkind IN ('r', 'v', 'p') AND has_table_privilege('nobody_special', c.oid, 'SELECT')
UNION ALL
SELECT n.nspname FROM pg_namespace n
WHERE n.nspname LIKE 'fabric%' AND has_schema_privilege('nobody_special', n.oid, 'USAGE')
UNION ALL
SELECT w.fdwname FROM pg_foreign_data_wrapper w
WHERE w.fdwname LIKE 'fabric%' AND has_foreign_data_wrapper_privilege('nobody_special', w.oid, 'USAGE')
"""

UNPINNED = """
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname LIKE 'fabric%' AND p.proname NOT IN ('explain_pushdown', 'run_due')
	AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')
"""

HOSTILE = (
	("CREATE SCHEMA fabric", "a schema of that name"),
	("CREATE ROLE fabric_admin SUPERUSER", "a role of that name that is a superuser"),
	("CREATE ROLE fabric_user LOGIN", "a role of that name that may log in"),
)


def run(postgres, program, *arguments, text=None):
	environment = dict(os.environ, **{k: str(v) for k, v in postgres.environment().items()})
	path = str(pathlib.Path(postgres.bindir) / program)
	return subprocess.run([path, *arguments], env=environment, input=text, capture_output=True, text=True, check=False)


def answers(postgres, database):
	return [postgres.psql(query, database=database) for query in QUERIES]


def dump_and_restore(postgres, mariadb):
	mariadb.sql(REMOTE)
	postgres.psql("CREATE DATABASE first")
	server = mariadb.environment()
	postgres.psql(LOCAL.format(host=server["MYSQL_HOST"], port=server["MYSQL_PORT"], user=server["MYSQL_USER"],
							   password=server["MYSQL_PASSWORD"]), database="first")
	before = answers(postgres, "first")
	check("it's" in before[0] and "pushdown_exclude" in before[2], "the database to dump answers", before)
	dump = run(postgres, "pg_dump", "-d", "first")
	check(dump.returncode == 0, "pg_dump", dump.stderr)
	postgres.psql("CREATE DATABASE second")
	restore = run(postgres, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "second", text=dump.stdout)
	check(restore.returncode == 0, "restore without an error", restore.stderr)
	after = answers(postgres, "second")
	for query, old, new in zip(QUERIES, before, after):
		check(old == new, "the same after restore: " + query[:60], f"before:\n{old}\nafter:\n{new}")
	again = run(postgres, "pg_dump", "-d", "second")

	def stable(text):
		return [line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
	check(stable(again.stdout) == stable(dump.stdout), "the second dump is the first")
	postgres.psql("CREATE DATABASE third")
	binary = run(postgres, "pg_dump", "-Fc", "-f", os.path.join(os.environ.get("TMPDIR", "/tmp"), f"fabric.{os.getpid()}.dump"),
				 "-d", "first")
	name = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"fabric.{os.getpid()}.dump")
	parallel = run(postgres, "pg_restore", "-j", "2", "-d", "third", name)
	os.unlink(name)
	check(binary.returncode == 0 and parallel.returncode == 0, "custom format, restored by two jobs", parallel.stderr)
	check(answers(postgres, "third") == before, "and it answers the same")


def promises(postgres):
	postgres.psql("CREATE ROLE nobody_special", database="first")
	for query, what in ((UNCOMMENTED, "every object has a COMMENT"), (PUBLIC, "nothing is PUBLIC's"),
						(UNPINNED, "every function pins its search_path")):
		found = postgres.psql(query, database="first").strip()
		check(not found, what, found)
	postgres.psql("DROP EXTENSION pg_fabric CASCADE; CREATE EXTENSION pg_fabric", database="second")
	check(True, "dropped and created again")


def hostile(postgres):
	for database in ("first", "second", "third"):
		postgres.psql(f"DROP DATABASE {database} WITH (FORCE)")
	postgres.psql("DROP ROLE fabric_admin; DROP ROLE fabric_developer; DROP ROLE fabric_user")
	for number, (statement, what) in enumerate(HOSTILE):
		database = f"hostile{number}"
		postgres.psql(f"CREATE DATABASE {database}")
		postgres.psql(statement, database=database)
		result = run(postgres, "psql", "-X", "-d", database, "-c", "CREATE EXTENSION pg_fabric")
		check(result.returncode != 0 and "already exists" in result.stderr or "exists and may" in result.stderr,
			  "CREATE EXTENSION is refused beside " + what, result.stderr)
		postgres.psql(f"DROP DATABASE {database}")
		if "ROLE" in statement:
			postgres.psql("DROP ROLE " + statement.split()[2])


def main():
	with Workspace() as workspace:
		postgres = Postgres(workspace)
		mariadb = MariaDB(workspace)
		start_all(postgres, mariadb)
		dump_and_restore(postgres, mariadb)
		promises(postgres)
		hostile(postgres)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
