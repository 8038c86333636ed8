/*
 * What the footer of a Parquet file says of its rows: how many it has, in which row groups, and which columns it has. Facts: the format's definition parquet.thrift (apache/parquet-format) in Thrift's compact protocol.
 *
 * A pure function over bytes that may be damaged in any way: it never reads beyond them.
 */
#ifndef FABRIC_CORE_PARQUET_FOOTER_HPP
#define FABRIC_CORE_PARQUET_FOOTER_HPP

#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::core
{

struct ParquetRowGroup
{
	std::int64_t rows = 0;
	std::int64_t begin = 0; /* where its data lies in the file */
	std::int64_t end = 0;

	bool operator==(const ParquetRowGroup &) const = default;
};

struct ParquetFooter
{
	std::int64_t rows = 0; /* as the file says */
	std::vector<ParquetRowGroup> row_groups;
	std::vector<std::string> columns;  /* of the outermost level, in their order */
	std::vector<std::string> required; /* those of them that are never NULL */
	/* Of the schema as it is written: files where this is the same have the same columns. */
	std::uint64_t schema_hash = 0;
	/* A column whose decimals have more digits than the engine keeps (most_decimal_digits), which would round them; or empty. */
	std::string too_wide;
};

inline constexpr int most_decimal_digits = 38;

/* The bytes at the end of a Parquet file: the footer's length, little-endian, and the letters PAR1. */
inline constexpr std::size_t parquet_tail_size = 8;

/* The length of the footer before the tail; data_corrupted when this is none. An encrypted footer (PARE) is feature_not_supported. */
[[nodiscard]] Result<std::size_t> parquet_footer_size(std::string_view tail);

/* Reads the footer; data_corrupted when it is not one. */
[[nodiscard]] Result<ParquetFooter> read_parquet_footer(std::string_view bytes);

} // namespace fabric::core

#endif
