"""
The words and texts of the TPC-H tables: what the specification fixes by name because its queries ask for it (brands,
containers, nations, ...), and free text of our own in which its phrases do occur.
"""

REGIONS = ("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST")
# In the order of their keys, each with its region's key.
NATIONS = (
	("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0), ("FRANCE", 3),
	("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4), ("JAPAN", 2), ("JORDAN", 4), ("KENYA", 0),
	("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1), ("CHINA", 2), ("ROMANIA", 3), ("SAUDI ARABIA", 4), ("VIETNAM", 2),
	("RUSSIA", 3), ("UNITED KINGDOM", 3), ("UNITED STATES", 1),
)
SEGMENTS = ("AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY")
PRIORITIES = ("1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW")
INSTRUCTIONS = ("COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN")
MODES = ("AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK")
TYPES = tuple(f"{size} {finish} {metal}"
			  for size in ("ECONOMY", "LARGE", "MEDIUM", "PROMO", "SMALL", "STANDARD")
			  for finish in ("ANODIZED", "BRUSHED", "BURNISHED", "PLATED", "POLISHED")
			  for metal in ("BRASS", "COPPER", "NICKEL", "STEEL", "TIN"))
CONTAINERS = tuple(f"{size} {box}" for size in ("JUMBO", "LG", "MED", "SM", "WRAP")
				   for box in ("BAG", "BOX", "CAN", "CASE", "DRUM", "JAR", "PACK", "PKG"))

# 92 words, as many as the specification has: a part's name holds five of them.
COLOURS = tuple("""
amber apricot aqua ash azure beige black blue blush bone brass brick bronze brown buff burgundy canary caramel cardinal
carmine cerise charcoal cherry chestnut chocolate cinnamon cobalt copper coral cream crimson cyan denim ebony ecru emerald
fawn flax forest fuchsia ginger gold grape green grey hazel heather honey indigo ivory jade jet khaki lavender lemon lilac
lime linen magenta mahogany mango maroon mauve mint mocha mustard navy ochre olive onyx orange orchid peach pearl plum
poppy purple red rose ruby russet saffron sage salmon sand sapphire scarlet sepia sienna silver teal violet
""".split())

# Q13 looks for one of (special, pending, unusual, express) before one of (packages, requests, accounts, deposits).
ADJECTIVES = ("special", "pending", "unusual", "express", "late", "early", "regular", "final", "careful", "silent", "bold",
			  "heavy", "urgent", "partial", "sealed", "plain")
NOUNS = ("packages", "requests", "accounts", "deposits", "crates", "invoices", "clerks", "pallets", "theories", "drivers",
		 "letters", "receipts", "promises", "ideas", "warehouses", "samples")
VERBS = ("wait", "sleep", "travel", "arrive", "return", "wander", "rest", "haggle", "vanish", "hurry", "settle", "gather")
ADVERBS = ("slowly", "quietly", "again", "twice", "daily", "boldly", "rarely", "fast", "together", "abroad")
PREPOSITIONS = ("among", "beside", "behind", "above", "near", "before", "without", "along", "against", "under")
ENDS = (". ", ". ", ". ", "; ", "? ", "! ")

# Of addresses. Of two letters that are one but for their case both are here.
ADDRESS_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ, "


def sentences(random, length):
	"""Text of at least `length` characters, of which the comments are pieces."""
	def pick(words):
		return words[int(random() * len(words))]

	parts, size = [], 0
	while size < length:
		words = [pick(ADJECTIVES), pick(NOUNS), pick(VERBS)]
		if random() < 0.5:
			words.append(pick(ADVERBS))
		if random() < 0.7:
			words += [pick(PREPOSITIONS), "the", pick(ADJECTIVES), pick(NOUNS)]
		text = " ".join(words) + pick(ENDS)
		parts.append(text)
		size += len(text)
	return "".join(parts)
