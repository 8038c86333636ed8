/*
 * Completes and checks connection options; reads a MySQL client option file.
 *
 * The client libraries' own reading of option files is not used: there a file could set what must not be set
 * from outside (time limits, LOCAL INFILE, multi-statements, reconnection, plugin folders, character sets).
 * Of the groups [client], [client-server] and [client-mariadb] only the keys below are taken, and only where the
 * caller said nothing.
 */
#include "fdw/mysql/client_settings.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

namespace fabric::fdw::mysql
{
namespace
{

constexpr uint32_t default_port = 3306;
constexpr size_t file_limit = 1024 * 1024;

std::string text(const char *value)
{
	return value != nullptr ? std::string(value) : std::string();
}

void fill(std::string &target, std::string value)
{
	if (target.empty())
		target = std::move(value);
}

bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view line)
{
	while (!line.empty() && blank(line.front()))
		line.remove_prefix(1);
	while (!line.empty() && blank(line.back()))
		line.remove_suffix(1);
	return line;
}

/* A value as option files write it: an optional pair of quotes, backslash escapes, a comment after '#'. */
std::string unquoted(std::string_view raw)
{
	char quote = '\0';
	size_t end = raw.size();
	for (size_t i = 0; i < raw.size(); i++)
	{
		if (raw[i] == '\\' && i + 1 < raw.size())
			i++;
		else if (quote != '\0')
			quote = raw[i] == quote ? '\0' : quote;
		else if (raw[i] == '\'' || raw[i] == '"')
			quote = raw[i];
		else if (raw[i] == '#')
		{
			end = i;
			break;
		}
	}
	raw = trimmed(raw.substr(0, end));
	if (raw.size() >= 2 && (raw.front() == '\'' || raw.front() == '"') && raw.back() == raw.front())
		raw = raw.substr(1, raw.size() - 2);

	static constexpr std::string_view escapes = "ntrbs\\'\"";
	static constexpr std::string_view meanings = "\n\t\r\b \\'\"";
	std::string value;
	for (size_t i = 0; i < raw.size(); i++)
	{
		size_t known = raw[i] == '\\' && i + 1 < raw.size() ? escapes.find(raw[i + 1]) : std::string_view::npos;
		if (known == std::string_view::npos)
			value += raw[i];
		else
		{
			value += meanings[known];
			i++;
		}
	}
	return value;
}

bool contents(const char *path, std::string &out)
{
	struct Close
	{
		void operator()(FILE *file) const { fclose(file); }
	};
	std::unique_ptr<FILE, Close> file(fopen(path, "re"));
	if (!file)
		return false;
	char block[4096];
	size_t got;
	while ((got = fread(block, 1, sizeof(block), file.get())) > 0)
	{
		out.append(block, got);
		if (out.size() > file_limit)
		{
			errno = EFBIG;
			return false;
		}
	}
	return ferror(file.get()) == 0;
}

} // namespace

Settings::Settings(const FabricConnectOptions &options)
{
	if (options.size < sizeof(FabricConnectOptions))
	{
		problem = "connection options of an older layout";
		return;
	}
	host = text(options.host);
	unix_socket = text(options.unix_socket);
	port = options.port;
	user = text(options.user);
	password = text(options.password);
	database = text(options.database);
	tls_ca = text(options.tls_ca);
	tls_capath = text(options.tls_capath);
	tls_cert = text(options.tls_cert);
	tls_key = text(options.tls_key);
	tls_cipher = text(options.tls_cipher);
	tls_mode = options.tls_mode;
	compress = options.compress;
	for (size_t i = 0; i < options.attribute_count; i++)
		attributes.emplace_back(text(options.attributes[i].name), text(options.attributes[i].value));
	if (options.default_file != nullptr && options.default_file[0] != '\0')
		read_file(options.default_file);
	check();
}

Settings::~Settings()
{
	forget_password();
}

void Settings::forget_password() noexcept
{
	if (!password.empty())
		explicit_bzero(password.data(), password.size());
	password.clear();
}

