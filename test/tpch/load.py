"""
The same rows on both sides: in MariaDB, and in PostgreSQL's own tables, each with the same keys and indexes; and the
foreign tables over the former. No row passes through a wrapper on its way in.

Lifecycle: one run loads into servers of its own, or into a database `tpch` of a server named by the environment, which
is replaced.
"""

import contextlib
import os
import time

import psycopg2
import pymysql
from schema import DATABASE, TABLES

# Who answers: schema -> (extension, wrapper, further options of the server).
LOCAL, SHIPPED, KEPT, PEER = "tpch_local", "tpch_fabric", "tpch_kept", "tpch_mysql_fdw"
# mysql_fdw waits for the remote server without looking up: only that server can end a long statement.
PEER_SECONDS = 60
WRAPPERS = {
	SHIPPED: ("pg_fabric", "fabric_mysql", {}),
	KEPT: ("pg_fabric", "fabric_mysql", {"pushdown": "false"}),
	PEER: ("mysql_fdw", "mysql_fdw", {"init_command": f"SET max_statement_time = {PEER_SECONDS}"}),
}

# What both kinds of table must have in common for their answers to be comparable.
COLUMNS = """
SELECT c.relname, array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN
	' NOT NULL' ELSE '' END ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'f')
GROUP BY c.relname
"""


class Missing(Exception):
	"""A wrapper that is not installed here; the text says what is missing."""


def connect_mysql(server):
	return pymysql.connect(host=server.host, port=server.port, user=server.user, password=server.password,
						   charset="utf8mb4", autocommit=True, local_infile=True)


def connect_postgres(postgres, name):
	connection = psycopg2.connect(postgres.conninfo(), application_name=f"tpch {name}")
	connection.autocommit = True
	return connection


def load_mysql(server, directory, collation):
	"""Returns the server's version."""
	connection = connect_mysql(server)
	with connection, connection.cursor() as cursor:
		cursor.execute("SET unique_checks = 0, foreign_key_checks = 0")
		cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
		cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE {collation}")
		for table in TABLES:
			cursor.execute(table.create(DATABASE))
			cursor.execute(f"LOAD DATA LOCAL INFILE '{directory}/{table.name}.tsv' INTO TABLE {DATABASE}.{table.name} "
						   "CHARACTER SET utf8mb4")
			for statement in table.create_indexes(DATABASE):
				cursor.execute(statement)
		cursor.execute("ANALYZE TABLE " + ", ".join(f"{DATABASE}.{table.name}" for table in TABLES))
		cursor.fetchall()
		cursor.execute("SELECT version()")
		return cursor.fetchone()[0]


def drop_mysql(server):
	connection = connect_mysql(server)
	with connection, connection.cursor() as cursor:
		cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")


def load_local(postgres, directory):
	with contextlib.closing(connect_postgres(postgres, "load")) as connection, connection.cursor() as cursor:
		cursor.execute(f"CREATE SCHEMA {LOCAL}")
		for table in TABLES:
			cursor.execute(table.create(LOCAL))
			with open(os.path.join(directory, f"{table.name}.tsv"), encoding="utf-8") as file:
				cursor.copy_expert(f"COPY {LOCAL}.{table.name} FROM STDIN", file)
			for statement in table.create_indexes(LOCAL):
				cursor.execute(statement)
			cursor.execute(f"VACUUM ANALYZE {LOCAL}.{table.name}")


def import_foreign(postgres, server, schema):
	"""The foreign tables of one wrapper in a schema of their own; returns its extension and version."""
	extension, wrapper, options = WRAPPERS[schema]
	connection = connect_postgres(postgres, "import")
	try:
		with connection.cursor() as cursor:
			try:
				cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
			except psycopg2.Error as error:
				raise Missing(str(error).strip().splitlines()[0]) from error
			given = {"host": server.host, "port": str(server.port)} | options
			text = ", ".join(f"{key} '{value}'" for key, value in given.items())
			cursor.execute(f"CREATE SERVER {schema} FOREIGN DATA WRAPPER {wrapper} OPTIONS ({text})")
			cursor.execute(f"CREATE USER MAPPING FOR CURRENT_USER SERVER {schema} OPTIONS (username %s, password %s)",
						   [server.user, server.password])
			cursor.execute(f"CREATE SCHEMA {schema}")
			cursor.execute(f"IMPORT FOREIGN SCHEMA {DATABASE} FROM SERVER {schema} INTO {schema}")
			cursor.execute("SELECT extversion FROM pg_extension WHERE extname = %s", [extension])
			return f"{extension} {cursor.fetchone()[0]}"
	finally:
		connection.close()


def column_differences(postgres, schema):
	"""Lines that say where a schema's tables are not declared as the local ones are."""
	with contextlib.closing(connect_postgres(postgres, "columns")) as connection, connection.cursor() as cursor:
		declared = []
		for name in (LOCAL, schema):
			cursor.execute(COLUMNS, [name])
			declared.append(dict(cursor.fetchall()))
	own, other = declared
	return [f"{name}: {own.get(name)} here, {other.get(name)} in {schema}"
			for name in sorted(own.keys() | other.keys()) if own.get(name) != other.get(name)]


def timed(tell, what, function, *arguments):
	start = time.monotonic()
	result = function(*arguments)
	tell(f"{what}: {time.monotonic() - start:.1f} s")
	return result
