// C++ objects whose lifetime is a PostgreSQL memory context: the destructor runs when the context is reset or
// deleted, after an error as well as at the normal end.
#pragma once

#include <new>

#include "pg/postgres.hpp"

namespace fabric::pg
{

// Builds a T in `context` and registers its destructor with it. T's destructor must not throw and must not call
// PostgreSQL functions that can raise. Everything that can fail is done before the registration.
template <typename T, typename... Args>
T *make_in(MemoryContext context, Args &&...args)
{
	static_assert(std::is_nothrow_destructible_v<T> && alignof(T) <= MAXIMUM_ALIGNOF);
	void *memory = MemoryContextAllocZero(context, sizeof(T));
	auto *callback =
		static_cast<MemoryContextCallback *>(MemoryContextAllocZero(context, sizeof(MemoryContextCallback)));
	T *object = new (memory) T(std::forward<Args>(args)...);
	callback->func = [](void *argument) noexcept { static_cast<T *>(argument)->~T(); };
	callback->arg = object;
	MemoryContextRegisterResetCallback(context, callback);
	return object;
}

// A zeroed array of plain data in the current memory context.
template <typename T>
T *make_array(size_t count)
{
	static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= MAXIMUM_ALIGNOF);
	return static_cast<T *>(palloc0(sizeof(T) * (count > 0 ? count : 1)));
}

// One zeroed plain object of a stricter alignment than palloc gives; not to be freed.
template <typename T>
T *make_aligned()
{
	static_assert(std::is_trivially_destructible_v<T> && alignof(T) > MAXIMUM_ALIGNOF);
	char *memory = static_cast<char *>(palloc0(sizeof(T) + alignof(T)));
	return reinterpret_cast<T *>(TYPEALIGN(alignof(T), memory));
}

// One zeroed plain object in the current memory context.
template <typename T>
T *make_plain()
{
	return make_array<T>(1);
}

} // namespace fabric::pg
