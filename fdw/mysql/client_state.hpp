/*
 * The state of one connection of the MySQL driver, and how its calls fail.
 *
 * Lifecycle: see client.cpp.
 */
#ifndef FABRIC_MYSQL_CLIENT_STATE_HPP
#define FABRIC_MYSQL_CLIENT_STATE_HPP

#include "fdw/mysql/client_library.hpp"
#include "fdw/mysql/client_lookup.hpp"

namespace fabric::fdw::mysql
{

/* Where the conversation with the server stands. */
enum class Phase : uint8_t
{
	unconnected,
	resolving, /* the host's addresses are asked for */
	connecting,
	idle,		/* a statement may be sent */
	querying,	/* a statement was begun */
	rows,		/* rows of the current result are taken */
	discarding, /* the rest of a given up result is read and dropped */
	further,	/* asking whether another result follows */
	extra,		/* rows of a further result are read and dropped */
	pinging,
	lost /* nothing more can be done with this connection */
};

enum class Operation : uint8_t
{
	none,
	connect,
	execute,
	next_row,
	ping
};

struct ErrorRecord
{
	unsigned code = 0;
	char sqlstate[6] = "00000";
	char message[1024] = "";
	bool connection_lost = false;
	bool from_client = false;
	bool nothing_sent = false;
};

} // namespace fabric::fdw::mysql

struct FabricConnection
{
	explicit FabricConnection(const FabricConnectOptions &options) : settings(options) {}

	fabric::fdw::mysql::Settings settings;
	fabric::fdw::mysql::Lookup lookup;
	fabric::fdw::mysql::Link link;
	fabric::fdw::mysql::Phase phase = fabric::fdw::mysql::Phase::unconnected;
	fabric::fdw::mysql::Operation operation = fabric::fdw::mysql::Operation::none; /* in flight, to be called again */
	bool tls = false;
	bool ended = false; /* the current result was read to its end */
	MYSQL_RES *result = nullptr;
	MYSQL_RES *extra = nullptr;
	uint32_t columns = 0;
	FabricCell *cells = nullptr;
	uint32_t cell_room = 0;
	FabricOutcome outcome = {0, 0, 0, nullptr};
	FabricTraffic traffic = {0, 0, 0};
	fabric::fdw::mysql::ErrorRecord error;

	MYSQL *mysql() { return link.mysql(); }
	FabricStatus step(fabric::fdw::mysql::Operation next, FabricStatus status)
	{
		const bool waits = status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE;
		operation = waits ? next : fabric::fdw::mysql::Operation::none;
		return status;
	}
};

namespace fabric::fdw::mysql
{

/*
 * Each keeps an error in the connection and answers FABRIC_ERROR. With `lost` the connection can only be closed.
 */
[[gnu::format(printf, 4, 5)]] FabricStatus fail_with(FabricConnection *c, unsigned code, bool lost, const char *format,
													 ...);
/* What the library says of the call that has just failed. */
FabricStatus fail(FabricConnection *c);
/* What was read is not what was sent: without TLS nothing else protects it. */
FabricStatus damaged(FabricConnection *c);
/* The call in flight stays in flight: only close() is safe now. */
FabricStatus out_of_sequence(FabricConnection *c);
/* Known before anything was sent. */
FabricStatus gone(FabricConnection *c);

} // namespace fabric::fdw::mysql

#endif
