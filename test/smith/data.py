"""The tables that the random statements read: eight remote ones with every kind of type, and local ones beside them."""

import random

REMOTE = (
	("items", """id int PRIMARY KEY, n int, b bigint, s smallint NOT NULL, t tinyint, m mediumint unsigned, u bigint unsigned,
		flag tinyint(1), KEY (n), KEY (b, s)"""),
	("prices", """id bigint PRIMARY KEY, item_id int, amount decimal(12,2) NOT NULL, rate decimal(20,6), big decimal(30,0),
		f float, d double, KEY (item_id), KEY (amount), KEY (d)"""),
	("words", """id int PRIMARY KEY, item_id int NOT NULL, v varchar(40) COLLATE utf8mb4_general_ci,
		w varchar(40) COLLATE utf8mb4_bin NOT NULL, l varchar(40) CHARACTER SET latin1, c char(8), x text, KEY (v), KEY (w),
		KEY (c)"""),
	("events", """id int PRIMARY KEY, item_id int, made datetime NOT NULL, seen datetime(6), stamp timestamp(3) NULL, day date,
		span time, y year, KEY (made), KEY (day), KEY (stamp)"""),
	("kinds", """id smallint PRIMARY KEY, e enum('red','green','blue') , st set('a','b','c'), bits bit(1), wide bit(12),
		name varchar(20) NOT NULL UNIQUE"""),
	("files", """id int PRIMARY KEY, kind_id smallint, bi binary(4), vb varbinary(20), bl blob, doc json, KEY (kind_id),
		KEY (vb)"""),
	("pairs", """a int NOT NULL, b int NOT NULL, k8 bigint, v varchar(20), made date, PRIMARY KEY (a, b), KEY (b), KEY (k8)"""),
	("nothing", "id int PRIMARY KEY, n int, v varchar(20), d decimal(8,2), made datetime, KEY (n)"),
)
ROWS = {"items": 300, "prices": 400, "words": 300, "events": 300, "kinds": 30, "files": 120, "pairs": 250, "nothing": 0}

WORDS = ("", " ", "a", "A", "a ", "ab", "Zug", "zug", "o'neil", "back\\slash", "100%", "x_y", "-1", "0", "1e3", "2024-02-29",
		 "naïve", "Zürich")
TEXTS = (*WORDS, "北京", "tab\there", "𝄞")
INTEGERS = (0, 1, -1, 2, 7, 100, 127, -128)


def maybe(rng, value, share=0.15):
	return None if rng.random() < share else value


def moment(rng):
	return (f"{rng.choice((1970, 1999, 2000, 2023, 2024, 2037))}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} "
			f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}")


def whole(rng, limit):
	return rng.choice((*INTEGERS, rng.randrange(50), limit, -limit - 1) if rng.random() < 0.5 else (rng.randrange(300),))


def make_row(table, i, rng):
	"""One row; the order of the values is that of the columns."""
	item = maybe(rng, rng.randrange(330))
	if table == "items":
		return (i, maybe(rng, whole(rng, 2**31 - 1)), maybe(rng, whole(rng, 2**63 - 1)), rng.randrange(-5, 20),
				maybe(rng, rng.randrange(-128, 128)), maybe(rng, rng.randrange(2**24)),
				maybe(rng, rng.choice((0, 1, 2**63, 2**64 - 1, rng.randrange(1000)))), maybe(rng, rng.randrange(2)))
	if table == "prices":
		return (i, item, f"{rng.randrange(-10**6, 10**6) / 100:.2f}", maybe(rng, f"{rng.randrange(10**9) / 1e6:.6f}"),
				maybe(rng, str(rng.choice((0, 10**29, -10**29, rng.randrange(100))))),
				maybe(rng, rng.choice((0.0, 1.5, -2.25, 1e30, 0.1))), maybe(rng, rng.choice((0.0, 1e300, -1e-300, rng.random()))))
	if table == "words":
		return (i, rng.randrange(330), maybe(rng, rng.choice(TEXTS)), rng.choice(TEXTS), maybe(rng, rng.choice(WORDS)),
				maybe(rng, rng.choice(WORDS)[:8]), maybe(rng, rng.choice(TEXTS) * rng.randrange(30)))
	if table == "events":
		return (i, item, moment(rng), maybe(rng, f"{moment(rng)}.{rng.randrange(10**6):06d}"), maybe(rng, moment(rng)[:19]
				.replace("1970-01-01", "1970-01-02")), maybe(rng, moment(rng)[:10]),
				maybe(rng, f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:07"), maybe(rng, rng.choice((1901, 1999, 2024, 2155))))
	if table == "kinds":
		return (i, maybe(rng, rng.choice(("red", "green", "blue"))), maybe(rng, rng.choice(("", "a", "a,b", "a,b,c"))),
				maybe(rng, rng.randrange(2)), maybe(rng, rng.randrange(4096)), f"kind {i}")
	if table == "files":
		return (i, maybe(rng, rng.randrange(35)), maybe(rng, rng.randbytes(4)), maybe(rng, rng.randbytes(rng.randrange(20))),
				maybe(rng, rng.randbytes(rng.randrange(300))),
				maybe(rng, rng.choice(('{"a": 1}', "[]", '"x"', "null", '{"b": {"c": [1, 2.50, null]}}'))))
	return (i % 25, i, maybe(rng, rng.randrange(-3, 40)), maybe(rng, rng.choice(WORDS)), maybe(rng, moment(rng)[:10]))


def rows_of(table):
	rng = random.Random(table)
	return [make_row(table, i, rng) for i in range(1, ROWS[table] + 1)]
