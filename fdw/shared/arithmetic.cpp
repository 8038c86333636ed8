// Arithmetic that must fit: proofs by value bounds, and where there is no proof a remote expression that raises
// numeric_value_out_of_range (22003) exactly where PostgreSQL does. See translate.hpp.
#include "fdw/shared/translate_internal.hpp"

namespace fabric::fdw
{

namespace
{

using Wide = __int128;

bool TypeRange(Oid type, Wide *low, Wide *high)
{
	switch (type)
	{
		case INT2OID:
			*low = PG_INT16_MIN, *high = PG_INT16_MAX;
			return true;
		case INT4OID:
			*low = PG_INT32_MIN, *high = PG_INT32_MAX;
			return true;
		case INT8OID:
			*low = PG_INT64_MIN, *high = PG_INT64_MAX;
			return true;
		default:
			return false;
	}
}

Bounds Integral(Wide low, Wide high)
{
	Bounds bounds{};
	bounds.known = true;
	bounds.integral = true;
	bounds.low = low;
	bounds.high = high;
	return bounds;
}

int DigitsOf(Wide value)
{
	int digits = 1;
	for (Wide rest = value < 0 ? -value : value; rest >= 10; rest /= 10)
		++digits;
	return digits;
}

} // namespace

Bounds AsDecimal(const Bounds &bounds)
{
	if (!bounds.known || !bounds.integral)
		return bounds;
	Bounds decimal{};
	decimal.known = true;
	decimal.whole_digits = Max(DigitsOf(bounds.low), DigitsOf(bounds.high));
	return decimal;
}

namespace
{

// The range of an integer operation; the operands' bounds are always known for integers.
Bounds IntegerResult(Special special, const Operand *operands, Wide type_low, Wide type_high)
{
	const Bounds &left = operands[0].bounds;
	const Bounds &right = operands[1].bounds;
	switch (special)
	{
		case Special::sum:
			return Integral(left.low + right.low, left.high + right.high);
		case Special::difference:
			return Integral(left.low - right.high, left.high - right.low);
		case Special::product:
		{
			Wide corners[4] = {left.low * right.low, left.low * right.high, left.high * right.low,
							   left.high * right.high};
			Bounds bounds = Integral(corners[0], corners[0]);
			for (Wide corner : corners)
			{
				bounds.low = Min(bounds.low, corner);
				bounds.high = Max(bounds.high, corner);
			}
			return bounds;
		}
		case Special::quotient:
		{
			// The divisor is a constant other than zero: only -1 can make the result larger than the dividend.
			if (right.known && (right.low > -1 || right.high < -1))
				return Integral(Min(left.low, -left.high), Max(left.high, -left.low - 1));
			Wide most = Max(left.high, -left.low);
			return Integral(Min(left.low, -most), Max(left.high, most));
		}
		case Special::remainder:
			return left;
		case Special::negate:
			return Integral(-left.high, -left.low);
		case Special::absolute:
			return Integral(0, Max(left.high, -left.low));
		default:
			return Integral(type_low, type_high);
	}
}

bool WriteIntegers(Translator *translator, Special special, Oid type, const char *text, const Operand *operands,
				   StringInfo out, Operand *operand)
{
	Wide low, high;
	if (!TypeRange(type, &low, &high))
		return Fail(translator, "arithmetic of type %s", format_type_be(type));
	Bounds result = IntegerResult(special, operands, low, high);
	operand->kind = Kind::integer;
	if (result.low >= low && result.high <= high)
	{
		operand->bounds = result;
		appendStringInfoString(out, text);
		return true;
	}
	operand->bounds = Integral(low, high);
	translator->raises = true;
	if (Mutated("integer_overflow_unchecked"))
		appendStringInfoString(out, text);
	else
		translator->dialect->AppendChecked(out, text, type);
	return true;
}

// The digits after the point that PostgreSQL gives the result.
void SetScale(Special special, const Operand *operands, int count, Operand *operand)
{
	const Operand &left = operands[0];
	const Operand &right = operands[count > 1 ? 1 : 0];
	bool rounds = special == Special::round_digits;
	operand->fixed_scale = rounds || (left.fixed_scale && right.fixed_scale);
	if (rounds)
	{
		const Const *digits = count > 1 ? right.constant : nullptr;
		operand->scale = digits != nullptr ? DatumGetInt32(digits->constvalue) : 0;
	}
	else if (special == Special::product && count > 1)
		operand->scale = left.scale + right.scale;
	else
		operand->scale = Max(left.scale, right.scale);
}

// The digits that an operation of decimals may give; unknown where an operand's are.
Bounds DecimalResult(Special special, const Operand *operands, int count)
{
	Bounds left = AsDecimal(operands[0].bounds);
	Bounds right = count > 1 ? AsDecimal(operands[1].bounds) : left;
	if (!left.known || !right.known)
		return Bounds{};
	Bounds result{};
	result.known = true;
	switch (special)
	{
		case Special::sum:
		case Special::difference:
			result.whole_digits = Max(left.whole_digits, right.whole_digits) + 1;
			result.fraction_digits = Max(left.fraction_digits, right.fraction_digits);
			break;
		case Special::product:
			result.whole_digits = left.whole_digits + right.whole_digits;
			result.fraction_digits = left.fraction_digits + right.fraction_digits;
			break;
		case Special::round_digits:
			result.whole_digits = left.whole_digits + 1;
			result.fraction_digits = left.fraction_digits;
			break;
		case Special::remainder:
			result.whole_digits = Max(left.whole_digits, right.whole_digits);
			result.fraction_digits = Max(left.fraction_digits, right.fraction_digits);
			break;
		default:
			result = left;
	}
	return result;
}

bool WriteDecimals(Translator *translator, Special special, const char *text, const Operand *operands, int count,
				   StringInfo out, Operand *operand)
{
	Bounds result = DecimalResult(special, operands, count);
	if (!result.known)
		return Fail(translator, "the digits of a numeric operand are not known before it runs");
	if (result.fraction_digits > translator->dialect->DecimalFractionDigits() ||
		result.whole_digits + result.fraction_digits > translator->dialect->DecimalDigits())
		return Fail(translator, "a numeric result of up to %d digits does not fit the remote decimal",
					result.whole_digits + result.fraction_digits);
	operand->kind = Kind::decimal;
	operand->bounds = result;
	SetScale(special, operands, count, operand);
	// As a type of just these digits, or it would be one of more.
	if (translator->dialect->DecimalsMeetInOneType())
		translator->dialect->AppendDecimal(out, text, result.whole_digits + result.fraction_digits,
										   result.fraction_digits);
	else
		appendStringInfoString(out, text);
	return true;
}

} // namespace

const char *WiderArithmetic(const Translator *translator, const Signature &signature, Oid result_type, const char *form,
							const Operand *operands)
{
	if (result_type != NUMERICOID || Mutated("decimals_of_64_bits") ||
		(signature.special != Special::sum && signature.special != Special::difference &&
		 signature.special != Special::product))
		return nullptr;
	int widest = 0;
	for (int i = 0; i < 2; ++i)
	{
		// What is sent has a type of its own digits.
		Bounds bounds = AsDecimal(operands[i].bounds);
		widest = operands[i].parameter ? widest : Max(widest, bounds.whole_digits + bounds.fraction_digits);
	}
	Bounds result = DecimalResult(signature.special, operands, 2);
	return translator->dialect->WiderForm(form, AsDecimal(operands[0].bounds), widest,
										  result.whole_digits + result.fraction_digits);
}

bool WriteArithmetic(Translator *translator, const Signature &signature, Oid result_type, const char *text,
					 const Operand *operands, int count, StringInfo out, Operand *operand)
{
	Wide low = 0;
	Wide high = 0;
	switch (signature.special)
	{
		case Special::bitwise:
			operand->kind = Kind::integer;
			TypeRange(result_type, &low, &high);
			operand->bounds = Integral(low, high);
			appendStringInfoString(out, text);
			return true;
		case Special::widen:
			operand->bounds = result_type == NUMERICOID ? AsDecimal(operands[0].bounds) : operands[0].bounds;
			operand->whole = result_type == NUMERICOID && operands[0].kind == Kind::integer;
			operand->fixed_scale = operands[0].kind == Kind::integer || operands[0].fixed_scale;
			operand->scale = operands[0].scale;
			appendStringInfoString(out, text);
			return true;
		case Special::narrow:
		{
			const Bounds &from = operands[0].bounds;
			if (!TypeRange(result_type, &low, &high) || !from.known)
				return Fail(translator, "a cast to %s of a value whose range is not known",
							format_type_be(result_type));
			// A decimal's rounding may carry into one more digit.
			bool fits = from.integral ? from.low >= low && from.high <= high
									  : from.whole_digits + (from.fraction_digits > 0 ? 1 : 0) < DigitsOf(high);
			if (!fits && !Mutated("narrowing_unchecked"))
				return Fail(translator, "a cast to %s of a value that may not fit", format_type_be(result_type));
			operand->kind = Kind::integer;
			operand->bounds = from.integral ? from : Integral(low, high);
			appendStringInfoString(out, text);
			return true;
		}
		default:
			break;
	}
	if (result_type == NUMERICOID)
		return WriteDecimals(translator, signature.special, text, operands, count, out, operand);
	if (result_type == FLOAT4OID || result_type == FLOAT8OID)
	{
		appendStringInfoString(out, text);
		return true;
	}
	return WriteIntegers(translator, signature.special, result_type, text, operands, out, operand);
}

bool MeetExactly(Translator *translator, const Operand *operands, int count)
{
	bool decimals = false;
	for (int i = 0; i < count; ++i)
		decimals = decimals || operands[i].kind == Kind::decimal;
	if (!decimals || !translator->dialect->DecimalsMeetInOneType())
		return true;
	constexpr int kDigitsOfBigint = 19;
	int whole = 0;
	int fraction = 0;
	for (int i = 0; i < count; ++i)
	{
		const Operand &operand = operands[i];
		if (IsNullConstant(operand) || operand.only_null)
			continue;
		bool integer = operand.kind == Kind::integer || operand.whole;
		if (!operand.bounds.known && !integer)
			return Fail(translator, "the digits of a numeric operand are not known before it runs");
		whole = Max(whole, integer ? kDigitsOfBigint : operand.bounds.whole_digits);
		fraction = Max(fraction, integer ? 0 : operand.bounds.fraction_digits);
	}
	return whole + fraction <= translator->dialect->DecimalDigits() || Mutated("decimals_of_any_digits") ||
		   Fail(translator, "numbers of up to %d digits before and %d after the point have no remote type in common",
				whole, fraction);
}

} // namespace fabric::fdw
