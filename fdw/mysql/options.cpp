// The options of fabric_mysql. Names in the tradition of mysql_fdw are accepted, as aliases where they do something.
#include "fdw/mysql/dialect.hpp"
#include "fdw/mysql/tenant.hpp"

namespace fabric::fdw::mysql
{

namespace
{

constexpr const char *kTlsModes = "disabled,preferred,required,verify_ca,verify_identity";

constexpr OptionSpec kOptions[] = {
	// ---- server: where ----
	{"host", kServerOption, OptionKind::text,
	 "Host name or address; 127.0.0.1 if neither this nor default_file says it."},
	{"port", kServerOption, OptionKind::integer, "TCP port; 3306 if not given."},
	{"unix_socket", kServerOption, OptionKind::text,
	 "Socket file on the PostgreSQL server's machine, used instead of host and port.", nullptr, nullptr, true},
	{"dbname", kServerOption | kTableOption, OptionKind::text,
	 "Remote database; that of the server if a table names none."},
	{"init_command", kServerOption, OptionKind::text,
	 "Statement sent after login, before the session settings of pg_fabric, which it cannot undo."},
	{"default_file", kServerOption, OptionKind::text, "Client option file on the PostgreSQL server's machine.", nullptr,
	 nullptr, true},
	{"compress", kServerOption, OptionKind::boolean, "Compress the connection; false if not given."},
	// ---- server: TLS ----
	{"tls_mode", kServerOption, OptionKind::choice,
	 "How the connection is encrypted and whom it trusts; preferred if not given.", kTlsModes},
	{"tls_ca", kServerOption, OptionKind::text, "File of trusted certificates on the PostgreSQL server's machine.",
	 nullptr, nullptr, true},
	{"tls_capath", kServerOption, OptionKind::text,
	 "Directory of trusted certificates on the PostgreSQL server's machine.", nullptr, nullptr, true},
	{"tls_cert", kServerOption, OptionKind::text, "Client certificate file on the PostgreSQL server's machine.",
	 nullptr, nullptr, true},
	{"tls_key", kServerOption, OptionKind::text, "Client key file on the PostgreSQL server's machine.", nullptr,
	 nullptr, true},
	{"tls_cipher", kServerOption, OptionKind::text, "Permitted ciphers."},
	// ---- server: time limits ----
	{"connect_timeout", kServerOption, OptionKind::duration, "Longest time to connect and log in; 10s if not given."},
	{"read_timeout", kServerOption, OptionKind::duration,
	 "Longest silence of the remote server while it is waited for; none if not given."},
	{"statement_timeout", kServerOption, OptionKind::duration,
	 "Longest remote statement, kept by the remote server itself; none if not given."},
	{"ping_after", kServerOption, OptionKind::duration,
	 "A connection idle for longer is asked whether it lives before it is used; 30s if not given."},
	// ---- server: connections ----
	{"max_connections", kServerOption, OptionKind::integer,
	 "Most connections that all sessions of a database together have to the server; as many as there are if not "
	 "given."},
	{"connection_wait", kServerOption, OptionKind::duration,
	 "How long a session waits when there are as many; it is refused at once if not given."},
	{"idle_timeout", kServerOption, OptionKind::duration,
	 "A connection idle for longer is closed, also while the session does nothing; none is if not given."},
	// ---- server: what is shipped ----
	kPushdownOption,
	kPushdownExcludeOption,
	kPushdownIncludeOption,
	kLookupBatchSizeOption,
	{"fdw_startup_cost", kServerOption, OptionKind::cost,
	 "What a remote statement costs, in the planner's units; 25 and what the server has been found to take longer than "
	 "3 ms to "
	 "answer, if not given."},
	kTupleCostOption,
	{"use_remote_estimate", kServerOption, OptionKind::boolean,
	 "Whether the planner asks the remote optimizer (EXPLAIN) how many rows come, a round trip for each table and "
	 "join; false "
	 "if not given."},
	kAsyncCapableOption,
	{"zero_dates", kServerOption, OptionKind::choice, "How 0000-00-00 and the like are read; error if not given.",
	 "error,null,-infinity"},
	// ---- statistics ----
	{"analyze_sampling", kServerOption | kTableOption, OptionKind::choice,
	 "How ANALYZE takes a sample: all rows come, or each by chance, or those of random primary keys; auto if not "
	 "given.",
	 "auto,all,random,keys"},
	// ---- user mapping ----
	{"username", kMappingOption, OptionKind::text, "Remote user."},
	{"password", kMappingOption, OptionKind::text, "Its password.", nullptr, nullptr, false, true},
	{"password_required", kMappingOption, OptionKind::boolean,
	 "With false, a user who is no superuser connects without a password.", nullptr, nullptr, true},
	// ---- table and column ----
	{"table_name", kTableOption, OptionKind::text, "Remote table; the foreign table's own name if not given."},
	{"comment", kTableOption | kColumnOption, OptionKind::text, "Remote comment, as imported."},
	{"column_name", kColumnOption, OptionKind::text, "Remote column; the column's own name if not given."},
	{"key", kColumnOption, OptionKind::boolean, "Whether the column is part of the remote primary key."},
	{"remote_type", kColumnOption, OptionKind::text, "Remote type, as imported."},
	{"character_set", kColumnOption, OptionKind::text, "Remote character set, as imported."},
	{"collation", kColumnOption, OptionKind::text, "Remote collation, as imported."},
	{"generated", kColumnOption, OptionKind::text, "Expression of a remote generated column, as imported."},
	// ---- names of mysql_fdw ----
	{"ssl_ca", kServerOption, OptionKind::text, "Another name of tls_ca.", nullptr, "tls_ca", true},
	{"ssl_capath", kServerOption, OptionKind::text, "Another name of tls_capath.", nullptr, "tls_capath", true},
	{"ssl_cert", kServerOption, OptionKind::text, "Another name of tls_cert.", nullptr, "tls_cert", true},
	{"ssl_key", kServerOption, OptionKind::text, "Another name of tls_key.", nullptr, "tls_key", true},
	{"ssl_cipher", kServerOption, OptionKind::text, "Another name of tls_cipher.", nullptr, "tls_cipher"},
	{"mysql_default_file", kServerOption, OptionKind::text, "Another name of default_file.", nullptr, "default_file",
	 true},
	{"fetch_size", kServerOption | kTableOption, OptionKind::obsolete, "Without effect: rows are streamed."},
	{"reconnect", kServerOption, OptionKind::obsolete, "Without effect: a lost connection is noticed and made anew."},
	{"secure_auth", kServerOption, OptionKind::obsolete, "Without effect: old passwords are not sent."},
	{"character_set", kServerOption, OptionKind::obsolete, "Without effect: the connection speaks utf8mb4."},
	{"sql_mode", kServerOption, OptionKind::obsolete, "Without effect: the session's sql_mode is fixed."},
	{"truncatable", kServerOption | kTableOption, OptionKind::obsolete, "Without effect."},
	{"max_blob_size", kTableOption, OptionKind::obsolete, "Without effect: values of any size are read."},
};

// Numbers of errmsg.h: what the client library itself says of a failed connect.
const char *StepOf(const FabricErrorInfo &error)
{
	constexpr int kTls = 2026;
	constexpr int kNetwork[] = {2002, 2003, 2004, 2005, 2006, 2007, 2012, 2013, 2027};
	if (!error.from_client)
		return "login";
	if (error.native_code == kTls)
		return "tls";
	for (int code : kNetwork)
		if (error.native_code == code)
			return "network";
	return "login";
}

} // namespace

const Tenant &MysqlTenant()
{
	static const Tenant tenant{
		.wrapper = "fabric_mysql",
		.handler_symbol = "fabric_mysql_handler",
		.driver_library = "pg_fabric_mysql",
		.scheme = "MySQL",
		.default_port = 3306,
		.dialect = &Instance(),
		.options = kOptions,
		// NULL: there is nothing that the user may read. An empty server is another matter.
		.rights_query =
			"SELECT if(count(*) = 0 AND NOT EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES "
			"WHERE PRIVILEGE_TYPE IN ('SELECT', 'SHOW DATABASES')), NULL, "
			"concat(count(*), if(count(*) = 1, ' database', ' databases'))) FROM information_schema.SCHEMATA "
			"WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')",
		.discover = Discover,
		.step_of = StepOf};
	return tenant;
}

} // namespace fabric::fdw::mysql
