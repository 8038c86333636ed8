// A foreign scan at run time: parameters into text, statement, rows into the slot. See scan.hpp.
//
// The path of a row holds no C++ object with a destructor, so errors may pass through it.
#include "pg/compat.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/scan.hpp"

extern "C"
{
#include <nodes/nodeFuncs.h>
#include <utils/rel.h>
}

namespace fabric::fdw
{

namespace
{

List *PlanList(const ForeignScan *plan, PlanItem item)
{
	return static_cast<List *>(list_nth(plan->fdw_private, item));
}

ColumnConverter *MakeConverters(const ScanState *state, List *attrs)
{
	ColumnConverter *converters = pg::make_array<ColumnConverter>(static_cast<size_t>(list_length(attrs)));
	TupleDesc descriptor = RelationGetDescr(state->relation);
	ListCell *cell;
	foreach (cell, attrs)
	{
		AttrNumber attnum = static_cast<AttrNumber>(lfirst_int(cell));
		const FormData_pg_attribute *attribute = TupleDescAttr(descriptor, attnum - 1);
		PrepareConverter(&converters[foreach_current_index(cell)], attnum, attribute->atttypid, attribute->atttypmod,
						 state->settings->zero_dates, NameStr(attribute->attname),
						 RelationGetRelationName(state->relation));
	}
	return converters;
}

// The value of a marker as remote text. False when the remote side cannot say it.
bool AppendParameter(const Dialect &dialect, ForeignScanState *node, const ScanState *state, MarkerKind kind, int index,
					 StringInfo out)
{
	ExprState *expression = static_cast<ExprState *>(list_nth(state->params, index));
	Oid type = exprType(reinterpret_cast<Node *>(expression->expr));
	bool isnull;
	Datum value = ExecEvalExpr(expression, node->ss.ps.ps_ExprContext, &isnull);
	if (kind == MarkerKind::list || kind == MarkerKind::padded_list)
		return AppendArrayLiteral(dialect, isnull, value, get_element_type(type), Form::compare,
								  kind == MarkerKind::padded_list, out);
	if (isnull)
	{
		appendStringInfoString(out, "NULL");
		return true;
	}
	if (Mutated("parameter_as_text"))
	{
		Oid output;
		bool varlena;
		getTypeOutputInfo(type, &output, &varlena);
		Datum printed = CStringGetTextDatum(OidOutputFunctionCall(output, value));
		return dialect.AppendLiteral(out, printed, TEXTOID, Form::value);
	}
	return dialect.AppendLiteral(out, value, type, kind == MarkerKind::pattern ? Form::pattern : Form::value);
}

// Writes a condition with its parameters' values. False, with nothing appended, when one of them cannot be said remotely.
bool AppendCondition(const Dialect &dialect, ForeignScanState *node, const ScanState *state, const char *sql,
					 StringInfo out)
{
	int before = out->len;
	for (const char *at = sql; *at != '\0';)
	{
		const char *marker = strchr(at, kMarker);
		if (marker == nullptr)
		{
			appendStringInfoString(out, at);
			return true;
		}
		appendBinaryStringInfo(out, at, static_cast<int>(marker - at));
		MarkerKind kind;
		int index;
		ReadMarker(marker, &kind, &index);
		if (!AppendParameter(dialect, node, state, kind, index, out))
		{
			out->len = before;
			out->data[before] = '\0';
			return false;
		}
		at = marker + kMarkerLength;
	}
	return true;
}

// Checks the result's own description against the columns it is read into.
void CheckResult(const ScanState *state)
{
	const Stream *stream = state->stream;
	const Connection *connection = stream->connection;
	if (stream->ncolumns != Max(state->nfetched, 1))
		elog(ERROR, "remote result has %d columns, %d were asked for", stream->ncolumns, state->nfetched);
	for (int i = 0; i < state->nfetched; ++i)
	{
		FabricColumn column;
		connection->driver->column(connection->handle, static_cast<uint32_t>(i), &column);
		const ColumnConverter &converter = *state->fetched[i];
		if (!connection->tenant->dialect->WireTypeFits(column, converter.type))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("column \"%s\" of foreign table \"%s\" is of type %s, which its remote type is not read as",
							converter.column, converter.table, format_type_be(converter.type)),
					 errdetail("The remote server sends type number %d of its protocol.", column.native_type),
					 errhint("The remote column may have been changed: adapt the foreign table or import it again.")));
	}
}

