/*
 * The MySQL driver: the contract of fdw/shared/driver.h over a client library (see client_library.hpp).
 *
 * Lifecycle: loaded once per backend; a FabricConnection lives from open() to close(). Rows are streamed: a result
 * stays on the wire until it is read to its end, given up by the next statement (which reads the rest and drops it)
 * or by close(). A statement that answers with several results (CALL) gives its first one; the further ones are read
 * and dropped at its end, and an error among them is an error.
 */
#include "fdw/mysql/client_state.hpp"

#include <poll.h>

#include <cstring>
#include <new>

using fabric::fdw::mysql::damaged;
using fabric::fdw::mysql::fail;
using fabric::fdw::mysql::fail_with;
using fabric::fdw::mysql::gone;
using fabric::fdw::mysql::Operation;
using fabric::fdw::mysql::out_of_sequence;
using fabric::fdw::mysql::Phase;

namespace
{

bool waits(FabricStatus status)
{
	return status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE;
}

/*
 * An idle server has nothing to say. If it has all the same, or has hung up, the connection is over, and that is
 * known before anything was sent. (Inside TLS there may be records that mean nothing.)
 */
bool peer_is_there(const FabricConnection *c)
{
	struct pollfd handle = {c->link.handle(), POLLIN | POLLRDHUP, 0};
	if (handle.fd < 0)
		return false;
	if (poll(&handle, 1, 0) <= 0)
		return true;
	return c->tls && (handle.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) == 0;
}

void drop_results(FabricConnection *c)
{
	c->link.abandon(c->extra);
	c->link.abandon(c->result);
	c->extra = nullptr;
	c->result = nullptr;
	c->columns = 0;
	c->ended = false;
}

bool make_room(FabricConnection *c, uint32_t columns)
{
	if (columns > c->cell_room)
	{
		delete[] c->cells;
		c->cells = new (std::nothrow) FabricCell[columns];
		c->cell_room = c->cells != nullptr ? columns : 0;
	}
	return c->cells != nullptr;
}

void note_outcome(FabricConnection *c)
{
	MYSQL *m = c->mysql();
	uint64_t affected = mysql_affected_rows(m);
	c->outcome.affected_rows = affected == ~uint64_t{0} ? 0 : affected;
	c->outcome.insert_id = mysql_insert_id(m);
	c->outcome.warnings = mysql_warning_count(m);
	c->outcome.info = mysql_info(m);
}

/* Reads and drops what follows the first result. DONE: the statement is over. */
FabricStatus finish_statement(FabricConnection *c)
{
	MYSQL *m = c->mysql();
	for (;;)
	{
		if (c->phase == Phase::further)
		{
			if (!c->link.in_flight() && !mysql_more_results(m))
				break;
			int found = 0;
			FabricStatus status = c->link.next_result(&found);
			if (waits(status))
				return status;
			if (found > 0)
				return fail(c);
			if (found < 0)
				break;
			if (mysql_field_count(m) > 0)
			{
				c->extra = mysql_use_result(m);
				if (c->extra == nullptr)
					return fail(c);
				c->phase = Phase::extra;
			}
		}
		else
		{
			MYSQL_ROW row = nullptr;
			FabricStatus status = c->link.fetch(c->extra, &row);
			if (waits(status))
				return status;
			if (row != nullptr)
				continue;
			if (!c->link.at_end_of_result())
				return fail(c);
			c->link.abandon(c->extra);
			c->extra = nullptr;
			c->phase = Phase::further;
		}
	}
	note_outcome(c);
	if (c->link.something_is_left())
		return damaged(c);
	c->phase = Phase::idle;
	return FABRIC_DONE;
}

/* The rest of a given up result, up to where a statement can be sent again. */
FabricStatus discard(FabricConnection *c)
{
	while (c->phase == Phase::discarding)
	{
		MYSQL_ROW row = nullptr;
		FabricStatus status = c->link.fetch(c->result, &row);
		if (waits(status))
			return status;
		if (row == nullptr)
			c->phase = Phase::further;
		if (row == nullptr && !c->link.at_end_of_result())
			fail(c);
	}
	if (c->phase == Phase::further || c->phase == Phase::extra)
	{
		FabricStatus status = finish_statement(c);
		if (waits(status))
			return status;
	}
	/* How the old statement ended (a KILL QUERY, usually) matters only if it took the connection with it. */
	if (c->phase != Phase::lost)
		return FABRIC_DONE;
	c->error.nothing_sent = true;
	return FABRIC_ERROR;
}

FabricStatus begin_connect(FabricConnection *c)
{
	if (const char *mismatch = fabric::fdw::mysql::library_mismatch())
		return fail_with(c, CR_VERSION_ERROR, true, "%s", mismatch);
	if (!c->settings.problem.empty())
		return fail_with(c, CR_UNKNOWN_ERROR, true, "%s", c->settings.problem.c_str());
	const char *refused = nullptr;
	if (!c->link.configure(c->settings, &refused))
		return fail_with(c, CR_UNKNOWN_ERROR, true, "the client library refused an option: %s", refused);
	if (c->settings.unix_socket.empty())
		c->lookup.start(c->settings.host);
	c->phase = Phase::resolving;
	return FABRIC_DONE;
}

/*
 * With addresses the client library need not ask for them. Where it needs the name it does so once more, and the resolver has just known
 * them. (libmariadb tries for half a minute, asleep, when it does not.)
 */
FabricStatus take_addresses(FabricConnection *c)
{
	if (c->settings.unix_socket.empty())
	{
		if (!c->lookup.over())
			return FABRIC_WANT_READ;
		if (const char *unknown = c->lookup.failure())
			return fail_with(c, CR_UNKNOWN_HOST, true, "could not resolve host \"%s\": %s", c->settings.host.c_str(),
							 unknown);
		c->settings.addresses = c->lookup.take();
	}
	c->phase = Phase::connecting;
	return FABRIC_DONE;
}

/* ---- the functions of the contract ---- */

FabricConnection *driver_open(const FabricConnectOptions *options) noexcept
{
	try
	{
		auto *c = new FabricConnection(*options);
		if (c->link.init())
			return c;
		delete c;
	}
	catch (...)
	{
		/* out of memory: there is nothing else to fail here */
	}
	return nullptr;
}

FabricStatus driver_connect(FabricConnection *c) noexcept
{
	FabricStatus ready = FABRIC_DONE;
	if (c->phase == Phase::unconnected)
		ready = begin_connect(c);
	if (c->phase == Phase::resolving)
		ready = take_addresses(c);
	if (waits(ready))
		return c->step(Operation::connect, ready);
	if (ready != FABRIC_DONE)
	{
		c->operation = Operation::none;
		c->error.nothing_sent = true;
		return ready;
	}
	if (c->phase != Phase::connecting)
		return out_of_sequence(c);

	FabricStatus status = c->link.connect(c->settings);
	if (waits(status))
		return c->step(Operation::connect, status);
	c->operation = Operation::none;
	c->settings.forget_password();
	if (status == FABRIC_ERROR)
	{
		if (c->link.tls_not_offered())
			fail_with(c, CR_SSL_CONNECTION_ERROR, true, "TLS is required, but the server does not offer it");
		else
			fail(c);
		c->error.connection_lost = true;
		c->error.nothing_sent = true;
		c->phase = Phase::lost;
		return FABRIC_ERROR;
	}
	c->tls = mysql_get_ssl_cipher(c->mysql()) != nullptr;
	c->phase = Phase::idle;
	return FABRIC_DONE;
}

/* Puts a connection into the idle phase for a new statement, as far as that can be done. */
FabricStatus make_ready(FabricConnection *c, Operation operation)
{
	if (c->operation != Operation::none && c->operation != operation)
		return out_of_sequence(c);
	if (c->phase == Phase::rows)
		c->phase = Phase::discarding;
	if (c->phase == Phase::discarding || c->phase == Phase::further || c->phase == Phase::extra)
	{
		FabricStatus status = discard(c);
		if (status != FABRIC_DONE)
			return c->step(operation, status);
	}
	if (c->phase == Phase::lost)
		return gone(c);
	return FABRIC_DONE;
}

FabricStatus driver_execute(FabricConnection *c, const char *sql, size_t size) noexcept
{
	if (c->phase != Phase::querying)
	{
		FabricStatus ready = make_ready(c, Operation::execute);
		if (ready != FABRIC_DONE)
			return ready;
		if (c->phase != Phase::idle)
			return out_of_sequence(c);
		drop_results(c);
		c->outcome = {0, 0, 0, nullptr};
		if (!peer_is_there(c))
			return gone(c);
		c->traffic.round_trips++;
		c->traffic.bytes_sent += size;
		c->phase = Phase::querying;
	}
	else if (c->operation != Operation::execute)
		return out_of_sequence(c);

	FabricStatus status = c->link.query(sql, size);
	if (waits(status))
		return c->step(Operation::execute, status);
	c->operation = Operation::none;
	MYSQL *m = c->mysql();
	if (status == FABRIC_ERROR)
	{
		fail(c);
		c->error.nothing_sent = c->error.connection_lost && c->link.nothing_sent();
		return FABRIC_ERROR;
	}
	if (mysql_field_count(m) == 0)
	{
		note_outcome(c);
		if (!mysql_more_results(m))
		{
			if (c->link.something_is_left())
				return damaged(c);
			c->phase = Phase::idle;
			return FABRIC_DONE;
		}
		return fail_with(c, CR_COMMANDS_OUT_OF_SYNC, true, "the server answered one statement as if it were several");
	}
	c->result = mysql_use_result(m);
	if (c->result == nullptr)
		return fail(c);
	c->columns = mysql_num_fields(c->result);
	if (!make_room(c, c->columns))
		return fail_with(c, CR_OUT_OF_MEMORY, true, "out of memory for a row of %u columns", c->columns);
	c->link.begin_rows();
	c->phase = Phase::rows;
	return FABRIC_DONE;
}

FabricStatus end_of_rows(FabricConnection *c)
{
	if (c->phase == Phase::rows)
	{
		if (!c->link.at_end_of_result())
			return fail(c);
		if (!c->link.end_is_whole())
			return damaged(c);
		c->phase = Phase::further;
	}
	FabricStatus status = finish_statement(c);
	c->ended = status == FABRIC_DONE;
	return c->step(Operation::next_row, status == FABRIC_DONE ? FABRIC_END : status);
}

FabricStatus driver_next_row(FabricConnection *c, const FabricCell **cells) noexcept
{
	if (c->phase != Phase::rows || c->operation > Operation::next_row) [[unlikely]]
	{
		if (c->operation == Operation::next_row && (c->phase == Phase::further || c->phase == Phase::extra))
			return end_of_rows(c);
		if (c->phase == Phase::idle && c->ended)
			return FABRIC_END;
		return c->phase == Phase::lost ? gone(c) : out_of_sequence(c);
	}
	MYSQL_ROW row = nullptr;
	FabricStatus status = c->link.fetch(c->result, &row);
	if (waits(status)) [[unlikely]]
		return c->step(Operation::next_row, status);
	c->operation = Operation::none;
	if (row == nullptr) [[unlikely]]
		return end_of_rows(c);

	const unsigned long *sizes = mysql_fetch_lengths(c->result);
	if (!c->link.row_is_whole(row, sizes, c->columns)) [[unlikely]]
		return damaged(c);
	FabricCell *cell = c->cells;
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < c->columns; i++)
	{
		cell[i].data = row[i];
		cell[i].size = sizes[i];
		bytes += sizes[i];
	}
	c->traffic.bytes_received += bytes;
	*cells = cell;
	return FABRIC_DONE;
}

