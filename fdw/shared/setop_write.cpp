// What a set operation is made of and gives, as remote SQL. See setops.hpp.
#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/setops.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/optimizer.h>
}

namespace fabric::fdw
{

const SetColumn &ColumnOf(const RemoteRelation *set, int number)
{
	return *static_cast<SetColumn *>(list_nth(set->columns, number));
}

const char *NameOfSetOperation(SetOperation operation)
{
	return operation == SETOP_UNION ? "UNION" : operation == SETOP_INTERSECT ? "INTERSECT" : "EXCEPT";
}

const char *NameOfSet(const RemoteRelation *set)
{
	return psprintf("%s%s", NameOfSetOperation(set->set_operation), set->set_all ? " ALL" : "");
}

bool WriteSetValue(Translator *translator, Expr *expr, StringInfo out, Operand *operand)
{
	Node *node = reinterpret_cast<Node *>(expr);
	const Dialect &dialect = *translator->dialect;
	StringInfoData text;
	initStringInfo(&text);
	if (contain_volatile_functions(node))
		return Fail(translator, "it calls a volatile function");
	if (!WriteOperand(translator, expr, Form::compare, &text, operand))
		return false;
	auto again = [&](Form form)
	{
		*operand = Operand{};
		resetStringInfo(&text);
		return WriteOperand(translator, expr, form, &text, operand);
	};
	bool literal = operand->constant != nullptr || operand->parameter;
	if (IsNullConstant(*operand))
	{
		appendStringInfoString(out, "NULL");
		return true;
	}
	switch (operand->kind)
	{
		case Kind::text:
		case Kind::bpchar:
			if (!type_is_enum(exprType(node)) &&
				!CheckCollation(translator, kTextEquality, operand->kind, exprCollation(node)))
				return false;
			if (operand->kind == Kind::bpchar && operand->column == nullptr)
				return Fail(translator, "a value of type char(n) that is no column");
			if (Mutated("set_by_collation"))
			{
				if (!again(Form::plain))
					return false;
			}
			else if (literal)
			{
				dialect.AppendExactText(out, text.data);
				return true;
			}
			break;
		case Kind::bytes:
			// A BINARY(n) among longer ones would be filled up.
			if (!again(Form::value))
				return false;
			dialect.AppendExactText(out, text.data);
			return true;
		case Kind::decimal:
			if (!again(Form::value))
				return false;
			if (!operand->fixed_scale || !operand->bounds.known)
				return Fail(translator, "the number of digits of a numeric is not known before it runs");
			if (operand->bounds.integral || operand->column != nullptr)
				break;
			dialect.AppendDecimal(out, text.data, operand->bounds.whole_digits + operand->scale, operand->scale);
			return true;
		case Kind::date:
		case Kind::timestamp:
		case Kind::timestamptz:
		case Kind::time:
			if (operand->column == nullptr)
				return Fail(translator, "a date or time that is no column");
			break;
		case Kind::float4:
		case Kind::float8:
			return Fail(translator, "floating-point numbers: there are two zeros");
		case Kind::none:
		case Kind::bits:
			return Fail(translator, "values of this type have no exact remote form");
		case Kind::boolean:
		case Kind::integer:
		case Kind::uuid:
			break;
	}
	appendBinaryStringInfo(out, text.data, text.len);
	return true;
}

namespace
{

// Texts are bytes in the derived table.
void AppendColumnOfSet(const Translator &translator, int number, Form form, StringInfo out)
{
	Kind kind = ColumnOf(translator.source, number).operand.kind;
	const char *name = psprintf("s.c%d", number + 1);
	if ((kind == Kind::text || kind == Kind::bpchar) && form != Form::compare)
		translator.dialect->AppendTextOfBytes(out, name);
	else
		appendStringInfoString(out, name);
}

} // namespace

bool WriteColumnOfSet(Translator *translator, const Var *var, Form form, StringInfo out, Operand *operand)
{
	const RemoteRelation *set = translator->source;
	if (var->varno != 0 || var->varattno <= 0 || var->varattno > list_length(set->columns))
		return Fail(translator, "a column of another relation");
	*operand = ColumnOf(set, var->varattno - 1).operand;
	AppendColumnOfSet(*translator, var->varattno - 1, form, out);
	return true;
}

char *FetchOfSetColumn(const Translator &translator, int number)
{
	StringInfoData text;
	initStringInfo(&text);
	AppendColumnOfSet(translator, number, Form::value, &text);
	return text.data;
}

const char *OperatorOf(const RemoteRelation *set)
{
	bool all = set->set_all != (Mutated("set_all_turned") && set->set_operation != SETOP_INTERSECT);
	const Dialect &dialect = *set->settings->tenant->dialect;
	return dialect.SetOperator(set->set_operation, all, set->set_server);
}

List *TargetsOfSet(const RemoteRelation *set)
{
	List *targets = NIL;
	ListCell *cell;
	foreach (cell, set->columns)
	{
		const SetColumn &column = *static_cast<SetColumn *>(lfirst(cell));
		targets = lappend(targets, makeTargetEntry(column.face, static_cast<AttrNumber>(list_length(targets) + 1),
												   const_cast<char *>(column.name), false));
	}
	return targets;
}

Relids RelidsOfSet(const RemoteRelation *set)
{
	Relids relids = nullptr;
	ListCell *cell;
	foreach (cell, set->arms)
	{
		const SetArm &arm = *static_cast<SetArm *>(lfirst(cell));
		const RemoteRelation *source = arm.query->source;
		Relids own = source->arms != NIL ? RelidsOfSet(source) : source->relids;
		for (int varno = -1; (varno = bms_next_member(own, varno)) >= 0;)
			relids = bms_add_member(relids, varno + arm.offset);
	}
	return relids;
}

} // namespace fabric::fdw
