// The shippability walk, function and operator calls: the allow-list applied. See translate.hpp.
#include <algorithm>

#include "pg/compat.hpp"

#include "fdw/shared/ranges.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/optimizer.h>
#include <utils/array.h>
#include <utils/regproc.h>
}

namespace fabric::fdw
{

Repertoire RepertoireOf(const char *text)
{
	Repertoire found = Repertoire::common;
	for (; *text != '\0'; ++text)
	{
		bool common = !IS_HIGHBIT_SET(*text) && *text != '?' && *text != '\\';
		if (found == Repertoire::common && !common)
			found = Repertoire::ascii;
		if (IS_HIGHBIT_SET(*text) && GetDatabaseEncoding() != PG_UTF8)
			return Repertoire::any;
		if (static_cast<unsigned char>(*text) >= 0xF0)
			return Repertoire::any;
		if (IS_HIGHBIT_SET(*text))
			found = Repertoire::basic_plane;
	}
	return found;
}

namespace
{

bool ConstantIsZero(const Const *constant)
{
	switch (constant->consttype)
	{
		case INT2OID:
			return DatumGetInt16(constant->constvalue) == 0;
		case INT4OID:
			return DatumGetInt32(constant->constvalue) == 0;
		case INT8OID:
			return DatumGetInt64(constant->constvalue) == 0;
		default:
			return true; // not proved to be other than zero
	}
}

// The integer value of a constant argument; false when it is not one.
bool ConstantInteger(Node *node, int64 *value)
{
	if (!IsA(node, Const) || reinterpret_cast<Const *>(node)->constisnull)
		return false;
	const Const *constant = reinterpret_cast<Const *>(node);
	switch (constant->consttype)
	{
		case INT2OID:
			*value = DatumGetInt16(constant->constvalue);
			return true;
		case INT4OID:
			*value = DatumGetInt32(constant->constvalue);
			return true;
		case INT8OID:
			*value = DatumGetInt64(constant->constvalue);
			return true;
		default:
			return false;
	}
}

// Whether an index can help to find what a pattern matches: it begins with characters that stand for themselves.
bool PatternHasPrefix(Node *node)
{
	if (!IsA(node, Const) || reinterpret_cast<Const *>(node)->constisnull)
		return !IsA(node, Const);
	const text *pattern = DatumGetTextPP(reinterpret_cast<Const *>(node)->constvalue);
	return VARSIZE_ANY_EXHDR(pattern) > 0 && *VARDATA_ANY(pattern) != '%' && *VARDATA_ANY(pattern) != '_';
}

} // namespace

char *NameOf(const Call &call)
{
	return OidIsValid(call.operator_oid) ? format_operator(call.operator_oid) : format_procedure(call.function);
}

Repertoire ConstantRepertoire(const Const *constant)
{
	if (constant->constisnull)
		return Repertoire::common;
	Oid out_function;
	bool varlena;
	getTypeOutputInfo(constant->consttype, &out_function, &varlena);
	return RepertoireOf(OidOutputFunctionCall(out_function, constant->constvalue));
}

const Signature *Admit(Translator *translator, const Call &call)
{
	if (list_member_oid(translator->rules->excluded, call.function))
	{
		Fail(translator, "%s is kept local by the server option pushdown_exclude", NameOf(call));
		return nullptr;
	}
	for (int i = 0; i < translator->rules->nincluded; ++i)
		if (translator->rules->included[i].function == call.function)
			return &translator->rules->included[i];
	const Signature *signature = FindSignature(*translator->dialect, call.function);
	if (signature == nullptr)
	{
		Fail(translator, "%s is not on the list of what is exact remotely", NameOf(call));
		return nullptr;
	}
	bool local = signature->form == nullptr && signature->special == Special::none;
#ifdef FABRIC_MUTATIONS
	local = local && translator->dialect->MutatedForm(call.function) == nullptr;
#endif
	if (local)
	{
		Fail(translator, "%s: %s", NameOf(call), signature->reason);
		return nullptr;
	}
	if ((signature->flags & kUtf8Database) != 0 && GetDatabaseEncoding() != PG_UTF8)
	{
		Fail(translator, "%s counts in the database's encoding, which is not UTF8", NameOf(call));
		return nullptr;
	}
	return signature;
}

bool ComparesByMutation(uint16_t flags)
{
	return ((flags & kTextEquality) != 0 && (flags & kEquality) != 0 && Mutated("text_equality_by_collation")) ||
		   ((flags & kTextEquality) != 0 && (flags & kInequality) != 0 && Mutated("not_equal_by_collation")) ||
		   ((flags & (kLike | kNotLike)) != 0 && Mutated("like_by_collation"));
}

namespace
{

Form FormOf(char letter)
{
	switch (letter)
	{
		case 'c':
			return Form::compare;
		case 'p':
			return Form::plain;
		case 'l':
			return Form::like;
		case 'm':
			return Form::pattern;
		default:
			return Form::value;
	}
}

} // namespace

bool FillTemplate(Translator *translator, const char *form, List *args, bool plain, StringInfo out, Operand *operands)
{
	bool compares = false;
	for (const char *at = form; *at != '\0'; ++at)
	{
		if (*at != '$')
		{
			appendStringInfoChar(out, *at);
			continue;
		}
		++at;
		Form operand_form = Form::value;
		if (*at < '0' || *at > '9')
			operand_form = FormOf(*at++);
		if (plain && (operand_form == Form::compare || operand_form == Form::like))
			operand_form = Form::plain;
		int index = *at - '1';
		Assert(index >= 0 && index < list_length(args));
		Operand operand{};
		if (!WriteOperand(translator, static_cast<Expr *>(list_nth(args, index)), operand_form, out, &operand))
			return false;
		operands[index] = operand;
		compares = compares || operand_form == Form::compare;
	}
	return !compares || MeetExactly(translator, operands, list_length(args));
}

namespace
{

// The column of a comparison between a bare column and a value that is known before the rows are, else nullptr.
const ColumnReference *ColumnAgainstValue(const Operand *operands, const Operand **value)
{
	for (int i = 0; i < 2; ++i)
	{
		const Operand &other = operands[1 - i];
		if (operands[i].column != nullptr && (other.constant != nullptr || other.parameter))
		{
			*value = &other;
			return operands[i].column;
		}
	}
	return nullptr;
}

// Writes `exact`, and before it the index's form where that is a superset and not the same text.
void AppendWithIndexForm(Translator *translator, const char *form, List *args, const char *exact,
						 const Operand *operands, StringInfo out)
{
	const Operand *value = nullptr;
	const ColumnReference *column = ColumnAgainstValue(operands, &value);
	Repertoire repertoire =
		column != nullptr && value->constant != nullptr ? ConstantRepertoire(value->constant) : Repertoire::any;
	bool joins = operands[0].column != nullptr && operands[1].column != nullptr &&
				 operands[0].varno != operands[1].varno &&
				 translator->dialect->JoinsByIndex(*operands[0].column, *operands[1].column);
	if (joins || (column != nullptr && translator->dialect->PlainIsSuperset(*column, repertoire)))
	{
		StringInfoData plain;
		Operand ignored[2] = {};
		initStringInfo(&plain);
		if (FillTemplate(translator, form, args, true, &plain, ignored) && strcmp(plain.data, exact) != 0)
		{
			appendStringInfo(out, "(%s AND %s)", plain.data, exact);
			return;
		}
	}
	appendStringInfoString(out, exact);
}

// Writes the exact form of LIKE and its like, and before it what an index of the column can use: a range, or LIKE itself where
// that finds everything by the index.
void AppendWithPrefix(Translator *translator, const Signature &signature, const char *form, List *args,
					  const char *exact, const Operand *operands, StringInfo out)
{
	const Dialect &dialect = *translator->dialect;
	const ColumnReference *column = operands[0].column;
	Node *pattern = static_cast<Node *>(lsecond(args));
	bool like = (signature.flags & kLike) != 0;
	const char *prefix = column != nullptr ? PrefixOf(pattern, like) : nullptr;
	StringInfoData range;
	initStringInfo(&range);
	if (prefix != nullptr && AppendPrefixForIndex(dialect, *column, prefix, &range))
		appendStringInfo(out, "(%s AND %s)", range.data, exact);
	else if (like && column != nullptr && dialect.LikeFindsAllByIndex(*column) && PatternHasPrefix(pattern))
		AppendWithIndexForm(translator, form, args, exact, operands, out);
	else
		appendStringInfoString(out, exact);
}

bool CheckConstants(Translator *translator, const Signature &signature, const Call &call, const char **form,
					Operand *result)
{
	int64 number;
	switch (signature.special)
	{
		case Special::extract:
		case Special::truncate_time:
		{
			const Const *field = static_cast<const Const *>(linitial(call.args));
			if (!IsA(field, Const) || field->constisnull)
				return Fail(translator, "%s with a field that is not a constant", NameOf(call));
			Operand operand{};
			StringInfoData ignored;
			initStringInfo(&ignored);
			if (!WriteOperand(translator, static_cast<Expr *>(lsecond(call.args)), Form::value, &ignored, &operand))
				return false;
			const char *reason = nullptr;
			const char *name = TextDatumGetCString(field->constvalue);
			*form = signature.special == Special::extract
						? translator->dialect->ExtractForm(name, operand.kind, &result->scale, &reason)
						: translator->dialect->TruncateForm(name, operand.kind, &reason);
			if (*form == nullptr)
				return Fail(translator, "%s of %s: %s", NameOf(call), name, reason);
			result->fixed_scale = true;
			// A field is a whole number remotely. MySQL compares such a function with a list of doubles as whole numbers.
			if (call.result_type == FLOAT8OID)
				*form = translator->dialect->AsDouble(*form);
			return true;
		}
		case Special::substring:
			if (!ConstantInteger(static_cast<Node *>(lsecond(call.args)), &number) ||
				(number < 1 && !Mutated("substr_edge")))
				return Fail(translator, "%s from a position that is not a constant of 1 or more", NameOf(call));
			if (list_length(call.args) > 2 &&
				(!ConstantInteger(static_cast<Node *>(lthird(call.args)), &number) || number < 0))
				return Fail(translator, "%s with a length that is not a constant of 0 or more", NameOf(call));
			return true;
		case Special::remainder:
			// Of the least number by -1 it is an overflow to DuckDB; it is 0, as that by 1.
			if (ConstantInteger(static_cast<Node *>(lsecond(call.args)), &number) && number == -1)
				*form = "($1 % 1)";
			return true;
		case Special::non_negative:
			if (!ConstantInteger(static_cast<Node *>(lsecond(call.args)), &number) || number < 0)
				return Fail(translator, "%s with a count that is not a constant of 0 or more", NameOf(call));
			return true;
		case Special::round_digits:
			if (list_length(call.args) > 1 && (!ConstantInteger(static_cast<Node *>(lsecond(call.args)), &number) ||
											   number < 0 || number > translator->dialect->DecimalFractionDigits()))
				return Fail(translator, "%s to a number of digits that is not a small constant", NameOf(call));
			return true;
		case Special::non_empty:
		{
			const Const *text = static_cast<const Const *>(lsecond(call.args));
			if (!IsA(text, Const) || text->constisnull || VARSIZE_ANY_EXHDR(DatumGetPointer(text->constvalue)) == 0)
				return Fail(translator, "%s with a second argument that is not a constant other than ''", NameOf(call));
			return true;
		}
		default:
			return true;
	}
}

// A string longer than the remote server's packet limit is NULL there, so what might become long stays here. The least
// packet a server in use can be expected to have is far above this.
bool WriteConcatenation(Translator *translator, const Call &call, const char *text, const Operand *operands,
						StringInfo out, Operand *operand)
{
	constexpr int64 kMostCharacters = 128 * 1024;
	int64 left = operands[0].bounds.characters;
	int64 right = operands[1].bounds.characters;
	if (left <= 0 || right <= 0 || left > kMostCharacters || right > kMostCharacters || left + right > kMostCharacters)
		return Fail(translator, "%s of text that may become long, and longer than the remote server allows",
					NameOf(call));
	operand->bounds.characters = left + right;
	appendStringInfoString(out, text);
	return true;
}

// Whether this is a difference of bigints that may be 0 minus the least of them.
bool MayMeetLeastNumber(const Signature &signature, const Call &call, const Operand *operands)
{
	if (signature.special != Special::difference || call.result_type != INT8OID)
		return false;
	const Bounds &left = operands[0].bounds;
	return left.low <= 0 && left.high >= 0 && operands[1].bounds.low <= PG_INT64_MIN;
}

// Whether this is a quotient by 1: MySQL calls that of the least bigint out of range.
bool DividesByOne(const Signature &signature, const Operand *operands)
{
	const Bounds &divisor = operands[1].bounds;
	return signature.special == Special::quotient && divisor.known && divisor.low == 1 && divisor.high == 1;
}

// What is known of a result before it is computed.
Bounds BoundsOfResult(const Signature &signature, const Call &call, const Operand *operands, int scale)
{
	Bounds bounds = IntegerBoundsOfType(call.result_type);
	int64 length;
	switch (signature.special)
	{
		case Special::extract:
			if (call.result_type == NUMERICOID)
			{
				constexpr int kMostDigits = 8; // 59999999 microseconds
				bounds = Bounds{};
				bounds.known = true;
				bounds.whole_digits = kMostDigits;
				bounds.fraction_digits = scale;
			}
			break;
		case Special::substring:
		case Special::non_negative:
			bounds.characters = operands[0].bounds.characters;
			if (ConstantInteger(static_cast<Node *>(llast(call.args)), &length) &&
				(signature.special == Special::non_negative || list_length(call.args) > 2) &&
				(bounds.characters <= 0 || length < bounds.characters))
				bounds.characters = Max(length, 1);
			break;
		default:
			break;
	}
	return bounds;
}

bool WriteAdmitted(Translator *translator, const Signature &signature, const Call &call, StringInfo out,
				   Operand *operand, bool superset)
{
	constexpr int kMostArguments = 9;
	if (list_length(call.args) > kMostArguments)
		return Fail(translator, "%s with more than %d arguments", NameOf(call), kMostArguments);
	if ((signature.flags & (kTextEquality | kTextOrder | kLike | kNotLike)) != 0 &&
		!CheckCollation(translator, signature.flags, Kind::text, call.collation))
		return false;
	if ((signature.flags & kDivides) != 0)
	{
		const Const *divisor = static_cast<const Const *>(lsecond(call.args));
		if ((!IsA(divisor, Const) || divisor->constisnull || ConstantIsZero(divisor)) && !Mutated("division_unchecked"))
			return Fail(translator, "%s: only a constant divisor other than zero is sure not to be zero", NameOf(call));
	}
	const char *form = signature.form;
#ifdef FABRIC_MUTATIONS
	if (const char *broken = translator->dialect->MutatedForm(call.function))
		form = broken;
#endif
	if (!CheckConstants(translator, signature, call, &form, operand))
		return false;

	Operand operands[kMostArguments] = {};
	StringInfoData text;
	initStringInfo(&text);
	if (!FillTemplate(translator, form, call.args, ComparesByMutation(signature.flags), &text, operands))
		return false;
	operand->kind = translator->dialect->LiteralKind(call.result_type);
	operand->bounds = BoundsOfResult(signature, call, operands, operand->scale);

	bool indexable = superset && (signature.flags & kIndexable) != 0 && list_length(call.args) == 2;
	if (indexable && (signature.flags & kEquality) != 0 && (signature.flags & kTextEquality) == 0)
	{
		const char *kept = EqualityForm(translator, call.args, operands);
		if (kept != nullptr)
		{
			form = kept;
			resetStringInfo(&text);
			if (!FillTemplate(translator, form, call.args, false, &text, operands))
				return false;
		}
	}
	if (MayMeetLeastNumber(signature, call, operands))
	{
		resetStringInfo(&text);
		if (!FillTemplate(translator, translator->dialect->DifferenceFromZeroForm(), call.args, false, &text, operands))
			return false;
	}
	if (const char *wider = WiderArithmetic(translator, signature, call.result_type, form, operands))
	{
		resetStringInfo(&text);
		if (!FillTemplate(translator, wider, call.args, false, &text, operands))
			return false;
	}
	if (DividesByOne(signature, operands))
	{
		resetStringInfo(&text);
		if (!FillTemplate(translator, "$1", call.args, false, &text, operands))
			return false;
	}
	if (operand->kind == Kind::float8 || (signature.flags & kRaises) != 0)
		translator->raises = true; // overflow
	if (superset && (signature.flags & (kLike | kPrefix)) != 0)
		AppendWithPrefix(translator, signature, form, call.args, text.data, operands, out);
	else if (indexable)
		AppendWithIndexForm(translator, form, call.args, text.data, operands, out);
	else if (signature.special >= Special::sum && signature.special <= Special::round_digits)
		return WriteArithmetic(translator, signature, call.result_type, text.data, operands, list_length(call.args),
							   out, operand);
	else if (signature.special == Special::concatenate)
		return WriteConcatenation(translator, call, text.data, operands, out, operand);
	else
		appendBinaryStringInfo(out, text.data, text.len);
	return true;
}

} // namespace

const Signature *AdmitEquality(Translator *translator, const Call &call, uint16_t wanted)
{
	const Signature *signature = Admit(translator, call);
	if (signature == nullptr)
		return nullptr;
	if ((signature->flags & wanted) == 0)
	{
		Fail(translator, "%s is not an equality", NameOf(call));
		return nullptr;
	}
	if ((signature->flags & kTextEquality) != 0 &&
		!CheckCollation(translator, signature->flags, Kind::text, call.collation))
		return nullptr;
	return signature;
}

Call OperatorCall(const OpExpr *expr)
{
	OpExpr *known = const_cast<OpExpr *>(expr);
	set_opfuncid(known);
	return Call{known->opfuncid, known->opno, known->inputcollid, known->opresulttype, known->args};
}

const Signature *FindSignature(const Dialect &dialect, Oid function)
{
	// One sorted index per dialect, made at first use and kept for the backend's life.
	struct Index
	{
		const Dialect *dialect;
		const Signature **entries;
		size_t count;
	};
	constexpr int kDialects = 8;
	static Index indexes[kDialects];

	Index *index = nullptr;
	for (Index &candidate : indexes)
	{
		if (candidate.dialect == &dialect || candidate.dialect == nullptr)
		{
			index = &candidate;
			break;
		}
	}
	if (index == nullptr)
		elog(ERROR, "too many dialects");
	auto less = [](const Signature *left, const Signature *right) { return left->function < right->function; };
	if (index->dialect == nullptr)
	{
		std::span<const Signature> all = dialect.Signatures();
		index->entries = static_cast<const Signature **>(
			MemoryContextAlloc(TopMemoryContext, sizeof(const Signature *) * all.size()));
		for (size_t i = 0; i < all.size(); ++i)
			index->entries[i] = &all[i];
		std::sort(index->entries, index->entries + all.size(), less);
		index->count = all.size();
		index->dialect = &dialect;
	}
	Signature key{};
	key.function = function;
	const Signature **end = index->entries + index->count;
	const Signature **found = std::lower_bound(index->entries, end, &key, less);
	return found != end && (*found)->function == function ? *found : nullptr;
}

bool WriteCall(Translator *translator, Expr *expr, StringInfo out, Operand *operand, bool superset)
{
	Call call;
	if (Expr *zoned = ZonedComparison(translator, expr))
		expr = zoned;
	if (IsA(expr, OpExpr))
		call = OperatorCall(reinterpret_cast<OpExpr *>(expr));
	else
	{
		const FuncExpr *function = reinterpret_cast<FuncExpr *>(expr);
		if (function->funcvariadic)
			return Fail(translator, "a call with VARIADIC");
		call = Call{function->funcid, InvalidOid, function->inputcollid, function->funcresulttype, function->args};
	}
	const Signature *signature = Admit(translator, call);
	return signature != nullptr && WriteAdmitted(translator, *signature, call, out, operand, superset);
}

} // namespace fabric::fdw
