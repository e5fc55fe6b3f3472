#include "analysis/render/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace msgstat::analysis::render {

std::string grouped(double number, int decimals) {
  std::string digits = fmt::format("{:.{}f}", number, decimals);
  if (digits.find_first_not_of("-0.") == std::string::npos && digits.starts_with('-'))
    digits.erase(0, 1);
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  std::size_t at = std::min(digits.find('.'), digits.size());
  while (at > first + 3) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string not_zero(double number, int decimals) {
  const double least = std::pow(10.0, -decimals);
  if (number > 0 && number < least / 2) return "<" + grouped(least, decimals);
  return grouped(number, decimals);
}

std::string grouped_count(double count) {
  const bool fraction_shows = std::fabs(count) < 10 && count != std::floor(count);
  return grouped(count, fraction_shows ? 1 : 0);
}

std::string four_figures(double number) {
  const double size = std::fabs(number);
  return grouped(number, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
}

std::string significant(double number, int figures) {
  const double size = std::fabs(number);
  if (size == 0 || !std::isfinite(number)) return "0";
  const int places = figures - 1 - static_cast<int>(std::floor(std::log10(size)));
  if (places >= 0) return grouped(number, std::min(places, 12));
  const double unit = std::pow(10.0, -places);
  return grouped(std::round(number / unit) * unit, 0);
}

std::string probability(double p) {
  if (p < 0.0001) return "<.0001";
  if (p >= 0.99995) return "1";
  return fmt::format("{:.4f}", p).substr(1);
}

std::string signed_percent(double fraction) {
  const double percent = std::round(fraction * 1000) / 10;
  return fmt::format("{:+.1f} %", percent == 0 ? 0 : percent);
}

std::string small_percent(double fraction) {
  const double percent = fraction * 100;
  return grouped(percent, percent >= 10 ? 0 : percent >= 1 ? 1 : percent >= 0.1 ? 2 : 3) + " %";
}

}  // namespace msgstat::analysis::render
