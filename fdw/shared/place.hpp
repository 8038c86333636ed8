// Errors about a value: which column it was for and, of tenants that can tell, where it lies.
#pragma once

#include "pg/guard.hpp"

#include "fdw/shared/convert.hpp"
#include "fdw/shared/options.hpp"

namespace fabric::fdw
{

// Whether an error is about a value.
bool IsAboutValue(int sqlerrcode);

// Where the value lies that a cell was: the file and the row, as an error's detail. nullptr when that cannot be told: the tenant cannot,
// the value was computed, or the search for it has failed or was canceled. The search ends the stream that the cell is of, so
// nothing of that may be used afterwards. Raises nothing, unless memory is out.
const char *PlaceOf(const ColumnConverter &column, const FabricCell &cell);

// The same as a part of ereport; `place` may be nullptr.
inline int PlaceDetail(const char *place)
{
	return place != nullptr ? errdetail_internal("%s", place) : 0;
}

[[noreturn]] void RaiseTooLarge(const ColumnConverter &column, const FabricCell &cell);

namespace internal
{

inline bool TellsPlaces(const ColumnConverter &column)
{
	return column.context != nullptr && column.context->settings->tenant->ask_places != nullptr;
}

// The error that a call raises; nullptr: none. In the current memory context.
template <typename Call>
ErrorData *ErrorOf(Call &&call)
{
	return pg::entry(
		[&]() -> ErrorData *
		{
			try
			{
				pg::call(call);
				return nullptr;
			}
			catch (const pg::PgError &error)
			{
				return pg::call([&] { return error.Release(); });
			}
		});
}

[[noreturn]] void RaiseWithPlace(const ColumnConverter &column, const FabricCell &cell, ErrorData *error);

// Calls one of PostgreSQL's own functions; errors say the column.
template <typename Call>
Datum CallInColumn(const ColumnConverter &column, Call &&call)
{
	ErrorContextCallback here;
	here.callback = [](void *argument)
	{
		const ColumnConverter *converter = static_cast<const ColumnConverter *>(argument);
		errcontext("column \"%s\" of foreign table \"%s\"", converter->column, converter->table);
	};
	here.arg = const_cast<ColumnConverter *>(&column);
	here.previous = error_context_stack;
	error_context_stack = &here;
	Datum value = call();
	// Not by a destructor, which an error would skip; PostgreSQL itself resets the stack then.
	error_context_stack = here.previous;
	return value;
}

} // namespace internal

// Calls one of PostgreSQL's own functions for a value: when it refuses that, the error says the column and the place.
template <typename Call>
Datum CallForValue(const ColumnConverter &column, const FabricCell &cell, Call &&call)
{
	if (!internal::TellsPlaces(column))
		return internal::CallInColumn(column, call);
	Datum value = static_cast<Datum>(0);
	ErrorData *error = internal::ErrorOf([&] { value = internal::CallInColumn(column, call); });
	if (unlikely(error != nullptr))
		internal::RaiseWithPlace(column, cell, error);
	return value;
}

} // namespace fabric::fdw
