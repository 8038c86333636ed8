/*
 * Tests of server versions: what real servers, forks, services and proxies announce, their order, and noise.
 */
#include "core/server_version.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

using namespace fabric::core;

namespace
{

ServerVersion version_of(std::string_view text)
{
	ServerVersion version;
	EXPECT_TRUE(parse_server_version(text, &version)) << text;
	return version;
}

constexpr ServerVersion mysql(std::uint16_t major, std::uint16_t minor, std::uint16_t patch)
{
	return {Flavour::mysql, major, minor, patch};
}

constexpr ServerVersion mariadb(std::uint16_t major, std::uint16_t minor, std::uint16_t patch)
{
	return {Flavour::mariadb, major, minor, patch};
}

constexpr ServerVersion other(std::uint16_t major, std::uint16_t minor, std::uint16_t patch)
{
	return {Flavour::other, major, minor, patch};
}

} // namespace

namespace fabric::core
{

void PrintTo(const ServerVersion &version, std::ostream *out)
{
	*out << flavour_name(version.flavour) << ' ' << version.major << '.' << version.minor << '.' << version.patch;
}

} // namespace fabric::core

TEST(ServerVersion, WhatServersSay)
{
	const struct
	{
		std::string_view text;
		ServerVersion expected;
	} cases[] = {
		/* MySQL and what is built from it */
		{"8.0.36", mysql(8, 0, 36)},
		{"8.4.0", mysql(8, 4, 0)},
		{"9.7.4", mysql(9, 7, 4)},
		{"5.7.44-log", mysql(5, 7, 44)},
		{"5.1.0", mysql(5, 1, 0)},
		{"5.5.5-m3", mysql(5, 5, 5)},
		{"5.5.5-m3-log", mysql(5, 5, 5)},
		{"5.5.5", mysql(5, 5, 5)},
		{"5.5.62-0+deb8u1", mysql(5, 5, 62)},
		{"8.0.36-0ubuntu0.22.04.1", mysql(8, 0, 36)},
		{"8.0.36-28", mysql(8, 0, 36)},
		{"8.0.35-27.1", mysql(8, 0, 35)},
		{"5.7.44-48-57-log", mysql(5, 7, 44)},
		{"8.0.36-cluster", mysql(8, 0, 36)},
		{"8.0.28-google", mysql(8, 0, 28)},
		{"8.0.mysql_aurora.3.04.0", mysql(8, 0, 0)},
		{"5.7.mysql_aurora.2.11.2", mysql(5, 7, 0)},
		{"8.0", mysql(8, 0, 0)},
		{"8.0.", mysql(8, 0, 0)},
		{"8.0.11a", mysql(8, 0, 11)},
		/* MariaDB, with and without the prefix for old replicas */
		{"10.11.19-MariaDB-0+deb12u1", mariadb(10, 11, 19)},
		{"5.5.5-10.6.1-MariaDB-log", mariadb(10, 6, 1)},
		{"5.5.5-10.11.19-MariaDB-0+deb12u1", mariadb(10, 11, 19)},
		{"5.5.5-10.6.1-log", mariadb(10, 6, 1)},
		{"5.5.5-11.4.2-MariaDB", mariadb(11, 4, 2)},
		{"11.4.2-MariaDB", mariadb(11, 4, 2)},
		{"11.8.3-MariaDB-ubu2404", mariadb(11, 8, 3)},
		{"10.6.17-13-MariaDB-enterprise-log", mariadb(10, 6, 17)},
		{"5.5.68-MariaDB", mariadb(5, 5, 68)},
		{"5.5.5-MariaDB", mariadb(5, 5, 5)},
		{"10.3.39-mariadb", mariadb(10, 3, 39)},
		{"10.6.1-MARIADB", mariadb(10, 6, 1)},
		/* Others that speak the protocol */
		{"8.0.11-TiDB-v7.5.0", other(8, 0, 11)},
		{"5.7.25-TiDB-v6.1.0-alpha", other(5, 7, 25)},
		{"8.0.33-3.1.2 StarRocks", other(8, 0, 33)},
		{"5.7.99-doris-2.0", other(5, 7, 99)},
		{"5.7.25-OceanBase-v4.2.1.0", other(5, 7, 25)},
		{"8.0.30-Vitess", other(8, 0, 30)},
		{"5.7.9-vitess-12.0.6", other(5, 7, 9)},
		{"24.3.1.1-ClickHouse", other(24, 3, 1)},
		{"5.6.29-TDDL-5.4.13", other(5, 6, 29)},
		{"8.0.32-X-Cluster-8.4.20", other(8, 0, 32)},
	};
	for (const auto &[text, expected] : cases)
		EXPECT_EQ(version_of(text), expected) << text;
}

