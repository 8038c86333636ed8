// Options: validation and typed reading. See options.hpp.
#include <cmath>

#include <string_view>
#include <vector>

#include "core/nearest.hpp"

#include "pg/rights.hpp"
#include "pg/guard.hpp"

#include "fdw/shared/options.hpp"

extern "C"
{
#include <access/reloptions.h>
#include <catalog/pg_attribute.h>
#include <catalog/pg_foreign_data_wrapper.h>
#include <catalog/pg_foreign_server.h>
#include <catalog/pg_foreign_table.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_user_mapping.h>
#include <commands/defrem.h>
#include <parser/parse_type.h>
#include <utils/acl.h>
#include <utils/guc.h>
#include <utils/regproc.h>
#include <utils/varlena.h>
}

namespace fabric::fdw
{

namespace
{

uint8_t ScopeOf(Oid catalog)
{
	switch (catalog)
	{
		case ForeignServerRelationId:
			return kServerOption;
		case UserMappingRelationId:
			return kMappingOption;
		case ForeignTableRelationId:
			return kTableOption;
		case AttributeRelationId:
			return kColumnOption;
		default:
			return 0; // the wrapper itself has none
	}
}

const char *ScopeName(uint8_t scope)
{
	switch (scope)
	{
		case kServerOption:
			return "a server";
		case kMappingOption:
			return "a user mapping";
		case kTableOption:
			return "a foreign table";
		case kColumnOption:
			return "a column of a foreign table";
		default:
			return "a foreign data wrapper";
	}
}

const OptionSpec *FindOption(const Tenant &tenant, const char *name, uint8_t scope)
{
	for (const OptionSpec &spec : tenant.options)
		if ((spec.scopes & scope) != 0 && strcmp(spec.name, name) == 0)
			return &spec;
	return nullptr;
}

const char *Canonical(const OptionSpec &spec)
{
	return spec.canonical != nullptr ? spec.canonical : spec.name;
}

// The nearest right name, copied, or nullptr.
const char *Nearest(const Tenant &tenant, const char *name, uint8_t scope)
{
	return pg::entry(
		[&]() -> const char *
		{
			std::vector<std::string_view> names;
			for (const OptionSpec &spec : tenant.options)
				if ((spec.scopes & scope) != 0)
					names.emplace_back(spec.name);
			std::string_view found = core::nearest(name, names);
			return found.empty() ? nullptr : found.data();
		});
}

[[noreturn]] void RaiseUnknownOption(const Tenant &tenant, const char *name, uint8_t scope)
{
	StringInfoData valid;
	initStringInfo(&valid);
	for (const OptionSpec &spec : tenant.options)
		if ((spec.scopes & scope) != 0 && spec.canonical == nullptr && spec.kind != OptionKind::obsolete)
			appendStringInfo(&valid, "%s%s", valid.len > 0 ? ", " : "", spec.name);
	const char *nearest = Nearest(tenant, name, scope);
	StringInfoData hint;
	initStringInfo(&hint);
	if (nearest != nullptr)
		appendStringInfo(&hint, "Perhaps you meant \"%s\". ", nearest);
	if (valid.len > 0)
		appendStringInfo(&hint, "The options of %s are: %s", ScopeName(scope), valid.data);
	else
		appendStringInfo(&hint, "There are no options of %s.", ScopeName(scope));
	ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					errmsg("%s has no option \"%s\" for %s", tenant.wrapper, name, ScopeName(scope)),
					errhint("%s", hint.data)));
	pg_unreachable();
}

[[noreturn]] void RaiseBadValue(const OptionSpec &spec, const char *value, const char *wanted)
{
	// The value of a secret is never printed; no such option has a value that could be wrong.
	ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					errmsg("invalid value for option \"%s\": \"%s\"", spec.name, value), errhint("%s", wanted)));
	pg_unreachable();
}

