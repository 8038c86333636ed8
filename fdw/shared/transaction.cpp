// What PostgreSQL's transactions mean remotely: callbacks over all connections. See connection.hpp.
//
// Before a commit the remote transaction is committed, over the network. Abort callbacks never wait for the network: they
// send a ROLLBACK off and leave its answer to the next user, or close the connection.
#include "fdw/shared/progress.hpp"
#include "fdw/shared/connection_internal.hpp"
#include "fdw/shared/limits.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <access/xact.h>
#include <storage/ipc.h>
#include <utils/inval.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

template <typename Action>
void ForEachConnection(Action action)
{
	if (connections == nullptr)
		return;
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, connections);
	while (auto *connection = static_cast<Connection *>(hash_seq_search(&scan)))
		action(connection);
}

void CommitRemote(Connection *connection)
{
	if (!connection->in_transaction)
		return;
	if (connection->transaction_lost)
	{
		if (connection->wrote && connection->handle != nullptr)
			ereport(ERROR, (errcode(ERRCODE_TRANSACTION_ROLLBACK),
							errmsg("server \"%s\" has rolled back its part of this transaction",
								   NameStr(connection->server_name)),
							errdetail("What was changed there is undone.")));
		if (connection->wrote)
			ereport(ERROR, (errcode(ERRCODE_CONNECTION_FAILURE),
							errmsg("the connection to server \"%s\" was lost within this transaction",
								   NameStr(connection->server_name)),
							errdetail("What it had changed there is undone.")));
		// It had only read, and every row that was asked for has come.
		Settle(connection);
		if (connection->handle != nullptr)
			StartEnd(connection, "ROLLBACK");
		return;
	}
	Settle(connection);
	if (connection->handle == nullptr)
		return;
	if (!connection->wrote)
	{
		// It only read, and every row that was asked for has come: nobody needs to wait for the answer.
		StartEnd(connection, "COMMIT");
		return;
	}
	++connection->round_trips;
	DriverCall commit = [](Connection *target, void *) -> FabricStatus
	{ return target->driver->execute(target->handle, "COMMIT", strlen("COMMIT")); };
	connection->committing = true; // should an interrupt come
	FabricStatus status = Drive(connection, commit, nullptr);
	connection->committing = false;
	if (status == FABRIC_DONE)
		return;
	FabricErrorInfo error;
	connection->driver->last_error(connection->handle, &error);
	if (!error.connection_lost)
		RaiseRemoteError(connection, "COMMIT");
	Drop(connection);
	ereport(ERROR, (errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
					errmsg("the connection to server \"%s\" was lost while its changes were being committed",
						   NameStr(connection->server_name)),
					errdetail("Whether they were committed there is unknown; the local transaction is rolled back."),
					errhint("Look at the remote data before you try again.")));
}

void EndTransaction(Connection *connection)
{
	// What was used in a transaction was used until its end.
	if (connection->in_transaction && connection->idle_timeout_ms > 0)
		connection->used_at = GetCurrentTimestamp();
	connection->in_transaction = false;
	connection->transaction_lost = false;
	connection->wrote = false;
	connection->savepoints = 0;
	connection->roll_back_to = 0;
	if (connection->invalidated && connection->handle != nullptr)
		Drop(connection);
}

// Every error ends all timers, also one in a block that is aborted already; nothing tells of that block's end but that its memory goes.
void CloseIdleAfterBlock()
{
	auto *callback = static_cast<MemoryContextCallback *>(
		MemoryContextAllocZero(TopTransactionContext, sizeof(MemoryContextCallback)));
	callback->func = [](void *) { CloseIdle(); };
	MemoryContextRegisterResetCallback(TopTransactionContext, callback);
}

