// Remote connections: waiting, statements, errors and what ends them. The transaction callbacks are in transaction.cpp.
#include <string_view>

#include "core/sqlstate.hpp"

#include "pg/error.hpp"

#include "fdw/shared/connection_internal.hpp"
#include "fdw/shared/limits.hpp"
#include "fdw/shared/facts.hpp"
#include "fdw/shared/progress.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <utils/hsearch.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

HTAB *connections = nullptr; // by user mapping; made at first use, kept for the backend's life

namespace
{

bool connect_timed_out = false; // the last attempt to connect

bool CancelIsPending()
{
	return InterruptPending && InterruptHoldoffCount == 0 && CritSectionCount == 0 &&
		   (ProcDiePending || (QueryCancelPending && QueryCancelHoldoffCount == 0));
}

// What to do when somebody cancels while the remote side works: end the remote statement, then PostgreSQL's own way.
void HandleInterrupts(Connection *connection)
{
	if (CancelIsPending() && !connection->connecting)
		KillRemoteStatement(connection);
	CHECK_FOR_INTERRUPTS();
}

[[noreturn]] void RaiseTimeout(Connection *connection)
{
	bool connecting = connection->connecting;
	int64 limit = connection->read_timeout_ms;
	char *name = pstrdup(NameStr(connection->server_name));
	const char *remote = connection->tenant->scheme;
	if (!connecting)
		KillRemoteStatement(connection);
	Drop(connection);
	connect_timed_out = connecting;
	if (connecting)
		ereport(ERROR, (errcode(ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION),
						errmsg("could not connect to %s server \"%s\": no answer within connect_timeout", remote, name),
						errhint("Check host and port of the server; raise its option connect_timeout if the way is "
								"long.")));
	ereport(ERROR, (errcode(ERRCODE_CONNECTION_FAILURE),
					errmsg("%s server \"%s\" has been silent for longer than read_timeout (" INT64_FORMAT " ms)",
						   remote, name, limit)));
	pg_unreachable();
}

// What ended a wait for the socket.
enum class Woken
{
	socket, // it is ready in the wanted direction
	late,	// the time limit has passed
	other,
};

// Waits until the socket is ready, something else wakes us or a time limit passes: `silent_until` or the connection's deadline,
// 0 = none.
Woken WaitReady(Connection *connection, FabricStatus wanted, TimestampTz silent_until)
{
	int socket = connection->driver->socket(connection->handle);
	uint32 interest = wanted == FABRIC_WANT_WRITE ? WL_SOCKET_WRITEABLE : WL_SOCKET_READABLE;
	TimestampTz until = connection->deadline;
	if (until == 0 || (silent_until != 0 && silent_until < until))
		until = silent_until;
	long timeout = -1;
	if (until != 0)
	{
		timeout = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);
		if (timeout <= 0)
			return Woken::late;
	}
	// An engine in this process does not say how far it is unless it is asked.
	if (connection->driver->usage != nullptr && !connection->connecting)
	{
		constexpr long kAskMs = 250;
		TellProgress(connection);
		timeout = timeout < 0 ? kAskMs : Min(timeout, kAskMs);
	}

	instr_time before, after;
	INSTR_TIME_SET_CURRENT(before);
	uint32 woken_by = 0;
	if (connection->events != nullptr)
	{
		if (connection->socket_interest != interest)
		{
			ModifyWaitEvent(connection->events, connection->socket_event, interest, nullptr);
			connection->socket_interest = interest;
		}
		WaitEvent event;
		if (WaitEventSetWait(connection->events, timeout, &event, 1, PG_WAIT_EXTENSION) > 0)
			woken_by = event.events;
	}
	else
		woken_by = static_cast<uint32>(WaitLatchOrSocket(
			MyLatch, static_cast<int>(interest) | WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | (timeout >= 0 ? WL_TIMEOUT : 0),
			socket, timeout, PG_WAIT_EXTENSION));
	INSTR_TIME_SET_CURRENT(after);
	INSTR_TIME_ACCUM_DIFF(connection->waited, after, before);
	if ((woken_by & WL_LATCH_SET) != 0)
		ResetLatch(MyLatch);
	return (woken_by & interest) != 0 ? Woken::socket : Woken::other;
}

FabricStatus PingCall(Connection *connection, void *)
{
	return connection->driver->ping(connection->handle);
}

