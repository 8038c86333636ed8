/*
 * JSON as text: where the records of a file begin and end, and what is a number.
 *
 * Lifecycle: one JsonSplitter per file, or part of a file, fed from its beginning to its end. It finds where records are; whether
 * they are JSON is found out by whoever parses them. RFC 8259; for lines, jsonlines.org.
 */
#ifndef FABRIC_CORE_JSON_TEXT_HPP
#define FABRIC_CORE_JSON_TEXT_HPP

#include <cstddef>
#include <string_view>

namespace fabric::core
{

class JsonSplitter
{
public:
	enum class Form : unsigned char
	{
		lines, /* a record is a line; blank ones are none */
		values /* the elements of an array, or values one behind the other */
	};
	enum class Found : unsigned char
	{
		record,
		more,  /* the record, or what is between two, is not complete */
		end,   /* there are no more records */
		failed /* reason() says why */
	};

	explicit JsonSplitter(Form form) : form_(form) {}

	/*
	 * Looks for the next record in `text`: the bytes that were not taken so far, longer than at the last call if that said `more`.
	 * `last`: no more bytes follow. After `record` it is [begin(), end()), and after `record` and `more` the caller takes taken()
	 * bytes from the beginning of the text.
	 */
	Found next(std::string_view text, bool last) noexcept;
	std::size_t begin() const noexcept { return begin_; }
	std::size_t end() const noexcept { return end_; }
	std::size_t taken() const noexcept { return taken_; }
	const char *reason() const noexcept { return reason_; }

private:
	enum class Place : unsigned char
	{
		start,	 /* of the file */
		first,	 /* after the bracket that opens the array */
		comma,	 /* after an element of it */
		element, /* after a comma of it */
		after,	 /* behind the array */
		between	 /* of values that are in no array */
	};

	Found next_line(std::string_view text, bool last) noexcept;
	Found next_value(std::string_view text, bool last) noexcept;
	bool pass_value(std::string_view text) noexcept;
	Found fail(const char *reason) noexcept;

	Form form_;
	Place place_ = Place::start;
	bool inside_ = false; /* a value, whose first byte is the text's */
	bool scalar_ = false; /* that is no object, array or string */
	bool quoted_ = false;
	bool escaped_ = false;
	std::size_t depth_ = 0;
	std::size_t seen_ = 0; /* bytes of the text that were looked at */
	std::size_t begin_ = 0;
	std::size_t end_ = 0;
	std::size_t taken_ = 0;
	const char *reason_ = nullptr;
};

/* Whether a text is a number as JSON writes it. */
[[nodiscard]] bool is_json_number(std::string_view text) noexcept;

[[nodiscard]] constexpr bool is_json_blank(char byte) noexcept
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

} // namespace fabric::core

#endif
