// Checks of the health of sources: which are checked, as whom, many at once; what was found is kept. Nothing is kept between calls.
#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/rights.hpp"
#include "pg/memory.hpp"
#include "pg/spi.hpp"

#include "fdw/shared/probe.hpp"

#include "source/connector.hpp"
#include "source/registry.hpp"
#include "source/test.hpp"

extern "C"
{
#include <access/xact.h>
#include <catalog/pg_type.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/timestamp.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_check_health);
}

namespace fabric::source
{

namespace
{

struct Check
{
	char *source;
	char *connector;
	Oid server_id;
	Oid user_id; // as whom
	bool mapped; // there is a user mapping for that
	bool kept;	 // what is found: by its owner and administrators, not by who has perhaps a wrong password of his own
	int64 limit_ms;
	fdw::Probe *probe; // of a wrapper of ours
	const fdw::ProbeOutcome *outcome;
};

struct Checks
{
	int count;
	int at_once;
	Check *checks;
};

// The sources that the caller may use, of them those that are due: somewhat early, so that who asks every minute does not come too late.
// Each is checked as the caller, if there is a user mapping for that, else as somebody whose rights he has, its owner before others.
constexpr const char *kCandidates =
	"SELECT s.source::text, s.connector::text, f.oid, "
	"	(SELECT CASE m.umuser WHEN 0 THEN $2 ELSE m.umuser END FROM pg_catalog.pg_user_mappings m "
	"		WHERE m.srvid = f.oid AND (m.umuser IN (0, $2) OR pg_catalog.pg_has_role($2, m.umuser, 'USAGE')) "
	"		ORDER BY m.umuser <> $2, m.umuser <> 0, m.umuser <> f.srvowner, m.umuser LIMIT 1), "
	"	extract(epoch FROM fabric.setting('health_time_limit', s.source::text)::interval)::float8 * 1000, "
	"	fabric.setting('health_at_once')::integer "
	"FROM fabric_system.sources s JOIN pg_catalog.pg_foreign_server f ON f.oid = s.server "
	"	LEFT JOIN fabric_monitor.source_status t ON t.source = s.source "
	"WHERE ($1 IS NULL OR s.source = $1::name) "
	"	AND ($3 OR pg_catalog.has_server_privilege($2, f.oid, 'USAGE')) "
	"	AND (NOT $4 OR (coalesce(t.next_check_at <= pg_catalog.now() + "
	"		least(fabric.setting('health_interval', s.source::text)::interval / 10, '30 seconds'), true) "
	"		AND fabric.setting('health_enabled', s.source::text)::boolean)) "
	"ORDER BY s.source";

Checks FindChecks(const char *source, bool due_only, int64 limit_ms)
{
	MemoryContext context = CurrentMemoryContext;
	Oid caller = GetUserId();
	bool is_admin = pg::IsAdmin();
	Oid types[] = {TEXTOID, OIDOID, BOOLOID, BOOLOID};
	Datum values[] = {source != nullptr ? CStringGetTextDatum(source) : static_cast<Datum>(0), ObjectIdGetDatum(caller),
					  BoolGetDatum(is_admin), BoolGetDatum(due_only)};
	char nulls[] = {source != nullptr ? ' ' : 'n', ' ', ' ', ' '};
	return pg::query_as_owner(
		kCandidates, lengthof(types), types, values, nulls,
		[&]
		{
			MemoryContext old = MemoryContextSwitchTo(context);
			Checks found{static_cast<int>(SPI_processed), 1, pg::make_array<Check>(SPI_processed)};
			for (int i = 0; i < found.count; ++i)
			{
				HeapTuple row = SPI_tuptable->vals[i];
				TupleDesc descriptor = SPI_tuptable->tupdesc;
				bool isnull;
				Check &check = found.checks[i];
				check.source = TextDatumGetCString(SPI_getbinval(row, descriptor, 1, &isnull));
				check.connector = TextDatumGetCString(SPI_getbinval(row, descriptor, 2, &isnull));
				check.server_id = DatumGetObjectId(SPI_getbinval(row, descriptor, 3, &isnull));
				check.user_id = DatumGetObjectId(SPI_getbinval(row, descriptor, 4, &isnull));
				check.mapped = !isnull;
				if (isnull)
					check.user_id = caller;
				check.kept = is_admin || pg::compat::OwnsServer(check.server_id, caller);
				check.limit_ms = limit_ms > 0
									 ? limit_ms
									 : static_cast<int64>(DatumGetFloat8(SPI_getbinval(row, descriptor, 5, &isnull)));
				found.at_once = DatumGetInt32(SPI_getbinval(row, descriptor, 6, &isnull));
			}
			MemoryContextSwitchTo(old);
			return found;
		});
}

// Which sources are meant.
enum class Which : uint8_t
{
	all,
	ours,		// of our wrappers
	by_function // of connectors with a function that tests
};

// One of those that are known already, or as the catalogue has it; nullptr when it or its wrapper is gone.
const Connector *ConnectorOf(const char *name, List **known)
{
	ListCell *cell;
	foreach (cell, *known)
		if (strcmp(static_cast<Connector *>(lfirst(cell))->name, name) == 0)
			return static_cast<Connector *>(lfirst(cell));
	Connector *connector = nullptr;
	if (pg::attempt([&] { connector = FindConnector(name); }) != nullptr)
		return nullptr;
	*known = lappend(*known, connector);
	return connector;
}

// Those of our wrappers all together, in this session; then the others, which only their wrappers can check. Without a user mapping that
// the caller may use nothing is found out about the source itself, and nothing is kept.
void Run(const Checks &checks, Which which)
{
	size_t room = static_cast<size_t>(checks.count);
	fdw::Probe **ours = pg::make_array<fdw::Probe *>(room);
	FunctionTest *others = pg::make_array<FunctionTest>(room);
	Check **checked_by_others = pg::make_array<Check *>(room);
	List *known = NIL;
	int count = 0;
	int count_of_others = 0;
	for (int i = 0; i < checks.count; ++i)
	{
		Check &check = checks.checks[i];
		const Connector *connector = ConnectorOf(check.connector, &known);
		if (connector == nullptr)
			continue;
		bool known_to_user = check.mapped || connector->mapping_options == NIL;
		check.kept = check.kept && known_to_user;
		if (connector->test_function == nullptr && connector->tenant != nullptr && which != Which::by_function)
			ours[count++] = check.probe = fdw::MakeProbe(check.server_id, check.user_id, check.limit_ms);
		else if (connector->test_function != nullptr && which != Which::ours && check.user_id == GetUserId() &&
				 known_to_user)
		{
			checked_by_others[count_of_others] = &check;
			others[count_of_others++] = {connector, check.source, check.limit_ms, nullptr};
		}
	}
	fdw::RunProbes(ours, count, checks.at_once);
	TestByFunctions(others, count_of_others, checks.at_once);
	for (int i = 0; i < checks.count; ++i)
		if (checks.checks[i].probe != nullptr)
			checks.checks[i].outcome = &fdw::OutcomeOf(checks.checks[i].probe);
	for (int i = 0; i < count_of_others; ++i)
		checked_by_others[i]->outcome = others[i].outcome;
}

const char *StatusOf(const fdw::ProbeOutcome &outcome)
{
	return outcome.ok ? "healthy" : outcome.locked ? "locked" : "failing";
}

// Of a source that fails, the step that did; of one that does not, what it is.
const fdw::ProbeStep *TellingStep(const fdw::ProbeOutcome &outcome)
{
	return outcome.count > 0 ? &outcome.steps[outcome.count - 1] : nullptr;
}

// A source that keeps failing is asked less and less often, at least every hour or as often as one that does not. What another session
// is changing is left alone: who forgets to commit must not keep the others from being watched.
constexpr const char *kRecord =
	"WITH found AS MATERIALIZED ("
	"	SELECT c.*, fabric.setting('health_interval', c.source)::interval AS every "
	"	FROM fabric_system.sources s JOIN unnest($1, $2, $3, $4, $5) AS c(source, status, latency, step, detail) "
	"		ON c.source::name = s.source FOR KEY SHARE OF s SKIP LOCKED), "
	"old AS MATERIALIZED ("
	"	SELECT t.source FROM fabric_monitor.source_status t, found WHERE t.source = found.source::name "
	"	ORDER BY t.source FOR UPDATE OF t SKIP LOCKED), "
	"history AS ("
	"	INSERT INTO fabric_monitor.source_health (source, checked_at, status, latency, step, detail) "
	"	SELECT source, clock_timestamp(), status, latency, step, detail FROM found) "
	"INSERT INTO fabric_monitor.source_status AS t (source, status, checked_at, latency, step, detail, failures, "
	"next_check_at) "
	"SELECT source, status, clock_timestamp(), latency, step, detail, (status <> 'healthy')::integer, "
	"clock_timestamp() + every "
	"FROM found "
	"WHERE source::name IN (SELECT source FROM old) "
	"	OR NOT EXISTS (SELECT FROM fabric_monitor.source_status o WHERE o.source = found.source::name) "
	"ON CONFLICT (source) DO UPDATE SET status = excluded.status, checked_at = excluded.checked_at, latency = "
	"excluded.latency, "
	"	step = excluded.step, detail = excluded.detail, "
	"	failures = CASE excluded.status WHEN 'healthy' THEN 0 ELSE t.failures + 1 END, "
	"	next_check_at = excluded.checked_at + CASE excluded.status WHEN 'healthy' THEN excluded.next_check_at - "
	"excluded.checked_at "
	"		ELSE greatest(excluded.next_check_at - excluded.checked_at, "
	"			least('1 hour', (excluded.next_check_at - excluded.checked_at) * 2 ^ least(t.failures, 12))) END";

void Record(const Checks &checks)
{
	size_t room = static_cast<size_t>(checks.count);
	Datum *columns[5];
	bool *nulls[5];
	for (int i = 0; i < 5; ++i)
	{
		columns[i] = pg::make_array<Datum>(room);
		nulls[i] = pg::make_array<bool>(room);
	}
	int count = 0;
	for (int i = 0; i < checks.count; ++i)
	{
		const Check &check = checks.checks[i];
		if (check.outcome == nullptr || !check.kept)
			continue;
		const fdw::ProbeStep *step = TellingStep(*check.outcome);
		columns[0][count] = CStringGetTextDatum(check.source);
		columns[1][count] = CStringGetTextDatum(StatusOf(*check.outcome));
		columns[2][count] = pg::IntervalOf(check.outcome->milliseconds);
		nulls[3][count] = check.outcome->ok || step == nullptr;
		columns[3][count] = nulls[3][count] ? static_cast<Datum>(0) : CStringGetTextDatum(step->step);
		nulls[4][count] = step == nullptr;
		columns[4][count] = nulls[4][count] ? static_cast<Datum>(0) : CStringGetTextDatum(step->detail);
		++count;
	}
	if (count == 0)
		return;
	Oid types[] = {TEXTARRAYOID, TEXTARRAYOID, 1187 /* interval[] */, TEXTARRAYOID, TEXTARRAYOID};
	Datum values[5];
	int size[] = {count};
	int bound[] = {1};
	for (int i = 0; i < 5; ++i)
	{
		bool interval = i == 2;
		values[i] = PointerGetDatum(construct_md_array(
			columns[i], nulls[i], 1, size, bound, interval ? INTERVALOID : TEXTOID,
			interval ? static_cast<int>(sizeof(Interval)) : -1, false, interval ? TYPALIGN_DOUBLE : TYPALIGN_INT));
	}
	(void)pg::change_as_owner(kRecord, lengthof(types), types, values);
}

} // namespace

} // namespace fabric::source

