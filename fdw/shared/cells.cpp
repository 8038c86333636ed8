// From the cells of a remote row to values. See cells.hpp.
#include "pg/memory.hpp"

#include "fdw/shared/cells.hpp"

extern "C"
{
#include <access/htup_details.h>
#include <executor/executor.h>
#include <nodes/primnodes.h>
#include <utils/typcache.h>
}

namespace fabric::fdw
{

namespace
{

// The converter of a value that is fetched for an attribute of a tuple; `varno` and `varattno`: the column that it is, or 0.
void PrepareValue(const ValueContext *context, TupleDesc descriptor, AttrNumber attnum, Index varno,
				  AttrNumber varattno, ColumnConverter *converter)
{
	const FormData_pg_attribute *attribute = TupleDescAttr(descriptor, attnum - 1);
	PrepareConverter(converter, attnum, attribute->atttypid, attribute->atttypmod, context->settings->zero_dates,
					 NameStr(attribute->attname), context->name);
	converter->context = context;
	converter->varno = varno;
	converter->varattno = varattno;
}

// What a whole row is made of: its columns that are there, in order.
RowShape *MakeRowShape(const ValueContext *context, Oid type, Index varno)
{
	RowShape *shape = pg::make_plain<RowShape>();
	TupleDesc descriptor = lookup_rowtype_tupdesc_copy(type, -1);
	shape->descriptor = BlessTupleDesc(descriptor);
	shape->converters = pg::make_array<ColumnConverter>(static_cast<size_t>(descriptor->natts));
	for (int i = 0; i < descriptor->natts; ++i)
		if (!TupleDescAttr(descriptor, i)->attisdropped)
		{
			AttrNumber attnum = static_cast<AttrNumber>(i + 1);
			PrepareValue(context, descriptor, attnum, varno, attnum, &shape->converters[shape->ncolumns++]);
		}
	return shape;
}

// A whole row: NULL where an outer join has found none.
Datum MakeRow(const CompoundValue &value, const FabricCell *cells, bool *isnull)
{
	const RowShape &shape = *value.row;
	int natts = shape.descriptor->natts;
	const FabricCell &presence = cells[value.cell];
	*isnull = presence.data == nullptr;
	if (*isnull)
		return static_cast<Datum>(0);
	Datum *values = static_cast<Datum *>(palloc0(sizeof(Datum) * static_cast<size_t>(natts + 1)));
	bool *nulls = static_cast<bool *>(palloc(static_cast<size_t>(natts + 1)));
	memset(nulls, true, static_cast<size_t>(natts + 1));
	for (int i = 0; i < shape.ncolumns; ++i)
	{
		const FabricCell &cell = cells[value.cell + 1 + i];
		const ColumnConverter &column = shape.converters[i];
		if (cell.data == nullptr)
			continue;
		bool null = false;
		values[column.attnum - 1] = column.convert(column, cell, &null);
		nulls[column.attnum - 1] = null;
	}
	return HeapTupleGetDatum(heap_form_tuple(shape.descriptor, values, nulls));
}

// sum() with the digits after the point that PostgreSQL gives it, and avg(): the sum divided by the count, as PostgreSQL divides
// them.
Datum MakeSum(const CompoundValue &value, const FabricCell *cells, bool *isnull)
{
	const FabricCell &sum = cells[value.cell];
	*isnull = sum.data == nullptr;
	if (*isnull)
		return static_cast<Datum>(0);
	bool ignored = false;
	Datum total = value.converter.convert(value.converter, sum, &ignored);
	if (value.kind == kFetchScaledSum || value.kind == kFetchScaledAverage)
	{
		const FabricCell &digits = cells[value.cell + value.cells - 1];
		Datum scale = value.count.convert(value.count, digits, &ignored);
		total = DirectFunctionCall2(numeric_round, total, Int32GetDatum(static_cast<int32>(DatumGetInt64(scale))));
	}
	if (value.kind == kFetchScaledSum)
		return total;
	Datum count = value.count.convert(value.count, cells[value.cell + 1], &ignored);
	return DirectFunctionCall2(numeric_div, total, DirectFunctionCall1(int8_numeric, count));
}

} // namespace

ColumnConverter *MakeConverters(const ValueContext *context, List *attrs)
{
	ColumnConverter *converters = pg::make_array<ColumnConverter>(static_cast<size_t>(list_length(attrs)));
	ListCell *cell;
	foreach (cell, attrs)
	{
		AttrNumber attnum = static_cast<AttrNumber>(lfirst_int(cell));
		PrepareValue(context, context->descriptor, attnum, context->varno, attnum,
					 &converters[foreach_current_index(cell)]);
	}
	return converters;
}

FetchedValues PrepareCompound(const ValueContext *context, int first, List *kinds, List *targets)
{
	FetchedValues values{};
	values.count = list_length(kinds);
	values.compound = pg::make_array<CompoundValue>(static_cast<size_t>(values.count));
	ListCell *cell;
	foreach (cell, kinds)
	{
		int attribute = first + foreach_current_index(cell);
		CompoundValue &value = values.compound[foreach_current_index(cell)];
		value.kind = static_cast<FetchKind>(lfirst_int(cell));
		value.cell = values.ncells;
		bool average = value.kind == kFetchAverage || value.kind == kFetchScaledAverage;
		bool scaled = value.kind == kFetchScaledSum || value.kind == kFetchScaledAverage;
		value.cells = 1 + (average ? 1 : 0) + (scaled ? 1 : 0);
		const Expr *expr = list_nth_node(TargetEntry, targets, foreach_current_index(cell))->expr;
		const Var *var = IsA(expr, Var) ? reinterpret_cast<const Var *>(expr) : nullptr;
		Index varno = var != nullptr ? static_cast<Index>(var->varno) : 0;
		PrepareValue(context, context->descriptor, static_cast<AttrNumber>(attribute + 1), varno,
					 static_cast<AttrNumber>(var != nullptr ? var->varattno : 0), &value.converter);
		if (value.kind == kFetchRow)
		{
			value.row = MakeRowShape(context, TupleDescAttr(context->descriptor, attribute)->atttypid, varno);
			value.cells += value.row->ncolumns;
		}
		if (average || scaled)
		{
			PrepareConverter(&value.converter, 1, NUMERICOID, -1, context->settings->zero_dates, "sum", context->name);
			PrepareConverter(&value.count, 1, INT8OID, -1, context->settings->zero_dates, "count", context->name);
		}
		values.ncells += value.cells;
	}
	return values;
}

void FillCompound(const FetchedValues &values, const FabricCell *cells, int first, TupleTableSlot *slot)
{
	for (int i = 0; i < values.count; ++i)
	{
		const CompoundValue &value = values.compound[i];
		bool isnull = true;
		Datum datum = static_cast<Datum>(0);
		if (value.kind == kFetchRow)
			datum = MakeRow(value, cells, &isnull);
		else if (value.kind != kFetchValue)
			datum = MakeSum(value, cells, &isnull);
		else if (cells[value.cell].data != nullptr)
		{
			isnull = false;
			datum = value.converter.convert(value.converter, cells[value.cell], &isnull);
		}
		slot->tts_values[first + i] = datum;
		slot->tts_isnull[first + i] = isnull;
	}
}

namespace
{

// Of cells out of chunks: how they lie decides how they are read.
void AdaptColumn(const Stream *stream, int cell, ColumnConverter *converter)
{
	const WireColumn &wire = stream->reader->columns[cell];
	if (AdaptConverter(converter, wire))
		return;
	ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					errmsg("column \"%s\" of foreign table \"%s\" is of type %s, which its remote type is not read as",
						   converter->column, converter->table, format_type_be(converter->type)),
					errdetail("Its values come in the format \"%s\" of Arrow.", wire.format),
					errhint("Compare the column's type with that of the files.")));
}

} // namespace

