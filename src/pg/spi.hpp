// Statements of the extension itself, by SPI.
#pragma once

#include "pg/owner.hpp"
#include "pg/postgres.hpp"

extern "C"
{
#include <executor/spi.h>
#include <nodes/pg_list.h>
#include <nodes/value.h>
#include <utils/builtins.h>
#include <utils/tuplestore.h>
}

namespace fabric::pg
{

// Runs one statement with parameters; `take`, which may raise, gets what it is about (SPI_processed, SPI_tuptable) before SPI ends, and
// returns plain data. What it makes lies in SPI's memory unless it switches to another context. `nulls`: as SPI has them, or nullptr.
template <typename Take>
auto query(const char *sql, int count, Oid *types, Datum *values, const char *nulls, Take take)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	int code = SPI_execute_with_args(sql, count, types, values, nulls, false, 0);
	if (code < 0)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(code));
	auto taken = take();
	SPI_finish();
	return taken;
}

// The same with the rights of the extension's owner.
template <typename Take>
auto query_as_owner(const char *sql, int count, Oid *types, Datum *values, const char *nulls, Take take)
{
	return as_owner([&] { return query(sql, count, types, values, nulls, take); });
}

// Of a statement that changes tables of the extension: the rows that it touched.
inline uint64 change_as_owner(const char *sql, int count, Oid *types, Datum *values, const char *nulls = nullptr)
{
	return query_as_owner(sql, count, types, values, nulls, [] { return SPI_processed; });
}

// ---- what queries take ----

// The first column of the first row as text, in a context; nullptr when there is no row.
inline char *FirstText(MemoryContext context)
{
	if (SPI_processed == 0)
		return nullptr;
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return MemoryContextStrdup(context, TextDatumGetCString(value));
}

// The first column of all rows: List of String, in a context.
inline List *AllTexts(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List *texts = NIL;
	for (uint64 i = 0; i < SPI_processed; ++i)
	{
		bool isnull;
		Datum value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
		texts = lappend(texts, makeString(TextDatumGetCString(value)));
	}
	MemoryContextSwitchTo(old);
	return texts;
}

// Puts the rows of one statement into a function's result, whose columns they have, some at a time.
inline void PutRows(const char *sql, int count, Oid *types, Datum *values, const char *nulls, ReturnSetInfo *result)
{
	constexpr long kAtOnce = 1000;
	const int columns = result->setDesc->natts;
	bool *isnull = static_cast<bool *>(palloc(sizeof(bool) * static_cast<size_t>(columns)));
	Datum *row = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(columns)));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	Portal rows = SPI_cursor_open_with_args(nullptr, sql, count, types, values, nulls, false, 0);
	for (bool last = false; !last; SPI_freetuptable(SPI_tuptable))
	{
		SPI_cursor_fetch(rows, true, kAtOnce);
		for (uint64 i = 0; i < SPI_processed; ++i)
		{
			for (int j = 0; j < columns; ++j)
				row[j] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, j + 1, &isnull[j]);
			tuplestore_putvalues(result->setResult, result->setDesc, row, isnull);
		}
		last = SPI_processed < static_cast<uint64>(kAtOnce);
	}
	SPI_cursor_close(rows);
	SPI_finish();
}

// A name as a parameter; palloc'd.
inline Datum NameParameter(const char *text)
{
	NameData *name = static_cast<NameData *>(palloc0(sizeof(NameData)));
	namestrcpy(name, text);
	return NameGetDatum(name);
}

} // namespace fabric::pg
