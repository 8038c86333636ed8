/*
 * Parsers of a MySQL server's text cells: fixed positions, errors gathered and looked at once.
 */
#include "parse.hpp"

#include <charconv>
#include <limits>
#include <system_error>

namespace fabric::core
{
namespace
{

constexpr std::int64_t microseconds_per_second = 1000000;
constexpr std::int64_t microseconds_per_day = 86400 * microseconds_per_second;

/* The value of a digit; anything above 9 is none. */
constexpr unsigned digit(char c) noexcept
{
	return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0';
}

/* Two digits at text; *bad becomes non-zero when one is none. */
inline unsigned two_digits(const char *text, unsigned *bad) noexcept
{
	const unsigned high = digit(text[0]);
	const unsigned low = digit(text[1]);
	*bad |= static_cast<unsigned>(high > 9) | static_cast<unsigned>(low > 9);
	return high * 10 + low;
}

inline unsigned four_digits(const char *text, unsigned *bad) noexcept
{
	const unsigned high = two_digits(text, bad);
	return high * 100 + two_digits(text + 2, bad);
}

/* ---- integers ---- */

struct Integer
{
	std::uint64_t magnitude;
	bool negative;
};

ParseError parse_integer(const char *text, std::size_t size, Integer *value) noexcept
{
	/* Nineteen digits always fit 64 bits. */
	constexpr std::ptrdiff_t safe_digits = 19;
	constexpr std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();

	const char *const end = text + size;
	const bool negative = size > 0 && *text == '-';
	if (negative)
		text++;
	if (text == end)
		return ParseError::syntax;
	if (end - text > safe_digits)
	{
		while (end - text > 1 && *text == '0')
			text++;
	}

	std::uint64_t magnitude = 0;
	const char *const safe_end = end - text > safe_digits ? text + safe_digits : end;
	for (; text != safe_end; text++)
	{
		const unsigned d = digit(*text);
		if (d > 9)
			return ParseError::syntax;
		magnitude = magnitude * 10 + d;
	}

	/* The digits past the safe ones; all are looked at, so that a bad one is a syntax error wherever it stands. */
	bool overflow = false;
	for (; text != end; text++)
	{
		const unsigned d = digit(*text);
		if (d > 9)
			return ParseError::syntax;
		overflow = overflow || magnitude > limit / 10 || (magnitude == limit / 10 && d > limit % 10);
		if (!overflow)
			magnitude = magnitude * 10 + d;
	}
	if (overflow)
		return ParseError::range;
	*value = {magnitude, negative};
	return ParseError::ok;
}

template <class T> ParseError parse_signed(const char *text, std::size_t size, T *value) noexcept
{
	Integer integer;
	const ParseError error = parse_integer(text, size, &integer);
	if (error != ParseError::ok)
		return error;
	/* The lowest value has no positive counterpart, so its sign is part of the limit. */
	const std::uint64_t limit = static_cast<std::uint64_t>(std::numeric_limits<T>::max()) + (integer.negative ? 1 : 0);
	if (integer.magnitude > limit)
		return ParseError::range;
	const std::uint64_t bits = integer.negative ? 0 - integer.magnitude : integer.magnitude;
	*value = static_cast<T>(static_cast<std::int64_t>(bits));
	return ParseError::ok;
}

/* ---- the calendar ---- */

constexpr bool is_leap_year(unsigned year) noexcept
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr unsigned days_in_month(unsigned year, unsigned month) noexcept
{
	return month == 2 ? (is_leap_year(year) ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);
}

/*
 * Days since 0000-03-01 less 400 years, for a valid date: the year begins in March, so that the leap day is its last;
 * the 400 years (a whole cycle) keep January and February of the year 0000 above zero.
 */
constexpr std::int32_t days_since_cycle(unsigned year, unsigned month, unsigned day) noexcept
{
	const unsigned y = year + 400 - (month <= 2 ? 1 : 0);
	const unsigned m = month <= 2 ? month + 9 : month - 3;
	return static_cast<std::int32_t>(y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1);
}

constexpr std::int32_t days_of_epoch = days_since_cycle(2000, 1, 1);

/* The ten characters of a date. */
inline ParseError parse_date_part(const char *text, std::int32_t *value) noexcept
{
	unsigned bad = static_cast<unsigned>(text[4] != '-') | static_cast<unsigned>(text[7] != '-');
	const unsigned year = four_digits(text, &bad);
	const unsigned month = two_digits(text + 5, &bad);
	const unsigned day = two_digits(text + 8, &bad);
	if (bad != 0) [[unlikely]]
		return ParseError::syntax;
	if (month > 12 || day > 31) [[unlikely]]
		return ParseError::range;
	if (month == 0 || day == 0) [[unlikely]]
		return (year | month | day) == 0 ? ParseError::zero : ParseError::incomplete;
	if (day > 28 && day > days_in_month(year, month)) [[unlikely]]
		return ParseError::range;
	*value = days_since_cycle(year, month, day) - days_of_epoch;
	return ParseError::ok;
}

/* What follows the seconds: nothing, or a dot and one to six digits. False when it is anything else. */
inline bool parse_fraction(const char *text, std::size_t size, unsigned *microseconds) noexcept
{
	if (size == 0)
	{
		*microseconds = 0;
		return true;
	}
	if (size < 2 || size > 7 || text[0] != '.')
		return false;
	unsigned fraction = 0;
	for (std::size_t i = 1; i < 7; i++)
	{
		const unsigned d = i < size ? digit(text[i]) : 0;
		if (d > 9)
			return false;
		fraction = fraction * 10 + d;
	}
	*microseconds = fraction;
	return true;
}

} // namespace

ParseError parse_int16(const char *text, std::size_t size, std::int16_t *value) noexcept
{
	return parse_signed(text, size, value);
}

ParseError parse_int32(const char *text, std::size_t size, std::int32_t *value) noexcept
{
	return parse_signed(text, size, value);
}

ParseError parse_int64(const char *text, std::size_t size, std::int64_t *value) noexcept
{
	return parse_signed(text, size, value);
}

ParseError parse_uint64(const char *text, std::size_t size, std::uint64_t *value) noexcept
{
	Integer integer;
	const ParseError error = parse_integer(text, size, &integer);
	if (error != ParseError::ok)
		return error;
	if (integer.negative && integer.magnitude != 0)
		return ParseError::range;
	*value = integer.magnitude;
	return ParseError::ok;
}

ParseError parse_double(const char *text, std::size_t size, double *value) noexcept
{
	/* from_chars reads words as well; after the sign only a digit or a dot begins a number. */
	const std::size_t first = size > 0 && text[0] == '-' ? 1 : 0;
	if (first == size || (digit(text[first]) > 9 && text[first] != '.'))
		return ParseError::syntax;
	double parsed;
	const std::from_chars_result result = std::from_chars(text, text + size, parsed, std::chars_format::general);
	if (result.ec == std::errc::invalid_argument || result.ptr != text + size)
		return ParseError::syntax;
	if (result.ec != std::errc())
		return ParseError::range;
	*value = parsed;
	return ParseError::ok;
}

ParseError parse_date(const char *text, std::size_t size, std::int32_t *value) noexcept
{
	if (size != 10)
		return ParseError::syntax;
	return parse_date_part(text, value);
}

ParseError parse_datetime(const char *text, std::size_t size, std::int64_t *value) noexcept
{
	if (size < 19)
		return ParseError::syntax;
	unsigned bad = static_cast<unsigned>(text[10] != ' ') | static_cast<unsigned>(text[13] != ':') |
				   static_cast<unsigned>(text[16] != ':');
	const unsigned hours = two_digits(text + 11, &bad);
	const unsigned minutes = two_digits(text + 14, &bad);
	const unsigned seconds = two_digits(text + 17, &bad);
	unsigned microseconds = 0;
	if (bad != 0 || (size != 19 && !parse_fraction(text + 19, size - 19, &microseconds))) [[unlikely]]
		return ParseError::syntax;
	std::int32_t days;
	const ParseError error = parse_date_part(text, &days);
	if (error == ParseError::syntax) [[unlikely]]
		return error;
	if (hours > 23 || minutes > 59 || seconds > 59) [[unlikely]]
		return ParseError::range;
	if (error != ParseError::ok) [[unlikely]]
		return error;
	*value = days * microseconds_per_day +
			 static_cast<std::int64_t>(hours * 3600 + minutes * 60 + seconds) * microseconds_per_second + microseconds;
	return ParseError::ok;
}

ParseError parse_time(const char *text, std::size_t size, std::int64_t *value) noexcept
{
	const bool negative = size > 0 && text[0] == '-';
	text += negative ? 1 : 0;
	size -= negative ? 1 : 0;
	if (size < 8)
		return ParseError::syntax;
	unsigned bad = 0;
	unsigned hours = two_digits(text, &bad);
	if (text[2] != ':')
	{
		if (size < 9)
			return ParseError::syntax;
		const unsigned last = digit(text[2]);
		bad |= static_cast<unsigned>(last > 9);
		hours = hours * 10 + last;
		text++;
		size--;
	}
	bad |= static_cast<unsigned>(text[2] != ':') | static_cast<unsigned>(text[5] != ':');
	const unsigned minutes = two_digits(text + 3, &bad);
	const unsigned seconds = two_digits(text + 6, &bad);
	unsigned microseconds = 0;
	if (bad != 0 || !parse_fraction(text + 8, size - 8, &microseconds)) [[unlikely]]
		return ParseError::syntax;
	if (hours > 838 || minutes > 59 || seconds > 59) [[unlikely]]
		return ParseError::range;
	const std::int64_t span =
		static_cast<std::int64_t>(hours * 3600 + minutes * 60 + seconds) * microseconds_per_second + microseconds;
	*value = negative ? -span : span;
	return ParseError::ok;
}

ParseError parse_year(const char *text, std::size_t size, std::int16_t *value) noexcept
{
	if (size != 4)
		return ParseError::syntax;
	unsigned bad = 0;
	const unsigned year = four_digits(text, &bad);
	if (bad != 0)
		return ParseError::syntax;
	if (year != 0 && (year < 1901 || year > 2155))
		return ParseError::range;
	*value = static_cast<std::int16_t>(year);
	return ParseError::ok;
}

ParseError parse_bit(const char *data, std::size_t size, unsigned bits, std::uint64_t *value) noexcept
{
	if (size == 0 || bits == 0 || bits > 64)
		return ParseError::syntax;
	std::uint64_t parsed = 0;
	bool lost = false;
	for (std::size_t i = 0; i < size; i++)
	{
		lost = lost || (parsed >> 56) != 0;
		parsed = (parsed << 8) | static_cast<unsigned char>(data[i]);
	}
	if (lost || (bits < 64 && (parsed >> bits) != 0))
		return ParseError::range;
	*value = parsed;
	return ParseError::ok;
}

} // namespace fabric::core
