/*
 * Files that hold a secret, read only when nobody else can read them: PostgreSQL's rule for the key of its TLS certificate.
 *
 * Lifecycle: a function; the file is open while it runs.
 */
#ifndef FABRIC_CORE_SECRET_FILE_HPP
#define FABRIC_CORE_SECRET_FILE_HPP

#include "core/error.hpp"
#include "core/sealed.hpp"

#include <cstddef>
#include <string>

namespace fabric::core
{

/* The longest file that is read, in bytes. */
inline constexpr std::size_t longest_secret_file = 1 << 20;

/*
 * The content of a regular file that is ours, or root's, and that others can neither read nor write (the group of a file of root's may
 * read it), and that does not lie in the directory `outside` (resolved; empty: anywhere). Links are followed; the rules are those of
 * what they lead to.
 *
 * undefined_file when there is none, insufficient_privilege when it must not or cannot be read, wrong_object_type when it is no regular
 * file, program_limit_exceeded when it is too long, io_error else. Messages name the path, and `what` it was wanted for: "key file".
 */
Result<SecretText> read_secret_file(const std::string &path, const std::string &what, const std::string &outside);

} // namespace fabric::core

#endif
