// Remote facts of foreign tables and their cache. See facts.hpp.
#include "core/parse.hpp"

#include "pg/guard.hpp"

#include "fdw/shared/facts.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <catalog/pg_class.h>
#include <foreign/fdwapi.h>
#include <mb/pg_wchar.h>
#include <nodes/parsenodes.h>
#include <utils/hsearch.h>
#include <utils/inval.h>
#include <utils/plancache.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

constexpr int kBelievedMs = 10 * 60 * 1000;

struct CacheEntry
{
	Oid relid; // hash key
	MemoryContext context;
	TableFacts *facts;
	const char **column_names; // remote names by attnum - 1, nullptr for dropped columns; nullptr until they are wanted
	int ncolumn_names;
	TimestampTz read_at;
	bool valid;
};

HTAB *cache = nullptr;

int64 CellNumber(const FabricCell &cell)
{
	int64_t value = -1;
	if (cell.data == nullptr || core::parse_int64(cell.data, cell.size, &value) != core::ParseError::ok)
		return -1;
	return value;
}

CacheEntry *Entry(Oid relid)
{
	if (cache == nullptr)
	{
		HASHCTL control{};
		control.keysize = sizeof(Oid);
		control.entrysize = sizeof(CacheEntry);
		control.hcxt = CacheMemoryContext;
		cache = hash_create("pg_fabric remote facts", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	bool found;
	auto *entry = static_cast<CacheEntry *>(hash_search(cache, &relid, HASH_ENTER, &found));
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

const char *CopyText(const char *text)
{
	return text != nullptr ? pstrdup(text) : nullptr;
}

// A copy in the current context that shares nothing with the original.
TableFacts *CopyFacts(const TableFacts &from)
{
	TableFacts *table = static_cast<TableFacts *>(palloc(sizeof(TableFacts)));
	*table = from;
	table->server = CopyText(from.server);
	table->schema = CopyText(from.schema);
	table->name = CopyText(from.name);
	table->comment = table->location = table->format = nullptr; // wanted by IMPORT only, as are the columns' comments
	table->columns = static_cast<ColumnFacts *>(palloc(sizeof(ColumnFacts) * Max(from.ncolumns, 1)));
	for (int i = 0; i < from.ncolumns; ++i)
	{
		ColumnFacts &column = table->columns[i];
		column = from.columns[i];
		column.name = CopyText(column.name);
		column.own_name = CopyText(column.own_name);
		column.date_format = CopyText(column.date_format);
		column.looks_like = nullptr;
		column.data_type = CopyText(column.data_type);
		column.remote_type = CopyText(column.remote_type);
		column.character_set = CopyText(column.character_set);
		column.collation = CopyText(column.collation);
		column.comment = nullptr;
		column.column_default = nullptr;
		column.generation = CopyText(column.generation);
		column.values = CopyValues(column.values);
	}
	table->indexes = CopyIndexes(from);
	return table;
}

bool IsFresh(const CacheEntry *entry)
{
	return entry->valid && !TimestampDifferenceExceeds(entry->read_at, GetCurrentTimestamp(), kBelievedMs);
}

bool SameText(const char *left, const char *right)
{
	return left == nullptr || right == nullptr ? left == right : strcmp(left, right) == 0;
}

bool HaveSameColumns(const TableFacts &left, const TableFacts &right)
{
	if (left.ncolumns != right.ncolumns)
		return false;
	for (int i = 0; i < left.ncolumns; ++i)
	{
		const ColumnFacts &then = left.columns[i];
		const ColumnFacts &now = right.columns[i];
		if (strcmp(then.name, now.name) != 0 || !SameText(then.remote_type, now.remote_type) ||
			!SameText(then.character_set, now.character_set) || !SameText(then.collation, now.collation) ||
			then.nullable != now.nullable)
			return false;
	}
	return true;
}

void Store(Oid relid, const TableFacts &facts)
{
	MemoryContext fresh = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric facts", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(fresh);
	TableFacts *copy = CopyFacts(facts);
	MemoryContextSwitchTo(old);
	CacheEntry *entry = Entry(relid);
	// Plans that were made by others are made again.
	if (entry->facts != nullptr && !HaveSameColumns(*entry->facts, facts))
		ResetPlanCache();
	// A plan that is being made may still look at the old ones.
	if (entry->context != nullptr)
		MemoryContextSetParent(entry->context, TopTransactionContext);
	MemoryContextSetParent(fresh, CacheMemoryContext);
	entry->context = fresh;
	entry->facts = copy;
	entry->column_names = nullptr;
	entry->read_at = GetCurrentTimestamp();
	entry->valid = true;
}

// A foreign table whose facts are wanted.
struct Wanted
{
	Oid relid;
	const char *schema;
	const char *table;
};

[[noreturn]] void RaiseNoTable(const ServerSettings &settings, const Wanted &wanted)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
					errmsg("%s server \"%s\" has no table \"%s.%s\" that the user mapping's user may read",
						   settings.tenant->scheme, settings.server->servername, wanted.schema, wanted.table),
					errdetail("Foreign table \"%s\" stands for it.", get_rel_name(wanted.relid)),
					errhint("Check options dbname and table_name, and the remote user's rights.")));
	pg_unreachable();
}