void CheckColumn(const Stream *stream, int cell, ColumnConverter *converter)
{
	if (stream->reader != nullptr)
	{
		AdaptColumn(stream, cell, converter);
		return;
	}
	const FabricColumn &column = stream->columns[cell];
	if (stream->connection->tenant->dialect->WireTypeFits(column, converter->type))
		return;
	ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					errmsg("column \"%s\" of foreign table \"%s\" is of type %s, which its remote type is not read as",
						   converter->column, converter->table, format_type_be(converter->type)),
					errdetail("The remote server sends type number %d of its protocol.", column.native_type),
					errhint("The remote column may have been changed: adapt the foreign table or import it again.")));
}

void CheckCellCount(const Stream *stream, int expected)
{
	if (stream->ncolumns != Max(expected, 1))
		elog(ERROR, "remote result has %d columns, %d were asked for", stream->ncolumns, expected);
}

namespace
{

// All cells of a value, each with what reads it.
void AdaptCompound(const Stream *stream, CompoundValue *value)
{
	if (value->kind == kFetchRow)
	{
		// Whether the row is there is a cell of its own, read as it is.
		for (int i = 0; i < value->row->ncolumns; ++i)
			AdaptColumn(stream, value->cell + 1 + i, &value->row->converters[i]);
		return;
	}
	AdaptColumn(stream, value->cell, &value->converter);
	for (int i = 1; i < value->cells; ++i)
		AdaptColumn(stream, value->cell + i, &value->count);
}

} // namespace

void CheckCompound(const FetchedValues &values, const Stream *stream, List *targets)
{
	CheckCellCount(stream, values.ncells);
	for (int i = 0; i < values.count; ++i)
	{
		// Of what the remote server computes the type is its own affair; the text must be a value of ours.
		const TargetEntry *target = list_nth_node(TargetEntry, targets, i);
		if (stream->reader != nullptr)
			AdaptCompound(stream, &values.compound[i]);
		else if (values.compound[i].kind == kFetchValue && IsA(target->expr, Var))
			CheckColumn(stream, values.compound[i].cell, &values.compound[i].converter);
	}
}

} // namespace fabric::fdw
