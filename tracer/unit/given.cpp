// count:N: who asks knows.
#include <charconv>

#include "tracer/error.hpp"
#include "tracer/unit/kinds.hpp"

namespace msgstat::tracer {
namespace {

class GivenUnits final : public Unit {
 public:
  explicit GivenUnits(std::uint64_t count) : count_(count) {}
  std::uint64_t collect(const Window&) override { return count_; }
  [[nodiscard]] std::string source() const override { return "as given"; }

 private:
  std::uint64_t count_;
};

}  // namespace

std::unique_ptr<Unit> make_given(const UnitArguments& arguments, const UnitContext&) {
  const std::string& text = arguments[0];
  std::uint64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || count == 0)
    throw UsageError("'count:" + text + "': a number of units is 1 or more");
  return std::make_unique<GivenUnits>(count);
}

}  // namespace msgstat::tracer
