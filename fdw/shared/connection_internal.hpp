// What connect.cpp, connection.cpp and stream.cpp share. Not for other files.
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

void FillConnectOptions(const ServerSettings &settings, const UserMapping *mapping, FabricConnectOptions *options,
						FabricPair *attributes);

// Logs in and sets the session up; raises when it fails.
void Connect(Connection *connection, const ServerSettings &settings, const UserMapping *mapping);

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
