"""
The real servers that the tests, the demo and the bench talk to: PostgreSQL and MariaDB, or a server named by the
environment.

Lifecycle: made within a Workspace, started, stopped, killed and restarted at will on one port, discarded with it.

	with Workspace() as workspace:
		postgres, mariadb = Postgres(workspace, settings={"work_mem": "1MB"}), MariaDB(workspace, tls=True)
		start_all(postgres, mariadb)
		postgres.psql("SELECT 1")
"""

import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import threading

import certificates
from workspace import TREE, Server, ServerError, Workspace, clean_environment, remove, tail

__all__ = ["ExternalMySQL", "MariaDB", "Postgres", "ServerError", "Workspace", "mysql_server", "start_all", "tail"]

# The accounts made on every MariaDB: one that may do everything, one that may only read.
MYSQL_USER, MYSQL_PASSWORD = "fabric", "fabric-secret"
READER_USER, READER_PASSWORD = "reader", "reader-secret"

_template_lock = threading.Lock()


def _from_template(workspace, key, target, make):
	"""
	Initialising a data directory takes seconds, copying one a fraction: a run makes each kind once. Never kept
	between runs, where it could be of another version or damaged.
	"""
	name = "template-" + key
	with _template_lock:
		template = workspace.path / name
		if not template.exists():
			workspace.directory(name)
			try:
				make(template / "data")
			except BaseException:
				remove(template)
				raise
	workspace.run("cp", "--archive", "--reflink=auto", template / "data", target)


def start_all(*servers):
	"""Starts several servers at the same time."""
	failures = []

	def start(server):
		try:
			server.start()
		except Exception as error:  # reported by the caller's thread, below
			failures.append(error)

	threads = [threading.Thread(target=start, args=[server]) for server in servers]
	try:
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
	except BaseException:
		# Interrupted: nothing may be started behind the back of who cleans up now.
		for server in servers:
			server.workspace.abandon()
		for thread in threads:
			if thread.ident is not None:
				thread.join()
		raise
	if failures:
		raise failures[0]


