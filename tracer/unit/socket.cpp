// sock:recv, sock:send: the tracepoints that sock_recvmsg() and sock_sendmsg() of net/socket.c have
// since kernel 6.3; without, calls that succeed on sockets.
#include "tracer/unit/counting_program.hpp"
#include "tracer/unit/kinds.hpp"

namespace msgstat::tracer {

using Which = CountingProgram::Which;

std::unique_ptr<Unit> make_received_by_calls(const UnitContext& context) {
  return std::make_unique<CountingProgram>(
      context.filter,
      CountingProgram::Settings{
          .which = Which::kReceivingCalls,
          .source = "successful read, readv, recvfrom, recvmsg and recvmmsg on sockets (no "
                    "tracepoint sock:sock_recv_length before kernel 6.3; io_uring is not seen)"});
}

std::unique_ptr<Unit> make_sent_by_calls(const UnitContext& context) {
  return std::make_unique<CountingProgram>(
      context.filter,
      CountingProgram::Settings{
          .which = Which::kSendingCalls,
          .source = "successful write, writev, sendto, sendmsg and sendmmsg on sockets (no "
                    "tracepoint sock:sock_send_length before kernel 6.3; io_uring is not seen)"});
}

std::unique_ptr<Unit> make_received(const UnitArguments&, const UnitContext& context) {
  if (!has_typed_tracepoint("sock_recv_length")) return make_received_by_calls(context);
  return std::make_unique<CountingProgram>(
      context.filter,
      CountingProgram::Settings{.which = Which::kReceived,
                                .source = "tracepoint sock:sock_recv_length, with data"});
}

std::unique_ptr<Unit> make_sent(const UnitArguments&, const UnitContext& context) {
  if (!has_typed_tracepoint("sock_send_length")) return make_sent_by_calls(context);
  return std::make_unique<CountingProgram>(
      context.filter,
      CountingProgram::Settings{.which = Which::kSent,
                                .source = "tracepoint sock:sock_send_length, with data"});
}

}  // namespace msgstat::tracer
