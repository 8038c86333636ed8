-- fabric_mysql: IMPORT FOREIGN SCHEMA and fabric.import_schema. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
CREATE SERVER import FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port');
CREATE USER MAPPING FOR CURRENT_USER SERVER import OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE VIEW imported AS
	SELECT relnamespace::regnamespace AS schema, relname AS name, pg_get_userbyid(relowner) = current_user AS mine,
		(SELECT count(*) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0) AS columns
	FROM pg_class AS c WHERE relkind = 'f' AND relnamespace::regnamespace::text ~ '^imported';
-- The columns of an imported table as they were declared.
CREATE FUNCTION declared(foreign_table regclass)
	RETURNS TABLE (name name, type text, not_null boolean, "default" text, options text)
	LANGUAGE sql AS $$
	SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
		(SELECT string_agg(option_name || '=' || option_value, E'\n' ORDER BY position)
			FROM pg_options_to_table(a.attfdwoptions) WITH ORDINALITY AS o(option_name, option_value, position)
			WHERE (option_name, option_value) <> ('column_name', a.attname::text))
	FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
	WHERE a.attrelid = foreign_table AND a.attnum > 0 ORDER BY a.attnum
	$$;

-- Everything: what cannot be a foreign table is passed over, the rest comes.
CREATE SCHEMA imported;
IMPORT FOREIGN SCHEMA fabric_import FROM SERVER import INTO imported;
SELECT name, mine, columns FROM imported ORDER BY name;
SET search_path = imported, public;
SELECT * FROM "Mixed";
SELECT * FROM mixed;
SELECT * FROM "quo'te";
SELECT "select", "back`tick" FROM "quo'te" WHERE "col'umn" = 1 AND "中文" = 5;
SELECT * FROM "表" WHERE "列" = '行';
SELECT c1, c2, c1600 FROM widest WHERE c1600 = 2;
SELECT * FROM partitioned ORDER BY id;
SELECT * FROM a_view;
SELECT * FROM declared('definitions');
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'definitions'::regclass;
SELECT * FROM declared('a_view');
SELECT * FROM declared('labels');
SELECT * FROM labels;
-- The columns' own names are kept, also where a server compares them without case.
CREATE FOREIGN TABLE renamed (number int OPTIONS (column_name 'ID TWO')) SERVER import OPTIONS (dbname 'fabric_import',
	table_name 'Mixed');
SELECT * FROM renamed WHERE number = 2;

-- LIMIT TO and EXCEPT mean exactly the names given.
CREATE SCHEMA imported_limited;
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO ("Mixed", "quo'te", "back\slash", "dou""ble", "back`tick", "per%cent",
	under_score, "no such table")
	FROM SERVER import INTO imported_limited;
SELECT name FROM imported WHERE schema::text = 'imported_limited' ORDER BY name;
CREATE SCHEMA imported_case;
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO ("MIXED", mixed) FROM SERVER import INTO imported_case;
SELECT name FROM imported WHERE schema::text = 'imported_case' ORDER BY name;
CREATE SCHEMA imported_except;
IMPORT FOREIGN SCHEMA fabric_import EXCEPT (mixed, "quo'te", "back\slash", "dou""ble", "back`tick", "per%cent",
	"under_score", "表", "no such table",
		too_wide, widest, labels, definitions, "一二三四五六七八九十一二三四五六七八九十一二", system_column, broken_view)
	FROM SERVER import INTO imported_except;
SELECT name FROM imported WHERE schema::text = 'imported_except' ORDER BY name;
CREATE SCHEMA imported_namesake;
IMPORT FOREIGN SCHEMA "Fabric_Import" FROM SERVER import INTO imported_namesake;
SELECT * FROM imported_namesake.mixed;
CREATE SCHEMA imported_odd;
IMPORT FOREIGN SCHEMA "fabric_import ""odd' \name" FROM SERVER import INTO imported_odd;
SELECT * FROM imported_odd.t;

-- Schemas that are not there, or that show nothing
CREATE SCHEMA imported_nothing;
IMPORT FOREIGN SCHEMA no_such_schema FROM SERVER import INTO imported_nothing;
IMPORT FOREIGN SCHEMA no_such_schema LIMIT TO (a) FROM SERVER import INTO imported_nothing;
IMPORT FOREIGN SCHEMA no_such_schema EXCEPT (a) FROM SERVER import INTO imported_nothing;
IMPORT FOREIGN SCHEMA "FABRIC_IMPORT" FROM SERVER import INTO imported_nothing;
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO ("no such table") FROM SERVER import INTO imported_nothing;
IMPORT FOREIGN SCHEMA fabric_import FROM SERVER import INTO no_such_local_schema;
SELECT count(*) FROM imported WHERE schema::text = 'imported_nothing';
-- A user sees what that user may read.
ALTER USER MAPPING FOR CURRENT_USER SERVER import OPTIONS (SET username 'fabric_narrow', SET password 'narrow-secret');
IMPORT FOREIGN SCHEMA fabric_import FROM SERVER import INTO imported_nothing;
IMPORT FOREIGN SCHEMA fabric_options FROM SERVER import INTO imported_nothing;
SELECT * FROM declared('imported_nothing.places');
ALTER USER MAPPING FOR CURRENT_USER SERVER import OPTIONS (SET username :'mysql_user', SET password :'mysql_password');

