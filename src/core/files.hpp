/*
 * What all that opens files has in common: descriptors, where they lead, the operating system's errors.
 *
 * Lifecycle: a Descriptor closes what it holds with its owner; nothing else is kept.
 */
#ifndef FABRIC_CORE_FILES_HPP
#define FABRIC_CORE_FILES_HPP

#include "error.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace fabric::core
{

/* A file descriptor that is closed with its owner. */
class Descriptor
{
public:
	Descriptor() noexcept = default;
	explicit Descriptor(int fd) noexcept : fd_(fd) {}
	Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
	Descriptor &operator=(Descriptor &&other) noexcept
	{
		std::swap(fd_, other.fd_);
		return *this;
	}
	Descriptor(const Descriptor &) = delete;
	Descriptor &operator=(const Descriptor &) = delete;
	~Descriptor();

	int get() const noexcept { return fd_; }
	explicit operator bool() const noexcept { return fd_ >= 0; }

private:
	int fd_ = -1;
};

/* "could not ACTION "PATH": ..." for an errno, with the SQLSTATE that it means. */
[[nodiscard]] Error system_error(const std::string &action, std::string_view path, int number);

/* The path of what a descriptor is open on, as the kernel knows it: without links. `path` is for messages. */
[[nodiscard]] Result<std::string> resolved_path(int fd, std::string_view path);

} // namespace fabric::core

#endif
