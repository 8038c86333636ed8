// The context of errors that PostgreSQL's own functions raise about a value.
#pragma once

#include "fdw/shared/convert.hpp"

namespace fabric::fdw
{

// Says which column a value was for when PostgreSQL's own functions refuse it.
class InColumn
{
public:
	explicit InColumn(const ColumnConverter &column)
	{
		callback_.callback = [](void *argument)
		{
			const ColumnConverter *converter = static_cast<const ColumnConverter *>(argument);
			errcontext("column \"%s\" of foreign table \"%s\"", converter->column, converter->table);
			if (converter->hint != nullptr)
				errhint("%s", converter->hint);
		};
		callback_.arg = const_cast<ColumnConverter *>(&column);
		callback_.previous = error_context_stack;
		error_context_stack = &callback_;
	}
	// Not a destructor, which an error would skip; PostgreSQL itself resets the stack then.
	void End() const { error_context_stack = callback_.previous; }

private:
	ErrorContextCallback callback_;
};

} // namespace fabric::fdw
