#!/usr/bin/python3
"""
Secrets: what a user mapping would have in clear is sealed. Whether it is found nowhere in clear, who may do what, what happens when
keys are changed or lost, when servers are renamed or dropped, and after dump and restore.

Lifecycle: starts PostgreSQL and MariaDB of its own and ends them.
"""

import base64
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

from servers import MariaDB, Postgres, ServerError, Workspace, start_all  # noqa: E402
from tap import check, finish  # noqa: E402

PASSWORD = "s3cret;'\\\"-Geheimnis-密碼"
ASKED = "SELECT * FROM fabric.remote_query({}, 'SELECT 1 + 1') AS answer(n bigint)"
LOCAL = """
CREATE EXTENSION pg_fabric;
CREATE ROLE ann LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE eve LOGIN;
CREATE ROLE boss LOGIN;
GRANT fabric_developer TO ann;
GRANT fabric_user TO bob;
GRANT fabric_admin TO boss;
GRANT EXECUTE ON FUNCTION fabric.remote_query(text, text) TO ann, bob;
CREATE SERVER shop FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '{host}', port '{port}');
ALTER SERVER shop OWNER TO ann;
GRANT USAGE ON FOREIGN SERVER shop TO bob;
CREATE USER MAPPING FOR ann SERVER shop OPTIONS (username 'teller');
CREATE USER MAPPING FOR bob SERVER shop;
CREATE SERVER clear FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '{host}', port '{port}');
CREATE USER MAPPING FOR CURRENT_USER SERVER clear OPTIONS (username '{user}', password '{password}');
CREATE EXTENSION postgres_fdw;
CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER other;
CREATE SERVER files FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (root '/nowhere');
CREATE USER MAPPING FOR CURRENT_USER SERVER files;
"""


class Bed:
	"""The servers, and the files that keys and passwords lie in."""

	def __init__(self, workspace):
		self.workspace = workspace
		self.folder = workspace.directory("secrets")
		self.keys = self.folder / "keys"
		self.postgres = Postgres(workspace, settings={
			"log_statement": "all", "log_min_duration_statement": "0", "fabric.secret_key_file": str(self.keys),
			"shared_preload_libraries": "pg_fabric", "log_min_messages": "debug1"})
		self.mariadb = MariaDB(workspace)

	def write(self, name, content, mode=0o600):
		"""A file of the server's user: in the folder, or at an absolute path."""
		path = self.folder / name
		path.write_bytes(content if isinstance(content, bytes) else content.encode())
		path.chmod(mode)
		if self.workspace.account is not None:
			os.chown(path, self.workspace.account.pw_uid, self.workspace.account.pw_gid)

	def ask(self, sql, role=None, database=None):
		"""What a statement answers, or its error."""
		try:
			return self.postgres.psql((f"SET SESSION AUTHORIZATION {role};" if role else "") + sql, database=database)
		except ServerError as error:
			return str(error)


def key():
	return base64.b64encode(os.urandom(32)).decode() + "\n"


def given(source, role, secret):
	return f"SELECT fabric.set_secret('{source}', '{secret}', '{role}')"


def refused(bed, sql, what, wanted, role=None):
	answer = bed.ask(sql, role)
	check(wanted in answer, what, answer)


