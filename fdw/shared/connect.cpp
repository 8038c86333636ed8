// Making connections: options into the driver's terms, login, session settings; the list of those there are. See connection.hpp.
#include "pg/compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/module.hpp"

#include "fdw/shared/connection_internal.hpp"
#include "fdw/shared/limits.hpp"
#include "fdw/shared/sealed_options.hpp"

extern "C"
{
#include <commands/dbcommands.h>
#include <mb/pg_wchar.h>
#include <utils/acl.h>
#include <utils/guc.h>
#include <utils/syscache.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

const SealedOptionsKeeper *sealed_options_keeper = nullptr;

namespace
{

FabricTlsMode TlsMode(const char *name)
{
	static constexpr const char *kNames[] = {"disabled", "preferred", "required", "verify_ca", "verify_identity"};
	for (size_t i = 0; name != nullptr && i < lengthof(kNames); ++i)
		if (strcmp(name, kNames[i]) == 0)
			return static_cast<FabricTlsMode>(i);
	return FABRIC_TLS_PREFERRED;
}

// Who asks, for the remote server's session list.
size_t Attributes(FabricPair *pairs)
{
	size_t count = 0;
	pairs[count++] = {"program_name", "pg_fabric"};
	pairs[count++] = {"pg_database", get_database_name(MyDatabaseId)};
	pairs[count++] = {"pg_role", GetUserNameFromId(GetUserId(), true)};
	pairs[count++] = {"pg_pid", psprintf("%d", MyProcPid)};
	if (application_name != nullptr && application_name[0] != '\0')
		pairs[count++] = {"pg_application_name", application_name};
	return count;
}

FabricStatus ConnectCall(Connection *connection, void *)
{
	return connection->driver->connect(connection->handle);
}

// Keeps the options that are sealed as long as the handle: the second connection, which ends what the first one runs, needs them when
// no table can be read any more.
void TakeSealed(Connection *connection, const ServerSettings &settings)
{
	WipeSealed(connection);
	if (sealed_options_keeper == nullptr)
		return;
	connection->sealed_context =
		AllocSetContextCreate(TopMemoryContext, "pg_fabric sealed options", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(connection->sealed_context);
	connection->sealed = sealed_options_keeper->options(settings.server->servername, connection->user_id);
	MemoryContextSwitchTo(old);
}

// A user mapping's options and, behind them, the sealed ones: of one that is given twice the mapping's own counts.
List *AllOptions(const UserMapping *mapping, const Connection *connection)
{
	return list_concat_copy(mapping->options, connection->sealed);
}

} // namespace

void Wipe(List *options)
{
	ListCell *cell;
	foreach (cell, options)
	{
		char *value = strVal(lfirst_node(DefElem, cell)->arg);
		explicit_bzero(value, strlen(value));
	}
}

void WipeSealed(Connection *connection)
{
	if (connection->sealed_context == nullptr)
		return;
	Wipe(connection->sealed);
	MemoryContextDelete(connection->sealed_context);
	connection->sealed_context = nullptr;
	connection->sealed = NIL;
}

void ApplyLimits(const FabricDriver *driver, const Tenant &tenant)
{
	if (tenant.read_limits == nullptr)
		return;
	FabricLimits limits;
	tenant.read_limits(&limits);
	driver->limit(&limits);
}

UserMapping *MappingOf(const ServerSettings &settings, Oid user_id)
{
	Oid server_id = settings.server->serverid;
	if (settings.tenant->needs_mapping ||
		SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(user_id), ObjectIdGetDatum(server_id)) ||
		SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid), ObjectIdGetDatum(server_id)))
		return GetUserMapping(user_id, server_id);
	UserMapping *none = static_cast<UserMapping *>(palloc0(sizeof(UserMapping)));
	none->userid = user_id;
	none->serverid = server_id;
	return none;
}

void CheckPassword(const ServerSettings &settings, const UserMapping *mapping, Oid user_id)
{
	if (!settings.tenant->needs_mapping || superuser_arg(user_id) ||
		OptionValue(*settings.tenant, mapping->options, "password") != nullptr ||
		(sealed_options_keeper != nullptr && sealed_options_keeper->has(settings.server->servername, user_id)) ||
		!BooleanOption(*settings.tenant, mapping->options, "password_required", true))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED),
			 errmsg("password is required for server \"%s\"", settings.server->servername),
			 errdetail("The user mapping of \"%s\" has no password.", GetUserNameFromId(user_id, true)),
			 errhint("Add option password to the user mapping, or a secret (fabric.set_secret), or have a superuser "
					 "set password_required 'false'.")));
}

