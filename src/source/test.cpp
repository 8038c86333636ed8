// Tests of sources: probes of our own wrappers, functions of other connectors within this session. See test.hpp.
#include <cstdlib>

#include "pg/attempt.hpp"
#include "pg/memory.hpp"
#include "pg/spi.hpp"

#include "fdw/shared/options.hpp"

#include "source/connector.hpp"
#include "source/test.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <miscadmin.h>
#include <storage/latch.h>
#include <utils/acl.h>
#include <utils/builtins.h>
#include <utils/guc.h>
#include <utils/lsyscache.h>
#include <utils/regproc.h>
#include <utils/timeout.h>
#include <utils/timestamp.h>
}

namespace fabric::source
{

namespace
{

// ---- the limit of what other wrappers do ----

volatile sig_atomic_t time_is_over = 0;

void EndTime()
{
	time_is_over = 1;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

TimeoutId LimitId()
{
	static const TimeoutId id = RegisterTimeout(USER_TIMEOUT, EndTime);
	return id;
}

// A limit for what is done while it lives, and for connecting in it: libpq, through which postgres_fdw connects deaf to interrupts before
// PostgreSQL 16, takes that from here where a server says none. Its least is two seconds.
class TimeLimit
{
public:
	explicit TimeLimit(int64 limit_ms) : ours_(getenv(kVariable) == nullptr)
	{
		char seconds[16];
		snprintf(seconds, sizeof seconds, "%d", static_cast<int>(Min(Max((limit_ms + 999) / 1000, 2), 3600)));
		if (ours_)
			setenv(kVariable, seconds, 1);
		time_is_over = 0;
		enable_timeout_after(LimitId(), static_cast<int>(Min(limit_ms, INT_MAX)));
	}
	TimeLimit(const TimeLimit &) = delete;
	TimeLimit &operator=(const TimeLimit &) = delete;
	~TimeLimit()
	{
		disable_timeout(LimitId(), false);
		// It may have come when all was done.
		if (time_is_over != 0)
			QueryCancelPending = false;
		if (ours_)
			unsetenv(kVariable);
	}

private:
	static constexpr const char *kVariable = "PGCONNECT_TIMEOUT";
	bool ours_;
};

// ---- functions ----

constexpr const char *kTestCall =
	"SELECT step::text, ok, detail::text, extract(epoch FROM elapsed)::float8 * 1000 FROM %I.%I($1)";

struct Callable
{
	const char *query; // of a connector's function
	const char *source;
	MemoryContext context;
	fdw::ProbeOutcome *outcome;
};

// The rows of a function that tests: step, ok, detail, elapsed. Raises.
void Call(const Callable &callable)
{
	int level = NewGUCNestLevel();
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(callable.source)};
	(void)pg::query(callable.query, lengthof(types), types, values, nullptr,
					[&]
					{
						fdw::ProbeOutcome *outcome = callable.outcome;
						if (SPI_processed > static_cast<uint64>(fdw::kMostProbeSteps))
							ereport(ERROR,
									(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
									 errmsg("a function that tests gives %d steps at most", fdw::kMostProbeSteps)));
						MemoryContext old = MemoryContextSwitchTo(callable.context);
						outcome->ok = SPI_processed > 0;
						for (uint64 i = 0; i < SPI_processed; ++i)
						{
							HeapTuple row = SPI_tuptable->vals[i];
							TupleDesc descriptor = SPI_tuptable->tupdesc;
							bool nulls[4];
							Datum columns[4];
							for (int j = 0; j < 4; ++j)
								columns[j] = SPI_getbinval(row, descriptor, j + 1, &nulls[j]);
							fdw::ProbeStep &step = outcome->steps[outcome->count++];
							step.step = nulls[0] ? "" : TextDatumGetCString(columns[0]);
							step.ok = !nulls[1] && DatumGetBool(columns[1]);
							step.detail = nulls[2] ? "" : TextDatumGetCString(columns[2]);
							step.milliseconds = nulls[3] ? -1 : DatumGetFloat8(columns[3]);
							outcome->ok = outcome->ok && step.ok;
						}
						MemoryContextSwitchTo(old);
						return true;
					});
	AtEOXact_GUC(false, level); // settings that it has made are gone
}

} // namespace

void SayWhyNot(fdw::ProbeOutcome *outcome, const char *detail)
{
	outcome->ok = false;
	outcome->count = 1;
	outcome->steps[0] = {"test", false, detail, outcome->milliseconds};
}

const char *TimeIsOver(int64 limit_ms)
{
	return psprintf("no answer within " INT64_FORMAT " ms", limit_ms);
}

fdw::ProbeOutcome *TestHere(const Connector &connector, const char *source, int64 limit_ms)
{
	fdw::ProbeOutcome *outcome = pg::make_plain<fdw::ProbeOutcome>();
	Callable callable = {nullptr, source, CurrentMemoryContext, outcome};
	TimestampTz began = GetCurrentTimestamp();
	const ErrorData *error = pg::entry(
		[&]
		{
			const TimeLimit limit(limit_ms);
			return pg::call(
				[&]
				{
					return pg::attempt(
						[&]
						{
							callable.query = CallOf(connector, connector.test_function, kTestCall);
							Call(callable);
						},
						&time_is_over);
				});
		});
	outcome->milliseconds = static_cast<double>(GetCurrentTimestamp() - began) / 1000;
	if (error == nullptr && outcome->count > 0)
		return outcome;
	SayWhyNot(outcome, error == nullptr	   ? "the function that tests said nothing"
					   : time_is_over != 0 ? TimeIsOver(limit_ms)
										   : error->message);
	return outcome;
}

bool CanTest(const Connector &connector, Oid user_id)
{
	return connector.test_function != nullptr ? user_id == GetUserId()
											  : connector.tenant != nullptr && has_privs_of_role(GetUserId(), user_id);
}

fdw::ProbeOutcome *TestSource(const Connector &connector, const char *source, Oid user_id, int64 limit_ms)
{
	if (connector.test_function != nullptr)
	{
		FunctionTest test = {&connector, source, limit_ms, nullptr};
		TestByFunctions(&test, 1, 1);
		return test.outcome;
	}
	if (connector.tenant == nullptr)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("connector \"%s\" has no function that tests its sources", connector.name)));
	fdw::Probe *probe = fdw::MakeProbe(GetForeignServerByName(source, false)->serverid, user_id, limit_ms);
	fdw::RunProbes(&probe, 1, 1);
	fdw::ProbeOutcome *outcome = pg::make_plain<fdw::ProbeOutcome>();
	*outcome = fdw::OutcomeOf(probe);
	return outcome;
}

void RequireTest(const Connector &connector, const char *source, Oid user_id, const char *done)
{
	constexpr int64 kLimit = 10000;
	if (!CanTest(connector, user_id))
	{
		if (connector.test_function != nullptr || connector.tenant != nullptr)
			ereport(NOTICE, (errmsg("source \"%s\" is not tested as role \"%s\", which you are not", source,
									GetUserNameFromId(user_id, false))));
		return;
	}
	const fdw::ProbeOutcome *outcome = TestSource(connector, source, user_id, kLimit);
	if (outcome->ok)
		return;
	const fdw::ProbeStep &last = outcome->steps[outcome->count - 1];
	size_t size = strlen(last.detail);
	const char *stop = size > 0 && strchr(".?", last.detail[size - 1]) != nullptr ? "" : ".";
	ereport(ERROR, (errcode(ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION),
					errmsg("source \"%s\" was not %s: its test failed at the step \"%s\"", source, done, last.step),
					errdetail("%s%s", last.detail, stop), errhint("With test => false it is done all the same.")));
}

} // namespace fabric::source
