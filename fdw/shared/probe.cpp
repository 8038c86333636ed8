// The steps of a probe, as a state machine over a driver's calls that never wait. See probe.hpp.
#include <netdb.h>
#include <sys/socket.h>

#include "pg/attempt.hpp"
#include "pg/compat.hpp"
#include "pg/encoding.hpp"
#include "pg/memory.hpp"
#include "pg/module.hpp"

#include "fdw/shared/connection_internal.hpp"
#include "fdw/shared/probe.hpp"
#include "fdw/shared/sealed_options.hpp"

extern "C"
{
#include <common/ip.h>
#include <miscadmin.h>
#include <portability/instr_time.h>
#include <storage/latch.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

enum class State : uint8_t
{
	waiting,	// for its turn
	resolving,	// the host's name
	connecting, // and logging in
	asking,		// the statements that a session begins with, then what the user may read
	reading,	// the answer to the last of them
	over
};

// A request to the system's resolver, which runs beside us. It writes to this memory until it is done.
struct Lookup
{
	gaicb request;
	addrinfo hints;
	char host[NI_MAXHOST];
};

} // namespace

struct Probe
{
	Oid server_id;
	Oid user_id;
	int64 limit_ms;
	MemoryContext context;
	ProbeOutcome outcome;

	State state;
	TimestampTz deadline;
	instr_time began;  // the probe
	instr_time before; // the step
	const ServerSettings *settings;
	const FabricDriver *driver;
	FabricConnection *handle;
	FabricStatus wants;
	Lookup *lookup;
	bool connected;	  // the network has been passed
	List *statements; // of String, that are still to be sent
	const char *user;
};

