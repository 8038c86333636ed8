// What connect.cpp, connection.cpp, execute.cpp and transaction.cpp share. Not for other files.
#pragma once

#include "fdw/shared/connection.hpp"

extern "C"
{
#include <utils/hsearch.h>
#include <utils/wait_event.h>
}

namespace fabric::fdw
{

inline constexpr size_t kMostAttributes = 8;

// `user`: the options of the user, sealed ones among them.
void FillConnectOptions(const ServerSettings &settings, List *user, FabricConnectOptions *options,
						FabricPair *attributes);

// Gives an engine in this process its share for the transaction.
void ApplyLimits(const FabricDriver *driver, const Tenant &tenant);

// Overwrites the values of options.
void Wipe(List *options);

// The host of a server; nullptr where a socket or an option file tells.
const char *HostOf(const ServerSettings &settings);

// Where a server is, for messages.
char *AddressOf(const ServerSettings &settings);

// A user's mapping for a server; an empty one, of no OID, where the tenant needs none and there is none. Palloc'd.
UserMapping *MappingOf(const ServerSettings &settings, Oid user_id);

// A role that is no superuser must not use the server's own standing with the remote side (socket peer, option file): raises.
void CheckPassword(const ServerSettings &settings, const UserMapping *mapping, Oid user_id);

// Forgets a connection's sealed options. Never raises.
void WipeSealed(Connection *connection);

// Logs in and sets the session up; raises when it fails.
void Connect(Connection *connection, const ServerSettings &settings, const UserMapping *mapping);

// The argument of ExecuteCall; `size` bytes.
struct Statement
{
	const char *sql;
	size_t size;
};
FabricStatus ExecuteCall(Connection *connection, void *argument);

// What the driver's last error means for the connection: it may be gone, or its transaction. Never raises.
void ConsiderError(Connection *connection);

// Raises when the remote side of the current transaction is no more.
void RequireTransaction(const Connection *connection);

// Sends one statement, without transaction bookkeeping; raises when it fails.
void ExecuteOnce(Connection *connection, const char *sql, size_t size);

// Does what an aborted transaction or subtransaction left to be done, if anything.
void Settle(Connection *connection);

// Ends a remote transaction without waiting for anything: sends `sql`, a literal; its answer is read by Settle(). Never raises.
void StartEnd(Connection *connection, const char *sql);

// Reads the answer to that if it has come. Never waits, never raises.
void FinishEnd(Connection *connection);

// All entries of the connection table, connected or not; nullptr before the first use.
extern HTAB *connections;

// Ends what the connection's server side is running, by a second connection and within a second. False when that could not be
// done. Deaf to interrupts; never raises.
bool KillRemoteStatement(Connection *connection);

} // namespace fabric::fdw
