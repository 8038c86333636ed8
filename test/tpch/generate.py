"""
The rows of TPC-H: of a scale factor, the same for every run with one seed.

Each table draws from a random stream of its own, by nothing but Random.random(), whose numbers are the same in every
version of Python. Rows are lines of tab-separated text, which both servers load as they are.
"""

import datetime
import pathlib
import random

import pools

FIRST_DAY, LAST_DAY, TODAY = (datetime.date(*day) for day in ((1992, 1, 1), (1998, 12, 31), (1995, 6, 17)))
# Ordered early enough that all of it can have arrived by the last day: shipped after 121 days, received 30 later.
ORDER_DAYS = (LAST_DAY - FIRST_DAY).days - 151 + 1
DAYS = [(FIRST_DAY + datetime.timedelta(days=day)).isoformat() for day in range((LAST_DAY - FIRST_DAY).days + 1)]
TODAY_INDEX = (TODAY - FIRST_DAY).days
TEXT_LENGTH = 1_000_000


def money(cents):
	sign, cents = ("-", -cents) if cents < 0 else ("", cents)
	return f"{sign}{cents // 100}.{cents % 100:02d}"


def retail_price(part):
	"""In cents."""
	return 90000 + part // 10 % 20001 + 100 * (part % 1000)


def order_key(index):
	"""Of 32 keys in a row the first 8 are used."""
	return index // 8 * 32 + index % 8 + 1


class Stream:
	"""Random values of one table."""

	def __init__(self, seed, name, text):
		self.random, self.text = random.Random(f"{seed} {name}").random, text

	def between(self, low, high):
		return low + int(self.random() * (high - low + 1))

	def pick(self, values):
		return values[int(self.random() * len(values))]

	def comment(self, low, high):
		start = int(self.random() * (len(self.text) - high))
		return self.text[start:start + low + int(self.random() * (high - low + 1))]

	def address(self):
		return "".join(self.pick(pools.ADDRESS_CHARACTERS) for _ in range(self.between(10, 40)))

	def phone(self, nation):
		return f"{nation + 10}-{self.between(100, 999)}-{self.between(100, 999)}-{self.between(1000, 9999)}"

	def balance(self):
		return money(self.between(-99999, 999999))