bool ParseCost(const char *value, double *cost)
{
	char *end;
	errno = 0;
	double number = strtod(value, &end);
	if (end == value || *end != '\0' || errno != 0 || !(number >= 0) || std::isinf(number))
		return false;
	*cost = number;
	return true;
}

bool ParseDuration(const char *value, int64 *milliseconds)
{
	int parsed;
	const char *hint = nullptr;
	if (!parse_int(value, &parsed, GUC_UNIT_MS, &hint) || parsed < 0)
		return false;
	*milliseconds = parsed;
	return true;
}

bool ParseInteger(const char *value, int64 *number)
{
	int parsed;
	if (!parse_int(value, &parsed, 0, nullptr) || parsed < 0)
		return false;
	*number = parsed;
	return true;
}

bool IsOneOf(const char *choices, const char *value)
{
	std::string_view rest(choices);
	while (!rest.empty())
	{
		size_t comma = rest.find(',');
		if (rest.substr(0, comma) == value)
			return true;
		if (comma == std::string_view::npos)
			break;
		rest.remove_prefix(comma + 1);
	}
	return false;
}

// "a,b" as "a, b".
const char *Spaced(const char *choices)
{
	StringInfoData out;
	initStringInfo(&out);
	for (const char *at = choices; *at != '\0'; ++at)
		appendStringInfo(&out, *at == ',' ? "%c " : "%c", *at);
	return out.data;
}

void ParseRules(const char *option, const char *value, bool missing_ok, List **functions, List **nodes, List **forms);

void ValidateValue(const OptionSpec &spec, const char *value)
{
	int64 number;
	double cost;
	bool flag;
	switch (spec.kind)
	{
		case OptionKind::boolean:
			if (!parse_bool(value, &flag))
				RaiseBadValue(spec, value, "It is a boolean: true or false.");
			break;
		case OptionKind::integer:
		{
			bool is_number = ParseInteger(value, &number);
			if (strcmp(spec.name, "port") == 0 && !(is_number && number >= 1 && number <= 65535))
				RaiseBadValue(spec, value, "A port is a number from 1 to 65535.");
			if (!is_number)
				RaiseBadValue(spec, value, "It is a whole number, 0 or more.");
			break;
		}
		case OptionKind::cost:
			if (!ParseCost(value, &cost))
				RaiseBadValue(spec, value, "It is a number, 0 or more.");
			break;
		case OptionKind::duration:
			if (!ParseDuration(value, &number))
				RaiseBadValue(spec, value, "It is a time such as \"500ms\", \"10s\" or \"2min\"; 0 means none.");
			break;
		case OptionKind::choice:
			if (!IsOneOf(spec.choices, value))
				RaiseBadValue(spec, value, psprintf("It is one of: %s", Spaced(spec.choices)));
			break;
		case OptionKind::rules:
		{
			List *functions = NIL;
			List *nodes = NIL;
			List *forms = NIL;
			ParseRules(spec.name, value, false, &functions, &nodes,
					   strcmp(spec.name, "pushdown_include") == 0 ? &forms : nullptr);
			break;
		}
		case OptionKind::text:
			if (strcmp(spec.name, "password") != 0 && strcmp(spec.name, "init_command") != 0 &&
				strcmp(spec.name, "comment") != 0 && value[0] == '\0')
				RaiseBadValue(spec, value, "It must not be empty.");
			break;
		case OptionKind::obsolete:
			break;
	}
}

} // namespace