// Takes a row, or a chunk of them, that nobody wants.
FabricStatus SkipCall(Connection *connection, void *)
{
	if (connection->driver->next_chunk == nullptr)
	{
		const FabricCell *cells;
		return connection->driver->next_row(connection->handle, &cells);
	}
	ArrowArray chunk;
	FabricStatus status = connection->driver->next_chunk(connection->handle, &chunk);
	if (status == FABRIC_DONE)
		chunk.release(&chunk);
	return status;
}

FabricStatus NextRowCall(Connection *connection, void *argument)
{
	return connection->driver->next_row(connection->handle, static_cast<const FabricCell **>(argument));
}

} // namespace

FabricStatus ExecuteCall(Connection *connection, void *argument)
{
	const Statement *statement = static_cast<Statement *>(argument);
	return connection->driver->execute(connection->handle, statement->sql, statement->size);
}

bool LastConnectTimedOut()
{
	return connect_timed_out;
}

namespace
{

// The loop of Drive(). False when a time limit has passed.
bool DriveInTime(Connection *connection, DriverCall call, void *argument, FabricStatus *status)
{
	connection->in_call = true;
	TimestampTz silent_until = 0;
	for (;;)
	{
		*status = call(connection, argument);
		if (*status != FABRIC_WANT_READ && *status != FABRIC_WANT_WRITE)
		{
			connection->in_call = false;
			return true;
		}
		HandleInterrupts(connection);
		if (silent_until == 0 && connection->read_timeout_ms > 0 && connection->deadline == 0)
			silent_until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), connection->read_timeout_ms);
		switch (WaitReady(connection, *status, silent_until))
		{
			case Woken::socket: // whatever the server says ends its silence
				silent_until = 0;
				break;
			case Woken::late:
				return false;
			case Woken::other:
				break;
		}
		HandleInterrupts(connection);
	}
}

} // namespace

FabricStatus Drive(Connection *connection, DriverCall call, void *argument)
{
	FabricStatus status;
	if (!DriveInTime(connection, call, argument, &status))
		RaiseTimeout(connection);
	return status;
}

char *AddressOf(const ServerSettings &settings)
{
	const Tenant &tenant = *settings.tenant;
	List *options = settings.server->options;
	if (const char *socket = OptionValue(tenant, options, "unix_socket"))
		return psprintf("socket %s", socket);
	if (const char *root = OptionValue(tenant, options, "root"))
		return psprintf("directory %s", root);
	const char *host = HostOf(settings);
	if (host == nullptr)
		return psprintf("as file %s says", OptionValue(tenant, options, "default_file"));
	return psprintf("host %s, port " INT64_FORMAT, host, IntegerOption(tenant, options, "port", tenant.default_port));
}

FabricStatus DriveNextRow(Connection *connection, const FabricCell **cells)
{
	return Drive(connection, NextRowCall, cells);
}

void ConsiderError(Connection *connection)
{
	FabricErrorInfo error;
	connection->driver->last_error(connection->handle, &error);
	if (error.connection_lost)
		Drop(connection);
	else if (connection->in_transaction && connection->tenant->dialect->EndsTransaction(error))
		connection->transaction_lost = true;
	if (connection->tenant->dialect->MeansOtherTables(error))
		ForgetPlans();
}

bool IsAnswer(const Connection *connection, int sqlstate)
{
	if (connection->handle == nullptr || connection->transaction_lost)
		return false;
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_TO_CATEGORY(ERRCODE_CONNECTION_EXCEPTION):
		case ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK):
		case ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES):
		case ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION):
		case ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR):
			return false;
		default:
			return true;
	}
}

void RaiseRemoteError(Connection *connection, const char *sql)
{
	FabricErrorInfo error;
	connection->driver->last_error(connection->handle, &error);
	const Dialect &dialect = *connection->tenant->dialect;
	bool connecting = connection->connecting;
	int state = pg::MakeSqlState(dialect.SqlState(error, connecting));
	const char *hint = error.hint != nullptr ? pstrdup(error.hint) : dialect.Hint(error, connecting);
	char *message = pstrdup(pg_any_to_server(error.message, static_cast<int>(strlen(error.message)), PG_UTF8));
	char *name = pstrdup(NameStr(connection->server_name));
	int native = error.native_code;
	Oid server_id = connection->server_id;
	const char *setting_up = connection->setting_up;
	const char *remote = connection->tenant->scheme;
	if (connecting)
	{
		Drop(connection);
		ereport(
			ERROR,
			(errcode(state),
			 setting_up == nullptr
				 ? errmsg("could not connect to %s server \"%s\": %s", remote, name, message)
				 : errmsg("could not set up a session on %s server \"%s\": %s: %s", remote, name, setting_up, message),
			 native != 0 ? errdetail("%s error %d, %s.", remote, native, AddressOf(*LoadServerSettings(server_id))) : 0,
			 hint != nullptr ? errhint("%s", hint) : 0));
	}
	ConsiderError(connection);
	ereport(ERROR,
			(errcode(state), errmsg("%s server \"%s\": %s", remote, name, message),
			 native != 0 ? errdetail("%s error %d.", remote, native) : 0, hint != nullptr ? errhint("%s", hint) : 0,
			 sql != nullptr ? errcontext("remote SQL: %s", ShowMarkers(sql)) : 0));
	pg_unreachable();
}

