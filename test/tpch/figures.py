"""
The figures: how long each query takes in PostgreSQL's own tables, over fabric_mysql and over mysql_fdw, and what its
plan ships; printed, kept as JSON, and written into docs/tpch.md.
"""

import dataclasses
import json
import os
import pathlib
import platform
import re
import statistics
from dataclasses import dataclass, field

import load
import plans
import psycopg2
import queries

ROUNDS, TIMEOUT = 3, 60
ONCE_ABOVE = 10    # seconds: what takes longer is run once
NAMES = {load.LOCAL: "local PostgreSQL", load.SHIPPED: "fabric_mysql", load.PEER: "mysql_fdw"}


@dataclass
class Figure:
	query: str
	title: str
	rows: int
	plan: plans.Summary
	seconds: dict = field(default_factory=dict)     # schema -> median, or None: not within the time
	remarks: dict = field(default_factory=dict)     # schema -> what was wrong


def measure(postgres, schema, query, expected, figure):
	"""Seconds of a query over a schema; the first run, which also opens the connection, is compared and not counted."""
	with queries.Session(postgres, schema, TIMEOUT) as session:
		try:
			answer = session.run(query.text)
			if expected is not None and (text := queries.difference(query, expected, answer)):
				# The row is for the developer of a wrapper of ours; of another's the column says enough.
				figure.remarks[schema] = "another answer: " + (text.split(" in row ")[0] if schema == load.PEER else text)
			samples = [answer.seconds]
			if answer.seconds <= ONCE_ABOVE:
				samples = [session.run(query.text).seconds for _ in range(ROUNDS)]
			figure.seconds[schema] = statistics.median(samples)
			return answer
		except psycopg2.Error as error:
			text = str(error).strip().splitlines()[0]
			# A limit of time: PostgreSQL's, or MariaDB's as mysql_fdw passes it on.
			if isinstance(error, psycopg2.errors.QueryCanceled) or "max_statement_time" in text:
				figure.seconds[schema] = None
			else:
				figure.remarks[schema] = text
			return None


def measure_all(postgres, wanted, schemas, tell):
	"""(figures, failures): a different answer of ours is a failure, one of mysql_fdw a remark."""
	figures, failures = [], []
	for query in wanted:
		with queries.Session(postgres, load.SHIPPED, TIMEOUT) as session:
			try:
				plan = plans.summarise(session.explain(query, ", ANALYZE, TIMING OFF"))
			except psycopg2.errors.QueryCanceled:
				plan = plans.summarise(session.explain(query))
		figure = Figure(query.name, query.title, 0, plan)
		expected = measure(postgres, load.LOCAL, query, None, figure)
		figure.rows = len(expected.rows)
		for schema in schemas:
			measure(postgres, schema, query, expected, figure)
		if load.SHIPPED in figure.remarks:
			failures.append(f"{query.name}: {figure.remarks[load.SHIPPED]}")
		figures.append(figure)
		tell(f"{query.name}: " + ", ".join(f"{NAMES[schema]} {seconds_text(figure, schema)}"
										   for schema in (load.LOCAL, *schemas)))
	return figures, failures


def seconds_text(figure, schema):
	"""Milliseconds, with so many digits as mean something."""
	if schema not in figure.seconds:
		return "error" if schema in figure.remarks else "-"
	if figure.seconds[schema] is None:
		return f"> {TIMEOUT} s"
	value = figure.seconds[schema] * 1000
	return f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms" if value < 10000 else f"{value / 1000:.0f} s"


def machine():
	try:
		model = re.search(r"^model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text("utf-8"), re.M)[1]
	except (OSError, TypeError):
		model = platform.machine()
	memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
	return f"{model.strip()}, {os.cpu_count()} cores, {memory:.0f} GB"


# ---- the page ----

def cell(text):
	return str(text).replace("|", "\\|").replace("\n", " ")


def table(head, rows):
	lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
	return "\n".join(lines + ["| " + " | ".join(map(cell, row)) + " |" for row in rows])


def setting_section(data):
	counts = ", ".join(f"{name} {count:,}" for name, count in data["counts"].items())
	return (f"Scale factor {data['scale']} (rows: {counts}); collation `{data['collation']}`. {data['machine']}; "
			f"{', '.join(data['versions'])}. All on one machine, over loopback TCP without TLS; {data['settings']}.")


def pushed_section(data):
	rows = []
	for figure in data["figures"]:
		plan = figure.plan
		executed = (f"{plan.remote_statements:,}", f"{plan.remote_rows:,}") if plan.remote_statements else ("-", "-")
		rows.append([query_link(figure.query), plans.scans_text(plan, "`"), plans.counted(plan.local) or "nothing",
					 *executed])
	return table(["query", "remote: tables of each foreign scan (what its statement does)", "local", "statements", "rows"],
				 rows)


def kept_section(data):
	rows = [[query_link(figure.query), f"`{text}`", reason or "-"]
			for figure in data["figures"] for text, reason in dict.fromkeys(figure.plan.kept)]
	return table(["query", "kept local", "because"], rows) if rows else "Nothing: every condition was shipped."


def time_section(data):
	rows = []
	for figure in data["figures"]:
		marks = {schema: " *" if schema in figure.remarks and schema in figure.seconds else "" for schema in NAMES}
		rows.append([query_link(figure.query), figure.title, figure.rows,
					 *(seconds_text(figure, schema) + marks[schema] for schema in NAMES)])
	text = table(["query", "", "rows", *NAMES.values()], rows)
	remarks = [f"- {query_link(figure.query)}, {NAMES[schema]}: {cell(remark)}"
			   for figure in data["figures"] for schema, remark in figure.remarks.items()]
	return text + ("\n\n\\* and errors:\n\n" + "\n".join(remarks) if remarks else "")


def query_link(name):
	return f"[{name}](../test/tpch/queries/{name}.sql)"


SECTIONS = {"setting": setting_section, "pushed": pushed_section, "kept": kept_section, "time": time_section}


def write_page(path, data):
	"""Replaces what stands between <!-- begin generated: NAME --> and <!-- end generated -->."""
	text = path.read_text("utf-8")
	for name, section in SECTIONS.items():
		pattern = rf"(<!-- begin generated: {name} -->\n).*?(<!-- end generated -->)"
		text, count = re.subn(pattern, lambda match: f"{match[1]}{section(data)}\n{match[2]}", text, flags=re.S)
		if count != 1:
			raise ValueError(f"{path} has {count} sections \"{name}\"")
	path.write_text(text, "utf-8")


def keep(path, data):
	path.parent.mkdir(parents=True, exist_ok=True)
	plain = data | {"figures": [dataclasses.asdict(figure) for figure in data["figures"]]}
	path.write_text(json.dumps(plain, indent="\t") + "\n", "utf-8")


def print_table(data):
	print(f"{'':5}{'rows':>6}" + "".join(f"{name:>18}" for name in NAMES.values()) + "  foreign scans; local nodes")
	for figure in data["figures"]:
		print(f"{figure.query:5}{figure.rows:6}" + "".join(f"{seconds_text(figure, schema):>18}" for schema in NAMES)
			  + f"  {plans.scans_text(figure.plan)}; {plans.counted(figure.plan.local)}")
		for text, reason in dict.fromkeys(figure.plan.kept):
			print(f"{'':11}kept local: {text} -- {reason}")
		for schema, remark in figure.remarks.items():
			print(f"{'':11}{NAMES[schema]}: {remark}")