FabricStatus driver_ping(FabricConnection *c) noexcept
{
	if (c->phase != Phase::pinging)
	{
		FabricStatus ready = make_ready(c, Operation::ping);
		if (ready != FABRIC_DONE)
			return ready;
		if (c->phase != Phase::idle)
			return out_of_sequence(c);
		drop_results(c);
		if (!peer_is_there(c))
			return gone(c);
		c->traffic.round_trips++;
		c->phase = Phase::pinging;
	}
	else if (c->operation != Operation::ping)
		return out_of_sequence(c);

	FabricStatus status = c->link.ping();
	if (waits(status))
		return c->step(Operation::ping, status);
	c->operation = Operation::none;
	if (status == FABRIC_ERROR)
	{
		fail(c);
		c->error.nothing_sent = c->error.connection_lost && c->link.nothing_sent();
		return FABRIC_ERROR;
	}
	c->phase = Phase::idle;
	return FABRIC_DONE;
}

void driver_close(FabricConnection *c) noexcept
{
	if (c == nullptr)
		return;
	bool goodbye = c->phase == Phase::idle && c->operation == Operation::none;
	drop_results(c);
	c->link.close(goodbye);
	delete[] c->cells;
	delete c;
}

int driver_socket(const FabricConnection *c) noexcept
{
	return c->phase == Phase::resolving ? c->lookup.socket() : c->link.socket();
}

