// The remote SELECT of a plan. See statement.hpp.
#include "pg/encoding.hpp"

#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/order.hpp"
#include "fdw/shared/ranges.hpp"
#include "fdw/shared/setops.hpp"
#include "fdw/shared/statement.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <access/sysattr.h>
#include <mb/pg_wchar.h>
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/clauses.h>
#include <optimizer/prep.h>
}

namespace fabric::fdw
{

namespace
{

bool WriteConjunction(Translator *translator, List *clauses, StringInfo out)
{
	ListCell *cell;
	if (clauses == NIL)
		appendStringInfoString(out, "TRUE");
	foreach (cell, clauses)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(out, " AND ");
		if (!translator->Condition(static_cast<Expr *>(lfirst(cell)), out))
			return false;
	}
	return true;
}

bool WriteArms(Translator *translator, const RemoteRelation *set, StringInfo out);

bool WriteFrom(Translator *translator, const RemoteRelation *relation, StringInfo out)
{
	check_stack_depth();
	if (relation->arms != NIL)
		return WriteArms(translator, relation, out);
	if (relation->grouped != nullptr || relation->windowed != nullptr)
		return WriteFrom(translator, relation->grouped != nullptr ? relation->grouped : relation->windowed, out);
	if (relation->info != nullptr)
	{
		AppendRemoteTable(*translator->dialect, relation->info->schema, relation->info->table, out);
		if (translator->qualified)
		{
			appendStringInfoChar(out, ' ');
			AppendAlias(out, bms_singleton_member(relation->relids));
		}
		return true;
	}
	if (relation->inner == nullptr)
		return WriteFrom(translator, relation->outer, out); // the other side is under EXISTS
	appendStringInfoChar(out, '(');
	if (!WriteFrom(translator, relation->outer, out))
		return false;
	appendStringInfoString(out, relation->join_type == JOIN_LEFT && !Mutated("left_join_as_inner") ? " LEFT JOIN "
																								   : " INNER JOIN ");
	if (!WriteFrom(translator, relation->inner, out))
		return false;
	appendStringInfoString(out, " ON (");
	if (!WriteConjunction(translator, relation->on, out))
		return false;
	appendStringInfoString(out, "))");
	return true;
}

bool WriteWhere(Translator *translator, List *parts, List **texts);

bool WriteExists(Translator *translator, const WherePart &part, StringInfo out)
{
	// Below EXISTS its own columns are there that are NULL above it; those of others stay what they are.
	Relids absent = translator->absent;
	Relids hidden = translator->hidden;
	translator->absent = bms_union(bms_difference(absent, part.exists->relids), part.exists->absent);
	translator->hidden = bms_union(bms_difference(hidden, part.exists->relids), part.exists->hidden);
	List *conditions = NIL;
	appendStringInfoString(out, part.negated ? "(NOT EXISTS (SELECT NULL FROM " : "(EXISTS (SELECT NULL FROM ");
	bool written = WriteFrom(translator, part.exists, out) && WriteWhere(translator, part.exists->where, &conditions) &&
				   (appendStringInfoString(out, " WHERE "), WriteConjunction(translator, part.on, out));
	translator->absent = absent;
	translator->hidden = hidden;
	ListCell *cell;
	foreach (cell, conditions)
		appendStringInfo(out, " AND %s", strVal(lfirst(cell)));
	appendStringInfoString(out, "))");
	return written;
}

bool WritePart(Translator *translator, const WherePart &part, StringInfo out)
{
	if (part.exists != nullptr)
		return WriteExists(translator, part, out);
	return part.wider ? translator->WiderCondition(part.clause, out) : translator->Condition(part.clause, out);
}

bool WriteWhere(Translator *translator, List *parts, List **texts)
{
	int count = list_length(parts);
	Expr **clauses = static_cast<Expr **>(palloc0(sizeof(Expr *) * static_cast<size_t>(count + 1)));
	const char **written = static_cast<const char **>(palloc0(sizeof(char *) * static_cast<size_t>(count + 1)));
	ListCell *cell;
	foreach (cell, parts)
	{
		const WherePart &part = *static_cast<const WherePart *>(lfirst(cell));
		StringInfoData text;
		initStringInfo(&text);
		if (!WritePart(translator, part, &text))
			return false;
		written[foreach_current_index(cell)] = text.data;
		clauses[foreach_current_index(cell)] = part.exists == nullptr && !part.wider ? part.clause : nullptr;
	}
	AddRangesForIndex(*translator, count, clauses, written);
	for (int i = 0; i < count; ++i)
		*texts = lappend(*texts, makeString(const_cast<char *>(written[i])));
	return true;
}

// `given`: the SELECT list. Without keys and aggregates it would be no statement of one group.
bool WriteGroups(Translator *translator, const RemoteRelation *relation, List *given, StringInfo out)
{
	if (relation->keys == NIL && !Mutated("unread_group_lost") &&
		!contain_agg_clause(reinterpret_cast<Node *>(given)) &&
		!contain_agg_clause(reinterpret_cast<Node *>(relation->having)))
	{
		appendStringInfoString(out, " HAVING (COUNT(*) >= 0)");
		if (relation->having == NIL)
			return true;
		appendStringInfoString(out, " AND ");
		return WriteConjunction(translator, relation->having, out);
	}
	ListCell *cell;
	foreach (cell, relation->keys)
	{
		Operand operand{};
		appendStringInfoString(out, foreach_current_index(cell) == 0 ? " GROUP BY " : ", ");
		if (!WriteGroupKey(translator, static_cast<Expr *>(lfirst(cell)), out, &operand))
			return false;
	}
	if (relation->having == NIL)
		return true;
	appendStringInfoString(out, " HAVING ");
	return WriteConjunction(translator, relation->having, out);
}

void AppendLimit(const Dialect &dialect, const RemoteQuery *query, StringInfo out, List **params)
{
	auto value = [&](Node *node, MarkerKind kind)
	{
		const Const *constant = reinterpret_cast<Const *>(node);
		if (IsA(node, Const) && !constant->constisnull && DatumGetInt64(constant->constvalue) >= 0)
			appendStringInfo(out, INT64_FORMAT, DatumGetInt64(constant->constvalue));
		else
			AppendMarkerFor(params, out, kind, reinterpret_cast<Expr *>(node));
	};
	if (query->limit == nullptr && query->offset == nullptr)
		return;
	appendStringInfoString(out, " LIMIT ");
	if (query->limit != nullptr)
		value(query->limit, MarkerKind::limit);
	else
		appendStringInfoString(out, dialect.NoLimit());
	if (query->offset == nullptr || Mutated("offset_dropped"))
		return;
	appendStringInfoString(out, " OFFSET ");
	value(query->offset, MarkerKind::offset);
}

const char *LockOf(PlannerInfo *root, const RemoteRelation *relation)
{
	int varno = bms_next_member(relation->relids, -1);
	const PlanRowMark *mark = get_plan_rowmark(root->rowMarks, static_cast<Index>(varno));
	if (mark == nullptr || mark->strength == LCS_NONE)
		return "";
	const ServerSettings &settings = *relation->settings;
	const char *clause = settings.tenant->dialect->LockClause(mark->strength >= LCS_FORNOKEYUPDATE, mark->waitPolicy,
															  ServerVersionOf(relation));
	// Where nothing can be locked at all, nothing is: as of foreign tables in general.
	if (clause == nullptr && !settings.tenant->dialect->HasTransactions())
		return "";
	if (clause == nullptr)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("%s server \"%s\" may not know %s", settings.tenant->scheme, settings.server->servername,
							   mark->waitPolicy == LockWaitSkip ? "SKIP LOCKED" : "NOWAIT"),
						errhint("Lock the rows without it.")));
	return clause;
}

