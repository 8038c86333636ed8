// The SQL functions of sources and connectors. Nothing is kept between calls.
#include "pg/compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/spi.hpp"

#include "fdw/shared/options.hpp"

#include "secrets/give.hpp"
#include "secrets/store.hpp"

#include "source/connector.hpp"
#include "source/definition.hpp"
#include "source/test.hpp"

extern "C"
{
#include <access/reloptions.h>
#include <catalog/pg_type.h>
#include <fmgr.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <nodes/makefuncs.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/builtins.h>
#include <utils/datum.h>
#include <utils/jsonb.h>
#include <utils/regproc.h>
#include <utils/timestamp.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_add_source);
PG_FUNCTION_INFO_V1(fabric_alter_source);
PG_FUNCTION_INFO_V1(fabric_drop_source);
PG_FUNCTION_INFO_V1(fabric_adopt_server);
PG_FUNCTION_INFO_V1(fabric_unadopt_server);
PG_FUNCTION_INFO_V1(fabric_test_source);
PG_FUNCTION_INFO_V1(fabric_add_connector);
PG_FUNCTION_INFO_V1(fabric_options_as_json);
}

namespace fabric::source
{

namespace
{

// ---- arguments ----

// A name as PostgreSQL cuts it would be another one.
char *NameArgument(FunctionCallInfo fcinfo, int number, const char *what)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", what)));
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(number));
	if (name[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("%s must not be empty", what)));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG), errmsg("%s is too long for a name", what),
						errdetail("A name has %d bytes at most, this one %zu.", NAMEDATALEN - 1, strlen(name))));
	return name;
}

char *TextArgument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

Jsonb *JsonArgument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? nullptr : PG_GETARG_JSONB_P(number);
}

// Tags as they are kept: without what is there twice. NULL: none were given.
ArrayType *TagsArgument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return nullptr;
	Datum *elements;
	bool *nulls;
	int count;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(number), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	Datum *kept = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(count + 1)));
	int kept_count = 0;
	for (int i = 0; i < count; ++i)
	{
		if (nulls[i] || VARSIZE_ANY_EXHDR(DatumGetPointer(elements[i])) == 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a tag must not be NULL or empty")));
		bool twice = false;
		for (int j = 0; j < kept_count && !twice; ++j)
			twice = strcmp(TextDatumGetCString(kept[j]), TextDatumGetCString(elements[i])) == 0;
		if (!twice)
			kept[kept_count++] = elements[i];
	}
	return construct_array(kept, kept_count, TEXTOID, -1, false, TYPALIGN_INT);
}

// A limit of time, in milliseconds.
int64 LimitArgument(FunctionCallInfo fcinfo, int number)
{
	constexpr int64 kUsual = 10000;
	if (PG_ARGISNULL(number))
		return kUsual;
	const Interval *given = PG_GETARG_INTERVAL_P(number);
	int64 limit = given->time / 1000 + (given->day + given->month * INT64CONST(30)) * (USECS_PER_DAY / 1000);
	if (limit <= 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time_limit must be more than nothing")));
	return limit;
}

// As an interval.
Datum Milliseconds(double milliseconds)
{
	Interval *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
	interval->time = static_cast<int64>(milliseconds * 1000);
	return IntervalPGetDatum(interval);
}

enum class Storage : uint8_t
{
	sealed, // by fabric.set_secret
	mapping // in the user mapping, in clear
};

Storage StorageArgument(FunctionCallInfo fcinfo, int number)
{
	const char *name = TextArgument(fcinfo, number);
	if (name == nullptr || strcmp(name, "sealed") == 0)
		return Storage::sealed;
	if (strcmp(name, "mapping") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("storage \"%s\" is not known", name),
						errhint("It is sealed, or mapping: in the user mapping, in clear.")));
	return Storage::mapping;
}

// ---- rights ----

const ForeignServer *OwnedServer(const char *source, bool missing_ok)
{
	const ForeignServer *server = GetForeignServerByName(source, missing_ok);
	if (server != nullptr && !pg::compat::OwnsServer(server->serverid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FOREIGN_SERVER, source);
	return server;
}

// ---- rows ----

NameData *NewName(const char *text)
{
	NameData *name = static_cast<NameData *>(palloc0(sizeof(NameData)));
	namestrcpy(name, text);
	return name;
}

// The connector of a registered source; nullptr when there is none. `query`: with its name as $1.
char *AskConnector(const char *query, const char *source)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {NAMEOID};
	Datum values[] = {NameGetDatum(NewName(source))};
	return pg::query_as_owner(query, lengthof(types), types, values, nullptr,
							  [&]() -> char *
							  {
								  if (SPI_processed == 0)
									  return nullptr;
								  bool isnull;
								  Datum name = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
								  return MemoryContextStrdup(context, TextDatumGetCString(name));
							  });
}

