/*
 * Files below a root directory: every path is opened by O_PATH first, which neither reads nor waits, looked at, and only then
 * opened for reading through that descriptor.
 */
#include "rooted_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <system_error>

namespace fabric::core
{

namespace
{

Error outside(std::string_view path)
{
	return Error(sqlstate::insufficient_privilege,
				 "\"" + std::string(path) + "\" lies outside the server's root directory", {},
				 "Paths are relative to the option root; a symbolic link must not lead out of it.");
}

const char *kind_of(mode_t mode) noexcept
{
	switch (mode & S_IFMT)
	{
		case S_IFDIR:
			return "a directory";
		case S_IFIFO:
			return "a FIFO";
		case S_IFSOCK:
			return "a socket";
		case S_IFCHR:
		case S_IFBLK:
			return "a device";
		default:
			return "not a regular file";
	}
}

FileIdentity identity_from(const struct stat &status) noexcept
{
	return {static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino),
			static_cast<int64_t>(status.st_size),
			static_cast<int64_t>(status.st_mtim.tv_sec) * 1000000000 + status.st_mtim.tv_nsec};
}

/* The parts of a relative path or pattern; an error where it does not stay below its beginning by its very text. */
Result<std::vector<std::string>> parts_of(std::string_view path)
{
	if (path.empty() || path.find('\0') != std::string_view::npos)
		return Error(sqlstate::invalid_parameter_value, "a location must not be empty");
	if (path.front() == '/')
		return outside(path);
	std::vector<std::string> parts;
	for (std::size_t at = 0; at <= path.size();)
	{
		const std::size_t end = std::min(path.find('/', at), path.size());
		const std::string_view part = path.substr(at, end - at);
		at = end + 1;
		if (part == "..")
			return outside(path);
		if (!part.empty() && part != ".")
			parts.emplace_back(part);
	}
	return parts;
}

bool is_pattern(std::string_view part) noexcept
{
	return part.find_first_of("*?[") != std::string_view::npos;
}

/* Something below the root, opened by O_PATH. */
struct Place
{
	Descriptor descriptor;
	struct stat status;
};

/* Opens what a path leads to, which must lie below the root. */
Result<Place> open_place(const RootDirectory &root, int root_fd, const std::string &relative)
{
	Place place;
	place.descriptor = Descriptor(openat(root_fd, relative.empty() ? "." : relative.c_str(), O_PATH | O_CLOEXEC));
	if (!place.descriptor)
		return system_error("open", relative, errno);
	if (fstat(place.descriptor.get(), &place.status) != 0)
		return system_error("look at", relative, errno);
	Result<std::string> resolved = resolved_path(place.descriptor.get(), relative);
	if (!resolved.ok())
		return *resolved.error();
	if (!root.contains(resolved.value()))
		return outside(relative);
	return place;
}

/* The names in a directory, in the order of their bytes. */
Result<std::vector<std::string>> names_in(const Place &directory, const std::string &path)
{
	const int fd = openat(directory.descriptor.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return system_error("read directory", path, errno);
	DIR *stream = fdopendir(fd);
	if (stream == nullptr)
	{
		const int number = errno;
		close(fd);
		return system_error("read directory", path, number);
	}
	std::vector<std::string> names;
	errno = 0;
	while (const dirent *entry = readdir(stream))
	{
		const std::string_view name = entry->d_name;
		if (name != "." && name != "..")
			names.emplace_back(name);
		errno = 0;
	}
	const int number = errno;
	closedir(stream);
	if (number != 0)
		return system_error("read directory", path, number);
	std::sort(names.begin(), names.end());
	return names;
}

Error canceled()
{
	return Error(sqlstate::query_canceled, "the search for files was canceled");
}

/* One search. Its methods answer false once it has failed. */
class Search
{
public:
	Search(const RootDirectory &root, int root_fd, std::vector<std::string> parts,
		   const RootDirectory::Stopped &stopped)
		: root_(root), root_fd_(root_fd), parts_(std::move(parts)), stopped_(stopped)
	{
	}

	Result<std::vector<FoundFile>> run(std::string_view pattern)
	{
		if (!match(std::string(), 0))
			return *failure_;
		std::sort(found_.begin(), found_.end(),
				  [](const FoundFile &left, const FoundFile &right) { return left.path < right.path; });
		found_.erase(std::unique(found_.begin(), found_.end(),
								 [](const FoundFile &left, const FoundFile &right) { return left.path == right.path; }),
					 found_.end());
		if (found_.empty())
			return Error(sqlstate::undefined_file, "no file matches \"" + std::string(pattern) + "\"", {},
						 "The location is relative to the server's option root.");
		return std::move(found_);
	}

private:
	bool fail(Error error)
	{
		failure_ = std::move(error);
		return false;
	}

	bool may_go_on() { return !stopped_ || !stopped_() || fail(canceled()); }

	/* Everything that the parts from `part` on mean, below the directory `path`. */
	bool match(const std::string &path, std::size_t part)
	{
		if (part == parts_.size())
			return take(path);
		if (parts_[part] == "**")
			return match(path, part + 1) && in_directory(path, branched(part),
														 [&](const std::string &name, const std::string &below)
														 {
															 if (name.front() == '.' || !is_directory(below))
																 return !failure_.has_value();
															 return match(below, part);
														 });
		if (!is_pattern(parts_[part]))
		{
			/* A name that is not there below one of many directories only does not match. */
			const std::string below = path.empty() ? parts_[part] : path + "/" + parts_[part];
			if (branched(part))
			{
				Result<Place> place = open_place(root_, root_fd_, below);
				if (!place.ok() && std::string_view(place.error()->sqlstate) == sqlstate::undefined_file)
					return true;
			}
			return match(below, part + 1);
		}
		const bool last = part + 1 == parts_.size();
		return in_directory(path, branched(part),
							[&](const std::string &name, const std::string &below)
							{
								if (fnmatch(parts_[part].c_str(), name.c_str(), FNM_PERIOD | FNM_PATHNAME) != 0)
									return true;
								if (!last && !is_directory(below))
									return !failure_.has_value();
								return match(below, part + 1);
							});
	}

	/* Whether it is one, or a link to one. A link that leads nowhere or out of the root is a failure. */
	bool is_directory(const std::string &path)
	{
		Result<Place> place = open_place(root_, root_fd_, path);
		if (!place.ok())
			return fail(*place.error());
		return S_ISDIR(place.value().status.st_mode);
	}

	/* Whether a part before this one is a pattern: what follows need not be there. */
	bool branched(std::size_t part) const
	{
		return std::any_of(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(part), is_pattern);
	}

	/* Calls visit(name, path) for each entry of a directory; `one_of_many`: it may be something else. */
	template <class Visit> bool in_directory(const std::string &path, bool one_of_many, Visit visit)
	{
		Result<Place> place = open_place(root_, root_fd_, path);
		if (!place.ok())
			return fail(*place.error());
		const struct stat &status = place.value().status;
		if (!S_ISDIR(status.st_mode))
			return one_of_many || fail(Error(sqlstate::undefined_file,
											 "\"" + path + "\" is " + kind_of(status.st_mode) + ", not a directory"));
		const std::pair<dev_t, ino_t> self(status.st_dev, status.st_ino);
		if (std::find(above_.begin(), above_.end(), self) != above_.end())
			return fail(Error(sqlstate::program_limit_exceeded,
							  "the symbolic link \"" + path + "\" leads back to a directory above itself"));
		Result<std::vector<std::string>> names = names_in(place.value(), path.empty() ? root_.path() : path);
		if (!names.ok())
			return fail(*names.error());
		above_.push_back(self);
		for (const std::string &name : names.value())
		{
			if (!may_go_on() || !visit(name, path.empty() ? name : path + "/" + name))
				return false;
		}
		above_.pop_back();
		return true;
	}

	/* What the whole pattern means: a file, or all files below a directory. */
	bool take(const std::string &path)
	{
		Result<Place> place = open_place(root_, root_fd_, path);
		if (!place.ok())
			return fail(*place.error());
		const struct stat &status = place.value().status;
		if (S_ISREG(status.st_mode))
		{
			found_.push_back({path, identity_from(status)});
			return true;
		}
		if (!S_ISDIR(status.st_mode))
			return fail(Error(sqlstate::wrong_object_type,
							  "\"" + path + "\" is " + kind_of(status.st_mode) + ", not a regular file"));
		return in_directory(path, false, [&](const std::string &name, const std::string &below)
							{ return name.front() == '.' || name.front() == '_' || take(below); });
	}

	const RootDirectory &root_;
	int root_fd_;
	std::vector<std::string> parts_;
	const RootDirectory::Stopped &stopped_;
	std::vector<FoundFile> found_;
	std::vector<std::pair<dev_t, ino_t>> above_;
	std::optional<Error> failure_;
};

} // namespace

Result<FileIdentity> identity_of(int fd)
{
	struct stat status;
	if (fstat(fd, &status) != 0)
		return Error(sqlstate::fdw_error,
					 std::string("could not look at an open file: ") + std::generic_category().message(errno));
	return identity_from(status);
}

Result<RootDirectory> RootDirectory::open(const std::string &path)
{
	if (path.empty() || path.front() != '/')
		return Error(sqlstate::invalid_parameter_value, "\"" + path + "\" is not an absolute path");
	Descriptor descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (!descriptor)
		return system_error("open directory", path, errno);
	Result<std::string> resolved = resolved_path(descriptor.get(), path);
	if (!resolved.ok())
		return *resolved.error();
	return RootDirectory(std::move(descriptor), std::move(resolved).value());
}

bool RootDirectory::contains(std::string_view resolved) const noexcept
{
	if (path_ == "/")
		return !resolved.empty() && resolved.front() == '/';
	return resolved.substr(0, path_.size()) == path_ &&
		   (resolved.size() == path_.size() || resolved[path_.size()] == '/');
}

Result<RootedFile> RootDirectory::open_file(std::string_view relative) const
{
	Result<std::vector<std::string>> parts = parts_of(relative);
	if (!parts.ok())
		return *parts.error();
	Result<Place> place = open_place(*this, descriptor_.get(), std::string(relative));
	if (!place.ok())
		return *place.error();
	const struct stat &status = place.value().status;
	if (!S_ISREG(status.st_mode))
		return Error(sqlstate::wrong_object_type,
					 "\"" + std::string(relative) + "\" is " + kind_of(status.st_mode) + ", not a regular file");
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", place.value().descriptor.get());
	RootedFile file;
	file.descriptor = Descriptor(::open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY));
	if (!file.descriptor)
		return system_error("open", relative, errno);
	file.identity = identity_from(status);
	return file;
}

