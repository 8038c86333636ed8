"""The wrapper under test: how its tables are made, its pushdown switched off and its EXPLAIN read."""

import re
from dataclasses import dataclass, field

import psycopg2
import psycopg2.errors

import convert
import relation_simulated
import remote
import simulated
from relation_coverage import NODES_OF_RELATIONS
from load import DATABASE, PASSWORD, USER, local_name, quote

TAG_OF_TYPE = {'jsonb': 'jsonb', 'json': 'json', 'text': 'text', 'character varying': 'text'}


@dataclass
class ViewColumn:
    name: str
    tag: str
    type: str
    collation: str = ''


@dataclass
class ViewTable:
    """A remote table as one variant of local DDL shows it."""

    name: str
    variant: str
    columns: list
    size: int
    weight: float
    source: object
    enum_type: str = 'text'
    whole: bool = True  # every column can be read, so that whole rows may be asked for


@dataclass
class Setup:
    """Tables by variant, and what is wrong already before the first statement."""

    variants: dict = field(default_factory=dict)
    complaints: list = field(default_factory=list)


class Wrapper:
    name = ''
    variants = ('imp', 'hand', 'coll_c', 'zero_null', 'zero_inf', 'zero_error')
    prefix = ''  # of schema names, so that a shrunk case has schemas of its own

    needs = ('MYSQL_HOST', 'MYSQL_PORT', 'MYSQL_USER')  # of the environment

    def __init__(self, env):
        self.env = env
        self.remote = self.open_remote()

    def open_remote(self):
        return remote.MysqlRemote(self.env)

    def schema(self, leg, variant):
        return f'{self.prefix}{leg}_{variant}'

    def build(self, cursor, tables):
        """Makes the schemas of all legs and variants; returns the tables as the generator sees them."""
        cursor.execute("SET client_min_messages = 'warning'")
        self.make_servers(cursor)
        setup = Setup()
        for variant in self.variants:
            for leg in 'abc':
                cursor.execute(
                    f'DROP SCHEMA IF EXISTS {self.schema(leg, variant)} CASCADE; CREATE SCHEMA {self.schema(leg, variant)}'
                )
            mine = [t for t in tables if variant in t.variants]
            self.make_tables(cursor, variant, mine)
            setup.variants[variant] = [self.view_table(cursor, variant, table, setup.complaints) for table in mine]
        return setup

    def view_table(self, cursor, variant, table, complaints):
        """Leg (c): a view over the base copy that casts each column to the type the foreign table has."""
        actual = self.actual_types(cursor, variant, table)
        view = ViewTable(table.name, variant, [], table.size, table.weight, table)
        parts = []
        for column in table.columns:
            wanted, tag, expression = self.shown(variant, column)
            type_name, collation, enum, not_null = actual.get(column.name, (wanted, None, False, False))
            if enum:
                tag = 'enum' if view.enum_type == 'text' else ''
                # Without a schema the name means each leg's own type.
                type_name, own = self.make_enum(cursor, variant, type_name)
                view.enum_type = own if tag else view.enum_type
            elif column.pg in ('enum', 'jsonb') and tag in ('enum', 'jsonb'):
                tag = TAG_OF_TYPE.get(type_name.split('(')[0], 'text')
            elif normal(type_name) != normal(wanted):
                complaints.append(f'{variant} {table.name}.{column.name}: {column.my} became {type_name}, not {wanted}')
            if variant == 'imp' and not_null != column.not_null:
                complaints.append(f'{variant} {table.name}.{column.name}: {column.my} has NOT NULL {not_null}')
            expression = f'({expression})::{type_name}'
            if collation:
                expression += f' COLLATE {collation}'
            parts.append(f'{expression} AS {local_name(column.name)}')
            view.columns.append(ViewColumn(column.name, tag, type_name, collation or ''))
        base = 'base_inf' if variant == 'zero_inf' else 'base'
        # No condition is to be computed for rows that are left out.
        barrier = ' WITH (security_barrier)' if variant == 'zero_error' else ''
        cursor.execute(
            f'CREATE VIEW {self.schema("c", variant)}.{local_name(table.name)}{barrier} AS SELECT {", ".join(parts)} FROM {base}.{local_name(table.name)}'
            + self.row_filter(variant, table)
        )
        return view

    def make_enum(self, cursor, variant, name):
        """A type of the same labels for leg (c); its full name and the bare one."""
        bare = name.rpartition('.')[2]
        own = f'{self.schema("c", variant)}.{bare}'
        cursor.execute(
            "SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = %s::regtype",
            (name,),
        )
        labels = cursor.fetchone()[0]
        cursor.execute(f'DROP TYPE IF EXISTS {own} CASCADE; CREATE TYPE {own} AS ENUM ({labels})')
        return own, bare

    def row_filter(self, variant, table):
        """With zero_dates = error only the rows without such a date can ever be answered."""
        if variant != 'zero_error':
            return ''
        whole = [
            r['id']
            for r in table.rows
            if not any(c.zero and r[c.name] and convert.incomplete(r[c.name]) for c in table.columns)
        ]
        return f" WHERE id = ANY ('{{{','.join(map(str, whole))}}}')"

    def shown(self, variant, column):
        """Type, generator's type and base expression of a column in a variant."""
        name = local_name(column.name)
        if variant == 'hand' and column.hand:
            wanted, tag, expression = column.hand
            return wanted.split(' COLLATE ')[0], tag, '(' + expression + ')'
        wanted = 'text' if column.pg == 'enum' and variant == 'hand' else column.pg
        if column.pg == 'enum':
            return 'text', 'text' if variant == 'hand' else 'enum', name
        return wanted, column.tag, name

    def declared(self, variant, column):
        """A column of hand-written DDL."""
        wanted = column.hand[0] if variant == 'hand' and column.hand else self.shown(variant, column)[0]
        if variant == 'coll_c' and column.pg.split('(')[0] in ('text', 'varchar', 'character', 'enum'):
            wanted += ' COLLATE "C"'
        return f'{local_name(column.name)} {wanted}' + (
            ' NOT NULL' if column.not_null and not column.zero and variant != 'hand' else ''
        )

    def actual_types(self, cursor, variant, table):
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod), CASE WHEN collname <> 'default' THEN quote_ident(n.nspname) || '.' || quote_ident(collname) END,"
            " typtype = 'e', attnotnull FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_collation c ON c.oid = attcollation"
            ' LEFT JOIN pg_namespace n ON n.oid = collnamespace WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped',
            (f'{self.schema("a", variant)}.{local_name(table.name)}',),
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}

    def mutations(self, cursor):
        """Names of the rules that can be broken on purpose."""
        return []

    def share_for(self, mutation):
        """The share of relation statements that a broken rule may show in."""
        return 0.35

    simulate = None  # how a broken rule is simulated where the wrapper has no switch for it

    # for each wrapper ----------------------------------------------------------------------------------------

    def make_servers(self, cursor):
        pass

    def make_tables(self, cursor, variant, tables):
        raise NotImplementedError

    def allow_list(self, cursor):
        """Rows (function, operator, node, pushed), or None when the wrapper shows no list."""
        return None

    def kept_local(self, plan):
        """What EXPLAIN says was not pushed."""
        return [line.strip() for line in plan if line.strip().startswith('Filter:')]

    def remote_where(self, plan):
        """Whether every remote statement of the plan has a condition."""
        remote = [line for line in plan if 'Remote SQL:' in line or 'Remote query:' in line]
        return not remote or all(' WHERE ' in line for line in remote)


