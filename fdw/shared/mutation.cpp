// The switch of the oracle's mutation run: breaks one pushdown rule on purpose. Empty unless built with FABRIC_MUTATIONS, which
// no installed library is.
#ifdef FABRIC_MUTATIONS

#include "fdw/shared/dialect.hpp"
#include "fdw/shared/mutation.hpp"

extern "C"
{
#include <utils/guc.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_test_mutations);
}

namespace fabric::fdw
{

namespace
{

constexpr const char *kMutations[] = {
	"set_all_turned",
	"set_by_collation",
	"text_equality_by_collation",
	"not_equal_by_collation",
	"text_range_any_collation",
	"like_by_collation",
	"numeric_via_double",
	"integer_slash_division",
	"integer_overflow_unchecked",
	"interval_as_long",
	"unsigned_plain_arithmetic",
	"length_in_bytes",
	"concat_null_semantics",
	"greatest_null_semantics",
	"substr_edge",
	"char_trailing_blanks",
	"backslash_unescaped",
	"float4_short_literal",
	"bool_equals_true",
	"null_safe_as_equals",
	"not_in_null",
	"unparenthesised_or",
	"datetime_without_microseconds",
	"timestamptz_session_zone",
	"zero_date_ignored",
	"date_minus_digits",
	"equality_left_to_index",
	"division_unchecked",
	"narrowing_unchecked",
	"enum_order_by_label",
	"upper_shipped",
	"pattern_end_unchecked",
	"index_form_of_any_character",
	"index_range_of_letters",
	"zero_date_is_null",
	"float4_six_digits",
	"parameter_as_text",
	"unsayable_parameter_ignored",
	"session_inherited",
	"time_zone_inherited",
	"wire_latin1",
	"left_join_as_inner",
	"left_join_condition_moved",
	"subquery_cache_left_on",
	"unread_group_lost",
	"presence_ignored",
	"group_by_beginning",
	"group_by_collation",
	"having_dropped",
	"filter_dropped",
	"distinct_in_aggregate_dropped",
	"average_rounded",
	"sum_scale_dropped",
	"extreme_by_collation",
	"order_by_collation",
	"null_order_ignored",
	"second_arm_lost",
	"limit_with_local_condition",
	"offset_dropped",
	"lookup_unmatched_lost",
	"lookup_first_batch_only",
	"lookup_key_nulls_match",
};

char *current = nullptr;

bool CheckName(char **value, void **, GucSource)
{
	if ((*value)[0] == '\0')
		return true;
	for (const char *name : kMutations)
		if (strcmp(name, *value) == 0)
			return true;
	GUC_check_errdetail("There is no mutation of this name.");
	return false;
}

} // namespace

bool Mutated(const char *rule)
{
	return current != nullptr && strcmp(current, rule) == 0;
}

void InitMutations()
{
	DefineCustomStringVariable("fabric.test_mutation", "The pushdown rule that is broken on purpose.", nullptr,
							   &current, "", PGC_SUSET, 0, CheckName, nullptr, nullptr);
}

} // namespace fabric::fdw

// The names, for the oracle: CREATE FUNCTION ... RETURNS SETOF text AS '$libdir/pg_fabric', 'fabric_test_mutations'.
extern "C" Datum fabric_test_mutations(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	for (const char *name : fabric::fdw::kMutations)
	{
		Datum value = CStringGetTextDatum(name);
		bool isnull = false;
		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return static_cast<Datum>(0);
}

#endif
