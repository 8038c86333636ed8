-- Statements passed to remote servers as they are, and the session's connections.
--
-- To pass statements is a right of its own: nobody but superusers has it until it is granted, and the caller needs USAGE on
-- the server and a user mapping as well.

CREATE OR REPLACE FUNCTION fabric.remote_query(server text, query text)
RETURNS SETOF record
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_query';
COMMENT ON FUNCTION fabric.remote_query(text, text) IS 'Rows of a statement in the remote server''s own SQL: SELECT * FROM fabric.remote_query(server, query) AS t(a integer, b text)';
REVOKE ALL ON FUNCTION fabric.remote_query(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION fabric.remote_query(server text, query text, VARIADIC args "any")
RETURNS SETOF record
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_query';
COMMENT ON FUNCTION fabric.remote_query(text, text, "any") IS 'The same with values for the statement''s placeholders (?), sent as literals';
REVOKE ALL ON FUNCTION fabric.remote_query(text, text, "any") FROM PUBLIC;

CREATE OR REPLACE FUNCTION fabric.remote_exec(server text, statement text)
RETURNS bigint
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_exec';
COMMENT ON FUNCTION fabric.remote_exec(text, text) IS 'Runs a statement without a result in the remote server''s own SQL, within this transaction; the number of rows it affected';
REVOKE ALL ON FUNCTION fabric.remote_exec(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION fabric.remote_exec(server text, statement text, VARIADIC args "any")
RETURNS bigint
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_exec';
COMMENT ON FUNCTION fabric.remote_exec(text, text, "any") IS 'The same with values for the statement''s placeholders (?), sent as literals';
REVOKE ALL ON FUNCTION fabric.remote_exec(text, text, "any") FROM PUBLIC;

CREATE OR REPLACE FUNCTION fabric.list_connections(
	OUT server text, OUT role regrole, OUT remote_version text, OUT remote_id bigint, OUT tls boolean,
	OUT in_transaction boolean, OUT closing boolean, OUT connected_at timestamptz, OUT used_at timestamptz,
	OUT round_trips bigint, OUT slot integer, OUT max_connections integer)
RETURNS SETOF record
LANGUAGE c STRICT VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_connections';
COMMENT ON FUNCTION fabric.list_connections() IS 'The remote connections of this session; see the view fabric.connections';
REVOKE ALL ON FUNCTION fabric.list_connections() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_connections() TO fabric_user;

CREATE OR REPLACE VIEW fabric.connections AS
SELECT c.server, c.role, c.remote_version, c.remote_id, c.tls, c.in_transaction, c.closing, c.connected_at, c.used_at,
	c.round_trips, c.slot, c.max_connections,
	CASE WHEN c.slot IS NOT NULL THEN (SELECT pg_catalog.count(*)
		FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_foreign_server f ON f.oid OPERATOR(pg_catalog.=) l.classid
		WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.objsubid OPERATOR(pg_catalog.=) 4011
			AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
			AND f.srvname::text OPERATOR(pg_catalog.=) c.server) END AS all_connections
FROM fabric.list_connections() c;
COMMENT ON VIEW fabric.connections IS 'The remote connections of this session';
COMMENT ON COLUMN fabric.connections.server IS 'Name of the server when it was connected';
COMMENT ON COLUMN fabric.connections.role IS 'Role whose user mapping was used';
COMMENT ON COLUMN fabric.connections.remote_version IS 'Version as the remote server announces it';
COMMENT ON COLUMN fabric.connections.remote_id IS 'The remote server''s number for the connection, as its process list shows it';
COMMENT ON COLUMN fabric.connections.tls IS 'Whether the connection is encrypted';
COMMENT ON COLUMN fabric.connections.in_transaction IS 'Whether the current transaction has used it';
COMMENT ON COLUMN fabric.connections.closing IS 'Whether it is closed when the current transaction ends, because its definition changed';
COMMENT ON COLUMN fabric.connections.connected_at IS 'When it was made';
COMMENT ON COLUMN fabric.connections.used_at IS 'When it was last used';
COMMENT ON COLUMN fabric.connections.round_trips IS 'Statements and pings sent since it was made';
COMMENT ON COLUMN fabric.connections.slot IS 'Which of the connections that max_connections allows it is; NULL: it is not counted';
COMMENT ON COLUMN fabric.connections.max_connections IS 'Most connections that all sessions together may have to the server';
COMMENT ON COLUMN fabric.connections.all_connections IS 'How many they have now';
GRANT SELECT ON fabric.connections TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.disconnect(server text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_disconnect';
COMMENT ON FUNCTION fabric.disconnect(text) IS 'Closes this session''s connections to a server, or all; the number closed. Those in use are closed when the transaction ends';
REVOKE ALL ON FUNCTION fabric.disconnect(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.disconnect(text) TO fabric_user;
