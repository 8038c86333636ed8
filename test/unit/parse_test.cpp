/*
 * Tests of the text cell parsers: every day and every time of day, every wrong byte, random cells.
 *
 * The expectations come from counters, patterns and library functions that share nothing with the parsers.
 * Longer than 600 lines because the parsers are tested in one piece, as they are written.
 */
#include "core/parse.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace fabric::core;

namespace
{

using Random = std::mt19937_64;

constexpr std::int64_t second = 1000000;
constexpr std::int64_t day = 86400 * second;

template <class T> struct Parsed
{
	ParseError error;
	T value;

	bool operator==(const Parsed &) const = default;
};

template <class T> std::ostream &operator<<(std::ostream &out, const Parsed<T> &parsed)
{
	return out << "error " << static_cast<int>(parsed.error) << ", value " << parsed.value;
}

/*
 * Parses a copy in a heap block of the exact size, so that a sanitizer sees a read past the end; the value
 * stands at a marker when the parser has left it alone.
 */
template <class T, class Parser> Parsed<T> run(Parser parser, std::string_view cell)
{
	std::unique_ptr<char[]> copy(new char[cell.size()]);
	std::memcpy(copy.get(), cell.data(), cell.size());
	Parsed<T> parsed{ParseError::ok, static_cast<T>(77)};
	parsed.error = parser(copy.get(), cell.size(), &parsed.value);
	EXPECT_TRUE(parsed.error == ParseError::ok || parsed.value == static_cast<T>(77)) << "written on error: " << cell;
	return parsed;
}

template <class T> Parsed<T> good(T value)
{
	return {ParseError::ok, value};
}

template <class T> Parsed<T> bad(ParseError error)
{
	return {error, static_cast<T>(77)};
}

constexpr auto int16 = [](std::string_view cell) { return run<std::int16_t>(parse_int16, cell); };
constexpr auto int32 = [](std::string_view cell) { return run<std::int32_t>(parse_int32, cell); };
constexpr auto int64 = [](std::string_view cell) { return run<std::int64_t>(parse_int64, cell); };
constexpr auto uint64 = [](std::string_view cell) { return run<std::uint64_t>(parse_uint64, cell); };
constexpr auto real = [](std::string_view cell) { return run<double>(parse_double, cell); };
constexpr auto date = [](std::string_view cell) { return run<std::int32_t>(parse_date, cell); };
constexpr auto datetime = [](std::string_view cell) { return run<std::int64_t>(parse_datetime, cell); };
constexpr auto time_span = [](std::string_view cell) { return run<std::int64_t>(parse_time, cell); };
constexpr auto year_of = [](std::string_view cell) { return run<std::int16_t>(parse_year, cell); };
Parsed<std::uint64_t> bits_of(std::string_view cell, unsigned bits)
{
	return run<std::uint64_t>([bits](const char *data, std::size_t size, std::uint64_t *value)
							  { return parse_bit(data, size, bits, value); }, cell);
}

/* Fits the cell the pattern? 'd' stands for a digit, all else for itself. */
bool matches(std::string_view cell, std::string_view pattern)
{
	if (cell.size() != pattern.size())
		return false;
	for (std::size_t i = 0; i < cell.size(); i++)
	{
		if (pattern[i] == 'd' ? cell[i] < '0' || cell[i] > '9' : cell[i] != pattern[i])
			return false;
	}
	return true;
}

/* Fits the cell the pattern, with nothing or a fraction of one to six digits behind it? */
bool matches_with_fraction(std::string_view cell, std::string_view pattern)
{
	for (const char *fraction : {"", ".d", ".dd", ".ddd", ".dddd", ".ddddd", ".dddddd"})
	{
		if (matches(cell, std::string(pattern) + fraction))
			return true;
	}
	return false;
}

bool is_datetime(std::string_view cell)
{
	return matches_with_fraction(cell, "dddd-dd-dd dd:dd:dd");
}

bool is_time(std::string_view cell)
{
	if (!cell.empty() && cell[0] == '-')
		cell.remove_prefix(1);
	return matches_with_fraction(cell, "dd:dd:dd") || matches_with_fraction(cell, "ddd:dd:dd");
}

bool are_digits(std::string_view text)
{
	return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_integer(std::string_view cell)
{
	return are_digits(!cell.empty() && cell[0] == '-' ? cell.substr(1) : cell);
}

/* [-] digits with a dot before, among or behind them [e [sign] digits] */
bool is_real(std::string_view cell)
{
	if (!cell.empty() && cell[0] == '-')
		cell.remove_prefix(1);
	const std::size_t mark = cell.find_first_of("eE");
	if (mark != std::string_view::npos)
	{
		std::string_view exponent = cell.substr(mark + 1);
		if (!exponent.empty() && (exponent[0] == '+' || exponent[0] == '-'))
			exponent.remove_prefix(1);
		if (!are_digits(exponent))
			return false;
	}
	std::string digits(cell.substr(0, mark));
	if (const std::size_t dot = digits.find('.'); dot != std::string::npos)
		digits.erase(dot, 1);
	return are_digits(digits);
}

/* The calendar as it is told to children. */
int month_length(int year, int month)
{
	static constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const bool leap = year % 400 == 0 || (year % 100 != 0 && year % 4 == 0);
	return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

std::string text_of(const char *format, auto... arguments)
{
	char text[64];
	std::snprintf(text, sizeof(text), format, arguments...);
	return text;
}

/* Puts each of the 256 bytes at each place of a good cell and asks whether the form is still right. */
template <class Parser, class Form> void try_every_byte(std::string cell, Parser parser, Form form)
{
	for (std::size_t at = 0; at < cell.size(); at++)
	{
		const char kept = cell[at];
		for (int byte = 0; byte < 256; byte++)
		{
			cell[at] = static_cast<char>(byte);
			ASSERT_EQ(parser(cell).error != ParseError::syntax, form(cell)) << cell << " at " << at;
		}
		cell[at] = kept;
	}
}

} // namespace

TEST(ParseInteger, Limits)
{
	EXPECT_EQ(int16("32767"), good<std::int16_t>(32767));
	EXPECT_EQ(int16("-32768"), good<std::int16_t>(-32768));
	EXPECT_EQ(int16("32768"), bad<std::int16_t>(ParseError::range));
	EXPECT_EQ(int16("-32769"), bad<std::int16_t>(ParseError::range));
	EXPECT_EQ(int32("2147483647"), good<std::int32_t>(2147483647));
	EXPECT_EQ(int32("-2147483648"), good(std::numeric_limits<std::int32_t>::min()));
	EXPECT_EQ(int32("2147483648"), bad<std::int32_t>(ParseError::range));
	EXPECT_EQ(int32("-2147483649"), bad<std::int32_t>(ParseError::range));
	EXPECT_EQ(int64("9223372036854775807"), good(std::numeric_limits<std::int64_t>::max()));
	EXPECT_EQ(int64("-9223372036854775808"), good(std::numeric_limits<std::int64_t>::min()));
	EXPECT_EQ(int64("9223372036854775808"), bad<std::int64_t>(ParseError::range));
	EXPECT_EQ(int64("-9223372036854775809"), bad<std::int64_t>(ParseError::range));
	EXPECT_EQ(int64("18446744073709551615"), bad<std::int64_t>(ParseError::range));
	EXPECT_EQ(int64("-18446744073709551616"), bad<std::int64_t>(ParseError::range));
	EXPECT_EQ(uint64("18446744073709551615"), good(std::numeric_limits<std::uint64_t>::max()));
	EXPECT_EQ(uint64("18446744073709551616"), bad<std::uint64_t>(ParseError::range));
	EXPECT_EQ(uint64("18446744073709551620"), bad<std::uint64_t>(ParseError::range));
	EXPECT_EQ(uint64("99999999999999999999"), bad<std::uint64_t>(ParseError::range));
	EXPECT_EQ(uint64("184467440737095516150"), bad<std::uint64_t>(ParseError::range));
	EXPECT_EQ(uint64("-1"), bad<std::uint64_t>(ParseError::range));
	EXPECT_EQ(uint64("-0"), good<std::uint64_t>(0));
	EXPECT_EQ(int64("-0"), good<std::int64_t>(0));
}

TEST(ParseInteger, LeadingZerosOfAnyLength)
{
	const std::string zeros(300, '0');
	EXPECT_EQ(int64(zeros), good<std::int64_t>(0));
	EXPECT_EQ(int16(zeros + "7"), good<std::int16_t>(7));
	EXPECT_EQ(int64("-" + zeros + "9223372036854775808"), good(std::numeric_limits<std::int64_t>::min()));
	EXPECT_EQ(uint64(zeros + "18446744073709551615"), good(std::numeric_limits<std::uint64_t>::max()));
	EXPECT_EQ(uint64(zeros + "18446744073709551616"), bad<std::uint64_t>(ParseError::range));
	EXPECT_EQ(uint64(zeros + "x"), bad<std::uint64_t>(ParseError::syntax));
}

TEST(ParseInteger, Syntax)
{
	for (const std::string_view cell : {"", "-", "+", "+1", "--1", "- 1", " 1", "1 ", "1.0", "1e3", "0x10", "1-", "a",
										"99999999999999999999999999999999x", "1234567890123456789x", "\xEF\xBC\x91"})
	{
		EXPECT_EQ(int16(cell).error, ParseError::syntax) << cell;
		EXPECT_EQ(int32(cell).error, ParseError::syntax) << cell;
		EXPECT_EQ(int64(cell).error, ParseError::syntax) << cell;
		EXPECT_EQ(uint64(cell).error, ParseError::syntax) << cell;
	}
	EXPECT_EQ(int64(std::string_view("1\0", 2)).error, ParseError::syntax);
	try_every_byte("-1234567890123456789", int64, is_integer);
	try_every_byte("12345678901234567890123", uint64, is_integer);
}

TEST(ParseInteger, EverySmallInteger)
{
	for (int i = -70000; i <= 70000; i++)
	{
		const std::string cell = std::to_string(i);
		const bool fits = i >= -32768 && i <= 32767;
		ASSERT_EQ(int16(cell), fits ? good(static_cast<std::int16_t>(i)) : bad<std::int16_t>(ParseError::range));
		ASSERT_EQ(int32(cell), good<std::int32_t>(i));
		ASSERT_EQ(int64(cell), good<std::int64_t>(i));
	}
}

TEST(ParseInteger, RandomAgainstWiderArithmetic)
{
	Random random(1);
	for (int i = 0; i < 200000; i++)
	{
		std::string cell = random() % 2 == 0 ? "-" : "";
		__int128 value = 0;
		for (std::size_t digits = 1 + random() % 24; digits > 0; digits--)
		{
			const int d = static_cast<int>(random() % 10);
			cell += static_cast<char>('0' + d);
			value = value * 10 + d;
		}
		if (cell[0] == '-')
			value = -value;
		const auto fits = [value](auto low, auto high) { return value >= low && value <= high; };
		ASSERT_EQ(int64(cell), fits(INT64_MIN, INT64_MAX) ? good(static_cast<std::int64_t>(value))
														  : bad<std::int64_t>(ParseError::range));
		ASSERT_EQ(int32(cell), fits(INT32_MIN, INT32_MAX) ? good(static_cast<std::int32_t>(value))
														  : bad<std::int32_t>(ParseError::range));
		ASSERT_EQ(uint64(cell), fits(0, UINT64_MAX) ? good(static_cast<std::uint64_t>(value))
													: bad<std::uint64_t>(ParseError::range));
	}
}

TEST(ParseDouble, Forms)
{
	EXPECT_EQ(real("0"), good(0.0));
	EXPECT_EQ(real("1.5"), good(1.5));
	EXPECT_EQ(real("-0.1"), good(-0.1));
	EXPECT_EQ(real("1e20"), good(1e20));
	EXPECT_EQ(real("1e+20"), good(1e20));
	EXPECT_EQ(real("-1.5E-7"), good(-1.5e-7));
	EXPECT_EQ(real("100000000000000000000"), good(1e20));
	EXPECT_EQ(real("1.7976931348623157e308"), good(std::numeric_limits<double>::max()));
	EXPECT_EQ(real("2.2250738585072014e-308"), good(std::numeric_limits<double>::min()));
	EXPECT_EQ(real("5e-324"), good(std::numeric_limits<double>::denorm_min()));
	EXPECT_EQ(real("9007199254740993"), good(9007199254740992.0)) << "half-way, to even";
	EXPECT_EQ(real("9007199254740993.00000000000000000000000000001"), good(9007199254740994.0));
	EXPECT_TRUE(std::signbit(real("-0").value));
	EXPECT_TRUE(std::signbit(real("-0e0").value));
}

TEST(ParseDouble, SyntaxAndRange)
{
	for (const std::string_view cell :
		 {"",	  "-",	 "+1",	 ".",		 "-.",	"e5",  "1e",	"1e+", "1.5.", " 1",   "1 ",	 "nan",
		  "-nan", "inf", "-inf", "infinity", "INF", "NaN", "0x1p3", "1,5", "--1",  "1e5x", "1e400x", "1d5"})
		EXPECT_EQ(real(cell).error, ParseError::syntax) << cell;
	try_every_byte("-12.5e+10", real, is_real);
	try_every_byte("1e-10", real, is_real);
	for (const std::string_view cell : {"1e309", "-1e309", "1.7976931348623159e308", "1e-400", "1e9999999999999999"})
		EXPECT_EQ(real(cell).error, ParseError::range) << cell;
	EXPECT_EQ(real(std::string(400, '9')).error, ParseError::range);
	EXPECT_EQ(real("0." + std::string(5000, '0') + "1e5001"), good(1.0));
}

TEST(ParseDouble, RandomBitsRoundTrip)
{
	Random random(2);
	for (int i = 0; i < 200000; i++)
	{
		const std::uint64_t bits = random();
		double value;
		std::memcpy(&value, &bits, sizeof(value));
		if (!std::isfinite(value))
			continue;
		const auto same = [value](const std::string &cell)
		{
			const Parsed<double> parsed = real(cell);
			return parsed.error == ParseError::ok && std::memcmp(&parsed.value, &value, sizeof(value)) == 0;
		};
		char shortest[64];
		*std::to_chars(shortest, shortest + sizeof(shortest), value).ptr = '\0';
		ASSERT_TRUE(same(text_of("%.17g", value))) << value;
		ASSERT_TRUE(same(shortest)) << value;
	}
}

TEST(ParseDate, EveryDayAndEveryImpossibleDay)
{
	std::int32_t epoch = 0;
	for (int year = 0; year < 2000; year++)
	{
		for (int month = 1; month <= 12; month++)
			epoch += month_length(year, month);
	}

	std::int32_t count = -epoch;
	for (int year = 0; year <= 9999; year++)
	{
		for (int month = 0; month <= 13; month++)
		{
			for (int of_month = 0; of_month <= 32; of_month++)
			{
				char cell[11];
				const int numbers[] = {
					year / 1000, year / 100 % 10, year / 10 % 10, year % 10, -1, month / 10, month % 10,
					-1,			 of_month / 10,	  of_month % 10};
				for (int i = 0; i < 10; i++)
					cell[i] = numbers[i] < 0 ? '-' : static_cast<char>('0' + numbers[i]);

				std::int32_t value = 77;
				const ParseError error = parse_date(cell, 10, &value);
				if (month > 12 || of_month > 31)
					ASSERT_EQ(error, ParseError::range) << year << ' ' << month << ' ' << of_month;
				else if (year == 0 && month == 0 && of_month == 0)
					ASSERT_EQ(error, ParseError::zero);
				else if (month == 0 || of_month == 0)
					ASSERT_EQ(error, ParseError::incomplete) << year << ' ' << month << ' ' << of_month;
				else if (of_month > month_length(year, month))
					ASSERT_EQ(error, ParseError::range) << year << ' ' << month << ' ' << of_month;
				else
				{
					ASSERT_EQ(error, ParseError::ok) << year << ' ' << month << ' ' << of_month;
					ASSERT_EQ(value, count) << year << ' ' << month << ' ' << of_month;
					count++;
				}
			}
		}
	}
	EXPECT_EQ(count, 2921940) << "days from 2000-01-01 to the end of 9999";
	EXPECT_EQ(epoch, 730485);
}

TEST(ParseDate, KnownDays)
{
	EXPECT_EQ(date("2000-01-01"), good(0));
	EXPECT_EQ(date("1999-12-31"), good(-1));
	EXPECT_EQ(date("1970-01-01"), good(-10957));
	EXPECT_EQ(date("2000-02-29"), good(59));
	EXPECT_EQ(date("0001-01-01"), good(-730119));
	EXPECT_EQ(date("0000-01-01"), good(-730485));
	EXPECT_EQ(date("9999-12-31"), good(2921939));
	EXPECT_EQ(date("0000-02-29"), good(-730426)) << "1 BC is a leap year";
	EXPECT_EQ(date("1900-02-29"), bad<std::int32_t>(ParseError::range));
	EXPECT_EQ(date("2100-02-29"), bad<std::int32_t>(ParseError::range));
	EXPECT_EQ(date("2400-02-29").error, ParseError::ok);
	EXPECT_EQ(date("0000-00-00"), bad<std::int32_t>(ParseError::zero));
	EXPECT_EQ(date("2020-00-05"), bad<std::int32_t>(ParseError::incomplete));
	EXPECT_EQ(date("2020-05-00"), bad<std::int32_t>(ParseError::incomplete));
	EXPECT_EQ(date("2020-00-00"), bad<std::int32_t>(ParseError::incomplete));
	EXPECT_EQ(date("0000-01-00"), bad<std::int32_t>(ParseError::incomplete));
	EXPECT_EQ(date("0000-00-01"), bad<std::int32_t>(ParseError::incomplete));
	EXPECT_EQ(date("2020-13-00"), bad<std::int32_t>(ParseError::range));
}

TEST(ParseDate, Syntax)
{
	for (const std::string_view cell : {"", "2020", "2020-1-1", "2020-01-1", "2020-01-011", "20200101", "2020/01/01",
										"-020-01-01", "2020-01-01 00:00:00", "20-01-01", "+200-01-01", "2020-+1-01"})
		EXPECT_EQ(date(cell).error, ParseError::syntax) << cell;
	try_every_byte("2024-02-29", date, [](std::string_view cell) { return matches(cell, "dddd-dd-dd"); });
}

TEST(ParseDatetime, KnownMoments)
{
	EXPECT_EQ(datetime("2000-01-01 00:00:00"), good<std::int64_t>(0));
	EXPECT_EQ(datetime("2000-01-01 00:00:00.000001"), good<std::int64_t>(1));
	EXPECT_EQ(datetime("1999-12-31 23:59:59.999999"), good<std::int64_t>(-1));
	EXPECT_EQ(datetime("1970-01-01 00:00:00"), good<std::int64_t>(-946684800 * second));
	EXPECT_EQ(datetime("0000-01-01 00:00:00"), good<std::int64_t>(-730485 * day));
	EXPECT_EQ(datetime("9999-12-31 23:59:59.999999"), good<std::int64_t>(2921940 * day - 1));
	EXPECT_EQ(datetime("2000-01-01 00:00:00.1"), good<std::int64_t>(100000));
	EXPECT_EQ(datetime("2000-01-01 00:00:00.02"), good<std::int64_t>(20000));
	EXPECT_EQ(datetime("2000-01-01 00:00:00.003"), good<std::int64_t>(3000));
	EXPECT_EQ(datetime("2000-01-01 00:00:00.0004"), good<std::int64_t>(400));
	EXPECT_EQ(datetime("2000-01-01 00:00:00.00005"), good<std::int64_t>(50));
	EXPECT_EQ(datetime("0000-00-00 00:00:00"), bad<std::int64_t>(ParseError::zero));
	EXPECT_EQ(datetime("0000-00-00 00:00:00.000000"), bad<std::int64_t>(ParseError::zero));
	EXPECT_EQ(datetime("0000-00-00 12:34:56"), bad<std::int64_t>(ParseError::zero));
	EXPECT_EQ(datetime("2020-00-05 00:00:00"), bad<std::int64_t>(ParseError::incomplete));
	EXPECT_EQ(datetime("2020-02-30 00:00:00"), bad<std::int64_t>(ParseError::range));
	EXPECT_EQ(datetime("2020-02-20 24:00:00"), bad<std::int64_t>(ParseError::range));
	EXPECT_EQ(datetime("2016-12-31 23:59:60"), bad<std::int64_t>(ParseError::range));
	EXPECT_EQ(datetime("0000-00-00 25:00:00"), bad<std::int64_t>(ParseError::range));
}

TEST(ParseDatetime, EveryTimeOfDayAndEveryImpossibleOne)
{
	for (int hours = 0; hours < 100; hours++)
	{
		for (int minutes = 0; minutes < 100; minutes++)
		{
			for (int seconds = 0; seconds < 100; seconds++)
			{
				const std::string cell = text_of("1999-12-30 %02d:%02d:%02d", hours, minutes, seconds);
				if (hours > 23 || minutes > 59 || seconds > 59)
					ASSERT_EQ(datetime(cell), bad<std::int64_t>(ParseError::range)) << cell;
				else
					ASSERT_EQ(datetime(cell),
							  good<std::int64_t>(-2 * day + ((hours * 60 + minutes) * 60 + seconds) * second));
			}
		}
	}
}

TEST(ParseDatetime, Syntax)
{
	for (const std::string_view cell :
		 {"", "2000-01-01", "2000-01-01 00:00", "2000-01-01 00:00:0", "2000-01-01 00:00:00.",
		  "2000-01-01 00:00:00.0000000", "2000-01-01 00:00:00 000", "2000-01-01T00:00:00", "2000-01-01 00:00:00Z",
		  "2000-01-01 00:00:00+00", "2000-01-01  00:00:00", "2000-01-01 -1:00:00", "2000-01-01 00:00:00.-1"})
		EXPECT_EQ(datetime(cell).error, ParseError::syntax) << cell;
	for (const char *cell : {"2024-02-29 12:34:56", "2024-02-29 12:34:56.7", "2024-02-29 12:34:56.789012"})
		try_every_byte(cell, datetime, is_datetime);
}

TEST(ParseDatetime, RandomMoments)
{
	Random random(3);
	for (int i = 0; i < 200000; i++)
	{
		const int year = static_cast<int>(random() % 10000);
		const int month = 1 + static_cast<int>(random() % 12);
		const int of_month = 1 + static_cast<int>(random() % static_cast<unsigned>(month_length(year, month)));
		const std::int64_t of_day = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(day));
		const std::string text = text_of("%04d-%02d-%02d", year, month, of_month);
		const int seconds = static_cast<int>(of_day / second);
		const std::string cell = text + text_of(" %02d:%02d:%02d.%06d", seconds / 3600, seconds / 60 % 60, seconds % 60,
												static_cast<int>(of_day % second));
		ASSERT_EQ(datetime(cell), good(date(text).value * day + of_day)) << cell;
	}
}

TEST(ParseTime, EverySecondBothWays)
{
	for (int count = 0; count < 840 * 3600; count++)
	{
		const std::string cell = text_of("%02d:%02d:%02d", count / 3600, count / 60 % 60, count % 60);
		const bool fits = count < 839 * 3600;
		ASSERT_EQ(time_span(cell), fits ? good(count * second) : bad<std::int64_t>(ParseError::range)) << cell;
		ASSERT_EQ(time_span("-" + cell), fits ? good(-count * second) : bad<std::int64_t>(ParseError::range)) << cell;
	}
}

TEST(ParseTime, Forms)
{
	constexpr std::int64_t longest = (838 * 3600 + 59 * 60 + 59) * second;
	EXPECT_EQ(time_span("838:59:59"), good(longest));
	EXPECT_EQ(time_span("838:59:59.999999"), good(longest + 999999));
	EXPECT_EQ(time_span("-838:59:59.999999"), good(-longest - 999999));
	EXPECT_EQ(time_span("-00:00:00.5"), good<std::int64_t>(-500000));
	EXPECT_EQ(time_span("-00:00:00"), good<std::int64_t>(0));
	EXPECT_EQ(time_span("001:00:00.000001"), good<std::int64_t>(3600 * second + 1));
	EXPECT_EQ(time_span("839:00:00").error, ParseError::range);
	EXPECT_EQ(time_span("999:59:59").error, ParseError::range);
	EXPECT_EQ(time_span("00:60:00").error, ParseError::range);
	EXPECT_EQ(time_span("00:00:60").error, ParseError::range);
	for (const std::string_view cell :
		 {"", "-", "1:00:00", "00:00", "00:00:0", "0000:00:00", "1000:00:00", "00:00:00.", "00:00:00.1234567",
		  "+00:00:00", "--00:00:00", "00:00:00 ", " 00:00:00", "00:0:000", "000:00:0", "00-00-00"})
		EXPECT_EQ(time_span(cell).error, ParseError::syntax) << cell;
	for (const char *cell : {"12:34:56", "-12:34:56", "123:45:56", "-123:45:56.7", "12:34:56.789012"})
		try_every_byte(cell, time_span, is_time);
}

TEST(ParseYear, EveryYear)
{
	for (int year = 0; year <= 9999; year++)
	{
		const bool exists = year == 0 || (year >= 1901 && year <= 2155);
		ASSERT_EQ(year_of(text_of("%04d", year)),
				  exists ? good(static_cast<std::int16_t>(year)) : bad<std::int16_t>(ParseError::range));
	}
	for (const std::string_view cell : {"", "99", "0", "999", "02000", "-200", "+200", " 200", "2e03"})
		EXPECT_EQ(year_of(cell).error, ParseError::syntax) << cell;
	try_every_byte("1999", year_of, [](std::string_view cell) { return matches(cell, "dddd"); });
}

TEST(ParseBit, EveryWidth)
{
	Random random(4);
	for (unsigned bits = 1; bits <= 64; bits++)
	{
		for (unsigned size = (bits + 7) / 8; size <= 12; size++)
		{
			for (unsigned top = 0; top < size * 8; top++)
			{
				/* the bit top, and noise below it */
				const std::uint64_t high = top < 64 ? std::uint64_t{1} << top : 0;
				const std::uint64_t low = high == 0 ? 0 : high | (random() % high);
				std::string cell(size, '\0');
				for (unsigned i = 0; i < size && i < 8; i++)
					cell[size - 1 - i] = static_cast<char>(low >> (8 * i));
				if (top >= 64)
					cell[size - 1 - top / 8] = static_cast<char>(1U << (top % 8));
				ASSERT_EQ(bits_of(cell, bits), top < bits ? good(low) : bad<std::uint64_t>(ParseError::range))
					<< bits << " bits, " << size << " bytes, bit " << top;
			}
			ASSERT_EQ(bits_of(std::string(size, '\0'), bits), good<std::uint64_t>(0));
		}
	}
	EXPECT_EQ(bits_of("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 64), good(UINT64_MAX));
	EXPECT_EQ(bits_of("A", 8), good<std::uint64_t>(65));
	EXPECT_EQ(bits_of("", 1).error, ParseError::syntax);
	EXPECT_EQ(bits_of("A", 0).error, ParseError::syntax);
	EXPECT_EQ(bits_of("A", 65).error, ParseError::syntax);
}

namespace
{

/* Noise, noise in the letters of numbers, or a good cell with a few wrong bytes. */
std::string random_cell(Random &random)
{
	static constexpr std::string_view letters = "0123456789-:. eE+";
	static constexpr std::string_view samples[] = {"0",
												   "-32768",
												   "18446744073709551615",
												   "1.5e-10",
												   "2024-02-29",
												   "0000-00-00",
												   "2024-02-29 12:34:56",
												   "2024-02-29 12:34:56.789012",
												   "-838:59:59.999999",
												   "12:34:56",
												   "1999"};
	std::string cell;
	const std::uint64_t kind = random() % 4;
	if (kind < 2)
	{
		for (std::size_t left = random() % 40; left > 0; left--)
			cell += kind == 0 ? static_cast<char>(random()) : letters[random() % letters.size()];
		return cell;
	}
	cell = samples[random() % std::size(samples)];
	for (std::size_t left = random() % 3; left > 0 && !cell.empty(); left--)
		cell[random() % cell.size()] = letters[random() % letters.size()];
	if (random() % 4 == 0)
		cell.resize(random() % (cell.size() + 1));
	if (random() % 4 == 0)
		cell += letters[random() % letters.size()];
	return cell;
}

} // namespace

TEST(ParseRandom, EveryParserAnswersTheSameTwiceAndKnowsItsForm)
{
	Random random(5);
	std::size_t accepted = 0;
	for (int i = 0; i < 100000; i++)
	{
		const std::string cell = random_cell(random);
		const auto check = [&cell, &accepted](auto parser, bool right_form)
		{
			const auto first = parser(cell);
			EXPECT_EQ(first, parser(cell)) << cell;
			EXPECT_EQ(first.error != ParseError::syntax, right_form) << cell;
			accepted += first.error == ParseError::ok ? 1 : 0;
			return first;
		};
		check(int16, is_integer(cell));
		check(int32, is_integer(cell));
		check(int64, is_integer(cell));
		check(uint64, is_integer(cell));
		check(date, matches(cell, "dddd-dd-dd"));
		check(datetime, is_datetime(cell));
		check(time_span, is_time(cell));
		check(year_of, matches(cell, "dddd"));
		check([](std::string_view data) { return bits_of(data, 64); }, !cell.empty());
		const Parsed<double> number = check(real, is_real(cell));
		EXPECT_TRUE(number.error != ParseError::ok || number.value == std::strtod(cell.c_str(), nullptr)) << cell;
		if (HasFailure())
			break;
	}
	EXPECT_GT(accepted, 50000U) << "the cells no longer reach the parsers";
}
