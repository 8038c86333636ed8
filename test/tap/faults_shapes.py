"""
The same faults for what is made of several tables or statements: pushed joins and groups, two-armed orders, lookup joins,
ANALYZE. A random byte lies anywhere: while rows are gathered, within a batch, between two.
"""

import time

from fault_bed import ARMS, BIG, BIG_ROWS, GROUPS, HANG, JOIN, LEFT_LOOKUP, LOOKUP, SHAPES, SPOOLED_LOOKUP, Trial
from fault_run import CANCELED, LOST, Skip, declare, drain, kind, soon
from faults_network import _cancel_if_stuck, _impatient, cancel
from proxy import CALL, CORRUPT, CUT, RESET, SPLIT, STALL, Fault

IN_STATEMENTS = (ARMS, LOOKUP, LEFT_LOOKUP, SPOOLED_LOOKUP)
ENDED = (*CANCELED, "HV")  # what KILL QUERY leaves


def _shape(bed, rng, shapes=SHAPES):
	if not bed.wrapper.functions:
		raise Skip(f"{bed.wrapper.name} has nothing of the kind")
	return rng.choice(shapes)


def _restart(bed):
	bed.forget_admin()
	bed.mariadb.restart()


def _crash(bed):
	bed.forget_admin()
	bed.mariadb.kill()


def _strike(bed, rng, at):
	"""(what, fault, right ends, longest time): something that ends the connection or the statement at a byte."""
	kills = {"KILL": LOST, "KILL SOFT": LOST, "KILL QUERY": ENDED}
	what = rng.choice((CUT, CUT, RESET, RESET, *kills, "KILL QUERY", "restart", "crash"))
	if what in (CUT, RESET):
		return what, Fault(what, at=at), LOST, HANG
	if what in kills:
		return what, Fault(CALL, at=at, action=lambda link: bed.kill(what, link)), kills[what], HANG
	act = _restart if what == "restart" else _crash
	return f"server's {what}", Fault(CALL, at=at, action=lambda link: act(bed)), LOST, 40.0


@kind(short=5, long=70, tls=12)
def shape_ended(bed, rng):
	"""The connection, the statement or the server ends at a random byte."""
	subject = _shape(bed, rng)
	at = rng.randrange(1, bed.warm_size[subject])
	what, fault, allowed, limit = _strike(bed, rng, at)
	return Trial(f"{what} at byte {at} of {subject.name}", allowed=allowed, subject=subject, limit=limit, fresh=False,
				 before=lambda: bed.apply(fault))


@kind(short=3, long=40, tls=6)
def shape_ended_at_the_seam(bed, rng):
	"""One statement's rows have all been given, the next one was not sent: between two batches, or two arms."""
	subject = _shape(bed, rng, IN_STATEMENTS)
	ends = {"cut": (bed.proxy.cut, LOST), "reset": (lambda: bed.proxy.cut(reset=True), LOST),
			"KILL": (bed.kill, LOST), "KILL QUERY": (lambda: bed.kill("KILL QUERY"), ENDED),
			"restart": (lambda: _restart(bed), LOST), "nothing": (lambda: None, ())}
	what = rng.choice(list(ends))
	before = subject.seam + rng.choice((0, 0, 0, -1, 1))

	def work(cursor, session, trial):
		cursor.execute("BEGIN")
		declare(cursor, "scan", trial)
		cursor.execute(f"FETCH {before} FROM scan")
		rows = cursor.fetchall()
		ends[what][0]()
		time.sleep(0.03)
		rows = drain(cursor, "scan", len(rows), sum(value for value, in rows), size=rng.choice((100, 1500, 30000)))
		cursor.execute("COMMIT")
		return rows
	return Trial(f"{what} after row {before} of {subject.name}", allowed=ends[what][1], subject=subject, mode=work,
				 limit=40.0)


@kind(short=2, long=30, tls=4)
def shape_stalled(bed, rng):
	"""Silence, ended by a cancel or by statement_timeout; or one that goes by."""
	subject = _shape(bed, rng)
	at = rng.randrange(bed.warm_size[subject] - 1)
	how = rng.choice(("cancel", "statement_timeout", "patience"))
	if how == "patience":
		fault = Fault(STALL, at=at, seconds=rng.uniform(0.1, 0.5))
		return Trial(f"a pause at byte {at} of {subject.name}", subject=subject, fresh=False,
					 before=lambda: bed.apply(fault))
	fault = Fault(STALL, at=at, direction=rng.choice(("down", "down", None)))
	trial = _impatient(bed, rng, cancel if how == "cancel" else None, f"{how} in silence at byte {at} of {subject.name}",
					   0.8, subject=subject)
	trial.fresh = False
	trial.before = lambda: (bed.apply(fault), how == "cancel" or bed.session.simple("SET statement_timeout = '800ms'"))
	trial.heal = lambda: bed.session.usable and bed.session.simple("RESET statement_timeout")
	return trial


