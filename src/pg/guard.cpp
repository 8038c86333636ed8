// The call guard's one sigsetjmp. Holds nothing between calls.
#include <exception>

#include "pg/guard.hpp"

namespace fabric::pg::internal
{

void CallGuarded(void (*trampoline)(void *), void *argument)
{
	const Surroundings before;
	sigjmp_buf here;

	// The signal mask is not saved (0): that would be a system call, and PostgreSQL's handlers do not need it.
	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
		try
		{
			trampoline(argument);
		}
		catch (...)
		{
			// A C++ exception passes through: it must not leave PostgreSQL's stacks pointing into this frame.
			before.Restore();
			throw;
		}
		before.Restore();
		return;
	}
	before.Restore();
	throw PgError::Capture(before.memory);
}

} // namespace fabric::pg::internal
