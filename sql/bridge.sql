-- The border between PostgreSQL and C++ (src/pg): destructors run, errors cross whole, nothing leaks.
--
-- The functions are those of test/bridge; FABRIC_BRIDGE_TEST names their library.
\getenv bridge FABRIC_BRIDGE_TEST
CREATE SCHEMA bridge;
SET search_path = bridge;
CREATE FUNCTION live() RETURNS bigint LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_live';
CREATE FUNCTION heap() RETURNS bigint LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_heap';
CREATE FUNCTION throw(kind text) RETURNS void LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_throw';
CREATE FUNCTION raise() RETURNS void LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_raise';
CREATE FUNCTION call(way text, function regprocedure, depth integer) RETURNS void
	LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_call';
CREATE FUNCTION describe(function regprocedure, OUT sqlstate text, OUT message text, OUT detail text,
	OUT detail_log text, OUT hint text, OUT context text, OUT schema_name text, OUT table_name text,
	OUT column_name text, OUT datatype text, OUT constraint_name text, OUT "position" text,
	OUT inner_position text, OUT inner_query text, OUT raised_in text)
	LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_describe';
CREATE FUNCTION keep(count integer, context text) RETURNS bigint
	LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_keep';
CREATE FUNCTION wait(milliseconds integer) RETURNS void LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_wait';
CREATE FUNCTION swallow(function regprocedure, times integer) RETURNS integer
	LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_swallow';
CREATE FUNCTION stacks(way text) RETURNS text LANGUAGE c STRICT AS :'bridge', 'fabric_bridge_stacks';

-- What PL/pgSQL sees of a statement's error.
CREATE TYPE diagnosis AS (
	sqlstate text, message text, detail text, hint text, context text,
	schema_name text, table_name text, column_name text, datatype text, constraint_name text
);
CREATE FUNCTION diagnose(statement text) RETURNS diagnosis LANGUAGE plpgsql AS $$
DECLARE
	d diagnosis;
BEGIN
	EXECUTE statement;
	RETURN d;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS d.sqlstate = RETURNED_SQLSTATE, d.message = MESSAGE_TEXT,
		d.detail = PG_EXCEPTION_DETAIL, d.hint = PG_EXCEPTION_HINT, d.context = PG_EXCEPTION_CONTEXT,
		d.schema_name = SCHEMA_NAME, d.table_name = TABLE_NAME, d.column_name = COLUMN_NAME,
		d.datatype = PG_DATATYPE_NAME, d.constraint_name = CONSTRAINT_NAME;
	d.context = split_part(d.context, E'\n', 1); -- the rest tells the way, not the error
	RETURN d;
END
$$;
CREATE FUNCTION complain() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '23P01', MESSAGE = 'the message', DETAIL = 'the detail', HINT = 'the hint',
		SCHEMA = 'a schema', TABLE = 'a table', COLUMN = 'a column', DATATYPE = 'a type',
		CONSTRAINT = 'a constraint';
END
$$;
CREATE FUNCTION syntax_error() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT 1 FROMM t'; END $$;
CREATE FUNCTION too_much() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM repeat('x', 2000000000); END $$;
CREATE FUNCTION nothing() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
-- Whether each field is the same after the error has crossed by the ways of call().
CREATE FUNCTION compare(function regprocedure) RETURNS TABLE (way text, depth integer, same boolean, d diagnosis)
	LANGUAGE sql AS $$
	SELECT ways.way, ways.depth, through IS NOT DISTINCT FROM direct, CASE WHEN through IS DISTINCT
		FROM direct THEN through END
	FROM (VALUES ('through', 1), ('through', 3), ('rethrow', 1), ('rethrow', 3), ('nested', 1), ('nested', 3),
			('nested', 50)) AS ways(way, depth),
		bridge.diagnose(format('SELECT %s', function)) AS direct,
		bridge.diagnose(format('SELECT bridge.call(%L, %L, %s)', ways.way, function, ways.depth)) AS through
	$$;

-- C++ exceptions become errors of PostgreSQL, with what they carry.
SELECT throw('core');
SELECT throw('bare');
SELECT throw('percent');
SELECT kind, d.sqlstate, d.message, d.detail, d.hint
	FROM unnest(ARRAY['core', 'bare', 'percent', 'wrong code', 'bad_alloc', 'real bad_alloc', 'runtime_error',
			'anything else']) AS kind,
		diagnose(format('SELECT bridge.throw(%L)', kind)) AS d;
SELECT live();

-- PostgreSQL's errors cross C++ frames whole: the same, whether raised directly or through guards.
SELECT * FROM diagnose('SELECT bridge.complain()') \gx
SELECT * FROM compare('complain()');
SELECT * FROM compare('raise()');
SELECT * FROM compare('syntax_error()');
SELECT * FROM compare('too_much()');
SELECT * FROM compare('nothing()');
SELECT live();
-- Also what PL/pgSQL cannot see.
SELECT * FROM describe('raise()') \gx
-- And the client is shown the same.
SELECT raise();
SELECT call('nested', 'raise()', 3);
\set VERBOSITY sqlstate
SELECT call('nested', 'raise()', 3);
\set VERBOSITY default

