// Remote facts of foreign tables and their cache. See facts.hpp.
#include "core/parse.hpp"

#include "fdw/shared/facts.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <utils/hsearch.h>
#include <utils/inval.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

constexpr int kBelievedMs = 10 * 60 * 1000;

struct CachedFacts
{
	Oid relid; // hash key
	MemoryContext context;
	TableFacts *facts;
	TimestampTz read_at;
	bool valid;
};

HTAB *cache = nullptr;

char *CellText(const FabricCell &cell)
{
	if (cell.data == nullptr)
		return nullptr;
	char *copy = pnstrdup(cell.data, cell.size);
	return pg_any_to_server(copy, static_cast<int>(cell.size), PG_UTF8);
}

int64 CellNumber(const FabricCell &cell)
{
	int64_t value = -1;
	if (cell.data == nullptr || core::parse_int64(cell.data, cell.size, &value) != core::ParseError::ok)
		return -1;
	return value;
}

CachedFacts *Entry(Oid relid)
{
	if (cache == nullptr)
	{
		HASHCTL control{};
		control.keysize = sizeof(Oid);
		control.entrysize = sizeof(CachedFacts);
		control.hcxt = CacheMemoryContext;
		cache = hash_create("pg_fabric remote facts", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	bool found;
	auto *entry = static_cast<CachedFacts *>(hash_search(cache, &relid, HASH_ENTER, &found));
	if (!found)
	{
		memset(entry, 0, sizeof *entry);
		entry->relid = relid;
	}
	return entry;
}

// What answers like this is no server that the dialect knows.
[[noreturn]] void RaiseNoFacts(const Connection *connection)
{
	ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
					errmsg("%s server \"%s\" describes its tables in a way that is not understood",
						   connection->tenant->scheme, NameStr(connection->server_name))));
	pg_unreachable();
}

// The table's facts among those read: the exact name, else the only one that differs in case (servers whose table names know
// no case).
TableFacts *PickTable(List *tables, const char *name)
{
	TableFacts *folded = nullptr;
	ListCell *cell;
	foreach (cell, tables)
	{
		TableFacts *table = static_cast<TableFacts *>(lfirst(cell));
		if (strcmp(table->name, name) == 0)
			return table;
		if (pg_strcasecmp(table->name, name) == 0)
			folded = folded == nullptr && list_length(tables) == 1 ? table : nullptr;
	}
	return folded;
}

const TableFacts *CachedTableFacts(const ServerSettings &settings, Relation relation, Oid user_id, const char *schema,
								   const char *table)
{
	CachedFacts *entry = Entry(RelationGetRelid(relation));
	if (entry->valid && !TimestampDifferenceExceeds(entry->read_at, GetCurrentTimestamp(), kBelievedMs))
		return entry->facts;

	// Read into a context that becomes the entry's only when all went well.
	MemoryContext fresh = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric facts", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(fresh);
	Connection *connection = GetConnection(settings, user_id);
	List *tables =
		ReadTableFacts(connection, schema, list_make1(makeString(const_cast<char *>(table))), false);
	TableFacts *facts = PickTable(tables, table);
	MemoryContextSwitchTo(old);
	if (facts == nullptr)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("%s server \"%s\" has no table \"%s.%s\" that the user mapping's user may read",
							   settings.tenant->scheme, settings.server->servername, schema, table),
						errdetail("Foreign table \"%s\" stands for it.", RelationGetRelationName(relation)),
						errhint("Check options dbname and table_name, and the remote user's rights.")));
	entry = Entry(RelationGetRelid(relation)); // reading may have made entries
	if (entry->context != nullptr)
		MemoryContextDelete(entry->context);
	MemoryContextSetParent(fresh, CacheMemoryContext);
	entry->context = fresh;
	entry->facts = facts;
	entry->read_at = GetCurrentTimestamp();
	entry->valid = true;
	return facts;
}

const ColumnFacts *FindColumn(const TableFacts *table, const char *name)
{
	// Remote column names know no case.
	const ColumnFacts *folded = nullptr;
	for (int i = 0; i < table->ncolumns; ++i)
	{
		if (strcmp(table->columns[i].name, name) == 0)
			return &table->columns[i];
		if (pg_strcasecmp(table->columns[i].name, name) == 0)
			folded = &table->columns[i];
	}
	return folded;
}

void OnRelationChange(Datum, Oid relid)
{
	if (cache == nullptr)
		return;
	if (OidIsValid(relid))
	{
		auto *entry = static_cast<CachedFacts *>(hash_search(cache, &relid, HASH_FIND, nullptr));
		if (entry != nullptr)
			entry->valid = false;
		return;
	}
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, cache);
	while (auto *entry = static_cast<CachedFacts *>(hash_seq_search(&scan)))
		entry->valid = false;
}

void OnServerChange(Datum, int, uint32)
{
	OnRelationChange(static_cast<Datum>(0), InvalidOid);
}

} // namespace