class Generator:
	"""All tables of a scale factor."""

	def __init__(self, scale, seed):
		self.scale, self.seed = scale, seed
		self.suppliers, self.parts, self.customers, self.orders = (
			max(least, round(scale * count)) for count, least in ((10_000, 10), (200_000, 100), (150_000, 10),
																  (1_500_000, 100)))
		self.text = pools.sentences(random.Random(f"{seed} text").random, TEXT_LENGTH)

	def stream(self, name):
		return Stream(self.seed, name, self.text)

	def write(self, directory):
		"""A file NAME.tsv for each table; returns the numbers of rows."""
		directory = pathlib.Path(directory)
		counts = {}
		for name in ("region", "nation", "supplier", "part", "partsupp", "customer"):
			with open(directory / f"{name}.tsv", "w", encoding="utf-8", newline="\n") as file:
				counts[name] = 0
				for row in getattr(self, name)():
					file.write("\t".join(map(str, row)) + "\n")
					counts[name] += 1
		with open(directory / "orders.tsv", "w", encoding="utf-8", newline="\n") as orders, \
				open(directory / "lineitem.tsv", "w", encoding="utf-8", newline="\n") as items:
			counts["orders"], counts["lineitem"] = self.write_orders(orders, items)
		return counts

	def region(self):
		stream = self.stream("region")
		for key, name in enumerate(pools.REGIONS):
			yield key, name, stream.comment(31, 115)

	def nation(self):
		stream = self.stream("nation")
		for key, (name, region) in enumerate(pools.NATIONS):
			yield key, name, region, stream.comment(31, 114)

	def supplier(self):
		stream = self.stream("supplier")
		# Five of ten thousand were complained about, as many recommended (Q16); one of each however small the table is.
		marked = {}
		for phrase in ("Complaints", "Recommends"):
			for _ in range(max(1, round(self.scale * 5))):
				while (key := stream.between(1, self.suppliers)) in marked:
					pass
				marked[key] = phrase
		for key in range(1, self.suppliers + 1):
			nation = stream.between(0, 24)
			address, phone, balance = stream.address(), stream.phone(nation), stream.balance()
			comment = stream.comment(25, 100)
			if key in marked:
				# The two words with something between them, somewhere within the comment.
				phrase = f"Customer {stream.comment(0, 4)}{marked[key]}"
				start = stream.between(0, max(0, len(comment) - len(phrase)))
				comment = (comment[:start] + phrase + comment[start + len(phrase):])[:100]
			yield key, f"Supplier#{key:09d}", address, nation, phone, balance, comment

	def part(self):
		stream = self.stream("part")
		for key in range(1, self.parts + 1):
			words = []
			while len(words) < 5:
				if (word := stream.pick(pools.COLOURS)) not in words:
					words.append(word)
			maker, brand = stream.between(1, 5), stream.between(1, 5)
			yield (key, " ".join(words), f"Manufacturer#{maker}", f"Brand#{maker}{brand}", stream.pick(pools.TYPES),
				   stream.between(1, 50), stream.pick(pools.CONTAINERS), money(retail_price(key)), stream.comment(5, 22))

	def supplier_step(self, part):
		"""How far apart the four suppliers of a part are, so that they spread over all and differ from part to part."""
		step = self.suppliers // 4 + (part - 1) // self.suppliers
		# Only in tables smaller than the specification has two of the four could be the same one.
		while len({index * step % self.suppliers for index in range(4)}) < 4:
			step += 1
		return step

	def partsupp(self):
		stream = self.stream("partsupp")
		for part in range(1, self.parts + 1):
			step = self.supplier_step(part)
			for index in range(4):
				yield (part, (part + index * step) % self.suppliers + 1, stream.between(1, 9999),
					   money(stream.between(100, 100000)), stream.comment(49, 198))

	def customer(self):
		stream = self.stream("customer")
		for key in range(1, self.customers + 1):
			nation = stream.between(0, 24)
			yield (key, f"Customer#{key:09d}", stream.address(), nation, stream.phone(nation), stream.balance(),
				   stream.pick(pools.SEGMENTS), stream.comment(29, 116))

	def write_orders(self, orders, items):
		"""Orders and their items together, since an order's status and price are its items'."""
		stream, rows = self.stream("orders"), 0
		steps = [0] + [self.supplier_step(part) for part in range(1, self.parts + 1)]
		clerks = max(1, round(self.scale * 1000))
		for index in range(self.orders):
			key = order_key(index)
			# A third of the customers never orders: Q13 and Q22 look for them.
			while (customer := stream.between(1, self.customers)) % 3 == 0:
				pass
			day, total, statuses = stream.between(0, ORDER_DAYS - 1), 0, set()
			count = stream.between(1, 7)
			for number in range(1, count + 1):
				price, status, line = self.item(stream, key, number, day, steps)
				total += price
				statuses.add(status)
				items.write(line)
			rows += count
			# Rounded as a whole: a hundredth of a hundredth of cents, half up.
			price = money((total + 5000) // 10000)
			status = statuses.pop() if len(statuses) == 1 else "P"
			orders.write(f"{key}\t{customer}\t{status}\t{price}\t{DAYS[day]}\t{stream.pick(pools.PRIORITIES)}\t"
						 f"Clerk#{stream.between(1, clerks):09d}\t0\t{stream.comment(19, 78)}\n")
		return self.orders, rows

	def item(self, stream, order, number, day, steps):
		"""(price with tax and discount in millionths, status, line)"""
		between = stream.between
		part, quantity = between(1, self.parts), between(1, 50)
		supplier = (part + between(0, 3) * steps[part]) % self.suppliers + 1
		price, discount, tax = quantity * retail_price(part), between(0, 10), between(0, 8)
		shipped = day + between(1, 121)
		committed, received = day + between(30, 90), shipped + between(1, 30)
		flag = "N" if received > TODAY_INDEX else "RA"[between(0, 1)]
		status = "O" if shipped > TODAY_INDEX else "F"
		line = (f"{order}\t{part}\t{supplier}\t{number}\t{quantity}.00\t{money(price)}\t0.{discount:02d}\t0.{tax:02d}\t"
				f"{flag}\t{status}\t{DAYS[shipped]}\t{DAYS[committed]}\t{DAYS[received]}\t"
				f"{stream.pick(pools.INSTRUCTIONS)}\t{stream.pick(pools.MODES)}\t{stream.comment(10, 43)}\n")
		return price * (100 + tax) * (100 - discount), status, line
