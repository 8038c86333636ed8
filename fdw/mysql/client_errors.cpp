/*
 * How calls of the MySQL driver fail. See client_state.hpp.
 */
#include "fdw/mysql/client_state.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace fabric::fdw::mysql
{
namespace
{

/*
 * Server errors after which the server has closed, or is about to close, this connection: shutdown 1053 and 1080,
 * aborted 1152 and 1184, broken packets and sockets 1153 to 1161, killed 1927 (MariaDB) and 3169 (MySQL), offline 3032,
 * idle for too long 4031.
 */
bool ends_connection(unsigned code)
{
	static constexpr unsigned codes[] = {1053, 1080, 1152, 1153, 1154, 1155, 1156, 1157, 1158,
										 1159, 1160, 1161, 1184, 1927, 3032, 3169, 4031};
	return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

} // namespace

FabricStatus fail_with(FabricConnection *c, unsigned code, bool lost, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(c->error.message, sizeof(c->error.message), format, arguments);
	va_end(arguments);
	c->error.code = code;
	memcpy(c->error.sqlstate, "HY000", sizeof(c->error.sqlstate));
	c->error.from_client = true;
	c->error.connection_lost = lost;
	c->error.nothing_sent = false;
	c->operation = Operation::none;
	if (lost)
		c->phase = Phase::lost;
	return FABRIC_ERROR;
}

FabricStatus damaged(FabricConnection *c)
{
	return fail_with(c, CR_MALFORMED_PACKET, true,
					 "the server's answer was damaged on the way: its packets do not follow each other");
}

FabricStatus fail(FabricConnection *c)
{
	MYSQL *m = c->mysql();
	ErrorRecord &e = c->error;
	e.code = mysql_errno(m);
	if (e.code == 0)
		return fail_with(c, CR_MALFORMED_PACKET, true, "the server's answer could not be understood");
	snprintf(e.message, sizeof(e.message), "%s", mysql_error(m));
	snprintf(e.sqlstate, sizeof(e.sqlstate), "%s", mysql_sqlstate(m));
	if (e.sqlstate[0] == '\0' || strcmp(e.sqlstate, "00000") == 0)
		memcpy(e.sqlstate, "HY000", sizeof(e.sqlstate));
	e.from_client = is_client_error(e.code);
	/* After an error of the client library the next packet's meaning is not known any more. */
	e.connection_lost = e.from_client || ends_connection(e.code) || c->link.handle() < 0 || c->link.something_is_left();
	e.nothing_sent = false;
	c->operation = Operation::none;
	c->phase = e.connection_lost ? Phase::lost : Phase::idle;
	return FABRIC_ERROR;
}

FabricStatus out_of_sequence(FabricConnection *c)
{
	return fail_with(c, CR_COMMANDS_OUT_OF_SYNC, true, "a call was made out of sequence on a MySQL connection");
}

FabricStatus gone(FabricConnection *c)
{
	fail_with(c, CR_SERVER_GONE_ERROR, true, "the connection to the MySQL server is gone");
	c->error.nothing_sent = true;
	return FABRIC_ERROR;
}

} // namespace fabric::fdw::mysql