uint32_t driver_column_count(const FabricConnection *c) noexcept
{
	return c->columns;
}

void driver_column(const FabricConnection *c, uint32_t index, FabricColumn *out) noexcept
{
	*out = {"", 0, 0, 0, 0, 0};
	if (c->result == nullptr || index >= c->columns)
		return;
	const MYSQL_FIELD *field = mysql_fetch_field_direct(c->result, index);
	out->name = field->name != nullptr ? field->name : "";
	out->native_type = static_cast<int32_t>(field->type);
	out->native_flags = field->flags;
	out->charset = field->charsetnr;
	out->length = field->length;
	out->decimals = field->decimals;
}

void driver_outcome(const FabricConnection *c, FabricOutcome *out) noexcept
{
	*out = c->outcome;
}

void driver_server_info(const FabricConnection *c, FabricServerInfo *out) noexcept
{
	*out = {"", 0, false, nullptr};
	if (c->phase == Phase::unconnected || c->phase == Phase::connecting || c->phase == Phase::lost)
		return;
	MYSQL *m = const_cast<FabricConnection *>(c)->mysql(); /* the library takes no const */
	const char *version = mysql_get_server_info(m);
	out->version = version != nullptr ? version : "";
	out->connection_id = mysql_thread_id(m);
	out->tls_cipher = mysql_get_ssl_cipher(m);
	out->tls = out->tls_cipher != nullptr;
}

