/*
 * Unpacking streams. Errors name the file and are data_corrupted.
 */
#include "fdw/objectstore/engine_unpack.hpp"

#include "fdw/objectstore/engine_files.hpp"

#include "core/sqlstate.hpp"

#include "duckdb/common/file_system.hpp"

#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <string>
#include <vector>

namespace fabric::fdw::objectstore
{

namespace
{

using duckdb::FileCompressionType;

/* Packed bytes that wait, and room for what they become. */
struct Span
{
	const unsigned char *in;
	std::size_t in_size;
	unsigned char *out;
	std::size_t out_size;
};

class Codec
{
public:
	virtual ~Codec() = default;
	/* Unpacks as far as both sides allow and moves them on. nullptr, or what is wrong. */
	virtual const char *step(Span *span) = 0;
	/* Whether the packed data may end here. */
	virtual bool complete() const = 0;
};

/* RFC 1952: members one behind the other, each with a checksum. */
class Gzip final : public Codec
{
public:
	Gzip()
	{
		if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK)
			throw std::bad_alloc();
	}
	~Gzip() override { inflateEnd(&stream_); }

	const char *step(Span *span) override
	{
		/* Only another member, which zlib looks for itself, may follow a member. */
		if (complete_ && span->in_size > 0)
		{
			inflateReset(&stream_);
			complete_ = false;
		}
		stream_.next_in = const_cast<unsigned char *>(span->in);
		stream_.avail_in = static_cast<unsigned>(span->in_size);
		stream_.next_out = span->out;
		stream_.avail_out = static_cast<unsigned>(span->out_size);
		const int result = inflate(&stream_, Z_NO_FLUSH);
		span->in = stream_.next_in;
		span->in_size = stream_.avail_in;
		span->out = stream_.next_out;
		span->out_size = stream_.avail_out;
		complete_ = result == Z_STREAM_END;
		if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
			return nullptr;
		return stream_.msg != nullptr ? stream_.msg : "it is no gzip data";
	}

	bool complete() const override { return complete_; }

private:
	z_stream stream_{};
	bool complete_ = false;
};

/* RFC 8878: frames one behind the other. */
class Zstd final : public Codec
{
public:
	Zstd() : stream_(ZSTD_createDStream(), ZSTD_freeDStream)
	{
		if (!stream_)
			throw std::bad_alloc();
	}

	const char *step(Span *span) override
	{
		ZSTD_inBuffer in = {span->in, span->in_size, 0};
		ZSTD_outBuffer out = {span->out, span->out_size, 0};
		const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
		if (ZSTD_isError(left))
			return ZSTD_getErrorName(left);
		span->in += in.pos;
		span->in_size -= in.pos;
		span->out += out.pos;
		span->out_size -= out.pos;
		complete_ = left == 0;
		return nullptr;
	}

	bool complete() const override { return complete_; }

private:
	std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream *)> stream_;
	bool complete_ = false;
};

class Unpacker;

class UnpackingHandle final : public duckdb::FileHandle
{
public:
	UnpackingHandle(Unpacker &files, duckdb::unique_ptr<duckdb::FileHandle> packed, FileCompressionType kind);

	void Close() override { packed_->Close(); }
	FileCompressionType GetFileCompressionType() override { return kind_; }
	duckdb::idx_t GetProgress() override { return read_; }

	duckdb::FileHandle &packed() { return *packed_; }
	duckdb::idx_t position() const { return position_; }

	void rewind()
	{
		packed_->Reset();
		begin();
	}

	int64_t read(unsigned char *buffer, std::size_t size)
	{
		Span span = {at_, left_, buffer, size};
		while (span.out_size > 0)
		{
			if (span.in_size == 0 && !ended_)
			{
				const int64_t got = packed_->Read(bytes_.data(), bytes_.size());
				ended_ = got == 0;
				read_ += static_cast<duckdb::idx_t>(got);
				span.in = bytes_.data();
				span.in_size = static_cast<std::size_t>(got);
			}
			if (ended_ && span.in_size == 0 && codec_->complete())
				break;
			const std::size_t before = span.out_size;
			if (const char *problem = codec_->step(&span))
				fail(std::string("is damaged: ") + problem);
			if (ended_ && span.in_size == 0 && span.out_size == before && !codec_->complete())
				fail("is cut off: its packed data ends too early");
		}
		at_ = span.in;
		left_ = span.in_size;
		position_ += size - span.out_size;
		return static_cast<int64_t>(size - span.out_size);
	}

private:
	void begin()
	{
		codec_.reset();
		if (kind_ == FileCompressionType::GZIP)
			codec_ = std::make_unique<Gzip>();
		else
			codec_ = std::make_unique<Zstd>();
		left_ = 0;
		position_ = 0;
		read_ = 0;
		ended_ = false;
	}