namespace
{

double MillisecondsSince(const instr_time &start)
{
	instr_time now;
	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return INSTR_TIME_GET_MILLISEC(now);
}

// glibc's requests that are under way cannot be taken back: then the memory is theirs for good.
void ForgetLookup(Probe *probe) noexcept
{
	if (probe->lookup == nullptr)
		return;
	if (gai_error(&probe->lookup->request) == EAI_INPROGRESS)
		(void)gai_cancel(&probe->lookup->request);
	if (gai_error(&probe->lookup->request) != EAI_INPROGRESS)
	{
		if (probe->lookup->request.ar_result != nullptr)
			freeaddrinfo(probe->lookup->request.ar_result);
		free(probe->lookup);
	}
	probe->lookup = nullptr;
}

void Release(void *argument) noexcept
{
	Probe *probe = static_cast<Probe *>(argument);
	ForgetLookup(probe);
	if (probe->handle != nullptr)
		probe->driver->close(probe->handle);
	probe->handle = nullptr;
}

// ---- steps ----

void Note(Probe *probe, const char *step, bool ok, const char *detail, double milliseconds)
{
	if (probe->outcome.count == kMostProbeSteps)
		return;
	MemoryContext old = MemoryContextSwitchTo(probe->context);
	probe->outcome.steps[probe->outcome.count++] = {step, ok, pstrdup(detail), milliseconds};
	MemoryContextSwitchTo(old);
}

// A step whose time is told begins where the last such ended.
void Pass(Probe *probe, const char *step, const char *detail)
{
	Note(probe, step, true, detail, MillisecondsSince(probe->before));
	INSTR_TIME_SET_CURRENT(probe->before);
}

void End(Probe *probe, bool ok)
{
	probe->state = State::over;
	probe->outcome.ok = ok;
	probe->outcome.milliseconds = MillisecondsSince(probe->began);
	Release(probe);
}

void Fail(Probe *probe, const char *step, const char *detail)
{
	Note(probe, step, false, detail, MillisecondsSince(probe->before));
	End(probe, false);
}

// What happened, and what to do about it.
const char *InWords(const char *message, const char *detail, const char *hint)
{
	StringInfoData text;
	initStringInfo(&text);
	appendStringInfoString(&text, message);
	if (detail != nullptr)
		appendStringInfo(&text, ": %s", detail);
	if (hint != nullptr)
		appendStringInfo(&text, "%s%s", text.data[text.len - 1] == '.' ? " " : ". ", hint);
	return text.data;
}

const char *InWords(const ErrorData *error)
{
	return InWords(error->message, error->detail, error->hint);
}

// The driver's last error, in words.
const char *DriverError(const Probe *probe, FabricErrorInfo *error)
{
	probe->driver->last_error(probe->handle, error);
	const char *message = pg::FromForeign(error->message);
	const char *hint = error->hint != nullptr
						   ? error->hint
						   : probe->settings->tenant->dialect->Hint(*error, probe->state == State::connecting);
	return InWords(message, nullptr, hint);
}

bool IsInProcess(const Probe *probe)
{
	return probe->driver->cancel != nullptr;
}

// ---- options ----

// Opens a handle with everything that the definitions say, sealed options too. Raises.
void Open(Probe *probe)
{
	const ServerSettings *settings = LoadServerSettings(probe->server_id);
	probe->settings = settings;
	const UserMapping *mapping = MappingOf(*settings, probe->user_id);
	CheckPassword(*settings, mapping, probe->user_id);
	probe->driver = pg::LoadDriver(settings->tenant->driver_library);
	List *sealed = sealed_options_keeper != nullptr
					   ? sealed_options_keeper->options(settings->server->servername, probe->user_id)
					   : NIL;
	List *all = list_concat_copy(mapping->options, sealed);
	FabricConnectOptions options;
	FabricPair attributes[kMostAttributes];
	FillConnectOptions(*settings, all, &options, attributes);
	ApplyLimits(probe->driver, *settings->tenant);
	probe->user = options.user != nullptr ? pstrdup(options.user) : nullptr;
	probe->handle = probe->driver->open(&options);
	Wipe(sealed);
	if (probe->handle == nullptr)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

// The name to look up; nullptr where there is none.
const char *NameOf(const Probe *probe)
{
	const ServerSettings &settings = *probe->settings;
	bool local =
		IsInProcess(probe) || OptionValue(*settings.tenant, settings.server->options, "unix_socket") != nullptr;
	return local ? nullptr : HostOf(settings);
}

void StartLookup(Probe *probe, const char *host)
{
	Lookup *lookup = static_cast<Lookup *>(calloc(1, sizeof(Lookup)));
	if (lookup == nullptr || strlen(host) >= sizeof lookup->host)
	{
		free(lookup);
		Fail(probe, "name", lookup == nullptr ? "out of memory" : "the host's name is too long");
		return;
	}
	strlcpy(lookup->host, pg::ToUtf8(host), sizeof lookup->host);
	lookup->hints.ai_family = AF_UNSPEC;
	lookup->hints.ai_socktype = SOCK_STREAM;
	lookup->request.ar_name = lookup->host;
	lookup->request.ar_request = &lookup->hints;
	probe->lookup = lookup;
	gaicb *request = &lookup->request;
	// glibc's threads are born with all signals blocked and touch nothing of PostgreSQL.
	int failed = getaddrinfo_a(GAI_NOWAIT, &request, 1, nullptr);
	if (failed != 0)
		Fail(probe, "name", gai_strerror(failed));
	else
		probe->state = State::resolving;
}

void Start(Probe *probe)
{
	INSTR_TIME_SET_CURRENT(probe->began);
	INSTR_TIME_SET_CURRENT(probe->before);
	probe->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), probe->limit_ms);
	const ErrorData *error = pg::attempt([&] { Open(probe); });
	if (error != nullptr)
	{
		probe->outcome.locked = error->sqlerrcode == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
		Fail(probe, "options", InWords(error));
		return;
	}
	Pass(probe, "options", AddressOf(*probe->settings));
	probe->state = State::connecting;
	if (const char *host = NameOf(probe))
		StartLookup(probe, host);
}

// ---- the name ----

void Resolve(Probe *probe)
{
	int answer = gai_error(&probe->lookup->request);
	if (answer == EAI_INPROGRESS)
		return;
	if (answer != 0)
	{
		Fail(probe, "name",
			 psprintf("could not resolve host \"%s\": %s", HostOf(*probe->settings), gai_strerror(answer)));
		return;
	}
	StringInfoData addresses;
	initStringInfo(&addresses);
	constexpr int kMostShown = 4;
	int shown = 0;
	for (const addrinfo *one = probe->lookup->request.ar_result; one != nullptr && shown < kMostShown;
		 one = one->ai_next)
	{
		char text[NI_MAXHOST];
		if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
			appendStringInfo(&addresses, "%s%s", shown++ > 0 ? ", " : "", text);
	}
	Pass(probe, "name", addresses.data);
	ForgetLookup(probe);
	probe->state = State::connecting;
}