char *ConnectorOfSource(const char *source)
{
	return AskConnector("SELECT connector::text FROM fabric_system.sources WHERE source = $1", source);
}

// The same, whose row is locked: what is done to one source is done by one after the other.
char *LockSource(const char *source)
{
	return AskConnector("SELECT connector::text FROM fabric_system.sources WHERE source = $1 FOR UPDATE", source);
}

[[noreturn]] void RaiseUnknownSource(const char *source)
{
	bool server = GetForeignServerByName(source, true) != nullptr;
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("source \"%s\" does not exist", source),
					server ? errhint("There is a server of this name: SELECT fabric.adopt_server(%s) registers it.",
									 quote_literal_cstr(source))
						   : errhint("fabric.sources lists those that there are.")));
}

// The connector of a source that the caller may use; raises when it is none, or must not.
const char *UsableSource(const char *source)
{
	const char *connector = ConnectorOfSource(source);
	if (connector == nullptr)
		RaiseUnknownSource(source);
	const ForeignServer *server = GetForeignServerByName(source, false);
	AclResult allowed = pg::compat::ServerAclCheck(server->serverid, GetUserId(), ACL_USAGE);
	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FOREIGN_SERVER, source);
	return connector;
}

// False when there is one. Who is second waits for the first one's transaction.
bool InsertRow(const char *source, const char *connector, ArrayType *tags, bool adopted)
{
	Oid types[] = {NAMEOID, NAMEOID, TEXTARRAYOID, BOOLOID, NAMEOID};
	Datum values[] = {NameGetDatum(NewName(source)), NameGetDatum(NewName(connector)), PointerGetDatum(tags),
					  BoolGetDatum(adopted), NameGetDatum(NewName(GetUserNameFromId(GetUserId(), false)))};
	char nulls[] = {' ', ' ', tags == nullptr ? 'n' : ' ', ' ', ' '};
	return pg::change_as_owner("INSERT INTO fabric_system.sources (source, connector, tags, adopted, created_by) "
							   "VALUES ($1, $2, coalesce($3, '{}'), $4, $5) ON CONFLICT DO NOTHING",
							   lengthof(types), types, values, nulls) > 0;
}

// Notes the server that was made after the row.
void SetServer(const char *source)
{
	Oid types[] = {NAMEOID, OIDOID};
	Datum values[] = {NameGetDatum(NewName(source)), ObjectIdGetDatum(GetForeignServerByName(source, false)->serverid)};
	(void)pg::change_as_owner("UPDATE fabric_system.sources SET server = $2 WHERE source = $1", lengthof(types), types,
							  values);
}

[[noreturn]] void RaiseDuplicate(const char *source)
{
	ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("source \"%s\" already exists", source)));
}

void SetTags(const char *source, ArrayType *tags)
{
	Oid types[] = {NAMEOID, TEXTARRAYOID};
	Datum values[] = {NameGetDatum(NewName(source)), PointerGetDatum(tags)};
	(void)pg::change_as_owner("UPDATE fabric_system.sources SET tags = $2 WHERE source = $1", lengthof(types), types,
							  values);
}

void DeleteRow(const char *source)
{
	Oid types[] = {NAMEOID};
	Datum values[] = {NameGetDatum(NewName(source))};
	(void)pg::change_as_owner("DELETE FROM fabric_system.sources WHERE source = $1", lengthof(types), types, values);
}

// A row without a server, as a restore leaves it that could not make the server.
void DeleteLeftOver(const char *source)
{
	Oid admin = get_role_oid("fabric_admin", false);
	if (!has_privs_of_role(GetUserId(), admin))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("source \"%s\" has no server any more", source),
						errhint("A member of fabric_admin removes it.")));
	DeleteRow(source);
}

