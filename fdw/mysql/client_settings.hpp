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
	std::vector<std::string>
		addresses;			 /* to be tried one after the other; the host's, or its name where that is verified */
	std::string unix_socket; /* not empty: used instead of host and port */
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
	/* How many addresses there are to connect to, and one of them as the client library takes it. */
	size_t ways() const { return unix_socket.empty() ? addresses.size() : 1; }
	const char *way(size_t number) const { return unix_socket.empty() ? addresses[number].c_str() : "localhost"; }
	const char *socket_path() const { return unix_socket.empty() ? nullptr : unix_socket.c_str(); }

private:
	void read_file(const char *path);
	void take(std::string_view key, std::string value);
	void check();
};

} // namespace fabric::fdw::mysql

#endif
