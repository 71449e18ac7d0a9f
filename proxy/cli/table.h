// Text in columns, each as wide as what is widest in it.
#pragma once

#include <string>
#include <vector>

#include "cli/paint.h"

namespace gladhand::cli {

class Table {
 public:
  enum class Column { left, right };

  Table(std::vector<Column> columns, bool is_coloured) : columns_(std::move(columns)), is_coloured_(is_coloured) {}

  // As many cells as there are columns, or fewer; none holds a line feed.
  void add(std::vector<std::string> cells, Colour colour = Colour::none) { rows_.push_back({std::move(cells), colour}); }
  // Every row is indented by two blanks and ended by a line feed.
  std::string text() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Colour colour;
  };
  std::vector<Column> columns_;
  bool is_coloured_;
  std::vector<Row> rows_;
};

}  // namespace gladhand::cli
