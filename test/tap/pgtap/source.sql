-- Sources, connectors, tests and discovery: what each function gives, what it refuses, and whom.
\ir setup.psql
SELECT no_plan();

-- ---- add_source ----
SELECT is((fabric.add_source('shop', 'mysql', '{"host": "127.0.0.1", "port": 1, "username": "u"}', description => 'The shop',
		tags => '{b,a,b}', test => false)).source, 'shop', 'add_source gives the source');
SELECT is((SELECT options FROM fabric.sources WHERE source = 'shop'), '{"host": "127.0.0.1", "port": "1"}'::jsonb, 'sources shows its options');
SELECT is((SELECT description FROM fabric.sources WHERE source = 'shop'), 'The shop', 'and its description');
SELECT set_eq($$SELECT unnest(tags) FROM fabric.sources WHERE source = 'shop'$$, ARRAY['a', 'b'], 'and its tags');
SELECT is((SELECT umoptions FROM pg_user_mappings WHERE srvname = 'shop'), '{username=u}'::text[], 'it is a server with a user mapping');
SELECT throws_ok($$SELECT fabric.add_source('shop', 'mysql', test => false)$$, '42710', 'source "shop" already exists', 'twice');
SELECT lives_ok($$SELECT fabric.add_source('shop', 'mysql', if_not_exists => true, test => false)$$, 'twice, if it does not exist');
SELECT throws_ok(format('SELECT fabric.add_source(%s, test => false)', arguments), state, NULL, 'add_source(' || arguments || ')')
FROM (VALUES
	($$'x', 'mysqll'$$, '42704'), ($$'x', NULL$$, '22004'), ($$NULL, 'mysql'$$, '22004'), ($$'', 'mysql'$$, '42602'),
	($$repeat('x', 200), 'mysql'$$, '42622'), ($$'x', 'mysql', '{"hots": "a"}'$$, 'HV00D'), ($$'x', 'mysql', '{"port": "many"}'$$, '22023'),
	($$'x', 'mysql', '{"port": 0}'$$, 'HV024'), ($$'x', 'mysql', '[]'$$, '22023'), ($$'x', 'objectstore'$$, 'HV00J'),
	($$'x', 'mysql', '{"password": "p"}'$$, '22023'), ($$'x', 'mysql', secret => '{}'$$, 'HV00J'), ($$'x', 'mysql', secret => '7'$$, '22023'),
	($$'x', 'mysql', secret => '{"password": ""}'$$, '22023'), ($$'x', 'mysql', tags => '{NULL}'$$, '22023'),
	($$'x', 'mysql', storage => 'cloud'$$, '22023'), ($$'x', 'mysql', role => 'nobody of this name'$$, '42704')
) AS v(arguments, state);
SELECT is_empty($$SELECT srvname FROM pg_foreign_server WHERE srvname <> 'shop'$$, 'nothing of these is left');
SELECT throws_ok($$SELECT fabric.add_source('dead', 'mysql', '{"host": "127.0.0.1", "port": 1, "username": "u"}')$$, '08001', NULL, 'what cannot be reached is not added');
SELECT is_empty($$SELECT srvname FROM pg_foreign_server WHERE srvname = 'dead'$$, 'and leaves nothing');
SELECT refused('tap_user', $$SELECT fabric.add_source('x', 'mysql', test => false)$$, '42501', 'permission denied for function add_source', 'a user adds none');
SELECT is(as_role('tap_developer', $$SELECT (fabric.add_source('of developer', 'mysql', '{"host": "127.0.0.1", "port": 1}', test => false)).owner$$), '(tap_developer)',
	'a developer owns what he adds');

-- ---- sources, to whom they are shown ----
SELECT is(as_role('tap_developer', 'SELECT source FROM fabric.sources'), '("of developer")', 'a developer sees his own');
SELECT is(as_role('tap_user', 'SELECT source FROM fabric.sources'), NULL, 'a user what he may use');
SELECT is(as_role('tap_admin', 'SELECT source FROM fabric.sources ORDER BY source'), '("of developer"),(shop)', 'an administrator all');
SELECT lives_ok('GRANT USAGE ON FOREIGN SERVER shop TO tap_user', 'with a GRANT');
SELECT is(as_role('tap_user', 'SELECT source FROM fabric.sources'), '(shop)', 'he sees it');
SELECT refused('tap_nobody', 'SELECT source FROM fabric.sources', '42501', 'permission denied for schema fabric', 'nobody sees anything');

