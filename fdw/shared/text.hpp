// Small text helpers of the dialects' files.
#pragma once

#include <initializer_list>

#include "pg/postgres.hpp"

namespace fabric::fdw
{

// The core writers' sink over a StringInfo; may raise out of memory, holds nothing.
struct Sink
{
	StringInfo out;
	void append(const char *text, std::size_t size) { appendBinaryStringInfo(out, text, static_cast<int>(size)); }
};

// Whether the texts are the same; nullptr is the same as nothing.
inline bool Is(const char *left, const char *right)
{
	return left != nullptr && strcmp(left, right) == 0;
}

inline bool IsOneOf(const char *value, std::initializer_list<const char *> names)
{
	for (const char *name : names)
		if (Is(value, name))
			return true;
	return false;
}

} // namespace fabric::fdw