const ColumnFacts *FindColumn(const TableFacts *table, const char *name)
{
	for (int i = 0; i < table->ncolumns; ++i)
		if (SameText(table->columns[i].own_name, name))
			return &table->columns[i];
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
		auto *entry = static_cast<CacheEntry *>(hash_search(cache, &relid, HASH_FIND, nullptr));
		if (entry != nullptr)
			entry->valid = false;
		return;
	}
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, cache);
	while (auto *entry = static_cast<CacheEntry *>(hash_seq_search(&scan)))
		entry->valid = false;
}

void OnServerChange(Datum, int, uint32)
{
	OnRelationChange(static_cast<Datum>(0), InvalidOid);
}

} // namespace

List *ReadTableFacts(Connection *connection, const char *schema, List *tables, bool except, bool indexes)
{
	const Dialect &dialect = *connection->tenant->dialect;
	FabricServerInfo server;
	connection->driver->server_info(connection->handle, &server);
	StringInfoData sql;
	initStringInfo(&sql);
	dialect.AppendFactsQuery(&sql, server, schema, tables, except, indexes);

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
			table->server = pstrdup(server.version);
			table->schema = pstrdup(schema);
			table->name = name;
			table->comment = CellText(cells[kFactTableComment]);
			table->location = CellText(cells[kFactLocation]);
			table->format = CellText(cells[kFactFormat]);
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
		if (cells[kFactIndexes].data != nullptr)
			dialect.ReadIndexes(cells[kFactIndexes], table);
		table->has_values = table->has_values || CellNumber(cells[kFactHasValues]) > 0;
	}
	CloseStream(stream);
	MemoryContextDelete(stream_context);
	return result;
}

