/*
 * Scalar and aggregate functions of PostgreSQL in the engine. What they must do was read from PostgreSQL's manual and from what
 * its functions answer (float.c, int.c and date.c have them there).
 */
#include "fdw/objectstore/engine_functions.hpp"

#include "fdw/objectstore/engine_files.hpp"

#include "core/sqlstate.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/common/vector_operations/binary_executor.hpp"
#include "duckdb/common/vector_operations/unary_executor.hpp"
#include "duckdb/function/aggregate_function.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/parser/parsed_data/create_aggregate_function_info.hpp"
#include "duckdb/parser/parsed_data/create_scalar_function_info.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

namespace fabric::fdw::objectstore
{

namespace
{

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::LogicalType;
using duckdb::Vector;

[[noreturn]] void raise(const char *sqlstate, std::string message)
{
	Throw(core::Error(sqlstate, std::move(message)));
}

[[noreturn]] void raise_out_of_range(const char *type)
{
	raise(core::sqlstate::numeric_value_out_of_range, std::string(type) + " out of range");
}

template <class Argument, class Result, class Step> void each(DataChunk &arguments, Vector &result, Step step)
{
	duckdb::UnaryExecutor::Execute<Argument, Result>(arguments.data[0], result, arguments.size(), step);
}

template <class Left, class Right, class Result, class Step>
void each_pair(DataChunk &arguments, Vector &result, Step step)
{
	duckdb::BinaryExecutor::Execute<Left, Right, Result>(arguments.data[0], arguments.data[1], result, arguments.size(),
														 step);
}

// ---- identity ----

void unpruned(DataChunk &arguments, ExpressionState &, Vector &result)
{
	result.Reference(arguments.data[0]);
}

// ---- integers ----

template <class Integer> constexpr const char *name_of()
{
	return std::is_same_v<Integer, int16_t> ? "smallint" : std::is_same_v<Integer, int32_t> ? "integer" : "bigint";
}

template <class Integer> int64_t whole(int64_t value)
{
	if (value < std::numeric_limits<Integer>::min() || value > std::numeric_limits<Integer>::max())
		raise_out_of_range(name_of<Integer>());
	return value;
}

template <class Integer> int64_t whole(duckdb::hugeint_t value)
{
	int64_t narrow;
	if (!duckdb::Hugeint::TryCast(value, narrow))
		raise_out_of_range(name_of<Integer>());
	return whole<Integer>(narrow);
}

template <class Integer> int64_t whole(double value)
{
	/* The limits are powers of two, which a double holds. */
	constexpr double low = static_cast<double>(std::numeric_limits<Integer>::min());
	const double rounded = std::rint(value);
	if (!(rounded >= low && rounded < -low))
		raise_out_of_range(name_of<Integer>());
	return static_cast<int64_t>(rounded);
}

template <class Integer, class Argument> void fit(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each<Argument, int64_t>(arguments, result, [](Argument value) { return whole<Integer>(value); });
}

// ---- floating point ----

template <class Real> constexpr const char *real_name()
{
	return std::is_same_v<Real, float> ? "real" : "double precision";
}

/* An operation's result, which may be infinite or zero for a reason only. */
template <class Real> Real checked(Real result, bool may_be_infinite, bool may_be_zero)
{
	if (std::isinf(result) && !may_be_infinite)
		raise(core::sqlstate::numeric_value_out_of_range,
			  std::string("value out of range: overflow of ") + real_name<Real>());
	if (result == 0 && !may_be_zero)
		raise(core::sqlstate::numeric_value_out_of_range,
			  std::string("value out of range: underflow of ") + real_name<Real>());
	return result;
}

struct Add
{
	template <class Real> static Real of(Real x, Real y)
	{
		return checked<Real>(x + y, std::isinf(x) || std::isinf(y), true);
	}
};

struct Subtract
{
	template <class Real> static Real of(Real x, Real y)
	{
		return checked<Real>(x - y, std::isinf(x) || std::isinf(y), true);
	}
};

struct Multiply
{
	template <class Real> static Real of(Real x, Real y)
	{
		return checked<Real>(x * y, std::isinf(x) || std::isinf(y), x == 0 || y == 0);
	}
};

struct Divide
{
	template <class Real> static Real of(Real x, Real y)
	{
		if (y == 0 && !std::isnan(x))
			raise(core::sqlstate::division_by_zero, "division by zero");
		return checked<Real>(x / y, std::isinf(x), x == 0 || std::isinf(y));
	}
};

template <class Operation, class Real> void compute(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each_pair<Real, Real, Real>(arguments, result, [](Real x, Real y) { return Operation::template of<Real>(x, y); });
}

void narrow_float(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each<double, float>(arguments, result, [](double value)
						{ return checked<float>(static_cast<float>(value), std::isinf(value), value == 0); });
}

// ---- dates and times ----

void whole_microseconds(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each_pair<duckdb::timestamp_ns_t, duckdb::string_t, duckdb::timestamp_t>(
		arguments, result,
		[](duckdb::timestamp_ns_t value, duckdb::string_t column)
		{
			constexpr int64_t nanoseconds = 1000;
			/* The infinite ones are the same number in every unit. */
			if (value.value == std::numeric_limits<int64_t>::max() ||
				value.value == -std::numeric_limits<int64_t>::max())
				return duckdb::timestamp_t(value.value);
			if (value.value % nanoseconds != 0)
				raise(core::sqlstate::datetime_field_overflow, "a value of column \"" + column.GetString() +
																   "\" has more digits of a second than type "
																   "timestamp keeps");
			return duckdb::timestamp_t(value.value / nanoseconds);
		});
}

duckdb::date_t finite(duckdb::date_t date)
{
	if (!duckdb::Date::IsFinite(date))
		raise(core::sqlstate::datetime_field_overflow, "a date is infinite");
	return date;
}

/* There is no year 0. */
int64_t year_of(duckdb::date_t date)
{
	const int64_t year = duckdb::Date::ExtractYear(finite(date));
	return year > 0 ? year : year - 1;
}

void year_of_date(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each<duckdb::date_t, int64_t>(arguments, result, year_of);
}

void year_of_timestamp(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each<duckdb::timestamp_t, int64_t>(arguments, result, [](duckdb::timestamp_t moment)
									   { return year_of(duckdb::Timestamp::GetDate(moment)); });
}

void days_between(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each_pair<duckdb::date_t, duckdb::date_t, int64_t>(
		arguments, result,
		[](duckdb::date_t x, duckdb::date_t y) { return static_cast<int64_t>(finite(x).days) - finite(y).days; });
}

void infinity(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each<bool, duckdb::timestamp_t>(
		arguments, result,
		[](bool past) { return past ? duckdb::timestamp_t::ninfinity() : duckdb::timestamp_t::infinity(); });
}

/* A date as a timestamp; one beyond all timestamps is what `beyond` answers. */
template <class Beyond> duckdb::timestamp_t midnight(duckdb::date_t date, Beyond beyond)
{
	if (!duckdb::Date::IsFinite(date))
		return date == duckdb::date_t::infinity() ? duckdb::timestamp_t::infinity() : duckdb::timestamp_t::ninfinity();
	int64_t found;
	if (__builtin_mul_overflow(static_cast<int64_t>(date.days), duckdb::Interval::MICROS_PER_DAY, &found))
		found = beyond(date.days > 0);
	return duckdb::timestamp_t(found);
}

/* As PostgreSQL compares it with timestamps: a date beyond them is after all of them, but before infinity. */
void moment(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each<duckdb::date_t, duckdb::timestamp_t>(arguments, result,
											  [](duckdb::date_t date)
											  {
												  return midnight(date,
																  [](bool after)
																  {
																	  using Limits = std::numeric_limits<int64_t>;
																	  return after ? Limits::max() - 1
																				   : Limits::min() + 2;
																  });
											  });
}

/* A cast of the engine's own is moved to the other side of a comparison, where it fails for an infinite one. */
void timestamp_of_date(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each<duckdb::date_t, duckdb::timestamp_t>(
		arguments, result,
		[](duckdb::date_t date)
		{
			return midnight(date, [](bool) -> int64_t
							{ raise(core::sqlstate::datetime_field_overflow, "date out of range for timestamp"); });
		});
}

void date_plus(DataChunk &arguments, ExpressionState &, Vector &result)
{
	each_pair<duckdb::date_t, int64_t, duckdb::date_t>(
		arguments, result,
		[](duckdb::date_t date, int64_t days)
		{
			/* 4714-11-24 BC to 5874897-12-31 (PostgreSQL's manual, 8.5), as days from 1970. */
			constexpr int64_t first = -2440588;
			constexpr int64_t last = 2145042905;
			if (!duckdb::Date::IsFinite(date))
				return date;
			int64_t sum;
			if (__builtin_add_overflow(static_cast<int64_t>(date.days), days, &sum) || sum < first || sum > last)
				raise(core::sqlstate::datetime_field_overflow, "date out of range");
			return duckdb::date_t(static_cast<int32_t>(sum));
		});
}

// ---- aggregates ----

struct SumState
{
	double sum;
	bool any;
};

struct Sum
{
	template <class State> static void Initialize(State &state) { state = {0, false}; }

