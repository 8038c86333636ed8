/*
 * The version a server of the MySQL family announces.
 */
#ifndef FABRIC_CORE_SERVER_VERSION_HPP
#define FABRIC_CORE_SERVER_VERSION_HPP

#include <compare>
#include <cstdint>
#include <string_view>

namespace fabric::core
{

enum class Flavour : unsigned char
{
	mysql, /* Oracle's, Percona's, Aurora: MySQL's own code; also what does not say that it is something else */
	mariadb,
	other /* speaks the protocol only (TiDB, StarRocks, Vitess, ...), under the numbers of a MySQL */
};

struct ServerVersion
{
	Flavour flavour = Flavour::other;
	std::uint16_t major = 0;
	std::uint16_t minor = 0;
	std::uint16_t patch = 0;

	/* 101119 for 10.11.19, as mysql_get_server_version() has it. */
	constexpr std::uint32_t number() const noexcept { return major * 10000U + minor * 100U + patch; }

	/* Is it this flavour, and at least this version of it? */
	constexpr bool at_least(Flavour wanted, unsigned wanted_major, unsigned wanted_minor = 0,
							unsigned wanted_patch = 0) const noexcept
	{
		if (flavour != wanted)
			return false;
		if (major != wanted_major)
			return major > wanted_major;
		if (minor != wanted_minor)
			return minor > wanted_minor;
		return patch >= wanted_patch;
	}

	constexpr bool operator==(const ServerVersion &) const noexcept = default;

	/* Versions of different flavours have no order: MariaDB 10.2 is neither before nor after MySQL 8.0. */
	constexpr std::partial_ordering operator<=>(const ServerVersion &that) const noexcept
	{
		if (flavour != that.flavour)
			return std::partial_ordering::unordered;
		if (const auto order = major <=> that.major; order != 0)
			return order;
		if (const auto order = minor <=> that.minor; order != 0)
			return order;
		return patch <=> that.patch;
	}
};

/*
 * Reads what the handshake or version() says: digits, a dot and digits, perhaps a patch number, then words that tell
 * the flavour. MariaDB's prefix "5.5.5-", put there for old replicas, is skipped. A missing patch number counts as 0.
 * False, with *version untouched, when the text does not begin with a version.
 *
 * A server may hide what it is behind a plain number: StarRocks says "8.0.33" or "5.1.0", as a MySQL would.
 */
[[nodiscard]] bool parse_server_version(std::string_view text, ServerVersion *version) noexcept;

/* The flavour's name as users know it. */
[[nodiscard]] const char *flavour_name(Flavour flavour) noexcept;

} // namespace fabric::core

#endif
