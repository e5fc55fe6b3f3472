// Figures of a run that several rules weigh. Pure; any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

// Calls of these names together, of any ABI's own name; 0 when they were not counted.
double calls_of(const Run& run, std::initializer_list<std::string_view> names);
// Of these, those that ended with that error.
double errors_of(const Run& run, std::initializer_list<std::string_view> names,
                 const std::string& error);

double per_second(const Run& run, double count);
// Absent without a unit, and when too few were done to divide by.
std::optional<double> per_unit(const Run& run, double count);
// "message", or "second" without a unit; and the amount in it.
std::string base_name(const Run& run);
double per_base(const Run& run, double count);
// per_unit() at least `each`; without a unit, per_second() at least `each_s`.
bool is_frequent(const Run& run, double count, double each, double each_s);

double waits_of(const FutexWord& word);
double wakes_of(const FutexWord& word);
double futex_calls_of(const FutexWord& word);
double mean_sleep_us(const FutexWord& word);

// "convoy_mutex", "_PyRuntime+0x1a8 in python3.11", "0x7f00c0de (heap)"
std::string name_of(const FutexWord& word);
// ", held mostly by worker (4712)"; empty when the lock keeps no owner.
std::string owner_clause(const FutexWord& word);

// A count in words for an evidence or a sentence: "8.13 a message".
std::string each(const Run& run, double count);

}  // namespace msgstat::analysis
