/*
 * JSON as text: where the records of a file begin and end, and what is a number.
 *
 * Lifecycle: one JsonSplitter per file, or part of a file, fed from its beginning to its end. It finds where records are; whether
 * they are JSON is found out by whoever parses them. RFC 8259; for lines, jsonlines.org.
 */
#ifndef FABRIC_CORE_JSON_TEXT_HPP
#define FABRIC_CORE_JSON_TEXT_HPP

#include "core/splitter.hpp"

#include <cstddef>
#include <string_view>

namespace fabric::core
{

class JsonSplitter final : public Splitter
{
public:
	enum class Form : unsigned char
	{
		lines, /* a record is a line; blank ones are none */
		values /* the elements of an array, or values one behind the other */
	};

	explicit JsonSplitter(Form form) : form_(form) {}

	Found next(std::string_view text, bool last) noexcept override;

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

	Form form_;
	Place place_ = Place::start;
	bool inside_ = false; /* a value, whose first byte is the text's */
	bool scalar_ = false; /* that is no object, array or string */
	bool quoted_ = false;
	bool escaped_ = false;
	std::size_t depth_ = 0;
	std::size_t seen_ = 0; /* bytes of the text that were looked at */
};

/* Whether a text is a number as JSON writes it. */
[[nodiscard]] bool is_json_number(std::string_view text) noexcept;

[[nodiscard]] constexpr bool is_json_blank(char byte) noexcept
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

} // namespace fabric::core

#endif