def keys(bed):
	"""What is no key file."""
	bed.write("password", PASSWORD)
	secret = given("shop", "ann", f'{{"password": "file:{bed.folder}/password"}}')
	refused(bed, secret, "a file that is not allowed", "must not be read for a secret", "ann")
	bed.postgres.settings["fabric.secret_files"] = str(bed.folder)
	bed.postgres.settings["fabric.secret_environment"] = "LANG, PATH"
	bed.postgres.reload()
	bed.ask("SELECT pg_sleep(0.3)")
	refused(bed, secret, "no key file", "could not read the key file", "ann")
	bed.write("keys", "# nothing\n")
	refused(bed, secret, "a key file without a key", "the key file has no key", "ann")
	bed.write("keys", "short\n")
	refused(bed, secret, "a key that is none", "line 1 of the key file is no key", "ann")
	bed.write("keys", key(), 0o644)
	refused(bed, secret, "a key file that others read", "others can read or write the key file", "ann")
	inside = bed.postgres.data / "keys"
	bed.write(inside, key())
	bed.keys.unlink()
	bed.keys.symlink_to(inside)
	refused(bed, secret, "a key file in the data directory", "lies in the data directory", "ann")
	bed.keys.unlink()
	inside.unlink()
	bed.write("keys", key())
	refused(bed, ASKED.format("'shop'"), "no secret yet", "password is required", "ann")
	check(bed.ask(secret, "ann") == "", "a secret is given by a file", bed.ask(secret, "ann"))
	check(bed.ask(ASKED.format("'shop'"), "ann") == "2", "and opens the server", bed.ask(ASKED.format("'shop'"), "ann"))


def rights(bed):
	"""Who may give, use and see."""
	both = f'{{"username": "teller", "password": "file:{bed.folder}/password"}}'
	refused(bed, given("shop", "bob", both), "the owner gives one to another role", "", "ann")
	check(bed.ask(ASKED.format("'shop'"), "bob") == "2", "who uses it, with the name that is sealed as well",
		  bed.ask(ASKED.format("'shop'"), "bob"))
	check(bed.ask(given("shop", "bob", both), "bob") == "", "a user gives itself one")
	refused(bed, given("shop", "ann", both), "but not another", "must be owner of foreign server shop", "bob")
	refused(bed, given("shop", "public", both), "nor all", "must be owner of foreign server shop", "bob")
	refused(bed, given("shop", "eve", both), "who has no right to the extension", "permission denied", "eve")
	bed.ask("GRANT fabric_user TO eve")
	refused(bed, given("shop", "eve", both), "who has no right to the server", "permission denied for foreign server shop", "eve")
	refused(bed, "SELECT * FROM fabric_system.secrets", "nobody reads the table", "permission denied", "boss")
	refused(bed, "SELECT fabric.rotate_secrets()", "only an administrator rotates", "permission denied", "ann")
	seen = {role: bed.ask("SELECT source, role, status FROM fabric.secrets", role) for role in ("ann", "bob", "eve", "boss")}
	everything = "shop|ann|ready\nshop|bob|ready"
	check(seen == {"ann": everything, "bob": "shop|bob|ready", "eve": "", "boss": everything}, "each sees its own", seen)
	refused(bed, given("shop", "eve", both), "a role without a mapping", 'CREATE USER MAPPING FOR eve SERVER shop', "ann")
	bed.ask("CREATE USER MAPPING FOR PUBLIC SERVER shop", "ann")
	bed.ask(given("shop", "public", both), "ann")
	bed.ask("GRANT USAGE ON FOREIGN SERVER shop TO eve; GRANT EXECUTE ON FUNCTION fabric.remote_query(text, text) TO eve")
	check(bed.ask(ASKED.format("'shop'"), "eve") == "2", "one for all", bed.ask(ASKED.format("'shop'"), "eve"))
	check(bed.ask("SELECT fabric.drop_secret('shop', 'public')", "ann") == "", "which is dropped")
	refused(bed, ASKED.format("'shop'"), "and opens nothing any more", "password is required", "eve")
	refused(bed, "SELECT fabric.drop_secret('shop', 'public')", "what is not there", "has no secret for role", "ann")
	check(bed.ask("SELECT fabric.drop_secret('shop', 'public', true)", "ann") == "", "unless that is no matter")
	bed.ask("DROP USER MAPPING FOR PUBLIC SERVER shop", "ann")


