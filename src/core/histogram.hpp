/*
 * Histograms that MySQL and MariaDB keep of columns, made into what a planner wants: common values and quantiles.
 *
 * Sources: MySQL's information_schema.COLUMN_STATISTICS (a JSON document), MariaDB's mysql.column_stats (JSON_HB, a JSON
 * document; SINGLE_PREC_HB and DOUBLE_PREC_HB as DECODE_HISTOGRAM() tells them). Values are texts as the server prints
 * them, UTF-8. May throw std::bad_alloc only.
 */
#ifndef FABRIC_CORE_HISTOGRAM_HPP
#define FABRIC_CORE_HISTOGRAM_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::core
{

/* The values from low to high; shares are of the rows that are not NULL, and sum up to 1 or nearly so. */
struct HistogramBucket
{
	std::string low;
	std::string high;
	double share;
	double distinct;
};

struct Histogram
{
	double null_share = -1; /* of all rows; -1: not told */
	std::vector<HistogramBucket> buckets;
};

/* MySQL's document. False, with *histogram untouched, when it is none. */
[[nodiscard]] bool read_mysql_histogram(std::string_view json, Histogram *histogram);

/* MariaDB's document. */
[[nodiscard]] bool read_mariadb_histogram(std::string_view json, Histogram *histogram);

/*
 * Buckets of one size between two numbers, whose widths are told as parts of the whole: "0.25,0.5,0.25". False also when
 * low and high are no numbers.
 */
[[nodiscard]] bool read_histogram_widths(std::string_view widths, std::string_view low, std::string_view high,
										 Histogram *histogram);

struct CommonValue
{
	std::string value;
	double share;
};

struct ValueSummary
{
	double distinct = 0;			 /* 0: not known */
	std::vector<CommonValue> common; /* the most common first */
	std::vector<std::string>
		bounds; /* of the other values: between two neighbours lie equally many rows; none or at least two */
};

/* At most so many common values, from buckets of one value, and at most so many bounds (2 or more). */
[[nodiscard]] ValueSummary summarize(const Histogram &histogram, std::size_t most_common, std::size_t most_bounds);

} // namespace fabric::core

#endif
