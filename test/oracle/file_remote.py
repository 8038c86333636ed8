"""Files as the far side: the tables are written by pyarrow and by hand, and read back by pyarrow."""

import datetime
import decimal
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import uuid

import convert
import file_data
from remote import NoGlobals

DEPS = pathlib.Path(__file__).resolve().parents[1] / 'deps' / 'pyarrow'
where = subprocess.run([DEPS, '--where'], capture_output=True, text=True, check=True).stdout.strip()
if not where:
    raise SystemExit('pyarrow is not installed: make deps')
sys.path.append(where)

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

# What a table's files are, by its options.
FILES = {'csv': '/*.csv', 'jsonl': '/*.jsonl', 'hive': '/**'}
EPOCH = datetime.datetime(1970, 1, 1)
PARTS = 3
ROW_GROUP = 13
WRITING = (
    {'compression': 'snappy'},
    {'compression': 'zstd', 'use_dictionary': False},
    {'compression': 'none', 'data_page_version': '2.0', 'write_statistics': False},
)
ARROW = {
    'bool': pa.bool_(),
    'int8': pa.int8(),
    'int16': pa.int16(),
    'int32': pa.int32(),
    'int64': pa.int64(),
    'uint8': pa.uint8(),
    'uint16': pa.uint16(),
    'uint32': pa.uint32(),
    'uint64': pa.uint64(),
    'float': pa.float32(),
    'double': pa.float64(),
    'string': pa.string(),
    'binary': pa.binary(),
    'uuid': pa.uuid(),
    'date32': pa.date32(),
    'timestamp[ms]': pa.timestamp('ms'),
    'timestamp[us]': pa.timestamp('us'),
    'timestamp[ns]': pa.timestamp('ns'),
    'timestamp[us, tz=UTC]': pa.timestamp('us', tz='UTC'),
    'time64[us]': pa.time64('us'),
}


def arrow_type(column):
    match = re.match(r'decimal128\((\d+), (\d+)\)', column.my)
    return pa.decimal128(int(match.group(1)), int(match.group(2))) if match else ARROW[column.my]


def microseconds(span):
    return (span.days * 86400 + span.seconds) * 1000000 + span.microseconds


def number_of(column, value):
    """A date or time as the number that Arrow has for it."""
    clock = '%H:%M:%S.%f' if '.' in value else '%H:%M:%S'
    if column.my == 'date32':
        return (datetime.datetime.strptime(value, '%Y-%m-%d') - EPOCH).days
    if column.my == 'time64[us]':
        return microseconds(datetime.datetime.strptime('1970-01-01 ' + value, '%Y-%m-%d ' + clock) - EPOCH)
    moment = microseconds(datetime.datetime.strptime(value, '%Y-%m-%d ' + clock) - EPOCH)
    if column.my == 'timestamp[ms]':
        assert moment % 1000 == 0
        return moment // 1000
    return moment * 1000 if column.my == 'timestamp[ns]' else moment


def array_of(column, rows):
    values = [row[column.name] for row in rows]
    kind = arrow_type(column)
    if pa.types.is_decimal(kind):
        with decimal.localcontext(decimal.Context(prec=60)):
            values = [None if v is None else v.quantize(decimal.Decimal(1).scaleb(-kind.scale)) for v in values]
    if pa.types.is_temporal(kind):
        values = [None if v is None else number_of(column, v) for v in values]
        return pa.array(values, pa.int32() if pa.types.is_date(kind) else pa.int64()).cast(kind)
    if column.my == 'uuid':
        values = [None if v is None else uuid.UUID(v).bytes for v in values]
    return pa.array(values, kind)


def csv_field(column, value):
    text = convert.local_text(column, value, None)
    if text is None:
        return ''
    if column.tag == 'bool':
        return str(value).lower()
    quoted = text == '' or any(c in text for c in ',"\r\n') or column.tag == 'text' and len(text) % 2
    return '"' + text.replace('"', '""') + '"' if quoted else text


