"""The generator's own table of signatures: for every entry of the allow-list and for much that is not on it."""

import itertools
import re
from dataclasses import dataclass

# generator's type name -> PostgreSQL type
TYPES = {
    'bool': 'boolean',
    'int2': 'smallint',
    'int4': 'integer',
    'int8': 'bigint',
    'num': 'numeric',
    'f4': 'real',
    'f8': 'double precision',
    'text': 'text',
    'nd': 'text',
    'bpchar': 'character',
    'date': 'date',
    'ts': 'timestamp without time zone',
    'tstz': 'timestamp with time zone',
    'iv': 'interval',
    'time': 'time without time zone',
    'bytea': 'bytea',
    'bit': 'bit',
    'json': 'json',
    'jsonb': 'jsonb',
    'enum': 'anyenum',
    'varchar': 'character varying',
    'uuid': 'uuid',
}
INTS = ('int2', 'int4', 'int8')
FLOATS = ('f4', 'f8')
NUMBERS = INTS + ('num',) + FLOATS
COMPARISONS = ('=', '<>', '<', '<=', '>', '>=')
ORDERED = (
    'int2',
    'int4',
    'int8',
    'num',
    'f4',
    'f8',
    'text',
    'bpchar',
    'date',
    'ts',
    'tstz',
    'iv',
    'time',
    'bytea',
    'bit',
    'bool',
    'enum',
    'jsonb',
    'uuid',
)


@dataclass(frozen=True)
class Sig:
    """One operator, function or cast: key is its name in PostgreSQL's own spelling, template its SQL with {0}, {1}, ...

    An argument is a type name, or type:pool where the pool names special literals ('text:pattern'); a pool in
    capitals is always a literal and never a column."""

    kind: str  # 'operator', 'function', 'cast'
    name: str  # operator sign or function name
    args: tuple
    ret: str
    template: str
    weight: float = 1.0

    @property
    def narrows(self):
        """Whether this is a cast to a narrower integer."""
        return self.kind == 'cast' and self.types[0] in ('int4', 'int8') and self.ret in INTS[: INTS.index(self.types[0])]

    @property
    def types(self):
        return tuple(a.split(':')[0] for a in self.args)


SIGNATURES = []


def operator(name, args, ret, weight=1.0):
    args = tuple(args.split())
    template = f'({name} {{0}})' if len(args) == 1 else f'({{0}} {name} {{1}})'
    SIGNATURES.append(Sig('operator', name, args, ret, template, weight))


def function(name, args, ret, template=None, weight=1.0):
    args = tuple(args.split())
    if template is None:
        template = name + '(' + ', '.join('{%d}' % n for n in range(len(args))) + ')'
    SIGNATURES.append(Sig('function', name, args, ret, template, weight))


def cast(source, target, written=None, name=None, weight=1.0):
    """A cast as the user writes it; the function behind it is found in the parse tree at start."""
    SIGNATURES.append(
        Sig(
            'cast',
            name or f'{source}->{written or target}',
            (source,),
            target,
            f'CAST({{0}} AS {written or TYPES[target]})',
            weight,
        )
    )


