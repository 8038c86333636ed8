// The SQL functions of sources and connectors. Nothing is kept between calls.
#include "pg/arguments.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/memory.hpp"
#include "pg/spi.hpp"

#include "fdw/shared/options.hpp"

#include "secrets/give.hpp"
#include "secrets/store.hpp"

#include "source/connector.hpp"
#include "source/definition.hpp"
#include "source/registry.hpp"
#include "source/test.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <fmgr.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <nodes/makefuncs.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/builtins.h>
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

Jsonb *JsonArgument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? nullptr : PG_GETARG_JSONB_P(number);
}

bool IsAmong(const Texts &texts, const char *text, int size)
{
	for (int i = 0; i < texts.count; ++i)
	{
		const char *one = DatumGetPointer(texts.elements[i]);
		if (!texts.nulls[i] && VARSIZE_ANY_EXHDR(one) == static_cast<size_t>(size) &&
			memcmp(VARDATA_ANY(one), text, static_cast<size_t>(size)) == 0)
			return true;
	}
	return false;
}

// Tags as they are kept: without what is there twice. NULL: none were given.
ArrayType *TagsArgument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return nullptr;
	const Texts given = TextsOf(PG_GETARG_ARRAYTYPE_P(number));
	Texts kept = {0, pg::make_array<Datum>(static_cast<size_t>(given.count)), given.nulls};
	for (int i = 0; i < given.count; ++i)
	{
		const char *tag = DatumGetPointer(given.elements[i]);
		if (given.nulls[i] || VARSIZE_ANY_EXHDR(tag) == 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a tag must not be NULL or empty")));
		if (!IsAmong(kept, VARDATA_ANY(tag), static_cast<int>(VARSIZE_ANY_EXHDR(tag))))
			kept.elements[kept.count++] = given.elements[i];
	}
	return construct_array(kept.elements, kept.count, TEXTOID, -1, false, TYPALIGN_INT);
}

enum class Storage : uint8_t
{
	sealed, // by fabric.set_secret
	mapping // in the user mapping, in clear
};

Storage StorageArgument(FunctionCallInfo fcinfo, int number)
{
	const char *name = pg::TextArgument(fcinfo, number);
	if (name == nullptr || strcmp(name, "sealed") == 0)
		return Storage::sealed;
	if (strcmp(name, "mapping") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("storage \"%s\" is not known", name),
						errhint("It is sealed, or mapping: in the user mapping, in clear.")));
	return Storage::mapping;
}

// ---- secrets ----

