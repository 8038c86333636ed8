"""
The Test Anything Protocol, as the *.t files here write it.

    import tap
    tap.check(value == 3, "three of them", f"found {value}")
    sys.exit(tap.finish())
"""

count = failed = 0


def check(good, what, note=""):
	"""One test; the note is printed when it fails."""
	global count, failed
	count += 1
	failed += not good
	print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
	if not good and note:
		print("\n".join("# " + line for line in str(note).splitlines()), flush=True)


def skip(what, reason):
	global count
	count += 1
	print(f"ok {count} - {what} # SKIP {reason}", flush=True)


def finish():
	"""Prints the plan; the exit code is 1 when a test failed."""
	print(f"1..{count}", flush=True)
	return 1 if failed else 0