@kind(short=3, long=40, tls=4)
def shape_canceled_anytime(bed, rng):
	subject = _shape(bed, rng)
	delay = rng.uniform(0, 1.1 * bed.scan_time[subject])
	return Trial(f"cancel of {subject.name} after {delay * 1000:.0f} ms", allowed=CANCELED, subject=subject,
				 during=soon(delay, cancel))


@kind(short=1, long=10, tls=2)
def shape_terminated(bed, rng):
	"""The backend is told to end within a statement."""
	subject = _shape(bed, rng)
	fault = Fault(CALL, at=rng.randrange(100, bed.warm_size[subject] - 100),
				  action=lambda link: bed.pg_admin("SELECT pg_terminate_backend(%s)", bed.session.pid))
	return Trial(f"pg_terminate_backend at byte {fault.at} of {subject.name}", allowed=("57P01",), ends_session=True,
				 fresh=False, subject=subject, before=lambda: bed.apply(fault))


@kind(short=2, long=40, tls=12)
def shape_with_a_flipped_byte(bed, rng):
	"""Without TLS values may differ; what is joined here by values may then find other rows, never crash or hang."""
	subject = _shape(bed, rng)
	at = rng.randrange(bed.warm_size[subject])
	fault = Fault(CORRUPT, at=at, mask=rng.choice((0xFF, 0x01, 0x80, 0x02)))
	anything = ("08", "22", "HV", "28", "42", "54", "53", "57014", "0A", "23", "40", "55", "58")
	remote = subject in (JOIN, GROUPS, ARMS)
	return Trial(f"byte {at} of {subject.name} xor {fault.mask:#04x}", allowed=anything, subject=subject, fresh=False,
				 before=lambda: bed.apply(fault), rows_only=remote and not bed.tls, anything=not remote and not bed.tls,
				 limit=8.0, during=lambda session: _cancel_if_stuck(session, 2.5))


@kind(short=1, long=6, tls=1)
def shape_in_odd_segments(bed, rng):
	subject = _shape(bed, rng, (LOOKUP, SPOOLED_LOOKUP, ARMS))
	fault = Fault(SPLIT, size=rng.choice((7, 31, 1000)))
	return Trial(f"{subject.name} in segments of {fault.size} bytes", subject=subject, fresh=False, limit=40.0,
				 before=lambda: bed.apply(fault))


@kind(short=1, long=12)
def shape_with_a_late_error(bed, rng):
	"""The server finds an error in one of the last rows of a join or of a batch."""
	_shape(bed, rng)
	sql = rng.choice((
		"SELECT a.n, b.v FROM remote.late_error a JOIN remote.big b ON a.id = b.id",
		"SELECT n, count(*) FROM remote.late_error GROUP BY n",
		"SELECT l.id, r.n FROM local.big l JOIN remote.late_error r ON r.id = l.id",
		"SELECT l.id, r.n FROM local.big l LEFT JOIN remote.late_error r ON r.id = l.id",
		"SELECT l.n, r.v FROM (SELECT * FROM remote.late_error OFFSET 0) l JOIN remote.big r ON r.id = l.id"))

	def work(cursor, session, trial):
		cursor.execute(f"SELECT count(*), sum(n) FROM ({sql} OFFSET 0) s")
		return cursor.fetchone()
	return Trial(f"error 1690 in {sql}", allowed=("22003", "HV"), exact=False, expected=(BIG_ROWS, -1), mode=work)


@kind(short=3, long=36, tls=6)
def analyze(bed, rng):
	"""ANALYZE ends in statistics of the whole table or leaves those from before."""
	def statistics():
		return bed.pg_admin("SELECT reltuples, (SELECT array_agg((attname, null_frac, n_distinct) ORDER BY attname)::text "
							"FROM pg_stats WHERE schemaname = 'remote' AND tablename = 'big') FROM pg_class "
							"WHERE oid = 'remote.big'::regclass")[0]

	def work(cursor, session, trial):
		before = statistics()
		try:
			cursor.execute("ANALYZE remote.big")
		except Exception:
			trial.check = lambda outcome: None if statistics() == before else "a failed ANALYZE changed the statistics"
			raise
		tuples, columns = statistics()
		return bed.truth[BIG] if abs(tuples - BIG_ROWS) < BIG_ROWS / 50 and columns else (tuples, 0)
	_shape(bed, rng)
	if not hasattr(bed, "analyze_size"):
		bed.fresh_session()
		bed.session.simple("ANALYZE remote.big")
		size, start = bed.proxy.totals()[3], time.monotonic()
		bed.session.simple("ANALYZE remote.big")
		bed.analyze_size, bed.analyze_time = bed.proxy.totals()[3] - size, time.monotonic() - start
	if rng.random() < 0.3:
		delay = rng.uniform(0, 1.1 * bed.analyze_time)
		return Trial(f"cancel of ANALYZE after {delay * 1000:.0f} ms", allowed=CANCELED, mode=work, during=soon(delay, cancel))
	at = rng.randrange(1, bed.analyze_size)
	what, fault, allowed, limit = _strike(bed, rng, at)
	return Trial(f"{what} at byte {at} of ANALYZE", allowed=allowed, limit=limit, fresh=False, mode=work,
				 before=lambda: bed.apply(fault))