def comparisons():
    for sign in COMPARISONS:
        for left, right in itertools.product(INTS, INTS):
            operator(sign, f'{left} {right}', 'bool')
        for left, right in itertools.product(FLOATS, FLOATS):
            operator(sign, f'{left} {right}', 'bool')
        for left, right in itertools.product(('date', 'ts', 'tstz'), repeat=2):
            operator(sign, f'{left} {right}', 'bool')
        for one in ('num', 'text', 'bpchar', 'iv', 'time', 'bytea', 'bit', 'bool', 'enum', 'jsonb', 'uuid'):
            operator(sign, f'{one} {one}', 'bool', 1.5 if one in ('text', 'num') else 1.0)
        operator(sign, 'nd nd', 'bool', 0.3)
    for sign in ('~<~', '~<=~', '~>~', '~>=~'):
        operator(sign, 'text text', 'bool', 0.4)
        operator(sign, 'bpchar bpchar', 'bool', 0.3)
    for sign in ('~~', '!~~'):
        operator(sign, 'text text:PATTERN', 'bool', 2.0)
        operator(sign, 'bpchar text:PATTERN', 'bool')
        operator(sign, 'bytea bytea:PATTERN', 'bool', 0.5)
        operator(sign, 'nd text:PATTERN', 'bool', 0.1)
    for sign in ('~~*', '!~~*'):
        operator(sign, 'text text:PATTERN', 'bool', 0.4)
        operator(sign, 'bpchar text:PATTERN', 'bool', 0.2)
    for sign in ('~', '!~', '~*', '!~*'):
        operator(sign, 'text text:REGEX', 'bool', 0.3)
        operator(sign, 'bpchar text:REGEX', 'bool', 0.2)
    operator('^@', 'text text:PREFIX', 'bool', 0.6)
    for name in ('like', 'notlike'):
        function(name, 'text text:PATTERN', 'bool', weight=0.5)
        function(name, 'bytea bytea:PATTERN', 'bool', weight=0.3)
    for one in ('text', 'bpchar'):
        SIGNATURES.append(
            Sig('operator', '~~', (one, 'text:PATTERN', 'text:ESCAPE'), 'bool', '({0} LIKE {1} ESCAPE {2})', 0.8)
        )
        SIGNATURES.append(
            Sig('operator', '!~~', (one, 'text:PATTERN', 'text:ESCAPE'), 'bool', '({0} NOT LIKE {1} ESCAPE {2})', 0.5)
        )


def arithmetic():
    for sign in '+-*':
        for left, right in itertools.product(INTS, INTS):
            operator(sign, f'{left} {right}', wider(left, right))
        for left, right in itertools.product(FLOATS, FLOATS):
            operator(sign, f'{left} {right}', 'f4' if left == right == 'f4' else 'f8')
        operator(sign, 'num num', 'num')
    for left, right in itertools.product(INTS, INTS):
        operator('/', f'{left} {right}:divisor', wider(left, right))
    for left, right in itertools.product(FLOATS, FLOATS):
        operator('/', f'{left} {right}:divisor', 'f4' if left == right == 'f4' else 'f8')
    operator('/', 'num num:divisor', 'num')
    for one in INTS + ('num',):
        operator('%', f'{one} {one}:divisor', one)
        function('mod', f'{one} {one}:divisor', one)
    for one in NUMBERS:
        operator('-', one, one)
        operator('+', one, one, 0.5)
        operator('@', one, one, 0.5)
        function('abs', one, one)
    for one in INTS:
        for sign in '&|#':
            operator(sign, f'{one} {one}', one, 0.5)
        operator('~', one, one, 0.4)
        for sign in ('<<', '>>'):
            operator(sign, f'{one} int4:SHIFT', one, 0.3)
    for sign in '&|#':
        operator(sign, 'bit bit', 'bit', 0.2)
    operator('~', 'bit', 'bit', 0.2)
    for one in ('num', 'f8'):
        for name in ('ceil', 'ceiling', 'floor', 'round', 'trunc', 'sign', 'sqrt', 'exp', 'ln', 'log', 'log10'):
            function(name, one, one, weight=0.7)
        operator('^', f'{one} {one}:EXPONENT', one, 0.4)
        function('power', f'{one} {one}:EXPONENT', one, weight=0.4)
        function('pow', f'{one} {one}:EXPONENT', one, weight=0.3)
    operator('|/', 'f8', 'f8', 0.2)
    operator('||/', 'f8', 'f8', 0.2)
    for name in ('round', 'trunc'):
        function(name, 'num int4:DIGITS', 'num')
    function('log', 'num num:divisor', 'num', weight=0.2)
    for name in ('degrees', 'radians', 'sin', 'cos', 'tan', 'cot', 'asin', 'acos', 'atan', 'cbrt'):
        function(name, 'f8', 'f8', weight=0.2)
    function('atan2', 'f8 f8', 'f8', weight=0.2)
    function('div', 'num num:divisor', 'num', weight=0.6)
    for one in ('int4', 'int8', 'num'):
        function('gcd', f'{one} {one}', one, weight=0.2)
        function('lcm', f'{one} {one}', one, weight=0.2)
    for name, ret in (('scale', 'int4'), ('min_scale', 'int4'), ('trim_scale', 'num')):
        function(name, 'num', ret, weight=0.2)
    function('width_bucket', 'num num num:divisor int4:COUNT', 'int4', weight=0.1)
    for one in ('int4', 'int8'):
        function('to_hex', one, 'text', weight=0.2)


