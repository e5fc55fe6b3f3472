// The makers of all kinds of unit; one file each. See UnitKind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tracer/unit/unit.hpp"

namespace msgstat::tracer {

using UnitArguments = std::vector<std::string>;

std::unique_ptr<Unit> make_received(const UnitArguments& arguments, const UnitContext& context);
std::unique_ptr<Unit> make_sent(const UnitArguments& arguments, const UnitContext& context);
// Without the tracepoints that kernels before 6.3 lack: by calls that succeed on sockets.
std::unique_ptr<Unit> make_received_by_calls(const UnitContext& context);
std::unique_ptr<Unit> make_sent_by_calls(const UnitContext& context);
std::unique_ptr<Unit> make_syscall(const UnitArguments& arguments, const UnitContext& context);
std::unique_ptr<Unit> make_uprobe(const UnitArguments& arguments, const UnitContext& context);
std::unique_ptr<Unit> make_usdt(const UnitArguments& arguments, const UnitContext& context);
std::unique_ptr<Unit> make_tracepoint(const UnitArguments& arguments, const UnitContext& context);
std::unique_ptr<Unit> make_given(const UnitArguments& arguments, const UnitContext& context);

}  // namespace msgstat::tracer
