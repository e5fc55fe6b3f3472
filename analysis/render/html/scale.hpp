// From values to places on a drawing, and the round values that an axis names. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace msgstat::analysis::html {

class Scale {
 public:
  // From `low` to the next round value that is not below `high`, on `from` to `to`.
  static Scale linear(double low, double high, double from, double to);
  // `low` above 0; as given, not rounded.
  static Scale logarithmic(double low, double high, double from, double to);

  // Values beyond the ends are put at the ends.
  [[nodiscard]] double at(double value) const;
  // Of a linear scale: a tick with as many decimals as the steps have.
  [[nodiscard]] std::string label(double tick) const;
  // Ascending; about five, of a logarithmic one 1, 2 and 5 times powers of ten, or the powers
  // alone.
  [[nodiscard]] const std::vector<double>& ticks() const { return ticks_; }

 private:
  Scale(double low, double high, double from, double to, bool is_logarithmic)
      : low_(low), high_(high), from_(from), to_(to), is_logarithmic_(is_logarithmic) {}

  double low_;
  double high_;
  double from_;
  double to_;
  bool is_logarithmic_;
  std::vector<double> ticks_;
};

}  // namespace msgstat::analysis::html
