"""Seeded generator of statements over several relations: joins, grouping, DISTINCT, ORDER BY, LIMIT and what goes with them."""

import random
from dataclasses import replace

from relation_from import FromBuilder
from relation_parts import UNKEYED, fields_of
from relations import (
    Agg,
    Field,
    Key,
    Relation,
    Select,
    Source,
    Sub,
    Window,
    everything,
    flat,
    inexact,
    ref,
    template,
    tolerance,
)
from tree import BARE, Node

FEATURES = (
    ('', 70), ('window', 4), ('setop', 6), ('cte', 4), ('subquery', 4), ('scalar', 4), ('distinct on', 4), ('ties', 4),
    ('sets', 3), ('lock', 3), ('lateral', 4),
)  # fmt: skip
DIRECTIONS = ('', '', '', 'DESC', 'DESC', 'ASC NULLS FIRST', 'DESC NULLS LAST', 'NULLS LAST', 'DESC NULLS FIRST')
COLLATIONS = ('"C"', '"C"', '"en-x-icu"', '"POSIX"')
# What a planner may be told; never changes an answer.
PLANNER = (
    {}, {}, {},
    {'enable_hashjoin': 'off'}, {'enable_mergejoin': 'off'}, {'enable_nestloop': 'off'},
    {'enable_hashagg': 'off'}, {'enable_sort': 'off'}, {'join_collapse_limit': '1'}, {'from_collapse_limit': '1'},
    {'enable_hashjoin': 'off', 'enable_mergejoin': 'off', 'enable_material': 'on'},
    {'enable_hashjoin': 'off', 'enable_nestloop': 'off'},
    {'enable_mergejoin': 'off', 'enable_nestloop': 'off', 'enable_hashagg': 'off'},
    {'enable_hashagg': 'off', 'enable_sort': 'off'}, {'enable_material': 'off'}, {'enable_incremental_sort': 'off'},
)  # fmt: skip
MAY_RAISE = 0.05
COUNTED = 0.06  # of the statements, of which only the number of rows is asked