def wider(left, right):
    return INTS[max(INTS.index(left), INTS.index(right))]


def text():
    operator('||', 'text text', 'text', 1.5)
    operator('||', 'bytea bytea', 'bytea', 0.5)
    for one in ('int4', 'num', 'date', 'bool'):
        operator('||', f'text {one}', 'text', 0.2)
        operator('||', f'{one} text', 'text', 0.2)
    for one in ('text', 'bpchar', 'bytea'):
        for name in ('length', 'octet_length'):
            function(name, one, 'int4', weight=1.0)
        if one != 'bpchar':
            function('bit_length', one, 'int4', weight=0.3)
    for one in ('text', 'bpchar'):
        for name in ('char_length', 'character_length'):
            function(name, one, 'int4')
    for name in ('lower', 'upper', 'initcap', 'reverse', 'md5', 'quote_literal', 'quote_ident'):
        function(name, 'text', 'text', weight=0.5)
    function('md5', 'bytea', 'text', weight=0.3)
    for name in ('ltrim', 'rtrim', 'btrim'):
        function(name, 'text', 'text')
        function(name, 'text text:CHARS', 'text')
        function(name, 'bytea bytea:CHARS', 'bytea', weight=0.3)
    for one in ('text', 'bytea'):
        for name in ('substr', 'substring'):
            function(name, f'{one} int4:position', one)
            function(name, f'{one} int4:position int4:LENGTH', one)
    function('substring', 'text text:REGEX', 'text', weight=0.2)
    for name in ('left', 'right'):
        function(name, 'text int4:position', 'text')
    for name in ('lpad', 'rpad'):
        function(name, 'text int4:LENGTH', 'text', weight=0.5)
        function(name, 'text int4:LENGTH text:CHARS', 'text', weight=0.6)
    function('repeat', 'text int4:LENGTH', 'text', weight=0.6)
    function('replace', 'text text:CHARS text:CHARS', 'text')
    function('translate', 'text text:CHARS text:CHARS', 'text', weight=0.4)
    function('split_part', 'text text:DELIMITER int4:COUNT', 'text', weight=0.3)
    function('overlay', 'text text int4:COUNT', 'text', weight=0.2)
    function('strpos', 'text text:CHARS', 'int4')
    function('position', 'text text:CHARS', 'int4', 'position({1} in {0})')
    function('position', 'bytea bytea:CHARS', 'int4', 'position({1} in {0})', weight=0.3)
    function('starts_with', 'text text:PREFIX', 'bool', weight=0.6)
    function('ascii', 'text', 'int4', weight=0.6)
    function('concat', 'text text', 'text', weight=0.8)
    function('concat', 'text int4 text', 'text', weight=0.4)
    function('concat_ws', 'text:CHARS text text', 'text', weight=0.5)
    function('regexp_replace', 'text text:REGEX text:CHARS', 'text', weight=0.2)
    function('encode', 'bytea text:ENCODING', 'text', weight=0.4)
    function('sha256', 'bytea', 'bytea', weight=0.2)
    function('to_char', 'num text:NUMFORMAT', 'text', weight=0.2)
    function('to_char', 'int4 text:NUMFORMAT', 'text', weight=0.2)
    function('to_number', 'text text:NUMFORMAT', 'num', weight=0.1)
    function('format', 'text:FORMAT text', 'text', weight=0.1)
    function('textcat', 'text text', 'text', weight=0.2)
    function('textlen', 'text', 'int4', weight=0.2)


