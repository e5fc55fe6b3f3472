#include "analysis/render/format.hpp"

#include "analysis/printable.hpp"
#include "analysis/render/benchmark_json.hpp"
#include "analysis/render/csv.hpp"
#include "analysis/render/html/page.hpp"
#include "analysis/render/markdown.hpp"
#include "analysis/render/perf_lines.hpp"
#include "analysis/render/text.hpp"
#include "tracer/error.hpp"

namespace msgstat::analysis {
namespace {

constexpr Format kFormats[] = {
    {"text", "the tables that bench prints",
     [](const Recording& recording, const RenderOptions& options) {
       return render_text(recording, {.color = options.color});
     }},
    {"json", "the recording itself (docs/formats.md)",
     [](const Recording& recording, const RenderOptions&) { return to_json(recording); }},
    {"html", "one page with pictures, that needs nothing else",
     [](const Recording& recording, const RenderOptions&) { return render_html(recording); }},
    {"markdown", "tables for a document",
     [](const Recording& recording, const RenderOptions&) { return render_markdown(recording); }},
    {"csv", "a line for each quantity of each window",
     [](const Recording& recording, const RenderOptions&) { return render_csv(recording); }},
    {"benchmark-json", "for Google Benchmark's compare.py",
     [](const Recording& recording, const RenderOptions&) {
       return render_benchmark_json(recording);
     }},
    {"perf-json", "as perf stat -j prints",
     [](const Recording& recording, const RenderOptions&) { return perf_stat_json(recording); }},
};

}  // namespace

std::span<const Format> formats() { return kFormats; }

const Format& find_format(std::string_view name) {
  std::string known;
  for (const Format& format : kFormats) {
    if (format.name == name) return format;
    known += (known.empty() ? "" : ", ") + std::string(format.name);
  }
  throw UsageError("there is no format '" + printable(name) + "'", "there are: " + known);
}

}  // namespace msgstat::analysis
