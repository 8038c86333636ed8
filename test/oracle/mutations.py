"""Breaks one pushdown rule after the other by the test switch; the generator must find each."""

import random
import time

import settings
import shrink

BATCH = 25


def run(oracle):
    table, missed = [], 0
    for name in oracle.wrapper.mutations(oracle.cursor):
        if oracle.args.only and name not in oracle.args.only:
            continue
        seconds, statements, case = search(oracle, name)
        table.append((name, case is not None, statements, seconds, case))
        missed += case is None
        print(
            f'{"found" if case else "MISSED":6} {name:34} {statements:6} statements {seconds:6.1f} s  {case.kind if case else ""}'[
                :400
            ],
            flush=True,
        )
    print('\nmutation                            found  statements  seconds')
    for name, found, statements, seconds, _ in table:
        print(f'{name:34}  {"yes" if found else "NO":5}  {statements:10}  {seconds:7.1f}')
    print(f'{len(table) - missed} passed, {missed} failed')
    return 1 if missed or not table else 0


def search(oracle, name):
    """Statements under many settings until a difference appears that is not there without the mutation."""
    started = time.monotonic()
    rng = random.Random(f'mutation {name} {oracle.seed}')
    statements = 0
    turn = 0
    if not oracle.args.only_relations and not oracle.args.only_conditions:
        oracle.relation_share = oracle.wrapper.share_for(name)
    while time.monotonic() - started < oracle.args.mutation_minutes * 60:
        config = settings.draw(rng, oracle.variants(), oracle.remote.settings_vary)
        # A rule may be broken where nothing is pushed otherwise: two of three batches draw from all signatures alike.
        turn += 1
        oracle.generator.uniform = turn % 3 > 0
        before = oracle.statements
        for statement, problem in oracle.batch(config, BATCH, name):
            if 'is no SQL' in problem:
                continue
            sound = shrink.Session(oracle)
            innocent = sound.problem(statement, config) is None
            sound.close()
            if innocent:
                seconds = time.monotonic() - started
                case = shrink.shrink(oracle, statement, config, problem, name)
                return seconds, statements + oracle.statements - before, case
            case = shrink.shrink(oracle, statement, config, problem)
            print(f'a difference also without the mutation {name}: {case.kind}\n{case.text}', flush=True)
        statements += oracle.statements - before
    return time.monotonic() - started, statements, None
