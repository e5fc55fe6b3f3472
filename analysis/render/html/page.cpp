#include "analysis/render/html/page.hpp"

#include <fmt/format.h>

#include "analysis/render/html/chart.hpp"
#include "analysis/render/html/sections.hpp"
#include "analysis/render/html/view.hpp"
#include "analysis/sum.hpp"

namespace msgstat::analysis {
namespace html {
namespace {

Markup figure_markup(const Figure& figure) {
  Markup content;
  if (!figure.title.empty()) content += element("h3", {}, figure.title);
  content += element("p", {{"class", "reading"}}, figure.reading);
  content += figure.legend;
  content += figure.picture;
  content += element("details", {},
                     element("summary", {}, "The numbers") + table(figure.numbers, "numbers"));
  return element("figure", {}, content);
}

Markup section(std::string_view id, std::string_view title, const Markup& content) {
  return element("section", {{"id", id}, {"aria-labelledby", fmt::format("{}-title", id)}},
                 element("h2", {{"id", fmt::format("{}-title", id)}}, title) + content);
}

struct Section {
  std::string_view id;
  std::string_view title;
  Markup content;
};

std::vector<Section> sections_of(const View& view) {
  std::vector<Section> sections;
  const auto add = [&sections](std::string_view id, std::string_view title, Markup content) {
    if (!content.empty()) sections.push_back({id, title, std::move(content)});
  };
  add("summary", "At a glance", summary(view));
  add("suite", "Beside the suite's figures", suite_figures(view));
  for (const Chart& chart : charts()) {
    Markup content;
    for (const Figure& figure : chart.draw(view)) content += figure_markup(figure);
    if (content.empty()) content = element("p", {{"class", "absent"}}, chart.otherwise.text);
    add(chart.id.text, chart.title.text, std::move(content));
  }
  add("findings", "What the rules find", findings(view));
  add("conditions", "How it was measured", conditions(view));
  return sections;
}

Markup head(const View& view) {
  return element(
      "head", {},
      element("meta", {{"charset", "utf-8"}}) +
          element("meta", {{"http-equiv", "Content-Security-Policy"},
                           {"content",
                            "default-src 'none'; style-src 'unsafe-inline'; "
                            "base-uri 'none'; form-action 'none'"}}) +
          element("meta",
                  {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
          element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) +
          element("meta", {{"name", "generator"}, {"content", "msgstat"}}) +
          element("title", {}, "msgstat: " + headline(view)) + element("style", {}, style_sheet()));
}

Markup body(const View& view) {
  const std::vector<Section> sections = sections_of(view);
  Markup links;
  Markup content;
  for (const Section& one : sections) {
    links += element("a", {{"href", fmt::format("#{}", one.id)}}, one.title);
    content += section(one.id, one.title, one.content);
  }
  return element("body", {},
                 element("a", {{"class", "skip"}, {"href", "#main"}}, "To the charts") +
                     header(view) + element("nav", {{"aria-label", "Sections"}}, links) +
                     element("main", {{"id", "main"}}, content));
}

}  // namespace
}  // namespace html

std::string render_html(const Recording& with_laps) {
  const Recording recording = with_laps_added(with_laps);
  const html::View view(recording);
  return "<!DOCTYPE html>\n" +
         html::element("html", {{"lang", "en"}}, html::head(view) + html::body(view)).html() + "\n";
}

}  // namespace msgstat::analysis