def bad_input(bed):
	long = "x" * (1 << 20)
	for secret, wanted in (
			("NULL", "secret must not be NULL"), ("'[]'", "must be a JSON object"), ("'\"x\"'", "must be a JSON object"),
			("'{\"password\": 5}'", "is not a string"), ("'{\"passwort\": \"x\"}'", 'Perhaps you mean the option "password"'),
			("'{}'", 'needs the option "password"'), ("'{\"username\": \"x\"}'", 'needs the option "password"'),
			("'{\"password\": null}'", 'needs the option "password"'), ("'{\"password\": \"\"}'", "is empty"),
			("'{\"password_required\": \"false\"}'", "has no option"), ("'{\"host\": \"x\"}'", "has no option"),
			("'{\"password\": \"env:HOME\"}'", "must not be read for a secret"),
			("'{\"password\": \"file:/etc/passwd\"}'", "must not be read for a secret"),
			(f"'{{\"password\": \"file:{bed.folder}/../secrets/none\"}}'", "must not be read for a secret"),
			(f"jsonb_build_object('password', '{long}')", "is too long")):
		refused(bed, f"SELECT fabric.set_secret('shop', {secret}, 'ann')", "refused: " + secret[:40], wanted)
	bed.write("latin1", "Zürich".encode("latin-1"))
	refused(bed, given("shop", "ann", f'{{"password": "file:{bed.folder}/latin1"}}'), "a file that is not UTF-8", "is not valid UTF-8")
	refused(bed, "SELECT fabric.set_secret('nowhere', '{}')", "a server that is not there", 'server "nowhere" does not exist')
	refused(bed, "SELECT fabric.set_secret('shop', '{}', 'nobody')", "a role that is not there", 'role "nobody" does not exist')
	refused(bed, "SELECT fabric.set_secret('other', '{}')", "another wrapper's server", "fabric")
	refused(bed, "SELECT fabric.set_secret('files', '{\"password\": \"x\"}')", "a wrapper without", "Its servers need no secrets")
	refused(bed, f"SELECT fabric.set_secret('{'x' * 64}', '{{}}')", "too long a name", "is too long for a name")
	check(bed.ask("SELECT fabric.set_secret('shop', '{\"username\": \"teller\", \"password\": \"env:PATH\"}', 'bob')", "ann") == "", "from the environment")
	refused(bed, ASKED.format("'shop'"), "a wrong password is an error without it", "Access denied", "bob")
	check(os.environ["PATH"] not in bed.ask(ASKED.format("'shop'"), "bob"), "and shows nothing of it")
	check(bed.ask("SELECT fabric.set_secret('shop', '{\"username\": null, \"password\": \"text:env:x\"}', 'bob')", "ann") == "",
		  "a text that looks like another way")


def hunt(bed):
	"""The secret is nowhere in clear."""
	bed.ask(given("shop", "ann", f'{{"password": "file:{bed.folder}/password"}}'), "ann")
	bed.ask("CREATE FOREIGN TABLE t (a int) SERVER shop OPTIONS (dbname 'mysql', table_name 'x'); EXPLAIN VERBOSE SELECT * FROM t", "ann")
	outputs = {what: bed.ask(sql) for what, sql in (
		("pg_user_mapping", "SELECT * FROM pg_user_mapping"), ("pg_user_mappings", "SELECT * FROM pg_user_mappings"),
		("servers", "SELECT * FROM pg_foreign_server"), ("table", "SELECT *, encode(sealed, 'escape') FROM fabric_system.secrets"),
		("view", "SELECT * FROM fabric.secrets"), ("activity", "SELECT * FROM pg_stat_activity"),
		("connections", "SELECT * FROM fabric.connections"), ("settings", "SELECT * FROM pg_settings"),
		("explain", "EXPLAIN (VERBOSE, ANALYZE) " + ASKED.format("'clear'")))}
	bed.ask("CHECKPOINT")
	needles = {PASSWORD, PASSWORD.replace("'", "''"), PASSWORD.replace("\\", "\\\\").replace('"', '\\"'), "Geheimnis",
			   base64.b64encode(PASSWORD.encode()).decode(), PASSWORD.encode().hex()}
	found = [what for what, text in outputs.items() for needle in needles if needle in text]
	check(not found, "in no view and no table", found)
	dump = subprocess.run([bed.postgres.bindir / "pg_dump", "-d", bed.postgres.conninfo()], capture_output=True, check=True).stdout
	places = {"log": bed.postgres.log.read_bytes(), "dump": dump}
	for path in bed.postgres.data.rglob("*"):
		if path.is_file():
			places[str(path)] = path.read_bytes()
	found = [what for what, data in places.items() for needle in needles if needle.encode() in data]
	check(len(places) > 500 and not found, "not in the log, the dump and the data directory", found)