class Local(Wrapper):
    """No wrapper at all: local against local must never differ, which tests the oracle itself."""

    name = 'local'
    simulate = staticmethod(simulated.rewritten)

    def mutations(self, cursor):
        return [*simulated.MUTATIONS, *relation_simulated.MUTATIONS]

    def share_for(self, mutation):
        return 1 if mutation in relation_simulated.MUTATIONS else 0

    def make_tables(self, cursor, variant, tables):
        for leg in 'ab':
            for table in tables:
                columns = ', '.join(self.declared(variant, c) for c in table.columns)
                base = 'base_inf' if variant == 'zero_inf' else 'base'
                target = f'{self.schema(leg, variant)}.{local_name(table.name)}'
                cursor.execute(f'CREATE TABLE {target} ({columns})')
                parts = ', '.join(f'({self.shown(variant, c)[2]})::{self.shown(variant, c)[0]}' for c in table.columns)
                cursor.execute(
                    f'INSERT INTO {target} SELECT {parts} FROM {base}.{local_name(table.name)}'
                    + self.row_filter(variant, table)
                )

    def kept_local(self, plan):
        return []

    def remote_where(self, plan):
        return True


class MysqlFdw(Wrapper):
    """The best-known wrapper, whose wrong answers prove that the oracle finds them. Leg (b) reads through OFFSET 0."""

    name = 'mysql_fdw'
    variants = ('imp', 'hand', 'coll_c')

    def make_servers(self, cursor):
        try:
            cursor.execute('CREATE EXTENSION IF NOT EXISTS mysql_fdw')
        except (psycopg2.errors.UndefinedFile, psycopg2.errors.FeatureNotSupported):
            raise SystemExit('mysql_fdw is not installed.') from None
        cursor.execute('DROP SERVER IF EXISTS oracle_mysql_fdw CASCADE')
        cursor.execute(
            f"CREATE SERVER oracle_mysql_fdw FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host {quote(self.env['MYSQL_HOST'])}, port {quote(self.env['MYSQL_PORT'])},"
            " character_set 'utf8mb4')"
        )
        cursor.execute(
            f'CREATE USER MAPPING FOR CURRENT_USER SERVER oracle_mysql_fdw OPTIONS (username {quote(USER)}, password {quote(PASSWORD)})'
        )

    def make_tables(self, cursor, variant, tables):
        for table in tables:
            columns = ', '.join(self.declared(variant, c) for c in table.columns)
            name = local_name(table.name)
            cursor.execute(
                f'CREATE FOREIGN TABLE {self.schema("a", variant)}.{name} ({columns}) SERVER oracle_mysql_fdw'
                f' OPTIONS (dbname {quote(DATABASE)}, table_name {quote(table.name)})'
            )
            cursor.execute(
                f'CREATE VIEW {self.schema("b", variant)}.{name} AS SELECT * FROM {self.schema("a", variant)}.{name} OFFSET 0'
            )


