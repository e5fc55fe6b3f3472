#include "analysis/render/html/scale.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

constexpr double kTicks = 5;
constexpr double kFewDecades = 2.5;

double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

}  // namespace

Scale Scale::linear(double low, double high, double from, double to) {
  if (!(high > low)) high = low + (low == 0 ? 1 : std::fabs(low));
  const double step = round_step((high - low) / kTicks);
  const double first = std::floor(low / step) * step;
  const double last = std::ceil(high / step - 1e-9) * step;
  Scale scale(first, last, from, to, false);
  const auto steps = static_cast<int>(std::lround((last - first) / step));
  for (int i = 0; i <= steps; ++i) scale.ticks_.push_back(first + i * step);
  return scale;
}

Scale Scale::logarithmic(double low, double high, double from, double to) {
  if (!(high > low)) high = low * 2;
  Scale scale(low, high, from, to, true);
  const double decades = std::log10(high / low);
  const auto first = static_cast<int>(std::floor(std::log10(low)));
  const auto last = static_cast<int>(std::ceil(std::log10(high)));
  for (int decade = first; decade <= last; ++decade)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10.0, decade);
      const bool is_wanted = factor == 1 || decades < kFewDecades;
      if (is_wanted && tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9))
        scale.ticks_.push_back(tick);
    }
  return scale;
}

std::string Scale::label(double tick) const {
  const double step = ticks_.size() > 1 ? ticks_[1] - ticks_[0] : 1;
  const int decimals = static_cast<int>(std::ceil(-std::log10(step) - 1e-9));
  return render::grouped(tick, std::clamp(decimals, 0, 9));
}

double Scale::at(double value) const {
  const double clamped = std::clamp(value, low_, high_);
  const double share = is_logarithmic_ ? std::log(clamped / low_) / std::log(high_ / low_)
                                       : (clamped - low_) / (high_ - low_);
  return from_ + share * (to_ - from_);
}

}  // namespace msgstat::analysis::html
