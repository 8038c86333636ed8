-- Secrets: given, shown, sealed again, taken; bad input; who may. What they say is looked for in test/tap/secrets.t.
\ir setup.psql
SELECT no_plan();
CREATE SERVER shop FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host '127.0.0.1', port '1');
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username 'u');
CREATE USER MAPPING FOR tap_user SERVER shop OPTIONS (username 'u');
CREATE USER MAPPING FOR tap_nobody SERVER shop OPTIONS (username 'u');

SELECT lives_ok($$SELECT fabric.set_secret('shop', '{"password": "text:geheim"}')$$, 'set_secret seals one');
SELECT is((SELECT status FROM fabric.secrets), 'ready', 'secrets shows that there is one');
SELECT ok(NOT EXISTS (SELECT FROM fabric_system.secrets AS s WHERE s::text LIKE '%geheim%' OR position('geheim' IN encode(sealed, 'escape')) > 0),
	'and it stands nowhere in clear');
SELECT lives_ok($$SELECT fabric.set_secret('shop', '{"password": "text:neu", "username": "v"}')$$, 'another takes its place');
SELECT is((SELECT count(*) FROM fabric.secrets), 1::bigint, 'so that there is one');
SELECT throws_ok(format('SELECT fabric.set_secret(%s)', arguments), state, NULL, 'set_secret(' || arguments || ')')
FROM (VALUES
	($$'nothing', '{"password": "p"}'$$, '42704'), ($$NULL, '{"password": "p"}'$$, '22004'), ($$'shop', NULL$$, '22004'),
	($$'shop', '{}'$$, 'HV00J'), ($$'shop', '[]'$$, '22023'), ($$'shop', '"p"'$$, '22023'), ($$'shop', '{"password": 7}'$$, '22023'),
	($$'shop', '{"password": ""}'$$, '22023'), ($$'shop', '{"passwort": "p"}'$$, 'HV00D'), ($$'shop', '{"password": "file:/etc/shadow"}'$$, '42501'),
	($$'shop', '{"password": "env:HOME"}'$$, '42501'), ($$'shop', '{"password": "p"}', 'nobody of this name'$$, '42704'),
	($$'shop', '{"password": "p"}', 'tap_admin'$$, '42704'), ($$'shop', jsonb_build_object('password', repeat('x', 2000000))$$, '54000')
) AS v(arguments, state);
SELECT is((SELECT count(*) FROM fabric.secrets WHERE status = 'ready'), 1::bigint, 'the one that was there is there');

-- Who may.
SELECT refused('tap_user', $$SELECT fabric.set_secret('shop', '{"password": "p"}')$$, '42501', NULL, 'who may not use the server gives none');
GRANT USAGE ON FOREIGN SERVER shop TO tap_user, tap_nobody;
SELECT lives_ok($$SELECT do_as('tap_user', 'SELECT fabric.set_secret(''shop'', ''{"password": "p"}'')')$$, 'who may gives himself one');
SELECT refused('tap_user', $$SELECT fabric.set_secret('shop', '{"password": "p"}', 'tap_nobody')$$, '42501', NULL, 'and nobody else');
SELECT refused('tap_nobody', $$SELECT fabric.set_secret('shop', '{"password": "p"}')$$, '42501', NULL, 'nobody gives any');
SELECT is(as_role('tap_user', 'SELECT role FROM fabric.secrets'), '(tap_user)', 'each sees his own');
SELECT is(as_role('tap_admin', 'SELECT count(*) FROM fabric.secrets'), '(2)', 'an administrator that there are two');
SELECT refused('tap_admin', 'SELECT sealed FROM fabric_system.secrets', '42501', NULL, 'and reads none');
SELECT refused('tap_user', 'SELECT fabric.rotate_secrets()', '42501', NULL, 'a user seals none again');
SELECT is(as_role('tap_admin', 'SELECT fabric.rotate_secrets()'), '(0)', 'rotate_secrets leaves what the first key has sealed');

-- Taken.
SELECT refused('tap_user', format('SELECT fabric.drop_secret(''shop'', %L)', CURRENT_USER), '42501', NULL, 'nobody takes another''s');
SELECT lives_ok($$SELECT fabric.drop_secret('shop')$$, 'drop_secret takes one');
SELECT throws_ok($$SELECT fabric.drop_secret('shop')$$, '42704', NULL, 'once');
SELECT lives_ok($$SELECT fabric.drop_secret('shop', if_exists => true)$$, 'if it is there');
SELECT throws_ok($$SELECT fabric.drop_secret('nothing')$$, '42704', NULL, 'of a server that is there');
SELECT lives_ok('DROP USER MAPPING FOR tap_user SERVER shop', 'a user mapping goes');
SELECT is_empty('SELECT role FROM fabric.secrets', 'and its secret with it');
SELECT * FROM finish();
ROLLBACK;