void ValidateOptions(const Tenant &tenant, List *options, Oid catalog)
{
	uint8_t scope = ScopeOf(catalog);
	List *seen = NIL; // the names so far, obsolete ones left out
	ListCell *cell;
	foreach (cell, options)
	{
		DefElem *definition = lfirst_node(DefElem, cell);
		const OptionSpec *spec = FindOption(tenant, definition->defname, scope);
		if (spec == nullptr)
			RaiseUnknownOption(tenant, definition->defname, scope);
		const char *canonical = Canonical(*spec);
		if (spec->superuser && !superuser())
			ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
							errmsg("only a superuser may set option \"%s\", or change anything beside it", spec->name),
							errdetail("%s", FindOption(tenant, canonical, scope)->meaning)));
		ListCell *other;
		foreach (other, seen)
		{
			const OptionSpec *before = FindOption(tenant, strVal(lfirst(other)), scope);
			if (strcmp(Canonical(*before), canonical) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_SYNTAX_ERROR),
						 errmsg("options \"%s\" and \"%s\" are two names of one option", before->name, spec->name),
						 errhint("Keep \"%s\".", canonical)));
		}
		if (spec->kind != OptionKind::obsolete)
			seen = lappend(seen, makeString(pstrdup(spec->name)));
		ValidateValue(*spec, defGetString(definition));
	}
}

const char *OptionValue(const Tenant &tenant, List *options, const char *name)
{
	ListCell *cell;
	foreach (cell, options)
	{
		DefElem *definition = lfirst_node(DefElem, cell);
		if (strcmp(definition->defname, name) == 0)
			return defGetString(definition);
		for (const OptionSpec &spec : tenant.options)
			if (spec.canonical != nullptr && strcmp(spec.name, definition->defname) == 0 &&
				strcmp(spec.canonical, name) == 0)
				return defGetString(definition);
	}
	return nullptr;
}

bool BooleanOption(const Tenant &tenant, List *options, const char *name, bool otherwise)
{
	const char *value = OptionValue(tenant, options, name);
	bool flag = otherwise;
	if (value != nullptr)
		(void)parse_bool(value, &flag);
	return flag;
}

int64 IntegerOption(const Tenant &tenant, List *options, const char *name, int64 otherwise)
{
	const char *value = OptionValue(tenant, options, name);
	int64 number = otherwise;
	if (value != nullptr)
		(void)ParseInteger(value, &number);
	return number;
}

double CostOption(const Tenant &tenant, List *options, const char *name, double otherwise)
{
	const char *value = OptionValue(tenant, options, name);
	double cost = otherwise;
	if (value != nullptr)
		(void)ParseCost(value, &cost);
	return cost;
}

int64 DurationOption(const Tenant &tenant, List *options, const char *name, int64 otherwise_ms)
{
	const char *value = OptionValue(tenant, options, name);
	int64 duration = otherwise_ms;
	if (value != nullptr)
		(void)ParseDuration(value, &duration);
	return duration;
}

const Tenant *TenantOfHandler(const char *symbol)
{
	for (const Tenant *tenant : Tenants())
		if (strcmp(tenant->handler_symbol, symbol) == 0)
			return tenant;
	return nullptr;
}

const Tenant *TenantOfWrapper(const ForeignDataWrapper *wrapper)
{
	const Tenant *tenant = nullptr;
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(wrapper->fdwhandler));
	if (HeapTupleIsValid(tuple))
	{
		bool isnull;
		Datum source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
		if (!isnull)
			tenant = TenantOfHandler(TextDatumGetCString(source));
		ReleaseSysCache(tuple);
	}
	return tenant;
}

const Tenant &TenantOfServer(Oid server_id)
{
	ForeignServer *server = GetForeignServer(server_id);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(server->fdwid);
	const Tenant *tenant = TenantOfWrapper(wrapper);
	if (tenant == nullptr)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("server \"%s\" belongs to the wrapper \"%s\", which is not one of pg_fabric",
							   server->servername, wrapper->fdwname)));
	return *tenant;
}

