// What sources have: asked of our wrappers themselves, of other connectors by their functions. Nothing is kept.
#include "pg/arguments.hpp"
#include "pg/spi.hpp"

#include "fdw/shared/discover.hpp"

#include "source/connector.hpp"
#include "source/registry.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <utils/builtins.h>
#include <utils/timestamp.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_discover);
}

namespace fabric::source
{

namespace
{

constexpr int kColumns = 6;

void Put(void *argument, const fdw::Discovered &found)
{
	const ReturnSetInfo *result = static_cast<ReturnSetInfo *>(argument);
	bool nulls[kColumns] = {found.schema == nullptr, found.object == nullptr, false,
							found.rows < 0,			 found.bytes < 0,		  found.modified_at == DT_NOBEGIN};
	Datum values[kColumns] = {};
	if (!nulls[0])
		values[0] = CStringGetTextDatum(found.schema);
	if (!nulls[1])
		values[1] = CStringGetTextDatum(found.object);
	values[2] = CStringGetTextDatum(found.kind);
	values[3] = Int64GetDatum(found.rows);
	values[4] = Int64GetDatum(found.bytes);
	values[5] = TimestampTzGetDatum(found.modified_at);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

} // namespace

} // namespace fabric::source

using namespace fabric;

Datum fabric_discover(PG_FUNCTION_ARGS)
{
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	const char *schema = pg::TextArgument(fcinfo, 1);
	const source::Connector &connector = *source::FindConnector(source::UsableSource(source));
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	if (connector.discover_function != nullptr)
	{
		const char *query =
			source::CallOf(connector, connector.discover_function,
						   "SELECT schema::text, object::text, kind::text, rows_estimate::bigint, size_bytes::bigint, "
						   "modified_at::timestamptz FROM %I.%I($1, $2)");
		Oid types[] = {TEXTOID, TEXTOID};
		Datum arguments[] = {CStringGetTextDatum(source),
							 schema != nullptr ? CStringGetTextDatum(schema) : static_cast<Datum>(0)};
		char nulls[] = {' ', schema != nullptr ? ' ' : 'n', '\0'};
		pg::PutRows(query, lengthof(types), types, arguments, nulls, result);
	}
	else if (connector.tenant != nullptr)
		connector.tenant->discover(*fdw::UsableServer(source), schema, source::Put, result);
	else
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("connector \"%s\" has no function that tells what its sources have", connector.name)));
	if (schema != nullptr && tuplestore_tuple_count(result->setResult) == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
						errmsg("source \"%s\" has no schema \"%s\" that its user may see", source, schema),
						errhint("SELECT DISTINCT schema FROM fabric.discover(%s) lists those that there are.",
								quote_literal_cstr(source))));
	return static_cast<Datum>(0);
}
