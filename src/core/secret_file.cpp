/*
 * Reading files that hold a secret. See secret_file.hpp.
 */
#include "core/secret_file.hpp"

#include "core/sqlstate.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fabric::core
{

namespace
{

/* An open file, closed when it goes. */
class File
{
public:
	explicit File(const std::string &path)
		: descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))
	{
	}
	File(const File &) = delete;
	File &operator=(const File &) = delete;
	~File()
	{
		if (descriptor_ >= 0)
			::close(descriptor_);
	}

	int descriptor() const noexcept { return descriptor_; }

	/* Where it lies, without links; empty when the system does not tell. */
	std::string resolved() const
	{
		std::array<char, PATH_MAX> path;
		const std::string link = "/proc/self/fd/" + std::to_string(descriptor_);
		const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
		return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
	}

private:
	int descriptor_;
};

bool lies_in(std::string_view path, std::string_view directory) noexcept
{
	return path.substr(0, directory.size()) == directory &&
		   (path.size() == directory.size() || path[directory.size()] == '/');
}

const char *state_of_errno(int error) noexcept
{
	switch (error)
	{
		case ENOENT:
		case ENOTDIR:
			return sqlstate::undefined_file;
		case EACCES:
		case EPERM:
			return sqlstate::insufficient_privilege;
		default:
			return sqlstate::io_error;
	}
}

Error system_error(const std::string &what, const std::string &path)
{
	const int error = errno;
	return Error(state_of_errno(error), "could not read the " + what + " \"" + path + "\": " + std::strerror(error));
}

} // namespace

Result<SecretText> read_secret_file(const std::string &path, const std::string &what, const std::string &outside)
{
	if (path.empty() || path.front() != '/')
		return Error(sqlstate::invalid_parameter_value,
					 "the path \"" + path + "\" of the " + what + " is not absolute");
	const File file(path);
	struct stat status;
	if (file.descriptor() < 0 || ::fstat(file.descriptor(), &status) != 0)
		return system_error(what, path);
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
		const std::string resolved = file.resolved();
		if (resolved.empty() || lies_in(resolved, outside))
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
		const ssize_t got = ::read(file.descriptor(), buffer.data() + size, buffer.view().size() - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return system_error(what, path);
		if (got == 0)
			break;
		size += static_cast<std::size_t>(got);
	}
	return SecretText(buffer.view().substr(0, size));
}

} // namespace fabric::core
