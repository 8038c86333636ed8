-- Sealed secrets. Nobody has a right to read them; the functions of secrets do it as the extension's owner.
CREATE TABLE fabric_system.secrets (
	source name NOT NULL,
	role name NOT NULL,
	sealed bytea NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	server oid NOT NULL DEFAULT 0,
	PRIMARY KEY (source, role)
);
COMMENT ON TABLE fabric_system.secrets IS 'What user mappings would have in clear: a secret for each server and role that has one';
COMMENT ON COLUMN fabric_system.secrets.source IS 'Name of the server';
COMMENT ON COLUMN fabric_system.secrets.role IS 'Role whose it is; public: of all';
COMMENT ON COLUMN fabric_system.secrets.sealed IS 'Options of a user mapping as JSON, by AES-256-GCM, bound to server and role: version, id of the key, nonce, ciphertext, tag';
COMMENT ON COLUMN fabric_system.secrets.changed_at IS 'When it was given, or sealed again';
COMMENT ON COLUMN fabric_system.secrets.server IS 'OID of the server, by which a rename is noticed';
SELECT pg_catalog.pg_extension_config_dump('fabric_system.secrets', '');