// ---- the connection ----

void NoteNetwork(Probe *probe)
{
	sockaddr_storage peer;
	socklen_t size = sizeof peer;
	if (probe->connected || IsInProcess(probe) ||
		getpeername(probe->driver->socket(probe->handle), reinterpret_cast<sockaddr *>(&peer), &size) != 0)
		return;
	probe->connected = true;
	Pass(probe, "network", "connected");
}

void FailToConnect(Probe *probe)
{
	FabricErrorInfo error;
	const char *detail = DriverError(probe, &error);
	const Tenant &tenant = *probe->settings->tenant;
	const char *step = tenant.step_of != nullptr ? tenant.step_of(error) : "login";
	// Where the server has said something, or TLS was tried, the network has been passed.
	if (!probe->connected && (!error.from_client || strcmp(step, "tls") == 0))
		Note(probe, "network", true, "connected", -1);
	Fail(probe, step, detail);
}

void LogIn(Probe *probe)
{
	FabricServerInfo info;
	probe->driver->server_info(probe->handle, &info);
	if (!IsInProcess(probe))
	{
		if (!probe->connected)
			Note(probe, "network", true, "connected", -1);
		Note(probe, "tls", true, info.tls ? psprintf("encrypted, %s", info.tls_cipher) : "not encrypted", -1);
		Pass(probe, "login",
			 probe->user != nullptr ? psprintf("as %s", pg::FromForeign(probe->user)) : "as nobody in particular");
	}
	const Tenant &tenant = *probe->settings->tenant;
	const char *init = OptionValue(tenant, probe->settings->server->options, "init_command");
	if (init != nullptr && init[0] != '\0')
		probe->statements = list_make1(makeString(pstrdup(pg::ToUtf8(init))));
	probe->statements = list_concat(probe->statements, tenant.dialect->SessionSetup(info, 0));
	if (tenant.rights_query != nullptr)
		probe->statements = lappend(probe->statements, makeString(pstrdup(tenant.rights_query)));
	probe->state = State::asking;
}

// ---- rights and version ----

void Finish(Probe *probe, const char *rights)
{
	Pass(probe, "rights", rights);
	FabricServerInfo info;
	probe->driver->server_info(probe->handle, &info);
	Pass(probe, "version", IsInProcess(probe) ? probe->driver->client_version : pg::FromForeign(info.version));
	End(probe, true);
}

void Look(Probe *probe)
{
	const char *found = nullptr;
	const ErrorData *error = pg::attempt([&] { found = probe->settings->tenant->look(*probe->settings); });
	if (error != nullptr)
		Fail(probe, "rights", InWords(error));
	else
		Finish(probe, found);
}

void FailToAsk(Probe *probe, bool last)
{
	FabricErrorInfo error;
	const char *detail = DriverError(probe, &error);
	Fail(probe, last ? "rights" : "login", last ? detail : psprintf("the session could not be set up: %s", detail));
}

// Sends statements until one has to wait; answers whether it did.
bool Ask(Probe *probe)
{
	if (probe->statements == NIL)
	{
		Look(probe);
		return false;
	}
	const char *sql = strVal(linitial(probe->statements));
	FabricStatus status = probe->driver->execute(probe->handle, sql, strlen(sql));
	bool last = list_length(probe->statements) == 1 && probe->settings->tenant->rights_query != nullptr;
	if (status == FABRIC_ERROR)
		FailToAsk(probe, last);
	else if (status != FABRIC_DONE)
	{
		probe->wants = status;
		return true;
	}
	else if (last)
		probe->state = State::reading;
	else
		probe->statements = list_delete_first(probe->statements);
	return false;
}

// One row with a number and what is counted.
bool Read(Probe *probe)
{
	const FabricCell *cells;
	FabricStatus status = probe->driver->next_row(probe->handle, &cells);
	if (status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE)
	{
		probe->wants = status;
		return true;
	}
	if (status == FABRIC_ERROR)
		FailToAsk(probe, true);
	else if (status == FABRIC_END || probe->driver->column_count(probe->handle) != 1)
		Fail(probe, "rights", "the server gave no answer");
	else if (cells[0].data == nullptr)
		Fail(probe, "rights", "the remote user has no right to read anything. Grant it one.");
	else
	{
		const char *found = pg::FromForeign(pnstrdup(cells[0].data, cells[0].size));
		Finish(probe, psprintf("%s to be seen", found));
	}
	return false;
}