void AbortRemote(Connection *connection)
{
	if (connection->committing)
		ereport(WARNING, (errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
						  errmsg("whether the changes on server \"%s\" were committed is unknown",
								 NameStr(connection->server_name)),
						  errdetail("The answer to the remote COMMIT has not come.")));
	connection->committing = false;
	// With a call or rows under way nothing can be said; without a connection the remote server rolls back by itself.
	if (connection->in_call || connection->connecting || connection->active != nullptr || connection->stale)
		Drop(connection);
	else if (connection->in_transaction && connection->handle != nullptr)
		StartEnd(connection, "ROLLBACK"); // its locks must not wait for our next visit
	EndTransaction(connection);
}

void OnTransactionEvent(XactEvent event, void *)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT)
		EndProgress();
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			ForEachConnection(CommitRemote);
			break;
		case XACT_EVENT_PRE_PREPARE:
			ForEachConnection(
				[](Connection *connection)
				{
					if (connection->wrote)
						ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
										errmsg("cannot PREPARE a transaction that has changed data on server \"%s\"",
											   NameStr(connection->server_name))));
					CommitRemote(connection);
				});
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PREPARE:
			ForEachConnection(EndTransaction);
			CloseIdle();
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
			ForEachConnection(AbortRemote);
			CloseIdle();
			CloseIdleAfterBlock();
			break;
	}
}

void OnSubtransactionEvent(SubXactEvent event, SubTransactionId, SubTransactionId, void *)
{
	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_PRE_COMMIT_SUB)
		return;
	int level = GetCurrentTransactionNestLevel();
	bool aborted = event == SUBXACT_EVENT_ABORT_SUB;
	ForEachConnection(
		[level, aborted](Connection *connection)
		{
			Stream *asked = connection->active != nullptr && connection->active->asking ? connection->active : nullptr;
			if (asked != nullptr && asked->level >= level)
			{
				if (aborted)
				{
					LoseStream(asked);
					connection->active = nullptr;
					connection->orphaned = true;
				}
				asked->level = level - 1;
			}
			// A call cut in the middle cannot be gone on with: its statement's text died with the subtransaction.
			else if (aborted && asked == nullptr &&
					 ((connection->in_call && !connection->orphaned) || connection->connecting))
				Drop(connection);
			if (!aborted && connection->roll_back_to >= level)
				Settle(connection);
			if (connection->savepoints >= level)
			{
				// A savepoint of a subtransaction that ended well is simply forgotten: the next one of that level has
				// the same name and takes its place.
				if (aborted)
					connection->roll_back_to = level;
				connection->savepoints = level - 1;
			}
		});
}

void OnCatalogChange(Datum, int cache_id, uint32 hash)
{
	ForEachConnection(
		[cache_id, hash](Connection *connection)
		{
			uint32 own = cache_id == FOREIGNSERVEROID ? connection->server_hash : connection->mapping_hash;
			if (hash == 0 || hash == own)
				connection->invalidated = true;
		});
}

void OnExit(int, Datum)
{
	ForEachConnection(
		[](Connection *connection)
		{
			FinishEnd(connection); // for a goodbye that the server understands
			if (connection->handle != nullptr)
				connection->driver->close(connection->handle);
			connection->handle = nullptr;
		});
}

} // namespace

void BeginWriting(Connection *connection)
{
	int level = GetCurrentTransactionNestLevel();
	if (connection->active != nullptr && Max(connection->savepoints, 1) < level)
		SpoolRest(connection->active);
	Settle(connection);
	connection->in_transaction = true;
	connection->wrote = true;
	for (int i = Max(connection->savepoints + 1, 2); i <= level; ++i)
	{
		char sql[64];
		int size = snprintf(sql, sizeof sql, "SAVEPOINT fabric_%d", i);
		ExecuteOnce(connection, sql, static_cast<size_t>(size));
		connection->savepoints = i;
	}
}

void InitConnections()
{
	RegisterXactCallback(OnTransactionEvent, nullptr);
	RegisterSubXactCallback(OnSubtransactionEvent, nullptr);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, OnCatalogChange, Int32GetDatum(0));
	CacheRegisterSyscacheCallback(USERMAPPINGOID, OnCatalogChange, Int32GetDatum(0));
	on_proc_exit(OnExit, Int32GetDatum(0));
}

} // namespace fabric::fdw
