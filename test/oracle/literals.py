"""Literal texts per type and per special pool, as PostgreSQL reads them under every DateStyle and IntervalStyle."""

import datetime
import random

import pools


def text_of(value):
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, bytes):
        return '\\x' + value.hex()
    return format(value, 'f') if hasattr(value, 'as_tuple') else str(value)


STAMPS = pools.joined(pools.DATES, pools.CLOCKS, 6) + [d + ' ' + c for d in ('2020-02-29',
    '2020-01-01') for c in pools.CLOCKS]

COMMON = {
    'bool': ['true', 'false'],
    'int2': pools.SMALL + pools.INT2,
    'int4': pools.SMALL + pools.INT4,
    'int8': pools.SMALL + pools.INT8,
    'num': pools.NUMERIC + pools.SMALL,
    'f4': pools.FLOAT4,
    'f8': pools.FLOAT8,
    'text': pools.TEXT,
    'nd': pools.TEXT,
    'bpchar': pools.CHARS + [v + ' ' for v in pools.CHARS[:20]] + pools.TEXT[:40],
    'date': pools.DATES,
    'ts': STAMPS,
    'tstz': [v + '+00' for v in pools.joined(pools.STAMP_DATES, pools.CLOCKS,
    6) + pools.STAMP_EDGES] + [v for v in STAMPS if v > '1970-02'][:40],
    'iv': pools.INTERVALS,
    'time': pools.CLOCKS,
    'bytea': pools.BYTES,
    'json': pools.JSON,
    'jsonb': pools.JSON,
    'bit': ['0', '1', '00000000', '00000001', '10101010', '11111111', '0' * 64, '1' * 64, '0' * 63 + '1',
    '1' + '0' * 63],
    'enum': pools.ENUM,
    'uuid': pools.UUIDS,
}
# What the remote type cannot hold at all; drawn rarely.
RARE = {
    'num': ['NaN', 'Infinity', '-Infinity', '1e40', '-1e-40', '1' * 70, '0.' + '3' * 50],
    'f4': ['NaN', 'Infinity', '-Infinity', '-0'],
    'f8': ['NaN', 'Infinity', '-Infinity', '-0'],
    'date': ['infinity', '-infinity', '0044-03-15 BC', '10000-01-01', '5874897-12-31', '4713-01-01 BC'],
    'ts': ['infinity', '-infinity', '0044-03-15 12:00:00 BC', '10000-01-01', '294276-12-31 23:59:59.999999'],
    'tstz': ['infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '10000-01-01 00:00:00+00',
    '1969-12-31 23:59:59+00', '2038-01-19 03:14:08+00', '9999-12-31 23:59:59+14'],
    'iv': ['839:00:00', '-839:00:00', '10 years', '-3 months', '100000 days', '1 month 30 days'],
    'time': ['24:00:00'],
    'text': ['\u0080', 'x' * 300, 'é' * 100, pools.PREFIX + 'a', 'e\u0301\u0301'],
    'bytea': [b'\x00' * 100, b'x' * 300],
}
SPECIAL = {
    'PATTERN': pools.PATTERNS,
    'ESCAPE': pools.ESCAPES,
    'REGEX': ['a', '^a', 'a$', '.', '^$', '[a-z]+', '中', 'ug', '(a|b)', '^.{3}$', '\\d+', '[[:space:]]$'],
    'PREFIX': ['', 'a', 'A', 'zu', 'Zu', '%', '_', '\\', '中', '🙂', 'a ', "'"],
    'CHARS': ['', ' ', 'a', 'A', 'ab', 'é', 'e', '中', '🙂', '%', '\\', "'", 'zug', 'aaa', '\n', '\t '],
    'DELIMITER': [' ', 'a', '中', '%', '\\', "'"],
    'ENCODING': ['hex', 'base64', 'escape'],
    'NUMFORMAT': ['999', '000.00', '9G999D9', 'S9999'],
    'TIMEFORMAT': ['YYYY-MM-DD', 'HH24:MI:SS.US', 'IYYY-IW', 'Day', 'TZ'],
    'FORMAT': ['%s', '<%s>'],
    'JSONKEY': ['a', 'b', 'k', 'A', ''],
    'FIELD': ['year', 'month', 'day', 'hour', 'minute', 'second', 'milliseconds', 'microseconds', 'epoch', 'dow',
    'isodow', 'doy', 'week', 'isoyear', 'quarter', 'decade', 'century',
              'millennium', 'julian', 'timezone'],
    'UNIT': ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'milliseconds', 'microseconds',
    'decade', 'century', 'millennium'],
    'ZONE': ['UTC', 'Asia/Kolkata', 'America/St_Johns', '+03:30'],
    'SHIFT': [0, 1, 2, 5, 15, 31, 32, 63],
    'EXPONENT': [0, 1, 2, 3, 0.5, -1],
    'DIGITS': [0, 1, 2, 3, -1, -2, 30],
    'COUNT': [1, 2, 3, 0, -1],
    'LENGTH': [0, 1, 2, 3, 4, 5, 10, 100],
    'position': [1, 2, 3, 0, -1, -2, 4, 9, 40, 100],
    'days': [0, 1, -1, 28, 29, 30, 31, 365, 366, -365, 10000],
    'divisor': [1, 2, 3, 7, -2, -1, 10, 5, 0],
    'YEAR': [2019, 2020, 2000, 1, 9999], 'MONTH': [1, 2, 12], 'DAY': [1, 28, 29, 31], 'HOUR': [0, 23],
    'SECOND': [0, 59.5, 0.000001],
    'STRIDE': ['15 minutes', '1 day'],
}
PATTERN_BYTES = [p.encode() for p in pools.PATTERNS]


