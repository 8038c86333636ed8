/*
 * What the footer of a Parquet file says of its rows: how many it has, in which row groups, and which columns have a value in all
 * of them. Facts: the format's definition parquet.thrift (apache/parquet-format) in Thrift's compact protocol.
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
	std::vector<std::string> required; /* columns of the outermost level that are never NULL */
};

/* The bytes at the end of a Parquet file: the footer's length, little-endian, and the letters PAR1. */
inline constexpr std::size_t parquet_tail_size = 8;

/* The length of the footer before the tail; data_corrupted when this is none. An encrypted footer (PARE) is feature_not_supported. */
[[nodiscard]] Result<std::size_t> parquet_footer_size(std::string_view tail);

/* Reads the footer; data_corrupted when it is not one. */
[[nodiscard]] Result<ParquetFooter> read_parquet_footer(std::string_view bytes);

} // namespace fabric::core

#endif
