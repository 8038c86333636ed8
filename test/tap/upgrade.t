#!/usr/bin/python3
"""
ALTER EXTENSION UPDATE from every version that has been frozen in test/upgrade: what it comes to is what a fresh install is, member by
member with definitions, comments and rights; and what the old version kept is still there.

Lifecycle: starts a PostgreSQL of its own, on a copy of the staged install to which the old versions' scripts are added.
"""

import base64
import os
import pathlib
import re
import shutil
import sys

sys.dont_write_bytecode = True
TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "test" / "servers"))

try:
	from servers import Postgres, Workspace
	from tap import check, finish
except ImportError as problem:
	print(f"Bail out!  {problem}: make deps")
	sys.exit(2)

# All members of the extension with what they are, in an order of their own. Rights without their grantor, who may be anybody.
MEMBERS = r"""
WITH member AS (
	SELECT d.classid, d.objid, o.type, o.identity FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) o
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_fabric')
), fact AS (
	SELECT type, identity, 'comment' AS what, obj_description(objid, classid::regclass::name) AS value FROM member
	UNION ALL SELECT type, identity, 'function', pg_get_functiondef(objid) FROM member WHERE classid = 'pg_proc'::regclass
	UNION ALL SELECT type, identity, 'rights', r FROM member, LATERAL (
			SELECT coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE classid = 'pg_proc'::regclass AND oid = objid
			UNION ALL SELECT coalesce(relacl, acldefault('r', relowner)) FROM pg_class WHERE classid = 'pg_class'::regclass AND oid = objid
			UNION ALL SELECT coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE classid = 'pg_namespace'::regclass AND oid = objid
			UNION ALL SELECT coalesce(fdwacl, acldefault('F', fdwowner)) FROM pg_foreign_data_wrapper
				WHERE classid = 'pg_foreign_data_wrapper'::regclass AND oid = objid) a (acl),
		LATERAL (SELECT string_agg(format('%s %s %s', g.grantee::regrole, g.privilege_type, g.is_grantable), ', ' ORDER BY g.grantee::regrole::text, g.privilege_type)
			FROM aclexplode(acl) g) x (r)
	UNION ALL SELECT type, identity, 'view', pg_get_viewdef(objid) || coalesce(reloptions::text, '') FROM member JOIN pg_class c ON c.oid = objid
		WHERE classid = 'pg_class'::regclass AND relkind = 'v'
	UNION ALL SELECT type, identity, 'column ' || attname, format('%s %s %s %s %s', attnum, format_type(atttypid, atttypmod), attnotnull,
			pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
		FROM member JOIN pg_attribute ON attrelid = objid AND attnum > 0 AND NOT attisdropped
			LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE classid = 'pg_class'::regclass
	UNION ALL SELECT type, identity, 'constraint ' || conname, pg_get_constraintdef(con.oid) FROM member JOIN pg_constraint con ON conrelid = objid
		WHERE classid = 'pg_class'::regclass
	UNION ALL SELECT type, identity, 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) || coalesce(obj_description(indexrelid), '')
		FROM member JOIN pg_index ON indrelid = objid WHERE classid = 'pg_class'::regclass
	UNION ALL SELECT type, identity, 'trigger ' || tgname, pg_get_triggerdef(t.oid) FROM member JOIN pg_trigger t ON tgrelid = objid AND NOT tgisinternal
		WHERE classid = 'pg_class'::regclass
	UNION ALL SELECT type, identity, 'policy ' || polname, format('%s %s %s %s %s', polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
			pg_get_expr(polwithcheck, polrelid)) FROM member JOIN pg_policy ON polrelid = objid WHERE classid = 'pg_class'::regclass
	UNION ALL SELECT type, identity, 'row security', relrowsecurity::text FROM member JOIN pg_class c ON c.oid = objid
		WHERE classid = 'pg_class'::regclass AND relkind = 'r'
	UNION ALL SELECT type, identity, 'event trigger', format('%s %s %s %s', evtevent, evtfoid::regproc, evttags, evtenabled)
		FROM member JOIN pg_event_trigger e ON e.oid = objid WHERE classid = 'pg_event_trigger'::regclass
	UNION ALL SELECT 'extension', 'pg_fabric', 'dumped ' || t::regclass, c FROM pg_extension, unnest(extconfig, extcondition) u (t, c)
		WHERE extname = 'pg_fabric'
	UNION ALL SELECT 'row', connector, 'connector', to_jsonb(c)::text FROM fabric_system.connectors c
	UNION ALL SELECT 'row', name, 'setting', to_jsonb(s)::text FROM fabric_system.setting_definitions s
)
SELECT line FROM fact, format('%s %s: %s: %s', type, identity, what, regexp_replace(coalesce(value, 'none'), '\s+', ' ', 'g')) AS line
ORDER BY line COLLATE "C"
"""

