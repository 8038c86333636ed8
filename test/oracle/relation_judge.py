"""Runs a relation statement through the legs and compares: rows, the sequence of the sort keys, and what SQL leaves open."""

import json
import math
from collections import Counter, defaultdict
from decimal import Decimal, InvalidOperation

import legs
from relation_coverage import pushed_parts


def judge(oracle, three, relation, config, count=True):
    """None when the legs agree; else what is wrong."""
    settings = '; '.join(f'SET {name} TO {value}' for name, value in relation.planner.items())
    if settings:
        for leg in three:
            leg.command(settings)
    pushed, unpushed, local = [leg.run(relation) for leg in three]
    if oracle.remote.two_zeros:
        for outcome in (*pushed, *unpushed, *local):
            outcome.one_zero()
    expected = local[0]
    undecided = relation.may_raise and expected.state in ('42P21', '42P22')  # collations
    wrong = (expected.state or '')[:2] == '42' and not undecided
    problem = None
    if not (wrong and not count):
        problem = difference(oracle, three[2], relation, pushed, unpushed, expected, count)
    if count:
        if wrong:
            problem = f'the generator made a statement that is no SQL: {expected.brief()}'
        elif expected.state and not relation.may_raise and not problem:
            problem = f'the generator made a statement that raises: {expected.brief()}'
        oracle.errors += expected.state is not None
        if not problem and not three[0].lost():
            problem = look_at_plan(oracle, three, relation)
        oracle.failed += problem is not None
        oracle.passed += problem is None
    for leg in three:
        leg.done(relation)
        if settings and not leg.lost():
            leg.command('; '.join(f'SET {name} TO {config.session.get(name, "DEFAULT")}' for name in relation.planner))
    return problem


def look_at_plan(oracle, three, relation):
    """Records coverage; now and then whether leg (b) really computes everything here."""
    plan = explain(three[0], relation)
    if not relation.counted:
        oracle.relation_coverage.record(relation, plan)
    if oracle.statements % 25 == 0:
        plan = explain(three[1], relation)
        found = pushed_parts(plan) - {'lookup'} if plan else ()
        if found:
            return f'pushdown is off, and the plan shows a remote {", ".join(sorted(found))}'
    return None


def explain(leg, relation):
    text, _ = relation.sql()
    what = leg.last_prepared if relation.prepared else text
    outcome = leg.command('EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) ' + what) if what else None
    if outcome is None or outcome.state:
        return None
    found = outcome.rows[0][0]
    return (json.loads(found) if isinstance(found, str) else found)[0]['Plan']


def difference(oracle, local_leg, relation, pushed, unpushed, expected, count):
    for name, outcomes in (('pushed', pushed), ('not pushed', unpushed)):
        for turn, outcome in zip(('first', 'second'), outcomes):
            if outcome.state or expected.state:
                if outcome == expected:
                    continue
                if relation.may_raise and all(
                    o.state is None or legs.class_of(o.state) in legs.DATA_CLASSES for o in (outcome, expected)
                ):
                    if count:
                        oracle.order_freedom += 1
                    continue
                wrong = 'different errors' if outcome.state and expected.state else 'an error on one side'
            else:
                wrong = compare(local_leg, relation, outcome, expected, oracle.remote.two_zeros)
            if wrong:
                return f'{name}, {turn} run: {wrong}: {outcome.brief()}\n  local copy: {expected.brief()}'
    return None


def compare(local_leg, relation, outcome, expected, two_zeros=False):
    """What is wrong with rows, in a few words; None when nothing is."""
    tolerances = relation.tolerances()
    same = outcome.rows == expected.rows or any(tolerances) and near_rows(outcome.rows, expected.rows, tolerances)
    if relation.query.order and not relation.counted:
        if sequence(relation, outcome) != sequence(relation, expected):
            if len(outcome.rows) != len(expected.rows):
                return 'another number of rows'
            return 'another order' if same else 'other sort keys'
    if same:
        return None
    if len(outcome.rows) != len(expected.rows):
        return 'another number of rows'
    if not relation.free():
        return 'other rows'
    text, _ = relation.unlimited().sql(prepared=False)
    whole = local_leg.command(text)
    if two_zeros:
        whole.one_zero()
    if whole.state and relation.may_raise:
        return None  # other rows than those that raise may come first
    if whole.state:
        return f'the statement without limit ends in {whole.brief()}'
    return None if included(outcome.rows, whole.rows, tolerances) else 'rows that the statement without limit has not'


def sequence(relation, outcome):
    keys = [key.item for key in relation.query.order]
    tags = [relation.query.items[n].tag for n in keys]
    return [tuple(normal(row[n], tag) for n, tag in zip(keys, tags)) for row in outcome.received]


def normal(cell, tag):
    """One form for values that sort alike."""
    if cell is None:
        return None
    if tag in ('num', 'f4', 'f8'):
        try:
            number = Decimal(cell)
        except InvalidOperation:
            return cell
        return 'NaN' if number.is_nan() else number
    return cell.rstrip(' ') if tag == 'bpchar' else cell


def close(left, right, tolerance):
    if left == right:
        return True
    if left is None or right is None:
        return False
    try:
        return math.isclose(float(left), float(right), rel_tol=tolerance, abs_tol=tolerance)
    except ValueError:
        return False


def exact_part(row, tolerances):
    return tuple(cell for cell, tolerance in zip(row, tolerances) if not tolerance)


def near(row, other, tolerances):
    return all(not t or close(a, b, t) for a, b, t in zip(row, other, tolerances))


def matched(rows, whole, tolerances):
    """Whether each row has a partner of its own in the other list, whose exact columns are equal and the others near."""
    groups = defaultdict(list)
    for row in whole:
        groups[exact_part(row, tolerances)].append(row)
    for row in rows:
        candidates = groups[exact_part(row, tolerances)]
        partner = next((n for n, other in enumerate(candidates) if near(row, other, tolerances)), None)
        if partner is None:
            return False
        candidates.pop(partner)
    return True


def near_rows(rows, others, tolerances):
    return len(rows) == len(others) and matched(rows, others, tolerances)


def included(rows, whole, tolerances):
    if any(tolerances):
        return matched(rows, whole, tolerances)
    return not Counter(rows) - Counter(whole)
