// The progress of scans. See progress.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/progress.hpp"

extern "C"
{
#include <catalog/pg_authid.h>
#include <fmgr.h>
#include <foreign/foreign.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <utils/acl.h>
#include <utils/backend_progress.h>
#include <utils/backend_status.h>
#include <utils/builtins.h>
#include <utils/timestamp.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_progress);
}

namespace fabric::fdw
{

namespace
{

// No command of PostgreSQL's own has this number; its views of progress pass over it.
constexpr auto kScan = static_cast<ProgressCommandType>(0xFAB);

// What is told, by its place.
enum Told
{
	kStarted,
	kShare, // in millionths; -1: not known
	kFiles,
	kBytes,
	kTold
};

constexpr int kMostOftenMs = 200;
constexpr double kMillion = 1e6;

TimestampTz told_at = 0; // or, before anything was told, when it began to take time; 0: nothing takes any

bool IsTelling()
{
	return MyBEEntry != nullptr && MyBEEntry->st_progress_command == kScan;
}

void PutScan(Tuplestorestate *rows, TupleDesc descriptor, const PgBackendStatus &status)
{
	const int64 *told = status.st_progress_param;
	ForeignServer *server = GetForeignServerExtended(status.st_progress_command_target, FSV_MISSING_OK);
	Datum values[9] = {};
	bool nulls[9] = {};
	values[0] = Int32GetDatum(status.st_procpid);
	values[1] = CStringGetTextDatum(server != nullptr ? psprintf("scan of server \"%s\"", server->servername) : "scan");
	values[2] = CStringGetTextDatum("reading files");
	double share = static_cast<double>(told[kShare]) / kMillion;
	bool known = told[kShare] >= 0;
	nulls[3] = nulls[4] = !known;
	values[3] = Float8GetDatum(100 * share);
	values[4] = Float8GetDatum(100);
	values[5] = TimestampTzGetDatum(told[kStarted]);
	nulls[6] = !known || told[kShare] == 0;
	if (!nulls[6])
	{
		double passed = static_cast<double>(GetCurrentTimestamp() - told[kStarted]);
		values[6] = TimestampTzGetDatum(told[kStarted] + static_cast<int64>(passed / share));
	}
	values[7] = Int64GetDatum(told[kFiles]);
	values[8] = Int64GetDatum(told[kBytes]);
	tuplestore_putvalues(rows, descriptor, values, nulls);
}

} // namespace

void TellProgress(const Connection *connection)
{
	if (connection->driver->usage == nullptr || MyBEEntry == nullptr)
		return;
	if (!IsTelling() && MyBEEntry->st_progress_command != PROGRESS_COMMAND_INVALID)
		return;
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz began = told_at;
	if (told_at == 0)
		told_at = now;
	if (!TimestampDifferenceExceeds(told_at, now, kMostOftenMs))
		return;
	told_at = now;
	FabricUsage usage;
	connection->driver->usage(connection->handle, &usage);
	int64 share = usage.progress < 0 ? -1 : static_cast<int64>(Min(usage.progress, 1.0) * kMillion);
	if (!IsTelling())
	{
		pgstat_progress_start_command(kScan, connection->server_id);
		pgstat_progress_update_param(kStarted, began);
	}
	const int places[] = {kShare, kFiles, kBytes};
	const int64 values[] = {share, static_cast<int64>(usage.files), static_cast<int64>(usage.bytes)};
	pgstat_progress_update_multi_param(lengthof(places), places, values);
}

void EndProgress()
{
	told_at = 0;
	if (IsTelling())
		pgstat_progress_end_command();
}

} // namespace fabric::fdw

extern "C" Datum fabric_progress(PG_FUNCTION_ARGS)
{
	using namespace fabric::fdw;
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	bool all = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	for (int i = 1; i <= pgstat_fetch_stat_numbackends(); ++i)
	{
		const LocalPgBackendStatus *local = fabric::pg::compat::LocalBackendStatus(i);
		if (local == nullptr || local->backendStatus.st_progress_command != kScan)
			continue;
		if (all || has_privs_of_role(GetUserId(), local->backendStatus.st_userid))
			PutScan(result->setResult, result->setDesc, local->backendStatus);
	}
	return static_cast<Datum>(0);
}
