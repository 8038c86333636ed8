/*
 * Tests of MySQL SQL text: every byte in every literal, every day, and reading back what was written.
 *
 * unquote() below is MySQL's rule for string literals, written from its manual and not from the code under test.
 */
#include "core/parse.hpp"
#include "core/sql_mysql.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>

using namespace fabric::core;
using namespace std::string_view_literals;

namespace
{

using Random = std::mt19937_64;

constexpr std::int64_t second = 1000000;
constexpr std::int64_t day = 86400 * second;

/* A sink that is not a std::string and counts what it is asked. */
struct Pieces
{
	std::string text;
	int count = 0;

	void append(const char *data, std::size_t size)
	{
		text.append(data, size);
		count++;
	}
};

/* What was appended behind "x", or nothing if the writer refused; a refusal must leave the sink as it was. */
template <class Write> std::optional<std::string> written(Write write)
{
	std::string out = "x";
	const bool done = write(out);
	EXPECT_EQ(out[0], 'x');
	EXPECT_TRUE(done || out == "x") << "appended in spite of a refusal: " << out;
	if (!done)
		return std::nullopt;
	return out.substr(1);
}

std::optional<std::string> identifier(std::string_view name)
{
	return written([name](std::string &out) { return append_identifier(out, name); });
}

std::string string_literal(std::string_view text)
{
	std::string out;
	append_string_literal(out, text);
	return out;
}

std::string hex_literal(std::string_view data)
{
	std::string out;
	append_hex_literal(out, data.data(), data.size());
	return out;
}

std::optional<std::string> date_literal(std::int32_t days)
{
	return written([days](std::string &out) { return append_date_literal(out, days); });
}

std::optional<std::string> datetime_literal(std::int64_t microseconds)
{
	return written([microseconds](std::string &out) { return append_datetime_literal(out, microseconds); });
}

std::optional<std::string> time_literal(std::int64_t microseconds)
{
	return written([microseconds](std::string &out) { return append_time_literal(out, microseconds); });
}

std::optional<std::string> double_literal(double value)
{
	return written([value](std::string &out) { return append_double(out, value); });
}

/* The value of a quoted string; nothing if it is not one whole literal. */
std::optional<std::string> unquote(std::string_view literal, bool backslash_escapes = true)
{
	std::string value;
	if (literal.empty() || literal[0] != '\'')
		return std::nullopt;
	for (std::size_t i = 1; i < literal.size(); i++)
	{
		const char c = literal[i];
		const bool last = i + 1 == literal.size();
		if (c == '\'')
		{
			if (last)
				return value;
			if (literal[++i] != '\'')
				return std::nullopt;
			value += '\'';
		}
		else if (c == '\\' && backslash_escapes)
		{
			if (last)
				return std::nullopt;
			switch (literal[++i])
			{
				case '0':
					value += '\0';
					break;
				case 'b':
					value += '\b';
					break;
				case 'n':
					value += '\n';
					break;
				case 'r':
					value += '\r';
					break;
				case 't':
					value += '\t';
					break;
				case 'Z':
					value += '\x1a';
					break;
				default:
					value += literal[i];
			}
		}
		else
			value += c;
	}
	return std::nullopt;
}

std::string random_text(Random &random, std::string_view letters)
{
	std::string text;
	for (std::size_t left = random() % 30; left > 0; left--)
		text += letters.empty() ? static_cast<char>(random()) : letters[random() % letters.size()];
	return text;
}

} // namespace

TEST(SqlIdentifier, Quoting)
{
	EXPECT_EQ(identifier("a"), "`a`");
	EXPECT_EQ(identifier(""), "``");
	EXPECT_EQ(identifier("`"), "````");
	EXPECT_EQ(identifier("``"), "``````");
	EXPECT_EQ(identifier("a`b"), "`a``b`");
	EXPECT_EQ(identifier("`a"), "```a`");
	EXPECT_EQ(identifier("a`"), "`a```");
	EXPECT_EQ(identifier("select * from `t`; -- '\"\\"), "`select * from ``t``; -- '\"\\`");
	EXPECT_EQ(identifier("\xE8\xA1\xA8"), "`\xE8\xA1\xA8`");
	EXPECT_EQ(identifier(std::string_view("a\0b", 3)), std::nullopt);
	EXPECT_EQ(identifier(std::string_view("\0", 1)), std::nullopt);
}