class RelationGenerator(FromBuilder):
    def __init__(self, seed, conditions, coverage, values):
        super().__init__(random.Random(seed), values)
        self.conditions = conditions  # the generator of conditions, for what may raise
        self.coverage = coverage

    def statement(self, tables, config):
        rng, prepared = self.rng, config.prepared
        self.begin(tables)
        kind = self.coverage.pick(rng)
        self.plain = self.coverage.is_hard(kind) and rng.random() < 0.7
        feature = '' if self.plain else rng.choices([f for f, _ in FEATURES], [w for _, w in FEATURES])[0]
        query, kind, features = self.select(kind, feature)
        relation = Relation(query, tables[0].variant, kind, tuple(features), prepared, dict(rng.choice(PLANNER)))
        relation.counted = rng.random() < COUNTED and not query.lock
        if rng.random() < MAY_RAISE:
            relation.may_raise = self.add_condition(query, prepared)
        together = config.session | relation.planner
        if together.get('enable_hashjoin') == together.get('enable_mergejoin') == 'off':
            relation.planner['enable_material'] = 'on'  # else a remote statement for each pair of rows
        if any(relation.tolerances()):
            relation.planner['extra_float_digits'] = '3'
        if prepared:
            chosen = {}  # equal values alike, so that an expression stays the same wherever it is written
            for node in everything(query):
                if node.kind == 'lit' and not node.fixed and node.type not in ('json', BARE):
                    node.param = chosen.setdefault((node.type, node.data), rng.random() < 0.7)
        return relation

    def add_condition(self, query, prepared):
        """A condition of the other generator, which may divide by zero or overflow."""
        sources = [s for s in flat(query.sources) if s.kind == 'table' and s.table.size]
        if sources and sources[0].table.variant.startswith('zero'):  # there it asks for zero dates
            sources = [s for s in sources if s.table.weight]
        if not sources:
            return False
        source = self.rng.choice(sources)
        self.conditions.use(source.table)
        node = self.conditions.conjunct(prepared)
        known = {f.name: f for f in source.fields}
        for part in node.walk():
            if part.kind == 'col':
                if part.data not in known:
                    return False
                part.kind, part.data = 'ref', (source.alias, known[part.data])
        query.where.append(node)
        return True

    # the whole -----------------------------------------------------------------------------------------------

    def select(self, kind, feature):
        rng, parts = self.rng, self.parts
        join, grouping, order, limit = kind
        # Nothing around it decides which rows are shown.
        bare = join == 'lookup' and rng.random() < 0.35
        if bare:
            feature, grouping, order, limit = None, 'none', 'none', 'none'
        features, where = [feature] if feature else [], []
        wide = [t for t in self.tables if t.name == 't_wide']
        if join == 'none':
            # groups of long texts that differ late
            sources = [self.source(wide[0] if wide and grouping == 'group' and rng.random() < 0.3 else None)]
        elif join == 'semi' or join == 'anti':
            sources = self.joined('inner', True) if rng.random() < 0.25 else [self.source()]
            scope = self.scope(sources)
            if join == 'anti' and rng.random() < 0.25:
                self.add(sources, 'left')
                last = next(flat([sources[-1]]))
                where.append(
                    Node('isnull', 'bool', [ref(last.alias, next(f for f in last.fields if f.name == 'id'))], 'IS NULL')
                )
            else:
                where.append(self.subquery(scope, None, join == 'anti'))
        elif join == 'lookup':
            sources, where = self.lookup()
        else:
            sources = self.joined(join)
        for source in sources:
            if source.join == 'comma':
                where += source.on
                source.on = []
        ctes = []
        if feature in ('cte', 'subquery', 'lateral'):
            self.derived(feature, sources, ctes)
        scope = self.scope(sources)
        for _ in range(0 if bare else rng.choice((0, 0, 0, 1, 1, 1, 2))):
            where.append(parts.condition(scope))
        query = Select(sources, [], where, ctes=ctes)
        if feature in ('distinct on', 'lock', 'window'):
            grouping = 'none'
        if feature == 'sets':
            grouping = 'group'
        if feature == 'setop':
            grouping = 'none'
        self.fill(query, grouping, scope, feature)
        if grouping == 'group' and wide and sources[0].table is wide[0] and rng.random() < 0.5:
            # for different values within groups the remote server sorts
            counted = next(f for f in sources[0].fields if f.name == 'id')
            query.items.append(Node('agg', 'int8', [ref(sources[0].alias, counted)], Agg('count', distinct=True)))
        if feature == 'scalar':
            self.add_scalar(query, scope, grouping == 'none')
        if feature == 'setop':
            self.operands(query, scope)
        if feature == 'window':
            self.add_window(query, scope)
        self.arrange(query, order, limit, feature, scope)
        if feature == 'lock':
            self.lock(query)
        if query.order:
            order = 'order'
        elif order == 'order':
            order = 'none'
        return query, (join, grouping, order, limit), features

    def fill(self, query, grouping, scope, feature):
        """SELECT's items and GROUP BY."""
        rng, parts = self.rng, self.parts
        shown = [(a, f) for a, f in scope if f.tag not in ('json', 'jsonb') or grouping == 'none'] or scope
        if grouping in ('none', 'distinct'):
            fit = (
                [(a, f) for a, f in shown if f.tag not in UNKEYED]
                if grouping == 'distinct' or feature == 'setop'
                else shown
            )
            chosen = rng.sample(fit, min(len(fit), rng.choice((1, 2, 3, 4))))
            query.items += [ref(a, f) for a, f in chosen]
            if grouping == 'none' and rng.random() < 0.5:
                query.items += [ref(a, f) for a, f in fit if f.name == 'id'][:4]
            if rng.random() < 0.25:
                query.items.append(
                    parts.expression(query.items[0]) if query.items[0].data[1].tag not in UNKEYED else query.items[0]
                )
            tables = [s for s in flat(query.sources) if s.kind == 'table']
            outer = any(s.join in ('left', 'right', 'full') for s in flat(query.sources))
            if tables and grouping == 'none' and not feature and rng.random() < (0.4 if outer else 0.06):
                # a whole row: whether an outer join has found one
                query.items.append(template(f'(("{rng.choice(tables).alias}".*) IS NOT DISTINCT FROM NULL)', 'bool'))
            query.distinct = 'all' if grouping == 'distinct' else ''
            return
        if grouping == 'group':
            for _ in range(rng.choice((1, 1, 2, 3))):
                query.group.append(parts.group_key(scope, feature == 'sets'))
            query.items += [k.copy() for k in query.group if rng.random() < 0.9]
        for _ in range(rng.choice((1, 2, 2, 3))):
            made = parts.aggregate(scope)
            if rng.random() < 0.2 and not inexact(made):
                made = parts.over_aggregate(made)
            query.items.append(made)
        if rng.random() < (0.3 if grouping == 'group' else 0.12):
            self.add_having(query, scope)
        if feature == 'sets':
            query.grouping = rng.choice(('ROLLUP', 'CUBE', 'GROUPING SETS'))
            places = ', '.join('{%d}' % n for n in range(len(query.group)))
            query.items.append(template(f'GROUPING({places})', 'int4', *[k.copy() for k in query.group]))

    def add_having(self, query, scope):
        rng, parts = self.rng, self.parts
        made = parts.aggregate(scope, rng.choice(('count', 'count', 'sum', 'min', 'max', 'avg')), rng.random() < 0.6)
        if inexact(made) or made.tag in ('enum', ''):
            made = Node('agg', 'int8', [], Agg('count'))
        if made.data.name in ('min', 'max') and made.args[0].kind == 'ref':
            value = parts.literal(made.args[0].data[1])
        else:
            value = parts.constant(made.tag, parts.foreign(made.tag))
        sign = rng.choice(('>', '>', '>=', '<', '<>', '='))
        query.having.append(template(f'({{0}} {sign} {{1}})', 'bool', made, value))
        if query.group and rng.random() < 0.2:
            query.having.append(Node('isnull', 'bool', [query.group[0].copy()], 'IS NOT NULL'))

    def arrange(self, query, order, limit, feature, scope):
        """ORDER BY, LIMIT and OFFSET."""
        rng = self.rng
        keys = [n for n, item in enumerate(query.items) if item.tag not in UNKEYED and not inexact(item)]
        if feature == 'distinct on' and keys:
            query.distinct = 'on'
            chosen = rng.sample(keys, min(len(keys), rng.choice((1, 2, 3))))
            query.order = [Key(n, rng.choice(DIRECTIONS), True) for n in chosen]
            query.on_count = rng.randrange(1, len(chosen) + 1)
        elif (order == 'order' or feature == 'ties') and keys:
            chosen = rng.sample(keys, min(len(keys), rng.choice((1, 1, 2, 3))))
            query.order = [self.sort_key(query, n) for n in chosen]
        if limit == 'none' and feature != 'ties':
            return
        texts = ('1', '2', '3', '5', '5', '10', '10', '25', '25', '40', '100', '1000') + ('0',)
        if limit != 'offset' or rng.random() < 0.75:
            text = None if rng.random() < 0.05 else rng.choice(texts)
            query.limit = self.parts.constant('int8', text)
        if limit == 'offset':
            offsets = (
                ('0', '0', '0', '1', '1000')
                if not query.group and aggregated(query)
                else ('0', '1', '1', '2', '3', '5', '20', '1000')
            )
            query.offset = self.parts.constant('int8', None if rng.random() < 0.05 else rng.choice(offsets))
        if feature == 'ties' and query.order:
            query.limit = self.parts.constant('int8', rng.choice(texts[:9]))
            query.ties = True

    def sort_key(self, query, number):
        rng = self.rng
        key = Key(number, rng.choice(DIRECTIONS), rng.random() < 0.5)
        item = query.items[number]
        if key.written and item.tag == 'text' and not query.distinct and not query.operands and rng.random() < 0.4:
            key.collation = rng.choice(COLLATIONS)
        return key

    def lock(self, query):
        """Row locks, of a table that no outer join makes NULL."""
        sources = query.sources
        if any(s.join == 'full' for s in sources) or query.ctes or query.group or query.distinct:
            return
        last_right = max((n for n, s in enumerate(sources) if s.join == 'right'), default=0)
        first = next(flat([sources[last_right]]))
        if first.kind != 'table':
            return
        words = self.rng.choice(('UPDATE', 'SHARE', 'NO KEY UPDATE', 'KEY SHARE'))
        plain = len(sources) == 1 and first is sources[0]
        query.lock = f'FOR {words}' + ('' if plain and self.rng.random() < 0.5 else f' OF {first.alias}')

    # features ------------------------------------------------------------------------------------------------

    def output(self, items):
        """The fields that a subquery's items are to what is around it."""
        found = []
        for number, item in enumerate(items):
            column = item.data[1] if item.kind == 'ref' else None
            found.append(
                Field(
                    f'c{number + 1}',
                    item.tag,
                    column.type if column else self.parts.constant(item.tag, None).type if item.tag else '',
                    column.collation if column else 'unknown' if item.tag in ('text', 'bpchar') else '',
                    column.key if column else (),
                    column.small if column else False,
                    column.exact if column else False,
                    tolerance(item),
                )
            )
        return found

    def inner(self, limited=False, grouped=False):
        """A SELECT inside another; with a limit its order leaves nothing open."""
        rng, parts = self.rng, self.parts
        sources = [self.source(rng.choice([t for t in self.tables if t.name.startswith('j_')]))]
        if rng.random() < 0.3:
            self.add(sources, rng.choice(('inner', 'left')))
        scope = self.scope(sources)
        query = Select(sources, [], [parts.condition(scope) for _ in range(rng.choice((0, 1, 1)))])
        if grouped and not limited:
            query.group = [parts.group_key(scope)]
            query.items = [k.copy() for k in query.group] + [
                parts.aggregate(scope, rng.choice(('count', 'sum', 'max', 'avg')), True)
            ]
            return query
        names = [f.name for _, f in scope]
        plain = [(a, f) for a, f in scope if f.tag not in UNKEYED and f.tag != 'enum' and names.count(f.name) >= 1]
        ids = [ref(a, f) for a, f in scope if f.name == 'id']
        query.items = ids + [ref(a, f) for a, f in rng.sample(plain, min(len(plain), rng.choice((2, 3, 4))))]
        if limited:
            first = (
                [Key(len(ids), rng.choice(DIRECTIONS))] if len(query.items) > len(ids) and rng.random() < 0.6 else []
            )
            query.order = first + [Key(n) for n in range(len(ids))]
            query.limit = parts.constant('int8', rng.choice(('1', '2', '5', '10')))
            if rng.random() < 0.3:
                query.offset = parts.constant('int8', rng.choice(('1', '3')))
        return query

    def derived(self, feature, sources, ctes):
        """Joins a subquery, a CTE or a LATERAL one to what is there."""
        rng = self.rng
        left = self.scope(sources)
        comma = any(s.join == 'comma' for s in sources)
        if feature == 'lateral':
            self.add_lateral(sources, left, comma)
            return
        query = self.inner(feature == 'subquery' and rng.random() < 0.6, rng.random() < 0.4)
        alias = next(self.letters)
        columns = self.output(query.items)
        if feature == 'cte':
            how = rng.choice(('', 'MATERIALIZED ', 'NOT MATERIALIZED '))
            ctes.append(('q', how, query))
            source = Source(alias, 'cte', columns, call='q')
        else:
            source = Source(alias, 'query', columns, query=query)
        self.attach(sources, left, source, comma)
        if feature == 'cte' and rng.random() < 0.25:
            self.attach(sources, self.scope(sources), replace(source, alias=next(self.letters), on=[]), comma)

    def attach(self, sources, left, source, comma):
        """Joins what has columns of its own making."""
        usable = [f for f in source.fields if f.tag not in UNKEYED and not f.tolerance and f.tag != 'enum']
        source.join = 'cross' if comma else self.rng.choice(('inner', 'left', 'inner'))
        if not comma:
            source.on = self.parts.key(left, replace(source, fields=usable), True)
            source.join = source.join if source.on else 'cross'
        sources.append(source)

    def add_lateral(self, sources, left, comma):
        rng, parts = self.rng, self.parts
        inner = self.source(self.table(35))
        where = parts.key(left, inner) or [self.narrow(inner)]
        scope = self.scope([inner])
        if rng.random() < 0.5:
            query = Select(
                [inner],
                [parts.aggregate(scope, rng.choice(('count', 'sum', 'max', 'min')), True) for _ in range(2)],
                where,
            )
        else:
            plain = [f for f in inner.fields if f.tag not in UNKEYED and f.tag != 'enum']
            query = Select([inner], [ref(inner.alias, f) for f in rng.sample(plain, 2)], where)
            query.items.append(ref(inner.alias, next(f for f in inner.fields if f.name == 'id')))
            query.order = [Key(0, rng.choice(DIRECTIONS)), Key(2)]
            query.limit = parts.constant('int8', rng.choice(('1', '2', '3')))
        source = Source(next(self.letters), 'query', self.output(query.items), query=query, lateral=True)
        # FULL and RIGHT cannot be referred to from the side
        if any(s.join in ('full', 'right') for s in sources) and rng.random() < 0.5 or comma:
            source.join = 'cross'
        else:
            source.join = rng.choice(('left', 'cross', 'inner'))
        sources.append(source)

    def add_scalar(self, query, scope, shown):
        """A subquery for a value, in the condition or among the items."""
        rng, parts = self.rng, self.parts
        inner = self.source()
        where = parts.key(scope, inner) if rng.random() < 0.6 else []
        if rng.random() < 0.3:
            where.append(parts.condition(self.scope([inner])))
        item = parts.aggregate(self.scope([inner]), rng.choice(('count', 'max', 'min', 'sum')), True)
        node = Node('sub', item.tag, [], Sub('', Select([inner], [item], where)))
        if not shown or rng.random() < 0.5 and item.tag in ('int8', 'num'):
            if item.tag not in ('int8', 'num') or inexact(item):
                node.data.query.items, node.tag = [Node('agg', 'int8', [], Agg('count'))], 'int8'
            column = rng.choice(
                [ref(a, f) for a, f in scope if f.tag in ('int4', 'int8', 'num')] or [parts.constant('int4', '3')]
            )
            query.where.append(template(f'({{0}} {rng.choice(("<", ">=", "="))} {{1}})', 'bool', column, node))
        else:
            query.items.append(node)

    def operands(self, query, scope):
        """UNION and its like, with columns of the very same types, and constants that tell the arms apart."""
        rng = self.rng
        known = [
            (a, f) for a, f in scope if f.tag not in UNKEYED and any(self.same(t, f) for t in self.tables)
        ]
        if not known:
            return
        chosen = rng.sample(known, min(len(known), rng.choice((1, 1, 2, 3))))
        tables = [t for t in self.tables if all(self.same(t, f) for _, f in chosen)]
        if not tables:
            chosen = chosen[:1]
            tables = [t for t in self.tables if self.same(t, chosen[0][1])]
        marked = rng.random() < 0.3
        query.items = [ref(a, f) for a, f in chosen] + [self.parts.constant('int4', '0')] * marked
        for number in range(rng.choice((1, 1, 2))):
            source = self.source(rng.choice(tables))
            items = [ref(source.alias, rng.choice(self.same(source.table, f))) for _, f in chosen]
            where = [self.parts.condition(self.scope([source])) for _ in range(rng.choice((0, 1)))]
            arm = Select([source], items, where)
            if rng.random() < 0.15:
                arm.group = [item.copy() for item in items]
            elif rng.random() < 0.15:
                arm.distinct = 'all'
            arm.items = items + [self.parts.constant('int4', str(rng.choice((0, number))))] * marked
            operator = rng.choice(('UNION', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'EXCEPT ALL', 'INTERSECT ALL'))
            query.operands.append((operator, arm))

    def same(self, table, wanted):
        found = [
            f for f in fields_of(table) if (f.tag, f.type, f.collation) == (wanted.tag, wanted.type, wanted.collation)
        ]
        return [f for f in found if f.type != 'numeric' or f.key == wanted.key]

    def add_window(self, query, scope):
        rng, parts = self.rng, self.parts
        ids = [ref(a, f) for a, f in scope if f.name == 'id']
        keyed = [(a, f) for a, f in scope if f.tag not in UNKEYED and not f.tolerance]
        if not keyed or any(s.kind != 'table' for s in flat(query.sources)):
            return
        partition = [ref(*rng.choice(keyed))] if rng.random() < 0.6 else []
        key = ref(*rng.choice(keyed))
        name = rng.choice(('row_number', 'rank', 'dense_rank', 'count', 'sum', 'max'))
        if name in ('row_number', 'rank', 'dense_rank'):
            call = Node('agg', 'int8', [], Agg(name))
            order = [key] + (ids if name == 'row_number' else [])
        else:
            call = parts.aggregate(scope, name, True)
            call.data.distinct = False
            order = [key] if rng.random() < 0.6 else []
            if call.data.name == 'sum' and call.args[0].tag in ('f4', 'f8'):
                call = Node('agg', 'int8', [], Agg('count'))
        frame = (
            'ROWS BETWEEN 1 PRECEDING AND CURRENT ROW'
            if order and rng.random() < 0.2 and name not in ('rank', 'row_number', 'dense_rank')
            else ''
        )
        if frame:
            order += ids
        query.items.append(Node('window', call.tag, [call], Window(partition, order, frame)))


def aggregated(query):
    return any(node.kind == 'agg' for node in everything(query.items)) and not any(
        n.kind == 'window' for n in everything(query.items)
    )
