"""The oracle's main loop: batches of generated statements through three legs until time or number is used up."""

import argparse
import os
import random
import sys
import time

import psycopg2

import adapters
import coverage as coverage_module
import fixed
import generate
import legs
import literals
import load
import mutations
import pools
import relation_coverage
import relation_generate
import relation_judge
import settings
import shrink
import signatures
from legs import Leg
from relations import Relation
from tree import Printer

BATCH = 80
SHARE_OF_RELATIONS = 0.7
MAX_REPORTED = 25


class Oracle:
    def __init__(self, args, env):
        self.args, self.env, self.seed = args, env, args.seed
        self.wrapper = adapters.WRAPPERS[args.wrapper](env)
        self.passed = self.failed = self.errors = self.order_freedom = self.statements = self.fully_pushed = 0
        self.relations = 0
        self.relation_share = 1 if args.only_relations else 0 if args.only_conditions else 0.5 if args.mutations else SHARE_OF_RELATIONS
        self.reported = {}
        self.started = self.last_progress = time.monotonic()

    # before the first statement ------------------------------------------------------------------------------

    def prepare(self):
        self.admin = legs.connect(self.env)
        self.codec = local_codec(self.admin)
        if self.codec:
            pools.restrict(self.codec)
            literals.restrict(self.codec)
        self.remote = self.wrapper.remote
        self.tables = self.remote.build(self.seed, self.codec)
        print(*self.remote.notes(), sep='\n  ', flush=True)
        self.remote.load(self.tables, self.admin)
        load.load_local(self.admin, self.tables)
        complaints = self.remote.check(self.admin, self.tables)
        if complaints:
            raise SystemExit('The servers do not hold the same rows:\n' + '\n'.join(complaints[:20]))
        self.admin.autocommit = True
        self.cursor = self.admin.cursor()
        self.setup = self.wrapper.build(self.cursor, self.tables)
        resolved = signatures.resolve(self.cursor)
        self.coverage = coverage_module.Coverage(resolved, self.wrapper.allow_list(self.cursor))
        self.globals = self.remote.globals
        self.anchors = {}
        for complaint in self.setup.complaints:
            self.fail_plainly('type: ' + complaint)
        for name in self.coverage.unproducible():
            self.fail_plainly('the generator cannot produce the allow-list entry ' + name)
        self.generator = generate.Generator(f'statements {self.seed}', self.coverage, self.anchor)
        self.rng = random.Random(f'settings {self.seed}')
        self.relation_coverage = relation_coverage.RelationCoverage()
        self.relation_generator = relation_generate.RelationGenerator(
            f'relations {self.seed}', self.generator, self.relation_coverage, self.values_of
        )
        self.relation_generator.parts.codec = self.codec
        self.mix = random.Random(f'mix {self.seed}')
        self.values = {}
        self.check_columns()

    def anchor_leg(self, variant):
        if variant not in self.anchors:
            leg = Leg(self.env, self.wrapper.schema('c', variant), settings.plain(variant))
            leg.cursor.execute('SET statement_timeout = 5000')
            self.anchors[variant] = leg
        return self.anchors[variant]

    def values_of(self, variant, column):
        """The values of a column in the local copy, as texts."""
        key = (variant, *column.key)
        if key not in self.values:
            name = load.local_name(column.key[2])
            table = '.'.join(load.local_name(part) for part in column.key[:2] if part)
            text = f'SELECT DISTINCT {name}::text COLLATE "C" FROM {table} WHERE length({name}::text) < 2000 ORDER BY 1'
            self.values[key] = [row[0] for row in self.anchor_leg(variant).command(text).rows or ()]
        return self.values[key]

    def anchor(self, table, node, number, holding=None):
        """A value that an expression takes in the local copy: in a row, or in one near it that matches the regular expression."""
        leg = self.anchor_leg(table.variant)
        text = f'({Printer().sql(node)})::text'
        rows = f'FROM {load.local_name(table.name)} r WHERE'
        outcome = leg.command(
            f'SELECT {text} {rows} id = {number}'
            if holding is None
            else f'SELECT {text} {rows} {text} ~ {load.quote(holding)} ORDER BY abs(id - {number}), id LIMIT 1'
        )
        if outcome.state == 'CRASH':
            del self.anchors[table.variant]
        if outcome.state or not outcome.rows or outcome.rows[0][0] is None or len(outcome.rows[0][0]) > 2000:
            return None
        return outcome.rows[0][0]

    def live_cursor(self):
        """The owner's cursor, reconnected when a crash of the server took the connection away."""
        try:
            self.cursor.execute('SELECT 1')
        except psycopg2.Error:
            self.admin = legs.connect(self.env)
            self.admin.autocommit = True
            self.cursor = self.admin.cursor()
            self.cursor.execute("SET client_min_messages = 'warning'")
        return self.cursor

    def check_columns(self):
        """Every column read plainly in all variants; one that differs is reported once and left out of the expressions."""
        for variant, tables in self.setup.variants.items():
            if variant == 'zero_error':
                continue
            config = settings.plain(variant)
            three = self.open(config)
            for table in (t for t in tables if t.source.local):
                for column in table.columns:
                    text = f'SELECT id, {load.local_name(column.name)} FROM {load.local_name(table.name)}'
                    results = [leg.command(text) for leg in three]
                    if any(leg.lost() for leg in three):
                        three = self.open(config)
                    if results[0] == results[2] and results[1] == results[2]:
                        self.passed += 1
                        continue
                    column.tag = 'broken'
                    different = next(
                        (
                            f'{x!r} instead of {y!r}'
                            for x, y in zip(results[0].rows or (), results[2].rows or ())
                            if x != y
                        ),
                        results[0].brief(0),
                    )
                    self.fail_plainly(
                        f'plain column {variant} {table.name}.{column.name} ({column.type}): {different}'[:300]
                    )
                table.whole = all(c.tag != 'broken' for c in table.columns)
                table.columns = [c for c in table.columns if c.tag != 'broken']
            for leg in three:
                leg.close()

    # one batch -----------------------------------------------------------------------------------------------

    def open(self, config, mutation=''):
        return [
            Leg(
                self.env,
                self.wrapper.schema(name, config.variant),
                config,
                mutation if name == 'a' else '',
                self.wrapper.simulate if mutation and name == 'a' else None,
            )
            for name in 'abc'
        ]

    def batch(self, config, count, mutation=''):
        """Runs so many statements under one configuration; yields the differences."""
        self.globals.apply(config.remote)
        three = self.open(config, mutation)
        tables = self.setup.variants[config.variant]
        try:
            for _ in range(count):
                statement = self.draw(tables, config)
                self.statements += 1
                problem = self.judge(three, statement, config)
                if problem:
                    yield statement, problem
                if any(leg.lost() for leg in three):
                    for leg in three:
                        leg.close()
                    three = self.open(config, mutation)
        finally:
            for leg in three:
                leg.close()

    def draw(self, tables, config):
        """A condition over one table or a statement over relations, more of these."""
        # An error because of a zero date depends on which rows are read.
        relations = config.variant != 'zero_error' and self.mix.random() < self.relation_share
        self.relations += relations
        if relations:
            return self.relation_generator.statement(tables, config)
        return self.generator.statement(tables, config.prepared)

    def judge(self, three, statement, config, count=True):
        """None when the legs agree; else what is wrong."""
        if isinstance(statement, Relation):
            return relation_judge.judge(self, three, statement, config, count)
        pushed, unpushed, local = [leg.run(statement) for leg in three]
        problem = self.difference(three[2], statement, pushed, unpushed, local)
        if count:
            if (local[0].state or '')[:2] == '42' and local[0].state not in ('42P21', '42P22'):
                problem = f'the generator made a statement that is no SQL: {local[0].brief()}'
            self.coverage.record_outcome(
                statement.conjuncts + statement.other_conjuncts, config.plan == 'generic', local[0].state is None
            )
            self.errors += local[0].state is not None
            self.failed += problem is not None
            self.passed += problem is None
            if not problem and not three[0].lost():
                problem = self.look_at_plan(three[0], statement, config)
                if not problem and self.statements % 25 == 0:
                    problem = self.look_at_unpushed(three[1], statement)
                self.failed += problem is not None
                self.passed -= problem is not None
        for leg in three:
            leg.done(statement)
        return problem

    def difference(self, local_leg, statement, pushed, unpushed, local):
        zero_error = statement.table.variant == 'zero_error'
        expected = local[0]
        for name, outcomes in (('pushed', pushed), ('not pushed', unpushed)):
            for turn, outcome in zip(('first', 'second'), outcomes):
                if outcome == expected or statement.shape == 'group' and outcome.close_to(expected):
                    continue
                if zero_error and outcome.state and outcome.state[:2] == '22':
                    continue
                if (outcome.state or expected.state) and legs.evaluation_order(local_leg, statement, outcome, expected):
                    self.order_freedom += 1
                    continue
                return f'{name}, {turn} run: {outcome.brief()}\n  local copy: {expected.brief()}'
        return None

    def look_at_plan(self, leg, statement, config):
        """Records coverage; a condition that is neither in the remote SQL nor kept local is a failure."""
        plan = leg.explain(statement)
        if plan is None:
            return None
        generic = config.plan == 'generic'
        kept = self.wrapper.kept_local(plan)
        if not kept:
            self.fully_pushed += 1
            self.coverage.record(statement.conjuncts + statement.other_conjuncts, generic, True)
            live = [c for c in statement.conjuncts if c.has_column()]
            simple = statement.shape in ('plain', 'star', 'whole', 'count', 'constant') and any(
                'Foreign Scan' in line for line in plan
            )
            if (
                live
                and simple
                and not self.wrapper.remote_where(plan)
                and not any('One-Time Filter' in line for line in plan)
            ):
                if not all(foldable(c) for c in live):
                    return (
                        'the plan shows the condition neither in the remote SQL nor as kept local:\n  '
                        + '\n  '.join(plan)
                    )
        elif len(statement.conjuncts) + len(statement.other_conjuncts) == 1:
            self.coverage.record(statement.conjuncts + statement.other_conjuncts, generic, False)
        else:
            self.separate_coverage(leg, statement, generic)
        return None

    def look_at_unpushed(self, leg, statement):
        """Leg (b) proves something only while it really filters here."""
        plan = leg.explain(statement) or []
        if any('Remote' in line and ' WHERE ' in line for line in plan):
            return 'pushdown is off, and the plan shows a remote condition:\n  ' + '\n  '.join(plan)
        return None

    def separate_coverage(self, leg, statement, generic):
        """Of a statement that kept something, each condition is planned alone."""
        for table, conjuncts in ((statement.table, statement.conjuncts), (statement.other, statement.other_conjuncts)):
            for conjunct in conjuncts:
                single = statement.copy(
                    table=table, conjuncts=[conjunct], shape='plain', other=None, other_conjuncts=[], columns=['id']
                )
                if single.prepared:
                    leg.counter += 1
                    text, params = single.sql()
                    types = '(' + ', '.join(p.type for p in params) + ')' if params else ''
                    leg.last_prepared = f'EXECUTE p{leg.counter}' + (
                        '(' + ', '.join(legs.literal_sql(p) for p in params) + ')' if params else ''
                    )
                    if leg.command(f'PREPARE p{leg.counter}{types} AS {text}').state:
                        continue
                plan = leg.explain(single)
                if plan is not None:
                    self.coverage.record([conjunct], generic, not self.wrapper.kept_local(plan))

    # the whole run -------------------------------------------------------------------------------------------

    def run(self):
        deadline = self.started + self.args.minutes * 60 if self.args.minutes else None
        self.fixed_cases()
        while (deadline is None or time.monotonic() < deadline) and (
            not self.args.statements or self.statements < self.args.statements
        ):
            config = settings.draw(self.rng, self.variants(), self.remote.settings_vary)
            left = min(BATCH, self.args.statements - self.statements) if self.args.statements else BATCH
            for statement, problem in self.batch(config, left):
                self.report(statement, problem, config)
                if deadline and time.monotonic() > deadline:
                    break
            self.coverage.refresh()
            self.share_out()
            self.progress()

    def share_out(self):
        """Where much is asked for of both, more of what is further from it."""
        args = self.args
        if not (args.coverage_minimum and args.relation_minimum) or args.only_relations or args.only_conditions:
            return
        lacks = sum(1 - n / args.coverage_minimum for _, n in self.coverage.below(args.coverage_minimum))
        lacks /= max(len(self.coverage.names()), 1)
        missing = sum(1 - n / args.relation_minimum for _, n in self.relation_coverage.below(args.relation_minimum))
        missing /= max(len(self.relation_coverage.wanted), 1)
        if lacks + missing:
            self.relation_share = 0.25 + 0.6 * missing / (lacks + missing)

    def variants(self):
        """Those that what is asked for can be generated in."""
        return [v for v in self.setup.variants if v != 'zero_error' or self.relation_share < 1]

    def fixed_cases(self):
        for problem in fixed.run_all(self):
            self.fail_plainly(problem)

    def fail_plainly(self, text):
        self.failed += 1
        print('FAILED ' + text, flush=True)

    def report(self, statement, problem, config):
        """Shrinks and prints a difference once per kind."""
        if len(self.reported) >= MAX_REPORTED:
            return
        small = shrink.shrink(self, statement, config, problem)
        if small.kind in self.reported:
            self.reported[small.kind] += 1
            return
        self.reported[small.kind] = 1
        print(
            f'\nFAILED case {len(self.reported)} (seed {self.seed}, statement {self.statements}): {small.kind}\n{small.text}',
            flush=True,
        )

    def progress(self, final=False):
        now = time.monotonic()
        if final or now - self.last_progress >= 30:
            self.last_progress = now
            elapsed = now - self.started
            print(
                f'{elapsed:6.0f} s  {self.statements} statements ({self.statements / max(elapsed, 0.1):.1f}/s), {self.relations} of relations, {self.fully_pushed} wholly pushed, {self.errors} errors agreed on, '
                f'{self.order_freedom} by evaluation order, {self.failed} failed',
                flush=True,
            )

    def finish(self):
        for leg in self.anchors.values():
            leg.close()
        self.admin.close()
        self.remote.close()


