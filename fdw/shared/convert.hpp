// From text cells to Datums: one converter per column, chosen once per scan.
#pragma once

#include "fdw/shared/dialect.hpp"

namespace fabric::fdw
{

struct ColumnConverter;

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
	// The type's input function, for types without a parser of their own.
	FmgrInfo input;
	Oid input_param;
	Oid element_type; // of an array made from a SET
};

// Chooses the converter for a column of the given type. `column` and `table` must live as long as the scan.
void PrepareConverter(ColumnConverter *converter, AttrNumber attnum, Oid type, int32 typmod, ZeroDates zero_dates,
					  const char *column, const char *table);

} // namespace fabric::fdw
