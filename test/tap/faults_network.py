"""Faults of the network, of the server's process and of the client's patience."""

import time

from fault_bed import BIG, SMALL, WIDE, Trial
from fault_run import CANCELED, LOST, Skip, declare, drain, kind, soon
from proxy import CALL, CORRUPT, CUT, DELAY, RESET, SPLIT, STALL, UP, DeafPort, Fault

# -- connections that end ---------------------------------------------------------------------------------------


def _ends(bed, rng, fault_kind, offset, detail, subject=BIG):
	fault = Fault(fault_kind, at=offset)
	return Trial(f"{detail} after byte {offset} of {bed.size[subject]}", allowed=LOST, subject=subject,
				 before=lambda: bed.apply(fault))


def _anywhere(bed, rng, subject):
	return rng.randrange(int(bed.size[subject] * 1.01))


@kind(short=4, long=30, tls=12)
def cut(bed, rng):
	subject = rng.choice((BIG, BIG, SMALL, WIDE))
	return _ends(bed, rng, CUT, _anywhere(bed, rng, subject), f"cut {subject.name}", subject)


@kind(short=3, long=25, tls=10)
def reset(bed, rng):
	subject = rng.choice((BIG, BIG, SMALL, WIDE))
	return _ends(bed, rng, RESET, _anywhere(bed, rng, subject), f"reset {subject.name}", subject)


@kind(short=4, long=25, tls=15)
def cut_handshake(bed, rng):
	"""Greeting, login and the first statements of a session lie in the first bytes."""
	fault_kind = rng.choice((CUT, RESET))
	offset = rng.randrange(2500 if bed.tls else 250)
	trial = _ends(bed, rng, fault_kind, offset, f"{fault_kind} a new connection", SMALL)
	trial.fresh = True
	return trial


@kind(short=3, long=20, tls=10)
def cut_near_the_end(bed, rng):
	"""The last packet says that the result is complete: without it, all rows are not all rows."""
	subject = rng.choice((BIG, SMALL))
	offset = bed.warm_size[subject] - rng.randrange(1, 40)
	trial = _ends(bed, rng, rng.choice((CUT, RESET)), offset, "end of the result", subject)
	trial.fresh, trial.mode = False, "plain"
	return trial


@kind(short=2, long=10)
def cut_while_idle(bed, rng):
	"""A connection that ended between two statements: a new one is as good, since nothing was sent."""
	hard = rng.random() < 0.5
	return Trial(f"{'reset' if hard else 'cut'} while idle", allowed=LOST, fresh=False, mode="plain",
				 before=lambda: (bed.proxy.cut(reset=hard), time.sleep(rng.choice((0, 0.05)))))


@kind(short=2, long=10)
def cut_in_transaction(bed, rng):
	"""A transaction has one view of the remote data: a new connection would quietly show a later one."""
	def twice(cursor, session, trial):
		cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
		cursor.execute(SMALL.sql("remote"))
		first = cursor.fetchone()
		bed.sql("INSERT INTO shop.small VALUES (5, 1, 'later')")
		if lost:
			bed.proxy.cut(reset=lost == "reset")
			time.sleep(0.02)
		cursor.execute(SMALL.sql("remote"))
		second = cursor.fetchone()
		cursor.execute("COMMIT")
		return first if first == second else second

	lost = rng.choice(("cut", "reset", "cut", "reset", None))
	return Trial(f"{lost or 'another client writes'} between two scans of a transaction", allowed=LOST if lost else (),
				 subject=SMALL, fresh=False, mode=twice, heal=lambda: bed.sql("DELETE FROM shop.small WHERE id = 5"))


@kind(short=2, long=8, tls=4)
def cut_between_fetches(bed, rng):
	"""The connection ends while the client of the cursor has not asked for more."""
	def work(cursor, session, trial):
		cursor.execute("BEGIN")
		declare(cursor, "scan", trial)
		cursor.execute("FETCH 3 FROM scan")
		rows = cursor.fetchall()
		bed.proxy.cut(reset=hard)
		time.sleep(0.05)
		rows = drain(cursor, "scan", len(rows), sum(value for value, in rows), size=rng.choice((100, 30000)))
		cursor.execute("COMMIT")
		return rows

	hard = rng.random() < 0.5
	return Trial(f"{'reset' if hard else 'cut'} between two FETCHes", allowed=LOST, mode=work)


@kind(short=2, long=10)
def refused(bed, rng):
	"""The server's port is closed when a connection is needed."""
	return Trial("closed port", allowed=("08001", "08004", "08006"), exact=False, fresh=True, subject=SMALL,
				 before=bed.proxy.refuse)


@kind(short=1, long=5)
def lost_and_refused(bed, rng):
	"""The connection ends within the scan and cannot be had again: no wrapper can go on, none may stop short."""
	fault = Fault(CUT, at=rng.randrange(1000, bed.warm_size[BIG] - 1000))
	return Trial(f"cut after byte {fault.at}, then the port is closed", allowed=LOST, exact=False, fresh=False,
				 mode="plain", before=lambda: (bed.proxy.inject(fault), bed.proxy.refuse()))


