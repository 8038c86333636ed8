/*
 * Literals of SQL that more than one dialect writes: dates, times, floating point numbers, so that they are read back as exactly the
 * value given.
 *
 * The functions write to anything with append(const char *, std::size_t); a std::string will do. They hold nothing that needs a
 * destructor while they call it, so a sink may raise PostgreSQL errors. Where a value cannot be written the answer is false and nothing
 * has been appended.
 */
#ifndef FABRIC_CORE_SQL_LITERAL_HPP
#define FABRIC_CORE_SQL_LITERAL_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fabric::core
{

/*
 * The plain text of a value, without quotes; the answer is its length, 0 when the value cannot be represented. No NUL
 * is written. Dates and times count from 2000-01-01 as PostgreSQL's do, from 0001-01-01 to 9999-12-31; a time is a
 * signed span to +-838:59:59. All six digits of the fraction are written.
 */
inline constexpr std::size_t date_text_size = 10;
inline constexpr std::size_t datetime_text_size = 26;
inline constexpr std::size_t time_text_size = 17;
inline constexpr std::size_t double_text_size = 32;

[[nodiscard]] std::size_t format_date(std::int32_t days, char (&text)[date_text_size]) noexcept;
[[nodiscard]] std::size_t format_datetime(std::int64_t microseconds, char (&text)[datetime_text_size]) noexcept;
[[nodiscard]] std::size_t format_time(std::int64_t microseconds, char (&text)[time_text_size]) noexcept;

/*
 * The fewest digits, at most 17, that read back as the same double, always with an exponent: without one the server
 * would take the number for a DECIMAL.
 */
[[nodiscard]] std::size_t format_double(double value, char (&text)[double_text_size]) noexcept;

namespace detail
{

template <class Out> void append_text(Out &out, std::string_view text)
{
	if (!text.empty())
		out.append(text.data(), text.size());
}

/* keyword'text', or nothing and false when size is 0. */
template <class Out> bool append_quoted(Out &out, std::string_view keyword, const char *text, std::size_t size)
{
	if (size == 0)
		return false;
	append_text(out, keyword);
	append_text(out, "'");
	append_text(out, {text, size});
	append_text(out, "'");
	return true;
}

} // namespace detail

/* DATE'2000-01-01' */
template <class Out> [[nodiscard]] bool append_date_literal(Out &out, std::int32_t days)
{
	char text[date_text_size];
	return detail::append_quoted(out, "DATE", text, format_date(days, text));
}

/* TIMESTAMP'2000-01-01 00:00:00.000000': a DATETIME(6), in spite of the word */
template <class Out> [[nodiscard]] bool append_datetime_literal(Out &out, std::int64_t microseconds)
{
	char text[datetime_text_size];
	return detail::append_quoted(out, "TIMESTAMP", text, format_datetime(microseconds, text));
}

/* TIME'-12:00:00.000000' */
template <class Out> [[nodiscard]] bool append_time_literal(Out &out, std::int64_t microseconds)
{
	char text[time_text_size];
	return detail::append_quoted(out, "TIME", text, format_time(microseconds, text));
}

/* 1.5e0. NaN and the infinities are refused. A negative number begins with its sign: mind the operator before it. */
template <class Out> [[nodiscard]] bool append_double(Out &out, double value)
{
	char text[double_text_size];
	const std::size_t size = format_double(value, text);
	detail::append_text(out, {text, size});
	return size != 0;
}

} // namespace fabric::core

#endif