def datetime():
    for one in ('date', 'ts', 'tstz', 'iv', 'time'):
        function('extract', f'text:FIELD {one}', 'num', 'extract({0} from {1})')
        function('date_part', f'text:FIELD {one}', 'f8', weight=0.8)
    for one in ('ts', 'tstz', 'iv'):
        function('date_trunc', f'text:UNIT {one}', one)
    function('date_trunc', 'text:UNIT tstz text:ZONE', 'tstz', weight=0.4)
    operator('+', 'date int4:days', 'date')
    operator('+', 'int4:days date', 'date')
    operator('-', 'date int4:days', 'date')
    operator('-', 'date date', 'int4')
    for one, ret in (('date', 'ts'), ('ts', 'ts'), ('tstz', 'tstz'), ('iv', 'iv'), ('time', 'time')):
        operator('+', f'{one} iv', ret)
        operator('-', f'{one} iv', ret)
        if one != 'iv':
            operator('+', f'iv {one}', ret, 0.7)
    operator('-', 'ts ts', 'iv')
    operator('-', 'tstz tstz', 'iv')
    operator('-', 'time time', 'iv')
    operator('+', 'date time', 'ts', 0.5)
    operator('-', 'iv', 'iv')
    operator('*', 'iv f8:divisor', 'iv', 0.5)
    operator('*', 'f8:divisor iv', 'iv', 0.4)
    operator('/', 'iv f8:divisor', 'iv', 0.4)
    function('age', 'ts ts', 'iv', weight=0.3)
    function('age', 'tstz tstz', 'iv', weight=0.3)
    for one in ('date', 'ts', 'tstz', 'iv'):
        function('isfinite', one, 'bool', weight=0.4)
    for name in ('justify_days', 'justify_hours', 'justify_interval'):
        function(name, 'iv', 'iv', weight=0.2)
    function('timezone', 'text:ZONE ts', 'tstz', '({1} AT TIME ZONE {0})', 0.6)
    function('timezone', 'text:ZONE tstz', 'ts', '({1} AT TIME ZONE {0})', 0.6)
    function('make_date', 'int4:YEAR int4:MONTH int4:DAY', 'date', weight=0.3)
    function('make_timestamp', 'int4:YEAR int4:MONTH int4:DAY int4:HOUR int4:HOUR f8:SECOND', 'ts', weight=0.2)
    function('to_timestamp', 'f8', 'tstz', weight=0.3)
    for one in ('ts', 'tstz', 'iv'):
        function('to_char', f'{one} text:TIMEFORMAT', 'text', weight=0.3)
    function('date_bin', 'iv:STRIDE ts ts', 'ts', weight=0.2)


def casts():
    for source, target in itertools.permutations(NUMBERS, 2):
        cast(source, target)
    cast('num', 'num', 'numeric(6,2)')
    cast('num', 'num', 'numeric(30,10)')
    cast('num', 'num', 'numeric(38,0)')
    for one in INTS + FLOATS:
        cast(one, 'num', 'numeric(20,3)', weight=0.4)
    cast('bool', 'int4')
    cast('int4', 'bool')
    for one in NUMBERS + ('bool', 'date', 'ts', 'tstz', 'iv', 'time', 'bit', 'bytea', 'json', 'jsonb', 'enum'):
        cast(one, 'text', weight=0.4)
    for one in INTS + ('num', 'f8', 'date', 'ts', 'tstz', 'iv', 'bool', 'jsonb'):
        cast('text', one, weight=0.1)
    cast('bpchar', 'text')
    cast('text', 'bpchar', 'character(8)', weight=0.5)
    cast('text', 'bpchar', 'bpchar', weight=0.3)
    cast('text', 'text', 'varchar(3)', weight=0.5)
    cast('text', 'text', 'varchar', weight=0.5)
    cast('bpchar', 'bpchar', 'character(3)', weight=0.3)
    cast('date', 'ts')
    cast('date', 'tstz')
    cast('ts', 'date')
    cast('ts', 'tstz')
    cast('tstz', 'ts')
    cast('tstz', 'date')
    cast('ts', 'time', weight=0.5)
    cast('tstz', 'time', weight=0.4)
    cast('iv', 'time', weight=0.4)
    cast('time', 'iv', weight=0.5)
    for digits in (0, 3):
        for one, name in (('ts', 'timestamp'), ('tstz', 'timestamptz'), ('iv', 'interval'), ('time', 'time')):
            cast(one, one, f'{name}({digits})', weight=0.5)
    for one in ('int4', 'int8'):
        cast('bit', one, weight=0.3)
        cast(one, 'bit', 'bit(8)', weight=0.2)
    cast('bit', 'bit', 'bit(4)', weight=0.2)
    cast('jsonb', 'json', weight=0.1)
    cast('json', 'jsonb', weight=0.1)