# -- connections that stall ---------------------------------------------------------------------------------------


@kind(short=2, long=10, tls=3)
def stall_and_go_on(bed, rng):
	fault = Fault(STALL, at=_anywhere(bed, rng, BIG), seconds=rng.uniform(0.1, 0.5))
	return Trial(f"{fault.seconds:.2f} s of silence after byte {fault.at}", before=lambda: bed.apply(fault))


def _impatient(bed, rng, act, detail, patience, subject=BIG, before=None, limit=6.0, quick=2.0):
	"""A statement that cannot end by itself is ended by `act` after `patience` seconds, quickly."""
	def check(outcome):
		late = outcome.seconds - patience
		return f"the statement ended {late:.1f} s after it should have" if late > quick else None
	return Trial(detail, allowed=CANCELED, subject=subject, before=before, limit=limit, check=check,
				 during=soon(patience, act) if act else None)


def cancel(session):
	"""Either of the two ways that users have."""
	if session.pid % 2:
		session.connection.cancel()
	else:
		session.bed.pg_admin("SELECT pg_cancel_backend(%s)", session.pid)


def _stalled(bed, rng):
	fault = Fault(STALL, at=rng.randrange(bed.warm_size[BIG] - 1), direction=rng.choice(("down", "down", None)))
	return fault, f"silence after byte {fault.at}"


@kind(short=2, long=15, tls=6)
def stall_and_cancel(bed, rng):
	fault, detail = _stalled(bed, rng)
	return _impatient(bed, rng, cancel, f"cancel in {detail}", 0.4, before=lambda: bed.apply(fault))


@kind(short=2, long=10)
def stall_and_statement_timeout(bed, rng):
	fault, detail = _stalled(bed, rng)
	trial = _impatient(bed, rng, None, f"statement_timeout in {detail}", 0.4)
	trial.before = lambda: (bed.apply(fault), bed.session.simple("SET statement_timeout = '400ms'"))
	trial.heal = lambda: bed.session.usable and bed.session.simple("RESET statement_timeout")
	return trial


@kind(short=1, long=6)
def stall_everything_and_cancel(bed, rng):
	"""Nor can a second connection tell the server to stop: the session must come free all the same."""
	fault, detail = _stalled(bed, rng)
	return _impatient(bed, rng, cancel, f"cancel in {detail} and a mute server", 0.3, quick=4.0, limit=10.0,
					  before=lambda: (bed.apply(fault), bed.proxy.blackhole()))


@kind(short=1, long=6)
def stall_before_the_statement(bed, rng):
	"""The statement itself does not reach the server."""
	return _impatient(bed, rng, cancel, "cancel of a statement that is stuck on its way", 0.3,
					  before=lambda: bed.proxy.inject(Fault(STALL, direction=UP)))


@kind(short=1, long=5)
def stall_and_read_timeout(bed, rng):
	limit = bed.wrapper.limits.get("read_timeout")
	if not limit:
		raise Skip(f"{bed.wrapper.name} has no read_timeout")
	fault, detail = _stalled(bed, rng)
	trial = Trial(f"read_timeout {limit} in {detail}", allowed=LOST, limit=8.0, fresh=True)
	trial.before = lambda: (bed.pg_admin(f"ALTER SERVER shop OPTIONS (ADD read_timeout '{limit}')"), bed.apply(fault))
	trial.heal = lambda: bed.pg_admin("ALTER SERVER shop OPTIONS (DROP read_timeout)")
	return trial


@kind(short=1, long=5, tls=3)
def black_hole(bed, rng):
	"""The port accepts and nobody says a word: connect_timeout ends it, or a cancel."""
	if rng.random() < 0.5 and bed.wrapper.limits:
		return Trial("black hole, connect_timeout 1 s", allowed=("08001", "08006"), exact=False, fresh=True,
					 subject=SMALL, before=bed.proxy.blackhole, limit=5.0)
	trial = _impatient(bed, rng, cancel, "cancel while connecting to a black hole", 0.4, subject=SMALL,
					   before=bed.proxy.blackhole)
	trial.fresh = True
	return trial


def _other_address(bed, detail, allowed, limit=8.0, **options):
	"""The server's definition leads elsewhere for one statement."""
	def alter(options):
		changes = ", ".join(f"SET {name} '{value}'" for name, value in options.items())
		bed.pg_admin(f"ALTER SERVER shop OPTIONS ({changes})")
	right = {"host": bed.proxy.host, "port": bed.proxy.port}
	return Trial(detail, allowed=allowed, exact=False, subject=SMALL, limit=limit, before=lambda: alter(options),
				 heal=lambda: alter({name: right[name] for name in options}))


