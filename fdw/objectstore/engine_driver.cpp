/*
 * The object store driver: the contract of fdw/shared/driver.h over the sessions of the engine in this process.
 *
 * Lifecycle: loaded once per backend at the first use of a file; a FabricConnection lives from open() to close(). No exception
 * leaves a function: what cannot be said otherwise is an error of the connection.
 */
#include "fdw/objectstore/engine.hpp"
#include "fdw/objectstore/engine_session.hpp"

#include "core/sqlstate.hpp"

#include <cstdlib>
#include <cstring>
#include <list>
#include <memory>
#include <string>

using namespace fabric::fdw::objectstore;

struct FabricConnection
{
	explicit FabricConnection(const char *root_path) : root(root_path != nullptr ? root_path : "") {}

	std::string root;
	std::unique_ptr<Session> session; /* made by connect() */
	bool asking = false;			  /* execute() has begun a statement and not answered */
	Failure failure;
	uint64_t statements = 0;
	uint64_t sent = 0;
};

namespace
{

/* Never destroyed. */
std::list<FabricConnection *> &open_connections()
{
	static auto *const connections = new std::list<FabricConnection *>;
	return *connections;
}

/*
 * Where nobody says that the process ends: at least no thread runs into what is destroyed then. The main thread's own thread-local
 * objects, which the engine needs to close a session, are gone already: the sessions stay as they are.
 */
void stop_sessions()
{
	for (FabricConnection *connection : open_connections())
		if (connection->session != nullptr)
			connection->session->stop();
}

/* The engine is ended while all of its statics are there: some are made late, and destroyed before any handler of ours at exit. */
void driver_end()
{
	for (FabricConnection *connection : open_connections())
		connection->session.reset();
	end_engine();
}

FabricStatus fail(FabricConnection *c, Failure failure)
{
	c->failure = std::move(failure);
	return FABRIC_ERROR;
}

/* Runs a step of a call; whatever it throws becomes the connection's error. */
template <class Step> FabricStatus guarded(FabricConnection *c, Step step) noexcept
{
	try
	{
		return step();
	}
	catch (...)
	{
		return fail(c, current_failure());
	}
}

void require_session(const FabricConnection *c)
{
	if (!c->session)
		throw fabric::core::Error(fabric::core::sqlstate::connection_does_not_exist, "there is no session");
}

FabricConnection *driver_open(const FabricConnectOptions *options)
{
	try
	{
		auto connection = std::make_unique<FabricConnection>(options->root);
		open_connections().push_back(connection.get());
		return connection.release();
	}
	catch (...)
	{
		return nullptr;
	}
}

FabricStatus driver_connect(FabricConnection *c)
{
	return guarded(c,
				   [c]
				   {
					   c->session = std::make_unique<Session>(c->root);
					   return FABRIC_DONE;
				   });
}

FabricStatus driver_execute(FabricConnection *c, const char *sql, size_t size)
{
	return guarded(c,
				   [=]
				   {
					   require_session(c);
					   if (!c->asking)
					   {
						   ++c->statements;
						   c->sent += size;
						   c->session->start(std::string(sql, size));
						   c->asking = true;
					   }
					   const Session::Answer answer = c->session->head();
					   if (answer == Session::Answer::waiting)
						   return FABRIC_WANT_READ;
					   c->asking = false;
					   if (answer == Session::Answer::failed)
						   return fail(c, c->session->failure());
					   return FABRIC_DONE;
				   });
}

FabricStatus driver_next_chunk(FabricConnection *c, ArrowArray *out)
{
	return guarded(c,
				   [=]
				   {
					   require_session(c);
					   Chunk chunk;
					   switch (c->session->next(&chunk))
					   {
						   case Session::Answer::waiting:
							   return FABRIC_WANT_READ;
						   case Session::Answer::ended:
							   return FABRIC_END;
						   case Session::Answer::failed:
							   return fail(c, c->session->failure());
						   case Session::Answer::ready:
							   break;
					   }
					   *out = chunk.array;
					   chunk.array.release = nullptr;
					   return FABRIC_DONE;
				   });
}

FabricStatus driver_ping(FabricConnection *)
{
	return FABRIC_DONE;
}

void driver_close(FabricConnection *c)
{
	open_connections().remove(c);
	delete c;
}

int driver_socket(const FabricConnection *c)
{
	return c->session ? c->session->event() : -1;
}

uint32_t driver_column_count(const FabricConnection *c)
{
	return c->session ? static_cast<uint32_t>(c->session->names().size()) : 0;
}

void driver_column(const FabricConnection *c, uint32_t index, FabricColumn *out)
{
	*out = {};
	out->name = c->session->names()[index].c_str();
	out->native_type = static_cast<int32_t>(c->session->types()[index].id());
}

void driver_outcome(const FabricConnection *, FabricOutcome *out)
{
	*out = {};
}

void driver_server_info(const FabricConnection *, FabricServerInfo *out)
{
	*out = {};
	out->version = duckdb::DuckDB::LibraryVersion();
}

void driver_traffic(const FabricConnection *c, FabricTraffic *out)
{
	*out = {c->statements, c->sent, c->session ? c->session->scope().all_bytes.load() : 0};
}

void driver_last_error(const FabricConnection *c, FabricErrorInfo *out)
{
	*out = {};
	memcpy(out->sqlstate, c->failure.sqlstate, sizeof out->sqlstate);
	out->message = c->failure.message.c_str();
	out->hint = c->failure.hint.empty() ? nullptr : c->failure.hint.c_str();
	out->connection_lost = c->failure.connection_lost;
	out->nothing_sent = false;
}

void driver_schema(const FabricConnection *c, ArrowSchema *out)
{
	out->release = nullptr;
	try
	{
		c->session->schema(out);
	}
	catch (...)
	{
		out->release = nullptr;
	}
}

void driver_cancel(FabricConnection *c)
{
	if (c->session)
		c->session->cancel();
}

void driver_limit(const FabricLimits *limits)
{
	try
	{
		limit_engine({limits->memory, limits->threads,
					  limits->temporary_directory != nullptr ? limits->temporary_directory : "",
					  limits->temporary_size});
	}
	catch (...)
	{
		/* A limit below what is in use: it is kept to as soon as that is let go. */
	}
}

void driver_usage(const FabricConnection *c, FabricUsage *out)
{
	*out = {};
	out->progress = -1;
	if (!c->session)
		return;
	out->files = c->session->scope().files;
	out->bytes = c->session->scope().bytes;
	const Scope::RowGroups groups = c->session->scope().row_groups();
	out->row_groups = groups.all;
	out->row_groups_read = groups.read;
	out->threads = static_cast<uint32_t>(engine_threads());
	out->progress = c->session->progress();
}

const char *client_version()
{
	static const std::string *const version =
		new std::string(std::string("DuckDB ") + duckdb::DuckDB::LibraryVersion());
	return version->c_str();
}

} // namespace

extern "C" [[gnu::visibility("default")]] const FabricDriver *fabric_driver_module(const FabricServices *services)
{
	if (services->abi != FABRIC_DRIVER_ABI)
		return nullptr;
	static const FabricDriver driver = {
		.abi = FABRIC_DRIVER_ABI,
		.size = sizeof(FabricDriver),
		.name = "objectstore",
		.client_version = client_version(),
		.open = driver_open,
		.connect = driver_connect,
		.execute = driver_execute,
		.next_row = nullptr,
		.ping = driver_ping,
		.close = driver_close,
		.socket = driver_socket,
		.column_count = driver_column_count,
		.column = driver_column,
		.outcome = driver_outcome,
		.server_info = driver_server_info,
		.traffic = driver_traffic,
		.last_error = driver_last_error,
		.next_chunk = driver_next_chunk,
		.schema = driver_schema,
		.cancel = driver_cancel,
		.limit = driver_limit,
		.usage = driver_usage,
		.end = driver_end,
	};
	static const int registered = std::atexit(stop_sessions);
	return registered == 0 ? &driver : nullptr;
}