// The options of a secret, in clear, for a wrapper that reads its user mapping only.
List *ClearOptions(const Connector &connector, Jsonb *secret)
{
	char *given = pg::JsonText(secret);
	const char *text = pg::ToUtf8(given);
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
						if (!BelongsToMapping(connector, option))
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
	explicit_bzero(given, strlen(given));
	if (options == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the secret says nothing")));
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
	List *options = ClearOptions(connector, secret);
	ereport(WARNING,
			(errmsg("the secret of source \"%s\" stands in clear in its user mapping", source),
			 errdetail("The role that it is of and superusers see it in pg_user_mappings, and dumps have it.")));
	return options;
}

// The user mapping, and the secret beside it. Connectors whose user mappings have no options need none.
void SetUser(const Connector &connector, const char *source, const char *role, List *options, Jsonb *secret,
			 Storage storage, bool always)
{
	List *clear = SecretInMapping(connector, source, secret, storage);
	if (connector.mapping_options != NIL && (always || options != NIL || secret != nullptr))
		SetMapping(source, role, list_concat(options, clear));
	if (secret != nullptr && clear == NIL) // then it is sealed, by a wrapper of ours
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
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	const char *connector_name = pg::NameArgument(fcinfo, 1, "connector");
	Jsonb *options = source::JsonArgument(fcinfo, 2);
	Jsonb *secret = source::JsonArgument(fcinfo, 3);
	const char *description = pg::TextArgument(fcinfo, 4);
	ArrayType *tags = source::TagsArgument(fcinfo, 5);
	bool test = pg::BooleanArgument(fcinfo, 6, true);
	bool if_not_exists = pg::BooleanArgument(fcinfo, 7, false);
	const char *role = pg::NameArgument(fcinfo, 8, "role");
	const source::Storage storage = source::StorageArgument(fcinfo, 9);

	const source::Connector &connector = *source::FindConnector(connector_name, true);
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
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	Jsonb *options = source::JsonArgument(fcinfo, 1);
	Jsonb *secret = source::JsonArgument(fcinfo, 2);
	const char *description = pg::TextArgument(fcinfo, 3);
	ArrayType *tags = source::TagsArgument(fcinfo, 4);
	const char *owner = pg::TextArgument(fcinfo, 5);
	bool test = pg::BooleanArgument(fcinfo, 6, true);
	const char *role = pg::NameArgument(fcinfo, 7, "role");
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
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	bool cascade = pg::BooleanArgument(fcinfo, 1, false);
	bool if_exists = pg::BooleanArgument(fcinfo, 2, false);

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
	const char *source = pg::NameArgument(fcinfo, 0, "server");
	const char *connector_name = PG_ARGISNULL(1) ? nullptr : pg::NameArgument(fcinfo, 1, "connector");
	ArrayType *tags = source::TagsArgument(fcinfo, 2);

	const ForeignServer *server = source::OwnedServer(source, false);
	const char *wrapper = GetForeignDataWrapper(server->fdwid)->fdwname;
	if (connector_name == nullptr)
		connector_name = source::ConnectorOfWrapper(wrapper);
	const source::Connector &connector = *source::FindConnector(connector_name, true);
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
	const char *source = pg::NameArgument(fcinfo, 0, "server");

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
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	int64 limit_ms = pg::LimitArgument(fcinfo, 1, 10000);
	const source::Connector &connector = *source::FindConnector(source::UsableSource(source));
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	const fdw::ProbeOutcome *outcome = source::TestSource(connector, source, GetUserId(), limit_ms);
	for (int i = 0; i < outcome->count; ++i)
	{
		const fdw::ProbeStep &step = outcome->steps[i];
		bool nulls[] = {false, false, false, step.milliseconds < 0};
		Datum values[] = {CStringGetTextDatum(step.step), BoolGetDatum(step.ok), CStringGetTextDatum(step.detail),
						  nulls[3] ? static_cast<Datum>(0) : pg::IntervalOf(step.milliseconds)};
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return static_cast<Datum>(0);
}

Datum fabric_add_connector(PG_FUNCTION_ARGS)
{
	const char *connector = pg::NameArgument(fcinfo, 0, "connector");
	const char *wrapper = pg::NameArgument(fcinfo, 1, "wrapper");
	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("options_schema must not be NULL")));
	ArrayType *secret = source::SecretsOfSchema(PG_GETARG_JSONB_P(2));
	ArrayType *mapping = source::TagsArgument(fcinfo, 3);
	ArrayType *features = source::TagsArgument(fcinfo, 4);
	text *description = PG_ARGISNULL(5) ? nullptr : PG_GETARG_TEXT_PP(5);
	text *test = PG_ARGISNULL(6) ? nullptr : source::Signature(PG_GETARG_OID(6));
	text *discover = PG_ARGISNULL(7) ? nullptr : source::Signature(PG_GETARG_OID(7));
	text *preview = PG_ARGISNULL(8) ? nullptr : source::Signature(PG_GETARG_OID(8));
	Oid types[] = {NAMEOID, NAMEOID,	  JSONBOID, TEXTARRAYOID, TEXTARRAYOID,
				   TEXTOID, TEXTARRAYOID, TEXTOID,	TEXTOID,	  TEXTOID};
	Datum values[] = {pg::NameParameter(connector), pg::NameParameter(wrapper), PG_GETARG_DATUM(2),
					  PointerGetDatum(mapping),		PointerGetDatum(features),	PointerGetDatum(description),
					  PointerGetDatum(secret),		PointerGetDatum(test),		PointerGetDatum(discover),
					  PointerGetDatum(preview)};
	char nulls[lengthof(values)];
	for (size_t i = 0; i < lengthof(values); ++i)
		nulls[i] = DatumGetPointer(values[i]) == nullptr ? 'n' : ' ';
	uint64 made = pg::change_as_owner(
		"INSERT INTO fabric_system.connectors "
		"(connector, wrapper, options_schema, mapping_options, features, description, secret_options, "
		"test_function, discover_function, preview_function) VALUES ($1, $2, $3, coalesce($4, '{}'), coalesce($5, "
		"'{}'), "
		"coalesce($6, ''), $7, $8, $9, $10) ON "
		"CONFLICT DO NOTHING",
		lengthof(types), types, values, nulls);
	if (made == 0)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("connector \"%s\" already exists", connector),
						errhint("fabric.drop_connector removes it.")));
	PG_RETURN_VOID();
}

// Asked of each row of fabric.sources.
Datum fabric_options_as_json(PG_FUNCTION_ARGS)
{
	JsonbParseState *state = nullptr;
	(void)pushJsonbValue(&state, WJB_BEGIN_OBJECT, nullptr);
	const source::Texts hidden = PG_ARGISNULL(1) ? source::Texts{} : source::TextsOf(PG_GETARG_ARRAYTYPE_P(1));
	const source::Texts options = PG_ARGISNULL(0) ? source::Texts{} : source::TextsOf(PG_GETARG_ARRAYTYPE_P(0));
	for (int i = 0; i < options.count; ++i)
	{
		if (options.nulls[i])
			continue;
		char *option = VARDATA_ANY(DatumGetPointer(options.elements[i]));
		int size = static_cast<int>(VARSIZE_ANY_EXHDR(DatumGetPointer(options.elements[i])));
		const char *equals = static_cast<const char *>(memchr(option, '=', static_cast<size_t>(size)));
		int name_size = equals != nullptr ? static_cast<int>(equals - option) : size;
		if (source::IsAmong(hidden, option, name_size))
			continue;
		JsonbValue value;
		value.type = jbvString;
		value.val.string.val = option;
		value.val.string.len = name_size;
		(void)pushJsonbValue(&state, WJB_KEY, &value);
		value.val.string.val = option + Min(name_size + 1, size);
		value.val.string.len = Max(size - name_size - 1, 0);
		(void)pushJsonbValue(&state, WJB_VALUE, &value);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, nullptr)));
}