void driver_traffic(const FabricConnection *c, FabricTraffic *out) noexcept
{
	*out = c->traffic;
}

void driver_last_error(const FabricConnection *c, FabricErrorInfo *out) noexcept
{
	const fabric::fdw::mysql::ErrorRecord &e = c->error;
	*out = FabricErrorInfo{};
	out->native_code = static_cast<int32_t>(e.code);
	memcpy(out->sqlstate, e.sqlstate, sizeof(out->sqlstate));
	out->message = e.message;
	out->connection_lost = e.connection_lost;
	out->from_client = e.from_client;
	out->nothing_sent = e.nothing_sent;
}

} // namespace

extern "C" __attribute__((visibility("default"))) const FabricDriver *fabric_driver_module(
	const FabricServices *services) noexcept
{
	static const FabricDriver driver = {
		FABRIC_DRIVER_ABI,
		sizeof(FabricDriver),
		"mysql",
		fabric::fdw::mysql::library_version(),
		driver_open,
		driver_connect,
		driver_execute,
		driver_next_row,
		driver_ping,
		driver_close,
		driver_socket,
		driver_column_count,
		driver_column,
		driver_outcome,
		driver_server_info,
		driver_traffic,
		driver_last_error,
		/* Rows are cells, and what runs is ended by a second connection. */
		nullptr,
		nullptr,
		nullptr,
		nullptr,
		nullptr,
		nullptr,
	};
	if (services == nullptr || services->abi != FABRIC_DRIVER_ABI || !fabric::fdw::mysql::start_library())
		return nullptr;
	return &driver;
}
