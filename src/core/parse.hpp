/*
 * Parsers of a MySQL server's text cells: numbers, dates, times, bits.
 *
 * Assumptions: a cell is size bytes at text, not NUL-terminated, in the form the server itself prints; anything else
 * is a syntax error, never a guess. The whole cell must be used. *value is written only when the answer is ok.
 * Nothing here allocates, throws or keeps state: safe on any thread, called once per cell.
 *
 * Dates count as PostgreSQL counts them: days, or microseconds, since 2000-01-01 in the proleptic Gregorian calendar,
 * in which the year 0000 is 1 BC and a leap year.
 */
#ifndef FABRIC_CORE_PARSE_HPP
#define FABRIC_CORE_PARSE_HPP

#include <cstddef>
#include <cstdint>

namespace fabric::core
{

enum class ParseError : unsigned char
{
	ok,
	syntax,	   /* not the form of this type */
	range,	   /* the right form, but no such value: too large, the 31st of June, 25 o'clock */
	zero,	   /* 0000-00-00: MySQL's "no date" */
	incomplete /* month or day is 0, and not all of the date is */
};

/* Digits with an optional '-'. Leading zeros are fine: ZEROFILL columns have them. */
[[nodiscard]] ParseError parse_int16(const char *text, std::size_t size, std::int16_t *value) noexcept;
[[nodiscard]] ParseError parse_int32(const char *text, std::size_t size, std::int32_t *value) noexcept;
[[nodiscard]] ParseError parse_int64(const char *text, std::size_t size, std::int64_t *value) noexcept;
/* A negative number other than -0 is out of range. */
[[nodiscard]] ParseError parse_uint64(const char *text, std::size_t size, std::uint64_t *value) noexcept;

/* The nearest double. Words (nan, inf) are syntax errors; what overflows or vanishes to zero is out of range. */
[[nodiscard]] ParseError parse_double(const char *text, std::size_t size, double *value) noexcept;

/* YYYY-MM-DD to days. */
[[nodiscard]] ParseError parse_date(const char *text, std::size_t size, std::int32_t *value) noexcept;

/*
 * YYYY-MM-DD hh:mm:ss with an optional fraction of one to six digits, to microseconds. The answers zero and
 * incomplete speak of the date; an impossible time of day is out of range first.
 */
[[nodiscard]] ParseError parse_datetime(const char *text, std::size_t size, std::int64_t *value) noexcept;

/* [-]hh:mm:ss or [-]hhh:mm:ss with an optional fraction, to +-838:59:59.999999, to signed microseconds. */
[[nodiscard]] ParseError parse_time(const char *text, std::size_t size, std::int64_t *value) noexcept;

/* Four digits, 1901 to 2155 or 0000, which is a value of YEAR like any other. Not the two digits of YEAR(2). */
[[nodiscard]] ParseError parse_year(const char *text, std::size_t size, std::int16_t *value) noexcept;

/* BIT(bits), 1 to 64: raw bytes, the highest first. A bit set above the wanted ones is out of range. */
[[nodiscard]] ParseError parse_bit(const char *data, std::size_t size, unsigned bits, std::uint64_t *value) noexcept;

} // namespace fabric::core

#endif
