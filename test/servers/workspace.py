"""
The temporary directory of one test run, and the processes that live in it.

Lifecycle: a Workspace is made by the program that needs servers and closed by it; closing ends every process of the
directory and removes it. A program that is killed cannot close: then the kernel ends its servers (parent-death signal)
and the next run of any Workspace removes the directory, which carries the process id of its owner.

Nothing here ends a process by name: a process belongs to a workspace if we started it, or if its working directory
is a server's data directory (backends whose server was killed).
"""

import contextlib
import os
import pathlib
import pwd
import queue
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

PREFIX = "pg_fabric."
TREE = pathlib.Path(__file__).resolve().parents[2]


class ServerError(Exception):
	"""A server could not be prepared, started or stopped; the text is meant for the reader of a test log."""


class _Spawner(threading.Thread):
	"""
	Starts every process from one thread that lives as long as the program.

	A parent-death signal is sent when the *thread* that started the process ends, not the program: servers
	started from a short-lived thread would die with it.
	"""

	def __init__(self):
		super().__init__(name="spawner", daemon=True)
		self._requests = queue.SimpleQueue()
		self._answers = queue.SimpleQueue()
		self._lock = threading.Lock()
		self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
		self.start()

	def _restore_mask(self):
		signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

	def run(self):
		# The program's signals are the main thread's business.
		signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
		while True:
			arguments, options = self._requests.get()
			try:
				self._answers.put(subprocess.Popen(arguments, preexec_fn=self._restore_mask, **options))
			except OSError as error:
				self._answers.put(error)

	def popen(self, arguments, **options):
		with self._lock:
			self._requests.put((arguments, options))
			answer = self._answers.get()
		if isinstance(answer, OSError):
			raise answer
		return answer


_spawner = None


def spawn(arguments, *, death_signal="KILL", account=None, **options):
	"""Popen, with the process ended by `death_signal` when this program is gone; as `account` when that is given."""
	global _spawner
	if _spawner is None or not _spawner.is_alive():
		_spawner = _Spawner()
	prefix = ["setpriv", "--pdeathsig", death_signal]
	if account is not None:
		prefix += ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
	return _spawner.popen([*prefix, "--", *map(str, arguments)], **options)


def unprivileged_account():
	"""Who runs the servers: None = ourselves; as root, which servers refuse, the user postgres or else nobody."""
	if os.geteuid() != 0:
		return None
	for name in ("postgres", "nobody"):
		with contextlib.suppress(KeyError):
			return pwd.getpwnam(name)
	raise ServerError("the servers refuse to run as root and there is neither a user postgres nor a user nobody")


def temporary_root():
	for variable in ("FABRIC_TMPDIR", "TMPDIR"):
		if os.environ.get(variable):
			return pathlib.Path(os.environ[variable])
	return pathlib.Path("/tmp")


def start_time(pid):
	"""When a process started, in the kernel's ticks: with the pid it names a process for ever. None = not there."""
	try:
		with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
			fields = stat.read().rpartition(")")[2].split()
	except OSError:
		return None
	return None if fields[0] in "ZX" else fields[19]


def children():
	"""The pids of our own children, dead or alive."""
	found = []
	for entry in os.listdir("/proc"):
		if entry.isdigit():
			with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
				if int(stat.read().rpartition(")")[2].split()[1]) == os.getpid():
					found.append(int(entry))
	return found


def processes_in(directory):
	"""The pids whose working directory is `directory`: how the processes of a killed server are found."""
	found = []
	wanted = os.path.realpath(directory)
	for entry in os.listdir("/proc"):
		if entry.isdigit():
			with contextlib.suppress(OSError):
				if os.readlink(f"/proc/{entry}/cwd") == wanted and start_time(entry) is not None:
					found.append(int(entry))
	return found


def end_processes_in(directory, patience=0.0):
	"""Waits `patience` seconds for the processes of a data directory to leave by themselves, then kills them."""
	deadline = time.monotonic() + patience
	while pids := processes_in(directory):
		if time.monotonic() >= deadline:
			for pid in pids:
				with contextlib.suppress(ProcessLookupError, PermissionError):
					os.kill(pid, signal.SIGKILL)
			if time.monotonic() >= deadline + 10:
				raise ServerError(f"processes {pids} of {directory} could not be ended")
		time.sleep(0.02)


def free_port():
	"""
	A free TCP port below the kernel's own range for outgoing connections: a port from within that range could be
	taken by any connection while a server restarts on it.
	"""
	try:
		low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
	except (OSError, ValueError):
		low = 32768
	first = 15000 if low >= 20000 else 1024
	for _ in range(1000):
		port = random.SystemRandom().randrange(first, max(low, first + 2000))
		with socket.socket() as probe:
			probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
			with contextlib.suppress(OSError):
				probe.bind(("127.0.0.1", port))
				return port
	raise ServerError("no free TCP port was found on 127.0.0.1")


