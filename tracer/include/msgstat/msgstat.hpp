// msgstat in process: what a piece of work cost, in events and system calls, per unit.
//
//   #include <msgstat/msgstat.hpp>
//
//   auto collector = msgstat::Collector::self();
//   collector.open();
//   for (int i = 0; i < requests; ++i) serve();
//   const msgstat::Window window = collector.close();
//   for (const auto& call : *window.syscalls)
//     std::printf("%s %.3f a request\n", call.name.c_str(), double(call.calls) / requests);
//
// CMake: find_package(msgstat), target msgstat::msgstat.
#pragma once

#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/window.hpp"
