// A body, compressed piece by piece: what is put in comes out at once, and can be read up to there.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace plugins {

enum class Encoding { gzip, br };

class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends to `out` everything that is needed to read `bytes`, and after the last ones the end.
  virtual void encode(std::string_view bytes, bool is_last, std::string& out) = 0;

  // Null: out of memory.
  static std::unique_ptr<Encoder> make(Encoding encoding, int level);
};

}  // namespace plugins
