#!/usr/bin/python3
"""
The tests that are written in SQL with pgTAP: pgtap/*.sql, each in a transaction of its own that is rolled back.

Lifecycle: starts a PostgreSQL of its own and ends it.
"""

import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	from servers import Postgres, Workspace
	from tap import check, finish
except ImportError as problem:
	print(f"Bail out!  {problem}: make deps")
	sys.exit(2)

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def run(postgres, path):
	"""The tests of one file, and one of its own: that it came to its end and made as many as it had planned."""
	environment = os.environ | {key: str(value) for key, value in postgres.environment().items()}
	done = subprocess.run([str(postgres.bindir / "psql"), "-Xq", "-f", path], env=environment, capture_output=True, text=True, check=False)
	results = re.findall(r"^(ok|not ok) \d+(?: - (.*))?$((?:\n# .*)*)", done.stdout, re.MULTILINE)
	for result, what, note in results:
		check(result == "ok", f"{path.stem}: {what}", note.replace("# ", ""))
	planned = re.findall(r"^1\.\.(\d+)$", done.stdout, re.MULTILINE)
	check(done.returncode == 0 and planned == [str(len(results))], f"{path.stem}: all of its tests have run",
		  f"{planned} planned, {len(results)} run\n{done.stderr}")


def main():
	with Workspace() as workspace:
		postgres = Postgres(workspace, settings={"fabric.secret_key_command": f"echo {KEY}"})
		postgres.start()
		for path in sorted((pathlib.Path(__file__).parent / "pgtap").glob("*.sql")):
			run(postgres, path)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
