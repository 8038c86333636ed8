#!/usr/bin/python3
"""
Injects faults between PostgreSQL and MariaDB and prints TAP: every statement must end in exactly the right rows or in
an error of the right class, the same session must work on, and the remote server must not go on with dead statements.

Lifecycle: one run starts its own PostgreSQL, MariaDB and proxy, and ends them.

    prove test/tap/faults.t                          about 100 faults; with FABRIC_SOAK=1 several hundred
    test/tap/faults.t --only kill,reset --count 20   one kind, more often
    test/tap/faults.t --seed 4711 --from 37          a run again, from one of its faults on
    test/tap/faults.t --wrapper mysql_fdw            what another wrapper does
"""

import argparse
import collections
import os
import pathlib
import random
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

try:
	import fault_run
	import faults_network  # noqa: F401  (registers its kinds)
	import faults_rogue  # noqa: F401
	import faults_server  # noqa: F401
	import faults_shapes  # noqa: F401
	from fault_bed import BIG, Bed, Wrapper
	from servers import tail
except ImportError as error:
	print(f"Bail out!  {error}: make deps")
	sys.exit(2)


def arguments():
	parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument("--wrapper", default=os.environ.get("FABRIC_FAULTS_WRAPPER", "fabric"),
						choices=("fabric", "mysql_fdw"))
	parser.add_argument("--seed", type=int, default=int(os.environ.get("FABRIC_SEED") or time.time_ns() % 10**9))
	parser.add_argument("--only", default="", help="kinds, separated by commas")
	parser.add_argument("--count", type=int, help="tries of each kind instead of the usual number")
	parser.add_argument("--from", dest="first", type=int, default=1, help="number of the first fault")
	parser.add_argument("--long", action="store_true", default=os.environ.get("FABRIC_SOAK", "0") not in ("", "0"))
	parser.add_argument("--no-tls", dest="tls", action="store_false", help="leave out the faults over TLS")
	parser.add_argument("--list", action="store_true", help="only list the kinds")
	return parser.parse_args()


def schedule(options):
	"""
	(number, kind, over TLS?): the kinds in a mixed order that the seed alone decides, those over TLS at the end; each
	fault has a seed of its own.
	"""
	wanted = [name for name in options.only.split(",") if name]
	if unknown := set(wanted) - set(fault_run.KINDS):
		sys.exit(f"no such kind: {', '.join(unknown)}; there are {', '.join(fault_run.KINDS)}")
	plan, rng = [], random.Random(options.seed)
	for tls in (False, True):
		names = []
		for kind in fault_run.KINDS.values():
			if wanted and (kind.name not in wanted or tls and not kind.tls):
				continue
			count = options.count or max(kind.count(options.long, tls), bool(wanted))
			names += [kind.name] * (count if kind.tls or not tls else 0)
		rng.shuffle(names)
		plan += [(name, tls) for name in names if not tls or options.tls]
	return [(number, *entry) for number, entry in enumerate(plan, 1)]


def one_line(text):
	return " ".join(str(text).split()).replace("#", "\\#")


class Report:
	"""TAP, and the counts that are printed last."""

	def __init__(self, seed):
		self.seed = seed
		self.number = self.injected = self.silent = self.skipped = self.failed = 0
		self.ends = collections.Counter()
		self.start = time.monotonic()

	def line(self, good, text, problems=(), again=""):
		self.number += 1
		self.failed += not good
		print(f"{'ok' if good else 'not ok'} {self.number} - {text}", flush=True)
		for problem in problems:
			print(f"#   {one_line(problem)}{again}", flush=True)

	def fault(self, position, name, tls, verdict):
		self.injected += 1
		self.silent += verdict.silent
		self.ends[verdict.end] += 1
		self.line(not verdict.problems, f"{name}{' over TLS' if tls else ''}: {one_line(verdict.text)}",
				  verdict.problems, f"   (--seed {self.seed} --from {position})")

	def skip(self, name, reason):
		self.number += 1
		self.skipped += 1
		print(f"ok {self.number} - {name} # SKIP {one_line(reason)}", flush=True)

	def end(self):
		print(f"1..{self.number}")
		print(f"# faults injected: {self.injected}")
		print(f"# silent losses: {self.silent}")
		print("# ended: " + ", ".join(f"{count} {end}" for end, count in self.ends.most_common()))
		seconds = time.monotonic() - self.start
		print(f"# {self.failed} failed, {self.skipped} skipped, {seconds:.0f} s, seed {self.seed}")


def run(report, options, plan, tls):
	"""The faults of one bed."""
	began = time.monotonic()
	with Bed(Wrapper(options.wrapper), tls) as bed:
		print(f"# set up in {time.monotonic() - began:.1f} s{', over TLS' if tls else ''}; a scan takes "
			  f"{1000 * bed.scan_time[BIG]:.0f} ms and {bed.warm_size[BIG]} bytes", flush=True)
		for position, name, _ in plan:
			rng = random.Random(f"{options.seed} {position} {name}")
			try:
				report.fault(position, name, tls, fault_run.try_fault(bed, fault_run.KINDS[name].make, rng))
			except fault_run.Skip as reason:
				report.skip(name, reason)
			except Exception as error:  # the test itself went wrong: said, and the others are still tried
				traceback.print_exc()
				report.line(False, f"{name}: {one_line(error)}", ["the fault could not be tried"],
							f"   (--seed {options.seed} --from {position})")
				bed.recover()
		crashes = bed.crashes()
		report.line(not crashes, f"no backend crashed{' over TLS' if tls else ''}", crashes[:20])
		if crashes:
			print("#   the log ends with: " + one_line(tail(bed.postgres.log, 15)))


def main():
	# Ended from outside: leave by the way that ends the servers.
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
	options = arguments()
	plan = schedule(options)
	if options.list:
		for kind in fault_run.KINDS.values():
			first = (kind.make.__doc__ or "").strip().partition("\n")[0]
			print(f"{kind.name:30} {kind.short:3} short {kind.long:4} long {kind.tls:4} over TLS   {first}")
		return 0
	plan = [entry for entry in plan if entry[0] >= options.first]
	print(f"# seed {options.seed}, wrapper {options.wrapper}, {len(plan)} faults", flush=True)
	report = Report(options.seed)
	for tls in (False, True):
		part = [entry for entry in plan if entry[2] == tls]
		try:
			if part:
				run(report, options, part, tls)
		except Exception as error:  # the servers or the extension could not be set up, or broke for good
			traceback.print_exc()
			print(f"Bail out!  {one_line(error)}")
			return 2
	report.end()
	return 1 if report.failed else 0


if __name__ == "__main__":
	sys.exit(main())
