-- Secrets: what a user mapping would have in clear is sealed, and opened by the wrapper when it connects.

CREATE OR REPLACE FUNCTION fabric.set_secret(source text, secret jsonb, role text DEFAULT CURRENT_USER)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_set_secret';
COMMENT ON FUNCTION fabric.set_secret(text, jsonb, text) IS
	'Seals options of the user mapping of a role, or of all (public): each a text, file:/path or env:NAME. It takes the place of the one that is there';
REVOKE ALL ON FUNCTION fabric.set_secret(text, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.set_secret(text, jsonb, text) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.drop_secret(source text, role text DEFAULT CURRENT_USER, if_exists boolean DEFAULT false)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_drop_secret';
COMMENT ON FUNCTION fabric.drop_secret(text, text, boolean) IS 'Removes the secret of a server for a role, or for all (public)';
REVOKE ALL ON FUNCTION fabric.drop_secret(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.drop_secret(text, text, boolean) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.rotate_secrets()
RETURNS bigint
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_rotate_secrets';
COMMENT ON FUNCTION fabric.rotate_secrets() IS
	'Seals all secrets again that are not sealed by the first key of the key file; the number of them';
REVOKE ALL ON FUNCTION fabric.rotate_secrets() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.rotate_secrets() TO fabric_admin;

CREATE OR REPLACE FUNCTION fabric.list_secrets(
	OUT source text, OUT role text, OUT key text, OUT status text, OUT changed_at timestamptz)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_list_secrets';
COMMENT ON FUNCTION fabric.list_secrets() IS 'The secrets that one may see; see the view fabric.secrets';
REVOKE ALL ON FUNCTION fabric.list_secrets() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_secrets() TO fabric_user;

CREATE OR REPLACE VIEW fabric.secrets AS
SELECT s.source, s.role, s.key, s.status, s.changed_at
FROM fabric.list_secrets() s;
COMMENT ON VIEW fabric.secrets IS 'Which secrets there are, never what they say: one''s own, those of one''s servers, all for an administrator';
COMMENT ON COLUMN fabric.secrets.source IS 'Name of the server';
COMMENT ON COLUMN fabric.secrets.role IS 'Role whose it is; public: of all';
COMMENT ON COLUMN fabric.secrets.key IS 'Id of the key that sealed it';
COMMENT ON COLUMN fabric.secrets.status IS 'ready; locked: no key opens it; orphaned: its server or role is no more';
COMMENT ON COLUMN fabric.secrets.changed_at IS 'When it was given, or sealed again';
GRANT SELECT ON fabric.secrets TO fabric_user;

-- A dump has the server's OID in the cluster that it comes from.
CREATE OR REPLACE FUNCTION fabric.find_server()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	NEW.server := coalesce((SELECT s.oid FROM pg_foreign_server s WHERE s.srvname = NEW.source), 0);
	RETURN NEW;
END
$function$;
COMMENT ON FUNCTION fabric.find_server() IS 'Notes the server of a source or of a secret, also when a dump is restored';
REVOKE ALL ON FUNCTION fabric.find_server() FROM PUBLIC;

CREATE OR REPLACE TRIGGER find_server BEFORE INSERT ON fabric_system.secrets
	FOR EACH ROW EXECUTE FUNCTION fabric.find_server();
COMMENT ON TRIGGER find_server ON fabric_system.secrets IS 'Notes the server of a secret, also when a dump is restored';

CREATE OR REPLACE FUNCTION fabric.follow_server(server oid)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_follow_server';
COMMENT ON FUNCTION fabric.follow_server(oid) IS 'After a server was renamed or dropped: its secrets are renamed, or removed';
REVOKE ALL ON FUNCTION fabric.follow_server(oid) FROM PUBLIC;
