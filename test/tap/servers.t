#!/usr/bin/python3
"""
Proves that test/servers cleans up: however the program that started servers ends, its processes are gone within five
seconds, and so is its directory; after a kill -9 the directory is removed by the next run.

Lifecycle: starts with_servers again and again in a temporary root of its own; needs no build of the extension.
"""

import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from tap import check, finish, skip  # noqa: E402

TREE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = str(TREE / "test" / "servers" / "with_servers")
SERVERS = ["--postgres", "--mariadb"]
PATIENCE = 5


def processes_of(path):
	"""The processes that name a path in their command line or work below it, and are not yet dead."""
	found = []
	for entry in os.listdir("/proc"):
		if not entry.isdigit() or int(entry) == os.getpid():
			continue
		try:
			state = pathlib.Path(f"/proc/{entry}/stat").read_bytes().rpartition(b")")[2].split()[0]
			command = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
			where = os.readlink(f"/proc/{entry}/cwd")
		except OSError:
			continue
		if state not in (b"Z", b"X") and (str(path) in command or where.startswith(str(path))):
			found.append(f"{entry} {command}")
	return found


def gone(path):
	deadline = time.monotonic() + PATIENCE
	while left := processes_of(path):
		if time.monotonic() > deadline:
			return left
		time.sleep(0.05)
	return []


