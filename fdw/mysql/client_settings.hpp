/*
 * What a connection is made with: the caller's options, completed by a client option file and checked.
 *
 * Lifecycle: made by open(), lives as long as the connection; the password is wiped once it is of no more use.
 */
#ifndef FABRIC_MYSQL_CLIENT_SETTINGS_HPP
#define FABRIC_MYSQL_CLIENT_SETTINGS_HPP

#include "fdw/shared/driver.h"

#include <string>
#include <utility>
#include <vector>

namespace fabric::fdw::mysql
{

struct Settings
{
	std::string host;
	std::vector<std::string> addresses; /* the host's */
	std::string unix_socket;			/* not empty: used instead of host and port */
	uint32_t port = 0;
	std::string user;
	std::string password;
	std::string database;
	std::string tls_ca;
	std::string tls_capath;
	std::string tls_cert;
	std::string tls_key;
	std::string tls_cipher;
	FabricTlsMode tls_mode = FABRIC_TLS_PREFERRED;
	bool compress = false;
	std::vector<std::pair<std::string, std::string>> attributes;
	std::string problem; /* not empty: why no connection can be made with this */

	Settings() = default;
	explicit Settings(const FabricConnectOptions &options);
	Settings(const Settings &) = delete;
	Settings &operator=(const Settings &) = delete;
	~Settings();

	bool tls() const { return tls_mode != FABRIC_TLS_DISABLED; }
	bool tls_enforced() const { return tls_mode >= FABRIC_TLS_REQUIRED; }
	bool tls_verified() const { return tls_mode >= FABRIC_TLS_VERIFY_CA; }
	void forget_password() noexcept;
	/* What is to be tried, one after the other, as the client library takes it. Where a certificate must have the host's name it needs that. */
	size_t ways() const { return by_name() ? 1 : addresses.size(); }
	const char *way(size_t number) const
	{
		return !unix_socket.empty() ? "localhost" : by_name() ? host.c_str() : addresses[number].c_str();
	}
	const char *socket_path() const { return unix_socket.empty() ? nullptr : unix_socket.c_str(); }

private:
	bool by_name() const { return !unix_socket.empty() || tls_mode == FABRIC_TLS_VERIFY_IDENTITY; }
	void read_file(const char *path);
	void take(std::string_view key, std::string value);
	void check();
};

} // namespace fabric::fdw::mysql

#endif