// Sends the statement: the conditions whose parameters can be said remotely; the others are checked here.
void Start(ForeignScanState *node, ScanState *state)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	const Dialect &dialect = *state->settings->tenant->dialect;
	EState *estate = node->ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);

	StringInfoData conditions;
	initStringInfo(&conditions);
	List *home = NIL;
	ListCell *cell;
	foreach (cell, PlanList(plan, kPlanConditions))
	{
		int before = conditions.len;
		appendStringInfoString(&conditions, before == 0 ? " WHERE " : " AND ");
		if (AppendCondition(dialect, node, state, strVal(lfirst(cell)), &conditions))
			continue;
		conditions.len = before;
		conditions.data[before] = '\0';
		if (Mutated("unsayable_parameter_ignored"))
			continue;
		home = lappend(home, list_nth(plan->fdw_recheck_quals, foreach_current_index(cell)));
	}

	StringInfoData sql;
	initStringInfo(&sql);
	AppendSelect(&sql, PlanList(plan, kPlanFetchedTexts), home != NIL ? PlanList(plan, kPlanSpareTexts) : NIL,
				 strVal(linitial(PlanList(plan, kPlanFrom))));
	appendBinaryStringInfo(&sql, conditions.data, conditions.len);

	MemoryContextSwitchTo(estate->es_query_cxt);
	state->recheck = home != NIL ? ExecInitQual(static_cast<List *>(copyObjectImpl(home)), &node->ss.ps) : nullptr;
	state->nfetched = state->ncolumns + (home != NIL ? state->nspare : 0);
	for (int i = 0; i < state->ncolumns; ++i)
		state->fetched[i] = &state->converters[i];
	for (int i = state->ncolumns; i < state->nfetched; ++i)
		state->fetched[i] = &state->spare_converters[i - state->ncolumns];

	if (PlanList(plan, kPlanOffline) != NIL)
		VerifyFacts(*state->settings, state->relation, state->user_id,
					TablesOfServer(estate->es_range_table, state->settings->server->serverid));
	MemoryContextReset(state->stream_context);
	Connection *connection = GetConnection(*state->settings, state->user_id);
	state->stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), state->stream_context);
	state->stream->strict = true;
	++state->statements;
	CheckResult(state);
	MemoryContextSwitchTo(old);
}

void Stop(ScanState *state)
{
	Stream *stream = state->stream;
	if (stream == nullptr)
		return;
	state->stream = nullptr;
	CloseStream(stream);
	AddFigures(state, stream);
	MemoryContextReset(state->stream_context);
}

} // namespace

void AddFigures(ScanState *state, const Stream *stream)
{
	state->round_trips += stream->round_trips;
	state->rows += stream->rows;
	state->bytes += StreamBytes(stream);
	INSTR_TIME_ADD(state->waited, stream->waited);
}

void BeginForeignScan(ForeignScanState *node, int eflags)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	ScanState *state = pg::make_plain<ScanState>();
	node->fdw_state = state;
	state->relation = node->ss.ss_currentRelation;
	state->settings = LoadServerSettings(GetForeignTable(RelationGetRelid(state->relation))->serverid);
	Oid user = pg::compat::CheckAsUser(node);
	state->user_id = OidIsValid(user) ? user : GetUserId();
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
		return;
	state->params = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
	List *attrs = PlanList(plan, kPlanFetchedAttrs);
	List *spare = PlanList(plan, kPlanSpareAttrs);
	state->ncolumns = list_length(attrs);
	state->nspare = list_length(spare);
	state->converters = MakeConverters(state, attrs);
	state->spare_converters = MakeConverters(state, spare);
	state->fetched = pg::make_array<const ColumnConverter *>(static_cast<size_t>(state->ncolumns + state->nspare));
	state->stream_context =
		AllocSetContextCreate(node->ss.ps.state->es_query_cxt, "pg_fabric stream", ALLOCSET_DEFAULT_SIZES);
}

TupleTableSlot *IterateForeignScan(ForeignScanState *node)
{
	ScanState *state = static_cast<ScanState *>(node->fdw_state);
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	if (unlikely(state->stream == nullptr))
		Start(node, state);
	for (;;)
	{
		const FabricCell *cells;
		ExecClearTuple(slot);
		if (!NextRow(state->stream, &cells))
			return slot;
		// The columns that nobody reads are NULL.
		memset(slot->tts_isnull, true, sizeof(bool) * static_cast<size_t>(slot->tts_tupleDescriptor->natts));
		for (int i = 0; i < state->nfetched; ++i)
		{
			if (cells[i].data == nullptr)
				continue;
			const ColumnConverter &column = *state->fetched[i];
			bool isnull = false;
			slot->tts_values[column.attnum - 1] = column.convert(column, cells[i], &isnull);
			slot->tts_isnull[column.attnum - 1] = isnull;
		}
		ExecStoreVirtualTuple(slot);
		if (likely(state->recheck == nullptr))
			return slot;
		ExprContext *context = node->ss.ps.ps_ExprContext;
		context->ecxt_scantuple = slot;
		if (ExecQual(state->recheck, context))
			return slot;
		ResetExprContext(context);
		CHECK_FOR_INTERRUPTS();
	}
}

void ReScanForeignScan(ForeignScanState *node)
{
	// The statement is sent anew: its rows have not been kept.
	Stop(static_cast<ScanState *>(node->fdw_state));
}

void EndForeignScan(ForeignScanState *node)
{
	ScanState *state = static_cast<ScanState *>(node->fdw_state);
	if (state != nullptr)
		Stop(state);
}

} // namespace fabric::fdw
