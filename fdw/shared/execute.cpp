// Statements over a connection: the bookkeeping of the transaction before, the error after; with waiting and without. See
// connection.hpp.
#include "fdw/shared/connection_internal.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

// Makes a connection ready for a statement. True when the statement is the first of the transaction.
bool PrepareStatement(Connection *connection)
{
	RequireTransaction(connection);
	if (connection->active != nullptr)
		SpoolRest(connection->active);
	Settle(connection);
	RequireTransaction(connection);
	if (connection->handle == nullptr)
		ereport(ERROR, (errcode(ERRCODE_CONNECTION_DOES_NOT_EXIST),
						errmsg("the connection to server \"%s\" is closed", NameStr(connection->server_name))));
	bool first = !connection->in_transaction;
	connection->in_transaction = true;
	++connection->round_trips;
	return first;
}

// What comes of a statement that was sent: raises its error.
void FinishStatement(Connection *connection, Statement statement, bool first, bool reading, FabricStatus status)
{
	if (status == FABRIC_ERROR && first)
	{
		// A connection that died while it was idle: as long as nothing has been read or written through it in this
		// transaction, a new one does as well.
		FabricErrorInfo error;
		connection->driver->last_error(connection->handle, &error);
		if (error.connection_lost && (reading || error.nothing_sent))
		{
			connection->in_transaction = false;
			Oid server_id = connection->server_id;
			Oid user_id = connection->user_id;
			Drop(connection);
			ServerSettings *settings = LoadServerSettings(server_id);
			Connect(connection, *settings, MappingOf(*settings, user_id));
			connection->in_transaction = true;
			++connection->round_trips;
			status = Drive(connection, ExecuteCall, &statement);
		}
	}
	if (status != FABRIC_DONE)
		RaiseRemoteError(connection, statement.sql);
	connection->used_at = GetCurrentTimestamp();
}

} // namespace

void Execute(Connection *connection, const char *sql, size_t size, bool reading)
{
	Statement statement{sql, size};
	bool first = PrepareStatement(connection);
	FabricStatus status = Drive(connection, ExecuteCall, &statement);
	FinishStatement(connection, statement, first, reading, status);
}

namespace
{

Statement Asked(const Connection *connection)
{
	return Statement{connection->asked, connection->asked_size};
}

void ForgetAsked(Connection *connection)
{
	if (connection->asked != nullptr)
		pfree(connection->asked);
	connection->asked = nullptr;
	connection->asked_size = 0;
}

} // namespace

bool StartExecute(Connection *connection, const char *sql, size_t size, bool *first)
{
	*first = PrepareStatement(connection);
	ForgetAsked(connection);
	// It outlives the subtransaction that may end before the call does.
	connection->asked = static_cast<char *>(MemoryContextAlloc(TopMemoryContext, size + 1));
	memcpy(connection->asked, sql, size + 1);
	connection->asked_size = size;
	FabricStatus wanted;
	return ContinueExecute(connection, *first, &wanted);
}

bool ContinueExecute(Connection *connection, bool first, FabricStatus *wanted)
{
	Statement statement = Asked(connection);
	connection->in_call = true;
	*wanted = ExecuteCall(connection, &statement);
	if (*wanted == FABRIC_WANT_READ || *wanted == FABRIC_WANT_WRITE)
		return false;
	connection->in_call = false;
	FinishStatement(connection, statement, first, true, *wanted);
	ForgetAsked(connection);
	return true;
}

void WaitExecute(Connection *connection, bool first)
{
	Statement statement = Asked(connection);
	FabricStatus status = Drive(connection, ExecuteCall, &statement);
	FinishStatement(connection, statement, first, true, status);
	ForgetAsked(connection);
}

void CancelExecute(Connection *connection)
{
	Statement statement = Asked(connection);
	connection->stale = true; // until it is done, should an interrupt come
	KillRemoteStatement(connection);
	FabricStatus status = Drive(connection, ExecuteCall, &statement);
	connection->stale = false;
	ForgetAsked(connection);
	if (status == FABRIC_DONE && connection->driver->column_count(connection->handle) > 0)
	{
		Abandon(connection);
		return;
	}
	if (status == FABRIC_ERROR)
		ConsiderError(connection);
}

} // namespace fabric::fdw