def other_keys(bed):
	"""Keys that are changed, and lost."""
	before = bed.keys.read_text()
	ids = bed.ask("SELECT DISTINCT key FROM fabric.secrets")
	bed.write("keys", key() + before)
	check(bed.ask(ASKED.format("'shop'"), "ann") == "2", "a new key beside the old one")
	check(bed.ask("SELECT fabric.rotate_secrets()") == "2", "all are sealed again")
	check(bed.ask("SELECT fabric.rotate_secrets()", "boss") == "0", "once")
	new = bed.keys.read_text().splitlines(keepends=True)[0]
	bed.write("keys", new)
	check(bed.ask("SELECT DISTINCT key FROM fabric.secrets") not in ("", ids) and bed.ask(ASKED.format("'shop'"), "ann") == "2",
		  "the old key is not needed any more")
	bed.write("keys", key())
	answer = bed.ask(ASKED.format("'shop'"), "ann")
	check('secret of source "shop" is locked' in answer and "fabric.set_secret" in answer, "a lost key locks", answer)
	check(bed.ask("SELECT DISTINCT status FROM fabric.secrets", "ann") == "locked", "which is shown")
	check(bed.ask(ASKED.format("'clear'")) == "2", "and the rest works")
	warned = subprocess.run([bed.postgres.bindir / "psql", "-X", "-d", bed.postgres.conninfo(), "-c", "SELECT fabric.rotate_secrets()"],
							capture_output=True, text=True, check=False)
	check(warned.returncode == 0 and warned.stderr.count("stays locked") == 2, "rotation warns of them", warned.stderr)
	bed.write("keys", new)
	check(bed.ask(ASKED.format("'shop'"), "ann") == "2", "the key is back")
	bed.postgres.settings["fabric.secret_key_file"] = ""
	bed.postgres.settings["fabric.secret_key_command"] = f"cat {bed.keys}"
	bed.postgres.reload()
	bed.ask("SELECT pg_sleep(0.3)")
	check(bed.ask(ASKED.format("'shop'"), "ann") == "2", "from a command", bed.ask(ASKED.format("'shop'"), "ann"))
	bed.postgres.settings["fabric.secret_key_command"] = f"cat {bed.keys}; false"
	bed.postgres.reload()
	bed.ask("SELECT pg_sleep(0.3)")
	refused(bed, ASKED.format("'shop'"), "a command that fails", "the command of fabric.secret_key_command failed", "ann")
	bed.postgres.settings["fabric.secret_key_command"] = ""
	bed.postgres.reload()
	bed.ask("SELECT pg_sleep(0.3)")
	refused(bed, ASKED.format("'shop'"), "no key at all", "this server has no key for secrets", "ann")
	bed.postgres.settings["fabric.secret_key_file"] = str(bed.keys)
	bed.postgres.reload()
	bed.ask("SELECT pg_sleep(0.3)")


