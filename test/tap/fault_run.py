"""
How one fault is tried and judged; the registry of the kinds of fault; the ways a statement is run.

A kind is a function (bed, rng) -> Trial, registered with the number of times it is tried in a short and a long run.
"""

import contextlib
import time
from dataclasses import dataclass

import psycopg2
from fault_bed import HANG, LEFTOVER, SMALL, Trial

LOST = ("08",)                 # the connection was lost
CANCELED = ("57014",)
VALUE = ("22", "HV", "42804")  # a value or a type that is not what the foreign table says

KINDS = {}


@dataclass
class Kind:
	name: str
	short: int      # how often in a short run, in a long one, and in a long one over TLS
	long: int
	tls: int
	make: object

	def count(self, long, tls):
		"""Over TLS the short run tries each of its kinds once."""
		if tls:
			return self.tls if long else min(1, self.tls)
		return self.long if long else self.short


def kind(short, long, tls=0):
	"""Registers a kind of fault under its function's name."""
	def register(make):
		KINDS[make.__name__] = Kind(make.__name__, short, long, tls, make)
		return make
	return register


class Skip(Exception):
	"""This fault cannot be tried here; the text says why."""


# -- the ways a statement is run; each returns the (count, checksum) it saw ------------------------------------

def plain(cursor, session, trial):
	cursor.execute(trial.subject.sql("remote", trial.where))
	return cursor.fetchone()


def in_transaction(cursor, session, trial):
	cursor.execute("BEGIN")
	rows = plain(cursor, session, trial)
	cursor.execute("COMMIT")
	return rows


def after_savepoint(cursor, session, trial):
	"""The error is caught inside the transaction, which then commits."""
	cursor.execute("BEGIN; SAVEPOINT before")
	try:
		rows = plain(cursor, session, trial)
	except psycopg2.Error:
		cursor.execute("ROLLBACK TO before")
		cursor.execute("SELECT 1")
		cursor.execute("COMMIT")
		raise
	cursor.execute("COMMIT")
	return rows


def prepared(cursor, session, trial):
	name = f"scan_{trial.subject.name}"
	if trial.where:
		return plain(cursor, session, trial)
	if name not in session.prepared:
		cursor.execute(f"PREPARE {name} AS {trial.subject.sql('remote')}")
		session.prepared.add(name)
	cursor.execute(f"EXECUTE {name}")
	return cursor.fetchone()


def declare(cursor, name, trial):
	cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR SELECT hashtextextended({trial.subject.row_text}, 0) FROM "
				   f"({trial.subject.source('remote', trial.where)} OFFSET 0) s")


def drain(cursor, name, count=0, total=0, size=1500):
	while True:
		cursor.execute(f"FETCH {size} FROM {name}")
		rows = cursor.fetchall()
		if not rows:
			return count, total
		count += len(rows)
		total += sum(value for value, in rows)


def by_cursor(cursor, session, trial):
	cursor.execute("BEGIN")
	declare(cursor, "scan", trial)
	rows = drain(cursor, "scan")
	cursor.execute("COMMIT")
	return rows


def beside_another(cursor, session, trial):
	"""A second scan starts while the first streams: what is left of the first has to be kept somewhere."""
	cursor.execute("BEGIN")
	declare(cursor, "scan", trial)
	cursor.execute("FETCH 2 FROM scan")
	rows = cursor.fetchall()
	cursor.execute(SMALL.sql("remote"))
	beside = cursor.fetchone()
	if beside != session.bed.truth[SMALL]:
		return beside  # wrong rows of the other table: judged as such
	rows = drain(cursor, "scan", len(rows), sum(value for value, in rows))
	cursor.execute("COMMIT")
	return rows


def remote_query(cursor, session, trial):
	"""The pass-through function; only fabric has it."""
	columns = trial.subject.local.replace("(12,2)", "").replace("(8,2)", "")
	cursor.execute(f"SELECT count(*), coalesce(sum(hashtextextended({trial.subject.row_text}, 0)), 0) FROM "
				   f"fabric.remote_query('shop', 'SELECT * FROM shop.{trial.subject.name}') AS s({columns})")
	return cursor.fetchone()


MODES = {"plain": plain, "transaction": in_transaction, "savepoint": after_savepoint, "prepared": prepared,
		 "cursor": by_cursor, "two scans": beside_another}


# -- one fault ------------------------------------------------------------------------------------------------

@dataclass
class Verdict:
	problems: list
	silent: bool    # wrong rows and no error
	end: str        # how the statement ended, for the summary
	text: str