@kind(short=1, long=5)
def deaf_port(bed, rng):
	"""Nothing answers the first packet of a connection, as behind a firewall that drops."""
	deaf = DeafPort()
	trial = _other_address(bed, "no answer to the SYN", ("08001", "08006"), port=deaf.port)
	restore = trial.heal
	trial.heal = lambda: (deaf.close(), restore())
	trial.fresh = rng.random() < 0.5
	return trial


@kind(short=1, long=4)
def unknown_host(bed, rng):
	return _other_address(bed, "unknown host", ("08001",), host="no-such-host.invalid")


@kind(short=1, long=4)
def unresolvable_host(bed, rng):
	"""Not a name at all; has to be an error like any other."""
	return _other_address(bed, "a host that is no name", ("08001", "HV", "22023", "42"),
						  host=rng.choice(("256.256.256.256", "a" * 300, "host with blanks", "-", "[::1")))


# -- segments and bytes ---------------------------------------------------------------------------------------------


@kind(short=2, long=10, tls=4)
def odd_segments(bed, rng):
	"""Packets that arrive in pieces of one or a few bytes, or late, are still packets."""
	if rng.random() < 0.5:
		fault = Fault(SPLIT, size=rng.choice((1, 1, 2, 3, 7)))
		return Trial(f"segments of {fault.size} bytes", subject=SMALL, before=lambda: bed.apply(fault))
	fault = Fault(DELAY, seconds=rng.uniform(0.001, 0.01))
	return Trial(f"every chunk {fault.seconds * 1000:.0f} ms late", subject=SMALL, before=lambda: bed.apply(fault))


@kind(short=4, long=30, tls=20)
def flipped_byte(bed, rng):
	"""
	A bit changes on the way.

	Without TLS nothing protects a value, so values may differ; what frames the rows (lengths, numbers of packets, the
	end) must not lead to other rows, a hang or a crash. With TLS every flip has to be noticed.
	"""
	subject = rng.choice((SMALL, SMALL, BIG))
	offset = _anywhere(bed, rng, subject)
	if subject is SMALL and rng.random() < 0.3:
		offset = bed.size[SMALL] - rng.randrange(1, 30)
	fault = Fault(CORRUPT, at=offset, mask=rng.choice((0xFF, 0x01, 0x80, 0x02)))
	anything = ("08", "22", "HV", "28", "42", "54", "53", "57014", "0A", "23", "40", "55", "58")
	# A length that grew makes the client wait for bytes that never come; the cancel ends that.
	return Trial(f"byte {fault.at} of {subject.name} xor {fault.mask:#04x}", allowed=anything, subject=subject,
				 before=lambda: bed.apply(fault), rows_only=not bed.tls, fresh=rng.random() < 0.5, limit=8.0,
				 during=lambda session: _cancel_if_stuck(session, 1.5))


def _cancel_if_stuck(session, patience):
	if not session.done.wait(patience):
		cancel(session)


# -- impatience ------------------------------------------------------------------------------------------------------


@kind(short=4, long=30, tls=6)
def cancel_anytime(bed, rng):
	delay = rng.uniform(0, 1.1 * bed.scan_time[BIG])
	return Trial(f"cancel after {delay * 1000:.0f} ms", allowed=CANCELED, during=soon(delay, cancel))


@kind(short=3, long=25)
def statement_timeout_anytime(bed, rng):
	milliseconds = max(1, int(rng.uniform(0, 1100 * bed.scan_time[BIG])))
	return Trial(f"statement_timeout {milliseconds} ms", allowed=CANCELED,
				 before=lambda: bed.session.simple(f"SET statement_timeout = {milliseconds}"),
				 heal=lambda: bed.session.usable and bed.session.simple("RESET statement_timeout"))


@kind(short=2, long=10, tls=3)
def terminate_backend(bed, rng):
	"""The session dies within a scan; its remote thread has to go with it."""
	fault = Fault(CALL, at=rng.randrange(100, bed.warm_size[BIG] - 100),
				  action=lambda link: bed.pg_admin("SELECT pg_terminate_backend(%s)", bed.session.pid))
	return Trial(f"pg_terminate_backend after byte {fault.at}", allowed=("57P01",), ends_session=True,
				 before=lambda: bed.apply(fault))


@kind(short=1, long=6)
def abandoned_scan(bed, rng):
	"""A cursor closed early, and a LIMIT: the rest must neither be waited for nor disturb the next statement."""
	def work(cursor, session, trial):
		cursor.execute("BEGIN")
		declare(cursor, "scan", trial)
		cursor.execute("FETCH 5 FROM scan")
		cursor.execute("CLOSE scan" if rng.random() < 0.5 else "ROLLBACK; BEGIN")
		cursor.execute("SELECT count(*) FROM (SELECT * FROM remote.big WHERE random() >= 0 LIMIT 7) s")
		if cursor.fetchone() != (7,):
			return (-1, -1)
		cursor.execute(BIG.sql("remote"))
		rows = cursor.fetchone()
		cursor.execute("COMMIT")
		return rows
	return Trial("a scan left early", mode=work)