def foldable(conjunct):
    """Conditions that the planner may decide or rewrite away: NULL constants, x = x, tests of what is NOT NULL."""
    return (
        any(
            n.kind == 'lit' and n.data is None or n.kind in ('isnull', 'coalesce', 'booltest', 'distinct')
            for n in conjunct.walk()
        )
        or not conjunct.has_column()
    )


def local_codec(connection):
    """The codec of the local database's encoding, None for UTF-8."""
    encoding = connection.get_parameter_status('server_encoding')
    if encoding not in pools.CODECS:
        raise SystemExit(f'The oracle knows databases in {", ".join(pools.CODECS)} only, not in {encoding}.')
    return pools.CODECS[encoding]


def environment(wrapper):
    names = ('PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE', *wrapper.needs)
    missing = [n for n in names if n not in os.environ]
    if missing:
        raise SystemExit('The servers are named by environment variables; not set: ' + ', '.join(missing))
    return dict(os.environ)


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog='run', description='Three-way differential test: pushed, not pushed, local copy.'
    )
    parser.add_argument('--minutes', type=float, default=0)
    parser.add_argument('--statements', type=int, default=0)
    parser.add_argument('--seed', type=int, default=None)
    parser.add_argument('--wrapper', choices=sorted(adapters.WRAPPERS), default='fabric')
    parser.add_argument(
        '--mutations', action='store_true', help='break one pushdown rule after the other; each must be found'
    )
    parser.add_argument('--mutation-minutes', type=float, default=5)
    parser.add_argument('--only', nargs='*', default=None, help='names of mutations')
    parser.add_argument('--coverage-minimum', type=int, default=0)
    parser.add_argument('--relation-minimum', type=int, default=0, help='for each kind in relation_coverage.PUSHABLE')
    share = parser.add_mutually_exclusive_group()
    share.add_argument('--only-relations', action='store_true', help='no single-table conditions')
    share.add_argument('--only-conditions', action='store_true', help='no joins, grouping, ...')
    args = parser.parse_args(argv)
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(1, 1000000)
    if not args.minutes and not args.statements:
        args.statements = 2000
    print(f'seed {args.seed}', flush=True)
    oracle = Oracle(args, environment(adapters.WRAPPERS[args.wrapper]))
    oracle.prepare()
    try:
        if args.mutations:
            return mutations.run(oracle)
        oracle.run()
    finally:
        oracle.finish()
    oracle.progress(final=True)
    if not args.only_relations:
        print(oracle.coverage.table())
    if not args.only_conditions:
        print(oracle.relation_coverage.table())
    for name, count in oracle.coverage.only_errors():
        print(f'not exercised, all {count} statements end in an error: {name}')
    for name, count in oracle.coverage.below(args.coverage_minimum):
        oracle.failed += 1
        print(f'FAILED pushed only {count} times: {name}')
    for name, count in oracle.relation_coverage.below(args.relation_minimum):
        oracle.failed += 1
        print(f'FAILED relation kind pushed only {count} times: {name}')
    for kind, count in sorted(oracle.reported.items(), key=lambda item: -item[1]):
        print(f'{count:5} x {kind}')
    print(f'{oracle.passed} passed, {oracle.failed} failed')
    return 1 if oracle.failed else 0


if __name__ == '__main__':
    sys.exit(main())
