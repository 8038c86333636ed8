"""The shapes in which a random statement is run, and the settings under which it is planned."""

import re
from dataclasses import dataclass, field

# Constants in place of the NULLs that sqlsmith casts to a type, which would fold whole conditions away.
CONSTANTS = {
	"int2": ("0", "1", "-1", "7", "100"), "int4": ("0", "1", "-1", "7", "100", "2147483647"),
	"int8": ("0", "1", "-1", "7", "100", "4294967296"),
	"numeric": ("0", "1", "-1.5", "0.10", "12.345678", "1e20", "'NaN'"), "float4": ("0", "1.5", "-2.25", "'NaN'"),
	"float8": ("0", "1.5", "1e300", "'Infinity'", "-0.5"), "bool": ("true", "false"),
	"text": ("''", "'a'", "'Zug'", "'a '", "'100%'", "E'back\\\\slash'", "'%'", "'北京'"),
	"date": ("'2024-02-29'", "'1970-01-01'", "'infinity'", "'0044-03-15 BC'"),
	"timestamp": ("'2024-02-29 12:00:00'", "'1999-12-31 23:59:59.999999'", "'-infinity'"),
	"timestamptz": ("'2024-02-29 12:00:00+02'", "'1970-01-01 00:00:00Z'", "'infinity'"),
	"interval": ("'1 day'", "'01:02:03'", "'1 month'", "'-00:00:07'"), "bytea": (r"'\x'", r"'\x00ff'", r"'\x61'"),
	"jsonb": ("""'{"a": 1}'""", "'[]'", "'null'"), "bit": ("B'0'", "B'1'"),
}
CONSTANTS["varchar"] = CONSTANTS["bpchar"] = CONSTANTS["text"]
# Their primary key, where it is not id.
KEYS = {"pairs": "a, b"}
ONE = re.compile(r"\(select (\w+) from ((?:remote|near)\.(\w+)) limit 1 offset (\d+)\s*\)")
NULL = re.compile(r'cast\(null as "?(\w+)"?\)')

# Each is tried with those of a random other; the empty one is the planner's own choice.
SETTINGS = ("", "", "", "enable_hashjoin = off", "enable_mergejoin = off", "enable_nestloop = off", "work_mem = '64kB'",
			"enable_hashjoin = off; SET LOCAL enable_mergejoin = off", "enable_hashagg = off", "enable_sort = off",
			"enable_hashjoin = off; SET LOCAL enable_nestloop = off", "enable_incremental_sort = off", "jit = off",
			"enable_material = off; SET LOCAL enable_memoize = off", "join_collapse_limit = 1", "from_collapse_limit = 1",
			"cursor_tuple_fraction = 0.0001", "enable_seqscan = off", "parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0",
			"cpu_tuple_cost = 10", "geqo_threshold = 2", "enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
			"SET LOCAL enable_nestloop = off", "constraint_exclusion = on", "DateStyle = 'SQL, DMY'", "extra_float_digits = 0",
			"TimeZone = 'Asia/Kolkata'", "bytea_output = 'escape'", "force_parallel_mode = on")

ORDERED = {"int2", "int4", "int8", "numeric", "float4", "float8", "text", "varchar", "bpchar", "bool", "date", "timestamp",
		   "timestamptz", "interval", "bytea", "jsonb"}
# The tables that are there as local ones, too.
NEAR = ("items", "words", "events", "pairs")
SUMMED = {"int2", "int4", "int8", "numeric", "interval"}


@dataclass
class Case:
	"""What is run within one transaction; `rows` says whether its rows can be compared with those of another run."""
	steps: list
	settings: str = ""
	rows: bool = False
	shape: str = "plain"
	columns: list = field(default_factory=list)

	@property
	def sql(self):
		settings = [f"SET LOCAL {self.settings}"] if self.settings else []
		return ";\n".join([*settings, *self.steps])


def in_order(one):
	return f"(select {one[1]} from {one[2]} order by {KEYS.get(one[3], 'id')} limit 1 offset {one[4]})"


def fill(sql, rng):
	"""With constants for its NULLs, and mostly without what leaves the rows to chance."""
	def constant(match):
		values = CONSTANTS.get(match[1])
		if values is None or rng.random() < 0.15:
			return match[0]
		return f"cast({rng.choice(values)} as {match[1]})"
	sql = NULL.sub(constant, sql)
	if rng.random() < 0.8:
		sql = re.sub(r"\blimit (?!1 offset)\d+", "", sql)
		sql = ONE.sub(in_order, sql)
	return sql


def is_definite(sql):
	"""Whether its rows are the same whatever the plan: no choice among rows."""
	return not re.search(r"(?<!order by id )(?<!order by a, b )\blimit \d+|\bover \(|\bfor (update|share|no key|key)|"
						 "tablesample", sql)