TEST(SqlIdentifier, RandomNamesReadBack)
{
	Random random(1);
	for (int i = 0; i < 100000; i++)
	{
		const std::string name = random_text(random, i % 2 == 0 ? "`ab" : "");
		const std::optional<std::string> quoted = identifier(name);
		ASSERT_EQ(quoted.has_value(), name.find('\0') == std::string::npos);
		if (!quoted)
			continue;
		std::string read;
		ASSERT_GE(quoted->size(), 2U);
		ASSERT_EQ(quoted->front(), '`');
		ASSERT_EQ(quoted->back(), '`');
		for (std::size_t at = 1; at + 1 < quoted->size(); at++)
		{
			read += (*quoted)[at];
			if ((*quoted)[at] == '`')
			{
				at++;
				ASSERT_LT(at + 1, quoted->size());
				ASSERT_EQ((*quoted)[at], '`');
			}
		}
		ASSERT_EQ(read, name);
	}
}

TEST(SqlString, EveryByte)
{
	for (int byte = 0; byte < 256; byte++)
	{
		const std::string text(1, static_cast<char>(byte));
		std::string expected = text;
		switch (byte)
		{
			case 0:
				expected = "\\0";
				break;
			case 10:
				expected = "\\n";
				break;
			case 13:
				expected = "\\r";
				break;
			case 26:
				expected = "\\Z";
				break;
			case '\'':
				expected = "''";
				break;
			case '\\':
				expected = "\\\\";
				break;
		}
		EXPECT_EQ(string_literal(text), "'" + expected + "'") << byte;
		EXPECT_EQ(string_literal("a" + text + "b"), "'a" + expected + "b'") << byte;
		EXPECT_EQ(string_literal(text + text), "'" + expected + expected + "'") << byte;
	}
	EXPECT_EQ(string_literal(""), "''");
}

TEST(SqlString, RandomTextsReadBack)
{
	Random random(2);
	for (int i = 0; i < 200000; i++)
	{
		const std::string text = random_text(random, i % 2 == 0 ? "'\\\"`;-%_0nrZ\n\r\x1a\0 a"sv : ""sv);
		const std::string literal = string_literal(text);
		ASSERT_EQ(unquote(literal), text) << literal;
		/* Another value, but still one whole literal, if the server's sql_mode should be another. */
		ASSERT_TRUE(unquote(literal, false).has_value()) << literal;
	}
}

TEST(SqlString, LikePatternIsAStringLikeAnyOther)
{
	EXPECT_EQ(string_literal("100\\%_"), "'100\\\\%_'");
}

TEST(SqlString, AppendsRunsNotBytes)
{
	Pieces out;
	append_string_literal(out, std::string(100000, 'a') + "'" + std::string(100000, 'b'));
	EXPECT_EQ(out.text.size(), 200004U);
	EXPECT_EQ(out.count, 5);
}

TEST(SqlHex, EveryByteAndLongValues)
{
	EXPECT_EQ(hex_literal(""), "X''");
	std::string data;
	std::string expected = "X'";
	for (int i = 0; i < 3000; i++)
	{
		char two[3];
		std::snprintf(two, sizeof(two), "%02X", i & 255);
		EXPECT_EQ(hex_literal(std::string(1, static_cast<char>(i))), std::string("X'") + two + "'");
		data += static_cast<char>(i);
		expected += two;
		ASSERT_EQ(hex_literal(data), expected + "'");
	}
	Pieces out;
	append_hex_literal(out, data.data(), data.size());
	EXPECT_EQ(out.text, expected + "'");
	EXPECT_LT(out.count, 20);
	Pieces none;
	append_hex_literal(none, nullptr, 0);
	EXPECT_EQ(none.text, "X''");
}

