"""What relation statements are made of: fields of tables, keys of joins, conditions that cannot raise, grouping expressions and
aggregates. All of them draw literals that the columns really hold."""

import literals
import pools
from relations import Agg, Field, ref, template
from signatures import TYPES
from tree import Node

CLASSES = {
    'int2': 'number', 'int4': 'number', 'int8': 'number', 'num': 'number', 'f4': 'number', 'f8': 'number',
    'text': 'text', 'bpchar': 'text', 'nd': 'text', 'date': 'moment', 'ts': 'moment', 'tstz': 'moment',
    'iv': 'iv', 'bytea': 'bytea', 'bool': 'bool', 'enum': 'enum', 'bit': 'bit', 'time': 'time', 'uuid': 'uuid',
}  # fmt: skip
INTS = ('int2', 'int4', 'int8')
KEYS = ('n', 'm', 't', 's', 'c', 'd', 'x', 'y', 'e', 'id')  # the columns made for joins
SMALL = ('k2', 'k4', 'k8', 'n', 'm', 'i', 'u', 'flag')
# Of what is equal under these more than one text exists.
UNKEYED = ('nd', 'json', 'jsonb', '')
TYPE_NAMES = {
    'bpchar': 'bpchar', 'nd': 'text', 'num': 'numeric', 'f4': 'real', 'f8': 'double precision', 'iv': 'interval',
    'ts': 'timestamp', 'tstz': 'timestamptz', 'time': 'time',
}  # fmt: skip
NUMBERS = INTS + ('num', 'f4', 'f8')
SUMS = {'int2': 'int8', 'int4': 'int8', 'int8': 'num', 'num': 'num', 'f4': 'f4', 'f8': 'f8', 'iv': 'iv'}
AVERAGES = {'int2': 'num', 'int4': 'num', 'int8': 'num', 'num': 'num', 'f4': 'f8', 'f8': 'f8', 'iv': 'iv'}
SPREADS = {'int2': 'num', 'int4': 'num', 'int8': 'num', 'num': 'num', 'f4': 'f8', 'f8': 'f8'}
SPREAD_NAMES = ('stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp')
ORDERED = NUMBERS + ('text', 'bpchar', 'date', 'ts', 'tstz', 'iv', 'enum', 'time')
AGGREGATES = (
    ('count', 14), ('sum', 12), ('avg', 12), ('min', 10), ('max', 10), ('spread', 7), ('bool', 5), ('bit', 4),
    ('string_agg', 4), ('array_agg', 4),
)  # fmt: skip


def fields_of(table):
    """A table's columns as fields; worked out once."""
    if not hasattr(table, 'fields'):
        joined = table.name.startswith('j_')
        table.fields = [
            Field(
                c.name,
                c.tag,
                table.enum_type if c.tag == 'enum' else c.type,
                c.collation,
                ('', table.name, c.name),
                c.name in SMALL and (joined or c.name.startswith('k') or c.name == 'flag'),
                joined and c.name == 'x',
            )
            for c in table.columns
            if c.tag
        ]
    return table.fields


def local_fields(table):
    """The same table as the plain local copy has it."""
    source = table.source
    found = []
    for column in source.columns:
        shown = column.pg not in ('enum', 'jsonb')
        tag = column.tag if shown else 'text'
        found.append(
            Field(column.name, tag, column.pg if shown else 'text', '', ('base', table.name, column.name), column.name in SMALL, column.name == 'x')
        )  # fmt: skip
    return found