ServerSettings *LoadServerSettings(Oid server_id)
{
	const Tenant &tenant = TenantOfServer(server_id);
	ServerSettings *settings = static_cast<ServerSettings *>(palloc0(sizeof(ServerSettings)));
	settings->tenant = &tenant;
	settings->server = GetForeignServer(server_id);
	List *options = settings->server->options;
	settings->pushdown = BooleanOption(tenant, options, "pushdown", true);
	settings->connect_timeout_ms = DurationOption(tenant, options, "connect_timeout", 10 * 1000);
	settings->read_timeout_ms = DurationOption(tenant, options, "read_timeout", 0);
	settings->statement_timeout_ms = DurationOption(tenant, options, "statement_timeout", 0);
	settings->startup_cost = CostOption(tenant, options, "fdw_startup_cost", -1);
	settings->tuple_cost = CostOption(tenant, options, "fdw_tuple_cost", -1);
	settings->remote_estimate = BooleanOption(tenant, options, "use_remote_estimate", false);
	settings->async = BooleanOption(tenant, options, "async_capable", true);
	settings->lookup_batch_size = Min(IntegerOption(tenant, options, "lookup_batch_size", 1000), 100000);
	settings->max_connections = IntegerOption(tenant, options, "max_connections", 0);
	settings->connection_wait_ms = DurationOption(tenant, options, "connection_wait", 0);
	settings->idle_timeout_ms = DurationOption(tenant, options, "idle_timeout", 0);
	settings->ping_after_ms = DurationOption(tenant, options, "ping_after", 30 * 1000);
	const char *zero = OptionValue(tenant, options, "zero_dates");
	settings->zero_dates = zero == nullptr || strcmp(zero, "error") == 0 ? ZeroDates::error
						   : strcmp(zero, "null") == 0					 ? ZeroDates::null
																		 : ZeroDates::minus_infinity;
	return settings;
}

ServerSettings *UsableServer(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);
	pg::RequireUsage(server);
	return LoadServerSettings(server->serverid);
}

namespace
{

char *Trimmed(const char *from, const char *to)
{
	while (from < to && isspace(static_cast<unsigned char>(*from)))
		++from;
	while (to > from && isspace(static_cast<unsigned char>(to[-1])))
		--to;
	return pnstrdup(from, to - from);
}

// What to_regprocedure and to_regoperator find; InvalidOid when there is nothing of that name.
Oid LookUp(PGFunction to_reg, const char *signature)
{
	LOCAL_FCINFO(fcinfo, 1);
	InitFunctionCallInfoData(*fcinfo, nullptr, 1, InvalidOid, nullptr, nullptr);
	fcinfo->args[0].value = CStringGetTextDatum(signature);
	fcinfo->args[0].isnull = false;
	Datum found = to_reg(fcinfo);
	return fcinfo->isnull ? InvalidOid : DatumGetObjectId(found);
}

// One entry of a rule list: a function or operator by its signature, or an expression node by its name. False when there is
// no such function (any more).
bool ParseRule(const char *option, char *item, List **functions, List **nodes)
{
	for (const NodeEntry &node : NodeEntries())
	{
		if (node.pushed && pg_strcasecmp(node.name, item) == 0)
		{
			*nodes = lappend(*nodes, makeString(item));
			return true;
		}
	}
	if (strchr(item, '(') == nullptr)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"%s\": \"%s\" is neither a function's signature nor an expression that is shipped",
						option, item),
				 errhint("Write functions and operators with their argument types, such as length(text) or "
						 "=(integer,integer); fabric.pushdown_rules lists them.")));
	char first = item[0] != '"' ? item[strcspn(item, ".(")] == '.' ? *(strchr(item, '.') + 1) : item[0] : 'a';
	bool is_operator = strchr("+-*/<>=~!@#%^&|`?", first) != nullptr && first != '\0';
	Oid function = LookUp(is_operator ? to_regoperator : to_regprocedure, item);
	if (is_operator && OidIsValid(function))
		function = get_opcode(function);
	if (OidIsValid(function))
		*functions = lappend_oid(*functions, function);
	return OidIsValid(function);
}

