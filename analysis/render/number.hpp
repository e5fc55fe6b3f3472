// Numbers as text, in no locale. Pure; any thread.
#pragma once

#include <string>

namespace msgstat::analysis::render {

// "1,234,567.80"
std::string grouped(double number, int decimals);

// The same, but "<0.0001" for what is not zero and would look like it.
std::string not_zero(double number, int decimals);

// A count, or the mean of counts: whole, but for a small mean that is not.
std::string grouped_count(double count);

// With about four figures: "1,234" "123.4" "12.34" "1.234".
std::string four_figures(double number);

// With so many figures, however small: "0.0801", "8.31", "78,700" with three; never an exponent.
std::string significant(double number, int figures);

// Of a test: "<.0001", ".0312", "1".
std::string probability(double p);

// "+1.2 %", "-8.4 %", of a fraction.
std::string signed_percent(double fraction);

// A percentage small enough to need more digits: "0.12 %", "0.0031 %".
std::string small_percent(double fraction);

}  // namespace msgstat::analysis::render
