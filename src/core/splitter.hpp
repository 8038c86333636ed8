/*
 * What finds the records of a text that comes in parts: what JsonSplitter and CsvSplitter have in common.
 */
#ifndef FABRIC_CORE_SPLITTER_HPP
#define FABRIC_CORE_SPLITTER_HPP

#include <cstddef>
#include <string_view>

namespace fabric::core
{

class Splitter
{
public:
	enum class Found : unsigned char
	{
		record,
		more,  /* the record, or what is between two, is not complete */
		end,   /* there are no more records */
		failed /* reason() says why */
	};

	virtual ~Splitter() = default;

	/*
	 * Looks for the next record in `text`: the bytes that were not taken so far, longer than at the last call if that said `more`.
	 * `last`: no more bytes follow. After `record` it is [begin(), end()), and after `record` and `more` the caller takes taken()
	 * bytes from the beginning of the text.
	 */
	virtual Found next(std::string_view text, bool last) noexcept = 0;

	std::size_t begin() const noexcept { return begin_; }
	std::size_t end() const noexcept { return end_; }
	std::size_t taken() const noexcept { return taken_; }
	const char *reason() const noexcept { return reason_; }

protected:
	Found fail(const char *reason) noexcept
	{
		reason_ = reason;
		return Found::failed;
	}

	std::size_t begin_ = 0;
	std::size_t end_ = 0;
	std::size_t taken_ = 0;

private:
	const char *reason_ = nullptr;
};

} // namespace fabric::core

#endif