void EnsureFacts(const ServerSettings &settings, Oid user_id, List *relids)
{
	List *missing = NIL;
	ListCell *cell;
	foreach (cell, relids)
	{
		if (IsFresh(Entry(lfirst_oid(cell))))
			continue;
		Wanted *wanted = static_cast<Wanted *>(palloc(sizeof(Wanted)));
		wanted->relid = lfirst_oid(cell);
		RemoteName(settings, GetForeignTable(wanted->relid), get_rel_name(wanted->relid), &wanted->schema,
				   &wanted->table);
		missing = lappend(missing, wanted);
	}
	if (missing == NIL)
		return;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric facts", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Connection *connection = GetConnection(settings, user_id);
	// One statement for each remote schema.
	while (missing != NIL)
	{
		const char *schema = static_cast<Wanted *>(linitial(missing))->schema;
		List *names = NIL;
		List *others = NIL;
		List *these = NIL;
		foreach (cell, missing)
		{
			Wanted *wanted = static_cast<Wanted *>(lfirst(cell));
			if (strcmp(wanted->schema, schema) != 0)
			{
				others = lappend(others, wanted);
				continue;
			}
			these = lappend(these, wanted);
			names = lappend(names, makeString(const_cast<char *>(wanted->table)));
		}
		List *tables = ReadTableFacts(connection, schema, names, false, true);
		ReadColumnValues(connection, schema, names, tables);
		foreach (cell, these)
		{
			const Wanted &wanted = *static_cast<Wanted *>(lfirst(cell));
			const TableFacts *facts = PickTable(tables, wanted.table);
			if (facts != nullptr)
				Store(wanted.relid, *facts);
			else if (wanted.relid == linitial_oid(relids))
				RaiseNoTable(settings, wanted); // the others are asked for in their turn
		}
		missing = others;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

namespace
{

// Facts as the columns' options have them since the import; nullptr when some are missing.
TableFacts *FactsFromOptions(const ServerSettings &settings, Relation relation)
{
	const Tenant &tenant = *settings.tenant;
	TupleDesc descriptor = RelationGetDescr(relation);
	TableFacts *facts = static_cast<TableFacts *>(palloc0(sizeof(TableFacts)));
	facts->rows = facts->bytes = -1;
	facts->columns = static_cast<ColumnFacts *>(palloc0(sizeof(ColumnFacts) * Max(descriptor->natts, 1)));
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(descriptor, i);
		if (attribute->attisdropped)
			continue;
		List *options = GetForeignColumnOptions(RelationGetRelid(relation), attribute->attnum);
		const char *remote_type = OptionValue(tenant, options, "remote_type");
		ColumnFacts &column = facts->columns[facts->ncolumns++];
		if (remote_type == nullptr || !tenant.dialect->ParseRemoteType(remote_type, &column))
			return nullptr;
		column.found = true;
		column.name = RemoteColumnName(tenant, RelationGetRelid(relation), attribute);
		column.remote_type = remote_type;
		column.character_set = OptionValue(tenant, options, "character_set");
		column.collation = OptionValue(tenant, options, "collation");
		column.nullable = !attribute->attnotnull;
	}
	return facts;
}

// Whether a failed connect says that the server is not to be had at once: then a plan can be made from what is known. A time
// limit that ran out is not waited for twice.
bool IsOffline(const pg::PgError &error)
{
	int code = error.sqlerrcode();
	return code == ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION || code == ERRCODE_FEATURE_NOT_SUPPORTED;
}

// Reads the facts; false when the server cannot be reached and the options will do.
bool ReadOrOffline(const ServerSettings &settings, Oid user_id, List *relids)
{
	try
	{
		pg::call([&] { EnsureFacts(settings, user_id, relids); });
		return true;
	}
	catch (const pg::PgError &error)
	{
		if (IsOffline(error) && !LastConnectTimedOut())
			return false;
		throw;
	}
}

bool AreFresh(List *relids)
{
	ListCell *cell;
	foreach (cell, relids)
		if (!IsFresh(Entry(lfirst_oid(cell))))
			return false;
	return true;
}

// The remote names of a relation's columns, by attnum - 1; kept with its facts when it has some.
const char **ColumnNames(const Tenant &tenant, Relation relation)
{
	CacheEntry *entry = Entry(RelationGetRelid(relation));
	if (entry->valid && entry->column_names != nullptr)
		return entry->column_names;
	TupleDesc descriptor = RelationGetDescr(relation);
	MemoryContext old = MemoryContextSwitchTo(entry->valid ? entry->context : CurrentMemoryContext);
	const char **names = static_cast<const char **>(palloc0(sizeof(char *) * Max(descriptor->natts, 1)));
	MemoryContextSwitchTo(old);
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(descriptor, i);
		if (!attribute->attisdropped)
			names[i] = MemoryContextStrdup(GetMemoryChunkContext(names),
										   RemoteColumnName(tenant, RelationGetRelid(relation), attribute));
	}
	if (entry->valid)
	{
		entry->column_names = names;
		entry->ncolumn_names = descriptor->natts;
	}
	return names;
}

} // namespace

