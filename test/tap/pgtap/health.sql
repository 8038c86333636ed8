-- Health: checks, their history and what is due; settings; who may.
\ir setup.psql
SELECT no_plan();
SELECT lives_ok($$SELECT fabric.add_source('dead', 'mysql', '{"host": "127.0.0.1", "port": 1, "username": "u"}', test => false)$$, 'a source that is dead');
SELECT lives_ok($$SELECT do_as('tap_developer', 'SELECT fabric.add_source(''not his'', ''mysql'', ''{"host": "127.0.0.1", "port": 1}'', test => false)')$$, 'and one of somebody else');

-- ---- check_health, source_health ----
SELECT results_eq($$SELECT source, status FROM fabric.check_health('dead', '2 s')$$, $$VALUES ('dead', 'failing')$$, 'check_health finds that it is');
SELECT is((SELECT step FROM fabric.source_health WHERE source = 'dead'), 'network', 'source_health keeps the step');
SELECT ok((SELECT latency > '0' AND detail IS NOT NULL AND checked_at > now() FROM fabric.source_health WHERE source = 'dead'), 'the reason and the time');
SELECT is((SELECT status FROM fabric.sources WHERE source = 'dead'), 'failing', 'sources shows the status');
SELECT is((SELECT failures FROM fabric_monitor.source_status WHERE source = 'dead'), 1, 'a failure is counted');
SELECT lives_ok($$SELECT fabric.check_health('dead', '2 s')$$, 'another');
SELECT ok((SELECT failures = 2 AND next_check_at > now() + fabric.setting('health_interval')::interval FROM fabric_monitor.source_status WHERE source = 'dead'),
	'and it is asked less often');
SELECT throws_ok(format('SELECT fabric.check_health(%s)', arguments), state, NULL, 'check_health(' || arguments || ')')
FROM (VALUES ($$'nothing'$$, '42704'), ($$'dead', '0 s'$$, '22023'), ($$'dead', '-1 s'$$, '22023')) AS v(arguments, state);
SELECT is(as_role('tap_developer', $$SELECT source FROM fabric.check_health(time_limit => '2 s')$$), '("not his")', 'a developer checks his own');
SELECT is(as_role('tap_user', $$SELECT source FROM fabric.check_health(time_limit => '2 s')$$), NULL, 'a user none that he may not use');
SELECT is(as_role('tap_user', 'SELECT source FROM fabric.source_health'), NULL, 'and sees no history of them');
SELECT refused('tap_nobody', 'SELECT fabric.check_health()', '42501', NULL, 'nobody checks');

-- ---- run_due and what it is made of ----
SELECT throws_ok('CALL fabric.run_due()', '2D000', NULL, 'run_due commits, and so is not called within a transaction');
SELECT refused('tap_developer', 'SELECT fabric.purge_health()', '42501', NULL, 'a developer purges nothing');
UPDATE fabric_monitor.source_health SET checked_at = now() - interval '10 years' WHERE source = 'dead';
SELECT is(as_role('tap_admin', 'SELECT fabric.purge_health()'), '(2)', 'purge_health removes what is old');
SELECT is_empty($$SELECT source FROM fabric.check_health(due_only => true, time_limit => '2 s') WHERE source = 'dead'$$, 'what is not due is not checked');
UPDATE fabric_monitor.source_status SET next_check_at = now() WHERE source = 'dead';
SELECT set_eq($$SELECT source FROM fabric.check_health(due_only => true, time_limit => '2 s')$$, ARRAY['dead'], 'what is due is');
SELECT lives_ok($$SELECT fabric.set_setting('health_enabled', 'false', 'dead')$$, 'a source that is not to be watched');
UPDATE fabric_monitor.source_status SET next_check_at = now() WHERE source = 'dead';
SELECT is_empty($$SELECT source FROM fabric.check_health(due_only => true, time_limit => '2 s')$$, 'is not');

-- ---- settings ----
SELECT is(fabric.setting('preview_max_rows'), (SELECT default_value #>> '{}' FROM fabric.settings WHERE name = 'preview_max_rows' AND source IS NULL), 'a setting has its default');
SELECT lives_ok($$SELECT fabric.set_setting('preview_max_rows', '50', 'dead')$$, 'of one source');
SELECT is(fabric.setting('preview_max_rows', 'dead'), '50', 'it is another');
SELECT is(fabric.setting('nothing'), NULL, 'one that is not there is NULL');
SELECT throws_ok(format('SELECT fabric.set_setting(%s)', arguments), state, NULL, 'set_setting(' || arguments || ')')
FROM (VALUES ($$'nothing', '1'$$, '42704'), ($$NULL, '1'$$, '42704'), ($$'preview_max_rows', '0'$$, '22023'), ($$'preview_max_rows', '"x"'$$, '22023'),
	($$'preview_max_rows', '1', 'nothing'$$, '42704'), ($$'sync_schedule', '"daily"'$$, '22023'), ($$'sync_level', '"cell"'$$, '22023')) AS v(arguments, state);
SELECT refused('tap_developer', $$SELECT fabric.set_setting('preview_max_rows', '9')$$, '42501', NULL, 'a developer sets nothing for all');
SELECT refused('tap_developer', $$SELECT fabric.set_setting('preview_max_rows', '9', 'dead')$$, '42704', NULL, 'nor for a source that he does not see');
SELECT lives_ok($$SELECT do_as('tap_developer', 'SELECT fabric.set_setting(''preview_max_rows'', ''9'', ''not his'')')$$, 'but for his own');
SELECT lives_ok($$SELECT do_as('tap_admin', 'SELECT fabric.set_setting(''preview_max_rows'', ''7'')')$$, 'an administrator for all');
SELECT is(ARRAY[fabric.setting('preview_max_rows'), fabric.setting('preview_max_rows', 'dead'), fabric.setting('preview_max_rows', 'not his')],
	'{7,50,9}'::text[], 'each has its own');
SELECT lives_ok($$SELECT fabric.drop_source('dead')$$, 'a source goes');
SELECT is_empty($$SELECT 1 FROM fabric_system.settings WHERE source = 'dead' UNION ALL SELECT 1 FROM fabric_monitor.source_health WHERE source = 'dead'
	UNION ALL SELECT 1 FROM fabric_monitor.source_status WHERE source = 'dead'$$, 'with its settings, its status and its history');

-- ---- what the session has ----
SELECT is_empty('SELECT * FROM fabric.connections WHERE server = ''not his''', 'connections shows none that failed');
SELECT lives_ok('SELECT fabric.disconnect()', 'disconnect closes what there is');
SELECT throws_ok($$SELECT fabric.disconnect('nothing')$$, '42704', NULL, 'of a server that is there');
SELECT isnt_empty('SELECT * FROM fabric.pushdown_rules', 'pushdown_rules lists them');
SELECT isnt_empty($$SELECT * FROM fabric.wrapper_options WHERE wrapper = 'fabric_mysql' AND option = 'password' AND secret$$, 'wrapper_options says what is secret');
SELECT is_empty('SELECT * FROM fabric.progress', 'progress shows no scan of a session that does none');
SELECT * FROM finish();
ROLLBACK;
