"""The three legs: a connection each, the execution of one statement twice, and the comparison of what came back."""

import math
import re
import time
from dataclasses import replace

import psycopg2
from psycopg2 import extensions

from load import local_connection, quote
from tree import Node, Printer, literal_sql

RAW_OIDS = (
    16,
    17,
    18,
    19,
    20,
    21,
    23,
    25,
    26,
    114,
    700,
    701,
    1042,
    1043,
    1082,
    1083,
    1114,
    1184,
    1186,
    1266,
    1560,
    1562,
    1700,
    2249,
    2950,
    3802,
)
# Arrays of these: what array_agg makes is compared as text as well.
RAW_OIDS += (1000, 1001, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1115, 1182, 1183, 1185, 1187, 1231, 1561)
RAW = extensions.new_type(RAW_OIDS, 'RAW', lambda value, cursor: value)
TIMEOUT_MS = 30000


class Outcome:
    """Rows as sorted text, or an error's SQLSTATE."""

    __slots__ = ('rows', 'state', 'message', 'received')

    def __init__(self, rows=None, state=None, message=''):
        self.received = rows  # in the order in which they came
        self.rows, self.state, self.message = rows and sorted(rows, key=repr), state, message

    def __eq__(self, other):
        if self.state or other.state:
            return bool(self.state and other.state) and self.state[:2] == other.state[:2] and self.state != 'CRASH'
        return self.rows == other.rows

    def one_zero(self):
        """Makes the zeros of floating-point numbers one: which of them stands for a group is left to chance."""
        if self.rows:
            self.received = [tuple('0' if cell == '-0' else cell for cell in row) for row in self.received]
            self.rows = sorted(self.received, key=repr)

    def close_to(self, other):
        """Equal but for floating-point aggregates, whose order of addition is free: 1e-9."""
        if self == other:
            return True
        if self.state or other.state or len(self.rows) != len(other.rows):
            return False
        return all(
            cell == twin or near(cell, twin)
            for row, pair in zip(self.rows, other.rows)
            for cell, twin in zip(row, pair)
        )

    def brief(self, limit=6):
        if self.state:
            return f'ERROR {self.state}: {self.message}'
        text = ', '.join(repr(r) for r in self.rows[:limit])
        return f'{len(self.rows)} rows: {text[:1500]}' + (' ...' if len(self.rows) > limit else '')


def near(left, right):
    try:
        return math.isclose(float(left), float(right), rel_tol=1e-9, abs_tol=1e-300) and '.' in left + right
    except (TypeError, ValueError):
        return False