# Broken rules that show in joins, grouping, order and limits only.
OF_RELATIONS = re.compile(
    r'(left_join|lookup|keys_of|group_by|order_by|extreme_by|average|sum_scale|unread_group|having|filter_dropped|distinct_in'
    r'|null_order|second_arm|limit_with|offset|subquery_cache)'
)


class Fabric(Wrapper):
    name = 'fabric'
    wrapper = 'fabric_mysql'
    zero_modes = {'zero_null': 'null', 'zero_inf': '-infinity', 'zero_error': 'error'}

    def server(self, leg, variant):
        return f'oracle_{leg}_{variant}'

    def make_servers(self, cursor):
        cursor.execute('CREATE EXTENSION IF NOT EXISTS pg_fabric')
        for leg in 'ab':
            for variant in self.variants:
                name = self.server(leg, variant)
                options = f"host {quote(self.env['MYSQL_HOST'])}, port {quote(self.env['MYSQL_PORT'])}"
                options += ", pushdown 'off'" if leg == 'b' else ''
                # Small batches, so that a lookup join has several.
                options += ", lookup_batch_size '7'" if variant != 'imp' else ''
                options += f", zero_dates '{self.zero_modes[variant]}'" if variant in self.zero_modes else ''
                cursor.execute(f'DROP SERVER IF EXISTS {name} CASCADE')
                cursor.execute(f'CREATE SERVER {name} FOREIGN DATA WRAPPER fabric_mysql OPTIONS ({options})')
                cursor.execute(
                    f'CREATE USER MAPPING FOR CURRENT_USER SERVER {name} OPTIONS (username {quote(USER)}, password {quote(PASSWORD)})'
                )

    def make_tables(self, cursor, variant, tables):
        for leg in 'ab':
            schema, server = self.schema(leg, variant), self.server(leg, variant)
            if variant == 'imp':
                names = ', '.join(local_name(t.name) for t in tables)
                cursor.execute(
                    f'IMPORT FOREIGN SCHEMA {DATABASE} LIMIT TO ({names}) FROM SERVER {server} INTO {schema}'
                )
                continue
            for table in tables:
                columns = ', '.join(self.declared(variant, c) for c in table.columns)
                cursor.execute(
                    f'CREATE FOREIGN TABLE {schema}.{local_name(table.name)} ({columns}) SERVER {server}'
                    f' OPTIONS (dbname {quote(DATABASE)}, table_name {quote(table.name)})'
                )

    def share_for(self, mutation):
        return 1 if OF_RELATIONS.match(mutation) else super().share_for(mutation)

    def mutations(self, cursor):
        try:
            cursor.execute(
                'CREATE OR REPLACE FUNCTION fabric.test_mutations(text) RETURNS SETOF text LANGUAGE c'
                " AS '$libdir/pg_fabric', 'fabric_test_mutations'"
            )
        except psycopg2.errors.UndefinedFunction:
            raise SystemExit(
                'The installed pg_fabric has no mutations: stage the library of `make mutants`'
                ' (with_servers --stage build/mutants/stage).'
            ) from None
        cursor.execute('SELECT * FROM fabric.test_mutations(%s) ORDER BY 1', (self.wrapper,))
        return [row[0] for row in cursor.fetchall()]

    def allow_list(self, cursor):
        # Aggregates and what concerns whole relations are covered by relation statements.
        cursor.execute(
            """SELECT function::text, operator::text, node, pushed FROM fabric.pushdown_rules
            WHERE wrapper = %s AND (node IS NULL OR node <> ALL (%s))
              AND NOT EXISTS (SELECT FROM pg_proc WHERE oid = function AND prokind = 'a')""",
            (self.wrapper, list(NODES_OF_RELATIONS)),
        )
        return cursor.fetchall()

    def kept_local(self, plan):
        kept, indent = [], None
        for line in plan:
            depth = len(line) - len(line.lstrip())
            if line.strip().startswith('Kept local:'):
                indent = depth
                rest = line.strip()[len('Kept local:') :].strip()
                kept += [rest] if rest else []
            elif indent is not None and depth > indent:
                kept.append(line.strip())
            else:
                indent = None
                kept += [line.strip()] if line.strip().startswith('Filter:') else []
        return kept