RelationInfo *LoadRelation(const ServerSettings &settings, Relation relation, Oid user_id, List *siblings)
{
	const Tenant &tenant = *settings.tenant;
	RelationInfo *info = static_cast<RelationInfo *>(palloc0(sizeof(RelationInfo)));
	info->relid = RelationGetRelid(relation);
	RemoteName(settings, GetForeignTable(info->relid), RelationGetRelationName(relation), &info->schema, &info->table);

	List *relids = list_concat_unique_oid(list_make1_oid(info->relid), siblings);
	const TableFacts *facts = nullptr;
	if (!AreFresh(relids))
	{
		facts = FactsFromOptions(settings, relation);
		if (facts == nullptr)
			EnsureFacts(settings, user_id, relids);
		else
			info->from_options = !pg::entry([&] { return ReadOrOffline(settings, user_id, relids); });
	}
	if (!info->from_options)
		facts = Entry(info->relid)->facts;
	info->rows = facts->rows;
	info->bytes = facts->bytes;

	TupleDesc descriptor = RelationGetDescr(relation);
	const char **names = ColumnNames(tenant, relation);
	info->ncolumns = descriptor->natts;
	info->columns = static_cast<TranslatableColumn *>(palloc0(sizeof(TranslatableColumn) * Max(descriptor->natts, 1)));
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(descriptor, i);
		if (attribute->attisdropped)
			continue;
		TranslatableColumn &column = info->columns[i];
		column.name = names[i];
		info->has_odd_names =
			info->has_odd_names || strpbrk(names[i], " (`'\"") != nullptr || pg_strcasecmp(names[i], "null") == 0;
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
		column.reference.kind = tenant.dialect->ColumnKind(
			attribute->atttypid, attribute->atttypmod, *column.reference.facts, settings.zero_dates, &column.reason);
	}
	return info;
}

List *TablesOfServer(List *range_table, Oid server_id)
{
	List *relids = NIL;
	ListCell *cell;
	foreach (cell, range_table)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		if (entry->rtekind == RTE_RELATION && entry->relkind == RELKIND_FOREIGN_TABLE &&
			GetForeignServerIdByRelId(entry->relid) == server_id)
			relids = list_append_unique_oid(relids, entry->relid);
	}
	return relids;
}

void VerifyFacts(const ServerSettings &settings, Relation relation, Oid user_id, List *siblings)
{
	Oid relid = RelationGetRelid(relation);
	EnsureFacts(settings, user_id, list_concat_unique_oid(list_make1_oid(relid), siblings));
	const TableFacts *facts = Entry(relid)->facts;
	const TableFacts *planned = FactsFromOptions(settings, relation);
	for (int i = 0; planned != nullptr && i < planned->ncolumns; ++i)
	{
		const ColumnFacts &then = planned->columns[i];
		const ColumnFacts *now = FindColumn(facts, then.name);
		if (now != nullptr && SameText(then.remote_type, now->remote_type) &&
			SameText(then.character_set, now->character_set))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("remote column \"%s\" of foreign table \"%s\" is no longer what it was when it was imported",
						then.name, RelationGetRelationName(relation)),
				 now != nullptr ? errdetail("It was %s and is %s.", then.remote_type, now->remote_type)
								: errdetail("It was %s and is not there any more.", then.remote_type),
				 errhint("Import the table again, or adapt the column and its option remote_type.")));
	}
}

const TableFacts *CachedFacts(Oid relid)
{
	if (cache == nullptr)
		return nullptr;
	auto *entry = static_cast<CacheEntry *>(hash_search(cache, &relid, HASH_FIND, nullptr));
	return entry != nullptr && entry->valid ? entry->facts : nullptr;
}

const ColumnFacts *CachedColumnFacts(Oid relid, AttrNumber attnum)
{
	const TableFacts *facts = CachedFacts(relid);
	if (facts == nullptr)
		return nullptr;
	const CacheEntry *entry = Entry(relid);
	if (attnum <= 0 || entry->column_names == nullptr || attnum > entry->ncolumn_names)
		return nullptr;
	const char *name = entry->column_names[attnum - 1];
	return name != nullptr ? FindColumn(facts, name) : nullptr;
}

void ForgetFacts(Oid relid)
{
	OnRelationChange(static_cast<Datum>(0), relid);
}

void ForgetPlans()
{
	OnRelationChange(static_cast<Datum>(0), InvalidOid);
	ResetPlanCache();
}

void InitFacts()
{
	CacheRegisterRelcacheCallback(OnRelationChange, static_cast<Datum>(0));
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, OnServerChange, static_cast<Datum>(0));
	CacheRegisterSyscacheCallback(USERMAPPINGOID, OnServerChange, static_cast<Datum>(0));
}

} // namespace fabric::fdw
