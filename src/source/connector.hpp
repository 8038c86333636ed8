// Connectors: what is known of a foreign data wrapper to make sources of it, a row of fabric_system.connectors.
//
// Lifecycle: everything is palloc'd in the current memory context.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <foreign/foreign.h>
#include <nodes/pg_list.h>
#include <utils/array.h>
#include <utils/jsonb.h>
}

namespace fabric::fdw
{
struct Tenant;
}

namespace fabric::source
{

struct Connector
{
	char *name;
	char *wrapper;
	char *schema;			   // JSON Schema of the options, in UTF-8
	List *mapping_options;	   // of String
	char *test_function;	   // its signature; nullptr: there is none
	char *discover_function;   // the same
	char *preview_function;	   // the same
	const fdw::Tenant *tenant; // of a wrapper of ours; nullptr
};

// A connector by its name; raises undefined_object with the nearest name, or when its wrapper is not installed. `lock`: it is not dropped
// before the transaction ends.
Connector *FindConnector(const char *name, bool lock = false);

// The name of the connector whose sources are servers of this wrapper, the first of them if there are several; raises when there is none.
char *ConnectorOfWrapper(const char *wrapper);

// Options that were given, by what they belong to: DefElems (name, String), with DEFELEM_ADD, or DEFELEM_DROP for one that is null.
struct GivenOptions
{
	List *server;
	List *mapping;
};

// Checks options against the connector's schema. `changes`: of a source that is there, so that missing ones are no error, and null takes
// one away. Raises with the option's name, the reason and the nearest right name.
GivenOptions CheckOptions(const Connector &connector, Jsonb *options, bool changes);

// The statement that calls a function of a connector, by a pattern of format() with two names; raises when there is no such function
// any more. What somebody has written who is no superuser is not called as one.
const char *CallOf(const Connector &connector, const char *signature, const char *pattern);

// The options that a schema calls secrets; raises when it is none that options can be checked by.
ArrayType *SecretsOfSchema(Jsonb *schema);

// The elements of an array of texts.
struct Texts
{
	int count = 0;
	Datum *elements = nullptr;
	bool *nulls = nullptr;
};
Texts TextsOf(ArrayType *array);

// Whether an option of the connector belongs to the user mapping.
bool BelongsToMapping(const Connector &connector, const char *option);

} // namespace fabric::source