class Run:
	"""One with_servers whose command writes its environment to a file and then runs a shell script."""

	def __init__(self, root, script, *options, servers=None, environment=None):
		self.report = root / f"report-{time.monotonic_ns()}"
		command = f"env -0 > {self.report}.new; mv {self.report}.new {self.report}; {script}"
		# A shell's background job would be deaf to SIGINT, and all that it starts.
		self.process = subprocess.Popen(
			[PROGRAM, *(SERVERS if servers is None else servers), *options, "--", "bash", "-c", command],
			stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | (environment or {}),
			preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

	def up(self):
		"""Waits until the command runs; returns its environment."""
		deadline = time.monotonic() + 60
		while not self.report.exists():
			if self.process.poll() is not None or time.monotonic() > deadline:
				for line in self.process.stdout.read().splitlines():
					print("# " + line)
				print("Bail out!  with_servers did not start its command", flush=True)
				raise SystemExit(1)
			time.sleep(0.05)
		return dict(item.split("=", 1) for item in self.report.read_text("utf-8").split("\0") if item)

	def end(self):
		self.output, _ = self.process.communicate(timeout=60)
		return self.process.returncode

	def check_gone(self, environment, what):
		path = environment["FABRIC_TMP"]
		left = gone(path)
		check(not left, f"{what}: no process is left", "\n".join(left))
		check(not os.path.exists(path), f"{what}: the directory is removed", path)


def normal_end(root):
	run = Run(root, "psql -XAtc 'SELECT 1' && mariadb --no-defaults -h$MYSQL_HOST -P$MYSQL_PORT -u$MYSQL_USER "
			  "-p$MYSQL_PASSWORD -Ne \"SELECT 'from', 'mariadb'\" && grep -c \"'from', 'mariadb'\" $MYSQL_LOG", "--general-log")
	environment = run.up()
	check(run.end() == 0, "the command's success is ours", run.output)
	check(run.output.split() == ["1", "from", "mariadb", "1"], "it reaches both servers and the general log", run.output)
	run.check_gone(environment, "normal end")


def failing_command(root):
	run = Run(root, "exit 7")
	environment = run.up()
	check(run.end() == 7, "the command's exit code is ours")
	check("ready to accept connections" in run.output and "ready for connections" in run.output,
		  "a failure shows the end of both logs", run.output)
	run.check_gone(environment, "failure")


def signals(root):
	for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		run = Run(root, "exec sleep 1000")
		environment = run.up()
		run.process.send_signal(number)
		check(run.end() == 128 + number, f"{number.name}: exit code {128 + number}", run.process.returncode)
		run.check_gone(environment, number.name)


def signal_while_starting(root):
	for delay in (0.05, 0.3, 0.5, 0.8, 1.1):
		before = set(root.iterdir())
		run = Run(root, "exec sleep 1000")
		time.sleep(delay)
		run.process.send_signal(signal.SIGTERM)
		run.process.send_signal(signal.SIGINT)
		code = run.end()
		left = gone(root / "pg_fabric.")
		check(code in (143, 130, -signal.SIGTERM, -signal.SIGINT) and not left,
			  f"SIGTERM {delay} s after the start: no process is left", f"{code}\n{run.output}" + "\n".join(left))
		new = [path for path in set(root.iterdir()) - before if path.name.startswith("pg_fabric.")]
		check(not new, f"SIGTERM {delay} s after the start: no directory is left", new)


def interrupt_on_terminal(root):
	"""Ctrl-C reaches the command and us together; the command decides, and is not interrupted twice."""
	try:
		for descriptor in pty.openpty():
			os.close(descriptor)
	except OSError as error:
		skip("Ctrl-C", f"no terminal can be had here: {error}")
		return
	report = root / "terminal"
	script = (f"n=0; trap 'n=$((n+1))' INT; echo $FABRIC_TMP > {report}.new; mv {report}.new {report}; "
			  f"for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; done; echo $n > {report}.interrupts")
	pid, terminal = pty.fork()
	if pid == 0:
		os.execv(PROGRAM, [PROGRAM, *SERVERS, "--", "bash", "-c", script])
	deadline = time.monotonic() + 60
	while not report.exists() and time.monotonic() < deadline:
		time.sleep(0.05)
	time.sleep(0.3)
	os.write(terminal, b"\x03")
	try:
		while os.read(terminal, 1000):
			pass
	except OSError:
		pass  # the terminal's other side is closed
	_, status = os.waitpid(pid, 0)
	check(os.waitstatus_to_exitcode(status) == 0, "Ctrl-C: a command that goes on ends as it likes", status)
	interrupts = pathlib.Path(f"{report}.interrupts").read_text("ascii").strip()
	check(interrupts == "1", "Ctrl-C: the command is interrupted once", interrupts)
	path = report.read_text("ascii").strip()
	check(not gone(path) and not os.path.exists(path), "Ctrl-C: nothing is left", gone(path))


def killed_program(root):
	run = Run(root, "exec sleep 1000.25")
	environment = run.up()
	# A busy session does not notice by itself that its server is gone.
	busy = subprocess.Popen(["psql", "-X", "-c", "DO $$BEGIN LOOP PERFORM 1; END LOOP; END$$"], env=environment,
							stderr=subprocess.DEVNULL)
	time.sleep(0.5)
	run.process.kill()
	run.end()
	path = environment["FABRIC_TMP"]
	left = gone(path)
	check(not left, "kill -9 of with_servers: no server is left within 5 s", "\n".join(left))
	check(not processes_of("1000.25"), "kill -9 of with_servers: the command is ended", processes_of("1000.25"))
	busy.wait()
	next_run = Run(root, "true")
	next_environment = next_run.up()
	next_run.end()
	check(not os.path.exists(path), "the next run removes its directory")
	next_run.check_gone(next_environment, "next run")


def killed_servers(root):
	run = Run(root, "kill -9 $FABRIC_PG_PID $MYSQL_PID; sleep 0.2; psql -XAtc 'SELECT 1'")
	environment = run.up()
	check(run.end() == 2, "servers killed by the command: its exit code is ours", run.output)
	run.check_gone(environment, "servers killed by the command")


def stopped_servers(root):
	run = Run(root, "kill -STOP $FABRIC_PG_PID $MYSQL_PID")
	environment = run.up()
	check(run.end() == 0, "servers stopped by the command: its exit code is ours", run.output)
	run.check_gone(environment, "servers stopped by the command")


def orphans(root):
	run = Run(root, "(setsid sleep 1000.75 &) ; (cd $FABRIC_TMP && sleep 1000.75 &) ; exit 0")
	environment = run.up()
	run.end()
	check(not processes_of("1000.75"), "what the command left running is ended", processes_of("1000.75"))
	run.check_gone(environment, "orphans")


def second_user(root):
	"""Two runs at once do not see each other; a server from elsewhere is used and left alone."""
	first = Run(root, "exec sleep 1000", "--tls", servers=["--mariadb"])
	environment = first.up()
	second = Run(root, "mariadb --no-defaults --protocol=tcp -hlocalhost -P$MYSQL_PORT -u$MYSQL_USER -p$MYSQL_PASSWORD "
				 "--ssl-ca=$MYSQL_TLS_CA --ssl-verify-server-cert -Ne 'SELECT @@port'; echo ${MYSQL_PID:-external}",
				 servers=["--mariadb"], environment={
					 "FABRIC_MYSQL_HOST": environment["MYSQL_HOST"], "FABRIC_MYSQL_PORT": environment["MYSQL_PORT"],
					 "FABRIC_MYSQL_TLS_CA": environment["MYSQL_TLS_CA"]})
	second_environment = second.up()
	second.end()
	check(second.output.split() == [environment["MYSQL_PORT"], "external"],
		  "FABRIC_MYSQL_HOST names the server to use, with verified TLS", second.output)
	second.check_gone(second_environment, "external server")
	check(first.process.poll() is None and os.path.exists(environment["FABRIC_TMP"]), "the other run is untouched")
	first.process.terminate()
	first.end()
	first.check_gone(environment, "the other run")


def background(root):
	file = root / "background"
	start = subprocess.run([PROGRAM, *SERVERS, "--background", file], capture_output=True, text=True, check=False)
	check(start.returncode == 0, "--background returns when the servers are up", start.stderr)
	shell = subprocess.run(["bash", "-c", f". {file}; echo $FABRIC_TMP; psql -XAtc 'SELECT 1'"], capture_output=True,
						   text=True, check=False)
	path, *answer = shell.stdout.split()
	check(answer == ["1"], "the file it writes leads a shell to them", shell.stderr)
	again = subprocess.run([PROGRAM, *SERVERS, "--background", file], capture_output=True, text=True, check=False)
	check(again.returncode == 1 and "--end" in again.stderr, "a second --background with the same file is refused")
	ended = subprocess.run([PROGRAM, "--end", file], capture_output=True, text=True, check=False)
	check(ended.returncode == 0 and not file.exists(), "--end ends them", ended.stderr)
	check(not gone(path) and not os.path.exists(path), "and nothing is left", gone(path))


def mistakes(root):
	for options, text in (
			(["--postgres", "--setting", "no_such_setting=1", "--", "true"], "no_such_setting"),
			(["--mariadb", "--mariadb-option", "no_such_option=1", "--", "true"], "no-such-option"),
			(["--postgres", "--stage", "/nonexistent/stage", "--", "true"], "staged install"),
			(["--postgres", "--", "no-such-command"], "no-such-command")):
		run = subprocess.run([PROGRAM, *options], capture_output=True, text=True, check=False)
		check(run.returncode in (1, 126, 127) and text in run.stderr, f"{' '.join(options)}: says what is wrong",
			  run.stderr)
	left = [path for path in root.iterdir() if path.name.startswith("pg_fabric.")]
	check(not left and not gone(root / "pg_fabric."), "and nothing is left", left)


def main():
	os.environ.pop("FABRIC_MYSQL_HOST", None)
	root = pathlib.Path(tempfile.mkdtemp(prefix="fabric-tap."))
	root.chmod(0o755)
	os.environ["FABRIC_TMPDIR"] = str(root)
	try:
		for test in (normal_end, failing_command, signals, signal_while_starting, interrupt_on_terminal, killed_program,
					 killed_servers, stopped_servers, orphans, second_user, background, mistakes):
			test(root)
	finally:
		shutil.rmtree(root, ignore_errors=True)
	return finish()


if __name__ == "__main__":
	sys.exit(main())