def forged(bed):
	"""A sealed text that was moved or changed does not open."""
	bed.ask("CREATE TABLE kept AS SELECT * FROM fabric_system.secrets")
	bed.ask("UPDATE fabric_system.secrets s SET sealed = k.sealed FROM kept k WHERE s.role = 'ann' AND k.role = 'bob'")
	refused(bed, ASKED.format("'shop'"), "that of another role", "is locked", "ann")
	bed.ask("UPDATE fabric_system.secrets SET sealed = set_byte(sealed, 25, get_byte(sealed, 25) # 1) WHERE role = 'bob'")
	refused(bed, ASKED.format("'shop'"), "a byte that was changed", "is locked", "bob")
	bed.ask("UPDATE fabric_system.secrets SET sealed = 'x' WHERE role = 'bob'")
	refused(bed, ASKED.format("'shop'"), "what is no sealed text", "is locked", "bob")
	bed.ask("UPDATE fabric_system.secrets s SET sealed = k.sealed FROM kept k WHERE s.role = k.role; DROP TABLE kept")


def servers(bed):
	"""Secrets go with their servers."""
	odd = 'a "b" \'c\' 数据'
	quoted = '"' + odd.replace('"', '""') + '"'
	bed.ask(f"ALTER SERVER shop RENAME TO {quoted}", "ann")
	literal = "'" + odd.replace("'", "''") + "'"
	check(bed.ask(ASKED.format(literal), "ann") == "2", "renamed", bed.ask(ASKED.format(literal), "ann"))
	keys_were = bed.keys.read_text()
	bed.write("keys", key())
	bed.ask(f"ALTER SERVER {quoted} RENAME TO elsewhere", "ann")
	bed.write("keys", keys_were)
	refused(bed, ASKED.format("'elsewhere'"), "renamed without its key: locked", "is locked", "ann")
	bed.ask(f"ALTER SERVER elsewhere RENAME TO {quoted}", "ann")
	check(bed.ask(ASKED.format(literal), "ann") == "2", "until it has its name again", bed.ask(ASKED.format(literal), "ann"))
	bed.ask(f"ALTER SERVER {quoted} RENAME TO shop", "ann")
	bed.ask("DROP USER MAPPING FOR bob SERVER shop", "ann")
	check(bed.ask("SELECT role FROM fabric.secrets") == "ann", "a dropped user mapping takes its secret along")


def restored(bed):
	"""Dump and restore, within one cluster and with the roles that are there."""
	dump = subprocess.run([bed.postgres.bindir / "pg_dump", "-d", bed.postgres.conninfo()], capture_output=True, text=True,
						  check=True).stdout
	bed.postgres.psql("CREATE DATABASE second")
	restore = subprocess.run([bed.postgres.bindir / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
							  bed.postgres.conninfo("second")], input=dump, capture_output=True, text=True, check=False)
	check(restore.returncode == 0, "restored without an error", restore.stderr)
	check(bed.ask(ASKED.format("'shop'"), "ann", "second") == "2", "the secret opens there as well",
		  bed.ask(ASKED.format("'shop'"), "ann", "second"))
	bed.ask("ALTER SERVER shop RENAME TO store", "ann", "second")
	check(bed.ask(ASKED.format("'store'"), "ann", "second") == "2", "and follows its server",
		  bed.ask(ASKED.format("'store'"), "ann", "second"))
	bed.ask("DROP SERVER shop CASCADE", "ann")
	check(bed.ask("SELECT count(*) FROM fabric_system.secrets") == "0", "a dropped server takes its secrets along")


def main():
	with Workspace() as workspace:
		bed = Bed(workspace)
		start_all(bed.postgres, bed.mariadb)
		escaped = PASSWORD.replace("\\", "\\\\").replace("'", "''")
		bed.mariadb.sql(f"CREATE USER teller IDENTIFIED BY '{escaped}'")
		remote = bed.mariadb.environment()
		bed.postgres.psql(LOCAL.format(host=remote["MYSQL_HOST"], port=remote["MYSQL_PORT"], user=remote["MYSQL_USER"],
									   password=remote["MYSQL_PASSWORD"]))
		keys(bed)
		rights(bed)
		bad_input(bed)
		hunt(bed)
		other_keys(bed)
		forged(bed)
		servers(bed)
		restored(bed)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
