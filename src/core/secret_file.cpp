/*
 * Reading files that hold a secret. See secret_file.hpp.
 */
#include "core/secret_file.hpp"

#include "core/files.hpp"
#include "core/sqlstate.hpp"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fabric::core
{

namespace
{

bool lies_in(std::string_view path, std::string_view directory) noexcept
{
	return path.substr(0, directory.size()) == directory &&
		   (path.size() == directory.size() || path[directory.size()] == '/');
}

} // namespace

Result<SecretText> read_secret_file(const std::string &path, const std::string &what, const std::string &outside)
{
	if (path.empty() || path.front() != '/')
		return Error(sqlstate::invalid_parameter_value,
					 "the path \"" + path + "\" of the " + what + " is not absolute");
	const std::string reading = "read the " + what;
	const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	struct stat status;
	if (!file || ::fstat(file.get(), &status) != 0)
		return system_error(reading, path, errno);
	if (!S_ISREG(status.st_mode))
		return Error(sqlstate::wrong_object_type, "the " + what + " \"" + path + "\" is not a regular file");
	if (status.st_uid != ::geteuid() && status.st_uid != 0)
		return Error(sqlstate::insufficient_privilege,
					 "the " + what + " \"" + path +
						 "\" belongs neither to the user that PostgreSQL runs as nor to root");
	const mode_t others = status.st_uid == 0 && ::geteuid() != 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
	if ((status.st_mode & others) != 0)
		return Error(sqlstate::insufficient_privilege, "others can read or write the " + what + " \"" + path + "\"", {},
					 "chmod 0600 (or 0640 when it is root's).");
	if (!outside.empty())
	{
		const Result<std::string> resolved = resolved_path(file.get(), path);
		if (!resolved || lies_in(resolved.value(), outside))
			return Error(sqlstate::insufficient_privilege,
						 "the " + what + " \"" + path + "\" lies in the data directory", {},
						 "Whoever copies the data directory would have it as well: put it elsewhere.");
	}
	if (status.st_size > static_cast<off_t>(longest_secret_file))
		return Error(sqlstate::program_limit_exceeded, "the " + what + " \"" + path + "\" is too long", {},
					 "It has at most " + std::to_string(longest_secret_file) + " bytes.");
	SecretText buffer(static_cast<std::size_t>(status.st_size));
	std::size_t size = 0;
	while (size < buffer.view().size())
	{
		const ssize_t got = ::read(file.get(), buffer.data() + size, buffer.view().size() - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return system_error(reading, path, errno);
		if (got == 0)
			break;
		size += static_cast<std::size_t>(got);
	}
	return SecretText(buffer.view().substr(0, size));
}

} // namespace fabric::core
