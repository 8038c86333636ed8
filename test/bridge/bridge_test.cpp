// SQL functions that take the bridge (src/pg) to its limits, for sql/bridge.sql. Built by bridge-test, never installed.
//
// Every function counts the C++ objects that are alive in this backend: what a crossing loses shows as a rest.
#include <malloc.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "pg/guard.hpp"
#include "pg/memory.hpp"

extern "C"
{
#include <access/xact.h>
#include <storage/ipc.h>
#include <storage/latch.h>
#include <utils/timestamp.h>
#include <utils/wait_event.h>

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(fabric_bridge_live);
PG_FUNCTION_INFO_V1(fabric_bridge_heap);
PG_FUNCTION_INFO_V1(fabric_bridge_throw);
PG_FUNCTION_INFO_V1(fabric_bridge_call);
PG_FUNCTION_INFO_V1(fabric_bridge_describe);
PG_FUNCTION_INFO_V1(fabric_bridge_raise);
PG_FUNCTION_INFO_V1(fabric_bridge_keep);
PG_FUNCTION_INFO_V1(fabric_bridge_wait);
PG_FUNCTION_INFO_V1(fabric_bridge_swallow);
PG_FUNCTION_INFO_V1(fabric_bridge_stacks);
}

namespace
{

namespace core = fabric::core;
namespace pg = fabric::pg;

int64 live = 0;

// An object with a destructor and with memory of its own.
class Probe
{
public:
	Probe() : text_(100, 'x') { ++live; }
	Probe(const Probe &) = delete;
	Probe &operator=(const Probe &) = delete;
	~Probe() { --live; }

private:
	std::string text_; // longer than the small-string buffer
};

std::string Argument(FunctionCallInfo fcinfo, int number)
{
	return text_to_cstring(PG_GETARG_TEXT_PP(number));
}

[[noreturn]] void Throw(const std::string &kind)
{
	Probe probe;
	if (kind == "core")
		throw core::Error("22012", "a message of core", "a detail of core", "a hint of core");
	if (kind == "bare")
		throw core::Error("HV00N", "a message without detail and hint");
	if (kind == "wrong code")
		throw core::Error("ABC", "a code of three characters");
	if (kind == "percent")
		throw core::Error("22000", "100 %s of %n", "%d", "%m");
	if (kind == "bad_alloc")
		throw std::bad_alloc();
	if (kind == "real bad_alloc")
		std::string(static_cast<size_t>(1) << 62, 'x');
	if (kind == "runtime_error")
		throw std::runtime_error("a message of the standard library");
	throw 42;
}

// Calls an SQL function without arguments through `depth` guards, each with an object between it and the next.
void CallThrough(Oid function, int depth)
{
	Probe outer;
	auto on_the_heap = std::make_unique<Probe>();
	if (depth > 1)
	{
		CallThrough(function, depth - 1);
		return;
	}
	pg::call([function] { OidFunctionCall0(function); });
}

// The same, but every level catches and throws anew: the error crosses as a C++ object again and again.
void CallAndRethrow(Oid function, int depth)
{
	Probe probe;
	try
	{
		if (depth > 1)
			CallAndRethrow(function, depth - 1);
		else
			pg::call([function] { OidFunctionCall0(function); });
	}
	catch (const pg::PgError &error)
	{
		Probe another;
		pg::PgError copy(error);
		throw copy;
	}
}

// Guards within guards: PostgreSQL's stack has `depth` entries of ours when the function raises.
void CallNested(Oid function, int depth)
{
	Probe probe;
	pg::call(
		[function, depth]
		{
			// No object here: the guarded function is PostgreSQL's world.
			if (depth > 1)
				pg::entry([function, depth] { CallNested(function, depth - 1); });
			else
				OidFunctionCall0(function);
		});
}

void WaitOnLatch(long milliseconds)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	for (;;)
	{
		long left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);
		if (left <= 0)
			return;
		WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void AddField(Datum *values, bool *nulls, int *at, const char *text)
{
	nulls[*at] = text == nullptr;
	values[*at] = text != nullptr ? CStringGetTextDatum(text) : static_cast<Datum>(0);
	++*at;
}

} // namespace

extern "C"
{
// The C++ objects alive in this backend.
Datum fabric_bridge_live(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	PG_RETURN_INT64(live);
}

// Bytes in use on this backend's heap: PostgreSQL's contexts, C++ objects and exceptions alike.
Datum fabric_bridge_heap(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	struct mallinfo2 info = mallinfo2();
	PG_RETURN_INT64(static_cast<int64>(info.uordblks + info.hblkhd));
}

// fabric_bridge_throw(kind text): throws.
Datum fabric_bridge_throw(PG_FUNCTION_ARGS)
{
	return pg::entry(
		[&]() -> Datum
		{
			Probe probe;
			Throw(Argument(fcinfo, 0));
		});
}

// fabric_bridge_call(way text, function regprocedure, depth integer): calls the function by one of the ways above.
Datum fabric_bridge_call(PG_FUNCTION_ARGS)
{
	return pg::entry(
		[&]() -> Datum
		{
			Probe probe;
			std::string way = Argument(fcinfo, 0);
			Oid function = PG_GETARG_OID(1);
			int depth = PG_GETARG_INT32(2);
			if (way == "through")
				CallThrough(function, depth);
			else if (way == "rethrow")
				CallAndRethrow(function, depth);
			else
				CallNested(function, depth);
			PG_RETURN_VOID();
		});
}

// fabric_bridge_describe(function regprocedure): all fields of the error that the function raises, as a row of texts.
Datum fabric_bridge_describe(PG_FUNCTION_ARGS)
{
	TupleDesc descriptor;
	if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "a row is returned");
	Datum values[20];
	bool nulls[20];
	int count = 0;
	Oid function = PG_GETARG_OID(0);
	pg::entry(
		[&]
		{
			Probe probe;
			try
			{
				pg::call([function] { OidFunctionCall0(function); });
			}
			catch (const pg::PgError &error)
			{
				const ErrorData *data = error.data();
				pg::call(
					[&]
					{
						AddField(values, nulls, &count, unpack_sql_state(data->sqlerrcode));
						AddField(values, nulls, &count, data->message);
						AddField(values, nulls, &count, data->detail);
						AddField(values, nulls, &count, data->detail_log);
						AddField(values, nulls, &count, data->hint);
						AddField(values, nulls, &count, data->context);
						AddField(values, nulls, &count, data->schema_name);
						AddField(values, nulls, &count, data->table_name);
						AddField(values, nulls, &count, data->column_name);
						AddField(values, nulls, &count, data->datatype_name);
						AddField(values, nulls, &count, data->constraint_name);
						AddField(values, nulls, &count, psprintf("%d", data->cursorpos));
						AddField(values, nulls, &count, psprintf("%d", data->internalpos));
						AddField(values, nulls, &count, data->internalquery);
						AddField(values, nulls, &count, data->funcname);
					});
			}
		});
	if (count != descriptor->natts)
		elog(ERROR, "the row has %d fields, %d are known", descriptor->natts, count);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}