def condition(alias, column, kind, rng):
	if kind not in CONSTANTS or rng.random() < 0.2:
		return f"{alias}.{column} IS {rng.choice(('', 'NOT '))}NULL"
	values = [f"cast({value} as {kind})" for value in rng.sample(CONSTANTS[kind], 2)]
	return rng.choice((f"{alias}.{column} {rng.choice(('=', '<>', '<', '>=', 'IS DISTINCT FROM'))} {values[0]}",
					   f"{alias}.{column} IN ({', '.join(values)})", f"NOT ({alias}.{column} < {values[0]} AND random() < 2)"
					   if rng.random() < 0.2 else f"({alias}.{column} > {values[0]} OR {alias}.{column} IS NULL)"))


def joins(tables, rng):
	"""A chain of joins that mostly gives rows; sqlsmith's conditions are seldom true."""
	names = sorted({table for table, _, _ in tables} - {"nothing"})

	def columns(table):
		return [(column, kind) for other, column, kind in tables if other == table]
	seen = []   # (alias, column, kind)
	extra = []  # what a subquery computes
	text, conditions = "", []
	for number in range(rng.choice((1, 2, 2, 3, 3, 4, 5))):
		table, alias = rng.choice(names), f"t{number}"
		schema = "near" if table in NEAR and rng.random() < 0.25 else "remote"
		source = f"{schema}.{table}"
		if rng.random() < 0.15:
			column, kind = rng.choice(columns(table))
			source = f"(SELECT * FROM {source} i WHERE {condition('i', column, kind, rng)}{rng.choice(('', ' OFFSET 0'))})"
		elif rng.random() < 0.1:
			computed = rng.choice(("7", "coalesce(NULL, 3)", "version()"))
			source = f"(SELECT {', '.join(column for column, _ in columns(table))}, {computed} AS k FROM {source})"
			extra.append(f"{alias}.k")
		pairs = [(a, c, mine) for a, c, kind in seen for mine, other in columns(table)
				 if kind == other and kind not in ("bit", "bool")]
		if number == 0:
			text = f"{source} {alias}"
		elif pairs:
			other, its, mine = rng.choice(pairs)
			on = [f"{alias}.{mine} = {other}.{its}"]
			if rng.random() < 0.3:
				column, kind = rng.choice(columns(table))
				on.append(condition(alias, column, kind, rng))
			if rng.random() < 0.15:
				on.append(condition(*rng.choice(seen), rng))
			how = rng.choice(("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "EXISTS", "NOT EXISTS"))
			if "EXISTS" in how:
				conditions.append(f"{how} (SELECT FROM {source} {alias} WHERE {' AND '.join(on)})")
				continue
			text += f"\n{how} {source} {alias} ON {' AND '.join(on[:1] if how == 'FULL JOIN' else on)}"
		else:
			continue
		seen += [(alias, column, kind) for column, kind in columns(table)]
	conditions += [condition(*rng.choice(seen), rng) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
	gives = rng.sample(seen, min(len(seen), rng.choice((1, 3, 5))))
	exprs = [f"{alias}.{column}" if rng.random() < 0.9 else f"coalesce({alias}.{column}::text, 'none')"
			 for alias, column, _ in gives]
	exprs += [expr for expr in extra if f" {expr[:-2]} ON" in text or f" {expr[:-2]}\n" in text + "\n"]
	whole = f", {rng.choice(seen)[0]}::text AS whole" if rng.random() < 0.15 else ""
	where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
	return "SELECT " + ", ".join(f"{expr} AS c{i}" for i, expr in enumerate(exprs)) + f"{whole}\nFROM {text}{where}"


def keys_of(columns, rng, kinds=ORDERED):
	found = [name for name, kind in columns if kind in kinds]
	rng.shuffle(found)
	return found


def order_of(keys, rng):
	return ", ".join(key + rng.choice(("", "", " DESC")) + rng.choice(("", "", " NULLS FIRST", " NULLS LAST")) for key in keys)


def grouped(sql, columns, rng):
	keys = keys_of(columns, rng)[:rng.choice((0, 1, 1, 2))]
	gives = [*keys, "count(*) AS n"]
	gives += [f"{rng.choice(('min', 'max', 'count'))}({name})"
			  for name in keys_of(columns, rng, ORDERED - {"bool", "bytea", "jsonb"})[:2]]
	gives += [f"{rng.choice(('sum', 'avg'))}({name})" for name in keys_of(columns, rng, SUMMED)[:1]]
	gives += [f"count(DISTINCT {name})" for name in keys_of(columns, rng)[:1] if rng.random() < 0.5]
	text = f"SELECT {', '.join(gives)} FROM (\n{sql}) g"
	if keys:
		text += f"\nGROUP BY {', '.join(keys)}"
	if rng.random() < 0.3:
		text += f" HAVING count(*) > {rng.choice((0, 1, 2))}"
	if keys and rng.random() < 0.5:
		text += f"\nORDER BY {order_of(keys, rng)}"
		# All keys of the groups: so the first rows are definite.
		if rng.random() < 0.5:
			text += f" LIMIT {rng.choice((1, 3, 20))}"
	return text


def ordered(sql, columns, rng):
	names = [name for name, kind in columns if kind in ORDERED]
	distinct = rng.random() < 0.3
	keys = keys_of(columns, rng)
	if not names or not keys:
		return None, False
	text = f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(names)} FROM (\n{sql}) o\nORDER BY "
	# By all that is given: so the first rows are definite, up to equal ones.
	everything = rng.random() < 0.6
	text += order_of(keys if everything else keys[:1], rng)
	limited = rng.random() < 0.8
	if limited:
		text += f" LIMIT {rng.choice((0, 1, 5, 40))}"
		if rng.random() < 0.4:
			text += f" OFFSET {rng.choice((0, 2, 30))}"
	return text, everything or not limited


def joined(sql, columns, tables, rng):
	"""Joined with one more table, by a column of the same type."""
	pairs = [(name, table, column) for name, kind in columns for table, column, other in tables
			 if kind == other and kind not in ("bit", "bool")]
	if not pairs:
		return None
	name, table, column = rng.choice(pairs)
	schema = rng.choice(("remote", "remote", "near")) if table in NEAR else "remote"
	how = rng.choice(("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "EXISTS", "NOT EXISTS", "IN", "LATERAL"))
	if how in ("EXISTS", "NOT EXISTS"):
		return f"SELECT * FROM (\n{sql}) j WHERE {how} (SELECT FROM {schema}.{table} r WHERE r.{column} = j.{name})"
	if how == "IN":
		return f"SELECT * FROM (\n{sql}) j WHERE {name} IN (SELECT {column} FROM {schema}.{table})"
	if how == "LATERAL":
		return (f"SELECT * FROM (\n{sql}) j, LATERAL (SELECT count(*) AS cl, max(r.{column}) AS ml FROM {schema}.{table} r "
				f"WHERE r.{column} = j.{name}) l")
	first = f"{schema}.{table} r {how} (\n{sql}) j" if rng.random() < 0.3 else f"(\n{sql}) j {how} {schema}.{table} r"
	return f"SELECT j.*, r.{column} AS cr FROM {first} ON r.{column} = j.{name}"


def by_cursor(sql, rng):
	steps = [f"DECLARE c {rng.choice(('SCROLL ', 'NO SCROLL ', ''))}CURSOR FOR\n{sql}", "FETCH 3 FROM c"]
	if steps[0].startswith("DECLARE c SCROLL") and rng.random() < 0.5:
		steps += ["FETCH BACKWARD 2 FROM c", "FETCH FIRST FROM c"]
	return [*steps, "FETCH 50 FROM c", *(["CLOSE c"] if rng.random() < 0.5 else [])]


def prepared(sql, rng):
	"""With one of its numbers as a parameter, and a plan for any value of it."""
	places = list(re.finditer(r"(?<=cast\()-?\d+(?= as int(\d)\))", sql))
	if not places:
		return None
	place = rng.choice(places)
	kind = f"int{place[1]}"
	text = sql[:place.start()] + "$1" + sql[place.end():]
	return [f"SET LOCAL plan_cache_mode = {rng.choice(('force_generic_plan', 'auto', 'force_custom_plan'))}",
			f"PREPARE p({kind}) AS {text}", f"EXECUTE p({place[0]})", "EXECUTE p(NULL)", f"EXECUTE p({place[0]})"]


def cases(sql, columns, definite, tables, rng):
	"""Other shapes of a statement that gives such columns."""
	for _ in range(2):
		shape = rng.choice(("grouped", "ordered", "joined", "joined", "joined and grouped", "joined and ordered"))
		text, kinds, compared = sql, columns, definite
		if "joined" in shape:
			text = joined(text, kinds, tables, rng)
			if text is None:
				continue
			if " AS cr" in text:
				kinds = [*kinds, ("cr", next((kind for _, column, kind in tables if f"r.{column} AS cr" in text), None))]
		if "grouped" in shape:
			text = grouped(text, kinds, rng)
		elif "ordered" in shape:
			text, same = ordered(text, kinds, rng)
			compared = compared and same
		if text is None:
			continue
		how = rng.random()
		settings = rng.choice(SETTINGS)
		if how < 0.12:
			yield Case(by_cursor(text, rng), settings, shape=f"{shape}, cursor")
		elif how < 0.24 and (steps := prepared(text, rng)):
			yield Case(steps, settings, compared, shape=f"{shape}, prepared")
		else:
			yield Case([text], settings, compared, shape=shape)
