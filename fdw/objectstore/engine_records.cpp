/*
 * Reading text files record by record.
 */
#include "fdw/objectstore/engine_records.hpp"

#include "fdw/objectstore/engine_files.hpp"

#include "core/sqlstate.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace fabric::fdw::objectstore
{

using core::Splitter;

TextFile::TextFile(duckdb::ClientContext &context, const std::string &name, duckdb::FileCompressionType compression)
	: context(context), name(name), compression(compression), handle(open()), anywhere(handle->CanSeek()),
	  size(handle->GetFileSize())
{
}

duckdb::unique_ptr<duckdb::FileHandle> TextFile::open() const
{
	return duckdb::FileSystem::GetFileSystem(context).OpenFile(
		name, duckdb::FileOpenFlags(duckdb::FileOpenFlags::FILE_FLAGS_READ) | compression);
}

double TextFile::progress(duckdb::idx_t done) const
{
	if (!anywhere)
		done = handle->GetProgress();
	return size == 0 ? 0 : 100.0 * static_cast<double>(done) / static_cast<double>(size);
}

RecordInput::RecordInput(TextFile &file, std::unique_ptr<Splitter> splitter, duckdb::idx_t begin, duckdb::idx_t end,
						 bool line_parts, std::size_t buffer)
	: file_(file), splitter_(std::move(splitter)), begin_(line_parts && begin > 0 ? begin - 1 : begin), end_(end),
	  position_(begin_), line_parts_(line_parts)
{
	reserve(buffer);
	if (begin == 0)
		skip_mark();
	else if (line_parts)
		skip_line();
}

bool RecordInput::next(std::string_view *record)
{
	while (begin_ + taken_ < end_)
	{
		const std::string_view rest(text() + taken_, size_ - taken_);
		const Splitter::Found found = splitter_->next(rest, last_);
		record_ = begin_ + taken_ + splitter_->begin();
		switch (found)
		{
			case Splitter::Found::record:
			{
				/* Blank lines may have led beyond the part. */
				const std::size_t line = rest.substr(0, splitter_->begin()).rfind('\n') + 1;
				if (line_parts_ && begin_ + taken_ + line >= end_)
					return false;
				*record = rest.substr(splitter_->begin(), splitter_->end() - splitter_->begin());
				taken_ += splitter_->taken();
				if (record->size() > longest_record)
					fail_too_long();
				return true;
			}
			case Splitter::Found::more:
				taken_ += splitter_->taken();
				if (size_ - taken_ > longest_record)
					fail_too_long();
				fill();
				break;
			case Splitter::Found::end:
				end_ = 0;
				return false;
			case Splitter::Found::failed:
				fail(core::sqlstate::data_corrupted, splitter_->reason());
		}
	}
	return false;
}

void RecordInput::fail(const char *sqlstate, const std::string &why, const std::string &hint) const
{
	Throw(core::Error(sqlstate, "file \"" + file_.name + "\", line " + std::to_string(line_of(record_)) + ": " + why,
					  {}, hint));
}

void RecordInput::fail_too_long() const
{
	fail(core::sqlstate::program_limit_exceeded,
		 "a record is longer than " + std::to_string(longest_record >> 20) + " MB");
}

void RecordInput::reserve(std::size_t capacity)
{
	duckdb::AllocatedData bigger = duckdb::BufferAllocator::Get(file_.context).Allocate(capacity + record_padding);
	if (size_ > 0)
		memcpy(bigger.get(), buffer_.get(), size_);
	memset(bigger.get() + capacity, 0, record_padding);
	buffer_ = std::move(bigger);
	capacity_ = capacity;
}

/* Reads on behind what is there; what was taken makes room. */
void RecordInput::fill()
{
	if (taken_ > 0)
	{
		memmove(buffer_.get(), buffer_.get() + taken_, size_ - taken_);
		size_ -= taken_;
		begin_ += taken_;
		taken_ = 0;
	}
	if (size_ == capacity_)
		reserve(2 * capacity_);
	std::size_t wanted = capacity_ - size_;
	if (file_.anywhere)
	{
		wanted = std::min<std::size_t>(wanted, file_.size - position_);
		if (wanted > 0)
			file_.handle->Read(buffer_.get() + size_, wanted, position_);
		last_ = position_ + wanted == file_.size;
	}
	else
	{
		const int64_t got = file_.handle->Read(buffer_.get() + size_, wanted);
		last_ = got == 0;
		wanted = static_cast<std::size_t>(got);
	}
	size_ += wanted;
	position_ += wanted;
}

/* The line that a part begins in is the part's before. Begins one byte early: a line may begin with the part. */
void RecordInput::skip_line()
{
	while (begin_ + taken_ < end_ && !last_)
	{
		fill();
		const void *newline = memchr(text(), '\n', size_);
		taken_ = newline == nullptr ? size_ : static_cast<std::size_t>(static_cast<const char *>(newline) - text()) + 1;
		if (newline != nullptr)
			return;
	}
	end_ = 0;
}

/* A byte order mark is no part of the text. */
void RecordInput::skip_mark()
{
	constexpr std::string_view mark = "\xEF\xBB\xBF";
	do
		fill();
	while (!last_ && size_ < mark.size());
	if (std::string_view(text(), size_).substr(0, mark.size()) == mark)
		taken_ = mark.size();
}

/* Reads the file again: this is for errors only. */
std::size_t RecordInput::line_of(duckdb::idx_t place) const
{
	auto again = file_.open();
	std::vector<char> bytes(1 << 16);
	std::size_t lines = 1;
	bool after_return = false;
	while (place > 0)
	{
		const int64_t got = again->Read(bytes.data(), std::min<duckdb::idx_t>(bytes.size(), place));
		if (got <= 0)
			break;
		for (int64_t i = 0; i < got; ++i)
		{
			const char byte = bytes[static_cast<std::size_t>(i)];
			lines += byte == '\r' || (byte == '\n' && !after_return);
			after_return = byte == '\r';
		}
		place -= static_cast<duckdb::idx_t>(got);
	}
	return lines;
}

} // namespace fabric::fdw::objectstore
