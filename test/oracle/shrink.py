"""Shrinks a found difference: settings, then the tree, then the rows; prints SQL that reproduces it."""

import time
from dataclasses import dataclass, replace

import load
import relation_shrink
import settings
from columns import Table
from legs import Leg, literal_sql
from relations import Relation
from tree import Node

BUDGET_SECONDS = 25


@dataclass
class Case:
    kind: str
    text: str


class Session:
    """Three legs that are reopened only when the configuration changes or one was lost."""

    def __init__(self, oracle, mutation=''):
        self.oracle, self.mutation, self.config, self.legs = oracle, mutation, None, []
        self.until = time.monotonic() + BUDGET_SECONDS
        self.checks = 0

    def close(self):
        for leg in self.legs:
            leg.close()
        self.legs = []

    def problem(self, statement, config):
        if time.monotonic() > self.until:
            return None
        if self.config is not config or any(leg.lost() for leg in self.legs):
            self.close()
            self.oracle.globals.apply(config.remote)
            self.legs = self.oracle.open(config, self.mutation)
            self.config = config
        self.checks += 1
        found = self.oracle.judge(self.legs, statement, config, count=False)
        return found


def shrink(oracle, statement, config, problem, mutation=''):
    if isinstance(statement, Relation):
        return relation_shrink.shrink(oracle, statement, config, problem, mutation)
    session = Session(oracle, mutation)
    try:
        if 'the plan shows' in problem or 'is no SQL' in problem:  # not a difference of rows
            return Case(
                'condition neither pushed nor kept' if 'the plan' in problem else 'no SQL', describe(oracle, session, statement, config, problem, None)
            )
        if session.problem(statement, config) is None:
            return Case(
                'not reproduced: ' + skeleton(statement), describe(oracle, session, statement, config, problem, None)
            )
        statement, config = shrink_settings(session, statement, config)
        statement = shrink_shape(session, statement, config)
        statement = shrink_trees(session, statement, config)
        statement, config = shrink_settings(session, statement, config)
        problem = session.problem(statement, config) or problem
        rows = None if 'CRASH' in problem else shrink_rows(oracle, session, statement, config)
        kind = ('crash: ' if 'CRASH' in problem else '') + skeleton(statement) + settings_kind(config)
        return Case(kind, describe(oracle, session, statement, config, problem, rows))
    finally:
        session.close()


def shrink_settings(session, statement, config):
    plain = settings.plain(config.variant)
    simple = statement.copy(prepared=False)
    if session.problem(simple, plain):
        return simple, plain
    for change in (
        'plan',
        'transaction',
        *('session ' + k for k in config.session),
        *('remote ' + k for k in config.remote),
    ):
        section, _, key = change.partition(' ')
        tried, candidate = statement, config
        if section == 'plan':
            tried, candidate = statement.copy(prepared=False), replace(config, plan='simple')
        elif section == 'transaction':
            candidate = replace(config, transaction='none')
        elif section == 'session':
            value = {k: v for k, v in config.session.items() if k != key}
            if key in plain.session:
                value[key] = plain.session[key]
            candidate = replace(config, session=value)
        else:
            candidate = replace(config, remote={k: v for k, v in config.remote.items() if k != key})
        if candidate != config and session.problem(tried, candidate):
            statement, config = tried, candidate
    return statement, config


def shrink_shape(session, statement, config):
    if statement.table.variant == 'zero_error':
        return statement  # an error depends on which columns are read
    for shape in ('plain', 'count'):
        candidate = statement.copy(shape=shape, other=None, other_conjuncts=[], columns=statement.columns)
        if statement.shape not in (shape, 'plain') and session.problem(candidate, config):
            statement = candidate
            break
    changed = True
    while changed:
        changed = False
        for name in ('conjuncts', 'other_conjuncts', 'columns'):
            items = getattr(statement, name)
            for position in range(len(items) - 1, -1, -1):
                candidate = statement.copy(**{name: items[:position] + items[position + 1 :]})
                if session.problem(candidate, config):
                    statement, changed = candidate, True
                    items = getattr(statement, name)
    with_id = statement.copy(columns=['id'] + [c for c in statement.columns if c != 'id'])
    return with_id if session.problem(with_id, config) else statement


