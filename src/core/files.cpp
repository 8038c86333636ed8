/*
 * What all that opens files has in common. See files.hpp.
 */
#include "files.hpp"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <system_error>

namespace fabric::core
{

namespace
{

const char *sqlstate_of(int number) noexcept
{
	switch (number)
	{
		case ENOENT:
		case ENOTDIR:
			return sqlstate::undefined_file;
		case EACCES:
		case EPERM:
			return sqlstate::insufficient_privilege;
		case EMFILE:
		case ENFILE:
			return sqlstate::insufficient_resources;
		case ENOMEM:
			return sqlstate::out_of_memory;
		default:
			return sqlstate::io_error;
	}
}

} // namespace

Error system_error(const std::string &action, std::string_view path, int number)
{
	std::string hint;
	if (number == EACCES || number == EPERM)
		hint = "Files are read as the operating system's user that runs the PostgreSQL server.";
	return Error(sqlstate_of(number),
				 "could not " + action + " \"" + std::string(path) + "\": " + std::generic_category().message(number),
				 {}, std::move(hint));
}

Descriptor::~Descriptor()
{
	if (fd_ >= 0)
		close(fd_);
}

Result<std::string> resolved_path(int fd, std::string_view path)
{
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	std::string resolved(PATH_MAX, '\0');
	const ssize_t size = readlink(link, resolved.data(), resolved.size());
	if (size < 0 || static_cast<std::size_t>(size) == resolved.size())
		return system_error("resolve", path, size < 0 ? errno : ENAMETOOLONG);
	resolved.resize(static_cast<std::size_t>(size));
	return resolved;
}

} // namespace fabric::core
