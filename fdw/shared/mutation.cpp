// The switch of the oracle's mutation run: breaks one pushdown rule on purpose. Empty unless built with FABRIC_MUTATIONS, which
// no installed library is.
#ifdef FABRIC_MUTATIONS

#include "fdw/shared/dialect.hpp"
#include "fdw/shared/mutation.hpp"

extern "C"
{
#include <utils/builtins.h>
#include <utils/guc.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_test_mutations);
}

namespace fabric::fdw
{

namespace
{

// The tenants in whose statements a broken rule can show.
enum Tenants : uint8_t
{
	kMysql = 1,
	kFiles = 2,
	kBoth = kMysql | kFiles,
};

struct Mutation
{
	const char *name;
	Tenants tenants;
};

constexpr Mutation kMutations[] = {
	{"set_all_turned", kBoth},
	{"set_by_collation", kMysql},
	{"text_equality_by_collation", kMysql},
	{"not_equal_by_collation", kMysql},
	{"text_range_any_collation", kBoth},
	{"like_by_collation", kMysql},
	{"numeric_via_double", kBoth},
	{"integer_slash_division", kBoth},
	{"integer_overflow_unchecked", kBoth},
	{"interval_as_long", kMysql},
	{"unsigned_plain_arithmetic", kMysql},
	{"length_in_bytes", kBoth},
	{"concat_null_semantics", kBoth},
	{"greatest_null_semantics", kMysql},
	{"substr_edge", kBoth},
	{"char_trailing_blanks", kMysql},
	{"backslash_unescaped", kMysql},
	{"float4_short_literal", kMysql},
	{"bool_equals_true", kMysql},
	{"null_safe_as_equals", kBoth},
	{"not_in_null", kBoth},
	{"unparenthesised_or", kBoth},
	{"datetime_without_microseconds", kBoth},
	{"timestamptz_session_zone", kBoth},
	{"zero_date_ignored", kMysql},
	{"date_minus_digits", kMysql},
	{"equality_left_to_index", kMysql},
	{"division_unchecked", kBoth},
	{"narrowing_unchecked", kMysql},
	{"enum_order_by_label", kMysql},
	{"upper_shipped", kBoth},
	{"pattern_end_unchecked", kBoth},
	{"index_form_of_any_character", kMysql},
	{"index_range_of_letters", kMysql},
	{"zero_date_is_null", kMysql},
	{"float4_six_digits", kMysql},
	{"parameter_as_text", kBoth},
	{"unsayable_parameter_ignored", kBoth},
	{"session_inherited", kMysql},
	{"time_zone_inherited", kMysql},
	{"wire_latin1", kMysql},
	{"left_join_as_inner", kBoth},
	{"left_join_condition_moved", kBoth},
	{"subquery_cache_left_on", kMysql},
	{"unread_group_lost", kBoth},
	{"presence_ignored", kBoth},
	{"group_by_beginning", kMysql},
	{"group_by_collation", kMysql},
	{"having_dropped", kBoth},
	{"filter_dropped", kBoth},
	{"distinct_in_aggregate_dropped", kBoth},
	{"average_rounded", kBoth},
	{"sum_scale_dropped", kBoth},
	{"extreme_by_collation", kMysql},
	{"order_by_collation", kMysql},
	{"null_order_ignored", kBoth},
	{"second_arm_lost", kMysql},
	{"limit_with_local_condition", kBoth},
	{"offset_dropped", kBoth},
	{"lookup_unmatched_lost", kBoth},
	{"lookup_first_batch_only", kBoth},
	{"lookup_key_nulls_match", kBoth},
	{"small_integers_added", kFiles},
	{"float_statistics_believed", kFiles},
	{"escape_dropped", kFiles},
	{"trim_of_any_blank", kFiles},
	{"float_overflow_unchecked", kFiles},
	{"round_half_away", kFiles},
	{"decimals_of_any_digits", kFiles},
	{"decimals_of_64_bits", kFiles},
	{"keys_of_any_digits", kFiles},
};

char *current = nullptr;

bool CheckName(char **value, void **, GucSource)
{
	if ((*value)[0] == '\0')
		return true;
	for (const Mutation &mutation : kMutations)
		if (strcmp(mutation.name, *value) == 0)
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

// The names of those that a wrapper can show, for the oracle: CREATE FUNCTION ...(text) RETURNS SETOF text AS '$libdir/pg_fabric', 'fabric_test_mutations'.
extern "C" Datum fabric_test_mutations(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	const char *wrapper = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int tenant = strcmp(wrapper, "fabric_mysql") == 0 ? fabric::fdw::kMysql : fabric::fdw::kFiles;
	for (const fabric::fdw::Mutation &mutation : fabric::fdw::kMutations)
	{
		if ((mutation.tenants & tenant) == 0)
			continue;
		Datum value = CStringGetTextDatum(mutation.name);
		bool isnull = false;
		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return static_cast<Datum>(0);
}

#endif
