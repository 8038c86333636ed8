/*
 * Histograms that MySQL and MariaDB keep of columns. See histogram.hpp.
 */
#include "histogram.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

namespace fabric::core
{
namespace
{

using Json = nlohmann::json;

constexpr std::string_view base64_prefix = "base64:";

std::optional<unsigned> base64_digit(char c) noexcept
{
	constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const std::size_t at = digits.find(c);
	if (at == std::string_view::npos)
		return std::nullopt;
	return static_cast<unsigned>(at);
}

std::optional<std::string> decode_base64(std::string_view text)
{
	std::string out;
	unsigned bits = 0;
	int count = 0;
	while (!text.empty() && text.back() == '=')
		text.remove_suffix(1);
	for (const char c : text)
	{
		const auto digit = base64_digit(c);
		if (!digit)
			return std::nullopt;
		bits = (bits << 6 | *digit) & 0xFFFFU;
		count += 6;
		if (count >= 8)
		{
			count -= 8;
			out.push_back(static_cast<char>(bits >> count & 0xFFU));
		}
	}
	return out;
}

/* A value as text: numbers as they stand, strings of MySQL decoded ("base64:type254:djA="). */
std::optional<std::string> text_of(const Json &value)
{
	if (value.is_number())
		return value.dump();
	if (!value.is_string())
		return std::nullopt;
	const std::string &text = value.get_ref<const std::string &>();
	if (!text.starts_with(base64_prefix))
		return text;
	const std::size_t colon = text.find(':', base64_prefix.size());
	if (colon == std::string::npos)
		return std::nullopt;
	return decode_base64(std::string_view(text).substr(colon + 1));
}

bool is_share(const Json &value)
{
	return value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 1;
}

std::optional<double> number_of(std::string_view text)
{
	double value = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
	if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
		return std::nullopt;
	return value;
}

std::string text_of(double value)
{
	return Json(value).dump();
}

} // namespace

bool read_mysql_histogram(std::string_view json, Histogram *histogram)
{
	const Json document = Json::parse(json, nullptr, false);
	if (!document.is_object() || !document.contains("buckets") || !document["buckets"].is_array() ||
		!document.contains("null-values") || !is_share(document["null-values"]))
		return false;
	Histogram read;
	read.null_share = document["null-values"].get<double>();
	double before = 0;
	for (const Json &bucket : document["buckets"])
	{
		/* [value, share up to here] or [low, high, share up to here, different values] */
		const bool single = bucket.is_array() && bucket.size() == 2;
		if (!single && !(bucket.is_array() && bucket.size() == 4 && bucket[3].is_number()))
			return false;
		const auto low = text_of(bucket[0]);
		const auto high = text_of(single ? bucket[0] : bucket[1]);
		const Json &until = single ? bucket[1] : bucket[2];
		if (!low || !high || !is_share(until) || until.get<double>() < before)
			return false;
		const double rest = 1 - read.null_share;
		const double share = until.get<double>() - before;
		before = until.get<double>();
		read.buckets.push_back({*low, *high, rest > 0 ? share / rest : 0, single ? 1 : bucket[3].get<double>()});
	}
	*histogram = std::move(read);
	return true;
}

bool read_mariadb_histogram(std::string_view json, Histogram *histogram)
{
	const Json document = Json::parse(json, nullptr, false);
	if (!document.is_object() || !document.contains("histogram_hb") || !document["histogram_hb"].is_array())
		return false;
	Histogram read;
	for (const Json &bucket : document["histogram_hb"])
	{
		if (!bucket.is_object() || !bucket.contains("start") || !bucket.contains("size") || !is_share(bucket["size"]) ||
			!bucket.contains("ndv") || !bucket["ndv"].is_number())
			return false;
		const auto low = text_of(bucket["start"]);
		const auto high = bucket.contains("end") ? text_of(bucket["end"]) : low;
		if (!low || !high)
			return false;
		/* It ends where the next one begins; only the last one tells. */
		if (!read.buckets.empty() && read.buckets.back().distinct > 1)
			read.buckets.back().high = *low;
		read.buckets.push_back({*low, *high, bucket["size"].get<double>(), bucket["ndv"].get<double>()});
	}
	*histogram = std::move(read);
	return true;
}

bool read_histogram_widths(std::string_view widths, std::string_view low, std::string_view high, Histogram *histogram)
{
	const auto first = number_of(low);
	const auto last = number_of(high);
	if (!first || !last || *first > *last)
		return false;
	std::vector<double> ends;
	double at = 0;
	while (!widths.empty())
	{
		const std::size_t comma = std::min(widths.find(','), widths.size());
		const auto width = number_of(widths.substr(0, comma));
		if (!width || *width < 0 || *width > 1)
			return false;
		at += *width;
		ends.push_back(std::min(at, 1.0));
		widths.remove_prefix(std::min(comma + 1, widths.size()));
	}
	Histogram read;
	std::string from(low);
	for (std::size_t i = 0; i < ends.size(); ++i)
	{
		const bool is_last = i + 1 == ends.size();
		std::string to = is_last ? std::string(high) : text_of(*first + (*last - *first) * ends[i]);
		read.buckets.push_back({from, to, 1.0 / static_cast<double>(ends.size()), 0});
		from = std::move(to);
	}
	*histogram = std::move(read);
	return true;
}

ValueSummary summarize(const Histogram &histogram, std::size_t most_common, std::size_t most_bounds)
{
	ValueSummary summary;
	std::vector<const HistogramBucket *> ranges;
	double rest = 0;
	bool counted = !histogram.buckets.empty();
	for (const HistogramBucket &bucket : histogram.buckets)
	{
		counted = counted && bucket.distinct >= 1;
		summary.distinct += bucket.distinct;
		if (bucket.distinct == 1 && bucket.low == bucket.high)
			summary.common.push_back({bucket.low, bucket.share});
		else
		{
			ranges.push_back(&bucket);
			rest += bucket.share;
		}
	}
	if (!counted)
		summary.distinct = 0;
	std::stable_sort(summary.common.begin(), summary.common.end(),
					 [](const CommonValue &left, const CommonValue &right) { return left.share > right.share; });
	if (summary.common.size() > most_common)
		summary.common.resize(most_common);
	if (ranges.empty() || rest <= 0 || most_bounds < 2)
		return summary;
	/* Where each equal part of the rest ends, as far as the buckets tell. */
	summary.bounds.push_back(ranges.front()->low);
	const std::size_t parts = std::min(most_bounds - 1, ranges.size());
	std::size_t at = 0;
	double until = ranges[0]->share;
	for (std::size_t part = 1; part < parts; ++part)
	{
		const double wanted = rest * static_cast<double>(part) / static_cast<double>(parts);
		while (at + 1 < ranges.size() && until < wanted - rest * 1e-9)
			until += ranges[++at]->share;
		summary.bounds.push_back(ranges[at]->high);
	}
	summary.bounds.push_back(ranges.back()->high);
	return summary;
}

} // namespace fabric::core