def draw(rng: random.Random, tag, special=''):
    """One literal's text for a type; special names the pool, or '' for the type's own."""
    if special in SPECIAL:
        if tag == 'bytea':
            return text_of(rng.choice([v.encode() for v in SPECIAL[special]]))
        if special == 'FIELD' and rng.random() < 0.05:
            return rng.choice(['YEAR', 'Doy', 'nonsense'])
        if special == 'divisor' and tag == 'num' and rng.random() < 0.3:
            return rng.choice(['0.1', '1.5', '0.3', '-2.50', '1000000000000'])
        if special == 'divisor' and tag in ('f4', 'f8') and rng.random() < 0.3:
            return rng.choice(['0.1', '1.5', '0.3', '-2.5'])
        return text_of(rng.choice(SPECIAL[special]))
    if tag in RARE and rng.random() < 0.06:
        return text_of(rng.choice(RARE[tag]))
    return text_of(rng.choice(COMMON[tag]))


ACCENTS = str.maketrans('aeousAEOUéáüö', 'áéöüßÁÉÖÜeauo')


POSITIVE = ('position', 'divisor')
FINER = ('num', 'ts', 'tstz', 'iv', 'f4', 'f8')


def finer(rng: random.Random, tag, text):
    """A value a little off: with more digits after the point, or blanks behind it, than the column that it comes from can have."""
    if tag == 'bpchar':
        return text + ' '
    if tag == 'tstz':
        return finer(rng, 'ts', text[:-3]) + '+00' if text.endswith('+00') else text
    if not text[-1:].isdigit() or 'e' in text or 'BC' in text:
        return text
    point = '.' in text.rsplit(':', 1)[-1]
    return text + ('' if point else '.') + rng.choice(('5', '4', '000001', '9', '50'))


def many(rng: random.Random, tag):
    """Enough values for a list that a server may treat otherwise than a short one."""
    count = rng.choice((300, 1100))
    if tag in ('int4', 'int8', 'num', 'f8'):
        start = rng.choice((-50, 0, 1000))
        return [str(start + n) for n in range(count)]
    if tag in ('text', 'bpchar'):
        return [rng.choice(('v%d', 'V%d ', '中%d')) % n for n in range(count)]
    if tag == 'date':
        return [str(datetime.date(1999, 12, 1) + datetime.timedelta(n)) for n in range(count)]
    if tag == 'ts':
        return [str(datetime.datetime(2019, 12, 31) + datetime.timedelta(hours=n)) for n in range(count)]
    return []


def near(rng: random.Random, tag, text):
    """A text that a sloppy comparison takes for the same: other case, other accents, other trailing blanks."""
    kind = rng.choice(('case', 'case', 'blank', 'blank', 'accent', 'escape', 'foreign'))
    if kind == 'case':
        return text.swapcase() if len(text.swapcase()) == len(text) else text
    if kind == 'blank':
        return text[:-1] if text.endswith(' ') else text + ' '
    if kind == 'accent':
        return text.translate(ACCENTS)
    if kind == 'foreign':  # a character that the column's set may lack
        return text[:-1] + rng.choice('🙂中é€')
    return text.replace('\\', '\\\\') if '\\' in text else text


def escaped(text):
    """A LIKE pattern that only the text matches, or its beginning."""
    return ''.join('\\' + c if c in '%_\\' else c for c in text[:60])


def unfinished(rng: random.Random, text):
    """A LIKE pattern that ends in its escape character after a part of the text, or after any text."""
    head = text[: rng.randrange(len(text) + 1)]
    return rng.choice((escaped(head), escaped(head), '%')) + '\\'


def pattern(rng: random.Random, text):
    """A LIKE pattern around a value: its head, its tail or one character replaced."""
    odd = next((n for n, c in enumerate(text) if n and (c < ' ' or c > '\uffff')), 0)
    if odd and rng.random() < 0.7:  # what follows the prefix sorts below a blank or beyond the basic plane
        text, kind = text[:odd], 'head'
    else:
        kind = rng.choice(('head', 'tail', 'middle', 'one', 'whole'))
    text = escaped(text)
    if kind == 'one' and text and '\\' not in text:
        position = rng.randrange(len(text))
        return text[:position] + '_' + text[position + 1 :]
    return {'head': text + '%', 'tail': '%' + text, 'middle': '%' + text + '%'}.get(kind, text)


def restrict(codec):
    """Leaves out what the local database cannot hold."""
    for pools_of in (COMMON, RARE, SPECIAL):
        for pool in pools_of.values():
            pool[:] = [v for v in pool if not isinstance(v, str) or pools.fits(v, codec)]