class Leg:
    def __init__(self, env, schema, config, mutation='', simulate=None):
        self.connection = connect(env)
        self.connection.autocommit = True
        extensions.register_type(RAW, self.connection)
        self.cursor = self.connection.cursor()
        self.config = config
        # A join method switched off costs enough on paper for every plan to be compiled.
        self.cursor.execute(
            f"SET jit = off; SET statement_timeout = {TIMEOUT_MS}; SET search_path TO {schema}, public; SET client_min_messages TO 'error'; "
            + (config.session_sql() or '')
        )
        self.simulate = simulate and (lambda statement: simulate(statement, mutation))
        if mutation and not simulate:
            self.cursor.execute('SET fabric.test_mutation TO %s', (mutation,))
        self.counter = 0
        self.last_prepared = None  # EXECUTE of the statement prepared last

    def close(self):
        try:
            self.connection.close()
        except psycopg2.Error:
            pass

    def lost(self):
        return self.connection.closed != 0

    def command(self, text):
        try:
            self.cursor.execute(text)
            rows = self.cursor.fetchall() if self.cursor.description else []
            return Outcome(rows)
        except psycopg2.Error as error:
            if self.lost() or error.pgcode is None:
                return Outcome(state='CRASH', message=str(error).strip())
            return Outcome(state=error.pgcode, message=str(error).strip().split('\n')[0])
        except UnicodeDecodeError as error:
            return Outcome(state='GARBAGE', message=f'bytes that are no UTF-8: {error.object[:80]!r}')

    def run(self, statement):
        """Executes twice; returns both outcomes."""
        text, params = (self.simulate(statement) if self.simulate else statement).sql()
        mode = self.config.transaction
        if mode in ('block', 'serializable', 'savepoint'):
            self.command('BEGIN' + (' ISOLATION LEVEL SERIALIZABLE' if mode == 'serializable' else ''))
        try:
            if not statement.prepared:
                return self.twice(text, mode)
            self.counter += 1
            name = f'p{self.counter}'
            types = '(' + ', '.join(p.type for p in params) + ')' if params else ''
            made = self.protected(f'PREPARE {name}{types} AS {text}', mode)
            self.last_prepared = None
            if made.state:
                return made, made
            values = '(' + ', '.join(literal_sql(p) for p in params) + ')' if params else ''
            result = self.twice(f'EXECUTE {name}{values}', mode)
            self.last_prepared = f'EXECUTE {name}{values}'
            return result
        finally:
            if mode != 'none' and not self.lost():
                self.command('COMMIT')

    def twice(self, text, mode):
        first = self.protected(text, mode)
        return first, first if first.state == 'CRASH' else self.protected(text, mode)

    def protected(self, text, mode):
        """Inside a transaction an error must not spoil the second execution."""
        if mode == 'none':
            return self.command(text)
        if mode == 'savepoint':
            self.command('SAVEPOINT oracle')
            outcome = self.command(text)
            self.command('ROLLBACK TO oracle' if outcome.state else 'RELEASE oracle')
            return outcome
        outcome = self.command(text)
        if outcome.state and outcome.state != 'CRASH':
            self.command('ROLLBACK')
            self.command('BEGIN')
        return outcome

    def explain(self, statement):
        """The plan's lines; a prepared statement is explained as it was executed."""
        text, _ = statement.sql()
        what = self.last_prepared if statement.prepared else text
        if what is None:
            return None
        outcome = self.command('EXPLAIN (VERBOSE, COSTS OFF) ' + what)
        if outcome.state:
            return None
        self.cursor.execute('EXPLAIN (VERBOSE, COSTS OFF) ' + what)
        return [row[0] for row in self.cursor.fetchall()]

    def done(self, statement):
        if statement.prepared and not self.lost():
            self.command('DEALLOCATE ALL')


def connect(env):
    """Connects; a server that restarts after a crash gets half a minute."""
    for _ in range(60):
        try:
            return local_connection(env)
        except psycopg2.OperationalError:
            time.sleep(0.5)
    return local_connection(env)


# Classes that evaluating an expression can raise: data exceptions, a field that a type does not have, an undecided collation.
DATA_CLASSES = ('22', '0A', '42P22')

# Shapes that add conditions of their own, or that stop before the last row.
OPEN_SHAPES = ('join', 'exists', 'correlated', 'once', 'limit')


def class_of(state):
    return state if state in DATA_CLASSES else state[:2]


def evaluation_order(local, statement, left, right):
    """Whether two outcomes, at least one of them an error, can both come from the order of evaluation, which SQL leaves open.

    Each error's class must be raised by a part of the condition alone for some row, and rows must be those that are found when
    false decides an AND, true an OR, and a NULL a strict operator, before the error of another part. In one condition that is
    none of these there is no such freedom.

    What a part alone gives is not open. The planner may fold a part away (a strict operator over NULL is NULL, whatever its
    other side would raise), but it folds alike in all legs: the same plan_cache_mode, the same constants, and before a wrapper
    sees the condition. So each part is evaluated as folded as it was there, and never both ways."""
    classes = {class_of(o.state) for o in (left, right) if o.state}
    if not classes <= set(DATA_CLASSES):
        return False
    whole_own = [tree_of(c) for c in statement.conjuncts]
    whole_others = [tree_of(c) for c in statement.other_conjuncts]
    own, others = decided(local, ('and', whole_own)), decided(local, ('and', whole_others))
    leaves = [leaf for tree in whole_own + whole_others for leaf in leaves_of(tree)]
    freedom = len(leaves) > 1 or statement.shape in OPEN_SHAPES or own != ('and', whole_own)
    printer = Unfolded if statement.prepared and local.config.plan == 'generic' else Printer
    values, raised = {}, set()
    for table, conjuncts, trees, alias in (
        (statement.table, statement.conjuncts, [*whole_own, own], 'r'),
        (statement.other, statement.other_conjuncts, [*whole_others, others], 's'),
    ):
        # A list also as a whole: one of nothing but NULL is evaluated, while each of its comparisons is folded.
        lists = [node for conjunct in conjuncts for node in conjunct.walk() if node.kind == 'in']
        for part in [leaf for tree in trees for leaf in leaves_of(tree)] + lists:
            found = values[id(part)] = by_row(local, table, part, printer(alias=alias))
            if found is None:
                return False
            errors = {row: value for row, value in found.items() if value and value[0] == 'E'}
            if part.tag == 'known':
                found.update(dict.fromkeys(errors, 'false'))
                continue
            raised |= {class_of(value[1:]) for value in errors.values()}
            for row in errors.keys() & (null_decides(local, table, part, printer(alias=alias)) if errors else set()):
                found[row] = None
                freedom = True
            settled = settled_inside(local, table, part, printer(alias=alias)) if errors else {}
            for row in errors.keys() & settled.keys():
                if found[row] == errors[row]:
                    found[row] = settled[row]
                    freedom = True
    if not freedom or not classes <= raised:
        return False
    returned = left if right.state else right
    if returned.state or statement.shape in OPEN_SHAPES or statement.other:
        return True
    results = {row: truth(own, values, row) for row in values[id(leaves[0])]}
    if any(result == 'e' for result in results.values()):
        return False
    chosen = ','.join(str(row) for row, result in results.items() if result == 't')
    sql, _ = statement.copy(conjuncts=[], prepared=False).sql()
    marker = statement.source()
    wanted = local.command(sql.replace(marker, f"{marker} WHERE id = ANY ('{{{chosen}}}')", 1))
    return wanted == returned or statement.shape == 'group' and wanted.close_to(returned)


