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

#include "sql_literal.hpp"

#include <cstddef>
#include <string_view>

namespace fabric::core
{

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

} // namespace fabric::core

#endif