// Answers the source's row of fabric.sources, as the caller sees it; NULL to who has given it away.
Datum AnswerRow(FunctionCallInfo fcinfo, const char *source)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(source)};
	return pg::query("SELECT s FROM fabric.sources s WHERE s.source = $1", lengthof(types), types, values, nullptr,
					 [&]() -> Datum
					 {
						 fcinfo->isnull = SPI_processed == 0;
						 if (fcinfo->isnull)
							 return static_cast<Datum>(0);
						 bool isnull;
						 Datum row = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
						 MemoryContext old = MemoryContextSwitchTo(context);
						 row = datumCopy(row, false, -1);
						 MemoryContextSwitchTo(old);
						 return row;
					 });
}

// ---- secrets ----

// The options of a secret, in clear, for a wrapper that reads its user mapping only.
List *ClearOptions(const Connector &connector, Jsonb *secret)
{
	const char *text = pg::ToUtf8(JsonbToCString(nullptr, &secret->root, static_cast<int>(VARSIZE(secret))));
	List *options = NIL;
	pg::entry(
		[&]
		{
			const secrets::Values values = secrets::Read(secrets::Parse(text));
			for (const auto &[name, value] : values)
				pg::call(
					[&]
					{
						char *option = pg::FromUtf8(name.c_str());
						if (!list_member(connector.mapping_options, makeString(option)))
							ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
											errmsg("a secret of connector \"%s\" has no option \"%s\"", connector.name,
												   option),
											errhint("What it may have is in fabric.connectors.mapping_options.")));
						char *clear = pg::FromUtf8(pnstrdup(value.view().data(), value.view().size()));
						DefElem *element = makeDefElem(option, reinterpret_cast<Node *>(makeString(clear)), -1);
						element->defaction = DEFELEM_ADD;
						options = lappend(options, element);
					});
		});
	return options;
}

// Checks where a secret can be kept, and returns what of it stands in the user mapping.
List *SecretInMapping(const Connector &connector, const char *source, Jsonb *secret, Storage storage)
{
	if (secret == nullptr)
		return NIL;
	if (connector.mapping_options == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("sources of connector \"%s\" have no secret", connector.name)));
	if (storage == Storage::sealed && connector.tenant != nullptr)
		return NIL;
	if (storage == Storage::sealed)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the wrapper \"%s\" reads secrets from user mappings only", connector.wrapper),
				 errhint("With storage => 'mapping' the secret stands there in clear: the role that it is of and "
						 "superusers see it, and dumps have it.")));
	ereport(WARNING,
			(errmsg("the secret of source \"%s\" stands in clear in its user mapping", source),
			 errdetail("The role that it is of and superusers see it in pg_user_mappings, and dumps have it.")));
	return ClearOptions(connector, secret);
}

// The user mapping, and the secret beside it. Connectors whose user mappings have no options need none.
void SetUser(const Connector &connector, const char *source, const char *role, List *options, Jsonb *secret,
			 Storage storage, bool always)
{
	List *clear = SecretInMapping(connector, source, secret, storage);
	if (connector.mapping_options != NIL && (always || options != NIL || secret != nullptr))
		SetMapping(source, role, list_concat(options, clear));
	if (secret != nullptr && clear == NIL)
		secrets::Give(*connector.tenant, source, role, secret);
}

// A function as to_regprocedure finds it whatever the search_path is.
text *Signature(Oid function)
{
	return cstring_to_text(format_procedure_qualified(function));
}

// Whose connection a test makes: that of the role whose user mapping was given, one's own for all.
Oid TestUser(const char *role)
{
	return strcmp(role, secrets::kPublic) == 0 ? GetUserId() : get_role_oid(role, false);
}

} // namespace

} // namespace fabric::source

using namespace fabric;

