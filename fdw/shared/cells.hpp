// From the cells of a remote row to values: columns, whole rows, what the remote server computed.
#pragma once

#include "fdw/shared/convert.hpp"
#include "fdw/shared/statement.hpp"
#include "fdw/shared/stream.hpp"

namespace fabric::fdw
{

// How a whole row is read: its columns that are there, in order.
struct RowShape
{
	TupleDesc descriptor;
	int ncolumns;
	ColumnConverter *converters;
};

// How one value is made of cells.
struct CompoundValue
{
	FetchKind kind;
	int cell; // the first
	int cells;
	ColumnConverter converter; // of the one cell; of an average that of the sum
	ColumnConverter count;
	RowShape *row;
};

// The values of a statement over several tables, or over groups.
struct FetchedValues
{
	int count;
	CompoundValue *compound;
	int ncells;
};

// The converters of some attributes of a tuple that is a table's row.
ColumnConverter *MakeConverters(const ValueContext *context, List *attrs);

// How the values of a statement are made, for the tuple's attributes after `first`; `kinds` as in a plan, `targets` what the values are,
// a List of TargetEntry.
FetchedValues PrepareCompound(const ValueContext *context, int first, List *kinds, List *targets);
void FillCompound(const FetchedValues &values, const FabricCell *cells, int first, TupleTableSlot *slot);

// Check the description of a result: that a column is what it was, that there are as many as were asked for; `targets` as above. Of
// results in chunks the converters are chosen here.
void CheckColumn(const Stream *stream, int cell, ColumnConverter *converter);
void CheckCellCount(const Stream *stream, int expected);
void CheckCompound(const FetchedValues &values, const Stream *stream, List *targets);

} // namespace fabric::fdw
