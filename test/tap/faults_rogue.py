"""Faults by malice: the server's place is taken by one that attacks its clients."""

from fault_bed import PASSWORD, SMALL, Trial
from fault_run import Skip, kind
from faults_network import _cancel_if_stuck
from rogue import GREETINGS, LOGINS, STATEMENTS, Rogue

# What a client may say of a server that does not behave; never success, never a made-up state.
ANY_REFUSAL = ("08", "28", "HV", "57014", "22", "42", "54", "0A", "53")


def _rogue(bed, mode):
	rogue = Rogue(mode, file=str(bed.canary))

	def check(outcome):
		if b"canary" in rogue.stolen:
			return f"SILENT: the client sent a file of its machine ({len(rogue.stolen)} bytes)"
		if any(PASSWORD.encode() in password for password in rogue.passwords):
			return "SILENT: the client sent the password in clear text"
		if rogue.capabilities and rogue.capabilities & 0x80 and mode.startswith("infile"):
			return "the client offers LOCAL INFILE"
		if rogue.capabilities and rogue.capabilities & 0x10000:
			return "the client offers multi-statements"
		if not rogue.attacks:
			return "the attack was never reached: the test is not what it says"
		return None
	# The expected rows are those of nobody: a table read from a rogue has none that are right.
	return Trial(f"rogue server, {mode}", allowed=ANY_REFUSAL, exact=False, expected=(-1, 0), subject=SMALL, fresh=True,
				 before=lambda: bed.proxy.retarget((rogue.host, rogue.port)), check=check, limit=9.0,
				 during=lambda session: _cancel_if_stuck(session, 2.5), heal=rogue.close)


@kind(short=2, long=8)
def rogue_asks_for_a_file(bed, rng):
	return _rogue(bed, rng.choice(("infile", "infile_select")))


@kind(short=2, long=6)
def rogue_asks_for_the_password(bed, rng):
	return _rogue(bed, rng.choice(("clear", "dialog")))


@kind(short=3, long=20)
def rogue_greeting(bed, rng):
	return _rogue(bed, rng.choice(GREETINGS))


@kind(short=1, long=6)
def rogue_login(bed, rng):
	return _rogue(bed, rng.choice([mode for mode in LOGINS if mode not in ("clear", "dialog")]))


@kind(short=3, long=20)
def rogue_answer(bed, rng):
	return _rogue(bed, rng.choice([mode for mode in STATEMENTS if not mode.startswith("infile")]))


@kind(short=1, long=4)
def rogue_without_tls(bed, rng):
	"""TLS is demanded and the one in the middle says that the server has none: not even a user name may go out."""
	if not bed.wrapper.tls_option:
		raise Skip(f"{bed.wrapper.name} cannot demand TLS")
	rogue = Rogue("mute")
	option, mode = bed.wrapper.tls_option, rng.choice(("required", "verify_ca", "verify_identity"))

	def check(outcome):
		return "SILENT: the client logged in without TLS" if rogue.capabilities is not None else None
	return Trial(f"rogue server without TLS, {option} {mode}", allowed=("08", "28"), exact=False, subject=SMALL,
				 fresh=True, before=lambda: (bed.proxy.retarget((rogue.host, rogue.port)),
											 bed.pg_admin(f"ALTER SERVER shop OPTIONS (ADD {option} '{mode}')")),
				 heal=lambda: (rogue.close(), bed.pg_admin(f"ALTER SERVER shop OPTIONS (DROP {option})")), check=check)
