/*
 * Guessing types. A value has the kinds that its text is the usual form of.
 */
#include "core/type_guess.hpp"

#include "core/json_text.hpp"

#include <cstddef>

namespace fabric::core
{

namespace
{

/* Whether a text has the form of a pattern: 9 stands for a digit, x for a hexadecimal one, everything else for itself. */
bool has_form(std::string_view text, std::string_view pattern) noexcept
{
	if (text.size() != pattern.size())
		return false;
	for (std::size_t i = 0; i < text.size(); ++i)
	{
		const char byte = text[i];
		const bool digit = byte >= '0' && byte <= '9';
		const bool hex = digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
		if (pattern[i] == '9' ? !digit : pattern[i] == 'x' ? !hex : byte != pattern[i])
			return false;
	}
	return true;
}

int number_of(std::string_view digits) noexcept
{
	int number = 0;
	for (const char digit : digits)
		number = number * 10 + (digit - '0');
	return number;
}

/* YYYY-MM-DD that there is. */
bool is_date(std::string_view text) noexcept
{
	if (!has_form(text, "9999-99-99"))
		return false;
	const int year = number_of(text.substr(0, 4));
	const int month = number_of(text.substr(5, 2));
	const int day = number_of(text.substr(8, 2));
	constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* hh:mm:ss with up to six digits of a second. What follows is left in *rest. */
bool is_time(std::string_view text, std::string_view *rest) noexcept
{
	if (text.size() < 8 || !has_form(text.substr(0, 8), "99:99:99") || number_of(text.substr(0, 2)) > 23 ||
		number_of(text.substr(3, 2)) > 59 || number_of(text.substr(6, 2)) > 59)
		return false;
	text.remove_prefix(8);
	if (!text.empty() && text[0] == '.')
	{
		std::size_t digits = 1;
		while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
			++digits;
		if (digits < 2 || digits > 7)
			return false;
		text.remove_prefix(digits);
	}
	*rest = text;
	return true;
}

/* Z, +hh, +hhmm, +hh:mm, below 16 hours. */
bool is_offset(std::string_view text) noexcept
{
	if (text == "Z")
		return true;
	if (text.empty() || (text[0] != '+' && text[0] != '-'))
		return false;
	text.remove_prefix(1);
	if (!has_form(text, "99") && !has_form(text, "9999") && !has_form(text, "99:99"))
		return false;
	return number_of(text.substr(0, 2)) < 16 && (text.size() == 2 || number_of(text.substr(text.size() - 2)) < 60);
}

/* What numeric holds whatever follows: 131072 digits before the point, 16383 after it. */
constexpr std::size_t longest_number = 1000;

/* A number whose text PostgreSQL writes as it is: no exponent, no zeros before it, no minus before a zero. */
bool is_plain_number(std::string_view text, bool *whole) noexcept
{
	*whole = text.find('.') == std::string_view::npos;
	if (!is_json_number(text) || text.find_first_of("eE") != std::string_view::npos)
		return false;
	return text[0] != '-' || text.find_first_of("123456789") != std::string_view::npos;
}

bool fits_bigint(std::string_view text) noexcept
{
	const bool negative = text[0] == '-';
	if (negative)
		text.remove_prefix(1);
	constexpr std::string_view greatest = "9223372036854775807";
	constexpr std::string_view least = "9223372036854775808";
	return text.size() < greatest.size() || (text.size() == greatest.size() && text <= (negative ? least : greatest));
}

} // namespace

std::uint16_t TypeGuess::kinds_of_number(std::string_view number) noexcept
{
	bool whole;
	if (!is_plain_number(number, &whole) || number.size() > longest_number)
		return 0;
	return whole && fits_bigint(number) ? bigint | numeric : numeric;
}

std::uint16_t TypeGuess::kinds_of_string(std::string_view string) noexcept
{
	if (is_date(string))
		return date;
	if (has_form(string, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"))
		return uuid;
	std::string_view rest;
	if (is_time(string, &rest))
		return rest.empty() ? time : 0;
	if (string.size() < 19 || !is_date(string.substr(0, 10)) || (string[10] != ' ' && string[10] != 'T') ||
		!is_time(string.substr(11), &rest))
		return 0;
	return rest.empty() ? timestamp : is_offset(rest) ? timestamptz : 0;
}

void TypeGuess::add_text(std::string_view value) noexcept
{
	const std::uint16_t truth = value == "true" || value == "false" ? boolean : 0;
	possible_ &= static_cast<std::uint16_t>(kinds_of_number(value) | kinds_of_string(value) | truth | text);
}

void TypeGuess::add_json_string(std::string_view value) noexcept
{
	possible_ &= static_cast<std::uint16_t>(kinds_of_string(value) | text | nested);
}

void TypeGuess::add_json_number(std::string_view value) noexcept
{
	/* One with an exponent is written otherwise, but is the same number. */
	const std::uint16_t kinds = kinds_of_number(value);
	const bool moderate = value.find_first_of("eE") == std::string_view::npos || value.size() < 8;
	possible_ &= static_cast<std::uint16_t>(
		(kinds != 0 || (moderate && value.size() < longest_number) ? kinds | numeric : 0) | nested);
}

void TypeGuess::add_json_boolean() noexcept
{
	possible_ &= boolean | nested;
}

void TypeGuess::add_json_nested() noexcept
{
	possible_ &= nested;
}

const char *TypeGuess::type() const noexcept
{
	if (possible_ == all)
		return "text";
	struct Name
	{
		Kind kind;
		const char *name;
	};
	static constexpr Name names[] = {{boolean, "boolean"},
									 {bigint, "bigint"},
									 {numeric, "numeric"},
									 {date, "date"},
									 {timestamp, "timestamp without time zone"},
									 {timestamptz, "timestamp with time zone"},
									 {time, "time without time zone"},
									 {uuid, "uuid"},
									 {text, "text"}};
	for (const Name &name : names)
		if ((possible_ & name.kind) != 0)
			return name.name;
	return "jsonb";
}

} // namespace fabric::core
