// A few shapes of SVG 1.1, with a style sheet for light and dark.
#pragma once

#include <string>
#include <string_view>

namespace gladhand::observe {

// Texts are escaped, and characters that XML does not allow are replaced. Class names and numbers are the caller's own.
class Svg {
 public:
  Svg(int width, int height, std::string_view title);

  // A hint is what a pointer that rests there is told; it may be empty.
  void text(std::string_view classes, double x, double y, std::string_view text, std::string_view hint = {});
  void rect(std::string_view classes, double x, double y, double width, double height, double radius, std::string_view hint = {});
  void line(std::string_view classes, double x1, double y1, double x2, double y2);
  // Level, with its head at `to`.
  void arrow(double from, double to, double y);

  std::string finish() &&;

 private:
  std::string out_;
};

// For text between tags and in quoted attributes.
std::string escaped_for_xml(std::string_view text);

}  // namespace gladhand::observe