def positions(statement):
    """Every node with a way to put another in its place."""
    for name in ('conjuncts', 'other_conjuncts'):
        for index in range(len(getattr(statement, name))):
            stack = [(getattr(statement, name)[index], (name, index, ()))]
            while stack:
                node, path = stack.pop()
                yield node, path
                for position, arg in enumerate(node.args):
                    stack.append((arg, (name, index, path[2] + (position,))))


def substituted(statement, path, node):
    name, index, route = path
    copy = statement.copy()
    items = getattr(copy, name)
    if not route:
        items[index] = node
        return copy
    parent = items[index]
    for position in route[:-1]:
        parent = parent.args[position]
    parent.args[route[-1]] = node
    return copy


def simpler(node, columns):
    """Smaller nodes of the same type."""
    found = [n for n in node.walk() if n is not node and n.tag == node.tag]
    if node.kind not in ('col', 'lit', 'raw'):
        found += [Node('col', node.tag, [], name) for name in columns.get(node.tag, [])[:3]]
    if node.kind in ('and', 'or', 'in', 'coalesce', 'greatest', 'least') and len(node.args) > 2:
        found += [
            replace(node, args=node.args[:n] + node.args[n + 1 :])
            for n in range(1 if node.kind == 'in' else 0, len(node.args))
        ]
    if node.kind == 'lit' and node.param:
        found.append(replace(node, param=False))
    return found


def shrink_trees(session, statement, config):
    changed = True
    while changed:
        changed = False
        for node, path in list(positions(statement)):
            table = statement.table if path[0] == 'conjuncts' else statement.other
            columns = {}
            for column in table.columns:
                columns.setdefault(column.tag, []).append(column.name)
            for candidate in simpler(node, columns):
                attempt = substituted(statement, path, candidate)
                if session.problem(attempt, config):
                    statement, changed = attempt, True
                    break
            if changed:
                break
    return statement


def shrink_rows(oracle, session, statement, config):
    """The fewest rows of a table of their own that still show it: a small Table, or None when more than one table is needed."""
    if (
        statement.shape not in ('plain', 'count', 'star', 'whole', 'constant')
        or oracle.wrapper.name == 'local'
        or statement.table.source.name == 'shrunk'
    ):
        return None
    used = {n.data for c in statement.conjuncts for n in c.walk() if n.kind == 'col'} | set(statement.columns) | {'id'}
    source = statement.table.source
    if any('GENERATED' in c.my for c in source.columns if c.name in used):
        used.add('k4')  # what they are made of
    columns = source.columns if statement.shape in ('star', 'whole') else [c for c in source.columns if c.name in used]
    small = Table('shrunk', columns, source.size, source.options, (), list(source.rows), 1.0, source.variants)
    local, remote = oracle.live_cursor(), oracle.remote
    remote.begin_small()

    def fails(rows):
        small.rows, small.size = rows, len(rows)
        view = make_small(oracle, local, remote, small, statement.table.variant)
        session.close()
        session.config = None
        return view is not None and session.problem(statement.copy(table=view), config) is not None

    try:
        rows = small.rows
        if not fails(rows):
            return None
        step = len(rows) // 2
        while step >= 1:
            start = 0
            while start < len(rows) and len(rows) > 1:
                candidate = rows[:start] + rows[start + step :]
                if candidate and fails(candidate):
                    rows = candidate
                else:
                    start += step
            step //= 2
        small.rows = rows
        return small
    finally:
        drop_small(oracle, local, remote, statement.table.variant)
        session.close()
        session.config = None


