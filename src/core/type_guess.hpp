/*
 * The type of a column of texts, by looking at some of them: the narrowest that has every one of them as a value of the same meaning.
 *
 * Lifecycle: one TypeGuess per column; add each value, then ask for type(). A text such as 01234 or +1 is no number, since as one
 * it would not be the same text any more. NULLs are not added.
 */
#ifndef FABRIC_CORE_TYPE_GUESS_HPP
#define FABRIC_CORE_TYPE_GUESS_HPP

#include <cstdint>
#include <string_view>

namespace fabric::core
{

class TypeGuess
{
public:
	/* A value that is written without a type, as in CSV. */
	void add_text(std::string_view text) noexcept;
	/* Values of JSON, which has types: a string may be a moment or a UUID, but no number. */
	void add_json_string(std::string_view text) noexcept;
	void add_json_number(std::string_view text) noexcept;
	void add_json_boolean() noexcept;
	/* An object or an array. */
	void add_json_nested() noexcept;

	/* The name of a type of PostgreSQL: text when nothing was added; jsonb when values were of kinds that JSON tells apart. */
	[[nodiscard]] const char *type() const noexcept;

private:
	/* What all values added so far are; a set of these. */
	enum Kind : std::uint16_t
	{
		boolean = 1,
		bigint = 2,
		numeric = 4,
		date = 8,
		timestamp = 16,
		timestamptz = 32,
		uuid = 64,
		time = 128,
		text = 256,
		nested = 512, /* JSON that is of no type of its own */
		all = 1023
	};

	static std::uint16_t kinds_of_number(std::string_view text) noexcept;
	static std::uint16_t kinds_of_string(std::string_view text) noexcept;

	std::uint16_t possible_ = all;
};

} // namespace fabric::core

#endif