	template <class Input, class State, class Op>
	static void Operation(State &state, const Input &input, duckdb::AggregateUnaryInput &)
	{
		state.sum = Add::of<double>(state.sum, input);
		state.any = true;
	}

	template <class Input, class State, class Op>
	static void ConstantOperation(State &state, const Input &input, duckdb::AggregateUnaryInput &unary,
								  duckdb::idx_t count)
	{
		for (duckdb::idx_t i = 0; i < count; ++i)
			Operation<Input, State, Op>(state, input, unary);
	}

	template <class State, class Op>
	static void Combine(const State &source, State &target, duckdb::AggregateInputData &)
	{
		if (!source.any)
			return;
		target.sum = Add::of<double>(target.sum, source.sum);
		target.any = true;
	}

	template <class Result, class State>
	static void Finalize(State &state, Result &result, duckdb::AggregateFinalizeData &finalize)
	{
		if (state.any)
			result = state.sum;
		else
			finalize.ReturnNull();
	}

	static bool IgnoreNull() { return true; }
};

/* Youngs and Cramer, "Some results relevant to choice of sum and sum-of-product algorithms", Technometrics 13 (1971): the number of
 * values, their sum, and the sum of the squares of their differences from the mean. */
struct Moments
{
	double n;
	double sum;
	double squares;
};

struct Average
{
	static bool answer(const Moments &moments, double *result)
	{
		*result = moments.sum / moments.n;
		return moments.n > 0;
	}
};

template <int Less, bool Root> struct Deviation
{
	static bool answer(const Moments &moments, double *result)
	{
		*result = moments.squares / (moments.n - Less);
		if (Root)
			*result = std::sqrt(*result);
		return moments.n > Less;
	}
};

template <class Answer> struct Spread
{
	template <class State> static void Initialize(State &state) { state = {0, 0, 0}; }

	template <class Input, class State, class Op>
	static void Operation(State &state, const Input &input, duckdb::AggregateUnaryInput &)
	{
		const Moments before = state;
		state.n += 1;
		state.sum += input;
		if (before.n == 0)
		{
			if (!std::isfinite(input))
				state.squares = std::numeric_limits<double>::quiet_NaN();
			return;
		}
		const double off = input * state.n - state.sum;
		state.squares += off * off / (state.n * before.n);
		if (std::isinf(state.sum) || std::isinf(state.squares))
		{
			if (!std::isinf(before.sum) && !std::isinf(input))
				checked<double>(std::numeric_limits<double>::infinity(), false, true);
			state.squares = std::numeric_limits<double>::quiet_NaN();
		}
	}

	template <class Input, class State, class Op>
	static void ConstantOperation(State &state, const Input &input, duckdb::AggregateUnaryInput &unary,
								  duckdb::idx_t count)
	{
		for (duckdb::idx_t i = 0; i < count; ++i)
			Operation<Input, State, Op>(state, input, unary);
	}

	template <class State, class Op>
	static void Combine(const State &source, State &target, duckdb::AggregateInputData &)
	{
		if (source.n == 0)
			return;
		if (target.n == 0)
		{
			target = source;
			return;
		}
		const double n = source.n + target.n;
		const double off = source.sum / source.n - target.sum / target.n;
		const double squares = source.squares + target.squares + source.n * target.n * off * off / n;
		target.squares = checked<double>(squares, std::isinf(source.squares) || std::isinf(target.squares), true);
		target.sum = Add::of<double>(source.sum, target.sum);
		target.n = n;
	}

	template <class Result, class State>
	static void Finalize(State &state, Result &result, duckdb::AggregateFinalizeData &finalize)
	{
		if (!Answer::answer(state, &result))
			finalize.ReturnNull();
	}

	static bool IgnoreNull() { return true; }
};

// ---- registration ----

class Registry
{
public:
	explicit Registry(duckdb::Connection &connection) : connection_(connection) { connection_.BeginTransaction(); }