bool WriteTail(PlannerInfo *root, Translator *translator, const RemoteQuery *query, List *given, bool second_arm,
			   StringInfo out)
{
	bool written = (query->source->grouped == nullptr || WriteGroups(translator, query->source, given, out)) &&
				   WriteOrder(translator, query->order, second_arm, out);
	if (!written)
		return false;
	AppendLimit(*translator->dialect, query, out, &translator->params);
	appendStringInfoString(out, LockOf(root, query->source));
	return true;
}

// The condition that parts the rows without NULL in the first key from the others.
bool WriteArm(Translator *translator, const OrderKey &key, bool null, StringInfo out)
{
	NullTest *test = makeNode(NullTest);
	test->arg = key.expr;
	test->nulltesttype = null ? IS_NULL : IS_NOT_NULL;
	test->location = -1;
	return translator->Condition(reinterpret_cast<Expr *>(test), out);
}

bool WriteTwoArms(Translator *translator, const RemoteQuery *query, const char **arm, const char **second)
{
	const OrderKey &key = *static_cast<OrderKey *>(linitial(query->order));
	StringInfoData texts[2];
	initStringInfo(&texts[0]);
	initStringInfo(&texts[1]);
	bool written = WriteArm(translator, key, false, &texts[0]) && WriteArm(translator, key, true, &texts[1]);
	*arm = texts[0].data;
	*second = texts[1].data;
	return written;
}