TEST(SqlDate, EveryDayReadsBack)
{
	using namespace std::chrono;
	const sys_days epoch = year{2000} / January / 1;
	for (std::int32_t days = -731000; days <= 2923000; days++)
	{
		const year_month_day date{epoch + std::chrono::days{days}};
		const int year = static_cast<int>(date.year());
		char text[date_text_size];
		const std::size_t size = format_date(days, text);
		if (year < 1 || year > 9999)
		{
			ASSERT_EQ(size, 0U) << days;
			continue;
		}
		char expected[32];
		std::snprintf(expected, sizeof(expected), "%04d-%02u-%02u", year, static_cast<unsigned>(date.month()),
					  static_cast<unsigned>(date.day()));
		ASSERT_EQ(std::string_view(text, size), expected) << days;
		std::int32_t read;
		ASSERT_EQ(parse_date(text, size, &read), ParseError::ok) << expected;
		ASSERT_EQ(read, days);
	}
}

TEST(SqlDate, Literals)
{
	EXPECT_EQ(date_literal(0), "DATE'2000-01-01'");
	EXPECT_EQ(date_literal(-1), "DATE'1999-12-31'");
	EXPECT_EQ(date_literal(-730119), "DATE'0001-01-01'");
	EXPECT_EQ(date_literal(-730120), std::nullopt) << "1 BC";
	EXPECT_EQ(date_literal(2921939), "DATE'9999-12-31'");
	EXPECT_EQ(date_literal(2921940), std::nullopt);
	EXPECT_EQ(date_literal(std::numeric_limits<std::int32_t>::min()), std::nullopt) << "-infinity";
	EXPECT_EQ(date_literal(std::numeric_limits<std::int32_t>::max()), std::nullopt) << "infinity";
}

TEST(SqlDatetime, Literals)
{
	EXPECT_EQ(datetime_literal(0), "TIMESTAMP'2000-01-01 00:00:00.000000'");
	EXPECT_EQ(datetime_literal(1), "TIMESTAMP'2000-01-01 00:00:00.000001'");
	EXPECT_EQ(datetime_literal(-1), "TIMESTAMP'1999-12-31 23:59:59.999999'");
	EXPECT_EQ(datetime_literal(-day), "TIMESTAMP'1999-12-31 00:00:00.000000'");
	EXPECT_EQ(datetime_literal(-730119 * day), "TIMESTAMP'0001-01-01 00:00:00.000000'");
	EXPECT_EQ(datetime_literal(-730119 * day - 1), std::nullopt);
	EXPECT_EQ(datetime_literal(2921940 * day - 1), "TIMESTAMP'9999-12-31 23:59:59.999999'");
	EXPECT_EQ(datetime_literal(2921940 * day), std::nullopt);
	EXPECT_EQ(datetime_literal(std::numeric_limits<std::int64_t>::min()), std::nullopt) << "-infinity";
	EXPECT_EQ(datetime_literal(std::numeric_limits<std::int64_t>::max()), std::nullopt) << "infinity";
}

TEST(SqlDatetime, RandomMomentsReadBack)
{
	Random random(3);
	for (int i = 0; i < 300000; i++)
	{
		const std::int64_t moment =
			-730119 * day + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(3652059 * day));
		char text[datetime_text_size];
		ASSERT_EQ(format_datetime(moment, text), sizeof(text));
		std::int64_t read;
		ASSERT_EQ(parse_datetime(text, sizeof(text), &read), ParseError::ok);
		ASSERT_EQ(read, moment);
	}
}

