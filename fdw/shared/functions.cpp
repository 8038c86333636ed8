// SQL functions common to all wrappers: statements passed through, connections, the allow-list and the options as tables.
// Nothing lives longer than a call.
#include "pg/compat.hpp"
#include "pg/encoding.hpp"

#include "fdw/shared/convert.hpp"
#include "fdw/shared/stream.hpp"
#include "fdw/shared/text.hpp"

extern "C"
{
#include <catalog/pg_foreign_server.h>
#include <mb/pg_wchar.h>
#include <utils/acl.h>
#include <access/xact.h>
#include <utils/array.h>
#include <utils/timestamp.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_remote_query);
PG_FUNCTION_INFO_V1(fabric_remote_exec);
PG_FUNCTION_INFO_V1(fabric_connections);
PG_FUNCTION_INFO_V1(fabric_disconnect);
PG_FUNCTION_INFO_V1(fabric_pushdown_rules);
PG_FUNCTION_INFO_V1(fabric_wrapper_options);
}

namespace fabric::fdw
{

namespace
{

// The end of a quoted string, quoted name or comment that begins at `at`; `at` itself when none does.
const char *SkipQuoted(const char *at)
{
	if (*at == '\'' || *at == '"' || *at == '`')
	{
		char quote = *at;
		for (++at; *at != '\0'; ++at)
		{
			if (*at == '\\' && quote != '`' && at[1] != '\0')
				++at;
			else if (*at == quote)
				return at + 1; // a doubled quote begins the next piece
		}
		return at;
	}
	bool line =
		*at == '#' || (at[0] == '-' && at[1] == '-' && (at[2] == '\0' || isspace(static_cast<unsigned char>(at[2]))));
	if (line)
		return at + strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*')
	{
		const char *end = strstr(at + 2, "*/");
		return end != nullptr ? end + 2 : at + strlen(at);
	}
	return at;
}

// The first word of a statement, in capitals; comments and parentheses before it are passed over.
char *FirstWord(const char *sql)
{
	for (;;)
	{
		sql += strspn(sql, " \t\r\n(");
		bool executable = strncmp(sql, "/*!", 3) == 0 || strncmp(sql, "/*M!", 4) == 0;
		if (executable || *sql == '\'' || *sql == '"' || *sql == '`' || SkipQuoted(sql) == sql)
			break;
		sql = SkipQuoted(sql);
	}
	size_t length = 0;
	while (isalpha(static_cast<unsigned char>(sql[length])))
		++length;
	char *word = pnstrdup(sql, length);
	for (char *at = word; *at != '\0'; ++at)
		*at = pg_toupper(static_cast<unsigned char>(*at));
	return word;
}

// Refuses what would take the remote transaction or the session's settings out of our hands, and writing where PostgreSQL does
// not write. True for statements that may change the session in ways that cannot be seen from here (CALL, EXECUTE, ...).
bool CheckPassedStatement(const char *sql, const char *function)
{
	const char *word = FirstWord(sql);
	if (IsOneOf(word, {"BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "XA", "SET", "USE", "LOCK",
					   "UNLOCK", "CHANGE", "SHUTDOWN"}))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s does not send %s", function, word),
				 errdetail("The remote transaction follows the local one, and the session's settings are those that "
						   "exact answers need."),
				 strcmp(word, "SET") == 0 || strcmp(word, "USE") == 0
					 ? errhint("Write names with their database; what a session needs besides belongs in the server "
							   "option init_command.")
					 : errhint("Use BEGIN, COMMIT, ROLLBACK and SAVEPOINT of PostgreSQL.")));
	bool reads = IsOneOf(word, {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE"});
	if (!reads && XactReadOnly)
		ereport(ERROR, (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
						errmsg("%s cannot send %s in a read-only transaction", function,
							   word[0] != '\0' ? word : "this statement")));
	return !reads && !IsOneOf(word, {"INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP", "TRUNCATE",
									 "RENAME", "ANALYZE", "OPTIMIZE", "GRANT", "REVOKE", "LOAD", "DO"});
}

// A statement with its question marks replaced by the arguments from number `first` on, as literals. In UTF-8.
void AppendWithArguments(StringInfo out, FunctionCallInfo fcinfo, const Dialect &dialect, const char *sql, int first)
{
	int next = first;
	for (const char *at = sql; *at != '\0';)
	{
		const char *end = SkipQuoted(at);
		if (end != at)
		{
			appendBinaryStringInfo(out, at, static_cast<int>(end - at));
			at = end;
			continue;
		}
		if (*at != '?')
		{
			appendStringInfoChar(out, *at++);
			continue;
		}
		++at;
		if (next >= PG_NARGS())
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PARAMETER),
							errmsg("the statement has more placeholders (?) than there are arguments (%d)",
								   PG_NARGS() - first)));
		Oid type = get_fn_expr_argtype(fcinfo->flinfo, next);
		if (PG_ARGISNULL(next))
			appendStringInfoString(out, "NULL");
		else
		{
			Datum value = PG_GETARG_DATUM(next);
			if (type == UNKNOWNOID)
			{
				// A bare quoted literal.
				type = TEXTOID;
				value = CStringGetTextDatum(DatumGetCString(value));
			}
			if (dialect.LiteralKind(type) == Kind::none)
				ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
								errmsg("argument %d is of type %s, which has no remote form", next - first + 1,
									   format_type_be(type))));
			if (!dialect.AppendLiteral(out, value, type, Form::value))
				ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
								errmsg("argument %d of type %s has a value that the remote server cannot hold",
									   next - first + 1, format_type_be(type))));
		}
		++next;
	}
	if (next < PG_NARGS())
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_PARAMETER),
				 errmsg("there are more arguments (%d) than placeholders (?) in the statement", PG_NARGS() - first)));
}