def documents():
    for name, right, ret in (
        ('->', 'text', 'jsonb'),
        ('->>', 'text', 'text'),
        ('->', 'int4', 'jsonb'),
        ('->>', 'int4', 'text'),
    ):
        operator(name, f'jsonb {right}:{"JSONKEY" if right == "text" else "COUNT"}', ret, 0.3)
    operator('?', 'jsonb text:JSONKEY', 'bool', 0.2)
    operator('@>', 'jsonb jsonb', 'bool', 0.2)
    function('jsonb_typeof', 'jsonb', 'text', weight=0.2)
    operator('->>', 'json text:JSONKEY', 'text', 0.2)


for group in (comparisons, arithmetic, text, datetime, casts, documents):
    group()

# Entries of the allow-list that are no function or operator, as fabric.pushdown_rules names them.
NODES = (
    'AND',
    'OR',
    'NOT',
    'CASE',
    'COALESCE',
    'NULLIF',
    'GREATEST',
    'LEAST',
    'IN',
    'ANY(array)',
    'ALL(array)',
    'ROW comparison',
    'IS NULL',
    'IS DISTINCT FROM',
    'BOOLEAN TEST',
    'param',
    'COLLATE',
    'now()',
)


def resolve(cursor):
    """Finds in the parser's own output which functions each template calls: Sig -> list of names, operators by their function.

    A probe view has one column per signature over a table with one column per type; the stored parse tree tells what
    the parser made of it. So a template that resolves to another operator than meant is seen, and casts are named."""
    cursor.execute("CREATE TYPE pg_temp.probe_enum AS ENUM ('a')")
    columns = ', '.join(f'p_{t} {"pg_temp.probe_enum" if t == "enum" else TYPES[t]}' for t in TYPES)
    cursor.execute(f'CREATE TEMP TABLE probe ({columns})')
    expressions = []
    for number, sig in enumerate(SIGNATURES):
        expressions.append(sig.template.format(*('p_' + t for t in sig.types)) + f' AS c{number}')
    cursor.execute('CREATE TEMP VIEW probe_view AS SELECT ' + ', '.join(expressions) + ' FROM probe')
    cursor.execute("SELECT ev_action::text FROM pg_rewrite WHERE ev_class = 'pg_temp.probe_view'::regclass")
    entries = cursor.fetchone()[0].split('{TARGETENTRY :expr ')[1:]
    cursor.execute(
        "SELECT oid::text, oprcode::regprocedure::text FROM pg_operator WHERE oprcode <> 0 UNION ALL SELECT 'f' || oid, oid::regprocedure::text FROM pg_proc"
    )
    names = dict(cursor.fetchall())
    resolved = {}
    for sig, entry in zip(SIGNATURES, entries):
        found = []
        for match in re.finditer(r':(opno|funcid) (\d+)', entry):
            found.append(names[match.group(2)] if match.group(1) == 'opno' else names['f' + match.group(2)])
        if sig.kind != 'cast':
            found = found[:1]
        if 'COERCEVIAIO' in entry[:14] or 'RELABELTYPE' in entry[:14] or not found:
            found.append(f'{TYPES[sig.types[0]]} -> {TYPES[sig.ret]}')
        resolved[sig] = found
    cursor.execute('DROP TABLE probe CASCADE; DROP TYPE pg_temp.probe_enum')
    return resolved
