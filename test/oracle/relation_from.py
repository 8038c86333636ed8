"""FROM and subqueries of generated relation statements: which tables are joined, how and on what."""

from relation_parts import CLASSES, KEYS, Parts, fields_of, local_fields
from relations import Field, Select, Source, Sub, flat, ref, template
from tree import Node


PLAIN = ('int2', 'int4', 'int8', 'bool', 'date')


class FromBuilder:
    """Draws tables and joins them; the statements around them are its heir's."""

    def __init__(self, rng, values):
        self.rng = rng
        self.parts = Parts(rng, values)
        self.tables = []
        self.plain = False  # only columns of types that everything is pushed for
        self.letters = iter(())

    def begin(self, tables):
        """A new statement over these tables."""
        self.tables = [t for t in tables if t.source.local]
        self.parts.variant = tables[0].variant
        self.letters = iter('rstuvwabcdefghijklm')

    def table(self, below=1000):
        """A table: mostly one of those made for joins; with a limit only a small one."""
        rng = self.rng
        small = below < 1000
        joined = [t for t in self.tables if t.name.startswith('j_')]
        others = [t for t in self.tables if t.weight and t.name not in ('t "Odd` na\'me',)]
        if small:
            joined = [t for t in joined if t.source.size < below] or joined
        if joined and (rng.random() < 0.8 or not others or small):
            weights = [0.12 if t.source.size == 0 else 1 for t in joined]
            return rng.choices(joined, weights)[0]
        return rng.choices(others, [t.weight for t in others])[0]

    def source(self, table=None, kind='table'):
        table = table or self.table()
        listed = fields_of(table) if kind == 'table' else local_fields(table)
        return Source(next(self.letters), kind, listed, table=table)

    def scope(self, sources):
        """What can be referred to; large values seldom."""
        found = []
        for source in flat(sources):
            found += [
                (source.alias, f)
                for f in source.fields
                if f.name not in ('wt', 'wm', 'wj', 'wb') or self.rng.random() < 0.05
            ]
        plain = [(a, f) for a, f in found if self.plain and f.tag in PLAIN]
        return plain or found

    def joined(self, kind, plain=False):
        """The sources of a join of this kind."""
        rng = self.rng
        count = rng.choices((2, 3, 4), (60, 28, 12))[0]
        sources = [self.source()]
        if sources[0].table.weight and kind != 'none':
            count = 2
        if kind == 'inner' and rng.random() < 0.3 and not plain:
            return self.comma(sources, count)
        special = rng.randrange(1, count)
        for number in range(1, count):
            join = kind if number == special else rng.choice(('inner', kind, 'left', 'inner'))
            if kind == 'inner':
                join = 'inner'
            if kind == 'full' and number != special:
                join = rng.choice(('inner', 'left'))
            self.add(sources, join)
        if kind == 'inner' and count < 4 and rng.random() < 0.08:
            self.add(sources, 'cross')
        return sources

    def add(self, sources, join):
        """Joins one more table, or two in parentheses."""
        rng = self.rng
        left = self.scope(sources)
        source = self.partner_source(sources, join == 'cross')
        if join == 'cross':
            source.join = 'cross'
            sources.append(source)
            return
        if join in ('left', 'inner', 'right') and rng.random() < 0.06:
            inner = self.source(self.table(35))
            inner.join, inner.on = 'inner', self.parts.key(self.scope([source]), inner, True) or [self.narrow(inner)]
            nest = Source(source.alias, 'nest', [], join, members=[source, inner])
            nest.on = self.parts.key(left, source, True) or [self.narrow(source)]
            sources.append(nest)
            return
        source.join = join
        shared = [f.name for f in source.fields if self.can_use(sources, f)]
        if shared and join != 'full' and rng.random() < 0.12:
            source.using = rng.sample(shared, min(len(shared), rng.choice((1, 1, 2))))
        else:
            source.on = self.on(left, source, join)
        sources.append(source)

    def partner_source(self, sources, small):
        """The larger what is there, the smaller what it is joined with."""
        number = len(list(flat(sources)))
        large = any(s.table is not None and s.table.weight for s in flat(sources))
        return self.source(self.table(10 if small or number > 2 else 35 if large or number > 1 else 1000))

    def can_use(self, sources, column):
        """Whether USING may name a column: it is unique on the left and of a comparable type."""
        found = [f for s in flat(sources) for f in s.fields if f.name == column.name]
        if len(found) != 1 or column.name not in ('n', 'm', 's', 't', 'u', 'd', 'k4', 'id'):
            return False
        one = found[0]
        return (
            CLASSES.get(one.tag) == CLASSES.get(column.tag)
            and one.collation == column.collation
            and 'nd' not in (one.tag, column.tag)
        )

    def on(self, left, source, join):
        rng = self.rng
        made = self.parts.key(left, source, join == 'full')
        if not made:
            return [self.narrow(source)]
        if join == 'full':
            return made
        if rng.random() < 0.14:
            made += self.parts.key(left, source)
        if rng.random() < 0.2:
            made.append(self.parts.condition(self.scope([source]) if rng.random() < 0.6 else left))
        if rng.random() < 0.08:
            made.append(self.parts.condition(left + self.scope([source])))
        if rng.random() < 0.05 and source.table and source.table.name.startswith('j_'):
            made = [self.inequality(left, source)] or made
        return made

    def inequality(self, left, source):
        column = self.rng.choice([f for f in source.fields if f.name in ('n', 'm', 'id')])
        pair = self.parts.partner(left, source.alias, column, True)
        node = ref(source.alias, column)
        if pair is None:
            return self.narrow(source)
        if self.rng.random() < 0.5:
            return (
                template('({0} BETWEEN {1} AND {1} + 1)', 'bool', node, ref(*pair))
                if pair[1].small
                else self.parts.compared(node, ref(*pair), '<')
            )
        return self.parts.compared(node, ref(*pair), self.rng.choice(('<', '<=', '>', '<>')))

    def narrow(self, source):
        """So few rows of a table that any join with it stays small."""
        column = next((f for f in source.fields if f.name == 'id'), source.fields[0])
        return Node('in', 'bool', [ref(source.alias, column)] + [self.parts.literal(column) for _ in range(3)], 'IN')

    def comma(self, sources, count):
        for _ in range(count - 1):
            left = self.scope(sources)
            source = self.partner_source(sources, False)
            source.join = 'comma'
            source.on = self.on(left, source, 'inner')  # moved to WHERE by select()
            sources.append(source)
        return sources

    def rowmaker(self, inner):
        """Rows from here rather than from the remote server: VALUES, a function or a local table, with NULLs and duplicates. What they are
        joined with is as often their model as all other tables."""
        rng, parts = self.rng, self.parts
        roll = rng.random()
        models = [t for t in self.tables if t.name.startswith('j_')]
        likely = rng.random() < 0.5 and inner.table in models
        if roll < 0.35:
            return self.source(inner.table if likely else rng.choice(models), 'local')
        alias = next(self.letters)
        model = inner.table if likely and inner.table.source.size else rng.choice([t for t in models if t.source.size])
        chosen = [
            f for f in fields_of(model) if CLASSES.get(f.tag) not in (None, 'enum', 'bit', 'time') and f.tag != 'nd'
        ]
        if roll < 0.75:
            rng.shuffle(chosen)
            # those that tables are joined by more often than others
            chosen.sort(key=lambda f: f.name not in KEYS and rng.random() < 0.6)
            chosen = chosen[: rng.choice((1, 2, 2, 3))]
            # the types stay plain: a modifier would be lost in VALUES
            types = [parts.constant(f.tag, None).type for f in chosen]
            columns = [Field(f'v{n + 1}', f.tag, t, '', f.key, f.small) for n, (f, t) in enumerate(zip(chosen, types))]
            rows = []
            for _ in range(rng.choice((1, 2, 4, 8, 14))):
                rows.append(
                    [parts.literal(f, True) if rng.random() < 0.85 else parts.constant(f.tag, None) for f in chosen]
                )
                for value in rows[-1]:  # of equal values any may be the group's, or the first
                    if value.tag == 'bpchar' and value.data is not None:
                        value.data = value.data.rstrip(' ')
                    elif value.tag == 'num' and value.data is not None and '.' in value.data:
                        value.data = value.data.rstrip('0').rstrip('.')
                    elif value.tag == 'iv' and value.data is not None and ('day' in value.data or 'mon' in value.data):
                        value.data = '24:00:00'
                if rng.random() < 0.2:
                    rows.append([v.copy() for v in rows[-1]])
            return Source(alias, 'values', columns, rows=rows)
        if roll < 0.88:
            column = Field('v1', 'int4', 'integer', '', ('', model.name, 'id'), True)
            arguments = [
                parts.constant('int4', str(rng.choice((-2, 0, 1)))),
                parts.constant('int4', str(rng.choice((0, 3, 12)))),
            ]
            return Source(alias, 'call', [column], rows=arguments, call='generate_series({0}, {1})')
        column = rng.choice([f for f in chosen if f.tag in ('int4', 'int8', 'text', 'date')])
        items = [parts.literal(column).data for _ in range(rng.choice((0, 1, 3, 7)))]
        quoted = ['"' + i.replace('\\', '\\\\').replace('"', '\\"') + '"' for i in items] + ['NULL'] * (
            rng.random() < 0.4
        )
        name = parts.constant(column.tag, None).type
        array = Node('lit', 'array', [], '{' + ','.join(quoted) + '}', name + '[]')
        return Source(
            alias,
            'call',
            [Field('v1', column.tag, name, '', column.key, column.small)],
            rows=[array],
            call='unnest({0})',
        )

    def lookup(self):
        """Local rows joined with a foreign table: what a lookup join is for."""
        rng = self.rng
        inner = self.source()
        outer = self.rowmaker(inner)
        sources, where = [outer], []
        left = self.scope([outer])
        join = rng.choice(('inner', 'inner', 'left', 'comma', 'semi', 'anti', 'right'))
        if join in ('semi', 'anti'):
            where.append(self.subquery(left, inner, join == 'anti'))
            return sources, where
        inner.join = join
        made = self.on(left, inner, join if join != 'comma' else 'inner')
        if join == 'comma':
            where += made
        else:
            inner.on = made
        sources.append(inner)
        if rng.random() < 0.15:
            self.add(sources, rng.choice(('inner', 'left')))
            if join == 'comma':
                last = sources.pop()
                last.join, conditions, last.on, last.using = 'comma', last.on, [], []
                sources.append(last)
                where += conditions or [self.narrow(next(flat([last])))]
        return sources, where

    # subqueries in conditions --------------------------------------------------------------------------------

    def subquery(self, scope, source=None, negated=False):
        """EXISTS or IN over another table, correlated or not."""
        rng, parts = self.rng, self.parts
        source = source or self.source()
        inner = self.scope([source])
        where = [parts.condition(inner) for _ in range(rng.choice((0, 0, 0, 1, 1, 2)))]
        if rng.random() < 0.55:
            where += parts.key(scope, source) or [self.narrow(source)]
            if rng.random() < 0.2:
                where += parts.key(scope, source)
            sources = [source]
            if rng.random() < 0.12:
                self.add(sources, 'inner')
            return Node(
                'sub',
                'bool',
                [],
                Sub('NOT EXISTS' if negated else 'EXISTS', Select(sources, [parts.constant('int4', '1')], where)),
            )
        pairs = []
        for _ in range(rng.choices((1, 2), (80, 20))[0]):
            column = rng.choice(
                [f for f in source.fields if CLASSES.get(f.tag) not in (None, 'bit', 'time') and f.tag != 'nd']
            )
            left = parts.partner([p for p in scope if p[1].tag != 'nd'], source.alias, column, True)
            if left:
                pairs.append((self.matching(ref(*left), ref(source.alias, column))))
        if not pairs:
            return Node(
                'sub',
                'bool',
                [],
                Sub('NOT EXISTS' if negated else 'EXISTS', Select([source], [parts.constant('int4', '1')], where)),
            )
        if rng.random() < 0.12:
            where += parts.key(scope, source)
        if negated and rng.random() < 0.6:  # with a NULL among them NOT IN finds nothing
            where += [Node('isnull', 'bool', [node], 'IS NOT NULL') for node in (p[1] for p in pairs)]
        form = rng.choice(('NOT IN', 'NOT IN', '<> ALL') if negated else ('IN', 'IN', '= ANY'))
        return Node('sub', 'bool', [p[0] for p in pairs], Sub(form, Select([source], [p[1] for p in pairs], where)))

    def matching(self, left, right):
        """Two fields as the sides of IN, made comparable."""
        one, two = left.data[1], right.data[1]
        if one.tag == 'enum' and one.type != two.type:
            return template('({0})::text', 'text', left), template('({0})::text', 'text', right)
        if CLASSES[one.tag] == 'text' and one.collation != two.collation:
            return template('({0} COLLATE "C")', 'text', left), right
        return left, right