Result<std::vector<FoundFile>> RootDirectory::find(std::string_view pattern, const Stopped &stopped) const
{
	Result<std::vector<std::string>> parts = parts_of(pattern);
	if (!parts.ok())
		return *parts.error();
	return Search(*this, descriptor_.get(), std::move(parts).value(), stopped).run(pattern);
}

Result<std::vector<RootDirectory::Entry>> RootDirectory::entries(std::string_view directory,
																 const Stopped &stopped) const
{
	Result<std::vector<std::string>> parts = parts_of(directory);
	if (!parts.ok())
		return *parts.error();
	const std::string path(directory);
	Result<Place> place = open_place(*this, descriptor_.get(), path);
	if (!place.ok())
		return *place.error();
	if (!S_ISDIR(place.value().status.st_mode))
		return Error(sqlstate::wrong_object_type, "\"" + path + "\" is not a directory");
	Result<std::vector<std::string>> names = names_in(place.value(), path);
	if (!names.ok())
		return *names.error();
	std::vector<Entry> entries;
	for (std::string &name : names.value())
	{
		if (stopped && stopped())
			return canceled();
		if (name.front() == '.' || name.front() == '_')
			continue;
		Result<Place> entry = open_place(*this, descriptor_.get(), path + "/" + name);
		/* A link that leads nowhere, or out: nothing that could be read. */
		if (!entry.ok())
			continue;
		const mode_t mode = entry.value().status.st_mode;
		if (S_ISDIR(mode) || S_ISREG(mode))
			entries.push_back({std::move(name), S_ISDIR(mode)});
	}
	return entries;
}

} // namespace fabric::core
