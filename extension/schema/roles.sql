-- The roles that rights are given to. Roles belong to the cluster: an existing one is used, unless it could log in or is a
-- superuser, since then somebody may have put it there to be given rights.
DO $roles$
DECLARE
	wanted text;
	existing record;
BEGIN
	FOREACH wanted IN ARRAY ARRAY['fabric_user', 'fabric_developer', 'fabric_admin'] LOOP
		SELECT rolcanlogin, rolsuper INTO existing FROM pg_catalog.pg_roles WHERE rolname = wanted;
		IF NOT FOUND THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
			EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', wanted,
				CASE wanted
					WHEN 'fabric_user' THEN 'pg_fabric: may read and query'
					WHEN 'fabric_developer' THEN 'pg_fabric: may make and scan'
					ELSE 'pg_fabric: configures and sees all'
				END);
		ELSIF existing.rolcanlogin OR existing.rolsuper THEN
			RAISE EXCEPTION 'role "%" exists and may log in or is a superuser', wanted
				USING ERRCODE = 'duplicate_object',
					HINT = 'pg_fabric gives rights to this role: rename it, or make it NOLOGIN NOSUPERUSER if it is meant for pg_fabric.';
		END IF;
	END LOOP;
	GRANT fabric_user TO fabric_developer;
	GRANT fabric_developer TO fabric_admin;
END
$roles$;