Datum fabric_add_source(PG_FUNCTION_ARGS)
{
	const char *source = source::NameArgument(fcinfo, 0, "source");
	const char *connector_name = source::NameArgument(fcinfo, 1, "connector");
	Jsonb *options = source::JsonArgument(fcinfo, 2);
	Jsonb *secret = source::JsonArgument(fcinfo, 3);
	const char *description = source::TextArgument(fcinfo, 4);
	ArrayType *tags = source::TagsArgument(fcinfo, 5);
	bool test = PG_ARGISNULL(6) || PG_GETARG_BOOL(6);
	bool if_not_exists = !PG_ARGISNULL(7) && PG_GETARG_BOOL(7);
	const char *role = source::NameArgument(fcinfo, 8, "role");
	const source::Storage storage = source::StorageArgument(fcinfo, 9);

	const source::Connector &connector = *source::FindConnector(connector_name);
	if (options == nullptr)
		options = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
	const source::GivenOptions given = source::CheckOptions(connector, options, false);
	if (!source::InsertRow(source, connector.name, tags, false))
	{
		if (!if_not_exists)
			source::RaiseDuplicate(source);
		ereport(NOTICE, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("source \"%s\" already exists, skipping", source)));
		return source::AnswerRow(fcinfo, source);
	}
	if (GetForeignServerByName(source, true) != nullptr)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
						errmsg("server \"%s\" already exists, but is not registered", source),
						errhint("SELECT fabric.adopt_server(%s) registers it.", quote_literal_cstr(source))));
	source::CreateServer(source, connector.wrapper, given.server);
	source::SetServer(source);
	if (description != nullptr && description[0] != '\0')
		source::SetDescription(source, description);
	source::SetUser(connector, source, role, given.mapping, secret, storage, true);
	if (test)
		source::RequireTest(connector, source, source::TestUser(role), "added");
	return source::AnswerRow(fcinfo, source);
}

Datum fabric_alter_source(PG_FUNCTION_ARGS)
{
	const char *source = source::NameArgument(fcinfo, 0, "source");
	Jsonb *options = source::JsonArgument(fcinfo, 1);
	Jsonb *secret = source::JsonArgument(fcinfo, 2);
	const char *description = source::TextArgument(fcinfo, 3);
	ArrayType *tags = source::TagsArgument(fcinfo, 4);
	const char *owner = source::TextArgument(fcinfo, 5);
	bool test = PG_ARGISNULL(6) || PG_GETARG_BOOL(6);
	const char *role = source::NameArgument(fcinfo, 7, "role");
	const source::Storage storage = source::StorageArgument(fcinfo, 8);

	const char *connector_name = source::LockSource(source);
	if (connector_name == nullptr)
		source::RaiseUnknownSource(source);
	(void)source::OwnedServer(source, false);
	if (options != nullptr || secret != nullptr)
	{
		const source::Connector &connector = *source::FindConnector(connector_name);
		source::GivenOptions given = {NIL, NIL};
		if (options != nullptr)
			given = source::CheckOptions(connector, options, true);
		source::AlterServer(source, given.server);
		source::SetUser(connector, source, role, given.mapping, secret, storage, false);
		if (test)
			source::RequireTest(connector, source, source::TestUser(role), "altered");
	}
	if (description != nullptr)
		source::SetDescription(source, description);
	if (tags != nullptr)
		source::SetTags(source, tags);
	if (owner != nullptr)
		source::SetOwner(source, owner);
	return source::AnswerRow(fcinfo, source);
}

Datum fabric_drop_source(PG_FUNCTION_ARGS)
{
	const char *source = source::NameArgument(fcinfo, 0, "source");
	bool cascade = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	bool if_exists = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);

	if (source::LockSource(source) == nullptr)
	{
		if (!if_exists)
			source::RaiseUnknownSource(source);
		ereport(NOTICE, (errmsg("source \"%s\" does not exist, skipping", source)));
		PG_RETURN_VOID();
	}
	if (source::OwnedServer(source, true) != nullptr)
		source::DropServer(source, cascade);
	else
		source::DeleteLeftOver(source);
	PG_RETURN_VOID();
}

Datum fabric_adopt_server(PG_FUNCTION_ARGS)
{
	const char *source = source::NameArgument(fcinfo, 0, "server");
	const char *connector_name = PG_ARGISNULL(1) ? nullptr : source::NameArgument(fcinfo, 1, "connector");
	ArrayType *tags = source::TagsArgument(fcinfo, 2);

	const ForeignServer *server = source::OwnedServer(source, false);
	const char *wrapper = GetForeignDataWrapper(server->fdwid)->fdwname;
	if (connector_name == nullptr)
		connector_name = source::ConnectorOfWrapper(wrapper);
	const source::Connector &connector = *source::FindConnector(connector_name);
	if (strcmp(connector.wrapper, wrapper) != 0)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("connector \"%s\" is for the wrapper \"%s\"", connector.name, connector.wrapper),
						errdetail("Server \"%s\" is of the wrapper \"%s\".", source, wrapper)));
	if (!source::InsertRow(source, connector.name, tags, true))
		source::RaiseDuplicate(source);
	return source::AnswerRow(fcinfo, source);
}