def json_record(columns, row, number):
    members = []
    for place, column in enumerate(columns):
        text = convert.local_text(column, row[column.name], None)
        if text is None and (place + number) % 2:
            continue
        value = 'null' if text is None else json.dumps(text, ensure_ascii=bool(number % 2))
        if column.tag == 'bool':
            value = str(row[column.name]).lower() if text is not None else 'null'
        elif text is not None and column.tag.startswith(('int', 'num')):
            value = text
        members.append(f'{json.dumps(column.name)}: {value}')
    return '{' + ', '.join(members) + '}'


class FileRemote:
    settings_vary = False
    two_zeros = True
    own_cases = False  # the fixed cases are about MySQL's types

    def __init__(self, env):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='oracle_files', dir=env.get('FABRIC_TMP')))
        self.root.chmod(0o755)
        self.globals = NoGlobals()

    def build(self, seed, codec):
        return file_data.build(seed, codec)

    def notes(self):
        return [f'files written by pyarrow {pa.__version__}']

    def folder(self, name):
        return re.sub(r'\W', '_', name, flags=re.ASCII)

    def location(self, table):
        return self.folder(table.name) + FILES.get(table.options, '/*.parquet')

    def load(self, tables, local):
        for table in tables:
            self.create(table)
        with local.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {local.info.dbname} SET fabric.file_roots = '{self.root}'")
        local.commit()

    def create(self, table):
        folder = self.root / self.folder(table.name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if table.options == 'hive':
            self.create_partitions(folder, table)
        else:
            size = max(1, -(-len(table.rows) // PARTS))
            for number in range(PARTS):
                rows = table.rows[number * size : (number + 1) * size]
                if rows or not number:
                    self.write(folder / f'part{number}', table, table.columns, rows, number)

    def create_partitions(self, folder, table):
        keys = [c.name for c in table.columns if c.my == 'hive']
        columns = [c for c in table.columns if c.my != 'hive']
        parts = {}
        for row in table.rows:
            parts.setdefault(tuple(row[k] for k in keys), []).append(row)
        for number, (values, rows) in enumerate(parts.items()):
            names = ('__HIVE_DEFAULT_PARTITION__' if v is None else urllib.parse.quote(str(v), safe='') for v in values)
            below = folder.joinpath(*(f'{k}={v}' for k, v in zip(keys, names)))
            below.mkdir(parents=True, exist_ok=True)  # no directory of its own where shrinking took the columns
            self.write(below / 'part', table, columns, rows, number % PARTS)

    def write(self, path, table, columns, rows, number):
        if table.options == 'csv':
            lines = [','.join(c.name for c in columns)]
            lines += [','.join(csv_field(c, row[c.name]) for c in columns) for row in rows]
            end = '\r\n' if number else '\n'
            path.with_suffix('.csv').write_bytes((end.join(lines) + end).encode())
            return
        if table.options == 'jsonl':
            lines = [json_record(columns, row, i) + '\n' for i, row in enumerate(rows)]
            path.with_suffix('.jsonl').write_bytes(''.join(lines).encode())
            return
        content = pa.table({c.name: array_of(c, rows) for c in columns})
        pq.write_table(content, path.with_suffix('.parquet'), row_group_size=ROW_GROUP, **WRITING[number])

    def check(self, local, tables):
        """Reads the Parquet files back."""
        complaints = []
        for table in tables:
            if table.options:
                continue
            stored = pq.read_table(self.root / self.folder(table.name)).to_pydict()
            wanted = {c.name: array_of(c, table.rows).to_pylist() for c in table.columns}
            complaints += [f'{table.name}.{n}: stored otherwise' for n in wanted if repr(stored[n]) != repr(wanted[n])]
        return complaints

    def can_run(self, text, remote):
        return not remote

    def begin_small(self):
        pass

    def drop(self, name):
        shutil.rmtree(self.root / self.folder(name), ignore_errors=True)

    def show(self, table):
        yield f'the files {self.location(table)} of ({", ".join(c.name + " " + c.my for c in table.columns)}):'
        for row in table.rows[:10]:
            yield '-- ' + ', '.join(repr(row[c.name])[:80] for c in table.columns)

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)
