/*
 * A record of a CSV text: how many fields its lines have, their names where it is a header, and what they look like.
 *
 * Lifecycle: a CsvRecord is fed bytes until it is complete; then its fields are there. Another one takes the bytes behind it. RFC 4180 as COPY reads it: a quote is
 * doubled, or escaped, within quotes; a line ends by \n, \r or \r\n outside of them.
 */
#ifndef FABRIC_CORE_CSV_RECORD_HPP
#define FABRIC_CORE_CSV_RECORD_HPP

#include <string>
#include <string_view>
#include <vector>

namespace fabric::core
{

struct CsvDialect
{
	char delimiter = ',';
	char quote = '"';
	char escape = '"';
};

class CsvRecord
{
public:
	explicit CsvRecord(CsvDialect dialect) : dialect_(dialect) {}

	/* Takes further bytes; true once the record is complete: what follows is not looked at. */
	bool feed(std::string_view bytes);

	/* There are no more bytes. False when a quote is still open. */
	bool finish();

	/* Nothing but what finish() was told has come. */
	bool empty() const noexcept { return !begun_; }
	const std::vector<std::string> &fields() const noexcept { return fields_; }
	/* Whether a field was in quotes: then it is no NULL. */
	bool quoted(std::size_t field) const { return quoted_[field]; }
	/* Bytes that were taken so far. */
	std::size_t size() const noexcept { return size_; }

private:
	enum class State : unsigned char
	{
		field,	 /* outside of quotes */
		quoted,	 /* within */
		escaped, /* within, after an escape that is no quote */
		closed	 /* after a quote within quotes: it closes, or is the first of two */
	};

	void end_field();

	CsvDialect dialect_;
	State state_ = State::field;
	bool begun_ = false;
	bool done_ = false;
	std::size_t size_ = 0;
	bool in_quotes_ = false; /* the field was */
	std::string field_;
	std::vector<std::string> fields_;
	std::vector<bool> quoted_;
};

/*
 * Names for columns: those given, an empty one replaced by columnN (from 1), and one that differs from an earlier one in nothing
 * but case followed by _1, _2, ...
 */
[[nodiscard]] std::vector<std::string> distinct_names(std::vector<std::string> names);

} // namespace fabric::core

#endif