def make_small(oracle, local, remote, table, variant):
    drop_small(oracle, local, remote, variant)
    remote.create(table)
    load.create_local(local, 'base', table, None)
    load.create_local(local, 'base_inf', table, '-infinity')
    oracle.wrapper.make_tables(local, variant, [table])
    return oracle.wrapper.view_table(local, variant, table, [])


def drop_small(oracle, local, remote, variant):
    for leg in 'abc':
        name = f'{oracle.wrapper.schema(leg, variant)}.shrunk'
        local.execute("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", (name,))
        found = local.fetchone()
        if found:
            local.execute(f"DROP {dict(r='TABLE', v='VIEW', f='FOREIGN TABLE')[found[0]]} {name} CASCADE")
    local.execute('DROP TABLE IF EXISTS base.shrunk, base_inf.shrunk CASCADE')
    remote.drop('shrunk')


# printing ----------------------------------------------------------------------------------------------------


def skeleton(statement):
    """The shape of a case without its literals, to tell kinds of differences apart."""

    def of(node, table):
        if node.kind == 'col':
            column = table.source.column(node.data)
            return '<' + column.my.replace('CHARACTER SET ', '').replace('COLLATE ', '') + '>'
        if node.kind == 'lit':
            return 'NULL' if node.data is None else 'x'
        if node.kind == 'raw':
            return node.data
        inner = [of(a, table) for a in node.args]
        if node.kind == 'call':
            return node.data.template.format(*inner)
        name = node.data if isinstance(node.data, str) else ' '.join(node.data) if node.data else ''
        return f'{node.kind.upper()}[{name}]({", ".join(inner)})'

    parts = [of(c, statement.table) for c in statement.conjuncts] + [
        of(c, statement.other) for c in statement.other_conjuncts if statement.other
    ]
    shape = '' if statement.shape == 'plain' else statement.shape + ': '
    return shape + ' AND '.join(parts)


def settings_kind(config):
    plain = settings.plain(config.variant)
    words = [config.plan] if config.plan != 'simple' else []
    words += [config.transaction] if config.transaction != 'none' else []
    words += [f'{k}={v}' for k, v in config.session.items() if plain.session.get(k) != v] + [
        f'{k}={v}' for k, v in config.remote.items()
    ]
    return ' [' + '; '.join(words) + ']' if words else ''


def describe(oracle, session, statement, config, problem, rows):
    text, params = statement.sql()
    lines = [f'-- {config.describe()}']
    if rows is not None:
        lines.append('-- remote server:')
        lines += oracle.remote.show(rows)
        lines.append('-- PostgreSQL, a foreign table over it:')
        lines.append(
            f"CREATE FOREIGN TABLE shrunk ({', '.join(oracle.wrapper.declared(config.variant, c) for c in rows.columns)}) ...;"
        )
        text = text.replace(load.local_name(statement.table.name) + ' r', 'shrunk r')
    else:
        lines.append(
            f'-- tables of the oracle, data seed {oracle.seed}, schemas {oracle.wrapper.schema("a", config.variant)} and {oracle.wrapper.schema("c", config.variant)}'
        )
    lines.append(config.session_sql() + ';')
    if statement.prepared:
        lines.append(f"PREPARE p ({', '.join(p.type for p in params)}) AS {text};".replace(' ()', ''))
        lines.append(f"EXECUTE p ({', '.join(literal_sql(p) for p in params)});".replace(' ()', ''))
    else:
        lines.append(text + ';')
    lines.append('-- ' + problem.replace('\n', '\n-- '))
    lines += ['-- ' + line for line in remote_sql(oracle, session, statement, config)]
    return '\n'.join(lines)


def remote_sql(oracle, session, statement, config):
    leg = Leg(oracle.env, oracle.wrapper.schema('a', config.variant), config, session.mutation)
    try:
        if statement.prepared:
            leg.run(statement)
        plan = leg.explain(statement) or []
    finally:
        leg.close()
    return [line.strip() for line in plan if 'Remote' in line or 'local' in line or 'Filter' in line]
