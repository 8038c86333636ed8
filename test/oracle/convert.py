"""One value as a MySQL literal and as the text PostgreSQL must show, by the type table, never through a wrapper."""

import re
from decimal import Decimal


def remote_literal(column, value):
    """The value as a literal that does not depend on sql_mode or the connection's character set."""
    if 'GENERATED' in column.my:
        return 'DEFAULT'
    if value is None:
        return 'NULL'
    if column.my.startswith('POINT'):
        return "ST_GeomFromWKB(X'" + value.hex() + "')"
    if column.my.startswith('BIT'):
        return f"b'{value:b}'"
    if isinstance(value, bool):
        return '1' if value else '0'
    if isinstance(value, (int, Decimal)):
        return format(value, 'f') if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        text = repr(value)
        return text if 'e' in text else text + 'e0'
    if isinstance(value, bytes):
        return "X'" + value.hex() + "'"
    if re.match(r'(DATE|DATETIME|TIMESTAMP|TIME)\b', column.my):
        return "'" + value + "'"
    return "_utf8mb4 X'" + value.encode().hex() + "'"


def fraction_digits(declaration):
    match = re.match(r'(?:DATETIME|TIMESTAMP|TIME)\((\d)\)', declaration)
    return int(match.group(1)) if match else 0


def incomplete(value):
    """Zero and incomplete dates: the year may be 0 in no date of ours but 0000-00-00."""
    return value[:4] == '0000' or value[5:7] == '00' or value[8:10] == '00'


def local_text(column, value, zero):
    """The value as PostgreSQL input text for the local copy's column; zero is what an incomplete date becomes."""
    if value is None:
        return None
    my = column.my
    if my.startswith('BIT'):
        return format(value, '0%db' % int(re.match(r'BIT\((\d+)\)', my).group(1)))
    if column.zero and incomplete(value):
        return zero
    if my.startswith('TIMESTAMP') or 'tz=' in my:
        return value + '+00'
    if isinstance(value, bytes):
        match = re.match(r'BINARY\((\d+)\)', my)
        if match:
            value = value.ljust(int(match.group(1)), b'\x00')
        return '\\x' + value.hex()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, 'f')
    return str(value)


def copy_field(text):
    """One field of COPY's text format."""
    if text is None:
        return '\\N'
    return text.replace('\0', '').replace('\\', '\\\\').replace('\n', '\\n').replace('\r', '\\r').replace('\t', '\\t')


def from_remote(column, raw, zero):
    """What the second client received for a column, as PostgreSQL input text: checks that the server stored the literal's value."""
    if raw is None:
        return None
    my = column.my
    if my.startswith('BIT'):
        width = int(re.match(r'BIT\((\d+)\)', my).group(1))
        return format(int.from_bytes(raw, 'big'), '0%db' % width)
    if column.pg == 'bytea':
        return '\\x' + raw.hex()
    text = raw.decode()
    if column.zero and incomplete(text):
        return zero
    return text + '+00' if my.startswith('TIMESTAMP') else text


def read_expression(column):
    """How the second client selects a column so that nothing is rounded on the way."""
    name = '`' + column.name.replace('`', '``') + '`'
    if column.my.startswith('POINT'):
        return f'ST_AsWKB({name})'
    return name + '+0e0' if column.my.startswith('FLOAT') else name
