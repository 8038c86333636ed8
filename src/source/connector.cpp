// What connectors say of options. See connector.hpp.
#include "source/connector.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/nearest.hpp"
#include "core/option_schema.hpp"
#include "core/sqlstate.hpp"

#include "pg/arguments.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/spi.hpp"

#include "fdw/shared/options.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <miscadmin.h>
#include <nodes/makefuncs.h>
#include <utils/array.h>
#include <utils/builtins.h>
}

namespace fabric::source
{

namespace
{

// All that there are, in their order: List of String.
List *ConnectorNames()
{
	MemoryContext context = CurrentMemoryContext;
	return pg::query_as_owner("SELECT connector::text FROM fabric_system.connectors ORDER BY connector", 0, nullptr,
							  nullptr, nullptr, [&] { return pg::AllTexts(context); });
}

[[noreturn]] void RaiseUnknownConnector(const char *name)
{
	const List *all = ConnectorNames();
	name = pg::ToUtf8(name);
	pg::entry(
		[&]
		{
			std::vector<std::string_view> names;
			ListCell *cell;
			foreach (cell, all)
				names.emplace_back(pg::call([&] { return pg::ToUtf8(strVal(lfirst(cell))); }));
			throw core::Error(core::sqlstate::undefined_object,
							  "connector \"" + std::string(name) + "\" does not exist", {},
							  core::hint_of_names(name, names, "connector", "There are"));
		});
	pg_unreachable();
}

void Append(const Connector &connector, const char *name, const char *value, GivenOptions *given)
{
	char *own = pg::FromUtf8(name);
	Node *argument = value != nullptr ? reinterpret_cast<Node *>(makeString(pg::FromUtf8(value))) : nullptr;
	DefElem *option = makeDefElem(own, argument, -1);
	option->defaction = value != nullptr ? DEFELEM_ADD : DEFELEM_DROP;
	List **list = BelongsToMapping(connector, own) ? &given->mapping : &given->server;
	*list = lappend(*list, option);
}

std::string OwnerOf(const Connector &connector)
{
	return "connector \"" + std::string(pg::call([&] { return pg::ToUtf8(connector.name); })) + "\"";
}

core::OptionSchema SchemaOf(const Connector &connector)
{
	return core::OptionSchema::parse(connector.schema).value();
}

// Secrets are given apart; what must be there is not taken away.
void CheckGiven(const core::OptionSchema &schema, const nlohmann::ordered_json &options, const std::string &owner)
{
	for (const auto &[name, value] : options.items())
	{
		if (schema.is_secret(name))
			throw core::Error(core::sqlstate::invalid_parameter_value,
							  "option \"" + name + "\" of " + owner + " is a secret", {},
							  "Give it as secret => '{\"" + name + "\": \"file:/path\"}', never among the options.");
		if (value.is_null() && schema.is_required(name))
			throw core::Error(core::sqlstate::fdw_option_name_not_found, owner + " needs the option \"" + name + "\"");
	}
}

} // namespace

bool BelongsToMapping(const Connector &connector, const char *option)
{
	return list_member(connector.mapping_options, makeString(pstrdup(option)));
}

Connector *FindConnector(const char *name, bool lock)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(name)};
	const char *query =
		psprintf("SELECT wrapper::text, options_schema::text, mapping_options, test_function, discover_function, "
				 "preview_function "
				 "FROM fabric_system.connectors WHERE connector = $1::name%s",
				 lock ? " FOR KEY SHARE" : "");
	Connector *found = pg::query_as_owner(
		query, lengthof(types), types, values, nullptr,
		[&]() -> Connector *
		{
			if (SPI_processed == 0)
				return nullptr;
			MemoryContext old = MemoryContextSwitchTo(context);
			HeapTuple row = SPI_tuptable->vals[0];
			TupleDesc descriptor = SPI_tuptable->tupdesc;
			bool isnull;
			Connector *connector = static_cast<Connector *>(palloc0(sizeof(Connector)));
			connector->name = pstrdup(name);
			connector->wrapper = TextDatumGetCString(SPI_getbinval(row, descriptor, 1, &isnull));
			const char *schema = TextDatumGetCString(SPI_getbinval(row, descriptor, 2, &isnull));
			connector->schema = pstrdup(pg::ToUtf8(schema));
			const Texts mapping = TextsOf(DatumGetArrayTypeP(SPI_getbinval(row, descriptor, 3, &isnull)));
			for (int i = 0; i < mapping.count; ++i)
				if (!mapping.nulls[i])
					connector->mapping_options =
						lappend(connector->mapping_options, makeString(TextDatumGetCString(mapping.elements[i])));
			char **functions[] = {&connector->test_function, &connector->discover_function,
								  &connector->preview_function};
			for (int i = 0; i < 3; ++i)
			{
				Datum signature = SPI_getbinval(row, descriptor, 4 + i, &isnull);
				*functions[i] = isnull ? nullptr : TextDatumGetCString(signature);
			}
			MemoryContextSwitchTo(old);
			return connector;
		});
	if (found == nullptr)
		RaiseUnknownConnector(name);
	const ForeignDataWrapper *wrapper = GetForeignDataWrapperByName(found->wrapper, true);
	if (wrapper == nullptr)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("connector \"%s\" needs the foreign-data wrapper \"%s\", which does not exist", name,
							   found->wrapper),
						errhint("CREATE EXTENSION that brings it, usually one of the same name.")));
	found->tenant = fdw::TenantOfWrapper(wrapper);
	return found;
}

