/*
 * Files below a root directory: opened only where their resolved path lies below it, and found by patterns.
 *
 * Lifecycle: a RootDirectory holds a descriptor of the directory from open() to its end; what it opens belongs to the
 * caller. Thread-safe: nothing changes after open(). Linux: a path is resolved by the kernel while it is opened, and
 * where it led to is read from /proc/self/fd, so that nobody can exchange a directory for a link in between.
 */
#ifndef FABRIC_CORE_ROOTED_FILES_HPP
#define FABRIC_CORE_ROOTED_FILES_HPP

#include "error.hpp"
#include "files.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fabric::core
{

/* What tells one state of a file from another. Two writes within one tick of the file system's clock (4 ms at most) that leave
 * the size as it is look alike. */
struct FileIdentity
{
	uint64_t device = 0;
	uint64_t inode = 0;
	int64_t size = 0;		 /* bytes */
	int64_t modified_ns = 0; /* since 1970 */

	bool operator==(const FileIdentity &) const noexcept = default;
};

/* The identity of an open file now; fdw_error when it cannot be had. */
[[nodiscard]] Result<FileIdentity> identity_of(int fd);

struct RootedFile
{
	Descriptor descriptor; /* for reading */
	FileIdentity identity;
};

struct FoundFile
{
	std::string path; /* relative to the root */
	FileIdentity identity;
};

class RootDirectory
{
public:
	/* Resolves the path, which must be absolute and that of a directory. */
	[[nodiscard]] static Result<RootDirectory> open(const std::string &path);

	/* The resolved path. */
	const std::string &path() const noexcept { return path_; }

	/* Whether a resolved path is the directory itself or lies below it. */
	[[nodiscard]] bool contains(std::string_view resolved) const noexcept;

	/*
	 * Opens a regular file for reading. Errors: insufficient_privilege when it lies outside the root, by `..`, as an absolute
	 * path or by a symbolic link, or when the operating system denies it; undefined_file; wrong_object_type for directories,
	 * devices, sockets and FIFOs, which are never opened.
	 */
	[[nodiscard]] Result<RootedFile> open_file(std::string_view relative) const;

	struct Entry
	{
		std::string name;
		bool directory;
	};

	/* Asked between entries: whether to end with query_canceled. It may throw. */
	using Stopped = std::function<bool()>;

	/* What a directory below the root holds, ordered by the bytes of the names; without what begins with a dot or an underscore,
	 * and without what is neither a file nor a directory. Errors as those of find(). */
	[[nodiscard]] Result<std::vector<Entry>> entries(std::string_view directory, const Stopped &stopped = {}) const;

	/*
	 * The regular files that a pattern means, ordered by the bytes of their paths. In each part between slashes *, ? and [..]
	 * stand for characters (not for a leading dot), and ** alone for any number of directories. Where a directory is meant, the
	 * pattern means all files below it but those whose name, or whose directory's name, begins with a dot or an underscore. An
	 * entry that cannot be looked at is an error: nothing is passed over in silence. undefined_file when there is none.
	 */
	[[nodiscard]] Result<std::vector<FoundFile>> find(std::string_view pattern, const Stopped &stopped = {}) const;

private:
	RootDirectory(Descriptor descriptor, std::string path) noexcept
		: descriptor_(std::move(descriptor)), path_(std::move(path))
	{
	}

	Descriptor descriptor_;
	std::string path_;
};

} // namespace fabric::core

#endif