def judge(bed, trial, outcome):
	"""(problems, silent): what is wrong with the statement's end."""
	expected = trial.expected or bed.truth[trial.subject]
	if outcome.hung:
		return [f"hung for more than {trial.limit:.0f} s, ended by {outcome.hung}"], False
	if outcome.lost:
		return ([] if trial.ends_session else [f"the session was lost: {outcome.message}"]), False
	if outcome.sqlstate:
		allowed = tuple(trial.allowed) + (bed.wrapper.also_allowed if trial.allowed else ())
		if outcome.sqlstate.startswith(allowed):
			return [], False
		return [f"error {outcome.sqlstate} is not of {' '.join(allowed) or 'any: no error was right'}"], False
	if trial.anything:
		return [], False
	counts_right = outcome.rows is not None and outcome.rows[0] == expected[0]
	if tuple(outcome.rows) != tuple(expected) and not (trial.rows_only and counts_right):
		if counts_right:
			return [f"SILENT: {expected[0]} rows, but not their values"], True
		return [f"SILENT: {outcome.rows[0]} rows instead of {expected[0]}"], True
	if not trial.exact:
		return ["no error, where only an error is right"], True
	return [], False


def follow_up(bed, trial):
	"""The same session works on: the same table, then another one."""
	problems = []
	if not bed.session.usable:
		if not trial.ends_session:
			problems.append("the session is closed")
		bed.fresh_session()
	if trial.spoils_session and bed.wrapper.disconnect and bed.session.usable:
		# What the server had given the connection at login, a time limit for one, stays with it.
		bed.session.attempt(bed.command(bed.wrapper.disconnect))
	for subject in dict.fromkeys((trial.subject, SMALL)):
		outcome = bed.session.attempt(bed.plain(subject))
		if outcome.rows != bed.truth[subject]:
			silent = outcome.rows is not None
			problems.append(f"afterwards {subject.name} gave {outcome}" + (" SILENT" if silent else ""))
			if silent:
				return problems, True
	return problems, False


def prepare_session(bed, trial, rng):
	fresh = trial.fresh if trial.fresh is not None else rng.random() < 0.4
	if fresh or bed.session is None or not bed.session.usable:
		bed.fresh_session()
	if trial.fresh is False or not fresh:
		# A connection that is there and has nothing to do.
		outcome = bed.session.attempt(bed.plain(trial.subject if trial.fresh is False else SMALL))
		if outcome.sqlstate or outcome.hung:
			raise RuntimeError(f"before the fault: {outcome}")


def try_fault(bed, make, rng):
	"""Injects one fault; returns a Verdict. Whatever happens, the bed is healed."""
	trial = make(bed, rng)
	mode = trial.mode or rng.choice(list(MODES) if not bed.wrapper.functions or trial.where or
									trial.subject not in (SMALL,) else [*MODES, "remote query"])
	work = mode if callable(mode) else {**MODES, "remote query": remote_query}[mode]
	problems, silent, outcome = [], False, None
	try:
		prepare_session(bed, trial, rng)
		session = bed.session
		if trial.before:
			trial.before()
		outcome = session.attempt(lambda cursor: work(cursor, session, trial),
								  during=(lambda: trial.during(session)) if trial.during else None, limit=trial.limit)
		problems, silent = judge(bed, trial, outcome)
	finally:
		with contextlib.suppress(psycopg2.Error):
			if bed.session and bed.session.usable:
				bed.session.simple("ROLLBACK")
		bed.heal()
		if trial.heal:
			trial.heal()
		bed.proxy.disarm()
	if trial.check and not outcome.hung:
		if wrong := trial.check(outcome):
			problems.append(wrong)
			silent = silent or wrong.startswith("SILENT")
	waited, left = bed.leftover(anything=trial.ends_session)
	if left:
		problems.append(f"after {LEFTOVER} s the remote server still runs {left}")
		bed.kill()
	elif waited > 0.5:
		trial.note.append(f"remote thread gone after {waited:.1f} s")
	more, more_silent = follow_up(bed, trial)
	text = f"{trial.detail}, {mode if isinstance(mode, str) else mode.__name__}: {outcome}"
	if trial.note:
		text += " [" + "; ".join(trial.note) + "]"
	end = ("hung" if outcome.hung else "session lost" if outcome.lost else outcome.sqlstate or
		   ("wrong rows" if silent else "exact"))
	if trial.spoils_session:
		bed.fresh_session()
	return Verdict(problems + trial.problems + more, silent or more_silent, end, text)


def soon(seconds, act):
	"""during: act() after a while."""
	def during(session):
		time.sleep(seconds)
		act(session)
	return during


__all__ = ["CANCELED", "HANG", "KINDS", "LOST", "MODES", "Skip", "Trial", "VALUE", "Verdict", "declare", "drain",
		   "kind", "plain", "soon", "try_fault"]
