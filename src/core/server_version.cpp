/*
 * The version a server of the MySQL family announces: numbers first, then the words behind them.
 */
#include "server_version.hpp"

#include <algorithm>
#include <cstddef>

namespace fabric::core
{
namespace
{

/* Servers that speak the protocol, have other code and say so in their version. */
constexpr std::string_view other_servers[] = {"tidb",		"starrocks",   "doris",	 "oceanbase", "vitess",
											  "clickhouse", "singlestore", "memsql", "tddl",	  "x-cluster"};

constexpr bool is_digit(char c) noexcept
{
	return c >= '0' && c <= '9';
}

constexpr char lower(char c) noexcept
{
	return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/* word is in lower case */
bool contains_word(std::string_view text, std::string_view word) noexcept
{
	return std::search(text.begin(), text.end(), word.begin(), word.end(),
					   [](char in_text, char in_word) { return lower(in_text) == in_word; }) != text.end();
}

/* Takes the digits at the front of *text; false when there is none or they do not fit. */
bool take_number(std::string_view *text, std::uint16_t *number) noexcept
{
	std::uint32_t value = 0;
	std::size_t used = 0;
	while (used < text->size() && is_digit((*text)[used]))
	{
		value = value * 10 + static_cast<std::uint32_t>((*text)[used] - '0');
		if (value > UINT16_MAX)
			return false;
		used++;
	}
	if (used == 0)
		return false;
	text->remove_prefix(used);
	*number = static_cast<std::uint16_t>(value);
	return true;
}

/* Takes a dot before a digit. */
bool take_dot(std::string_view *text) noexcept
{
	if (text->size() < 2 || (*text)[0] != '.' || !is_digit((*text)[1]))
		return false;
	text->remove_prefix(1);
	return true;
}

/* Takes major.minor[.patch] at the front of *text. */
bool take_version(std::string_view *text, ServerVersion *version) noexcept
{
	if (!take_number(text, &version->major) || !take_dot(text) || !take_number(text, &version->minor))
		return false;
	version->patch = 0;
	return !take_dot(text) || take_number(text, &version->patch);
}

} // namespace

bool parse_server_version(std::string_view text, ServerVersion *version) noexcept
{
	constexpr std::string_view replication_prefix = "5.5.5-";

	ServerVersion parsed;
	std::string_view rest = text;
	if (!take_version(&rest, &parsed))
		return false;

	/* Only MariaDB 10 and later wear the prefix; 5.5.5-m3 was a MySQL. */
	bool is_mariadb = contains_word(rest, "mariadb");
	if (text.substr(0, replication_prefix.size()) == replication_prefix)
	{
		ServerVersion behind;
		std::string_view behind_rest = text.substr(replication_prefix.size());
		if (take_version(&behind_rest, &behind) && behind.major >= 10)
		{
			parsed = behind;
			rest = behind_rest;
			is_mariadb = true;
		}
	}

	const bool is_other = std::any_of(std::begin(other_servers), std::end(other_servers),
									  [rest](std::string_view word) { return contains_word(rest, word); });
	parsed.flavour = is_other ? Flavour::other : is_mariadb ? Flavour::mariadb : Flavour::mysql;
	*version = parsed;
	return true;
}

const char *flavour_name(Flavour flavour) noexcept
{
	switch (flavour)
	{
		case Flavour::mysql:
			return "MySQL";
		case Flavour::mariadb:
			return "MariaDB";
		case Flavour::other:
			break;
	}
	return "MySQL-compatible server";
}

} // namespace fabric::core