def tail(path, lines=40):
	"""The last lines of a log, for messages; a log that is not there is an empty text."""
	try:
		with open(path, "rb") as log:
			log.seek(0, os.SEEK_END)
			log.seek(max(0, log.tell() - 200 * lines))
			return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
	except OSError:
		return ""


def _release_shared_memory(data):
	"""
	Frees the System V segment of a PostgreSQL server that was killed: 56 bytes, but the kernel's list is short.
	A server that stops by itself frees it and removes postmaster.pid; line 7 holds the key and the segment's id.
	"""
	with contextlib.suppress(OSError, IndexError, ValueError):
		lines = (data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
		segment = int(lines[6].split()[1])
		subprocess.run(["ipcrm", "--shmem-id", str(segment)], check=False, capture_output=True)


def end_data(data):
	"""Ends what still runs in a data directory and frees what it holds outside of it."""
	end_processes_in(data)
	_release_shared_memory(data)


def remove(directory):
	"""Removes a workspace, or a server's part of one, and ends what still runs there."""
	for data in [directory / "data", *directory.glob("*/data")]:
		end_data(data)
	# The pid file goes last: without it, nobody would remove what a failure left.
	for entry in directory.iterdir():
		if entry.is_dir() and not entry.is_symlink():
			shutil.rmtree(entry, ignore_errors=True)
			if entry.exists():
				# A process that was just ended may have made a file meanwhile.
				time.sleep(0.2)
				shutil.rmtree(entry)
		elif entry.name != "pid":
			entry.unlink()
	shutil.rmtree(directory)


def remove_stale(root):
	"""Removes workspaces whose owner is gone. One without a pid file is being made, or is not ours: left alone."""
	for directory in root.glob(PREFIX + "*"):
		with contextlib.suppress(OSError, ValueError, ServerError):
			if directory.is_symlink() or directory.stat().st_uid != os.geteuid() or (directory / "keep").exists():
				continue
			pid, started = (directory / "pid").read_text("ascii").split()
			if start_time(int(pid)) != started:
				remove(directory)


class Workspace:
	"""One temporary directory with the servers in it. Use as a context manager, or call close()."""

	def __init__(self, keep=False):
		self.servers = []
		self.account = unprivileged_account()
		self.keep = keep
		self._processes = []
		self._closed = False
		self._lock = threading.Lock()
		root = temporary_root()
		try:
			root.mkdir(parents=True, exist_ok=True)
			remove_stale(root)
			self.path = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX, dir=root)).resolve()
		except OSError as error:
			raise ServerError(f"no temporary directory could be made in {root}: {error}") from error
		self.claim()
		if keep:
			(self.path / "keep").touch()
		# Open for the servers' user, who has to pass through it; only we can write.
		self.path.chmod(0o755)
		self._check_access()

	def claim(self):
		"""Names this process as the owner: needed again after a fork."""
		(self.path / "pid").write_text(f"{os.getpid()} {start_time(os.getpid())}\n", "ascii")

	def _check_access(self):
		# A Unix socket's path has 107 bytes; ours end in /mariadb-2/.s.PGSQL.65535 at the longest.
		if len(os.fsencode(self.path)) > 75:
			length = len(os.fsencode(self.path))
			shutil.rmtree(self.path)
			raise ServerError(f"{self.path} is too long for a Unix socket ({length} bytes): "
							  "set FABRIC_TMPDIR to a shorter directory")
		if self.account is not None and self.run("test", "-x", self.path, check=False).returncode != 0:
			shutil.rmtree(self.path)
			raise ServerError(f"the user {self.account.pw_name}, who runs the servers, cannot reach {self.path.parent}: "
							  "set FABRIC_TMPDIR to a directory that everybody may enter")

	def spawn(self, arguments, **options):
		"""Starts a process as the servers' user; refused once the workspace is being closed."""
		with self._lock:
			if self._closed:
				raise ServerError("the workspace is closed")
			process = spawn(arguments, account=self.account, stdin=options.pop("stdin", subprocess.DEVNULL),
							start_new_session=True, **options)
			self._processes = [other for other in self._processes if other.poll() is None] + [process]
		return process

	def run(self, *arguments, check=True, timeout=120, stdin=None, environment=None):
		"""Runs a program as the servers' user; its output is shown only when it fails."""
		process = self.spawn(arguments, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
							 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/",
							 env=clean_environment() if environment is None else environment)
		try:
			output, _ = process.communicate(stdin, timeout=timeout)
		except BaseException:
			self._kill_group(process)
			raise
		if check and process.returncode != 0:
			text = output.decode("utf-8", "replace")
			raise ServerError(f"{' '.join(map(str, arguments))} failed ({process.returncode}):\n{text}")
		return process

	@staticmethod
	def _kill_group(process):
		# Its own session, so its children are in its group: a shell script must not leave a server behind.
		if process.poll() is None:
			with contextlib.suppress(ProcessLookupError):
				os.killpg(process.pid, signal.SIGKILL)
			process.wait()

	def directory(self, name):
		"""A directory that the servers' user owns."""
		path = self.path / name
		path.mkdir(mode=0o755)
		if self.account is not None:
			os.chown(path, self.account.pw_uid, self.account.pw_gid)
		return path

	def unique(self, name):
		"""A name for a directory that is not used yet: mariadb, mariadb-2, ..."""
		taken = {server.name for server in self.servers}
		candidate, number = name, 1
		while candidate in taken:
			number += 1
			candidate = f"{name}-{number}"
		return candidate

	def logs(self):
		return [path for server in self.servers for path in server.logs()]

	def abandon(self):
		"""Ends what is being started and lets nothing start any more; other threads that start servers will fail."""
		with self._lock:
			self._closed = True
		for process in self._processes:
			self._kill_group(process)

	def close(self):
		"""Ends every server at once (their data is thrown away) and removes the directory."""
		failures = []
		for server in self.servers:
			try:
				server.discard()
			except (OSError, ServerError, subprocess.SubprocessError) as error:
				failures.append(str(error))
		self.abandon()
		if self.keep:
			for data in self.path.glob("*/data"):
				end_data(data)
		elif self.path.exists():
			remove(self.path)
		self.servers = []
		if failures:
			raise ServerError("; ".join(failures))

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()


