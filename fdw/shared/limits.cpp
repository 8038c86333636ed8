// Slots are locks of the lock manager, so that a crash frees them and nothing need be preloaded. See limits.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/connection_internal.hpp"
#include "fdw/shared/limits.hpp"

extern "C"
{
#include <miscadmin.h>
#include <storage/lmgr.h>
#include <storage/sinval.h>
#include <utils/timeout.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

LOCKTAG TagOf(Oid server_id, int slot)
{
	LOCKTAG tag;
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, server_id, static_cast<uint32>(slot), kSlotLockClass);
	return tag;
}

// A free slot; 0 when there is none. One that this session holds for another user mapping is not free.
int FindSlot(Oid server_id, int count)
{
	for (int i = 0; i < count; ++i)
	{
		int slot = (MyProcPid + i) % count + 1;
		LOCKTAG tag = TagOf(server_id, slot);
		LockAcquireResult result = LockAcquire(&tag, ExclusiveLock, true, true);
		if (result == LOCKACQUIRE_OK)
			return slot;
		if (result == LOCKACQUIRE_ALREADY_HELD)
			(void)LockRelease(&tag, ExclusiveLock, true);
	}
	return 0;
}

// A session that waits for its client wakes up for a sinval catch-up, and then ends a transaction: that is where we are asked.
void WakeUp()
{
	HandleCatchupInterrupt();
}

} // namespace

void TakeSlot(Connection *connection, const ServerSettings &settings)
{
	constexpr long kLookEvery = 20; // ms
	constexpr int64 kMost = 65535;
	connection->max_connections = static_cast<int>(Min(settings.max_connections, kMost));
	if (connection->max_connections == 0)
		return;
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), settings.connection_wait_ms);
	while ((connection->slot = FindSlot(connection->server_id, connection->max_connections)) == 0)
	{
		if (GetCurrentTimestamp() >= deadline)
			ereport(ERROR,
					(errcode(ERRCODE_TOO_MANY_CONNECTIONS),
					 errmsg("all %d connections that server \"%s\" allows are in use", connection->max_connections,
							settings.server->servername),
					 errdetail("Its option max_connections counts those of all sessions of this database."),
					 errhint("The option connection_wait waits for one, idle_timeout closes those that lie idle, "
							 "fabric.disconnect() those of a session.")));
		(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kLookEvery, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

bool HasSlot(const Connection *connection)
{
	if (connection->slot == 0)
		return connection->max_connections == 0;
	LOCKTAG tag = TagOf(connection->server_id, connection->slot);
	return pg::compat::HoldsLock(&tag, ExclusiveLock);
}

void FreeSlot(Connection *connection)
{
	if (connection->slot != 0 && HasSlot(connection))
	{
		LOCKTAG tag = TagOf(connection->server_id, connection->slot);
		(void)LockRelease(&tag, ExclusiveLock, true);
	}
	connection->slot = 0;
}

void CloseIdle()
{
	static bool armed = false;
	if (connections == nullptr)
		return;
	static const TimeoutId timer = RegisterTimeout(USER_TIMEOUT, WakeUp);
	TimestampTz now = 0;
	long next = -1;
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, connections);
	while (auto *connection = static_cast<Connection *>(hash_seq_search(&scan)))
	{
		if (connection->handle == nullptr || connection->idle_timeout_ms <= 0 || connection->in_transaction)
			continue;
		if (now == 0)
			now = GetCurrentTimestamp();
		TimestampTz until = TimestampTzPlusMilliseconds(connection->used_at, connection->idle_timeout_ms);
		if (until <= now)
			Drop(connection);
		else
		{
			long left = TimestampDifferenceMilliseconds(now, until);
			next = next < 0 ? left : Min(next, left);
		}
	}
	if (next >= 0)
		enable_timeout_after(timer, static_cast<int>(Min(Max(next, 1L), static_cast<long>(INT_MAX))));
	else if (armed)
		disable_timeout(timer, false);
	armed = next >= 0;
}

} // namespace fabric::fdw