// What a session's user asked a server to do, word by word.
struct PassedStatement
{
	ServerSettings *settings;
	StringInfoData sql;
	bool spoils_session; // the connection is not used again after this transaction
};

PassedStatement ReadStatement(FunctionCallInfo fcinfo, const char *function)
{
	PassedStatement statement;
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("server and statement must not be NULL")));
	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("VARIADIC array arguments are not supported"),
						errhint("List the arguments one by one.")));
	statement.settings = UsableServer(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!statement.settings->tenant->takes_statements)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("server \"%s\" takes no statements", statement.settings->server->servername),
						errhint("It is read through foreign tables.")));
	const char *sql = pg::ToUtf8(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	statement.spoils_session = CheckPassedStatement(sql, function);
	initStringInfo(&statement.sql);
	AppendWithArguments(&statement.sql, fcinfo, *statement.settings->tenant->dialect, sql, 2);
	return statement;
}

Datum RemoteQuery(FunctionCallInfo fcinfo)
{
	PassedStatement statement = ReadStatement(fcinfo, "fabric.remote_query");
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	if (result == nullptr || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0 ||
		result->expectedDesc == nullptr)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("fabric.remote_query belongs in FROM, with the columns of its result"),
						errhint("SELECT * FROM fabric.remote_query('server', 'SELECT a, b FROM t') AS t(a integer, b "
								"text)")));
	TupleDesc descriptor = result->expectedDesc;
	MemoryContext per_query = result->econtext->ecxt_per_query_memory;
	MemoryContext old = MemoryContextSwitchTo(per_query);
	Tuplestorestate *rows =
		tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	result->returnMode = SFRM_Materialize;
	result->setResult = rows;
	result->setDesc = CreateTupleDescCopy(descriptor);
	MemoryContextSwitchTo(old);

	// Nobody knows whether a statement only reads.
	Connection *connection = GetConnection(*statement.settings, GetUserId());
	BeginWriting(connection);
	connection->invalidated = connection->invalidated || statement.spoils_session;
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pg_fabric remote query", ALLOCSET_DEFAULT_SIZES);
	Stream *stream = OpenStream(connection, statement.sql.data, static_cast<size_t>(statement.sql.len), context,
								/* reading */ false);
	int count = descriptor->natts;
	if (stream->ncolumns == 0)
		ereport(ERROR, (errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY), errmsg("the remote statement has no result"),
						errhint("Use fabric.remote_exec for statements without one.")));
	if (stream->ncolumns != count)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the remote result has %d columns, the column definition list %d", stream->ncolumns, count)));
	ColumnConverter *converters = static_cast<ColumnConverter *>(palloc0(sizeof(ColumnConverter) * count));
	for (int i = 0; i < count; ++i)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(descriptor, i);
		PrepareConverter(&converters[i], static_cast<AttrNumber>(i + 1), attribute->atttypid, attribute->atttypmod,
						 statement.settings->zero_dates, NameStr(attribute->attname), "remote_query");
	}
	Datum *values = static_cast<Datum *>(palloc(sizeof(Datum) * count));
	bool *nulls = static_cast<bool *>(palloc(sizeof(bool) * count));
	MemoryContext row_context = AllocSetContextCreate(context, "pg_fabric row", ALLOCSET_DEFAULT_SIZES);
	const FabricCell *cells;
	while (NextRow(stream, &cells))
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(row_context);
		MemoryContext outer = MemoryContextSwitchTo(row_context);
		for (int i = 0; i < count; ++i)
		{
			nulls[i] = cells[i].data == nullptr;
			values[i] = nulls[i] ? static_cast<Datum>(0) : converters[i].convert(converters[i], cells[i], &nulls[i]);
		}
		MemoryContextSwitchTo(outer);
		tuplestore_putvalues(rows, descriptor, values, nulls);
	}
	CloseStream(stream);
	MemoryContextDelete(context);
	return static_cast<Datum>(0);
}