// An arm of a set operation.
bool WriteSelect(Translator *translator, const SetArm &arm, StringInfo out)
{
	// Columns are written with their relation's alias, so that none is taken for the name of a result.
	Translator own = MakeTranslator(arm.root, arm.query->source);
	own.qualified = true;
	own.params = translator->params;
	own.raises = translator->raises;
	bool enclosed = arm.query->limit != nullptr || arm.query->offset != nullptr;
	appendStringInfoString(out, enclosed ? "(SELECT " : "SELECT ");
	ListCell *cell;
	foreach (cell, arm.exprs)
	{
		Operand operand{};
		int number = foreach_current_index(cell);
		appendStringInfoString(out, number > 0 ? ", " : "");
		if (!WriteSetValue(&own, static_cast<Expr *>(lfirst(cell)), out, &operand))
			return false;
		appendStringInfo(out, " AS c%d", number + 1);
	}
	List *conditions = NIL;
	appendStringInfoString(out, " FROM ");
	if (!WriteFrom(&own, arm.query->source, out) || !WriteWhere(&own, arm.query->source->where, &conditions))
		return false;
	foreach (cell, conditions)
		appendStringInfo(out, "%s%s", foreach_current_index(cell) == 0 ? " WHERE " : " AND ", strVal(lfirst(cell)));
	bool written = WriteTail(arm.root, &own, arm.query, arm.exprs, false, out);
	appendStringInfoString(out, enclosed ? ")" : "");
	translator->params = own.params;
	translator->raises = own.raises;
	return written;
}

bool WriteArms(Translator *translator, const RemoteRelation *set, StringInfo out)
{
	ListCell *cell;
	foreach (cell, set->arms)
	{
		const SetArm &arm = *static_cast<SetArm *>(lfirst(cell));
		if (foreach_current_index(cell) == 0)
			appendStringInfoChar(out, '(');
		else
			appendStringInfo(out, " %s ", OperatorOf(set));
		if (!WriteSelect(translator, arm, out))
			return false;
	}
	appendStringInfoString(out, ") s");
	return true;
}

