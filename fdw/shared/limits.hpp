// Limits of remote connections: how many of a server all sessions together may have, and how long one may lie idle.
//
// Lifecycle: a slot is held from before a connection is made until it is closed, or its backend ends.
#pragma once

#include "fdw/shared/connection.hpp"

namespace fabric::fdw
{

// Takes one of the slots that the server's option max_connections gives to all sessions of the database; waits for one as long as
// connection_wait says. Raises too_many_connections. Nothing to do without the option.
void TakeSlot(Connection *connection, const ServerSettings &settings);

// Whether the connection still has its slot, if it needs one: pg_advisory_unlock_all() and DISCARD ALL let it go.
bool HasSlot(const Connection *connection);

// Gives it back, if there is one. Never raises.
void FreeSlot(Connection *connection);

// The class of the advisory locks that slots are: fabric.connections counts them in pg_locks.
inline constexpr uint16 kSlotLockClass = 0x0fab;

// After each transaction: closes connections that have been idle for longer than their server's idle_timeout, and sees to it that this is
// asked again, also while the session does nothing. Never raises.
void CloseIdle();

} // namespace fabric::fdw
