-- What is shipped to remote servers, what stays, and why.

CREATE OR REPLACE FUNCTION fabric.list_pushdown_rules(
	OUT wrapper text, OUT function regprocedure, OUT node text, OUT pushed boolean, OUT form text, OUT reason text)
RETURNS SETOF record
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_pushdown_rules';
COMMENT ON FUNCTION fabric.list_pushdown_rules() IS 'The allow-list of every wrapper; see the view fabric.pushdown_rules';
REVOKE ALL ON FUNCTION fabric.list_pushdown_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_pushdown_rules() TO fabric_user;

CREATE OR REPLACE VIEW fabric.pushdown_rules AS
SELECT r.wrapper, r.function, o.oid::pg_catalog.regoperator AS operator, r.node, r.pushed, r.form, r.reason
FROM fabric.list_pushdown_rules() r
	LEFT JOIN LATERAL (
		SELECT op.oid FROM pg_catalog.pg_operator op
		WHERE op.oprcode OPERATOR(pg_catalog.=) r.function::pg_catalog.oid
		ORDER BY op.oid LIMIT 1) o ON true;
COMMENT ON VIEW fabric.pushdown_rules IS 'Functions, operators and expressions that are shipped to remote servers or kept local, with the reason';
COMMENT ON COLUMN fabric.pushdown_rules.wrapper IS 'Foreign data wrapper';
COMMENT ON COLUMN fabric.pushdown_rules.function IS 'The function, or the function behind the operator';
COMMENT ON COLUMN fabric.pushdown_rules.operator IS 'The operator, if it is one';
COMMENT ON COLUMN fabric.pushdown_rules.node IS 'The expression (CASE, IN, ...) where it is no function';
COMMENT ON COLUMN fabric.pushdown_rules.pushed IS 'Whether it is shipped';
COMMENT ON COLUMN fabric.pushdown_rules.form IS 'What it becomes remotely; $1 stands for an argument, a letter before the number for its form';
COMMENT ON COLUMN fabric.pushdown_rules.reason IS 'Why it is kept local, or under what condition it is shipped';
GRANT SELECT ON fabric.pushdown_rules TO fabric_user;

-- search_path: the caller's, because the query is the caller's. Names of our own are qualified.
CREATE OR REPLACE FUNCTION fabric.explain_pushdown(query text)
RETURNS TABLE (node text, remote_sql text, kept_local text, reason text)
LANGUAGE plpgsql STRICT
AS $function$
DECLARE
	plan json;
	item record;
BEGIN
	-- A loop takes one statement only: nothing can hide behind the query.
	FOR plan IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) ' OPERATOR(pg_catalog.||) query LOOP
		FOR item IN
			SELECT p.value AS scan
			FROM pg_catalog.jsonb_path_query(plan::pg_catalog.jsonb, 'strict $.** ?(exists(@."Remote SQL"))') AS p(value)
		LOOP
			node := CASE
				WHEN item.scan OPERATOR(pg_catalog.?) 'Relation Name' THEN pg_catalog.concat_ws(' ',
					item.scan OPERATOR(pg_catalog.->>) 'Node Type', 'on', pg_catalog.concat_ws('.',
						item.scan OPERATOR(pg_catalog.->>) 'Schema', item.scan OPERATOR(pg_catalog.->>) 'Relation Name'))
				WHEN item.scan OPERATOR(pg_catalog.?) 'Looked Up' THEN pg_catalog.concat_ws(' ',
					'Lookup Join with', item.scan OPERATOR(pg_catalog.->>) 'Looked Up')
				ELSE pg_catalog.concat_ws(' ', item.scan OPERATOR(pg_catalog.->>) 'Node Type', 'of',
					item.scan OPERATOR(pg_catalog.->>) 'Relations')
			END;
			remote_sql := item.scan OPERATOR(pg_catalog.->>) 'Remote SQL';
			kept_local := NULL;
			reason := NULL;
			IF NOT item.scan OPERATOR(pg_catalog.?) 'Kept Local' THEN
				RETURN NEXT;
				CONTINUE;
			END IF;
			RETURN QUERY
				SELECT explain_pushdown.node, explain_pushdown.remote_sql, k.condition, w.why
				FROM pg_catalog.jsonb_array_elements_text(item.scan OPERATOR(pg_catalog.->) 'Kept Local')
						WITH ORDINALITY AS k(condition, position)
					JOIN pg_catalog.jsonb_array_elements_text(item.scan OPERATOR(pg_catalog.->) 'Kept Local Reasons')
						WITH ORDINALITY AS w(why, position) USING (position)
				ORDER BY position;
		END LOOP;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION fabric.explain_pushdown(text) IS 'The foreign scans and lookup joins of a query: remote statement, what is kept local and the reason of each';
REVOKE ALL ON FUNCTION fabric.explain_pushdown(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.explain_pushdown(text) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.list_wrapper_options(
	OUT wrapper text, OUT option text, OUT scope text[], OUT kind text, OUT choices text, OUT alias_of text,
	OUT superuser boolean, OUT meaning text, OUT secret boolean)
RETURNS SETOF record
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_wrapper_options';
COMMENT ON FUNCTION fabric.list_wrapper_options() IS 'The options of every wrapper; see the view fabric.wrapper_options';
REVOKE ALL ON FUNCTION fabric.list_wrapper_options() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_wrapper_options() TO fabric_user;

CREATE OR REPLACE VIEW fabric.wrapper_options AS
SELECT o.wrapper, o.option, o.scope, o.kind, o.choices, o.alias_of, o.superuser, o.meaning, o.secret
FROM fabric.list_wrapper_options() o;
COMMENT ON VIEW fabric.wrapper_options IS 'The options that servers, user mappings, foreign tables and their columns may have';
COMMENT ON COLUMN fabric.wrapper_options.wrapper IS 'Foreign data wrapper';
COMMENT ON COLUMN fabric.wrapper_options.option IS 'Name of the option';
COMMENT ON COLUMN fabric.wrapper_options.scope IS 'What may have it: server, user mapping, table, column';
COMMENT ON COLUMN fabric.wrapper_options.kind IS 'What its value is: text, boolean, integer, duration, choice, rules; obsolete: accepted without effect';
COMMENT ON COLUMN fabric.wrapper_options.choices IS 'The values of a choice';
COMMENT ON COLUMN fabric.wrapper_options.alias_of IS 'The option that this is another name of';
COMMENT ON COLUMN fabric.wrapper_options.superuser IS 'Whether only superusers may set it';
COMMENT ON COLUMN fabric.wrapper_options.meaning IS 'What it does';
COMMENT ON COLUMN fabric.wrapper_options.secret IS 'Whether it is shown to nobody';
GRANT SELECT ON fabric.wrapper_options TO fabric_user;
