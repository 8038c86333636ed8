/*
 * The error of everything that knows no PostgreSQL, and a result that is a value or such an error.
 *
 * Lifecycle: plain values, owned by whoever holds them. An Error travels as a return value inside core code and may
 * be thrown where a caller prefers that; the bridge's entry guard turns either into PostgreSQL's own error report
 * with all four fields.
 */
#ifndef FABRIC_CORE_ERROR_HPP
#define FABRIC_CORE_ERROR_HPP

#include "sqlstate.hpp"

#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace fabric::core
{

struct Error : std::exception
{
	char sqlstate[6];	 /* always five characters and a NUL */
	std::string message; /* one sentence, no full stop, names the object */
	std::string detail;	 /* may be empty */
	std::string hint;	 /* may be empty: the next step */

	/* A code that is not five characters long is a mistake of ours and becomes internal_error. */
	explicit Error(const char *code, std::string message_text, std::string detail_text = {},
				   std::string hint_text = {}) noexcept
		: message(std::move(message_text)), detail(std::move(detail_text)), hint(std::move(hint_text))
	{
		if (code == nullptr || std::strlen(code) != sizeof(sqlstate) - 1)
			code = sqlstate::internal_error;
		std::memcpy(sqlstate, code, sizeof(sqlstate));
	}

	const char *what() const noexcept override { return message.c_str(); }
};

/* A value or the error that stands in its place. value() of a failed result throws its error. */
template <class T> class [[nodiscard]] Result
{
	static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "a result whose value is an error has no meaning");
	static_assert(!std::is_reference_v<T>, "a result owns its value");

public:
	Result(T value) noexcept(std::is_nothrow_move_constructible_v<T>) : state_(std::in_place_index<0>, std::move(value))
	{
	}
	Result(Error error) noexcept : state_(std::in_place_index<1>, std::move(error)) {}

	bool ok() const noexcept { return state_.index() == 0; }
	explicit operator bool() const noexcept { return ok(); }

	T &value() &
	{
		require_value();
		return *std::get_if<0>(&state_);
	}
	const T &value() const &
	{
		require_value();
		return *std::get_if<0>(&state_);
	}
	T value() &&
	{
		require_value();
		return std::move(*std::get_if<0>(&state_));
	}

	/* NULL when there is a value. */
	const Error *error() const noexcept { return std::get_if<1>(&state_); }

private:
	void require_value() const
	{
		if (const Error *failed = error())
			throw *failed;
	}

	std::variant<T, Error> state_;
};

/* Success without a value, or an error. */
template <> class [[nodiscard]] Result<void>
{
public:
	Result() noexcept = default;
	Result(Error error) noexcept : error_(std::move(error)) {}

	bool ok() const noexcept { return !error_.has_value(); }
	explicit operator bool() const noexcept { return ok(); }

	void value() const
	{
		if (error_.has_value())
			throw *error_;
	}

	const Error *error() const noexcept { return error_.has_value() ? &*error_ : nullptr; }

private:
	std::optional<Error> error_;
};

} // namespace fabric::core

#endif
