/*
 * MySQL SQL text: identifiers and literals, written so that the server reads back exactly the value given.
 *
 * Assumptions: the statement is sent as utf8mb4 and input is UTF-8, so that no byte of a multi-byte character can be
 * taken for a quote or a backslash; sql_mode holds neither NO_BACKSLASH_ESCAPES nor ANSI_QUOTES.
 *
 * The functions write to anything with append(const char *, std::size_t); a std::string will do. They hold nothing
 * that needs a destructor while they call it, so a sink may raise PostgreSQL errors. Where a value cannot be written
 * the answer is false and nothing has been appended.
 *
 * LIKE patterns need nothing of their own: both sides escape with a backslash by default, so a pattern is a string
 * literal like any other.
 */
#ifndef FABRIC_CORE_SQL_MYSQL_HPP
#define FABRIC_CORE_SQL_MYSQL_HPP

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

/* What stands for a byte inside a string literal; empty when the byte stands for itself. */
constexpr std::string_view escaped_in_string(char c) noexcept
{
	switch (c)
	{
		case '\0':
			return "\\0";
		case '\n':
			return "\\n";
		case '\r':
			return "\\r";
		case '\x1a': /* ends the input of clients on Windows */
			return "\\Z";
		case '\\':
			return "\\\\";
		case '\'':
			return "''"; /* doubled, not \': it ends no literal under any sql_mode */
		default:
			return {};
	}
}

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

/* `name`, back-quotes doubled. A NUL byte cannot stand in an identifier. */
template <class Out> [[nodiscard]] bool append_identifier(Out &out, std::string_view name)
{
	if (name.find('\0') != std::string_view::npos)
		return false;
	detail::append_text(out, "`");
	for (;;)
	{
		const std::size_t quote = name.find('`');
		if (quote == std::string_view::npos)
			break;
		detail::append_text(out, name.substr(0, quote));
		detail::append_text(out, "``");
		name.remove_prefix(quote + 1);
	}
	detail::append_text(out, name);
	detail::append_text(out, "`");
	return true;
}

/* 'text', with what mysql_real_escape_string escapes inside single quotes. */
template <class Out> void append_string_literal(Out &out, std::string_view text)
{
	detail::append_text(out, "'");
	std::size_t done = 0;
	for (std::size_t i = 0; i < text.size(); i++)
	{
		const std::string_view escaped = detail::escaped_in_string(text[i]);
		if (escaped.empty())
			continue;
		detail::append_text(out, text.substr(done, i - done));
		detail::append_text(out, escaped);
		done = i + 1;
	}
	detail::append_text(out, text.substr(done));
	detail::append_text(out, "'");
}

/* X'..': a binary string. Among numbers the server would take it for one. */
template <class Out> void append_hex_literal(Out &out, const void *data, std::size_t size)
{
	static constexpr char digits[] = "0123456789ABCDEF";
	const unsigned char *bytes = static_cast<const unsigned char *>(data);
	char piece[512];
	std::size_t used = 0;
	detail::append_text(out, "X'");
	for (std::size_t i = 0; i < size; i++)
	{
		piece[used++] = digits[bytes[i] >> 4];
		piece[used++] = digits[bytes[i] & 15];
		if (used == sizeof(piece))
		{
			out.append(static_cast<const char *>(piece), used);
			used = 0;
		}
	}
	detail::append_text(out, {piece, used});
	detail::append_text(out, "'");
}

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
