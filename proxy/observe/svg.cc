#include "observe/svg.h"

#include <fmt/format.h>

#include "observe/awaited.h"
#include "observe/utf8.h"

namespace gladhand::observe {
namespace {

constexpr std::string_view kStyle =
    "text{font:13px system-ui,sans-serif;font-variant-numeric:tabular-nums}"
    ".title{font-size:18px;font-weight:600}.strong{font-weight:600}.middle{text-anchor:middle}.end{text-anchor:end}"
    ".page{fill:#fff}.ink{fill:#1c2024}.soft{fill:#5f6872}"
    ".grid{stroke:#dfe3e8}.life{stroke:#a9b1ba;stroke-dasharray:3 4}.message{stroke:#1c2024}.tip{fill:#1c2024}"
    ".note{fill:#fdf3d3;stroke:#d9b44a}";
constexpr std::string_view kDarkStyle =
    ".page{fill:#14171a}.ink{fill:#e8eaed}.soft{fill:#9aa4ae}"
    ".grid{stroke:#2b3137}.life{stroke:#5b646d}.message{stroke:#e8eaed}.tip{fill:#e8eaed}"
    ".note{fill:#352d14;stroke:#8d742b}";

// Bars have the colour of whom they wait for.
std::string style() {
  std::string light(kStyle), dark(kDarkStyle);
  for (const AwaitedRow& one : kAwaited) {
    light += fmt::format(".{}{{fill:{}}}", one.name, one.light);
    dark += fmt::format(".{}{{fill:{}}}", one.name, one.dark);
  }
  return fmt::format("{}@media(prefers-color-scheme:dark){{{}}}", light, dark);
}

std::string titled(std::string_view hint) { return hint.empty() ? "" : fmt::format("<title>{}</title>", escaped_for_xml(hint)); }

}  // namespace

Svg::Svg(int width, int height, std::string_view title) {
  out_ = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img">)"
      "{2}<style>{3}</style>\n"
      R"(<rect class="page" width="{0}" height="{1}"/>)"
      "\n",
      width, height, titled(title), style());
}

void Svg::text(std::string_view classes, double x, double y, std::string_view text, std::string_view hint) {
  out_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}{}</text>\n", classes, x, y, titled(hint), escaped_for_xml(text));
}

void Svg::rect(std::string_view classes, double x, double y, double width, double height, double radius, std::string_view hint) {
  out_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{:.0f}\">{}</rect>\n", classes, x, y, width,
                      height, radius, titled(hint));
}

void Svg::line(std::string_view classes, double x1, double y1, double x2, double y2) {
  out_ += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", classes, x1, y1, x2, y2);
}

void Svg::arrow(double from, double to, double y) {
  const double back = to > from ? -8 : 8;
  line("message", from, y, to + back / 2, y);
  out_ += fmt::format("<path class=\"tip\" d=\"M{:.1f} {:.1f}l{:.1f} -4v8z\"/>\n", to, y, back);
}

std::string Svg::finish() && {
  out_ += "</svg>\n";
  return std::move(out_);
}

std::string escaped_for_xml(std::string_view text) {
  std::string result;
  each_harmless(text, [&](char32_t value, std::string_view bytes) {
    switch (value) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      case 0xfffe:
      case 0xffff: result += "\xef\xbf\xbd"; break;
      default: result += bytes;
    }
  });
  return result;
}

}  // namespace gladhand::observe