int64 RemoteExec(FunctionCallInfo fcinfo)
{
	PassedStatement statement = ReadStatement(fcinfo, "fabric.remote_exec");
	Connection *connection = GetConnection(*statement.settings, GetUserId());
	BeginWriting(connection);
	connection->invalidated = connection->invalidated || statement.spoils_session;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric remote exec", ALLOCSET_SMALL_SIZES);
	Stream *stream = OpenStream(connection, statement.sql.data, static_cast<size_t>(statement.sql.len), context,
								/* reading */ false);
	if (stream->ncolumns > 0)
	{
		CloseStream(stream);
		ereport(ERROR, (errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY), errmsg("the remote statement returns rows"),
						errhint("Use fabric.remote_query for statements with a result.")));
	}
	FabricOutcome outcome;
	connection->driver->outcome(connection->handle, &outcome);
	MemoryContextDelete(context);
	return static_cast<int64>(outcome.affected_rows);
}

void PutConnection(Tuplestorestate *rows, TupleDesc descriptor, const Connection *connection)
{
	Datum values[12];
	bool nulls[12] = {};
	bool public_mapping = !OidIsValid(connection->user_id);
	nulls[1] = public_mapping;
	values[0] = CStringGetTextDatum(NameStr(connection->server_name));
	values[1] = public_mapping ? static_cast<Datum>(0) : ObjectIdGetDatum(connection->user_id);
	values[2] = CStringGetTextDatum(connection->remote_version != nullptr ? connection->remote_version : "");
	values[3] = Int64GetDatum(static_cast<int64>(connection->remote_id));
	values[4] = BoolGetDatum(connection->tls);
	values[5] = BoolGetDatum(connection->in_transaction);
	values[6] = BoolGetDatum(connection->invalidated);
	values[7] = TimestampTzGetDatum(connection->connected_at);
	values[8] = TimestampTzGetDatum(connection->used_at);
	values[9] = Int64GetDatum(static_cast<int64>(connection->round_trips));
	nulls[10] = connection->slot == 0;
	values[10] = Int32GetDatum(connection->slot);
	nulls[11] = connection->slot == 0;
	values[11] = Int32GetDatum(connection->max_connections);
	tuplestore_putvalues(rows, descriptor, values, nulls);
}

void PutRule(Tuplestorestate *rows, TupleDesc descriptor, const char *wrapper, Oid function, const char *node,
			 bool pushed, const char *form, const char *reason)
{
	Datum values[6] = {};
	bool nulls[6] = {};
	values[0] = CStringGetTextDatum(wrapper);
	nulls[1] = !OidIsValid(function);
	values[1] = ObjectIdGetDatum(function);
	nulls[2] = node == nullptr;
	values[2] = node != nullptr ? CStringGetTextDatum(node) : static_cast<Datum>(0);
	values[3] = BoolGetDatum(pushed);
	nulls[4] = form == nullptr;
	values[4] = form != nullptr ? CStringGetTextDatum(form) : static_cast<Datum>(0);
	nulls[5] = reason == nullptr;
	values[5] = reason != nullptr ? CStringGetTextDatum(reason) : static_cast<Datum>(0);
	tuplestore_putvalues(rows, descriptor, values, nulls);
}