class Parts:
    def __init__(self, rng, values):
        self.rng = rng
        self.values = values  # (variant, field) -> texts that the column holds
        self.variant = ''
        self.codec = None  # of a local database that is not in UTF-8

    # literals ------------------------------------------------------------------------------------------------

    def literal(self, column, near=False):
        """A value of the field, for text perhaps another that a sloppy comparison takes for the same."""
        rng, tag = self.rng, column.tag
        known = self.values(self.variant, column) if column.key else ()
        text = rng.choice(known) if known and rng.random() < 0.9 else self.foreign(tag)
        if near and tag in ('text', 'bpchar', 'nd') and rng.random() < 0.35:
            other = literals.near(rng, tag, text)
            text = other if not self.codec or pools.fits(other, self.codec) else text
        elif near and tag in ('num', 'ts', 'tstz') and rng.random() < 0.1:
            text = literals.finer(rng, tag, text)
        return self.constant(tag, text, column.type)

    def own(self, column):
        """A value that looks as the column's own do: a number of the same scale."""
        known = self.values(self.variant, column) if column.key else ()
        return self.constant(column.tag, self.rng.choice(known) if known else self.foreign(column.tag), column.type)

    def constant(self, tag, text, kind=''):
        if tag == 'bit':
            name = f'bit({max(1, len(text or "0"))})'
        else:
            name = kind if tag == 'enum' else TYPE_NAMES.get(tag, TYPES.get(tag, tag))
        return Node('lit', tag, [], text, name)

    def foreign(self, tag):
        if tag == 'enum':
            return 'a'
        if tag in ('f4', 'f8', 'num'):
            return self.rng.choice(('0', '1', '2.5', '-1', '3'))
        if tag in INTS:
            return self.rng.choice(('0', '1', '2', '3', '-1', '7', '10'))
        return literals.text_of(self.rng.choice(literals.COMMON[tag]))

    # conditions ----------------------------------------------------------------------------------------------

    def condition(self, scope, depth=0):
        """A condition over fields in reach that cannot raise."""
        rng = self.rng
        roll = rng.random()
        if depth == 0 and roll < 0.1:
            return Node(rng.choice(('or', 'or', 'and')), 'bool', [self.condition(scope, 1), self.condition(scope, 1)])
        if depth == 0 and roll < 0.15:
            return Node('not', 'bool', [self.condition(scope, 1)])
        alias, column = rng.choice(scope)
        node = ref(alias, column)
        if column.tag in ('json', 'jsonb', 'bit', 'nd') or roll > 0.88:
            return Node('isnull', 'bool', [node], rng.choice(('IS NULL', 'IS NOT NULL', 'IS NOT NULL')))
        if column.tag == 'bool':
            if roll < 0.5:
                return Node(
                    'booltest', 'bool', [node], rng.choice(('IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS UNKNOWN'))
                )
            return node
        if roll < 0.25:
            other = self.partner(scope, alias, column)
            if other:
                return self.compared(node, ref(*other), rng.choice(('=', '<>', '<', '<=', '>', '>=')))
        if roll < 0.33:
            kind = rng.choice(('IN', 'NOT IN'))
            return Node('in', 'bool', [node] + [self.literal(column, True) for _ in range(rng.choice((1, 2, 4)))], kind)
        if roll < 0.41:
            kind = rng.choice(('BETWEEN', 'NOT BETWEEN'))
            return Node('between', 'bool', [node, self.literal(column), self.literal(column)], kind)
        if roll < 0.47:
            kind = rng.choice(('IS DISTINCT FROM', 'IS NOT DISTINCT FROM'))
            return Node('distinct', 'bool', [node, self.literal(column, True)], kind)
        if roll < 0.54:
            node = Node('coalesce', column.tag, [node, self.literal(column)])
        if roll > 0.82 and column.tag == 'text':
            pattern = literals.pattern(rng, self.literal(column).data or '')
            return template('({0} LIKE {1})', 'bool', node, Node('lit', 'text', [], pattern, 'text'))
        if roll > 0.82 and column.small and column.tag in INTS:
            node = self.arithmetic(node)
        sign = rng.choice(('=', '<>', '<>', '<', '<=', '>', '>='))
        return template(f'({{0}} {sign} {{1}})', 'bool', node, self.literal(column, True))

    def arithmetic(self, node):
        rng = self.rng
        if node.tag == 'int8':
            return template(rng.choice(('({0} + 1)', '({0} * 2)', '({0} % 3)', '(- {0})')), 'int8', node)
        text = rng.choice(('({0} + 1)', '({0} - 2)', '({0} * 2)', '({0} % 3)', 'abs({0})'))
        return template(text, 'int2' if node.tag == 'int2' and 'abs' in text else 'int4', node)

    def partner(self, scope, alias, column, others=False):
        """A field that this one can be compared with, of the same name more often than not."""
        kind = CLASSES.get(column.tag)
        found = [
            (a, f)
            for a, f in scope
            if CLASSES.get(f.tag) == kind and (a, f.name) != (alias, column.name) and not (others and a == alias)
        ]
        if kind in (None, 'bit', 'time') or not found:
            return None
        named = [pair for pair in found if pair[1].name == column.name]
        return self.rng.choice(named) if named and self.rng.random() < 0.85 else self.rng.choice(found)

    # comparisons of two fields -------------------------------------------------------------------------------

    def compared(self, left, right, sign='='):
        """Two fields compared, with what it takes for their types and collations to agree."""
        one, two = left.data[1], right.data[1]
        first, second = '{0}', '{1}'
        if one.tag == 'enum' and one.type != two.type:
            first, second = '({0})::text', '({1})::text'
        elif CLASSES[one.tag] == 'text':
            if one.collation != two.collation or 'nd' in (one.tag, two.tag) and sign != '=':
                second = '({1} COLLATE "C")'
        return template(f'({first} {sign} {second})', 'bool', left, right)

    def key(self, scope, right, plain=False):
        """An equality between what is joined already and a new source: [conditions], or an empty list when nothing fits."""
        rng = self.rng
        candidates = [f for f in right.fields if CLASSES.get(f.tag) not in (None, 'bit', 'time')]
        candidates = [f for f in candidates if f.name != 'flag' or rng.random() < 0.15] or candidates
        rng.shuffle(candidates)
        # the columns made for it more often than what is just there
        candidates.sort(key=lambda f: f.name not in KEYS and rng.random() < 0.85)
        for column in candidates:
            pair = self.partner(scope, right.alias, column, True)
            if pair is None:
                continue
            left, node = ref(*pair), ref(right.alias, column)
            if plain:
                return [self.compared(left, node)]
            roll = rng.random()
            if roll < 0.07:
                same = self.compared(left, node)
                same.data = same.data.replace(' = ', ' IS NOT DISTINCT FROM ')
                return [same]
            if roll < 0.22:
                made = self.expression_key(left, node)
                return [made] if made else [self.compared(left, node)]
            return [self.compared(left, node)]
        return []

    def expression_key(self, left, right):
        rng, one, two = self.rng, left.data[1], right.data[1]
        kind = CLASSES[one.tag]
        if kind == 'number' and one.small and two.small:
            forms = [
                '({0} + 1 = {1})',
                '({0} = {1} - 1)',
                '(abs({0}) = abs({1}))',
                '(COALESCE({0}, -1) = COALESCE({1}, -1))',
            ]
            if one.tag in INTS and two.tag in INTS:
                forms += ['({0} % 3 = {1} % 3)', '({0} * 2 = {1} + {0})']
            return template(rng.choice(forms), 'bool', left, right)
        if kind == 'text' and 'nd' not in (one.tag, two.tag):
            forms = ('(lower({0}) = lower({1}) COLLATE "C")', '(substr({0}, 1, 1) = substr({1}, 1, 1) COLLATE "C")',
                '(length({0}) = length({1}))', "(COALESCE({0}, '') = COALESCE({1}, '') COLLATE \"C\")",
                "({0} || 'x' = {1} || 'x' COLLATE \"C\")")  # fmt: skip
            return template(rng.choice(forms), 'bool', left, right)
        if kind == 'moment':
            forms = ('(({0})::date = ({1})::date)', "(date_trunc('month', {0}) = date_trunc('month', {1}))",
                '(extract(year FROM {0}) = extract(year FROM {1}))')  # fmt: skip
            return template(rng.choice(forms), 'bool', left, right)
        return None

    # values --------------------------------------------------------------------------------------------------

    def group_key(self, scope, plain=False):
        """What rows are grouped by: a field, or an expression with few values; of equal ones all have the same text."""
        rng = self.rng
        keyed = [(a, f) for a, f in scope if f.tag not in UNKEYED and not f.tolerance]
        if not keyed or rng.random() < 0.04 and not plain:
            return self.constant('int4', str(rng.choice((1, 7))))
        long = [(a, f) for a, f in keyed if f.name in ('wv', 'wt')]
        alias, column = rng.choice(long if long and rng.random() < 0.75 else keyed)
        node = ref(alias, column)
        roll = rng.random()
        if column.tag == 'iv' and not plain and roll < 0.5:
            return self.expression(node)
        if roll < 0.62 or plain:
            return node
        if roll < 0.72:
            return self.condition(scope, 1)
        if roll < 0.80:
            return Node(
                'case', 'text', [self.condition(scope, 1), self.constant('text', 'yes'), self.constant('text', 'no')]
            )
        return self.expression(node)

    def expression(self, node):
        """Something made of one field."""
        rng, column = self.rng, node.data[1]
        if column.tag in INTS and column.small:
            return self.arithmetic(node)
        if column.tag == 'iv':
            return Node('coalesce', 'iv', [node, self.constant('iv', rng.choice(('1 month -1 day', '3 days 01:00:00', '73:30:00')))])
        if column.tag in ('date', 'ts', 'tstz'):
            if rng.random() < 0.6:
                part = rng.choice(('year', 'month', 'day', 'dow', 'quarter'))
                return template(f'extract({part} FROM {{0}})', 'num', node)
            unit = rng.choice(('month', 'year', 'day', 'hour'))
            return template(f"date_trunc('{unit}', {{0}})", 'ts' if column.tag == 'ts' else 'tstz', node)
        if column.tag in ('text', 'bpchar'):
            form, tag = rng.choice((('lower({0})', 'text'), ('length({0})', 'int4'), ('substr({0}, 1, 1)', 'text')))
            return template(form, tag, node)
        return Node('coalesce', column.tag, [node, self.own(column)])

    # aggregates ----------------------------------------------------------------------------------------------

    def aggregate(self, scope, name='', simple=False):
        """An aggregate of a field or an expression, perhaps DISTINCT or with a FILTER."""
        rng = self.rng
        names = [n for n, _ in AGGREGATES]
        name = name or rng.choices(names, [w for _, w in AGGREGATES])[0]
        made = self.call(name, scope)
        if made is None:
            return Node('agg', 'int8', [], Agg('count'))
        agg = made.data
        if agg.name not in ('string_agg', 'array_agg') and made.args and made.args[0].tag not in UNKEYED:
            # of 0 and 0.0000 either may be the one that is summed up
            mixed = any(a.kind == 'case' and a.tag == 'num' for a in made.args)
            agg.distinct = rng.random() < 0.18 and not simple and not mixed
        if rng.random() < 0.15 and not simple:
            agg.condition = self.condition(scope, 1)
        return made

    def call(self, name, scope):
        rng = self.rng
        if name == 'count':
            if rng.random() < 0.5:
                return Node('agg', 'int8', [], Agg('count'))
            return Node('agg', 'int8', [self.argument(scope, lambda f: f.tag not in ('json', ''))], Agg('count'))
        if name in ('sum', 'avg', 'spread'):
            results = {'sum': SUMS, 'avg': AVERAGES, 'spread': SPREADS}[name]
            argument = self.argument(
                scope, lambda f: f.tag in results and (f.tag not in ('f4', 'f8') or self.summable(f))
            )
            if argument is None:
                return None
            if argument.tag == 'num' and name != 'spread' and rng.random() < 0.5:
                # numbers of different numbers of digits after the point
                zero = Node('lit', 'num', [], '0', 'numeric', fixed=True)
                argument = Node('case', 'num', [self.condition(scope, 1), argument, zero])
            return Node(
                'agg', results[argument.tag], [argument], Agg(rng.choice(SPREAD_NAMES) if name == 'spread' else name)
            )
        if name in ('min', 'max'):
            argument = self.argument(scope, lambda f: f.tag in ORDERED)
            if argument and argument.tag == 'bpchar' and argument.kind != 'ref':
                # which of two equal values, with more blanks or fewer, is open
                argument = self.argument(scope, lambda f: f.tag == 'bpchar', True)
            return argument and Node('agg', argument.tag, [argument], Agg(name))
        if name == 'bool':
            return Node('agg', 'bool', [self.condition(scope, 1)], Agg(rng.choice(('bool_and', 'bool_or', 'every'))))
        if name == 'bit':
            argument = self.argument(scope, lambda f: f.tag in INTS + ('bit',), True)
            return argument and Node('agg', argument.tag, [argument], Agg(rng.choice(('bit_and', 'bit_or', 'bit_xor'))))
        return self.collected(name, scope)

    def summable(self, column):
        """Not of the tables whose floats are edge values: their sums overflow."""
        return bool(column.key) and column.key[1].startswith('j_') and column.tag in ('f4', 'f8')

    def argument(self, scope, fits, plain=False):
        rng = self.rng
        found = [(a, f) for a, f in scope if fits(f) and not f.tolerance]
        if not found:
            return None
        alias, column = rng.choice(found)
        node = ref(alias, column)
        roll = rng.random()
        if plain or roll < 0.72:
            return node
        if column.small and column.tag in INTS and roll < 0.82:
            return self.arithmetic(node)
        if roll < 0.91:
            return Node('case', column.tag, [self.condition(scope, 1), node])
        if column.tag in UNKEYED:
            return node
        return Node('coalesce', column.tag, [node, self.own(column)])

    def collected(self, name, scope):
        """string_agg or array_agg in an order that leaves nothing open."""
        rng = self.rng
        tags = ('text',) if name == 'string_agg' else ('int4', 'int8', 'text', 'num', 'date', 'bool', 'enum', 'ts')
        found = [(a, f) for a, f in scope if f.tag in tags and not f.tolerance and 'w' != f.name[:1]]
        if not found:
            return None
        node = ref(*rng.choice(found))
        arguments = [node] + ([self.constant('text', rng.choice((',', '', ', ')))] if name == 'string_agg' else [])
        return Node('agg', 'text' if name == 'string_agg' else '', arguments,
            Agg(name, rng.random() < 0.2, None, [node], rng.choice(('', 'DESC', 'NULLS FIRST'))))  # fmt: skip

    def over_aggregate(self, node):
        """An expression over an aggregate."""
        rng = self.rng
        if node.tag == 'num':
            form = rng.choice(
                ('round({0}, 2)', '({0} + 1)', '(- {0})', '({0} * 2)', 'COALESCE({0}, 0)', 'trunc({0}, 1)')
            )
            return template(form, 'num', node)
        if node.tag == 'int8' and node.data.name in ('count', 'sum'):
            form = rng.choice(('({0} + 1)', '({0} > 3)', "CASE WHEN {0} > 3 THEN 'many' ELSE 'few' END", '({0} * 2)'))
            return template(form, 'bool' if '>' in form[:8] else 'text' if 'CASE' in form else 'int8', node)
        if node.tag in ('text', 'bpchar'):
            return template("COALESCE({0}, 'none')", 'text', node)
        return node