KEPT = """
CREATE ROLE upgrade_ann LOGIN;
CREATE SERVER shop FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host 'db.example.com');
COMMENT ON SERVER shop IS 'the shop';
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username 'reader');
SELECT fabric.set_secret('shop', '{"password": "kept"}');
CREATE VIEW mine AS SELECT * FROM fabric.secrets;
"""


def differences(one, other):
	left, right = set(one.splitlines()), set(other.splitlines())
	return "\n".join([f"only upgraded: {line[:300]}" for line in sorted(left - right)] +
					 [f"only fresh: {line[:300]}" for line in sorted(right - left)][:20])


def upgraded(postgres, version):
	name = "from_" + version.replace(".", "_")
	postgres.psql(f"CREATE DATABASE {name}")
	postgres.psql(f"CREATE EXTENSION pg_fabric VERSION '{version}'", database=name)
	postgres.psql(KEPT, database=name)
	postgres.psql("ALTER EXTENSION pg_fabric UPDATE", database=name)
	now = postgres.psql("SELECT extversion FROM pg_extension WHERE extname = 'pg_fabric'", database=name)
	check(now != version, f"{version} is updated", now)
	one, other = postgres.psql(MEMBERS, database=name), postgres.psql(MEMBERS, database="fresh")
	check(one == other and one.count("\n") > 300, f"{version} becomes what a fresh install is", differences(one, other) or f"{one.count(chr(10))} and {other.count(chr(10))} lines")
	kept = postgres.psql("SELECT source, status FROM mine", database=name)
	check(kept == "shop|ready", "its secrets are there, and open", kept)
	adopted = postgres.psql("SELECT source, connector, description FROM fabric.adopt_server('shop')", database=name)
	check(adopted == "shop|mysql|the shop", "its servers can be adopted", adopted)
	postgres.psql("ALTER SERVER shop RENAME TO store", database=name)
	found = postgres.psql("SELECT s.source, m.source FROM fabric.sources s, mine m", database=name)
	check(found == "store|store", "and are followed", found)
	postgres.psql("DROP VIEW mine; DROP EXTENSION pg_fabric CASCADE; DROP ROLE upgrade_ann", database=name)


def main():
	scripts = sorted((TREE / "test" / "upgrade").glob("pg_fabric--*.sql"))
	with Workspace() as workspace:
		folder = workspace.directory("keys")
		folder.chmod(0o755)
		key = folder / "keys"
		key.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")
		key.chmod(0o600)
		if workspace.account is not None:
			os.chown(key, workspace.account.pw_uid, workspace.account.pw_gid)
		postgres = Postgres(workspace, settings={"fabric.secret_key_file": str(key), "shared_preload_libraries": "pg_fabric"})
		installed = next(path.parent for path in postgres.stage.rglob("pg_fabric.control"))
		for script in scripts:
			shutil.copy(script, installed)
			(installed / script.name).chmod(0o644)
		postgres.start()
		postgres.psql("CREATE DATABASE fresh")
		postgres.psql("CREATE EXTENSION pg_fabric", database="fresh")
		check(len(scripts) > 0, "there are versions to come from")
		for script in scripts:
			upgraded(postgres, re.fullmatch(r"pg_fabric--(.*)", script.stem)[1])
	return finish()


if __name__ == "__main__":
	sys.exit(main())
