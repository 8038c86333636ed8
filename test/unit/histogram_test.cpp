/* Histograms of remote columns: the documents of real servers, shapes that are none, and what is made of them. */
#include "core/histogram.hpp"

#include <gtest/gtest.h>

using namespace fabric::core;

namespace
{

Histogram mysql(std::string_view json)
{
	Histogram histogram;
	EXPECT_TRUE(read_mysql_histogram(json, &histogram));
	return histogram;
}

Histogram mariadb(std::string_view json)
{
	Histogram histogram;
	EXPECT_TRUE(read_mariadb_histogram(json, &histogram));
	return histogram;
}

TEST(Histogram, MysqlSingletonsBecomeCommonValues)
{
	const Histogram histogram = mysql(
		R"({"buckets": [["base64:type254:djA=", 0.3], ["base64:type254:djE=", 0.5], ["base64:type254:", 0.75]],
			"data-type": "string", "null-values": 0.25, "histogram-type": "singleton"})");
	EXPECT_DOUBLE_EQ(histogram.null_share, 0.25);
	const ValueSummary summary = summarize(histogram, 10, 10);
	ASSERT_EQ(summary.common.size(), 3U);
	EXPECT_EQ(summary.common[0].value, "v0");
	EXPECT_DOUBLE_EQ(summary.common[0].share, 0.4);
	EXPECT_EQ(summary.common[1].value, "");
	EXPECT_EQ(summary.common[2].value, "v1");
	EXPECT_TRUE(summary.bounds.empty());
	EXPECT_DOUBLE_EQ(summary.distinct, 3);
}

TEST(Histogram, MysqlRangesBecomeBounds)
{
	const Histogram histogram =
		mysql(R"({"buckets": [[18446744073709550715, 18446744073709550939, 0.25, 225], [-7, -7, 0.5, 1],
			[0.14, 32.5, 0.75, 225], ["2020-01-01", "2020-03-15", 1.0, 75]], "null-values": 0.0})");
	ASSERT_EQ(histogram.buckets.size(), 4U);
	EXPECT_EQ(histogram.buckets[0].low, "18446744073709550715");
	EXPECT_EQ(histogram.buckets[2].low, "0.14");
	EXPECT_DOUBLE_EQ(histogram.buckets[2].share, 0.25);
	const ValueSummary summary = summarize(histogram, 10, 10);
	ASSERT_EQ(summary.common.size(), 1U);
	EXPECT_EQ(summary.common[0].value, "-7");
	EXPECT_EQ(summary.bounds,
			  (std::vector<std::string>{"18446744073709550715", "18446744073709550939", "32.5", "2020-03-15"}));
	EXPECT_DOUBLE_EQ(summary.distinct, 526);
}

TEST(Histogram, BucketsOfDifferentSizeGiveQuantiles)
{
	Histogram histogram;
	histogram.buckets = {{"0", "10", 0.8, 10}, {"11", "20", 0.1, 10}, {"21", "30", 0.05, 10}, {"31", "40", 0.05, 10}};
	const ValueSummary summary = summarize(histogram, 10, 5);
	EXPECT_EQ(summary.bounds, (std::vector<std::string>{"0", "10", "10", "10", "40"}));
	EXPECT_EQ(summarize(histogram, 10, 2).bounds, (std::vector<std::string>{"0", "40"}));
	EXPECT_TRUE(summarize(histogram, 10, 1).bounds.empty());
}

TEST(Histogram, Mariadb)
{
	const Histogram histogram = mariadb(
		R"({"target_histogram_size": 4, "collected_by": "10.11.19-MariaDB", "histogram_hb": [
			{"start": "0", "size": 0.25, "ndv": 2}, {"start": "1", "size": 0.5, "ndv": 1},
			{"start": "2", "end": "4", "size": 0.25, "ndv": 3}]})");
	EXPECT_DOUBLE_EQ(histogram.null_share, -1);
	ASSERT_EQ(histogram.buckets.size(), 3U);
	EXPECT_EQ(histogram.buckets[0].high, "1");
	EXPECT_EQ(histogram.buckets[1].high, "1");
	EXPECT_EQ(histogram.buckets[2].high, "4");
	const ValueSummary summary = summarize(histogram, 10, 10);
	ASSERT_EQ(summary.common.size(), 1U);
	EXPECT_EQ(summary.common[0].value, "1");
	EXPECT_EQ(summary.bounds, (std::vector<std::string>{"0", "1", "4"}));
}

TEST(Histogram, Widths)
{
	Histogram histogram;
	ASSERT_TRUE(read_histogram_widths("0.25000,0.5,0.25", "-100", "300", &histogram));
	const ValueSummary summary = summarize(histogram, 10, 10);
	EXPECT_EQ(summary.bounds, (std::vector<std::string>{"-100", "0.0", "200.0", "300"}));
	EXPECT_DOUBLE_EQ(summary.distinct, 0);
	EXPECT_FALSE(read_histogram_widths("0.5,0.5", "2020-01-01", "2020-02-01", &histogram));
	EXPECT_FALSE(read_histogram_widths("0.5,x", "1", "2", &histogram));
	EXPECT_FALSE(read_histogram_widths("0.5,-0.5", "1", "2", &histogram));
	EXPECT_FALSE(read_histogram_widths("0.5", "2", "1", &histogram));
	EXPECT_TRUE(read_histogram_widths("", "1", "2", &histogram));
	EXPECT_TRUE(histogram.buckets.empty());
	EXPECT_TRUE(summarize(histogram, 10, 10).bounds.empty());
}

TEST(Histogram, WhatIsNone)
{
	Histogram histogram;
	for (const char *json :
		 {"", "null", "[]", "{", "{}", R"({"buckets": []})", R"({"buckets": {}, "null-values": 0})",
		  R"({"buckets": [[1]], "null-values": 0})", R"({"buckets": [[1, 2]], "null-values": 0})",
		  R"({"buckets": [[1, 0.5], [2, 0.4]], "null-values": 0})", R"({"buckets": [[null, 0.5]], "null-values": 0})",
		  R"({"buckets": [[1, 2, 0.5, "x"]], "null-values": 0})", R"({"buckets": [[1, 0.5]], "null-values": 7})",
		  R"({"buckets": [["base64:type254", 0.5]], "null-values": 0})",
		  R"({"buckets": [["base64:type254:dj!=", 0.5]], "null-values": 0})"})
		EXPECT_FALSE(read_mysql_histogram(json, &histogram)) << json;
	for (const char *json :
		 {"", "{}", R"({"histogram_hb": {}})", R"({"histogram_hb": [1]})", R"({"histogram_hb": [{"start": "1"}]})",
		  R"({"histogram_hb": [{"start": "1", "size": "1", "ndv": 1}]})",
		  R"({"histogram_hb": [{"start": "1", "size": 0.5, "ndv": "1"}]})",
		  R"({"histogram_hb": [{"start": [], "size": 0.5, "ndv": 1}]})"})
		EXPECT_FALSE(read_mariadb_histogram(json, &histogram)) << json;
	EXPECT_TRUE(histogram.buckets.empty());
}

} // namespace
