/*
 * The SQLSTATE codes pg_fabric raises, in groups; PostgreSQL's condition names, the longest shortened.
 *
 * Core code cannot see utils/errcodes.h, so an error carries its code as five characters; the bridge encodes them.
 */
#ifndef FABRIC_CORE_SQLSTATE_HPP
#define FABRIC_CORE_SQLSTATE_HPP

namespace fabric::core::sqlstate
{

/* Connections */
inline constexpr const char *connection_exception = "08000";
inline constexpr const char *unable_to_establish_connection = "08001";
inline constexpr const char *connection_does_not_exist = "08003";
inline constexpr const char *connection_rejected = "08004";
inline constexpr const char *connection_failure = "08006";
inline constexpr const char *transaction_resolution_unknown = "08007";
inline constexpr const char *protocol_violation = "08P01";
inline constexpr const char *invalid_authorization_specification = "28000";
inline constexpr const char *invalid_password = "28P01";

/* Foreign data wrappers */
inline constexpr const char *fdw_error = "HV000";
inline constexpr const char *fdw_out_of_memory = "HV001";
inline constexpr const char *fdw_dynamic_parameter_value_needed = "HV002";
inline constexpr const char *fdw_invalid_data_type = "HV004";
inline constexpr const char *fdw_column_name_not_found = "HV005";
inline constexpr const char *fdw_invalid_data_type_descriptors = "HV006";
inline constexpr const char *fdw_invalid_column_name = "HV007";
inline constexpr const char *fdw_invalid_column_number = "HV008";
inline constexpr const char *fdw_invalid_string_format = "HV00A";
inline constexpr const char *fdw_invalid_handle = "HV00B";
inline constexpr const char *fdw_invalid_option_index = "HV00C";
inline constexpr const char *fdw_invalid_option_name = "HV00D";
inline constexpr const char *fdw_option_name_not_found = "HV00J";
inline constexpr const char *fdw_reply_handle = "HV00K";
inline constexpr const char *fdw_unable_to_create_execution = "HV00L";
inline constexpr const char *fdw_unable_to_create_reply = "HV00M";
inline constexpr const char *fdw_unable_to_establish_connection = "HV00N";
inline constexpr const char *fdw_no_schemas = "HV00P";
inline constexpr const char *fdw_schema_not_found = "HV00Q";
inline constexpr const char *fdw_table_not_found = "HV00R";
inline constexpr const char *fdw_function_sequence_error = "HV010";
inline constexpr const char *fdw_inconsistent_descriptor_information = "HV021";
inline constexpr const char *fdw_invalid_attribute_value = "HV024";
inline constexpr const char *fdw_invalid_string_length = "HV090";

/* Values */
inline constexpr const char *data_exception = "22000";
inline constexpr const char *string_data_right_truncation = "22001";
inline constexpr const char *numeric_value_out_of_range = "22003";
inline constexpr const char *null_value_not_allowed = "22004";
inline constexpr const char *invalid_datetime_format = "22007";
inline constexpr const char *datetime_field_overflow = "22008";
inline constexpr const char *division_by_zero = "22012";
inline constexpr const char *interval_field_overflow = "22015";
inline constexpr const char *character_not_in_repertoire = "22021";
inline constexpr const char *invalid_parameter_value = "22023";
inline constexpr const char *string_data_length_mismatch = "22026";
inline constexpr const char *invalid_text_representation = "22P02";
inline constexpr const char *invalid_binary_representation = "22P03";
inline constexpr const char *bad_copy_file_format = "22P04";
inline constexpr const char *untranslatable_character = "22P05";

/* Constraints of the remote table */
inline constexpr const char *integrity_constraint_violation = "23000";
inline constexpr const char *not_null_violation = "23502";
inline constexpr const char *foreign_key_violation = "23503";
inline constexpr const char *unique_violation = "23505";
inline constexpr const char *check_violation = "23514";

/* Transactions */
inline constexpr const char *active_sql_transaction = "25001";
inline constexpr const char *read_only_sql_transaction = "25006";
inline constexpr const char *serialization_failure = "40001";
inline constexpr const char *statement_completion_unknown = "40003";
inline constexpr const char *deadlock_detected = "40P01";

/* Names, rights and rules */
inline constexpr const char *insufficient_privilege = "42501";
inline constexpr const char *syntax_error = "42601";
inline constexpr const char *invalid_name = "42602";
inline constexpr const char *name_too_long = "42622";
inline constexpr const char *duplicate_column = "42701";
inline constexpr const char *undefined_column = "42703";
inline constexpr const char *undefined_object = "42704";
inline constexpr const char *duplicate_object = "42710";
inline constexpr const char *datatype_mismatch = "42804";
inline constexpr const char *wrong_object_type = "42809";
inline constexpr const char *cannot_coerce = "42846";
inline constexpr const char *undefined_function = "42883";
inline constexpr const char *undefined_table = "42P01";
inline constexpr const char *feature_not_supported = "0A000";

/* Resources and limits */
inline constexpr const char *insufficient_resources = "53000";
inline constexpr const char *disk_full = "53100";
inline constexpr const char *out_of_memory = "53200";
inline constexpr const char *too_many_connections = "53300";
inline constexpr const char *configuration_limit_exceeded = "53400";
inline constexpr const char *program_limit_exceeded = "54000";

/* State and intervention */
inline constexpr const char *object_not_in_prerequisite_state = "55000";
inline constexpr const char *object_in_use = "55006";
inline constexpr const char *lock_not_available = "55P03";
inline constexpr const char *operator_intervention = "57000";
inline constexpr const char *query_canceled = "57014";
inline constexpr const char *admin_shutdown = "57P01";
inline constexpr const char *cannot_connect_now = "57P03";
inline constexpr const char *system_error = "58000";
inline constexpr const char *io_error = "58030";
inline constexpr const char *undefined_file = "58P01";

/* Mistakes of ours */
inline constexpr const char *internal_error = "XX000";
inline constexpr const char *data_corrupted = "XX001";

} // namespace fabric::core::sqlstate

#endif
