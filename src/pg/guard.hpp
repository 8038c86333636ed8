// The two guards of the border. Every entry from PostgreSQL into C++ that may throw goes through pg::entry;
// every call from code that owns C++ objects back into PostgreSQL goes through pg::call.
//
// Rule for both: nothing with a destructor may be alive between a guard and a PostgreSQL call that may raise. Bridge
// code that keeps to palloc'd, trivially destructible data needs no pg::call at all: an error may jump over it.
#pragma once

#include <setjmp.h>

#include "pg/error.hpp"

namespace fabric::pg
{

// Runs `body`, which may throw; what it throws becomes a PostgreSQL error after its catch block has ended.
// `body` returns void or something trivially copyable.
template <typename Body>
auto entry(Body &&body) -> decltype(body())
{
	Failure failure;
	try
	{
		return body();
	}
	catch (...)
	{
		DescribeCurrentException(&failure);
	}
	Raise(failure);
}

namespace internal
{

// What PostgreSQL's error handling consists of, put back on every way out of a guard.
struct Surroundings
{
	sigjmp_buf *exception_stack = PG_exception_stack;
	ErrorContextCallback *context_stack = error_context_stack;
	MemoryContext memory = CurrentMemoryContext;

	void Restore() const noexcept
	{
		PG_exception_stack = exception_stack;
		error_context_stack = context_stack;
		MemoryContextSwitchTo(memory);
	}
};

// Type-erased, so that only one function of the program calls sigsetjmp for this purpose.
void CallGuarded(void (*trampoline)(void *), void *argument);

} // namespace internal

// Calls `body`, which may raise a PostgreSQL error, and throws PgError instead. The memory context is that of the
// caller again afterwards. `body` must not hold objects with destructors across a raising call.
template <typename Body>
auto call(Body &&body) -> decltype(body())
{
	using Result = decltype(body());
	if constexpr (std::is_void_v<Result>)
	{
		internal::CallGuarded([](void *argument) { (*static_cast<std::remove_reference_t<Body> *>(argument))(); },
							  const_cast<void *>(static_cast<const void *>(&body)));
	}
	else
	{
		static_assert(std::is_trivially_copyable_v<Result>, "a guarded call returns plain data");
		struct Frame
		{
			std::remove_reference_t<Body> *body;
			Result result;
		} frame{&body, {}};
		internal::CallGuarded(
			[](void *argument)
			{
				Frame *inner = static_cast<Frame *>(argument);
				inner->result = (*inner->body)();
			},
			&frame);
		return frame.result;
	}
}

} // namespace fabric::pg