Datum fabric_unadopt_server(PG_FUNCTION_ARGS)
{
	const char *source = source::NameArgument(fcinfo, 0, "server");

	if (source::LockSource(source) == nullptr)
		source::RaiseUnknownSource(source);
	if (source::OwnedServer(source, true) != nullptr)
		source::DeleteRow(source);
	else
		source::DeleteLeftOver(source);
	PG_RETURN_VOID();
}

Datum fabric_test_source(PG_FUNCTION_ARGS)
{
	const char *source = source::NameArgument(fcinfo, 0, "source");
	int64 limit_ms = source::LimitArgument(fcinfo, 1);
	const source::Connector &connector = *source::FindConnector(source::UsableSource(source));
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	const fdw::ProbeOutcome *outcome = source::TestSource(connector, source, GetUserId(), limit_ms);
	for (int i = 0; i < outcome->count; ++i)
	{
		const fdw::ProbeStep &step = outcome->steps[i];
		bool nulls[] = {false, false, false, step.milliseconds < 0};
		Datum values[] = {CStringGetTextDatum(step.step), BoolGetDatum(step.ok), CStringGetTextDatum(step.detail),
						  nulls[3] ? static_cast<Datum>(0) : source::Milliseconds(step.milliseconds)};
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return static_cast<Datum>(0);
}

Datum fabric_add_connector(PG_FUNCTION_ARGS)
{
	const char *connector = source::NameArgument(fcinfo, 0, "connector");
	const char *wrapper = source::NameArgument(fcinfo, 1, "wrapper");
	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("options_schema must not be NULL")));
	ArrayType *secret = source::SecretsOfSchema(PG_GETARG_JSONB_P(2));
	ArrayType *mapping = source::TagsArgument(fcinfo, 3);
	ArrayType *features = source::TagsArgument(fcinfo, 4);
	text *description = PG_ARGISNULL(5) ? nullptr : PG_GETARG_TEXT_PP(5);
	text *test = PG_ARGISNULL(6) ? nullptr : source::Signature(PG_GETARG_OID(6));
	Oid types[] = {NAMEOID, NAMEOID, JSONBOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID, TEXTOID};
	Datum values[] = {NameGetDatum(source::NewName(connector)),
					  NameGetDatum(source::NewName(wrapper)),
					  PG_GETARG_DATUM(2),
					  PointerGetDatum(mapping),
					  PointerGetDatum(features),
					  PointerGetDatum(description),
					  PointerGetDatum(secret),
					  PointerGetDatum(test)};
	char nulls[] = {' ',
					' ',
					' ',
					mapping == nullptr ? 'n' : ' ',
					features == nullptr ? 'n' : ' ',
					description == nullptr ? 'n' : ' ',
					' ',
					test == nullptr ? 'n' : ' '};
	uint64 made = pg::change_as_owner(
		"INSERT INTO fabric_system.connectors "
		"(connector, wrapper, options_schema, mapping_options, features, description, secret_options, "
		"test_function) VALUES ($1, $2, $3, coalesce($4, '{}'), coalesce($5, '{}'), coalesce($6, ''), $7, $8) ON "
		"CONFLICT DO NOTHING",
		lengthof(types), types, values, nulls);
	if (made == 0)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("connector \"%s\" already exists", connector),
						errhint("fabric.drop_connector removes it.")));
	PG_RETURN_VOID();
}

Datum fabric_options_as_json(PG_FUNCTION_ARGS)
{
	JsonbParseState *state = nullptr;
	(void)pushJsonbValue(&state, WJB_BEGIN_OBJECT, nullptr);
	List *hidden = PG_ARGISNULL(1) ? NIL : source::ListOfTexts(PG_GETARG_ARRAYTYPE_P(1));
	ListCell *cell;
	foreach (cell, PG_ARGISNULL(0) ? NIL : untransformRelOptions(PG_GETARG_DATUM(0)))
	{
		const DefElem *option = lfirst_node(DefElem, cell);
		if (list_member(hidden, makeString(option->defname)))
			continue;
		JsonbValue value;
		value.type = jbvString;
		value.val.string.val = option->defname;
		value.val.string.len = static_cast<int>(strlen(option->defname));
		(void)pushJsonbValue(&state, WJB_KEY, &value);
		value.val.string.val = option->arg != nullptr ? strVal(option->arg) : pstrdup("");
		value.val.string.len = static_cast<int>(strlen(value.val.string.val));
		(void)pushJsonbValue(&state, WJB_VALUE, &value);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, nullptr)));
}
