#include "cli/table.h"

#include <algorithm>

#include "config/printable.h"

namespace gladhand::cli {

std::string Table::text() const {
  std::vector<std::size_t> widths(columns_.size());
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) widths[i] = std::max(widths[i], config::count_code_points(row.cells[i]));
  }
  std::string all;
  for (const Row& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const std::string padding(widths[i] - config::count_code_points(row.cells[i]), ' ');
      line += "  " + (columns_[i] == Column::right ? padding + row.cells[i] : row.cells[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += paint(line, row.colour, is_coloured_) + "\n";
  }
  return all;
}

}  // namespace gladhand::cli