def null_decides(local, table, node, printer):
    """The rows for which a strict operator is NULL by one of its arguments, whatever another one raises. "If the result of an
    expression can be determined by evaluating only some parts of it, then other subexpressions might not be evaluated at all"
    (PostgreSQL's manual, 4.2.14): PostgreSQL itself evaluates both, MariaDB none after a NULL."""
    if node.kind != 'template' and not (node.kind == 'call' and node.data.kind in ('operator', 'cast')):
        return set()
    rows = set()
    for arg in node.args:
        values = by_row(local, table, arg, printer) or {}
        rows |= {row for row, value in values.items() if value is None}
        rows |= null_decides(local, table, arg, printer)
    return rows


def settled_inside(local, table, node, printer):
    """What a part gives for the rows in which a strict operator inside it is NULL by one of its arguments, whatever another one
    raises: what is around it need not be strict."""
    settled = {}
    for inner in list(node.walk())[1:]:
        rows = null_decides(local, table, inner, printer)
        if rows:
            empty = Node('template', inner.tag, [inner], '(CASE WHEN false THEN {0} END)')
            values = by_row(local, table, with_part(node, inner, empty), printer) or {}
            settled |= {row: values[row] for row in rows & values.keys() if values[row] is None or values[row][0] != 'E'}
    return settled


def with_part(node, inner, other):
    """A copy of a tree in which one node is another."""
    return other if node is inner else replace(node, args=[with_part(arg, inner, other) for arg in node.args])


def tree_of(node):
    """AND, OR, NOT and what means AND or OR, as tuples over leaves."""
    args = node.args
    if node.kind in ('and', 'or'):
        return (node.kind, [tree_of(arg) for arg in args])
    if node.kind == 'not':
        return ('not', [tree_of(args[0])])
    if node.kind == 'booltest' and 'UNKNOWN' not in node.data:
        return (node.data, [tree_of(args[0])])
    if node.kind == 'between':
        limits = [args[1:]] + ([args[:0:-1]] if 'SYMMETRIC' in node.data else [])
        some = ('or', [('and', [compared(args[0], '>=', a), compared(args[0], '<=', b)]) for a, b in limits])
        return ('not', [some]) if node.data.startswith('NOT') else some
    if node.kind == 'row' and node.data in ('=', '<>'):
        half = len(args) // 2
        same = ('and', [compared(x, '=', y) for x, y in zip(args[:half], args[half:])])
        return same if node.data == '=' else ('not', [same])
    if node.kind == 'in' and len(args) < 10:
        some = ('or', [compared(args[0], '=', item) for item in args[1:]])
        return ('not', [some]) if node.data.startswith('NOT') else some
    return node


def compared(left, sign, right):
    return Node('template', 'bool', [left, right], '({0} ' + sign + ' {1})')


