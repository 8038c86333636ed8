"""Fixed regression cases: regressions/*.sql, each statement through the three legs under the settings written above it.

A block is a few comment lines and one statement, blocks are parted by empty lines. Directives, each in its own comment line:
variants (default imp), session, remote (name=value, parted by ';'), plan, transaction, params (type literal, parted by '|'),
rows (how many rows the local copy must give at
least, so that a case cannot go stale), sequence (the output columns, counted from 1, whose values must come in the same order; rows
are compared without order otherwise), error (the SQLSTATE class both foreign legs must raise; the local copy is not asked)."""

import glob
import os

import pools
import settings
from legs import Leg
from tree import Node

PASSED_OVER = 'passed over'
DIRECTIVES = ('variants', 'session', 'remote', 'plan', 'transaction', 'params', 'rows', 'sequence', 'error')


class FixedStatement:
    """Looks like a generated statement to the legs."""

    shape = 'plain'

    def __init__(self, text, params):
        self.text, self.params, self.prepared = text, params, bool(params)

    def sql(self, prepared=None):
        return self.text, self.params


def read(path):
    """Blocks of a file: directives and the statement."""
    with open(path, encoding='utf-8') as file:
        content = file.read()
    for block in content.split('\n\n'):
        directives, lines = {}, []
        for line in block.strip().split('\n'):
            key, colon, value = line[2:].strip().partition(':') if line.startswith('--') else ('', '', '')
            if colon and key in DIRECTIVES:
                directives[key] = value.strip()
            elif not line.startswith('--'):
                lines.append(line)
        text = '\n'.join(lines).strip().rstrip(';')
        if text:
            yield directives, text


def pairs(text):
    return dict(part.strip().split('=', 1) for part in text.split(';') if part.strip())


def parameters(text):
    result = []
    for part in text.split('|'):
        kind, _, value = part.strip().partition(' ')
        result.append(Node('lit', kind, [], None if value == 'NULL' else value, kind, True))
    return result


def configuration(directives, variant):
    config = settings.plain(variant)
    config.session.update(pairs(directives.get('session', '')))
    config.remote = pairs(directives.get('remote', ''))
    config.plan = directives.get('plan', 'generic' if 'params' in directives else 'simple')
    config.transaction = directives.get('transaction', 'none')
    return config


def run_all(oracle):
    """Runs every case that the server has the means for; yields a text for each that differs."""
    passed_over = 0
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'regressions')
    for path in sorted(glob.glob(os.path.join(folder, '*.sql'))):
        for directives, text in read(path):
            if oracle.codec:
                if not pools.fits(text + directives.get('params', ''), oracle.codec):
                    continue
                directives.pop('rows', None)  # there are fewer rows
            if not oracle.remote.can_run(text, pairs(directives.get('remote', ''))):
                passed_over += 1
                continue
            for variant in directives.get('variants', 'imp').replace(',', ' ').split():
                if variant not in oracle.setup.variants:
                    continue
                problem = run_one(oracle, directives, text, variant)
                if problem == PASSED_OVER:
                    passed_over += 1
                elif problem:
                    yield f'{os.path.basename(path)} ({variant}): {text}\n  {problem}'
                else:
                    oracle.passed += 1
    if passed_over:
        print(f'{passed_over} fixed cases ask for what this server has not')


def run_one(oracle, directives, text, variant):
    config = configuration(directives, variant)
    oracle.globals.apply(config.remote)
    statement = FixedStatement(text, parameters(directives['params']) if 'params' in directives else [])
    outcomes = []
    for name in 'abc':
        leg = Leg(oracle.env, oracle.wrapper.schema(name, variant), config)
        outcomes.append(leg.run(statement))
        leg.close()
    expected = outcomes[2][0]
    if 'error' in directives:
        if oracle.wrapper.name == 'local':
            return None
        if not oracle.remote.own_cases:
            return PASSED_OVER
        wrong = [o for both in outcomes[:2] for o in both if (o.state or '')[:2] != directives['error']]
        return f"no error of class {directives['error']}: {wrong[0].brief()}" if wrong else None
    if not oracle.remote.own_cases and (expected.state or len(expected.rows) < int(directives.get('rows', 0))):
        return PASSED_OVER
    if 'rows' in directives and (expected.state or len(expected.rows) < int(directives['rows'])):
        return f'the case is stale: the local copy gives {expected.brief()}'
    for name, both in zip(('pushed', 'not pushed'), outcomes):
        for outcome in both:
            # A row with a zero date is judged when it is read, whether or not a condition would pass it.
            if variant == 'zero_error' and (outcome.state or '')[:2] == '22':
                continue
            if not outcome.close_to(expected):
                return f'{name}: {outcome.brief()}\n  local copy: {expected.brief()}'
            if sequence(directives, outcome) != sequence(directives, expected):
                return f'{name}: the same rows in another order: {outcome.received[:6]}\n  local copy: {expected.received[:6]}'
    return None


def sequence(directives, outcome):
    columns = [int(n) - 1 for n in directives.get('sequence', '').replace(',', ' ').split()]
    return None if outcome.state else [[row[n] for n in columns] for row in outcome.received]