	void scalar(const char *name, duckdb::vector<LogicalType> arguments, LogicalType result,
				duckdb::scalar_function_t function,
				duckdb::FunctionStability stability = duckdb::FunctionStability::CONSISTENT)
	{
		duckdb::ScalarFunction one(std::move(arguments), std::move(result), std::move(function));
		one.SetFallible();
		one.SetStability(stability);
		scalars_[name].push_back(std::move(one));
	}

	template <class State, class Operation> void aggregate(const char *name)
	{
		auto one = duckdb::AggregateFunction::UnaryAggregate<State, double, double, Operation>(LogicalType::DOUBLE,
																							   LogicalType::DOUBLE);
		one.name = name;
		duckdb::CreateAggregateFunctionInfo info(std::move(one));
		catalog().CreateFunction(*connection_.context, info);
	}

	void commit()
	{
		for (auto &[name, functions] : scalars_)
		{
			duckdb::ScalarFunctionSet set(name);
			for (duckdb::ScalarFunction &function : functions)
				set.AddFunction(std::move(function));
			duckdb::CreateScalarFunctionInfo info(std::move(set));
			catalog().CreateFunction(*connection_.context, info);
		}
		connection_.Commit();
	}

private:
	duckdb::Catalog &catalog() { return duckdb::Catalog::GetSystemCatalog(*connection_.context); }