TEST(SqlTime, Literals)
{
	constexpr std::int64_t longest = (838 * 3600 + 59 * 60 + 59) * second;
	EXPECT_EQ(time_literal(0), "TIME'00:00:00.000000'");
	EXPECT_EQ(time_literal(-1), "TIME'-00:00:00.000001'");
	EXPECT_EQ(time_literal(99 * 3600 * second), "TIME'99:00:00.000000'");
	EXPECT_EQ(time_literal(100 * 3600 * second), "TIME'100:00:00.000000'");
	EXPECT_EQ(time_literal(longest), "TIME'838:59:59.000000'");
	EXPECT_EQ(time_literal(-longest), "TIME'-838:59:59.000000'");
	EXPECT_EQ(time_literal(longest + 1), std::nullopt);
	EXPECT_EQ(time_literal(-longest - 1), std::nullopt);
	EXPECT_EQ(time_literal(std::numeric_limits<std::int64_t>::min()), std::nullopt);
	EXPECT_EQ(time_literal(std::numeric_limits<std::int64_t>::max()), std::nullopt);
}

TEST(SqlTime, RandomSpansReadBack)
{
	constexpr std::int64_t longest = (838 * 3600 + 59 * 60 + 59) * second;
	Random random(4);
	for (int i = 0; i < 300000; i++)
	{
		const std::int64_t span =
			static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * longest + 1)) - longest;
		char text[time_text_size];
		const std::size_t size = format_time(span, text);
		ASSERT_GT(size, 0U);
		std::int64_t read;
		ASSERT_EQ(parse_time(text, size, &read), ParseError::ok) << std::string_view(text, size);
		ASSERT_EQ(read, span);
	}
}

TEST(SqlDouble, Literals)
{
	EXPECT_EQ(double_literal(0.0), "0e0");
	EXPECT_EQ(double_literal(-0.0), "-0e0");
	EXPECT_EQ(double_literal(1.0), "1e0");
	EXPECT_EQ(double_literal(1.5), "1.5e0");
	EXPECT_EQ(double_literal(-0.1), "-1e-1");
	EXPECT_EQ(double_literal(1e10), "1e10");
	EXPECT_EQ(double_literal(1e100), "1e100");
	EXPECT_EQ(double_literal(1e-5), "1e-5");
	EXPECT_EQ(double_literal(1e-100), "1e-100");
	EXPECT_EQ(double_literal(0.1 + 0.2), "3.0000000000000004e-1");
	EXPECT_EQ(double_literal(static_cast<double>(0.1F)), "1.0000000149011612e-1") << "a float4, widened";
	EXPECT_EQ(double_literal(std::numeric_limits<double>::max()), "1.7976931348623157e308");
	EXPECT_EQ(double_literal(-std::numeric_limits<double>::min()), "-2.2250738585072014e-308");
	EXPECT_EQ(double_literal(std::numeric_limits<double>::denorm_min()), "5e-324");
	EXPECT_EQ(double_literal(std::numeric_limits<double>::infinity()), std::nullopt);
	EXPECT_EQ(double_literal(-std::numeric_limits<double>::infinity()), std::nullopt);
	EXPECT_EQ(double_literal(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST(SqlDouble, RandomBitsReadBack)
{
	Random random(5);
	for (int i = 0; i < 300000; i++)
	{
		const std::uint64_t bits = random();
		double value;
		std::memcpy(&value, &bits, sizeof(value));
		if (i % 3 == 0)
			value = static_cast<double>(static_cast<std::int64_t>(random() % 2000001) - 1000000) / 100;
		const std::optional<std::string> literal = double_literal(value);
		ASSERT_EQ(literal.has_value(), std::isfinite(value));
		if (!literal)
			continue;
		ASSERT_NE(literal->find('e'), std::string::npos) << *literal;
		ASSERT_EQ(literal->find('+'), std::string::npos) << *literal;
		std::size_t digits = 0;
		for (const char *c = literal->c_str(); *c != 'e'; c++)
			digits += *c >= '0' && *c <= '9' ? 1 : 0;
		ASSERT_LE(digits, 17U) << *literal;
		double read = std::strtod(literal->c_str(), nullptr);
		ASSERT_EQ(std::memcmp(&read, &value, sizeof(value)), 0) << *literal;
		ASSERT_EQ(parse_double(literal->data(), literal->size(), &read), ParseError::ok) << *literal;
		ASSERT_EQ(std::memcmp(&read, &value, sizeof(value)), 0) << *literal;
	}
}