const char *HostOf(const ServerSettings &settings)
{
	const Tenant &tenant = *settings.tenant;
	List *server = settings.server->options;
	const char *host = OptionValue(tenant, server, "host");
	bool elsewhere =
		OptionValue(tenant, server, "unix_socket") != nullptr || OptionValue(tenant, server, "default_file") != nullptr;
	return host != nullptr || elsewhere ? host : "127.0.0.1";
}

void FillConnectOptions(const ServerSettings &settings, List *user, FabricConnectOptions *options,
						FabricPair *attributes)
{
	const Tenant &tenant = *settings.tenant;
	List *server = settings.server->options;
	memset(options, 0, sizeof *options);
	options->size = sizeof *options;
	options->host = pg::ToUtf8(HostOf(settings));
	options->default_file = pg::ToUtf8(OptionValue(tenant, server, "default_file"));
	// What the server's options leave open an option file may say.
	int64 port = options->default_file != nullptr ? 0 : tenant.default_port;
	options->port = static_cast<uint32_t>(IntegerOption(tenant, server, "port", port));
	options->unix_socket = pg::ToUtf8(OptionValue(tenant, server, "unix_socket"));
	options->user = pg::ToUtf8(OptionValue(tenant, user, "username"));
	options->password = pg::ToUtf8(OptionValue(tenant, user, "password"));
	options->database = pg::ToUtf8(OptionValue(tenant, server, "dbname"));
	options->tls_mode = TlsMode(OptionValue(tenant, server, "tls_mode"));
	options->tls_ca = pg::ToUtf8(OptionValue(tenant, server, "tls_ca"));
	options->tls_capath = pg::ToUtf8(OptionValue(tenant, server, "tls_capath"));
	options->tls_cert = pg::ToUtf8(OptionValue(tenant, server, "tls_cert"));
	options->tls_key = pg::ToUtf8(OptionValue(tenant, server, "tls_key"));
	options->tls_cipher = pg::ToUtf8(OptionValue(tenant, server, "tls_cipher"));
	options->compress = BooleanOption(tenant, server, "compress", false);
	if (tenant.admitted_root != nullptr)
		options->root = tenant.admitted_root(settings);
	options->attributes = attributes;
	options->attribute_count = Attributes(attributes);
}

void Connect(Connection *connection, const ServerSettings &settings, const UserMapping *mapping)
{
	const Tenant &tenant = *settings.tenant;
	CheckPassword(settings, mapping, connection->user_id);
	connection->driver = pg::LoadDriver(tenant.driver_library);
	FabricConnectOptions options;
	FabricPair attributes[kMostAttributes];
	TakeSealed(connection, settings);
	FillConnectOptions(settings, AllOptions(mapping, connection), &options, attributes);

	ApplyLimits(connection->driver, tenant);
	TakeSlot(connection, settings);
	connection->handle = connection->driver->open(&options);
	if (connection->handle == nullptr)
	{
		FreeSlot(connection);
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	}
	connection->idle_timeout_ms = settings.idle_timeout_ms;
	connection->connect_timeout_ms = settings.connect_timeout_ms;
	connection->read_timeout_ms = settings.read_timeout_ms;
	connection->ping_after_ms = settings.ping_after_ms;
	connection->round_trips = 0;
	INSTR_TIME_SET_ZERO(connection->waited);
	TimestampTz now = GetCurrentTimestamp();
	connection->deadline =
		settings.connect_timeout_ms > 0 ? TimestampTzPlusMilliseconds(now, settings.connect_timeout_ms) : 0;
	connection->connecting = true;
	connection->setting_up = nullptr;
	if (Drive(connection, ConnectCall, nullptr) != FABRIC_DONE)
		RaiseRemoteError(connection, nullptr);

	FabricServerInfo info;
	connection->driver->server_info(connection->handle, &info);
	if (connection->remote_version != nullptr)
		pfree(connection->remote_version);
	connection->remote_version = MemoryContextStrdup(TopMemoryContext, info.version);
	connection->remote_id = info.connection_id;
	connection->tls = info.tls;
	connection->connected_at = connection->used_at = now;

	connection->events = pg::compat::CreateLongLivedWaitEventSet(3);
	AddWaitEventToSet(connection->events, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, nullptr);
	if (IsUnderPostmaster) // not in single-user mode
		AddWaitEventToSet(connection->events, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, nullptr, nullptr);
	connection->socket_interest = WL_SOCKET_READABLE;
	connection->socket_event = AddWaitEventToSet(connection->events, connection->socket_interest,
												 connection->driver->socket(connection->handle), nullptr, nullptr);

	// The owner's command first, ours after it: what answers depend on cannot be undone.
	List *setup = tenant.dialect->SessionSetup(info, settings.statement_timeout_ms);
	const char *init = OptionValue(tenant, settings.server->options, "init_command");
	if (init != nullptr && init[0] != '\0')
	{
		init = pg::ToUtf8(init);
		connection->setting_up = "its option init_command";
		ExecuteOnce(connection, init, strlen(init));
	}
	connection->setting_up = "the session's settings";
	ListCell *cell;
	foreach (cell, setup)
	{
		instr_time before, took;
		INSTR_TIME_SET_CURRENT(before);
		ExecuteOnce(connection, strVal(lfirst(cell)), strlen(strVal(lfirst(cell))));
		INSTR_TIME_SET_CURRENT(took);
		INSTR_TIME_SUBTRACT(took, before);
		double microseconds = INSTR_TIME_GET_MILLISEC(took) * 1000;
		bool first = foreach_current_index(cell) == 0;
		connection->answer_time = first ? microseconds : Min(connection->answer_time, microseconds);
	}
	connection->deadline = 0;
	connection->connecting = false;
	connection->setting_up = nullptr;
	connection->invalidated = false;
}