const char *KindName(OptionKind kind)
{
	switch (kind)
	{
		case OptionKind::text:
			return "text";
		case OptionKind::boolean:
			return "boolean";
		case OptionKind::integer:
			return "integer";
		case OptionKind::cost:
			return "cost";
		case OptionKind::duration:
			return "duration";
		case OptionKind::choice:
			return "choice";
		case OptionKind::rules:
			return "rules";
		case OptionKind::obsolete:
			return "obsolete";
	}
	return "text";
}

void PutOption(Tuplestorestate *rows, TupleDesc descriptor, const char *wrapper, const OptionSpec &spec)
{
	struct ScopeWord
	{
		uint8_t scope;
		const char *word;
	};
	static constexpr ScopeWord kScopes[] = {{kServerOption, "server"},
											{kMappingOption, "user mapping"},
											{kTableOption, "table"},
											{kColumnOption, "column"}};
	Datum scopes[lengthof(kScopes)];
	int count = 0;
	for (const ScopeWord &scope : kScopes)
		if ((spec.scopes & scope.scope) != 0)
			scopes[count++] = CStringGetTextDatum(scope.word);
	Datum values[9] = {};
	bool nulls[9] = {};
	values[0] = CStringGetTextDatum(wrapper);
	values[1] = CStringGetTextDatum(spec.name);
	values[2] = PointerGetDatum(construct_array(scopes, count, TEXTOID, -1, false, TYPALIGN_INT));
	values[3] = CStringGetTextDatum(KindName(spec.kind));
	nulls[4] = spec.choices == nullptr;
	values[4] = spec.choices != nullptr ? CStringGetTextDatum(spec.choices) : static_cast<Datum>(0);
	nulls[5] = spec.canonical == nullptr;
	values[5] = spec.canonical != nullptr ? CStringGetTextDatum(spec.canonical) : static_cast<Datum>(0);
	values[6] = BoolGetDatum(spec.superuser);
	values[7] = CStringGetTextDatum(spec.meaning);
	values[8] = BoolGetDatum(spec.secret);
	tuplestore_putvalues(rows, descriptor, values, nulls);
}

} // namespace

} // namespace fabric::fdw

extern "C"
{
using namespace fabric::fdw;

Datum fabric_remote_query(PG_FUNCTION_ARGS)
{
	return RemoteQuery(fcinfo);
}

Datum fabric_remote_exec(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(RemoteExec(fcinfo));
}

Datum fabric_connections(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	ListCell *cell;
	foreach (cell, AllConnections())
	{
		// After SET ROLE a session may hold connections that are not its current role's business.
		const Connection *connection = static_cast<Connection *>(lfirst(cell));
		if (has_privs_of_role(GetUserId(), connection->user_id))
			PutConnection(result->setResult, result->setDesc, connection);
	}
	return static_cast<Datum>(0);
}

Datum fabric_disconnect(PG_FUNCTION_ARGS)
{
	Oid server_id = InvalidOid;
	if (!PG_ARGISNULL(0))
		server_id = GetForeignServerByName(text_to_cstring(PG_GETARG_TEXT_PP(0)), false)->serverid;
	int in_use;
	int closed = Disconnect(server_id, &in_use);
	if (in_use > 0)
		ereport(NOTICE, (errmsg_plural("%d connection is used by this transaction and is closed at its end",
									   "%d connections are used by this transaction and are closed at its end",
									   static_cast<unsigned long>(in_use), in_use)));
	PG_RETURN_INT64(closed);
}

Datum fabric_pushdown_rules(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	for (const Tenant *tenant : Tenants())
	{
		for (const Signature &signature : tenant->dialect->Signatures())
			PutRule(result->setResult, result->setDesc, tenant->wrapper, signature.function, nullptr,
					signature.form != nullptr || signature.special != Special::none, signature.form, signature.reason);
		for (const AggregateSignature &aggregate : tenant->dialect->Aggregates())
			PutRule(result->setResult, result->setDesc, tenant->wrapper, aggregate.function, nullptr,
					aggregate.form != nullptr, aggregate.form, aggregate.remark);
		for (const NodeEntry &node : NodeEntries())
			PutRule(result->setResult, result->setDesc, tenant->wrapper, InvalidOid, node.name, node.pushed, nullptr,
					node.remark);
	}
	return static_cast<Datum>(0);
}

Datum fabric_wrapper_options(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	for (const Tenant *tenant : Tenants())
		for (const OptionSpec &spec : tenant->options)
			PutOption(result->setResult, result->setDesc, tenant->wrapper, spec);
	return static_cast<Datum>(0);
}
}