-- ---- alter_source ----
SELECT is((fabric.alter_source('shop', '{"port": 2, "connect_timeout": "1s"}', test => false)).options,
	'{"host": "127.0.0.1", "port": "2", "connect_timeout": "1s"}'::jsonb, 'alter_source changes options and adds some');
SELECT is((fabric.alter_source('shop', '{"connect_timeout": null}', test => false)).options, '{"host": "127.0.0.1", "port": "2"}'::jsonb, 'null takes one away');
SELECT is((fabric.alter_source('shop', description => 'New')).description, 'New', 'it describes');
SELECT is((fabric.alter_source('shop', tags => '{}')).tags, '{}'::text[], 'and tags');
SELECT throws_ok(format('SELECT fabric.alter_source(%s)', arguments), state, NULL, 'alter_source(' || arguments || ')')
FROM (VALUES ($$'nothing'$$, '42704'), ($$NULL$$, '22004'), ($$'shop', '{"hst": null}'$$, 'HV00D'), ($$'shop', '{"port": "x"}'$$, '22023'),
	($$'shop', owner => 'nobody of this name'$$, '42704'), ($$'shop', tags => '{""}'$$, '22023')) AS v(arguments, state);
SELECT refused('tap_user', $$SELECT fabric.alter_source('shop', description => 'x')$$, '42501', NULL, 'a user changes none');
SELECT refused('tap_developer', $$SELECT fabric.alter_source('shop', description => 'x')$$, '42501', NULL, 'a developer not what he does not own');
SELECT lives_ok('GRANT USAGE ON FOREIGN SERVER shop TO tap_developer', 'what he may use');
SELECT refused('tap_developer', $$SELECT fabric.alter_source('shop', description => 'x')$$, '42501', NULL, 'he does not change either');

-- ---- test_source ----
SELECT is((SELECT array_agg(step) FROM fabric.test_source('shop', '2 s')), '{options,name,network}'::text[], 'test_source ends at the step that fails');
SELECT is((SELECT ok FROM fabric.test_source('shop', '2 s') WHERE step = 'network'), false, 'which it says');
SELECT throws_ok(format('SELECT fabric.test_source(%s)', arguments), state, NULL, 'test_source(' || arguments || ')')
FROM (VALUES ($$'nothing'$$, '42704'), ($$NULL$$, '22004'), ($$'shop', '0 s'$$, '22023'), ($$'shop', '-1 s'$$, '22023')) AS v(arguments, state);
SELECT refused('tap_nobody', $$SELECT fabric.test_source('shop')$$, '42501', NULL, 'nobody tests');

-- ---- discover ----
SELECT throws_ok($$SELECT fabric.discover('nothing')$$, '42704', NULL, 'discover of what is not there');
SELECT throws_ok($$SELECT fabric.discover(NULL)$$, '22004', NULL, 'discover of NULL');
SELECT throws_ok($$SELECT fabric.discover('shop')$$, '08001', NULL, 'discover of what cannot be reached');
SELECT refused('tap_nobody', $$SELECT fabric.discover('shop')$$, '42501', NULL, 'nobody discovers');

-- ---- preview ----
SELECT throws_ok(format('SELECT fabric.preview(%s)', v.arguments), v.state, NULL, format('preview of %s', v.arguments))
FROM (VALUES ($$'nothing', 's', 'o'$$, '42704'), ($$NULL, 's', 'o'$$, '22004'), ($$'shop', 's', NULL$$, '22004'), ($$'shop', NULL, 'o'$$, '22004'),
	($$'shop', 's', 'o', -1$$, '22023'), ($$'shop', 's', 'o', 1001$$, '22023'), ($$'shop', 's', 'o'$$, '08001')) AS v(arguments, state);
SELECT refused('tap_nobody', $$SELECT fabric.preview('shop', 's', 'o')$$, '42501', NULL, 'nobody is shown anything');

