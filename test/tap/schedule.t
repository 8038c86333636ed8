#!/usr/bin/python3
"""
fabric.run_due() by pg_cron, in whose database the extension is not: a source is checked without anybody asking. pg_cron looks at the clock
every minute, so that this takes up to one: with FABRIC_SOAK=1 only.

Lifecycle: starts a PostgreSQL of its own and ends it.
"""

import os
import pathlib
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


def scheduled(postgres):
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
		scheduled(postgres)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