	[[noreturn]] void fail(const std::string &what)
	{
		Throw(core::Error(core::sqlstate::data_corrupted, "file \"" + packed_->path + "\" " + what));
	}

	duckdb::unique_ptr<duckdb::FileHandle> packed_;
	FileCompressionType kind_;
	std::unique_ptr<Codec> codec_;
	std::vector<unsigned char> bytes_ = std::vector<unsigned char>(256 << 10);
	const unsigned char *at_ = nullptr;
	std::size_t left_ = 0;
	duckdb::idx_t position_ = 0;
	duckdb::idx_t read_ = 0; /* packed bytes */
	bool ended_ = false;	 /* there are no more packed bytes */
};

class Unpacker final : public duckdb::FileSystem
{
public:
	explicit Unpacker(FileCompressionType kind) : kind_(kind) {}

	duckdb::unique_ptr<duckdb::FileHandle> OpenCompressedFile(duckdb::QueryContext,
															  duckdb::unique_ptr<duckdb::FileHandle> handle,
															  bool write) override
	{
		if (write)
			throw duckdb::PermissionException("compressed files are read only");
		return duckdb::make_uniq<UnpackingHandle>(*this, std::move(handle), kind_);
	}

	int64_t Read(duckdb::FileHandle &handle, void *buffer, int64_t size) override
	{
		return handle.Cast<UnpackingHandle>().read(static_cast<unsigned char *>(buffer),
												   static_cast<std::size_t>(size));
	}
	void Reset(duckdb::FileHandle &handle) override { handle.Cast<UnpackingHandle>().rewind(); }
	duckdb::idx_t SeekPosition(duckdb::FileHandle &handle) override
	{
		return handle.Cast<UnpackingHandle>().position();
	}
	/* Of the packed file: how much it becomes is not known. */
	int64_t GetFileSize(duckdb::FileHandle &handle) override
	{
		return static_cast<int64_t>(handle.Cast<UnpackingHandle>().packed().GetFileSize());
	}
	duckdb::FileType GetFileType(duckdb::FileHandle &) override { return duckdb::FileType::FILE_TYPE_REGULAR; }
	duckdb::FileMetadata Stats(duckdb::FileHandle &handle) override
	{
		return handle.Cast<UnpackingHandle>().packed().Stats();
	}
	duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle &handle) override
	{
		duckdb::FileHandle &packed = handle.Cast<UnpackingHandle>().packed();
		return packed.file_system.GetLastModifiedTime(packed);
	}
	duckdb::string GetVersionTag(duckdb::FileHandle &handle) override
	{
		duckdb::FileHandle &packed = handle.Cast<UnpackingHandle>().packed();
		return packed.file_system.GetVersionTag(packed);
	}
	bool OnDiskFile(duckdb::FileHandle &) override { return true; }
	bool CanSeek() override { return false; }
	duckdb::string GetName() const override { return kind_ == FileCompressionType::GZIP ? "FabricGzip" : "FabricZstd"; }

private:
	FileCompressionType kind_;
};

UnpackingHandle::UnpackingHandle(Unpacker &files, duckdb::unique_ptr<duckdb::FileHandle> packed,
								 FileCompressionType kind)
	: FileHandle(files, packed->path, packed->flags), packed_(std::move(packed)), kind_(kind)
{
	begin();
}

} // namespace

duckdb::unique_ptr<duckdb::FileHandle> unpacked(duckdb::unique_ptr<duckdb::FileHandle> file, FileCompressionType kind)
{
	/* Never destroyed. */
	static Unpacker *const gzip = new Unpacker(FileCompressionType::GZIP);
	static Unpacker *const zstd = new Unpacker(FileCompressionType::ZSTD);
	return duckdb::make_uniq<UnpackingHandle>(kind == FileCompressionType::GZIP ? *gzip : *zstd, std::move(file), kind);
}

void register_unpackers(duckdb::DuckDB &database)
{
	for (const FileCompressionType kind : {FileCompressionType::GZIP, FileCompressionType::ZSTD})
		database.GetFileSystem().RegisterSubSystem(kind, duckdb::make_uniq<Unpacker>(kind));
}

} // namespace fabric::fdw::objectstore