def clean_environment():
	"""Our environment without what would lead a server or a client elsewhere than where it is told to go."""
	return {name: value for name, value in os.environ.items()
			if not name.startswith(("PG", "MYSQL_", "MARIADB_", "LC_")) and name not in ("LANG", "LANGUAGE", "TZ")} | {
			"LC_ALL": "C.UTF-8", "TZ": "UTC"} | {
			name: os.environ[name] for name in ("PG_CONFIG", "PG_MAJOR") if name in os.environ}


class Server:
	"""What all servers of a workspace share: a process with a data directory, a port and a log."""

	kind = "server"
	# What the kernel sends the server when we are gone.
	death_signal = "KILL"

	def __init__(self, workspace, name=None):
		self.workspace = workspace
		self.name = workspace.unique(name or self.kind)
		self.host = "127.0.0.1"
		self.port = free_port()
		self.path = workspace.directory(self.name)
		self.data = self.path / "data"
		self.log = self.path / "server.log"
		self.process = None
		self._prepared = False
		workspace.servers.append(self)

	# What a kind of server supplies.
	def prepare(self):
		raise NotImplementedError

	def command(self):
		raise NotImplementedError

	def ready(self):
		raise NotImplementedError

	def logs(self):
		return [self.log]

	@property
	def pid(self):
		return self.process.pid if self.running else None

	@property
	def running(self):
		return self.process is not None and self.process.poll() is None

	def start(self, timeout=60):
		"""Starts the server and waits until it answers. The port stays the same over restarts."""
		if self.running:
			return self
		fresh = not self._prepared
		if fresh:
			self.prepare()
			self._prepared = True
		for attempt in range(5):
			if self._launch(timeout):
				return self
			# Another program can take a port between our look and the server's bind; only a new server may move.
			if not fresh or attempt == 4 or "in use" not in tail(self.log):
				break
			self.port = free_port()
		raise ServerError(f"{self.name} did not start; its log {self.log} ends with:\n{tail(self.log)}")

	def _launch(self, timeout):
		with open(self.log, "ab") as log:
			self.process = self.workspace.spawn(self.command(), death_signal=self.death_signal, stdout=log, stderr=log,
												cwd=self.path, env=clean_environment())
		deadline = time.monotonic() + timeout
		while self.running and time.monotonic() < deadline:
			if self.ready():
				return True
			time.sleep(0.02)
		if self.running:
			self.kill()
		return False

	def _signal(self, number):
		if self.running:
			self.process.send_signal(number)

	def _await_end(self, timeout):
		if self.process is not None:
			try:
				self.process.wait(timeout)
			except subprocess.TimeoutExpired as error:
				raise ServerError(f"{self.name} did not stop within {timeout} s") from error
		end_processes_in(self.data, patience=2)

	def stop(self, timeout=60):
		"""An orderly stop: clients are disconnected, the data are complete on disk."""
		self._signal(signal.SIGTERM)
		self._await_end(timeout)

	def kill(self):
		"""kill -9, as a fault: the server can do nothing about it. start() afterwards recovers."""
		self._signal(signal.SIGKILL)
		self._await_end(10)

	def restart(self, timeout=60):
		self.stop(timeout)
		return self.start(timeout)

	def suspend(self):
		"""Stops the process in its tracks: to its clients the server hangs."""
		self._signal(signal.SIGSTOP)

	def resume(self):
		self._signal(signal.SIGCONT)

	def discard(self):
		"""The quickest end; the data are not needed any more."""
		self.kill()