[[noreturn]] void RaiseUnknownFunction(const char *option, const char *signature)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
					errmsg("option \"%s\": there is no function or operator %s", option, signature),
					errhint("What does not lie in pg_catalog is named with its schema.")));
	pg_unreachable();
}

// Reads a rule list: entries separated by semicolons; with `forms`, each as "signature => remote text". Names are those of
// pg_catalog or have their schema, so that a list means the same to everybody.
void ParseRules(const char *option, const char *value, bool missing_ok, List **functions, List **nodes, List **forms)
{
	int nest_level = NewGUCNestLevel();
	(void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							false);
	const char *at = value;
	while (*at != '\0')
	{
		const char *end = strchr(at, ';');
		if (end == nullptr)
			end = at + strlen(at);
		char *item = Trimmed(at, end);
		at = *end == ';' ? end + 1 : end;
		if (item[0] == '\0')
			continue;
		if (forms == nullptr)
		{
			if (!ParseRule(option, item, functions, nodes) && !missing_ok)
				RaiseUnknownFunction(option, item);
			continue;
		}
		char *arrow = strstr(item, "=> ");
		if (arrow == nullptr)
			ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
							errmsg("option \"%s\": \"%s\" has no remote form", option, item),
							errhint("Write \"function(types) => REMOTE_FORM($1, $2)\"; $c1 is an argument in the form "
									"for exact comparison.")));
		List *found_nodes = NIL;
		char *form = Trimmed(arrow + 2, item + strlen(item));
		char *signature = Trimmed(item, arrow);
		if (!ParseRule(option, signature, functions, &found_nodes))
		{
			if (!missing_ok)
				RaiseUnknownFunction(option, signature);
			continue;
		}
		if (found_nodes != NIL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("option \"%s\": \"%s\" is an expression; only functions and operators can be given a "
							"remote form",
							option, signature)));
		if (form[0] == '\0')
			ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
							errmsg("option \"%s\": \"%s\" has an empty remote form", option, signature)));
		Oid function = llast_oid(*functions);
		int arguments = get_func_nargs(function);
		for (const char *dollar = strchr(form, '$'); dollar != nullptr; dollar = strchr(dollar + 1, '$'))
		{
			const char *digit = dollar + 1;
			if (*digit == 'c' || *digit == 'p' || *digit == 'l' || *digit == 'm')
				++digit;
			if (*digit < '1' || *digit > '9' || *digit - '0' > arguments)
				ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
								errmsg("option \"%s\": the form \"%s\" names an argument that %s has not", option, form,
									   format_procedure(function))));
		}
		*forms = lappend(*forms, makeString(form));
	}
	AtEOXact_GUC(true, nest_level);
}

} // namespace

PushRules *LoadPushRules(const ServerSettings &settings)
{
	PushRules *rules = static_cast<PushRules *>(palloc0(sizeof(PushRules)));
	const Tenant &tenant = *settings.tenant;
	rules->off = !settings.pushdown;
	if (const char *excluded = OptionValue(tenant, settings.server->options, "pushdown_exclude"))
		ParseRules("pushdown_exclude", excluded, true, &rules->excluded, &rules->excluded_nodes, nullptr);
	if (const char *included = OptionValue(tenant, settings.server->options, "pushdown_include"))
	{
		List *functions = NIL;
		List *nodes = NIL;
		List *forms = NIL;
		ParseRules("pushdown_include", included, true, &functions, &nodes, &forms);
		int count = list_length(functions);
		Signature *signatures = static_cast<Signature *>(palloc0(sizeof(Signature) * Max(count, 1)));
		for (int i = 0; i < count; ++i)
		{
			signatures[i].function = list_nth_oid(functions, i);
			signatures[i].form = strVal(list_nth(forms, i));
			signatures[i].reason = "added by the server option pushdown_include";
		}
		rules->nincluded = count;
		rules->included = signatures;
	}
	return rules;
}

} // namespace fabric::fdw
