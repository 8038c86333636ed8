/*
 * Text files as records: what the readers of JSON and of CSV have in common.
 *
 * Lifecycle: a TextFile is shared by the threads that read it; a RecordInput reads one part of it on one thread. Memory comes from the
 * engine's budget. Errors: core::Error by Throw(), with file and line.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_RECORDS_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_RECORDS_HPP

#include "core/splitter.hpp"

#include "duckdb.hpp"
#include "duckdb/common/allocator.hpp"
#include "duckdb/common/file_system.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace fabric::fdw::objectstore
{

/* A record may be so long, in bytes; behind it so many can be read. */
inline constexpr std::size_t longest_record = 8 << 20;
inline constexpr std::size_t record_padding = 64;

/* What of a large file is read at once by one thread. */
inline constexpr duckdb::idx_t part_size = 4 << 20;
inline constexpr duckdb::idx_t whole_file = static_cast<duckdb::idx_t>(-1);

struct TextFile
{
	/* `name`: as the engine knows it. */
	TextFile(duckdb::ClientContext &context, const std::string &name, duckdb::FileCompressionType compression);

	duckdb::unique_ptr<duckdb::FileHandle> open() const;
	/* How far it has been read, of 100, when that many bytes of it have been. */
	double progress(duckdb::idx_t done) const;

	duckdb::ClientContext &context;
	std::string name;
	duckdb::FileCompressionType compression;
	duckdb::unique_ptr<duckdb::FileHandle> handle;
	bool anywhere; /* it can be read at any place */
	duckdb::idx_t size;
};

class RecordInput
{
public:
	/*
	 * The records that begin in [begin, end) of the file. `line_parts`: records are lines, and the first may have begun before the
	 * part, which then is the part's before; else a part begins with a record. `buffer`: what is read at once, at first.
	 */
	RecordInput(TextFile &file, std::unique_ptr<core::Splitter> splitter, duckdb::idx_t begin, duckdb::idx_t end,
				bool line_parts = false, std::size_t buffer = 1 << 20);

	/* The next record; false at the end. */
	bool next(std::string_view *record);

	/* Says what is wrong with the last record. */
	[[noreturn]] void fail(const char *sqlstate, const std::string &why, const std::string &hint = {}) const;

	/* How far it is into the file, unpacked. */
	duckdb::idx_t position() const noexcept { return begin_ + taken_; }
	const core::Splitter &splitter() const noexcept { return *splitter_; }

private:
	const char *text() const { return reinterpret_cast<const char *>(buffer_.get()); }
	[[noreturn]] void fail_too_long() const;
	void reserve(std::size_t capacity);
	void fill();
	void skip_line();
	void skip_mark();
	std::size_t line_of(duckdb::idx_t place) const;

	TextFile &file_;
	std::unique_ptr<core::Splitter> splitter_;
	duckdb::AllocatedData buffer_;
	std::size_t capacity_ = 0;
	std::size_t size_ = 0;	 /* bytes in the buffer */
	std::size_t taken_ = 0;	 /* of them */
	duckdb::idx_t begin_;	 /* where the buffer begins in the file, unpacked */
	duckdb::idx_t end_;		 /* of the part: records that begin there are the next one's */
	duckdb::idx_t position_; /* where the next byte is read */
	duckdb::idx_t record_ = 0;
	bool line_parts_;
	bool last_ = false; /* there is nothing behind what the buffer has */
};

} // namespace fabric::fdw::objectstore

#endif
