/*
 * The digits of dates, times and doubles in SQL.
 */
#include "sql_literal.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

namespace fabric::core
{
namespace
{

constexpr std::int64_t microseconds_per_second = 1000000;
constexpr std::int64_t microseconds_per_day = 86400 * microseconds_per_second;

constexpr std::int32_t first_day = -730119; /* 0001-01-01 */
constexpr std::int32_t last_day = 2921939;	/* 9999-12-31 */

/* MariaDB takes a fraction on top of that, MySQL does not. */
constexpr std::int64_t longest_time = (838 * 3600 + 59 * 60 + 59) * microseconds_per_second;

char *put_two(char *text, std::uint32_t value) noexcept
{
	text[0] = static_cast<char>('0' + value / 10);
	text[1] = static_cast<char>('0' + value % 10);
	return text + 2;
}

/* 2000-01-01 is day 0; the caller has checked the range. */
char *put_date(char *text, std::int32_t days) noexcept
{
	/* Days since 0000-03-01, in cycles of 400 years; the year begins in March, so that the leap day is its last. */
	const std::uint32_t since = static_cast<std::uint32_t>(days + 730425);
	const std::uint32_t cycle = since / 146097;
	const std::uint32_t day_of_cycle = since % 146097;
	const std::uint32_t year_of_cycle =
		(day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
	const std::uint32_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
	const std::uint32_t month_from_march = (5 * day_of_year + 2) / 153;
	const std::uint32_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	const std::uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	const std::uint32_t year = cycle * 400 + year_of_cycle + (month <= 2 ? 1 : 0);

	text = put_two(text, year / 100);
	text = put_two(text, year % 100);
	*text++ = '-';
	text = put_two(text, month);
	*text++ = '-';
	return put_two(text, day);
}

/* hh:mm:ss.ffffff, three digits of hours where two do not do. */
char *put_time(char *text, std::int64_t microseconds) noexcept
{
	const std::uint32_t fraction = static_cast<std::uint32_t>(microseconds % microseconds_per_second);
	const std::uint32_t seconds = static_cast<std::uint32_t>(microseconds / microseconds_per_second);
	const std::uint32_t hours = seconds / 3600;
	if (hours >= 100)
		*text++ = static_cast<char>('0' + hours / 100);
	text = put_two(text, hours % 100);
	*text++ = ':';
	text = put_two(text, seconds / 60 % 60);
	*text++ = ':';
	text = put_two(text, seconds % 60);
	*text++ = '.';
	text = put_two(text, fraction / 10000);
	text = put_two(text, fraction / 100 % 100);
	return put_two(text, fraction % 100);
}

} // namespace

std::size_t format_date(std::int32_t days, char (&text)[date_text_size]) noexcept
{
	if (days < first_day || days > last_day)
		return 0;
	return static_cast<std::size_t>(put_date(text, days) - text);
}

std::size_t format_datetime(std::int64_t microseconds, char (&text)[datetime_text_size]) noexcept
{
	/* Compared before dividing, so that the day fits; midnight begins a day also before 2000. */
	if (microseconds < first_day * microseconds_per_day || microseconds >= (last_day + 1) * microseconds_per_day)
		return 0;
	std::int64_t days = microseconds / microseconds_per_day;
	std::int64_t of_day = microseconds % microseconds_per_day;
	if (of_day < 0)
	{
		of_day += microseconds_per_day;
		days--;
	}
	char *end = put_date(text, static_cast<std::int32_t>(days));
	*end++ = ' ';
	return static_cast<std::size_t>(put_time(end, of_day) - text);
}

std::size_t format_time(std::int64_t microseconds, char (&text)[time_text_size]) noexcept
{
	if (microseconds < -longest_time || microseconds > longest_time)
		return 0;
	char *begin = text;
	if (microseconds < 0)
	{
		*begin++ = '-';
		microseconds = -microseconds;
	}
	return static_cast<std::size_t>(put_time(begin, microseconds) - text);
}

std::size_t format_double(double value, char (&text)[double_text_size]) noexcept
{
	if (!std::isfinite(value))
		return 0;
	/* At most 24 characters, so it cannot fail: -1.7976931348623157e+308 */
	const std::to_chars_result result =
		std::to_chars(text, text + double_text_size, value, std::chars_format::scientific);

	/* e+05 to e5, e-05 to e-5 */
	const std::size_t size = static_cast<std::size_t>(result.ptr - text);
	char *mark = static_cast<char *>(std::memchr(text, 'e', size)) + 1;
	const char *digits = mark + 1;
	while (digits + 1 < result.ptr && *digits == '0')
		digits++;
	if (*mark == '-')
		mark++;
	const std::size_t left = static_cast<std::size_t>(result.ptr - digits);
	std::memmove(mark, digits, left);
	return static_cast<std::size_t>(mark - text) + left;
}

} // namespace fabric::core
