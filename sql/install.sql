-- The extension as it is installed: what it consists of, who may use it, how it comes and goes. Needs no other server.
SELECT extrelocatable, extconfig::regclass[] FROM pg_extension WHERE extname = 'pg_fabric';

-- Its members, by kind.
CREATE VIEW members AS
	SELECT classid, objid, identity, type, objsubid FROM pg_depend, pg_identify_object(classid, objid, objsubid)
	WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension
		WHERE extname = 'pg_fabric')
		AND deptype = 'e';
SELECT DISTINCT type FROM members ORDER BY type;
SELECT identity FROM members WHERE type IN ('schema', 'foreign-data wrapper') ORDER BY type, identity;
-- Nothing outside its own schemas.
SELECT type, identity FROM members
	WHERE type NOT IN ('schema', 'foreign-data wrapper') AND identity !~ '^fabric(_[a-z]+)?\.' ORDER BY identity;
-- Every object has a comment; row types go with their views.
SELECT type, identity FROM members
	WHERE obj_description(objid, classid::regclass::text) IS NULL AND type <> 'type' AND identity !~ '"?_RETURN"? on '
		ORDER BY type, identity;

-- Functions: the search_path is pinned, or its absence has a reason; nobody runs as somebody else.
SELECT oid::regprocedure AS function, prosecdef FROM pg_proc JOIN members ON objid = oid
	AND classid = 'pg_proc'::regclass
	WHERE prosecdef OR NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search_path=%')
	ORDER BY 1;
-- PUBLIC may use nothing.
SELECT identity FROM members JOIN pg_proc ON oid = objid AND classid = 'pg_proc'::regclass, aclexplode(coalesce(proacl,
	acldefault('f', proowner)))
	WHERE grantee = 0 ORDER BY identity;
SELECT identity FROM members JOIN pg_class AS c ON c.oid = objid AND classid = 'pg_class'::regclass, aclexplode(relacl)
	WHERE grantee = 0 ORDER BY identity;
SELECT nspname FROM pg_namespace JOIN members ON objid = oid AND classid = 'pg_namespace'::regclass,
	aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
	WHERE grantee = 0 ORDER BY nspname;

-- The roles: one within the other, none may log in.
SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
		(SELECT string_agg(roleid::regrole::text, ', ' ORDER BY roleid::regrole::text) FROM pg_auth_members
			WHERE member = r.oid) AS member_of
	FROM pg_roles AS r WHERE rolname LIKE 'fabric\_%' ORDER BY rolname;
CREATE ROLE regress_install_nobody;
CREATE ROLE regress_install_user IN ROLE fabric_user;
SET ROLE regress_install_nobody;
SELECT count(*) FROM fabric.pushdown_rules;
SET ROLE regress_install_user;
SELECT count(*) > 100 AS many FROM fabric.pushdown_rules;
CREATE TABLE fabric.mine (a integer);
CREATE SERVER mine FOREIGN DATA WRAPPER fabric_mysql;
RESET ROLE;
DROP ROLE regress_install_nobody, regress_install_user;

-- It can be dropped, with nothing left, and made again.
DROP VIEW members;
BEGIN;
DROP EXTENSION pg_fabric;
SELECT count(*) FROM pg_namespace WHERE nspname ~ '^fabric';
SELECT count(*) FROM pg_foreign_data_wrapper WHERE fdwname ~ '^fabric';
CREATE EXTENSION pg_fabric;
ROLLBACK;
\set VERBOSITY terse
-- It refuses what somebody may have laid out for it.
BEGIN;
DROP EXTENSION pg_fabric;
CREATE SCHEMA fabric;
CREATE EXTENSION pg_fabric;
ROLLBACK;
BEGIN;
DROP EXTENSION pg_fabric;
ALTER ROLE fabric_admin LOGIN;
CREATE EXTENSION pg_fabric;
ROLLBACK;
BEGIN;
DROP EXTENSION pg_fabric;
ALTER ROLE fabric_user SUPERUSER;
CREATE EXTENSION pg_fabric;
ROLLBACK;
-- Only a superuser makes it.
CREATE ROLE regress_install_owner;
BEGIN;
DROP EXTENSION pg_fabric;
SET ROLE regress_install_owner;
CREATE EXTENSION pg_fabric;
ROLLBACK;
DROP ROLE regress_install_owner;
SELECT extname FROM pg_extension WHERE extname = 'pg_fabric';