// One attempt; false when something turned out not to be translatable.
bool Write(PlannerInfo *root, const RemoteQuery *query, List *targets, Translator *translator, Statement *statement)
{
	const RemoteRelation *relation = query->source;
	StringInfoData text;
	initStringInfo(&text);
	*statement = Statement{};
	if (!WriteFrom(translator, relation, &text) || !WriteWhere(translator, relation->where, &statement->conditions))
		return false;
	statement->from = text.data;
	initStringInfo(&text);
	if (!WriteTail(root, translator, query, targets, false, &text))
		return false;
	statement->tail = text.data;
	if (query->two_arms)
	{
		StringInfoData tail;
		initStringInfo(&tail);
		if (!WriteTwoArms(translator, query, &statement->arm, &statement->second_arm) ||
			!WriteTail(root, translator, query, targets, true, &tail))
			return false;
		statement->second_tail = tail.data;
	}
	ListCell *cell;
	foreach (cell, targets)
	{
		FetchKind kind = kFetchValue;
		if (relation->arms != NIL)
			statement->texts =
				lappend(statement->texts, makeString(FetchOfSetColumn(*translator, foreach_current_index(cell))));
		else if (!WriteFetch(translator, lfirst_node(TargetEntry, cell)->expr, &statement->texts, &kind))
			return false;
		statement->kinds = lappend_int(statement->kinds, kind);
	}
	statement->params = translator->params;
	return true;
}

} // namespace

Statement ContinueStatement(PlannerInfo *root, Translator *translator, const RemoteQuery *query, List *targets)
{
	Statement statement;
	if (!Write(root, query, targets, translator, &statement))
		elog(ERROR, "an expression that was to be shipped is not translatable: %s",
			 translator->reason != nullptr ? translator->reason : "no reason");
	return statement;
}

Statement WriteStatement(PlannerInfo *root, const RemoteQuery *query, List *targets)
{
	Translator translator = MakeTranslator(root, query->source);
	translator.two_arms = query->two_arms;
	Statement statement = ContinueStatement(root, &translator, query, targets);
	if (!translator.raises)
		return statement;
	// What comes before the part that may raise was written without knowing of it.
	translator.params = NIL;
	return ContinueStatement(root, &translator, query, targets);
}

TableTails WriteTableTails(PlannerInfo *root, Translator *translator, const RemoteQuery *query)
{
	TableTails tails{};
	RemoteQuery whole{};
	if (query == nullptr)
	{
		whole.source = translator->source;
		query = &whole;
	}
	translator->two_arms = query->two_arms;
	StringInfoData text, second;
	initStringInfo(&text);
	initStringInfo(&second);
	bool written = WriteTail(root, translator, query, NIL, false, &text);
	tails.tail = text.data;
	if (query->two_arms)
	{
		written = written && WriteTail(root, translator, query, NIL, true, &second);
		tails.second_tail = second.data;
		written = written && WriteTwoArms(translator, query, &tails.arm, &tails.second_arm);
	}
	if (!written)
		elog(ERROR, "a key of ORDER BY is not translatable: %s", translator->reason);
	return tails;
}

