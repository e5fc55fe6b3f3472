// Names of what io_uring is asked to do. Pure; any thread.
#pragma once

#include <string>

namespace msgstat::tracer {

// "RECV" for IORING_OP_RECV, enum io_uring_op of linux/io_uring.h (6.18); "OP_N" when it is none of
// those.
std::string uring_operation_name(unsigned opcode);

}  // namespace msgstat::tracer