class FabricFiles(Fabric):
    """The wrapper of files; needs no server beside PostgreSQL."""

    name = 'fabric_files'
    wrapper = 'fabric_objectstore'
    variants = ('imp', 'hand', 'coll_c')
    needs = ()

    def open_remote(self):
        from file_remote import FileRemote  # pyarrow is wanted for files only

        return FileRemote(self.env)

    def make_servers(self, cursor):
        cursor.execute('CREATE EXTENSION IF NOT EXISTS pg_fabric')
        cursor.execute(f'SET fabric.file_roots = {quote(str(self.remote.root))}')
        for leg in 'ab':
            for variant in self.variants:
                name = self.server(leg, variant)
                options = f'root {quote(str(self.remote.root))}'
                options += ", pushdown 'off'" if leg == 'b' else ''
                options += ", lookup_batch_size '7'" if variant != 'imp' else ''
                cursor.execute(f'DROP SERVER IF EXISTS {name} CASCADE')
                cursor.execute(f'CREATE SERVER {name} FOREIGN DATA WRAPPER fabric_objectstore OPTIONS ({options})')

    def make_tables(self, cursor, variant, tables):
        for leg in 'ab':
            for table in tables:
                # As an import does it, the columns are those of the files.
                columns = '' if variant == 'imp' else ', '.join(self.declared(variant, c) for c in table.columns)
                cursor.execute(
                    f'CREATE FOREIGN TABLE {self.schema(leg, variant)}.{local_name(table.name)} ({columns})'
                    f' SERVER {self.server(leg, variant)} OPTIONS (location {quote(self.remote.location(table))})'
                )


def normal(name):
    """One spelling per type: modifiers that mean the default are dropped."""
    name = name.lower()
    for short, full in (
        ('varchar', 'character varying'),
        ('timestamptz', 'timestamp with time zone'),
        ('time(6)', 'time without time zone'),
    ):
        if name == short or name.startswith(short + '('):
            name = full + name[len(short) :]
    base, _, rest = name.partition('(')
    modifier, _, tail = rest.partition(')')
    base = (base + tail).strip()
    if base == 'timestamp':
        base = 'timestamp without time zone'
    if base.startswith(('timestamp', 'interval', 'time')) and modifier in ('6', ''):
        modifier = ''
    return f'{base}({modifier})' if modifier else base


WRAPPERS = {w.name: w for w in (Fabric, FabricFiles, MysqlFdw, Local)}