	duckdb::Connection &connection_;
	std::unordered_map<std::string, std::vector<duckdb::ScalarFunction>> scalars_;
};

template <class Operation> void add_arithmetic(Registry &registry, const char *name)
{
	registry.scalar(name, {LogicalType::FLOAT, LogicalType::FLOAT}, LogicalType::FLOAT, compute<Operation, float>);
	registry.scalar(name, {LogicalType::DOUBLE, LogicalType::DOUBLE}, LogicalType::DOUBLE, compute<Operation, double>);
}

template <class Integer> void add_fit(Registry &registry, const char *name)
{
	registry.scalar(name, {LogicalType::BIGINT}, LogicalType::BIGINT, fit<Integer, int64_t>);
	registry.scalar(name, {LogicalType::HUGEINT}, LogicalType::BIGINT, fit<Integer, duckdb::hugeint_t>);
	registry.scalar(name, {LogicalType::DOUBLE}, LogicalType::BIGINT, fit<Integer, double>);
}

} // namespace

void register_functions(duckdb::Connection &connection)
{
	Registry registry(connection);
	registry.scalar("fabric_unpruned", {LogicalType::FLOAT}, LogicalType::FLOAT, unpruned);
	registry.scalar("fabric_unpruned", {LogicalType::DOUBLE}, LogicalType::DOUBLE, unpruned);
	registry.scalar("fabric_unpruned", {LogicalType::TIMESTAMP}, LogicalType::TIMESTAMP, unpruned);
	registry.scalar("fabric_guarded", {LogicalType::BOOLEAN}, LogicalType::BOOLEAN, unpruned,
					duckdb::FunctionStability::VOLATILE);
	add_fit<int16_t>(registry, "fabric_int2");
	add_fit<int32_t>(registry, "fabric_int4");
	add_fit<int64_t>(registry, "fabric_int8");
	registry.scalar("fabric_float4", {LogicalType::DOUBLE}, LogicalType::FLOAT, narrow_float);
	add_arithmetic<Add>(registry, "fabric_add");
	add_arithmetic<Subtract>(registry, "fabric_subtract");
	add_arithmetic<Multiply>(registry, "fabric_multiply");
	add_arithmetic<Divide>(registry, "fabric_divide");
	registry.scalar("fabric_timestamp", {LogicalType::TIMESTAMP_NS, LogicalType::VARCHAR}, LogicalType::TIMESTAMP,
					whole_microseconds);
	registry.scalar("fabric_timestamp", {LogicalType::DATE}, LogicalType::TIMESTAMP, timestamp_of_date);
	registry.scalar("fabric_moment", {LogicalType::DATE}, LogicalType::TIMESTAMP, moment);
	registry.scalar("fabric_infinity", {LogicalType::BOOLEAN}, LogicalType::TIMESTAMP, infinity,
					duckdb::FunctionStability::VOLATILE);
	registry.scalar("fabric_year", {LogicalType::DATE}, LogicalType::BIGINT, year_of_date);
	registry.scalar("fabric_year", {LogicalType::TIMESTAMP}, LogicalType::BIGINT, year_of_timestamp);
	registry.scalar("fabric_days", {LogicalType::DATE, LogicalType::DATE}, LogicalType::BIGINT, days_between);
	registry.scalar("fabric_date_plus", {LogicalType::DATE, LogicalType::BIGINT}, LogicalType::DATE, date_plus);
	registry.aggregate<SumState, Sum>("fabric_sum");
	registry.aggregate<Moments, Spread<Average>>("fabric_avg");
	registry.aggregate<Moments, Spread<Deviation<1, false>>>("fabric_var_samp");
	registry.aggregate<Moments, Spread<Deviation<0, false>>>("fabric_var_pop");
	registry.aggregate<Moments, Spread<Deviation<1, true>>>("fabric_stddev_samp");
	registry.aggregate<Moments, Spread<Deviation<0, true>>>("fabric_stddev_pop");
	registry.commit();
}

} // namespace fabric::fdw::objectstore