// ---- the second connection, which ends what the first one runs ----

namespace
{

// Long enough for a login over a slow line, short enough for somebody who pressed Ctrl-C while the network is dead.
constexpr int kKillLimitMs = 1000;

// Waits for one direction of a socket, deaf to interrupts: they are what brought us here. False when the time is over.
bool WaitForSocket(int socket, FabricStatus wanted, TimestampTz deadline)
{
	long left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
	if (left <= 0 || socket < 0)
		return false;
	int direction = wanted == FABRIC_WANT_WRITE ? WL_SOCKET_WRITEABLE : WL_SOCKET_READABLE;
	WaitLatchOrSocket(nullptr, direction | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, socket, left, PG_WAIT_EXTENSION);
	return true;
}

} // namespace

bool KillRemoteStatement(Connection *connection)
{
	const FabricDriver *driver = connection->driver;
	if (connection->handle != nullptr && driver->cancel != nullptr)
	{
		driver->cancel(connection->handle);
		return true;
	}
	if (connection->handle == nullptr || connection->remote_id == 0)
		return false;
	FabricConnection *second = nullptr;
	bool killed = false;
	HOLD_INTERRUPTS();
	// The definition may be gone by now. This may run while an error is on its way: whatever fails here is not worth
	// another one.
	try
	{
		second = pg::call(
			[&]() -> FabricConnection *
			{
				ServerSettings *settings = LoadServerSettings(connection->server_id);
				UserMapping *mapping = MappingOf(*settings, connection->user_id);
				FabricConnectOptions options;
				FabricPair attributes[kMostAttributes];
				FillConnectOptions(*settings, AllOptions(mapping, connection), &options, attributes);
				return driver->open(&options);
			});
	}
	catch (const pg::PgError &)
	{
		second = nullptr;
	}
	if (second != nullptr)
	{
		TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), kKillLimitMs);
		FabricStatus status;
		while ((status = driver->connect(second)) == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE)
			if (!WaitForSocket(driver->socket(second), status, deadline))
				break;
		if (status == FABRIC_DONE)
		{
			StringInfoData kill;
			initStringInfo(&kill);
			connection->tenant->dialect->AppendKill(&kill, connection->remote_id);
			while ((status = driver->execute(second, kill.data, static_cast<size_t>(kill.len))) == FABRIC_WANT_READ ||
				   status == FABRIC_WANT_WRITE)
				if (!WaitForSocket(driver->socket(second), status, deadline))
					break;
			killed = status == FABRIC_DONE;
			pfree(kill.data);
		}
		driver->close(second);
	}
	RESUME_INTERRUPTS();
	return killed;
}

double AnswerTime(Oid server_id)
{
	double longest = 0;
	if (connections == nullptr)
		return 0;
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, connections);
	while (auto *connection = static_cast<Connection *>(hash_seq_search(&scan)))
		if (connection->server_id == server_id)
			longest = Max(longest, connection->answer_time);
	return longest;
}

List *AllConnections()
{
	List *all = NIL;
	if (connections == nullptr)
		return NIL;
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, connections);
	while (auto *connection = static_cast<Connection *>(hash_seq_search(&scan)))
		if (connection->handle != nullptr)
			all = lappend(all, connection);
	return all;
}

int Disconnect(Oid server_id, int *in_use)
{
	int closed = 0;
	*in_use = 0;
	ListCell *cell;
	foreach (cell, AllConnections())
	{
		Connection *connection = static_cast<Connection *>(lfirst(cell));
		if (OidIsValid(server_id) && connection->server_id != server_id)
			continue;
		if (!has_privs_of_role(GetUserId(), connection->user_id))
			continue;
		if (connection->in_transaction)
		{
			++*in_use;
			connection->invalidated = true; // closed when the transaction ends
			continue;
		}
		Drop(connection);
		++closed;
	}
	return closed;
}

} // namespace fabric::fdw
