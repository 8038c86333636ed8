// Remote connections: one per user mapping (per server, where none is needed) and backend, and what a PostgreSQL transaction means on them.
//
// Lifecycle: a Connection entry lives as long as the backend; its handle from the first use until it is closed, lost or
// its definition changes. A transaction on it begins with the first statement of a PostgreSQL transaction and ends with
// that one. Functions raise PostgreSQL errors; nothing here has a destructor.
#pragma once

#include "fdw/shared/options.hpp"

extern "C"
{
#include <datatype/timestamp.h>
#include <portability/instr_time.h>
#include <storage/latch.h>
}

namespace fabric::fdw
{

struct Stream;

struct Connection
{
	// Hash key.
	Oid mapping_id; // InvalidOid: without one
	Oid server_id;

	// What it is.
	Oid user_id; // whose mapping
	const Tenant *tenant;
	const FabricDriver *driver;
	NameData server_name;
	uint32 server_hash; // of the catalogue entries it was made from, to notice their change
	uint32 mapping_hash;
	MemoryContext
		sealed_context; // of the options that are kept sealed, wiped with the handle; nullptr: there were none
	List *sealed;

	// The handle; nullptr when not connected.
	FabricConnection *handle;
	WaitEventSet *events;
	int socket_event;		// position in events
	uint32 socket_interest; // what the event set waits for now
	char *remote_version;
	uint64 remote_id;
	bool tls;
	TimestampTz connected_at;
	double answer_time; // of a statement that does nothing, microseconds
	TimestampTz used_at;

	// Limits, as the server's options had them at connect.
	int64 connect_timeout_ms;
	int64 read_timeout_ms;
	int64 ping_after_ms;
	int64 idle_timeout_ms;
	int max_connections; // of all sessions; 0: as many as there are
	int slot;			 // which of them this is; 0: it is not counted

	// State.
	bool invalidated;		// its definition changed: closed as soon as no transaction uses it
	bool in_transaction;	// a statement has run in the current PostgreSQL transaction
	bool transaction_lost;	// and the handle it ran on is gone, or the server has rolled it back
	const char *ending;		// COMMIT or ROLLBACK that has been sent and whose answer has not been read; a literal
	bool wrote;				// the remote transaction may have changed something
	bool committing;		// COMMIT of changes has been sent, its answer has not been read
	bool in_call;			// a driver call is under way
	bool connecting;		// logging in: errors are those of a connection that cannot be made
	const char *setting_up; // what is sent after the login, for messages; nullptr before that
	TimestampTz deadline;	// when the current call must be over; 0 = never
	bool stale;				// unread rows that belong to nobody any more
	char *asked;			// the text of a statement whose answer is not waited for; lives as long as the call
	size_t asked_size;
	bool orphaned;	  // the answer to it belongs to nobody any more
	int savepoints;	  // remote savepoints set, by nesting level
	int roll_back_to; // the nesting level whose savepoint must be rolled back to; 0 = none
	Stream *active;	  // whose rows are on the wire

	// Figures since connect.
	uint64 round_trips;
	instr_time waited;
};

// The connection for a server and the current user (or the given one), connected and ready for a statement. Nothing is sent
// when it was used a moment ago.
Connection *GetConnection(const ServerSettings &settings, Oid user_id);

// Sends a statement and reads the head of the answer. `reading`: it changes nothing, so on a connection that died while it
// was idle it may be sent again. Raises with the remote message and the statement as context.
void Execute(Connection *connection, const char *sql, size_t size, bool reading);

// The same of a reading statement without waiting: sends it. True when its answer is there already. `first` is handed on.
bool StartExecute(Connection *connection, const char *sql, size_t size, bool *first);
// Goes on with it as far as that is possible without waiting; *wanted: what to wait for.
bool ContinueExecute(Connection *connection, bool first, FabricStatus *wanted);
// Waits for its answer.
void WaitExecute(Connection *connection, bool first);
// Ends it, whatever its answer.
void CancelExecute(Connection *connection);

// Says that the current transaction may change remote data: sets savepoints as PostgreSQL's subtransactions need.
void BeginWriting(Connection *connection);

// Whether the last attempt to connect ended because connect_timeout ran out.
bool LastConnectTimedOut();

// Repeats a driver call until it no longer wants the socket. Handles interrupts (the remote statement is ended first) and the
// read timeout.
using DriverCall = FabricStatus (*)(Connection *connection, void *argument);
FabricStatus Drive(Connection *connection, DriverCall call, void *argument);

// The next row by Drive: waits for it. Of drivers that give rows.
FabricStatus DriveNextRow(Connection *connection, const FabricCell **cells);

// Whether an error is the server's answer to one statement: the connection and the transaction go on.
bool IsAnswer(const Connection *connection, int sqlstate);

// Raises the driver's last error.
[[noreturn]] void RaiseRemoteError(Connection *connection, const char *sql);

// Gets rid of a result that nobody wants any more, without reading it to the end: the remote statement is ended by a second
// connection when more than a little is left. The transaction goes on.
void Abandon(Connection *connection);

// Closes a handle without waiting; the transaction that used it, if any, is lost. Never raises.
void Drop(Connection *connection);

// How long the server took to answer a statement that does nothing, when this backend last connected to it; microseconds, 0 when
// that is not known.
double AnswerTime(Oid server_id);

// All connections of this backend, for fabric.connections; the caller iterates over a hash table.
List *AllConnections();

// Closes the connections of one server (or of all, InvalidOid) that no transaction uses. The number closed; *in_use counts
// the others.
int Disconnect(Oid server_id, int *in_use);

// Installs callbacks; called by _PG_init.
void InitConnections();

} // namespace fabric::fdw
