/*
 * What tests of splitters have in common: a text that comes in parts.
 */
#ifndef FABRIC_TEST_UNIT_SPLIT_RECORDS_HPP
#define FABRIC_TEST_UNIT_SPLIT_RECORDS_HPP

#include "core/splitter.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::test
{

using Records = std::vector<std::string>;

/* The records of a text that comes so many bytes at a time; the reason for a failure as the last one, behind a '!'. */
inline Records split_records(core::Splitter &splitter, const std::string &text, std::size_t step)
{
	using Found = core::Splitter::Found;
	Records records;
	std::size_t taken = 0;
	std::size_t seen = std::min(step, text.size());
	for (;;)
	{
		const std::string_view rest(text.data() + taken, seen - taken);
		switch (splitter.next(rest, seen == text.size()))
		{
			case Found::record:
				records.emplace_back(rest.substr(splitter.begin(), splitter.end() - splitter.begin()));
				taken += splitter.taken();
				break;
			case Found::more:
				taken += splitter.taken();
				seen = std::min(seen + step, text.size());
				break;
			case Found::end:
				return records;
			case Found::failed:
				records.push_back(std::string("!") + splitter.reason());
				return records;
		}
	}
}

} // namespace fabric::test

#endif
