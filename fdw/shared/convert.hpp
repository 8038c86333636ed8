// From cells to Datums: one converter per column, chosen once per scan; for cells out of chunks once their schema is known.
#pragma once

#include "fdw/shared/chunks.hpp"
#include "fdw/shared/dialect.hpp"

namespace fabric::fdw
{

struct ColumnConverter;
struct ServerSettings;
struct Stream;

// What values are read for. Lives as long as the scan.
struct ValueContext
{
	const ServerSettings *settings;
	Oid user_id;
	EState *estate;
	const char *name;	   // of what is read, in messages
	TupleDesc descriptor;  // of the tuple that they are for
	Index varno;		   // the one table that they are of; 0: there may be several
	Stream *const *stream; // the one that they come from
};

// Turns a cell that is not NULL into a Datum in the current memory context. Sets *isnull for values that are read as NULL.
using ConvertFunction = Datum (*)(const ColumnConverter &column, const FabricCell &cell, bool *isnull);

struct ColumnConverter
{
	ConvertFunction convert;
	AttrNumber attnum;
	Oid type;
	int32 typmod;
	ZeroDates zero_dates;
	const char *column; // for messages
	const char *table;
	// What errors find the value's place by.
	const ValueContext *context; // nullptr: not at all
	Index varno;				 // the column that is read as it is; 0: the value is computed
	AttrNumber varattno;
	bool is_element; // of the values of the column, which are lists
	// The type's input function, for types without a parser of their own.
	FmgrInfo input;
	Oid input_param;
	// Of cells that are not text.
	int scale;
	int64 units_per_second;
	ColumnConverter *element; // of the elements of an array made from a list
};

// Chooses the converter for a column of the given type. `column` and `table` must live as long as the scan.
void PrepareConverter(ColumnConverter *converter, AttrNumber attnum, Oid type, int32 typmod, ZeroDates zero_dates,
					  const char *column, const char *table);

// Reads text as the type's own input function does.
Datum ConvertByInput(const ColumnConverter &column, const FabricCell &cell, bool *isnull);

// Chooses the converter anew for cells of that shape. False when no value of the type is made of them. Palloc'd parts live in the
// current context.
bool AdaptConverter(ColumnConverter *converter, const WireColumn &wire);

} // namespace fabric::fdw