// fabric_bridge_raise(): a PostgreSQL error with every field set.
Datum fabric_bridge_raise(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("the message"), errdetail("the detail"),
			 errdetail_log("the detail for the log"), errhint("the hint"), errcontext("the context"), errposition(8),
			 internalerrposition(3), internalerrquery("an inner query"),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "a schema"), err_generic_string(PG_DIAG_TABLE_NAME, "a table"),
			 err_generic_string(PG_DIAG_COLUMN_NAME, "a column"), err_generic_string(PG_DIAG_DATATYPE_NAME, "a type"),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "a constraint")));
	PG_RETURN_VOID();
}

// fabric_bridge_keep(count integer, context text): makes objects in a memory context; they must die with it.
Datum fabric_bridge_keep(PG_FUNCTION_ARGS)
{
	std::string_view where(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	MemoryContext context = where == "transaction" ? TopTransactionContext
							: where == "subtransaction"
								? CurTransactionContext
								: AllocSetContextCreate(CurrentMemoryContext, "a child", ALLOCSET_SMALL_SIZES);
	for (int i = 0; i < PG_GETARG_INT32(0); ++i)
		pg::make_in<Probe>(context);
	PG_RETURN_INT64(live);
}

// fabric_bridge_wait(milliseconds integer): waits for the latch inside a guard, with objects of every kind outside it.
Datum fabric_bridge_wait(PG_FUNCTION_ARGS)
{
	return pg::entry(
		[&]() -> Datum
		{
			Probe probe;
			pg::make_in<Probe>(CurrentMemoryContext);
			int milliseconds = PG_GETARG_INT32(0);
			pg::call([milliseconds] { WaitOnLatch(milliseconds); });
			PG_RETURN_VOID();
		});
}

// fabric_bridge_swallow(function regprocedure, times integer): catches the function's error so many times within one
// call. Returns the number of errors.
Datum fabric_bridge_swallow(PG_FUNCTION_ARGS)
{
	return pg::entry(
		[&]() -> Datum
		{
			Probe probe;
			Oid function = PG_GETARG_OID(0);
			int errors = 0;
			for (int i = 0; i < PG_GETARG_INT32(1); ++i)
			{
				Probe inner;
				try
				{
					CallThrough(function, 1);
				}
				catch (const pg::PgError &error)
				{
					errors += strcmp(error.what(), "the message") == 0;
				}
			}
			PG_RETURN_INT32(errors);
		});
}

// fabric_bridge_stacks(way text): leaves a guard in one of three ways, having changed what PostgreSQL's error handling
// consists of; returns what of it is not as before, '' if all is well.
Datum fabric_bridge_stacks(PG_FUNCTION_ARGS)
{
	std::string_view way(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	sigjmp_buf *exception_stack = PG_exception_stack;
	ErrorContextCallback *context_stack = error_context_stack;
	MemoryContext memory = CurrentMemoryContext;
	bool caught = pg::entry(
		[way]
		{
			Probe probe;
			try
			{
				pg::call(
					[way]
					{
						static ErrorContextCallback callback;
						callback.callback = [](void *) { errcontext("the callback of a frame that was left"); };
						callback.previous = error_context_stack;
						error_context_stack = &callback;
						MemoryContextSwitchTo(TopTransactionContext);
						if (way == "C++ exception")
							throw core::Error("22000", "a C++ exception through a guard");
						if (way == "PostgreSQL error")
							ereport(ERROR, (errmsg("a PostgreSQL error into a guard")));
					});
			}
			catch (const std::exception &)
			{
				return true;
			}
			return false;
		});
	StringInfoData changed;
	initStringInfo(&changed);
	if (PG_exception_stack != exception_stack)
		appendStringInfoString(&changed, "PG_exception_stack ");
	if (error_context_stack != context_stack)
		appendStringInfoString(&changed, "error_context_stack ");
	if (CurrentMemoryContext != memory)
		appendStringInfoString(&changed, "CurrentMemoryContext ");
	if (caught != (way != "return"))
		appendStringInfoString(&changed, "the way");
	PG_exception_stack = exception_stack;
	error_context_stack = context_stack;
	MemoryContextSwitchTo(memory);
	PG_RETURN_TEXT_P(cstring_to_text(changed.data));
}
}
