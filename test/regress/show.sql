-- What the tests of joins, groups, orders and lookups share; read by \i into the schema that is first in search_path.

-- Copies every foreign table of a schema into a schema NAME_local, and has both analyzed.
CREATE FUNCTION copy_tables(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	relation name;
BEGIN
	EXECUTE format('CREATE SCHEMA %I', name || '_local');
	FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = name::regnamespace AND relkind = 'f' ORDER BY 1 LOOP
		EXECUTE format('CREATE TABLE %I.%I AS SELECT * FROM %I.%I', name || '_local', relation, name, relation);
		EXECUTE format('ANALYZE %I.%I', name || '_local', relation);
		EXECUTE format('ANALYZE %I.%I', name, relation);
	END LOOP;
END
$$;

-- The rows of a query as text, or its error; sorted unless the query itself is.
CREATE FUNCTION rows_of(query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	line record;
	found text[] = '{}';
BEGIN
	FOR line IN EXECUTE query LOOP
		found = found || line::text;
	END LOOP;
	IF query !~* '\morder by ([^()]|\([^()]*\))*$' THEN
		found = ARRAY(SELECT f FROM unnest(found) AS f ORDER BY f COLLATE "C");
	END IF;
	RETURN found;
EXCEPTION WHEN OTHERS THEN
	RETURN ARRAY[sqlstate || ': ' || sqlerrm];
END
$$;

-- Each query with its plan, without the lines Output, and its rows, compared with those over the local copies.
CREATE FUNCTION show(VARIADIC queries text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	here text = current_setting('search_path');
	query text;
	line text;
	pushed text[];
	local text[];
BEGIN
	FOREACH query IN ARRAY queries LOOP
		RETURN NEXT regexp_replace(query, '\s+', ' ', 'g');
		FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
			IF line !~ '^ *Output: ' THEN
				-- A table's oid is not the same twice.
				RETURN NEXT '    ' || regexp_replace(line, '(SELECT|THEN) \d{5,}', '\1 OID', 'g');
			END IF;
		END LOOP;
		pushed = rows_of(query);
		PERFORM set_config('search_path', regexp_replace(here, '^\w+', '\&_local, \&'), true);
		local = rows_of(query);
		PERFORM set_config('search_path', here, true);
		IF pushed[1] ~ '^[0-9A-Z]{5}: ' AND left(pushed[1], 5) = left(local[1], 5) THEN
			RETURN NEXT '  error: ' || pushed[1] || E'\n  locally: ' || local[1];
		ELSIF pushed IS DISTINCT FROM local THEN
			RETURN NEXT '  DIFFERENT: ' || array_to_string(pushed, ' ') || ', locally ' || array_to_string(local, ' ');
		ELSIF cardinality(pushed) > 12 THEN
			RETURN NEXT '  ' || cardinality(pushed) || ' rows';
		ELSE
			RETURN NEXT '  ' || coalesce(nullif(array_to_string(pushed, ' '), ''), 'no rows');
		END IF;
	END LOOP;
END
$$;

-- What running a query took, without what differs from machine to machine.
CREATE FUNCTION analyzed(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line !~ 'Remote Bytes|Round Trips|Memory' THEN
			RETURN NEXT line;
		END IF;
	END LOOP;
END
$$;
