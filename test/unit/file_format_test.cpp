/*
 * Tests of formats of files by their names.
 */
#include "core/file_format.hpp"

#include <gtest/gtest.h>

namespace
{

using fabric::core::FileFormat;
using fabric::core::format_name;
using fabric::core::format_named;
using fabric::core::format_of_file;
using fabric::core::unpacked_name;

TEST(FileFormat, IsToldByTheEndOfTheName)
{
	EXPECT_EQ(format_of_file("a/b.parquet"), FileFormat::parquet);
	EXPECT_EQ(format_of_file("B.PQ"), FileFormat::parquet);
	EXPECT_EQ(format_of_file("a.csv"), FileFormat::csv);
	EXPECT_EQ(format_of_file("a.tsv.gz"), FileFormat::csv);
	EXPECT_EQ(format_of_file("a.Json.ZST"), FileFormat::json);
	EXPECT_EQ(format_of_file("a/*.jsonl"), FileFormat::json_lines);
	EXPECT_EQ(format_of_file("a.ndjson.gz"), FileFormat::json_lines);
	EXPECT_EQ(format_of_file("csv"), FileFormat::unknown);
	EXPECT_EQ(format_of_file("a.csv.bak"), FileFormat::unknown);
	EXPECT_EQ(format_of_file(""), FileFormat::unknown);
	EXPECT_EQ(format_of_file("a.gz"), FileFormat::unknown);
}

TEST(FileFormat, HasANameThatNamesIt)
{
	for (const FileFormat format : {FileFormat::parquet, FileFormat::csv, FileFormat::json, FileFormat::json_lines})
		EXPECT_EQ(format_named(format_name(format)), format);
	EXPECT_STREQ(format_name(FileFormat::unknown), "auto");
	EXPECT_EQ(format_named("auto"), FileFormat::unknown);
	EXPECT_EQ(format_named("CSV"), FileFormat::unknown);
}

TEST(FileFormat, CompressionIsNoPartOfIt)
{
	EXPECT_EQ(unpacked_name("a.csv.gz"), "a.csv");
	EXPECT_EQ(unpacked_name("a.csv.ZST"), "a.csv");
	EXPECT_EQ(unpacked_name("a.csv"), "a.csv");
}

} // namespace
