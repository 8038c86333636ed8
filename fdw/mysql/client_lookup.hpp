/*
 * The addresses of a host, asked of the system's resolver in a thread of its own: it cannot be interrupted, and takes as long as it likes.
 *
 * Lifecycle: belongs to one connection; a thread that is still asking when that is closed goes on by itself, and what it writes to is
 * freed when both are done.
 */
#ifndef FABRIC_MYSQL_CLIENT_LOOKUP_HPP
#define FABRIC_MYSQL_CLIENT_LOOKUP_HPP

#include <memory>
#include <string>
#include <vector>

namespace fabric::fdw::mysql
{

class Lookup
{
public:
	/* Asks for a host's addresses; one that is an address is its own answer, at once. Without a thread the answer is a failure. */
	void start(const std::string &host) noexcept;
	/* Whether the answer is there; start() was called. */
	bool over() const noexcept;
	/* Readable when the answer is there; -1 where nothing is asked. */
	int socket() const noexcept;
	/* Why there are no addresses, or NULL; the answer is there. */
	const char *failure() const noexcept;
	/* Numeric, in the order in which they are to be tried (RFC 6724). Taken once: nothing is asked any more. */
	std::vector<std::string> take() noexcept;

private:
	struct Question;
	std::shared_ptr<Question> question_;
};

} // namespace fabric::fdw::mysql

#endif
