// Rows of fabric_system.sources. See registry.hpp.
#include "pg/rights.hpp"
#include "pg/spi.hpp"

#include "source/registry.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <miscadmin.h>
#include <utils/acl.h>
#include <utils/builtins.h>
#include <utils/datum.h>
}

namespace fabric::source
{

namespace
{

// The connector of a registered source; nullptr when there is none. `query`: with its name as $1.
char *AskConnector(const char *query, const char *source)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {NAMEOID};
	Datum values[] = {pg::NameParameter(source)};
	return pg::query_as_owner(query, lengthof(types), types, values, nullptr, [&] { return pg::FirstText(context); });
}

} // namespace

const ForeignServer *OwnedServer(const char *source, bool missing_ok)
{
	const ForeignServer *server = GetForeignServerByName(source, missing_ok);
	if (server != nullptr && !pg::compat::OwnsServer(server->serverid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FOREIGN_SERVER, source);
	return server;
}

char *ConnectorOfSource(const char *source)
{
	return AskConnector("SELECT connector::text FROM fabric_system.sources WHERE source = $1", source);
}

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

const char *UsableSource(const char *source)
{
	const char *connector = ConnectorOfSource(source);
	if (connector == nullptr)
		RaiseUnknownSource(source);
	pg::RequireUsage(GetForeignServerByName(source, false));
	return connector;
}

bool InsertRow(const char *source, const char *connector, ArrayType *tags, bool adopted)
{
	Oid types[] = {NAMEOID, NAMEOID, TEXTARRAYOID, BOOLOID, NAMEOID};
	Datum values[] = {pg::NameParameter(source), pg::NameParameter(connector), PointerGetDatum(tags),
					  BoolGetDatum(adopted), pg::NameParameter(GetUserNameFromId(GetUserId(), false))};
	char nulls[] = {' ', ' ', tags == nullptr ? 'n' : ' ', ' ', ' '};
	return pg::change_as_owner("INSERT INTO fabric_system.sources (source, connector, tags, adopted, created_by) "
							   "VALUES ($1, $2, coalesce($3, '{}'), $4, $5) ON CONFLICT DO NOTHING",
							   lengthof(types), types, values, nulls) > 0;
}

void SetServer(const char *source)
{
	Oid types[] = {NAMEOID, OIDOID};
	Datum values[] = {pg::NameParameter(source), ObjectIdGetDatum(GetForeignServerByName(source, false)->serverid)};
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
	Datum values[] = {pg::NameParameter(source), PointerGetDatum(tags)};
	(void)pg::change_as_owner("UPDATE fabric_system.sources SET tags = $2 WHERE source = $1", lengthof(types), types,
							  values);
}

void DeleteRow(const char *source)
{
	Oid types[] = {NAMEOID};
	Datum values[] = {pg::NameParameter(source)};
	(void)pg::change_as_owner("DELETE FROM fabric_system.sources WHERE source = $1", lengthof(types), types, values);
}

void DeleteLeftOver(const char *source)
{
	if (!pg::IsAdmin())
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("source \"%s\" has no server any more", source),
						errhint("A member of fabric_admin removes it.")));
	DeleteRow(source);
}

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

} // namespace fabric::source