TEST(ServerVersion, NoVersionLeavesTheValueAlone)
{
	for (const std::string_view text :
		 {"", "8", "8.", ".8", ".", "MariaDB", "MariaDB-10.6.1", " 8.0.36", "v8.0.36", "-8.0", "8,0", "8..0", "8.x.1",
		  "65536.0.0", "8.65536", "8.0.65536", "99999999999999999999.1.1", "8.0.4294967297"})
	{
		ServerVersion version = mariadb(1, 2, 3);
		EXPECT_FALSE(parse_server_version(text, &version)) << text;
		EXPECT_EQ(version, mariadb(1, 2, 3)) << text;
	}
}

TEST(ServerVersion, LimitsAndNumber)
{
	EXPECT_EQ(version_of("65535.65535.65535"), mysql(65535, 65535, 65535));
	EXPECT_EQ(version_of("10.11.19-MariaDB").number(), 101119U);
	EXPECT_EQ(version_of("8.0.36").number(), 80036U);
	EXPECT_EQ(version_of("5.7.4").number(), 50704U);
	EXPECT_EQ(ServerVersion().number(), 0U);
}

TEST(ServerVersion, OrderWithinAFlavourOnly)
{
	EXPECT_LT(version_of("8.0.4"), version_of("8.0.36"));
	EXPECT_LT(version_of("5.7.44"), version_of("8.0.0"));
	EXPECT_LT(version_of("8.0.36"), version_of("8.4.0"));
	EXPECT_GT(version_of("10.11.1-MariaDB"), version_of("10.6.18-MariaDB"));
	EXPECT_LT(version_of("10.11.1-MariaDB"), version_of("11.0.0-MariaDB"));
	EXPECT_LE(version_of("8.0.36"), version_of("8.0.36-log"));
	EXPECT_EQ(version_of("8.0.36"), version_of("8.0.36-log"));

	const ServerVersion maria = version_of("10.6.1-MariaDB");
	const ServerVersion oracle = version_of("8.0.36");
	EXPECT_FALSE(maria < oracle);
	EXPECT_FALSE(maria > oracle);
	EXPECT_FALSE(maria <= oracle);
	EXPECT_FALSE(maria >= oracle);
	EXPECT_NE(maria, oracle);
	EXPECT_NE(version_of("8.0.11"), version_of("8.0.11-TiDB-v7.5.0"));
}

TEST(ServerVersion, AtLeast)
{
	constexpr ServerVersion version = mysql(8, 0, 17);
	static_assert(version.at_least(Flavour::mysql, 8, 0, 17));
	static_assert(version.at_least(Flavour::mysql, 8, 0));
	static_assert(version.at_least(Flavour::mysql, 8));
	static_assert(version.at_least(Flavour::mysql, 5, 7, 44));
	static_assert(!version.at_least(Flavour::mysql, 8, 0, 18));
	static_assert(!version.at_least(Flavour::mysql, 8, 1));
	static_assert(!version.at_least(Flavour::mysql, 9));
	static_assert(!version.at_least(Flavour::mariadb, 5));
	static_assert(mariadb(10, 11, 1).at_least(Flavour::mariadb, 10, 6, 18));
}

TEST(ServerVersion, NamesOfFlavours)
{
	EXPECT_STREQ(flavour_name(Flavour::mysql), "MySQL");
	EXPECT_STREQ(flavour_name(Flavour::mariadb), "MariaDB");
	EXPECT_STREQ(flavour_name(Flavour::other), "MySQL-compatible server");
}

TEST(ServerVersion, RandomBytes)
{
	std::mt19937_64 random(1);
	for (int i = 0; i < 100000; i++)
	{
		static constexpr std::string_view letters = "0123456789.-MariaDB5";
		std::string text = i % 3 == 0 ? "5.5.5-" : "";
		for (std::size_t left = random() % 30; left > 0; left--)
			text += i % 2 == 0 ? static_cast<char>(random()) : letters[random() % letters.size()];
		const std::string copy(text);
		ServerVersion first;
		ServerVersion again;
		ASSERT_EQ(parse_server_version(text, &first), parse_server_version(copy, &again));
		ASSERT_EQ(first, again);
	}
}