// Goes on with a probe as far as that needs no waiting.
void Advance(Probe *probe)
{
	for (;;)
	{
		switch (probe->state)
		{
			case State::waiting:
				Start(probe);
				break;
			case State::resolving:
				Resolve(probe);
				if (probe->state == State::resolving)
					return;
				break;
			case State::connecting:
			{
				FabricStatus status = probe->driver->connect(probe->handle);
				if (status == FABRIC_ERROR)
				{
					FailToConnect(probe);
					break;
				}
				NoteNetwork(probe);
				if (status != FABRIC_DONE)
				{
					probe->wants = status;
					return;
				}
				LogIn(probe);
				break;
			}
			case State::asking:
				if (Ask(probe))
					return;
				break;
			case State::reading:
				if (Read(probe))
					return;
				break;
			case State::over:
				return;
		}
	}
}

// Ends a probe whose time is over.
void CheckTime(Probe *probe)
{
	if (probe->state == State::over || GetCurrentTimestamp() < probe->deadline)
		return;
	const char *step = probe->state == State::resolving	   ? "name"
					   : probe->state == State::connecting ? (probe->connected ? "login" : "network")
														   : "rights";
	const char *detail = psprintf("no answer within " INT64_FORMAT " ms", probe->limit_ms);
	if (probe->state == State::connecting && probe->connected)
		detail = psprintf("connected, but %s. Is it a %s server that listens there?", detail,
						  probe->settings->tenant->scheme);
	Fail(probe, step, detail);
}

// Waits until one of the probes can go on, or its time is over.
void WaitForAny(Probe *const *probes, int count)
{
	constexpr long kLookEvery = 5; // ms, at what has no socket
	WaitEventSet *events = pg::compat::CreateLongLivedWaitEventSet(count + 2);
	AddWaitEventToSet(events, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, nullptr);
	if (IsUnderPostmaster)
		AddWaitEventToSet(events, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, nullptr, nullptr);
	TimestampTz now = GetCurrentTimestamp();
	long timeout = 1000;
	for (int i = 0; i < count; ++i)
	{
		const Probe *probe = probes[i];
		if (probe->state == State::over || probe->state == State::waiting)
			continue;
		timeout = Min(timeout, Max(TimestampDifferenceMilliseconds(now, probe->deadline), 0));
		int socket = probe->state == State::resolving ? -1 : probe->driver->socket(probe->handle);
		if (socket < 0)
			timeout = Min(timeout, kLookEvery);
		else
			AddWaitEventToSet(events, probe->wants == FABRIC_WANT_WRITE ? WL_SOCKET_WRITEABLE : WL_SOCKET_READABLE,
							  socket, nullptr, nullptr);
	}
	WaitEvent event;
	(void)WaitEventSetWait(events, timeout, &event, 1, PG_WAIT_EXTENSION);
	FreeWaitEventSet(events);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

} // namespace

Probe *MakeProbe(Oid server_id, Oid user_id, int64 limit_ms)
{
	Probe *probe = pg::make_plain<Probe>();
	probe->server_id = server_id;
	probe->user_id = user_id;
	probe->limit_ms = limit_ms;
	probe->context = CurrentMemoryContext;
	MemoryContextCallback *callback = pg::make_plain<MemoryContextCallback>();
	callback->func = Release;
	callback->arg = probe;
	MemoryContextRegisterResetCallback(probe->context, callback);
	return probe;
}

void RunProbes(Probe *const *probes, int count, int at_once)
{
	for (;;)
	{
		int running = 0;
		for (int i = 0; i < count; ++i)
		{
			if (probes[i]->state == State::over || (probes[i]->state == State::waiting && running >= at_once))
				continue;
			Advance(probes[i]);
			CheckTime(probes[i]);
			running += probes[i]->state != State::over ? 1 : 0;
		}
		if (running == 0)
			return;
		WaitForAny(probes, count);
	}
}

const ProbeOutcome &OutcomeOf(const Probe *probe)
{
	return probe->outcome;
}

} // namespace fabric::fdw