void ExecuteOnce(Connection *connection, const char *sql, size_t size)
{
	Statement statement{sql, size};
	++connection->round_trips;
	if (Drive(connection, ExecuteCall, &statement) != FABRIC_DONE)
		RaiseRemoteError(connection, sql);
}

void Drop(Connection *connection)
{
	if (connection->events != nullptr)
	{
		FreeWaitEventSet(connection->events);
		connection->events = nullptr;
	}
	if (connection->handle != nullptr)
	{
		connection->driver->close(connection->handle);
		connection->handle = nullptr;
	}
	WipeSealed(connection);
	FreeSlot(connection);
	if (connection->in_transaction)
		connection->transaction_lost = true;
	if (connection->active != nullptr)
		LoseStream(connection->active);
	connection->active = nullptr;
	connection->in_call = false;
	connection->connecting = false;
	connection->deadline = 0;
	connection->stale = false;
	connection->orphaned = false;
	connection->ending = nullptr;
	connection->savepoints = 0;
	connection->roll_back_to = 0;
	connection->remote_id = 0;
}

void Abandon(Connection *connection)
{
	if (connection->handle == nullptr)
		return;
	connection->stale = true; // until it is done, should an interrupt come
	// A few rows are read sooner than a second connection is made.
	int cheaper_to_read = connection->driver->cancel != nullptr ? 1 : 100;
	FabricStatus status = FABRIC_DONE;
	for (int i = 0; i < cheaper_to_read && status == FABRIC_DONE; ++i)
		status = SkipCall(connection, nullptr);
	bool more = status == FABRIC_DONE || status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE;
	if (more)
	{
		// More than a little is left, or it is slow in coming.
		++connection->round_trips;
		bool killed = KillRemoteStatement(connection);
		if (!killed && !connection->in_transaction)
		{
			Drop(connection);
			return;
		}
		while ((status = Drive(connection, SkipCall, nullptr)) == FABRIC_DONE)
			;
		if (status == FABRIC_END && killed && connection->driver->cancel == nullptr)
		{
			// The statement was over before it was killed: the server may hold the kill against the next one. This is the
			// next one, and either answer will do.
			constexpr std::string_view kNothing = "DO 0";
			Statement statement{kNothing.data(), kNothing.size()};
			++connection->round_trips;
			(void)Drive(connection, ExecuteCall, &statement);
		}
	}
	connection->stale = false;
	if (connection->active != nullptr)
		connection->active = nullptr;
	if (status == FABRIC_ERROR)
		ConsiderError(connection);
}

void StartEnd(Connection *connection, const char *sql)
{
	if (!connection->tenant->dialect->HasTransactions())
		return;
	// The words are few: they leave at once or not at all. The same literal serves every step of the call, as the driver's
	// contract asks.
	++connection->round_trips;
	connection->ending = sql;
	FinishEnd(connection);
}

void FinishEnd(Connection *connection)
{
	if (connection->ending == nullptr || connection->handle == nullptr)
		return;
	Statement statement{connection->ending, strlen(connection->ending)};
	FabricStatus status = ExecuteCall(connection, &statement);
	if (status == FABRIC_DONE)
		connection->ending = nullptr;
	else if (status == FABRIC_ERROR)
		Drop(connection);
}

namespace
{

// Waits for the answer to what StartEnd() sent. False when the connection is of no more use: what the server has to say of a
// transaction that changed nothing, or is rolled back, is not waited for longer than a new connection would be.
bool WaitForEnd(Connection *connection)
{
	Statement statement{connection->ending, strlen(connection->ending)};
	connection->ending = nullptr;
	if (connection->connect_timeout_ms > 0)
		connection->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), connection->connect_timeout_ms);
	FabricStatus status;
	bool answered = DriveInTime(connection, ExecuteCall, &statement, &status);
	connection->deadline = 0;
	return answered && status == FABRIC_DONE;
}

} // namespace