char *ConnectorOfWrapper(const char *wrapper)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(wrapper)};
	char *found = pg::query_as_owner("SELECT connector::text FROM fabric_system.connectors WHERE wrapper = $1::name "
									 "ORDER BY NOT builtin, connector LIMIT 1",
									 lengthof(types), types, values, nullptr, [&] { return pg::FirstText(context); });
	if (found == nullptr)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("no connector is for the foreign-data wrapper \"%s\"", wrapper),
						errhint("fabric.add_connector makes one.")));
	return found;
}

const char *CallOf(const Connector &connector, const char *signature, const char *pattern)
{
	struct Function
	{
		const char *call; // nullptr: there is none
		Oid owner;
	};
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {TEXTOID, TEXTOID};
	Datum values[] = {CStringGetTextDatum(signature), CStringGetTextDatum(pattern)};
	const Function function = pg::query(
		"SELECT pg_catalog.format($2, n.nspname, p.proname), p.proowner FROM pg_catalog.pg_proc p "
		"JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = pg_catalog.to_regprocedure($1)",
		lengthof(types), types, values, nullptr,
		[&]() -> Function
		{
			if (SPI_processed == 0)
				return {nullptr, InvalidOid};
			bool isnull;
			Datum call = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
			Datum owner = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
			return {MemoryContextStrdup(context, TextDatumGetCString(call)), DatumGetObjectId(owner)};
		});
	if (function.call == nullptr)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("function %s of connector \"%s\" does not exist", signature, connector.name)));
	if (superuser() && !superuser_arg(function.owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("function %s of connector \"%s\" is not run as a superuser", signature, connector.name),
						errdetail("Its owner is none.")));
	return function.call;
}

GivenOptions CheckOptions(const Connector &connector, Jsonb *options, bool changes)
{
	const char *text = pg::ToUtf8(pg::JsonText(options));
	GivenOptions given = {NIL, NIL};
	pg::entry(
		[&]
		{
			const core::OptionSchema schema = SchemaOf(connector);
			const std::string owner = OwnerOf(connector);
			const auto object = nlohmann::ordered_json::parse(text, nullptr, false);
			if (object.is_object())
				CheckGiven(schema, object, owner);
			for (const auto &[name, value] : schema.check(text, owner, changes).value())
				pg::call([&] { Append(connector, name.c_str(), value.c_str(), &given); });
			for (const auto &[name, value] : object.items())
				if (changes && value.is_null())
					pg::call([&] { Append(connector, name.c_str(), nullptr, &given); });
		});
	return given;
}

ArrayType *SecretsOfSchema(Jsonb *schema)
{
	const char *text = pg::ToUtf8(pg::JsonText(schema));
	List *secrets = NIL;
	pg::entry(
		[&]
		{
			const core::OptionSchema parsed = core::OptionSchema::parse(text).value();
			const auto object = nlohmann::json::parse(text);
			for (const auto &[name, property] : object.at("properties").items())
				if (parsed.is_secret(name))
					pg::call([&] { secrets = lappend(secrets, makeString(pg::FromUtf8(name.c_str()))); });
		});
	Datum *names = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(list_length(secrets) + 1)));
	ListCell *cell;
	foreach (cell, secrets)
		names[foreach_current_index(cell)] = CStringGetTextDatum(strVal(lfirst(cell)));
	return construct_array(names, list_length(secrets), TEXTOID, -1, false, TYPALIGN_INT);
}

Texts TextsOf(ArrayType *array)
{
	Texts texts;
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &texts.elements, &texts.nulls, &texts.count);
	return texts;
}

} // namespace fabric::source
