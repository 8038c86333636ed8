// Where a value lies that is not of its column's type. See place.hpp.
//
// Rows do not carry their places, which would cost every scan. Only when a value is refused the tenant is asked for the column once
// more, with files and row numbers beside, and the first value with the same bytes is the one.
#include "fdw/shared/facts.hpp"
#include "fdw/shared/place.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <executor/executor.h>
#include <miscadmin.h>
#include <utils/rel.h>
#include <utils/relcache.h>
}

namespace fabric::fdw
{

namespace
{

bool IsSame(const FabricCell &cell, const FabricCell &wanted)
{
	return cell.data != nullptr && cell.size == wanted.size && memcmp(cell.data, wanted.data, wanted.size) == 0;
}

// Whether a cell is the one that is wanted or, where that is an element of a list, has it.
bool Holds(const FabricCell &cell, const FabricCell &wanted, bool element)
{
	if (!element)
		return IsSame(cell, wanted);
	FabricCell one;
	for (const char *at = cell.data; at != nullptr && ReadListElement(cell, &at, &one);)
		if (IsSame(one, wanted))
			return true;
	return false;
}

// The statement whose rows are the column's values and their places.
const char *Question(const ValueContext &context, Oid relid, AttrNumber attnum)
{
	Relation relation = RelationIdGetRelation(relid);
	if (!RelationIsValid(relation))
		return nullptr;
	const Tenant &tenant = *context.settings->tenant;
	const RelationInfo *info = LoadRelation(*context.settings, relation, context.user_id, NIL);
	const TranslatableColumn &column = info->columns[attnum - 1];
	StringInfoData fetch, sql;
	initStringInfo(&fetch);
	initStringInfo(&sql);
	tenant.dialect->AppendRead(&fetch, column.reference.facts, column.name, column.reference.type);
	tenant.ask_places(&sql, *context.settings, GetForeignTable(relid), RelationGetRelationName(relation), fetch.data);
	RelationClose(relation);
	return sql.data;
}

const char *Find(const ColumnConverter &column, const FabricCell &wanted)
{
	const ValueContext &context = *column.context;
	const RangeTblEntry *entry = exec_rt_fetch(column.varno, context.estate);
	if (entry->rtekind != RTE_RELATION)
		return nullptr;
	const char *sql = Question(context, entry->relid, column.varattno);
	if (sql == nullptr)
		return nullptr;
	if (*context.stream != nullptr)
		CloseStream(*context.stream); // else its rest would be put aside
	Connection *connection = GetConnection(*context.settings, context.user_id);
	Stream *stream = OpenStream(connection, sql, strlen(sql), CurrentMemoryContext);
	const FabricCell *cells;
	while (NextRow(stream, &cells))
	{
		CHECK_FOR_INTERRUPTS();
		if (!Holds(cells[0], wanted, column.is_element))
			continue;
		const char *file = CellText(cells[1]);
		int64 row;
		memcpy(&row, cells[2].data, sizeof row);
		CloseStream(stream);
		return psprintf("The value is in row " INT64_FORMAT " of file \"%s\".", row, file);
	}
	return nullptr;
}

} // namespace

bool IsAboutValue(int sqlerrcode)
{
	int category = ERRCODE_TO_CATEGORY(sqlerrcode);
	return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION ||
		   category == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

const char *PlaceOf(const ColumnConverter &column, const FabricCell &cell)
{
	if (!internal::TellsPlaces(column) || column.varattno <= 0 || !AllocSizeIsValid(cell.size))
		return nullptr;
	// The bytes go with their stream.
	char *bytes = static_cast<char *>(palloc(Max(cell.size, 1)));
	memcpy(bytes, cell.data, cell.size);
	FabricCell wanted = cell;
	wanted.data = bytes;
	const char *place = nullptr;
	// Whatever is wrong with the search, also when it is canceled: the error is the one about the value.
	(void)internal::ErrorOf([&] { place = Find(column, wanted); });
	return place;
}

void RaiseTooLarge(const ColumnConverter &column, const FabricCell &cell)
{
	const char *place = PlaceOf(column, cell);
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("a value of %zu bytes of column \"%s\" of foreign table \"%s\" is too large", cell.size,
						   column.column, column.table),
					PlaceDetail(place)));
	pg_unreachable();
}

namespace internal
{

void RaiseWithPlace(const ColumnConverter &column, const FabricCell &cell, ErrorData *error)
{
	const char *place = IsAboutValue(error->sqlerrcode) ? PlaceOf(column, cell) : nullptr;
	if (place != nullptr)
		error->detail = error->detail != nullptr ? psprintf("%s %s", error->detail, place) : pstrdup(place);
	ReThrowError(error);
}

} // namespace internal

} // namespace fabric::fdw
