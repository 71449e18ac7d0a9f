#include "compress/encoder.h"

#include <brotli/encode.h>
#include <zlib.h>

#include <cstdint>

namespace plugins {
namespace {

constexpr std::size_t kPiece = 16 * 1024;

class Gzip final : public Encoder {
 public:
  explicit Gzip(int level) {
    constexpr int kGzipWindow = 15 + 16;  // 16: with the header and trailer of gzip (RFC 1952)
    constexpr int kMemory = 8;
    is_ready_ = deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override {
    if (is_ready_) deflateEnd(&stream_);
  }
  bool is_ready() const { return is_ready_; }

  void encode(std::string_view bytes, bool is_last, std::string& out) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      const std::size_t before = out.size();
      out.resize(before + kPiece);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = kPiece;
      deflate(&stream_, is_last ? Z_FINISH : Z_SYNC_FLUSH);
      out.resize(before + kPiece - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
};

class Brotli final : public Encoder {
 public:
  explicit Brotli(int quality) : state_(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr), BrotliEncoderDestroyInstance) {
    constexpr std::uint32_t kWindowBits = 18;  // 256 KiB of memory for what pages are made of
    if (!state_) return;
    BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(quality));
    BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_LGWIN, kWindowBits);
  }
  bool is_ready() const { return state_ != nullptr; }

  void encode(std::string_view bytes, bool is_last, std::string& out) override {
    const auto* in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    do {
      std::size_t none = 0;
      const auto operation = is_last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
      if (!BrotliEncoderCompressStream(state_.get(), operation, &left, &in, &none, nullptr, nullptr)) return;
      std::size_t size = 0;
      while (const std::uint8_t* piece = BrotliEncoderTakeOutput(state_.get(), &size)) {
        if (size == 0) break;
        out.append(reinterpret_cast<const char*>(piece), size);
        size = 0;
      }
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_.get()));
  }

 private:
  std::unique_ptr<BrotliEncoderState, void (*)(BrotliEncoderState*)> state_;
};

template <class Kind>
std::unique_ptr<Encoder> made(int level) {
  auto encoder = std::make_unique<Kind>(level);
  return encoder->is_ready() ? std::move(encoder) : nullptr;
}

}  // namespace

std::unique_ptr<Encoder> Encoder::make(Encoding encoding, int level) {
  return encoding == Encoding::gzip ? made<Gzip>(level) : made<Brotli>(level);
}

}  // namespace plugins