-- However a guard is left, PostgreSQL's stacks and memory context are as before, and errors go on working.
SELECT way, stacks(way) FROM unnest(ARRAY['return', 'C++ exception', 'PostgreSQL error']) AS way;
DO $$
DECLARE
	changed text;
BEGIN
	changed = bridge.stacks('C++ exception');
	BEGIN
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
		RAISE NOTICE 'caught after a C++ exception through a guard: %', sqlerrm;
	END;
	BEGIN
		PERFORM bridge.call('nested', 'bridge.complain()', 3);
	EXCEPTION WHEN exclusion_violation THEN
		RAISE NOTICE 'caught as what it is: %', sqlerrm;
	END;
	BEGIN
		PERFORM bridge.throw('core');
	EXCEPTION WHEN division_by_zero THEN
		RAISE NOTICE 'caught by its SQLSTATE: %', sqlerrm;
	END;
END
$$;

-- Objects that a memory context owns die with it: at the statement's end, ...
SELECT keep(3, 'statement');
SELECT live();
-- ... at the transaction's end, ...
BEGIN;
SELECT keep(3, 'transaction');
SELECT live();
COMMIT;
SELECT live();
-- ... when the transaction fails, ...
BEGIN;
SELECT keep(3, 'transaction');
SELECT 1 / 0;
ROLLBACK;
SELECT live();
SELECT keep(3, 'statement'), 1 / (keep(2, 'statement') - 5);
SELECT live();
-- ... and with a subtransaction that is rolled back.
BEGIN;
SELECT keep(1, 'transaction');
SAVEPOINT one;
SELECT keep(2, 'subtransaction');
SAVEPOINT two;
SELECT keep(3, 'subtransaction');
ROLLBACK TO two;
SELECT live();
RELEASE one;
SELECT live();
COMMIT;
SELECT live();
DO $$
BEGIN
	BEGIN
		PERFORM bridge.keep(4, 'subtransaction');
		PERFORM 1 / 0;
	EXCEPTION WHEN division_by_zero THEN
		RAISE NOTICE '% objects are left in the handler', bridge.live();
	END;
END
$$;

-- A cancel in the middle of a wait: by statement_timeout, and while PL/pgSQL catches it.
SET statement_timeout = '100ms';
SELECT wait(10000);
SELECT live();
SELECT keep(3, 'transaction'), wait(10000);
SELECT live();
RESET statement_timeout;
DO $$
BEGIN
	FOR i IN 1..5 LOOP
		BEGIN
			-- The signal waits for the next look at interrupts, which is that of wait().
			PERFORM bridge.wait(10000) FROM (SELECT pg_cancel_backend(pg_backend_pid()) OFFSET 0) AS cancelled;
		EXCEPTION WHEN query_canceled THEN
			RAISE NOTICE 'cancelled, % objects are left', bridge.live();
		END;
	END LOOP;
END
$$;
SELECT wait(1);

-- Nothing is left of 10,000 errors: no object, no memory context, no heap.
SELECT swallow('raise()', 10000), live();
CREATE FUNCTION loop(statement text, times integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	errors integer = 0;
BEGIN
	FOR i IN 1..times LOOP
		BEGIN
			EXECUTE statement;
		EXCEPTION WHEN OTHERS THEN
			errors = errors + 1;
		END;
	END LOOP;
	RETURN errors;
END
$$;
-- The growth per error, measured after as many that fill the caches.
CREATE FUNCTION growth(statement text, OUT errors integer, OUT live bigint, OUT leaks boolean) LANGUAGE plpgsql AS $$
DECLARE
	heap bigint;
BEGIN
	PERFORM bridge.loop(statement, 1000);
	heap = bridge.heap();
	errors = bridge.loop(statement, 10000);
	live = bridge.live();
	leaks = bridge.heap() - heap > 10000 * 4;
END
$$;
SELECT statement, g.*
	FROM unnest(ARRAY['SELECT bridge.throw(''core'')', 'SELECT bridge.throw(''bad_alloc'')',
		'SELECT bridge.throw(''anything'')',
			'SELECT bridge.call(''through'', ''bridge.raise()'', 3)',
				'SELECT bridge.call(''rethrow'', ''bridge.raise()'', 3)',
			'SELECT bridge.call(''nested'', ''bridge.raise()'', 3)', 'SELECT bridge.swallow(''bridge.raise()'', 2)',
			'SELECT bridge.stacks(''C++ exception'')']) AS statement,
		growth(statement) AS g;
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'pg_fabric error';

\set VERBOSITY terse
DROP SCHEMA bridge CASCADE;