List *ReadTableFacts(Connection *connection, const char *schema, List *tables, bool except)
{
	const Dialect &dialect = *connection->tenant->dialect;
	FabricServerInfo server;
	connection->driver->server_info(connection->handle, &server);
	StringInfoData sql;
	initStringInfo(&sql);
	dialect.AppendFactsQuery(&sql, server, schema, tables, except);

	MemoryContext stream_context =
		AllocSetContextCreate(CurrentMemoryContext, "pg_fabric facts query", ALLOCSET_DEFAULT_SIZES);
	Stream *stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), stream_context);
	if (stream->ncolumns != kFactsColumns)
		RaiseNoFacts(connection);
	List *result = NIL;
	TableFacts *table = nullptr;
	int capacity = 0;
	const FabricCell *cells;
	while (NextRow(stream, &cells))
	{
		for (int needed : {kFactTable, kFactColumn, kFactDataType, kFactColumnType})
			if (cells[needed].data == nullptr)
				RaiseNoFacts(connection);
		char *name = CellText(cells[kFactTable]);
		if (table == nullptr || strcmp(table->name, name) != 0)
		{
			table = static_cast<TableFacts *>(palloc0(sizeof(TableFacts)));
			table->schema = pstrdup(schema);
			table->name = name;
			table->comment = CellText(cells[kFactTableComment]);
			table->is_view = CellNumber(cells[kFactIsView]) > 0;
			table->rows = CellNumber(cells[kFactRows]);
			table->bytes = CellNumber(cells[kFactBytes]);
			capacity = 16;
			table->columns = static_cast<ColumnFacts *>(palloc(sizeof(ColumnFacts) * capacity));
			result = lappend(result, table);
		}
		if (table->ncolumns == capacity)
		{
			capacity *= 2;
			table->columns = static_cast<ColumnFacts *>(repalloc(table->columns, sizeof(ColumnFacts) * capacity));
		}
		dialect.ReadFacts(cells, &table->columns[table->ncolumns++]);
	}
	CloseStream(stream);
	MemoryContextDelete(stream_context);
	return result;
}

bool RemoteSchemaExists(Connection *connection, const char *schema)
{
	StringInfoData sql;
	initStringInfo(&sql);
	connection->tenant->dialect->AppendSchemaQuery(&sql, schema);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric schema query", ALLOCSET_SMALL_SIZES);
	Stream *stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), context);
	const FabricCell *cells;
	bool found = NextRow(stream, &cells);
	CloseStream(stream);
	MemoryContextDelete(context);
	return found;
}

void RemoteName(const ServerSettings &settings, ForeignTable *table, const char *relname, const char **schema,
				const char **name)
{
	const Tenant &tenant = *settings.tenant;
	*schema = OptionValue(tenant, table->options, "dbname");
	if (*schema == nullptr)
		*schema = OptionValue(tenant, settings.server->options, "dbname");
	if (*schema == nullptr)
		ereport(ERROR, (errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
						errmsg("foreign table \"%s\" does not say in which remote database its table is", relname),
						errhint("Give the table, or its server, the option dbname.")));
	*name = OptionValue(tenant, table->options, "table_name");
	if (*name == nullptr)
		*name = pstrdup(relname);
}

const char *RemoteColumnName(const Tenant &tenant, Oid relid, const FormData_pg_attribute *attribute)
{
	const char *name =
		OptionValue(tenant, GetForeignColumnOptions(relid, attribute->attnum), "column_name");
	return name != nullptr ? name : pstrdup(NameStr(attribute->attname));
}

RelationInfo *LoadRelation(const ServerSettings &settings, Relation relation, Oid user_id)
{
	const Tenant &tenant = *settings.tenant;
	RelationInfo *info = static_cast<RelationInfo *>(palloc0(sizeof(RelationInfo)));
	info->relid = RelationGetRelid(relation);
	RemoteName(settings, GetForeignTable(info->relid), RelationGetRelationName(relation), &info->schema, &info->table);
	const TableFacts *facts = CachedTableFacts(settings, relation, user_id, info->schema, info->table);
	info->rows = facts->rows;
	info->bytes = facts->bytes;

	TupleDesc descriptor = RelationGetDescr(relation);
	info->ncolumns = descriptor->natts;
	info->columns =
		static_cast<TranslatableColumn *>(palloc0(sizeof(TranslatableColumn) * Max(descriptor->natts, 1)));
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(descriptor, i);
		if (attribute->attisdropped)
			continue;
		TranslatableColumn &column = info->columns[i];
		column.name = RemoteColumnName(tenant, info->relid, attribute);
		column.reference.type = attribute->atttypid;
		column.reference.typmod = attribute->atttypmod;
		column.reference.zero_dates = settings.zero_dates;
		column.reference.facts = FindColumn(facts, column.name);
		if (column.reference.facts == nullptr)
		{
			column.reference.kind = Kind::none;
			column.reason = "the remote table has no such column";
			continue;
		}
		column.reference.kind =
			tenant.dialect->ColumnKind(attribute->atttypid, attribute->atttypmod, *column.reference.facts,
									   settings.zero_dates, &column.reason);
	}
	return info;
}

void InitFacts()
{
	CacheRegisterRelcacheCallback(OnRelationChange, static_cast<Datum>(0));
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, OnServerChange, static_cast<Datum>(0));
	CacheRegisterSyscacheCallback(USERMAPPINGOID, OnServerChange, static_cast<Datum>(0));
}

} // namespace fabric::fdw