using namespace fabric;

Datum fabric_check_health(PG_FUNCTION_ARGS)
{
	const char *source = PG_ARGISNULL(0) ? nullptr : pg::NameArgument(fcinfo, 0, "source");
	int64 limit_ms = pg::LimitArgument(fcinfo, 1, 0);
	bool due_only = pg::BooleanArgument(fcinfo, 2, false);
	const source::Which which = PG_ARGISNULL(3)		? source::Which::all
								: PG_GETARG_BOOL(3) ? source::Which::ours
													: source::Which::by_function;
	if (source != nullptr)
		(void)source::UsableSource(source);
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);

	const source::Checks checks = source::FindChecks(source, due_only, limit_ms);
	source::Run(checks, which);
	if (XactReadOnly)
		ereport(NOTICE, (errmsg("nothing is kept of these checks: the transaction is read-only")));
	else
		source::Record(checks);
	for (int i = 0; i < checks.count; ++i)
	{
		const source::Check &check = checks.checks[i];
		bool known = check.outcome != nullptr;
		const fdw::ProbeStep *step = known ? source::TellingStep(*check.outcome) : nullptr;
		bool nulls[] = {false, !known, !known, step == nullptr};
		Datum values[] = {CStringGetTextDatum(check.source), static_cast<Datum>(0), static_cast<Datum>(0),
						  static_cast<Datum>(0)};
		if (known)
		{
			values[1] = CStringGetTextDatum(source::StatusOf(*check.outcome));
			values[2] = pg::IntervalOf(check.outcome->milliseconds);
		}
		if (step != nullptr)
			values[3] = CStringGetTextDatum(step->detail);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return static_cast<Datum>(0);
}
