/*
 * Tests of the reader of Parquet footers: a footer that pyarrow wrote, whole and damaged in every byte.
 */
#include "core/parquet_footer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace fabric::core;

namespace
{

/* Of a file with the columns id integer, name text, l list of integer, z bigint, all but name required, and row groups of two rows
 * and of one. */
constexpr const char *hex =
	"1504197c35001806736368656d61150800150225001802696400150c250218046e616d6525004c1c000000350018016c1502"
	"15064c3c000000350418046c697374150200150225001807656c656d656e74001504250018017a001606192c194c26001c15"
	"0219250600191802696415001604163616362608491c15001500150200000026001c150c192506001918046e616d65150016"
	"04163c163c263e491c150015001502003c160219061926020200000026001c1502192506001938016c046c69737407656c65"
	"6d656e741500160416461646267a491c150015001502003c292604001926020200000026001c1504192506001918017a1500"
	"16041646164626c001491c15001500150200000016fe011604260816fe0100194c26001c1502192506001918026964150016"
	"02162e162e268602491c15001500150200000026001c150c192506001918046e616d6515001602163c163c26b402491c1500"
	"15001502003c160219061926000200000026001c1502192506001938016c046c69737407656c656d656e7415001604164e16"
	"4e26f002491c150015001502003c292602021926000400000026001c1504192506001918017a150016021636163626be0349"
	"1c15001500150200000016ee01160226860216ee01002820706172717565742d6370702d6172726f772076657273696f6e20"
	"32362e302e31194c1c00001c00001c00001c000000";

std::string footer()
{
	std::string bytes;
	for (const char *at = hex; *at != '\0'; at += 2)
		bytes += static_cast<char>(std::stoi(std::string(at, 2), nullptr, 16));
	return bytes;
}

TEST(ParquetFooter, TellsRowsGroupsAndRequiredColumns)
{
	const Result<ParquetFooter> read = read_parquet_footer(footer());
	ASSERT_TRUE(read.ok());
	EXPECT_EQ(read.value().rows, 3);
	EXPECT_EQ(read.value().row_groups, (std::vector<ParquetRowGroup>{{2, 4, 131}, {1, 131, 250}}));
	EXPECT_EQ(read.value().columns, (std::vector<std::string>{"id", "name", "l", "z"}));
	EXPECT_EQ(read.value().required, (std::vector<std::string>{"id", "z"}));
	EXPECT_EQ(read.value().too_wide, "");
}

TEST(ParquetFooter, TellsSchemasApart)
{
	std::string other = footer();
	const std::uint64_t hash = read_parquet_footer(other).value().schema_hash;
	other[other.find("name")] = 'N';
	EXPECT_NE(read_parquet_footer(other).value().schema_hash, hash);
	EXPECT_EQ(read_parquet_footer(footer()).value().schema_hash, hash);
}

TEST(ParquetFooter, KnowsTheTail)
{
	const Result<std::size_t> size = parquet_footer_size(std::string_view("\x09\x02\0\0PAR1", 8));
	ASSERT_TRUE(size.ok());
	EXPECT_EQ(size.value(), 521u);
	EXPECT_STREQ(parquet_footer_size(std::string_view("\x09\x02\0\0PARE", 8)).error()->sqlstate, "0A000");
	EXPECT_STREQ(parquet_footer_size(std::string_view("\x09\x02\0\0PAR2", 8)).error()->sqlstate, "XX001");
	EXPECT_STREQ(parquet_footer_size("PAR1").error()->sqlstate, "XX001");
}

TEST(ParquetFooter, IsReadOnlyWhole)
{
	const std::string whole = footer();
	for (std::size_t size = 0; size < whole.size(); ++size)
		EXPECT_FALSE(read_parquet_footer(std::string_view(whole).substr(0, size)).ok()) << size;
}

TEST(ParquetFooter, EndsOnAnyDamage)
{
	const std::string whole = footer();
	std::size_t unlike = 0;
	for (std::size_t at = 0; at < whole.size(); ++at)
		for (unsigned value = 0; value < 256; ++value)
		{
			std::string damaged = whole;
			damaged[at] = static_cast<char>(value);
			const Result<ParquetFooter> read = read_parquet_footer(damaged);
			if (!read.ok() || read.value().row_groups.size() != 2)
				++unlike;
		}
	EXPECT_GT(unlike, 0u);
	/* Endless sizes, structures within one another. */
	for (const std::uint8_t head : {0x19, 0x1a, 0x1b, 0x18, 0x1c})
	{
		std::string text(100000, static_cast<char>(0xff));
		text[0] = static_cast<char>(head);
		EXPECT_FALSE(read_parquet_footer(text).ok());
		text.assign(100000, static_cast<char>(head));
		EXPECT_FALSE(read_parquet_footer(text).ok());
	}
}

} // namespace