namespace
{

// What is true where a row of the relation is there, and false where an outer join has put NULLs; "1" where that cannot be, nullptr
// when there is no column to tell by.
const char *PresenceOf(const Translator &translator, const RemoteRelation &relation, int varno)
{
	if (!bms_is_member(varno, relation.nullable) || Mutated("presence_ignored"))
		return "1";
	const RelationInfo *info = translator.relations[varno];
	for (int i = 0; i < info->ncolumns; ++i)
	{
		const TranslatableColumn &column = info->columns[i];
		bool plain = column.reference.kind == Kind::integer || column.reference.kind == Kind::decimal ||
					 column.reference.kind == Kind::text || column.reference.kind == Kind::bytes;
		if (column.name == nullptr || !plain || column.reference.facts->nullable)
			continue;
		ColumnReference written = column.reference;
		written.alias = translator.qualified ? varno : 0;
		StringInfoData text;
		initStringInfo(&text);
		translator.dialect->AppendIsNull(&text, written, nullptr, true);
		return text.data;
	}
	return nullptr;
}

void AddCell(List **texts, const char *text)
{
	*texts = lappend(*texts, makeString(const_cast<char *>(text)));
}

bool WriteColumnFetch(Translator *translator, const Var *var, List **texts)
{
	const TranslatableColumn *column = FindColumn(*translator, var);
	if (column == nullptr || column->name == nullptr)
		return Fail(translator, "a column of another relation");
	StringInfoData text;
	initStringInfo(&text);
	if (IsHidden(*translator, var))
		return Fail(translator, "a column of the other side of a semi-join");
	if (bms_is_member(static_cast<int>(var->varno), translator->absent))
		appendStringInfoString(&text, translator->dialect->NullOf(TEXTOID)); // which any type is read from
	else
		translator->dialect->AppendFetch(&text, column->reference.facts, column->name, column->reference.type,
										 translator->qualified ? static_cast<int>(var->varno) : 0);
	AddCell(texts, text.data);
	return true;
}

bool WriteRowFetch(Translator *translator, const Var *var, List **texts)
{
	int varno = static_cast<int>(var->varno);
	const RemoteRelation *relation = translator->source;
	if (bms_is_member(varno, relation->hidden) || !bms_is_member(varno, relation->relids))
		return Fail(translator, "a whole row of the other side of a semi-join or anti-join");
	const char *presence = PresenceOf(*translator, *relation, varno);
	if (presence == nullptr)
		return Fail(translator, "a row of the nullable side of an outer join, in whose table every column may be NULL");
	bool always = strcmp(presence, "1") == 0;
	if (var->varattno == TableOidAttributeNumber)
	{
		Oid table = translator->relations[varno]->relid;
		AddCell(texts, always ? psprintf("%u", table) : psprintf("(CASE WHEN %s THEN %u END)", presence, table));
		return true;
	}
	if (var->varattno != 0)
		return Fail(translator, "system columns are local");
	AddCell(texts, always ? presence : psprintf("(CASE WHEN %s THEN 1 END)", presence));
	const RelationInfo *info = translator->relations[varno];
	for (int i = 0; i < info->ncolumns; ++i)
	{
		const TranslatableColumn &column = info->columns[i];
		if (column.name == nullptr)
			continue;
		StringInfoData text;
		initStringInfo(&text);
		translator->dialect->AppendFetch(&text, column.reference.facts, column.name, column.reference.type,
										 translator->qualified ? varno : 0);
		AddCell(texts, text.data);
	}
	return true;
}

} // namespace

bool WriteFetch(Translator *translator, Expr *expr, List **texts, FetchKind *kind)
{
	*kind = kFetchValue;
	if (IsA(expr, Var))
	{
		const Var *var = reinterpret_cast<const Var *>(expr);
		if (var->varattno > 0)
			return WriteColumnFetch(translator, var, texts);
		if (var->varattno == 0)
			*kind = kFetchRow;
		return WriteRowFetch(translator, var, texts);
	}
	if (IsA(expr, WindowFunc))
		return WriteWindowFetch(translator, reinterpret_cast<WindowFunc *>(expr), texts, kind);
	if (IsA(expr, Aggref))
		return WriteAggregateFetch(translator, reinterpret_cast<Aggref *>(expr), texts, kind);
	StringInfoData text;
	initStringInfo(&text);
	if (!WriteResult(translator, expr, &text))
		return false;
	AddCell(texts, text.data);
	return true;
}

bool CanFetch(PlannerInfo *root, const RemoteRelation *relation, Expr *expr, const char **reason)
{
	Translator translator = MakeTranslator(root, relation);
	List *texts = NIL;
	FetchKind kind;
	bool can = WriteFetch(&translator, expr, &texts, &kind);
	*reason = translator.reason;
	return can;
}

void AppendSelect(StringInfo out, List *texts, List *more_texts, const char *from)
{
	appendStringInfoString(out, "SELECT ");
	bool first = true;
	for (List *list : {texts, more_texts})
	{
		ListCell *cell;
		foreach (cell, list)
		{
			appendStringInfo(out, "%s%s", first ? "" : ", ", strVal(lfirst(cell)));
			first = false;
		}
	}
	appendStringInfo(out, "%s FROM %s", first ? "NULL" : "", from);
}

void AppendRemoteTable(const Dialect &dialect, const char *schema, const char *table, StringInfo out)
{
	dialect.AppendTable(out, pg::ToUtf8(schema), pg::ToUtf8(table));
}

} // namespace fabric::fdw
