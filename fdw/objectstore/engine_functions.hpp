/*
 * Functions of the engine that are exactly PostgreSQL's where the engine's own are not. The dialect (signatures.cpp,
 * aggregates.cpp of this folder) writes them; users cannot.
 *
 *   fabric_unpruned(x)           x, of which the engine knows no statistics: those of a Parquet file do not count NaN; and which it
 *                                does not look into: it takes date_trunc(..) <> y for true, without regard to NULL, when y is none
 *   fabric_guarded(condition)    the condition, for rows only: the engine would try others for the NULL that a dictionary of a
 *                                Parquet file has besides its values, and fail where none of the rows does
 *   fabric_int2(x) ..int4, ..int8  x as BIGINT, rounded half to even; 22003 when it does not lie in PostgreSQL's type. Nothing is
 *                                moved out of them: x + 1 = 5 must raise for the x that x = 4 does not
 *   fabric_float4(x)             x as FLOAT; 22003 when it overflows or underflows
 *   fabric_add, fabric_subtract, fabric_multiply, fabric_divide(x, y)
 *                                of FLOAT or DOUBLE; 22003 on overflow and underflow, 22012 for y = 0
 *   fabric_timestamp(x, column)  TIMESTAMP_NS as TIMESTAMP; 22008 when it has nanoseconds
 *   fabric_year(x)               the year of a DATE or TIMESTAMP, -1 before 1; 22008 of an infinite one
 *   fabric_infinity(past)        the infinite TIMESTAMP, which is not known before the rows are
 *   fabric_days(x, y)            days from DATE y to x; 22008 of an infinite one
 *   fabric_date_plus(x, days)    22008 when it leaves the dates that PostgreSQL has
 *   fabric_sum, fabric_avg, fabric_var_samp, fabric_var_pop, fabric_stddev_samp, fabric_stddev_pop(x)
 *                                of DOUBLE, with PostgreSQL's treatment of NaN, infinity and overflow
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_FUNCTIONS_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_FUNCTIONS_HPP

#include "duckdb.hpp"

namespace fabric::fdw::objectstore
{

/* Makes them known; called once for an instance, before anybody else has a connection. */
void register_functions(duckdb::Connection &connection);

} // namespace fabric::fdw::objectstore

#endif