// Settles what an aborted transaction or subtransaction left behind.
void Settle(Connection *connection)
{
	if (connection->orphaned)
	{
		connection->orphaned = false;
		CancelExecute(connection);
	}
	if (connection->stale)
		Abandon(connection);
	if (connection->handle == nullptr)
		return;
	if (connection->ending != nullptr && !WaitForEnd(connection))
	{
		Drop(connection);
		return;
	}
	if (connection->roll_back_to > 0 && !connection->transaction_lost && connection->active != nullptr)
		SpoolRest(connection->active);
	if (connection->roll_back_to > 0 && !connection->transaction_lost)
	{
		char sql[64];
		int size = snprintf(sql, sizeof sql, "ROLLBACK TO SAVEPOINT fabric_%d", connection->roll_back_to);
		int level = connection->roll_back_to;
		ExecuteOnce(connection, sql, static_cast<size_t>(size));
		connection->roll_back_to = 0;
		connection->savepoints = Min(connection->savepoints, level - 1);
	}
}

void RequireTransaction(const Connection *connection)
{
	if (!connection->transaction_lost)
		return;
	if (connection->handle != nullptr)
		ereport(ERROR, (errcode(ERRCODE_TRANSACTION_ROLLBACK),
						errmsg("%s server \"%s\" has rolled back its part of this transaction",
							   connection->tenant->scheme, NameStr(connection->server_name)),
						errdetail("Its view of the remote data is gone with it, and so is what it had changed there."),
						errhint("Roll the transaction back and begin it anew.")));
	ereport(ERROR, (errcode(ERRCODE_CONNECTION_FAILURE),
					errmsg("the connection to %s server \"%s\" was lost within this transaction",
						   connection->tenant->scheme, NameStr(connection->server_name)),
					errdetail("Its view of the remote data is gone with it, and so is what it had changed there."),
					errhint("Roll the transaction back and begin it anew.")));
}

namespace
{

bool IsAlive(Connection *connection)
{
	++connection->round_trips;
	return Drive(connection, PingCall, nullptr) == FABRIC_DONE;
}

struct ConnectionKey
{
	Oid mapping_id;
	Oid server_id;
};

Connection *FindOrMakeEntry(ConnectionKey key)
{
	if (connections == nullptr)
	{
		HASHCTL control{};
		control.keysize = sizeof(ConnectionKey);
		control.entrysize = sizeof(Connection);
		control.hcxt = TopMemoryContext;
		connections = hash_create("pg_fabric connections", 8, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	bool found;
	auto *connection = static_cast<Connection *>(hash_search(connections, &key, HASH_ENTER, &found));
	if (!found)
	{
		memset(connection, 0, sizeof *connection);
		connection->mapping_id = key.mapping_id;
		connection->server_id = key.server_id;
	}
	return connection;
}

} // namespace

Connection *GetConnection(const ServerSettings &settings, Oid user_id)
{
	if (settings.tenant->admitted_root != nullptr)
		(void)settings.tenant->admitted_root(settings);
	UserMapping *mapping = MappingOf(settings, user_id);
	Connection *connection = FindOrMakeEntry({mapping->umid, settings.server->serverid});
	RequireTransaction(connection);

	if (connection->handle != nullptr && connection->invalidated && !connection->in_transaction)
		Drop(connection);
	if (connection->handle != nullptr)
	{
		// Another role may have connected by the same mapping.
		CheckPassword(settings, mapping, user_id);
		if (!HasSlot(connection))
			TakeSlot(connection, settings);
		if (!connection->in_transaction)
			ApplyLimits(connection->driver, *settings.tenant);
		Settle(connection);
	}
	TimestampTz now = GetCurrentTimestamp();
	if (connection->handle != nullptr && !connection->in_transaction && connection->ping_after_ms >= 0 &&
		TimestampDifferenceExceeds(connection->used_at, now,
								   static_cast<int>(Min(connection->ping_after_ms, INT_MAX))) &&
		!IsAlive(connection))
		Drop(connection);
	if (connection->handle == nullptr)
	{
		RequireTransaction(connection);
		connection->user_id = user_id;
		connection->tenant = settings.tenant;
		namestrcpy(&connection->server_name, settings.server->servername);
		connection->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(connection->server_id));
		connection->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(mapping->umid));
		connect_timed_out = false;
		Connect(connection, settings, mapping);
	}
	connection->used_at = now;
	return connection;
}

} // namespace fabric::fdw
