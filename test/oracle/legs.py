"""The three legs: a connection each, the execution of one statement twice, and the comparison of what came back."""

import itertools
import math
import time

import psycopg2
from psycopg2 import extensions

from load import local_connection
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
RAW = extensions.new_type(RAW_OIDS, 'RAW', lambda value, cursor: value)
TIMEOUT_MS = 30000


class Outcome:
    """Rows as sorted text, or an error's SQLSTATE."""

    __slots__ = ('rows', 'state', 'message')

    def __init__(self, rows=None, state=None, message=''):
        self.rows, self.state, self.message = rows, state, message

    def __eq__(self, other):
        if self.state or other.state:
            return bool(self.state and other.state) and self.state[:2] == other.state[:2] and self.state != 'CRASH'
        return self.rows == other.rows

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
        self.cursor.execute(
            f"SET statement_timeout = {TIMEOUT_MS}; SET search_path TO {schema}, public; SET client_min_messages TO 'error'; "
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
            rows.sort(key=repr)
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
    """Whether two outcomes, at least one of them an error, can both come from the order of the conjuncts, which SQL leaves open.

    A plain statement of one conjunct has no such freedom. Otherwise each error's class must be raised by one conjunct alone over all
    rows of the local copy, and rows must be what some order of the conjuncts yields without an error."""
    own, others = separate(statement.conjuncts), separate(statement.other_conjuncts)
    if len(own) + len(others) < 2 and statement.shape not in OPEN_SHAPES:
        return False
    classes = {class_of(o.state) for o in (left, right) if o.state}
    if not classes <= set(DATA_CLASSES):
        return False
    faulty, raised = [], set()
    for table, conjuncts, alias in ((statement.table, own, 'r'), (statement.other, others, 's')):
        for conjunct in conjuncts:
            state = alone(local, table, conjunct, alias).state
            if state:
                faulty.append(conjunct)
                raised.add(class_of(state))
    if not classes <= raised:
        return False
    returned = left if right.state else right
    if returned.state or statement.shape in OPEN_SHAPES:
        return True
    sound = [c for c in own if not any(c is f for f in faulty)]
    return any(ordered(local, statement, sound + list(order)) == returned for order in itertools.permutations(faulty))


def separate(conjuncts):
    """The conjuncts as the planner sees them: NOT moved inward, AND and what means AND taken apart."""
    result = []
    for node in conjuncts:
        result += parts_of(node, False)
    return result


def parts_of(node, negated):
    """The conjuncts of a condition or of its negation."""
    args = node.args
    if node.kind == 'not':
        return parts_of(args[0], not negated)
    if node.kind == ('or' if negated else 'and'):
        return [part for arg in args for part in parts_of(arg, negated)]
    if node.kind == 'between' and negated == node.data.startswith('NOT') and 'SYMMETRIC' not in node.data:
        return [Node('template', 'bool', [args[0], limit], sign) for sign, limit in zip(('({0} >= {1})', '({0} <= {1})'), args[1:])]
    if node.kind == 'row' and node.data == ('<>' if negated else '='):
        half = len(args) // 2
        return [Node('template', 'bool', [x, y], '({0} = {1})') for x, y in zip(args[:half], args[half:])]
    if node.kind == 'in' and negated != node.data.startswith('NOT'):
        # A list with columns becomes comparisons of their own under NOT IN.
        return [Node('template', 'bool', [args[0], item], '({0} <> {1})') for item in args[1:]]
    return [Node('not', 'bool', [node]) if negated else node]


def alone(local, table, conjunct, alias):
    printer = Printer(alias=alias)
    return local.command(
        f'SELECT count({printer.sql(conjunct)}) FROM "{table.name.replace(chr(34), chr(34) * 2)}" {alias}'
    )


def ordered(local, statement, conjuncts):
    """The statement with its conjuncts forced into an order by nested CASE."""
    printer = Printer()
    text = 'true'
    for conjunct in reversed(conjuncts):
        text = f'CASE WHEN {printer.sql(conjunct)} THEN {text} ELSE false END'
    bare = statement.copy(conjuncts=[], prepared=False)
    sql, _ = bare.sql()
    marker = f'{statement.source()}'
    return local.command(sql.replace(marker, f'{marker} WHERE {text}', 1))