class Postgres(Server):
	"""
	A PostgreSQL cluster of the version that PG_CONFIG names.

	`stage` is a staged install (make install DESTDIR=...), by default build/stage of this tree if it is there; None
	for a server without it. It is copied, since the servers' user may not be able to read the tree.
	"""

	kind = "postgres"
	# Immediate shutdown: the server ends its own sessions, also busy ones, and nobody needs the data any more.
	death_signal = "QUIT"
	default_stage = TREE / "build" / "stage"
	user = "postgres"
	database = "postgres"

	# Nothing here changes an answer. What was committed survives a kill -9 (it was written), but not a power failure.
	# Shared memory lies in the data directory: /dev/shm is small in containers and keeps what a killed server leaves.
	speed = {
		"fsync": "off", "full_page_writes": "off", "max_wal_size": "4GB", "checkpoint_timeout": "1h",
		"dynamic_shared_memory_type": "mmap",
	}

	def __init__(self, workspace, settings=None, stage="default", encoding="UTF8", locale=None, name=None):
		super().__init__(workspace, name)
		self.settings = dict(settings or {})
		self.encoding = encoding
		self.locale = locale or ("C.UTF-8" if encoding.upper().replace("-", "") == "UTF8" else "C")
		self.pg_config_program = os.environ.get("PG_CONFIG") or "pg_config"
		self.bindir = pathlib.Path(self.pg_config("bindir"))
		self.stage = None
		if stage == "default":
			stage = self.default_stage if self.default_stage.is_dir() else None
		if stage is not None:
			self._use_stage(pathlib.Path(stage))

	def pg_config(self, what):
		"""A directory as pg_config prints it, e.g. pg_config("sharedir")."""
		try:
			return subprocess.run([self.pg_config_program, "--" + what], check=True, capture_output=True,
								  text=True).stdout.strip()
		except (OSError, subprocess.CalledProcessError) as error:
			raise ServerError(f"{self.pg_config_program} could not be asked for --{what} ({error}): install "
							  "PostgreSQL's development package (make deps) or set PG_CONFIG") from error

	def _use_stage(self, source):
		if not source.is_dir():
			raise ServerError(f"the staged install {source} is not there: make install DESTDIR={source}")
		self.stage = self.path / "stage"
		shutil.copytree(source, self.stage)
		for folder, _, files in os.walk(self.stage):
			for entry in [folder, *(os.path.join(folder, name) for name in files)]:
				os.chmod(entry, os.stat(entry).st_mode | (0o555 if os.path.isdir(entry) else 0o444))
		self.settings = self._stage_settings() | self.settings

	def _stage_settings(self):
		"""The settings that let the server find a staged extension, which depend on the server."""
		known = subprocess.run([self.bindir / "postgres", "--describe-config"], check=True, capture_output=True,
							   text=True).stdout
		names = {line.split("\t")[0] for line in known.splitlines()}
		share, library = self.pg_config("sharedir"), self.pg_config("pkglibdir")
		# For libraries named without a directory, as in shared_preload_libraries.
		path = {"dynamic_library_path": f"{self.stage}{library}:$libdir"}
		if "extension_destdir" in names:  # Debian's patch; covers names that begin with $libdir/
			return path | {"extension_destdir": str(self.stage)}
		if "extension_control_path" in names:  # PostgreSQL 18, which covers them by the path above
			return path | {"extension_control_path": f"{self.stage}{share}:$system"}
		missing = [path for path in (self.stage / share.lstrip("/") / "extension").glob("*.control")
				   if not (pathlib.Path(share) / "extension" / path.name).exists()]
		if missing:
			raise ServerError(f"this PostgreSQL ({self.bindir}) can only load what is installed in it, and "
							  f"{missing[0].name} is not in {share}/extension: run make install first")
		return {}

	def prepare(self):
		def make(data):
			self.workspace.run(self.bindir / "initdb", "--pgdata", data, "--username", self.user, "--auth", "trust",
							   "--encoding", self.encoding, "--locale", self.locale, "--no-sync", "--no-instructions")

		_from_template(self.workspace, f"postgres-{self.encoding}-{self.locale}", self.data, make)
		with open(self.data / "postgresql.conf", "a", encoding="utf-8") as configuration:
			configuration.write(f"include = '{self.path}/settings.conf'\n")

	def command(self):
		settings = self.speed | {
			"listen_addresses": self.host, "port": self.port, "unix_socket_directories": self.path,
			"logging_collector": "off", "log_line_prefix": "%m [%p] %q%d %a ", "timezone": "UTC",
			"log_timezone": "UTC",
		} | self.settings
		with open(self.path / "settings.conf", "w", encoding="utf-8") as file:
			for name, value in settings.items():
				text = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
				file.write("{} = '{}'\n".format(name, str(text).replace("'", "''")))
		return [self.bindir / "postgres", "-D", self.data]

	def ready(self):
		# The server writes its state as the eighth line, as pg_ctl reads it; the first tells a stale file.
		with contextlib.suppress(OSError, IndexError, ValueError):
			lines = (self.data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
			return int(lines[0]) == self.process.pid and lines[7].strip() == "ready"
		return False

	def stop(self, timeout=60, mode="fast"):
		"""mode: smart waits for the clients, fast ends their sessions, immediate is a crash that leaves no process."""
		self._signal({"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
		self._await_end(timeout)

	def reload(self):
		"""Makes changed `settings` effective without a restart."""
		self.command()
		self._signal(signal.SIGHUP)

	def discard(self):
		# Backends whose server is killed would have to be hunted; an immediate shutdown ends them by itself.
		self.resume()
		self._signal(signal.SIGQUIT)
		with contextlib.suppress(ServerError):
			self._await_end(10)
		self.kill()

	def conninfo(self, database=None, user=None):
		return f"host={self.host} port={self.port} user={user or self.user} dbname={database or self.database}"

	def environment(self):
		return {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGDATABASE": self.database,
				"FABRIC_PG_SOCKET_DIR": str(self.path), "FABRIC_PG_LOG": str(self.log)}

	def psql(self, sql, database=None, check=True):
		"""Runs SQL in psql and returns its unaligned output; an error raises, with the server's text."""
		outcome = subprocess.run(
			[self.bindir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo(database)],
			input=sql, capture_output=True, text=True, env=clean_environment(), check=False)
		if check and outcome.returncode != 0:
			raise ServerError(f"psql: {outcome.stderr.strip()}")
		return outcome.stdout.rstrip("\n")


class MySQLServer:
	"""How a client reaches a server that speaks MySQL's protocol."""

	user, password, socket, general_log, tls = MYSQL_USER, MYSQL_PASSWORD, None, None, None

	def environment(self):
		values = {"MYSQL_HOST": self.host, "MYSQL_PORT": str(self.port), "MYSQL_USER": self.user,
				  "MYSQL_PASSWORD": self.password}
		if self.socket is not None:
			values["MYSQL_SOCKET"] = str(self.socket)
		if self.general_log is not None:
			values["MYSQL_LOG"] = str(self.general_log)
		if self.tls is not None:
			values |= {"MYSQL_TLS_CA": str(self.tls.authority), "MYSQL_TLS_OTHER_CA": str(self.tls.other_authority),
					   "MYSQL_TLS_CERT": str(self.tls.client_certificate), "MYSQL_TLS_KEY": str(self.tls.client_key)}
		return values

	def sql(self, text, database=None):
		"""Runs SQL in the mariadb client and returns its tab-separated output; an error raises."""
		client = shutil.which("mariadb") or shutil.which("mysql")
		if client is None:
			raise ServerError("neither the client mariadb nor mysql is installed: make deps")
		outcome = subprocess.run(
			[client, "--no-defaults", "--batch", "--skip-column-names", "--default-character-set=utf8mb4",
			 "--protocol=tcp", f"--host={self.host}", f"--port={self.port}", f"--user={self.user}",
			 *([f"--database={database}"] if database else [])],
			input=text, capture_output=True, text=True, check=False,
			env=clean_environment() | {"MYSQL_PWD": self.password})
		if outcome.returncode != 0:
			# The client repeats the statement before its error.
			raise ServerError("mariadb: " + outcome.stderr[max(outcome.stderr.find("ERROR"), 0):].strip())
		return outcome.stdout.rstrip("\n")


class MariaDB(MySQLServer, Server):
	"""
	A MariaDB server.

	`options` are server options without dashes (None = the option alone); `general_log` writes every statement the
	server receives to a file of that name (attribute general_log); `tls` makes an authority and certificates.
	"""

	kind = "mariadb"

	def __init__(self, workspace, options=None, general_log=False, tls=False, performance_schema=False, name=None):
		super().__init__(workspace, name)
		self.program = _server_program("mariadbd", "mysqld")
		self.socket = self.path / "socket"
		self._init_file = None
		self.options = {
			"character-set-server": "utf8mb4", "collation-server": "utf8mb4_general_ci", "skip-log-bin": None,
			"skip-name-resolve": None, "bind-address": self.host, "local-infile": "ON", "secure-file-priv": "",
			"max-connections": 200, "max-allowed-packet": "1G", "performance-schema": "ON" if performance_schema else "OFF",
			# 2: what was committed survives a kill -9 of the server, which 0 would lose; no wait for the disk.
			"innodb-flush-log-at-trx-commit": 2, "innodb-buffer-pool-size": "256M", "innodb-doublewrite": "OFF",
			"innodb-log-file-size": "64M", "innodb-use-native-aio": "OFF",
		} | {key.replace("_", "-"): value for key, value in (options or {}).items()}
		if general_log or self.options.get("general-log") is not None:
			self.general_log = self.path / "general.log"
			self.options |= {"general-log": 1, "general-log-file": self.general_log, "log-output": "FILE"}
		if tls:
			self.tls = certificates.make(self.path / "tls")
			self.options |= {"ssl-ca": self.tls.authority, "ssl-cert": self.tls.server_certificate,
							 "ssl-key": self.tls.server_key}

	def prepare(self):
		def make(data):
			program = _server_program("mariadb-install-db", "mysql_install_db")
			# A server removes the temporary tables that it finds in its tmpdir when it starts: others' too, were it shared.
			self.workspace.run(program, "--no-defaults", f"--datadir={data}", f"--tmpdir={data.parent}",
							   "--skip-test-db", "--skip-name-resolve",
							   "--auth-root-authentication-method=normal", "--innodb-log-file-size=64M",
							   "--innodb-doublewrite=OFF", "--innodb-use-native-aio=OFF", "--innodb-buffer-pool-size=64M")

		_from_template(self.workspace, "mariadb", self.data, make)
		# A server reads one statement per line from this file before it takes connections; only at its first start.
		everybody = f"'{MYSQL_USER}'@'%' IDENTIFIED BY '{MYSQL_PASSWORD}'"
		reader = f"'{READER_USER}'@'%' IDENTIFIED BY '{READER_PASSWORD}'"
		self._init_file = self.path / "init.sql"
		self._init_file.write_text(f"GRANT ALL PRIVILEGES ON *.* TO {everybody} WITH GRANT OPTION;\n"
								   f"GRANT SELECT, SHOW VIEW, SHOW DATABASES ON *.* TO {reader};\n", "ascii")

	def command(self):
		lines = ["[mariadbd]"]
		lines += [name if value is None else f'{name}="{value}"' for name, value in self.options.items()]
		lines += [f"port={self.port}", f'socket="{self.socket}"', f'datadir="{self.data}"', f'tmpdir="{self.data}"',
				  f'pid-file="{self.path}/pid"']
		if self._init_file is not None:
			lines.append(f'init-file="{self._init_file}"')
		(self.path / "my.cnf").write_text("\n".join(lines) + "\n", "utf-8")
		return [self.program, f"--defaults-file={self.path}/my.cnf"]

	def start(self, timeout=60):
		super().start(timeout)
		self._init_file = None
		return self

	def ready(self):
		# By our own socket: on the port, another program could answer. A greeting means that logins are taken.
		with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
			probe.settimeout(2)
			probe.connect(str(self.socket))
			return len(probe.recv(5)) == 5
		return False


class ExternalMySQL(MySQLServer):
	"""A server named by FABRIC_MYSQL_HOST, _PORT, _USER, _PASSWORD, _TLS_CA: used as it is, never stopped."""

	name = "external"

	def __init__(self, workspace):
		self.workspace = workspace
		self.host = os.environ["FABRIC_MYSQL_HOST"]
		self.port = int(os.environ.get("FABRIC_MYSQL_PORT") or 3306)
		self.user = os.environ.get("FABRIC_MYSQL_USER") or MYSQL_USER
		self.password = os.environ.get("FABRIC_MYSQL_PASSWORD", MYSQL_PASSWORD)

	def environment(self):
		values = super().environment() | {"FABRIC_MYSQL_EXTERNAL": "1"}
		if os.environ.get("FABRIC_MYSQL_TLS_CA"):
			values["MYSQL_TLS_CA"] = os.environ["FABRIC_MYSQL_TLS_CA"]
		return values

	def logs(self):
		return []

	def start(self, timeout=60):
		try:
			socket.create_connection((self.host, self.port), timeout).close()
		except OSError as error:
			raise ServerError(f"FABRIC_MYSQL_HOST names {self.host}:{self.port}, which does not answer: {error}") from error
		return self


def mysql_server(workspace, **options):
	"""The server that FABRIC_MYSQL_HOST names, else a MariaDB of our own with these options."""
	if os.environ.get("FABRIC_MYSQL_HOST"):
		return ExternalMySQL(workspace)
	return MariaDB(workspace, **options)


def _server_program(*names):
	"""Servers lie in sbin, which is not in everybody's PATH."""
	path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"])
	for name in names:
		if found := shutil.which(name, path=path):
			return found
	raise ServerError(f"{shlex.join(names)}: not installed (make deps), and FABRIC_MYSQL_HOST names no other server")