/* Errors name the line's number, never its text: it may hold a password. */
void Settings::read_file(const char *path)
{
	std::string all;
	if (!contents(path, all))
	{
		problem = "could not read option file \"" + std::string(path) + "\": " + std::strerror(errno);
		return;
	}
	Settings found;
	bool ours = false;
	size_t number = 0;
	for (size_t start = 0; start < all.size() && problem.empty();)
	{
		size_t stop = std::min(all.find('\n', start), all.size());
		std::string_view line = trimmed(std::string_view(all).substr(start, stop - start));
		start = stop + 1;
		number++;
		if (line.empty() || line[0] == '#' || line[0] == ';')
			continue;
		if (line[0] == '[')
			ours = line == "[client]" || line == "[client-server]" || line == "[client-mariadb]";
		else if (line[0] == '!')
			problem = "option file \"" + std::string(path) + "\", line " + std::to_string(number) +
					  ": directives that include other files are not supported";
		else if (ours)
		{
			size_t equals = std::min(line.find('='), line.size());
			std::string key(trimmed(line.substr(0, equals)));
			std::replace(key.begin(), key.end(), '_', '-');
			found.take(key, equals < line.size() ? unquoted(line.substr(equals + 1)) : std::string());
			if (!found.problem.empty())
				problem =
					"option file \"" + std::string(path) + "\", line " + std::to_string(number) + ": " + found.problem;
		}
	}
	explicit_bzero(all.data(), all.size());

	/* A host given by the caller is not overruled by a socket in the file. */
	if (host.empty() && (found.host.empty() || found.host == "localhost"))
		fill(unix_socket, found.unix_socket);
	fill(host, found.host);
	if (port == 0)
		port = found.port;
	fill(user, found.user);
	fill(password, found.password);
	fill(database, found.database);
	fill(tls_ca, found.tls_ca);
	fill(tls_capath, found.tls_capath);
	fill(tls_cert, found.tls_cert);
	fill(tls_key, found.tls_key);
	fill(tls_cipher, found.tls_cipher);
}

/* The last one in a file wins, as everywhere. */
void Settings::take(std::string_view key, std::string value)
{
	const std::pair<std::string_view, std::string *> texts[] = {
		{"host", &host},
		{"socket", &unix_socket},
		{"user", &user},
		{"password", &password},
		{"database", &database},
		{"ssl-ca", &tls_ca},
		{"ssl-capath", &tls_capath},
		{"ssl-cert", &tls_cert},
		{"ssl-key", &tls_key},
		{"ssl-cipher", &tls_cipher},
	};
	for (const auto &[name, target] : texts)
		if (key == name)
		{
			*target = std::move(value);
			return;
		}
	if (key == "port")
	{
		auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), port);
		if (error != std::errc() || end != value.data() + value.size())
			problem = "port is not a number";
	}
}

void Settings::check()
{
	if (!problem.empty())
		return;
	if (host.empty())
		host = "localhost";
	if (port == 0)
		port = default_port;
	/* The client library would take the name of the operating system's user. */
	if (user.empty())
		problem = "no user name given";
	/* libmariadb reads these as a list of hosts, a connection string or a connection plugin's address. */
	else if (unix_socket.empty() && host.find_first_of(",;=") != std::string::npos)
		problem = "host must be one name or address";
	else if (unix_socket.empty() && host.find("://") != std::string::npos)
		problem = "host must be a name or an address, not a URL";
	else if (port > 65535)
		problem = "port is out of range";
	else if (tls_mode < FABRIC_TLS_DISABLED || tls_mode > FABRIC_TLS_VERIFY_IDENTITY)
		problem = "unknown TLS mode";
	else if (tls_mode == FABRIC_TLS_VERIFY_CA && tls_ca.empty() && tls_capath.empty())
		problem = "TLS mode verify_ca needs the certificate authority's file or directory";
}

} // namespace fabric::fdw::mysql
