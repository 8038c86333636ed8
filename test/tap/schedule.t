#!/usr/bin/python3
"""
fabric.run_due() as cron(8) has it called, by psql; and by pg_cron, in whose database the extension is not. pg_cron looks at the clock every
minute, so that this takes up to one: with FABRIC_SOAK=1 only.

Lifecycle: starts a PostgreSQL of its own and ends it.
"""

import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	from servers import Postgres, ServerError, Workspace
	from tap import check, finish, skip
except ImportError as problem:
	print(f"Bail out!  {problem}: make deps")
	sys.exit(2)


def by_psql(postgres):
	postgres.psql("CREATE DATABASE plain")
	postgres.psql("CREATE EXTENSION pg_fabric; CREATE ROLE cron LOGIN; GRANT fabric_admin TO cron", database="plain")
	add = ("SELECT fabric.add_source('shop', 'mysql', '{\"port\": 1, \"username\": \"u\", \"password_required\": false}', "
		   "role => 'public', test => false)")
	postgres.psql(add, database="plain")
	environment = os.environ | {k: str(v) for k, v in postgres.environment().items()} | {"PGUSER": "cron"}
	done = subprocess.run([str(postgres.bindir / "psql"), "-qXc", "CALL fabric.run_due()", "plain"], env=environment, capture_output=True,
						  text=True, check=False)
	check((done.returncode, done.stdout, done.stderr) == (0, "", ""), "psql calls run_due, and says nothing", done)
	found = postgres.psql("SELECT source, status, step FROM fabric.source_health", database="plain")
	check(found == "shop|failing|network", "a source that was due is checked, by a role that may do no more", found)


def by_pg_cron(postgres):
	postgres.psql("CREATE EXTENSION pg_cron; CREATE DATABASE data")
	postgres.psql("CREATE EXTENSION pg_fabric; SELECT fabric.add_source('shop', 'mysql', '{\"port\": 1, \"username\": \"u\"}', test => false)", database="data")
	postgres.psql("SELECT cron.schedule_in_database('fabric', '* * * * *', 'CALL fabric.run_due()', 'data')")
	limit = time.monotonic() + 90
	found = ""
	while not found and time.monotonic() < limit:
		time.sleep(1)
		found = postgres.psql("SELECT source, status, step FROM fabric.source_health", database="data")
	check(found == "shop|failing|network", "a source is checked by pg_cron, from another database", found)
	check(postgres.psql("SELECT status FROM fabric.sources", database="data") == "failing", "which is its status")
	done = postgres.psql("SELECT status, return_message FROM cron.job_run_details WHERE status <> 'running'")
	for _ in range(20):
		if done:
			break
		time.sleep(0.5)
		done = postgres.psql("SELECT status, return_message FROM cron.job_run_details WHERE status <> 'running'")
	check(done == "succeeded|CALL", "and pg_cron says that it went well", done)


def main():
	with Workspace() as workspace:
		postgres = Postgres(workspace, name="plain")
		postgres.start()
		by_psql(postgres)
	if not os.environ.get("FABRIC_SOAK"):
		skip("run_due by pg_cron", "it waits for a full minute: FABRIC_SOAK=1, make soak")
		return finish()
	with Workspace() as workspace:
		postgres = Postgres(workspace, settings={"shared_preload_libraries": "pg_cron", "cron.database_name": "postgres",
												 "cron.use_background_workers": "on"})
		try:
			postgres.start()
		except ServerError as problem:
			if "pg_cron" not in str(problem) + postgres.log.read_text("utf-8"):
				raise
			skip("run_due by pg_cron", "pg_cron is not installed: make deps")
			return finish()
		by_pg_cron(postgres)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
