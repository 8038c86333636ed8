// What translate.cpp and calls.cpp share: the walk's steps. Not for other files.
#pragma once

#include "fdw/shared/translate.hpp"

namespace fabric::fdw
{

// What became known of an operand while it was written.
struct Operand
{
	Kind kind;
	Bounds bounds;
	const ColumnReference *column; // set for a bare column
	int varno;					   // and its relation
	const Const *constant;		   // set for a constant
	bool parameter;				   // a value known at run time
	bool whole;					   // an integer that was cast to numeric: remotely still an integer
	bool only_null;				   // of alternatives: all so far are NULL
	bool fixed_scale;			   // of a numeric: every value has `scale` digits after the point, here and remotely
	int scale;
};

// Whether an operand is the constant NULL, which goes with any other.
inline bool IsNullConstant(const Operand &operand)
{
	return operand.constant != nullptr && operand.constant->constisnull;
}

// Sets the translator's reason; always false, so that it can be returned.
bool Fail(Translator *translator, const char *format, ...) pg_attribute_printf(2, 3);
bool NodeAllowed(Translator *translator, const char *node);
bool CheckCollation(Translator *translator, uint16_t flags, Kind kind, Oid collation);
bool CollationIsByteOrder(Oid collation);

// The range of an integer type; unknown for others.
Bounds IntegerBoundsOfType(Oid type);

// Integer bounds as decimal digits, so that integers and decimals mix.
Bounds AsDecimal(const Bounds &bounds);

// What is known of a constant's value.
Bounds BoundsOfConstant(const Const *constant);

// Whether the remote server compares these with one another, or chooses among them, without losing a digit; the reason otherwise.
bool MeetExactly(Translator *translator, const Operand *operands, int count);

// The kind and bounds of one of several alternatives (CASE branches, COALESCE arguments).
void MergeOperand(Operand *into, const Operand &from);

// Writes the marker of an expression that is evaluated here, and adds it to `params` unless it is there.
void AppendMarkerFor(List **params, StringInfo out, MarkerKind kind, Expr *expr);

// Whether a column cannot be named, since its relation stands under EXISTS.
bool IsHidden(const Translator &translator, const Var *var);

// The column as it is named in the statement.
const ColumnReference *WrittenAs(const Translator &translator, const ColumnReference &column, const Var *var);

bool WriteOperand(Translator *translator, Expr *expr, Form form, StringInfo out, Operand *operand);
// `superset`: the condition stands where a weaker condition beside the exact one is harmless and may help an index
// (under AND and OR, never under NOT).
bool WriteCondition(Translator *translator, Expr *expr, StringInfo out, bool superset);
bool WriteExpression(Translator *translator, Expr *expr, StringInfo out, Operand *operand, bool superset);

// The elements of an array, palloc'd.
struct ArrayElements
{
	Datum *values;
	bool *nulls;
	int count;
};
ArrayElements ElementsOf(Datum array, Oid element_type);

// Writes a marker that becomes a list of values, (a, b, c), at run time; with `padded` (a, b, c, NULL).
bool WriteArrayParameter(Translator *translator, Expr *expr, bool padded, StringInfo out);

// A call of either node type, in one shape.
struct Call
{
	Oid function;
	Oid operator_oid; // InvalidOid for a plain function
	Oid collation;
	Oid result_type;
	List *args;
};

// How people write the thing called: an operator with its types, or a function's signature.
char *NameOf(const Call &call);
// The call that an operator is.
Call OperatorCall(const OpExpr *expr);
// Fills a template with its operands. `plain` asks for the index's form: compare and like operands are written plainly.
bool FillTemplate(Translator *translator, const char *form, List *args, bool plain, StringInfo out, Operand *operands);
// The equality (or the negated equality) behind a node, admitted; nullptr with the reason set otherwise.
const Signature *AdmitEquality(Translator *translator, const Call &call, uint16_t wanted);
// Looks up the entry for a call and refuses what it, the options or the database's encoding refuse.
const Signature *Admit(Translator *translator, const Call &call);
// The characters of a text in the database's encoding, and among a constant's text.
Repertoire RepertoireOf(const char *text);
Repertoire ConstantRepertoire(const Const *constant);
// Whether a mutation asks for the collation's comparison where the exact one belongs.
bool ComparesByMutation(uint16_t flags);

// nodes.cpp
bool WriteBool(Translator *translator, const BoolExpr *expr, StringInfo out, bool superset);
bool WriteNullTest(Translator *translator, const NullTest *test, StringInfo out);
bool WriteBooleanTest(Translator *translator, const BooleanTest *test, StringInfo out);
bool WriteCase(Translator *translator, const CaseExpr *expr, StringInfo out, Operand *operand);
bool WriteCoalesce(Translator *translator, const CoalesceExpr *expr, StringInfo out, Operand *operand);
bool WriteMinMax(Translator *translator, const MinMaxExpr *expr, StringInfo out, Operand *operand);

// calls.cpp
bool WriteCall(Translator *translator, Expr *expr, StringInfo out, Operand *operand, bool superset);

// comparisons.cpp
bool WriteDistinct(Translator *translator, const DistinctExpr *expr, StringInfo out);
bool WriteNullIf(Translator *translator, const NullIfExpr *expr, StringInfo out, Operand *operand);
bool WriteRowComparison(Translator *translator, const RowCompareExpr *expr, StringInfo out);

// lists.cpp
bool WriteArrayComparison(Translator *translator, const ScalarArrayOpExpr *expr, StringInfo out, bool superset);

// equality.cpp, both for conditions that need not tell false from NULL: the template to write an equality by in place of
// ($c1 = $c2), nullptr when that will do; and whether IN over these elements may become an equality.
const char *EqualityForm(const Translator *translator, List *args, const Operand *operands);
bool ListKeepsMeaning(const Translator *translator, const Operand &operand, Node *array, Oid element_type);

// zones.cpp: comparisons of moments with and without a time zone.
// timestamptz against a local value without a zone, which is given one here: exact.
Expr *ZonedComparison(Translator *translator, Expr *expr);
// timestamp or date against a local timestamptz: two days wider than the exact condition.
bool WriteWiderZoneComparison(Translator *translator, Expr *expr, StringInfo out);
// Whether the expression is a value known before the rows are: no columns, not volatile.
bool IsLocalValue(const Translator *translator, Node *node);

// arithmetic.cpp: specials that need the bounds of their operands. `form` is what the template gave.
bool WriteArithmetic(Translator *translator, const Signature &signature, Oid result_type, const char *text,
					 const Operand *operands, int count, StringInfo out, Operand *operand);

// The form in which decimals are computed with room for the result, where the given one has too little; nullptr otherwise.
const char *WiderArithmetic(const Translator *translator, const Signature &signature, Oid result_type, const char *form,
							const Operand *operands);

// A copy of a simple CASE's condition with the value it tests put in.
Node *ReplaceCaseTest(Node *node, Node *value);

} // namespace fabric::fdw