-- ---- adopt_server, unadopt_server ----
CREATE SERVER by_hand FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host 'h');
SELECT is((fabric.adopt_server('by_hand', tags => '{mine}')).adopted, true, 'adopt_server adopts');
SELECT throws_ok($$SELECT fabric.adopt_server('by_hand')$$, '42710', NULL, 'once');
SELECT throws_ok($$SELECT fabric.adopt_server('nothing')$$, '42704', NULL, 'what is there');
SELECT refused('tap_developer', $$SELECT fabric.unadopt_server('by_hand')$$, '42501', NULL, 'nobody gives back what is not his');
SELECT lives_ok($$SELECT fabric.unadopt_server('by_hand')$$, 'unadopt_server gives it back');
SELECT throws_ok($$SELECT fabric.unadopt_server('by_hand')$$, '42704', NULL, 'once');
SELECT is((SELECT count(*) FROM pg_foreign_server WHERE srvname = 'by_hand'), 1::bigint, 'and leaves the server');
SELECT throws_ok($$SELECT fabric.adopt_server('by_hand', 'objectstore')$$, '42809', NULL, 'as what it is');

-- ---- connectors ----
SELECT set_eq('SELECT connector FROM fabric.connectors WHERE builtin', ARRAY['mysql', 'objectstore', 'postgres'], 'the connectors that are there');
SELECT lives_ok($$SELECT fabric.add_connector('logs', 'file_fdw', '{"type": "object", "properties": {}}')$$, 'add_connector adds one, also before its wrapper');
SELECT is((SELECT installed FROM fabric.connectors WHERE connector = 'logs'), false, 'which it says');
SELECT throws_ok($$SELECT fabric.add_source('x', 'logs', test => false)$$, '42704', NULL, 'no source without the wrapper');
SELECT throws_ok($$SELECT fabric.add_connector('logs', 'file_fdw', '{"properties": {}}')$$, '42710', NULL, 'twice');
SELECT throws_ok($$SELECT fabric.add_connector('x', 'file_fdw', '{"properties": {"a": {"type": "array"}}}')$$, NULL, NULL, 'with options that servers cannot have');
SELECT throws_ok($$SELECT fabric.drop_connector('mysql')$$, NULL, NULL, 'those that are built in stay');
SELECT throws_ok($$SELECT fabric.drop_connector('nothing')$$, '42704', NULL, 'drop_connector of what is not there');
SELECT lives_ok($$SELECT fabric.drop_connector('nothing', if_exists => true)$$, 'if it exists');
SELECT lives_ok($$SELECT fabric.drop_connector('logs')$$, 'drop_connector drops');
SELECT refused('tap_developer', $$SELECT fabric.add_connector('x', 'y', '{"properties": {}}')$$, '42501', NULL, 'a developer adds none');
SELECT is((fabric.describe_options('fabric_mysql') -> 'properties' -> 'port' ->> 'type'), 'integer', 'describe_options makes a JSON Schema of a wrapper''s options');

-- ---- drop_source, and what follows servers ----
SELECT lives_ok('ALTER SERVER shop RENAME TO store', 'a server is renamed');
SELECT is((SELECT description FROM fabric.sources WHERE source = 'store'), 'New', 'its source as well');
SELECT throws_ok($$SELECT fabric.drop_source('shop')$$, '42704', 'source "shop" does not exist', 'drop_source of what is not there');
SELECT lives_ok($$SELECT fabric.drop_source('shop', if_exists => true)$$, 'if it exists');
CREATE FOREIGN TABLE public.kept (a integer) SERVER store OPTIONS (dbname 'd', table_name 't');
SELECT throws_ok($$SELECT fabric.drop_source('store')$$, '2BP01', NULL, 'what is used is not dropped');
SELECT lives_ok($$SELECT fabric.drop_source('store', cascade => true)$$, 'but with what uses it');
SELECT hasnt_foreign_table('public', 'kept', 'which is gone');
SELECT refused('tap_user', $$SELECT fabric.drop_source('of developer')$$, '42501', NULL, 'a user drops none');
SELECT lives_ok('DROP SERVER "of developer" CASCADE', 'a server is dropped by hand');
SELECT is_empty('SELECT source FROM fabric_system.sources', 'its source with it');
SELECT * FROM finish();
ROLLBACK;