-- Options
CREATE SCHEMA imported_options;
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (definitions) FROM SERVER import INTO imported_options
	OPTIONS (import_default 'true', import_not_null 'false', import_generated 'false', import_comments 'false',
		import_enum_as_text 'true', import_set_as_array 'true', import_json_as_text 'true', import_time_as_time 'true',
		import_tinyint1_as_boolean 'true');
SELECT * FROM declared('imported_options.definitions');
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (definitions) FROM SERVER import INTO imported_options
	OPTIONS (import_defaults 'true');
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (definitions) FROM SERVER import INTO imported_options
	OPTIONS (import_default 'perhaps');
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (definitions) FROM SERVER import INTO imported_options;
-- A default that is none here does not end the import.
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (orders, orders_status) FROM SERVER import INTO imported_options
	OPTIONS (import_default 'true');
SELECT * FROM declared('imported_options.orders');
-- A table's name is a type's name too: the enumeration's type gets another one.
DROP FOREIGN TABLE imported_options.orders;
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (orders) FROM SERVER import INTO imported_options;
SELECT name, type FROM declared('imported_options.orders');
-- Enumeration types that are there already are used if their labels are the same.
CREATE SCHEMA imported_enums;
CREATE TYPE imported_enums.labels_same AS ENUM ('one', 'two');
CREATE TYPE imported_enums.labels_other AS ENUM ('one', 'two', 'three');
CREATE TYPE imported_enums.labels_reordered AS ENUM ('a', 'b');
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (labels) FROM SERVER import INTO imported_enums;
SELECT * FROM declared('imported_enums.labels');
SELECT same, other, reordered FROM imported_enums.labels WHERE same = 'two' AND other = 'two' AND reordered = 'a';
DROP FOREIGN TABLE imported_enums.labels;
IMPORT FOREIGN SCHEMA fabric_import LIMIT TO (labels) FROM SERVER import INTO imported_enums;

-- fabric.import_schema: the same with the local schema, the comments and a list of what was made.
SELECT * FROM fabric.import_schema('import', 'fabric_import', 'imported_whole', except_tables => ARRAY['too_wide',
	'system_column', 'widest', 'broken_view', 'a_sequence',
	'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg', 'long_column', 'labels',
		'一二三四五六七八九十一二三四五六七八九十一二']);
SELECT obj_description('imported_whole.definitions'::regclass), col_description('imported_whole.definitions'::regclass,
	2), col_description('imported_whole."表"'::regclass, 1);
SELECT * FROM fabric.import_schema('import', 'fabric_import', 'imported_part', tables => ARRAY['mixed', 'Mixed',
	'quo''te'],
	options => '{"import_comments": false}');
SELECT * FROM fabric.import_schema('import', 'fabric_import', 'imported_part', tables => ARRAY['mixed']);
SELECT * FROM fabric.import_schema('import', 'fabric_import', 'imported_part', tables => '{}');
SELECT count(*) FROM fabric.import_schema('import', 'fabric_options', 'imported_part', except_tables => '{}');
SELECT * FROM fabric.import_schema('import', 'fabric_import', 'imported_part', tables => ARRAY['a'],
	except_tables => ARRAY['b']);
SELECT * FROM fabric.import_schema('import', 'fabric_import', 'imported_part',
	options => '{"import_everything": true}');
SELECT * FROM fabric.import_schema('import', 'fabric_import', 'imported_part', options => '[1]');
SELECT * FROM fabric.import_schema('no such server', 'fabric_import', 'imported_part');
SELECT * FROM fabric.import_schema('import', 'no_such_schema', 'imported_made');
SELECT to_regnamespace('imported_made');
SELECT * FROM fabric.import_schema('import', NULL, 'imported_part');

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SERVER import CASCADE;
DROP SCHEMA imported, imported_limited, imported_case, imported_except, imported_namesake, imported_odd,
	imported_nothing, imported_options,
	imported_enums, imported_whole, imported_part CASCADE;
DROP VIEW public.imported;
DROP FUNCTION public.declared;
