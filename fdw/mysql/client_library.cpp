/*
 * What a Link does alike over both client libraries: its options, and a look at its socket.
 */
#include "fdw/mysql/client_library.hpp"

#include <sys/socket.h>

#include <cstdio>
#include <string>

namespace fabric::fdw::mysql
{
namespace
{

/* LOCAL INFILE is off; should a server ask all the same, there is no file. */
int refuse_file(void **state, const char *, void *)
{
	*state = nullptr;
	return 1;
}

int no_bytes(void *, char *, unsigned int)
{
	return -1;
}

void no_state(void *) {}

int refusal(void *, char *message, unsigned int size)
{
	snprintf(message, size, "the server asked for a local file: refused");
	return CR_UNKNOWN_ERROR;
}

} // namespace

bool Link::init() noexcept
{
	if (mysql_init(&mysql_) == nullptr)
		return false;
	mysql_.owner = this;
	initialised_ = true;
	return true;
}

void Link::set(const char *name, mysql_option option, const void *value) noexcept
{
	if (refused_ == nullptr && mysql_options(&mysql_, option, value) != 0)
		refused_ = name;
}

void Link::set_text(const char *name, mysql_option option, const std::string &value) noexcept
{
	if (!value.empty())
		set(name, option, value.c_str());
}

bool Link::configure(const Settings &settings, const char **refused) noexcept
{
	const unsigned int zero = 0;
	const unsigned int protocol = settings.unix_socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;

	settings_ = &settings;
	refused_ = nullptr;
	set("protocol", MYSQL_OPT_PROTOCOL, &protocol);
	set("character set", MYSQL_SET_CHARSET_NAME, "utf8mb4");
	set("local infile", MYSQL_OPT_LOCAL_INFILE, &zero);
	configure_library(settings);
	if (settings.tls_verified())
	{
		set_text("TLS authority", MYSQL_OPT_SSL_CA, settings.tls_ca);
		set_text("TLS authority directory", MYSQL_OPT_SSL_CAPATH, settings.tls_capath);
	}
	if (settings.tls())
	{
		set_text("TLS certificate", MYSQL_OPT_SSL_CERT, settings.tls_cert);
		set_text("TLS key", MYSQL_OPT_SSL_KEY, settings.tls_key);
		set_text("TLS cipher", MYSQL_OPT_SSL_CIPHER, settings.tls_cipher);
	}
	mysql_set_local_infile_handler(&mysql_, refuse_file, no_bytes, no_state, refusal, nullptr);
	for (const auto &[name, value] : settings.attributes)
		if (refused_ == nullptr && !name.empty() && !value.empty() &&
			mysql_options4(&mysql_, MYSQL_OPT_CONNECT_ATTR_ADD, name.c_str(), value.c_str()) != 0)
			refused_ = "connection attribute";
	*refused = refused_;
	return refused_ == nullptr;
}

bool Link::has_input() const noexcept
{
	char one;
	return handle() >= 0 && mysql_get_ssl_cipher(const_cast<Handle *>(&mysql_)) == nullptr &&
		   recv(handle(), &one, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

} // namespace fabric::fdw::mysql