def decided(local, tree):
    """A tree in which what is known without its values is there as such, so that whoever sees that need not compute them: a range
    between limits that leave nothing, comparisons of one value that exclude each other, ANY and ALL of no elements."""
    if not isinstance(tree, tuple):
        empty = tree.kind == 'any' and tree.args[1].kind == 'lit' and tree.args[1].data == '{}'
        return known('false' if tree.data[1] == 'ANY' else 'true') if empty else tree
    kind, parts = tree
    if kind == 'and':
        found = [c for part in parts for c in comparisons(part)]
        excluded = next((one for n, one in enumerate(found) for other in found[:n] if exclude(local, one, other)), None)
        if excluded:
            return (kind, [known('CASE WHEN {0} IS NOT NULL THEN false END', excluded[0]), *parts])
    return (kind, [decided(local, part) for part in parts])


def known(template, *args):
    """A part that is false where its text raises."""
    return Node('template', 'known', list(args), template)


OPPOSITES = {'=': '<>', '<>': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>'}


def comparisons(tree, negated=False):
    """What must hold of an AND's parts: (the node that is compared, operator, literal)."""
    if isinstance(tree, tuple):
        kind, parts = tree
        if kind == 'not':
            return comparisons(parts[0], not negated)
        together = kind in ('and', 'or') and (len(parts) == 1 or kind == ('or' if negated else 'and'))
        return [c for part in parts for c in comparisons(part, negated)] if together else []
    template = tree.data if tree.kind == 'template' else getattr(tree.data, 'template', '')
    found = re.fullmatch(r'\(\{0\} (=|<>|<|<=|>|>=) \{1\}\)', template)
    if not found or tree.args[1].kind != 'lit' or tree.args[1].data is None:
        return []
    sign = OPPOSITES[found[1]] if negated else found[1]
    return [(tree.args[0], sign, literal_sql(tree.args[1]))] if sign != '<>' else []


def exclude(local, one, other):
    """Whether no value satisfies both comparisons."""
    (value, sign, literal), (twin, twin_sign, limit) = (one, other) if one[1] == '=' else (other, one)
    if Printer().sql(value) != Printer().sql(twin):
        return False
    if sign == '=':
        question = f'NOT ({literal} {twin_sign} {limit})'
    elif sign[0] == twin_sign[0] or '=' == twin_sign:
        return False
    else:
        low, high = (literal, limit) if sign[0] == '>' else (limit, literal)
        question = f'{low} {">" if sign[1:] and twin_sign[1:] else ">="} {high}'
    return local.command(f'SELECT {question}').rows == [('t',)]


def leaves_of(tree):
    if isinstance(tree, tuple):
        return [leaf for part in tree[1] for leaf in leaves_of(part)]
    return [tree]


def truth(tree, values, row, negated=False, exact=False):
    """t, f, n (NULL) or e (an error, unless something else decides). NOT is moved inward; then, but for IS TRUE and the like,
    which need it exact, NULL excludes a row as false does."""
    if not isinstance(tree, tuple):
        value = values[id(tree)].get(row)
        if value is None:
            return 'n' if exact else 'f'
        return 'e' if value[0] == 'E' else {'t': 'f', 'f': 't'}[value[0]] if negated else value[0]
    kind, parts = tree
    if kind == 'not':
        return truth(parts[0], values, row, not negated, exact)
    if kind.startswith('IS'):
        inner = truth(parts[0], values, row, False, True)
        if inner == 'e':
            return 'e'
        holds = inner == ('t' if 'TRUE' in kind else 'f')
        return 't' if holds ^ ('NOT' in kind) ^ negated else 'f'
    found = [truth(part, values, row, negated, exact) for part in parts]
    decides, rest = ('f', 't') if (kind == 'and') != negated else ('t', 'f')
    return next((v for v in (decides, 'e', 'n') if v in found), rest)


class Unfolded(Printer):
    """Prints a NULL parameter so that the planner does not fold away what is strict around it, as under a generic plan."""

    def literal(self, node):
        return f'((SELECT {literal_sql(node)})::{node.type})' if node.param and node.data is None else literal_sql(node)


def by_row(local, table, part, printer):
    """What a part of a condition alone gives for each row: true, false, None, or E and an SQLSTATE. None when it cannot be asked."""
    alias = printer.alias
    name = '"' + table.name.replace('"', '""') + '"'
    text = f'SELECT ({printer.sql(part)})::text FROM {name} {alias} WHERE {alias}.id = '
    outcome = local.command(f'SELECT id, public.fabric_oracle_try({quote(text)} || id) FROM {name}')
    return None if outcome.state else {int(row): value for row, value in outcome.rows}
