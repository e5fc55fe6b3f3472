// A C++20 coroutine a connection, on Boost.Asio, one thread. Asio 1.74 tries to receive before it
// waits, so most messages cost a second recvfrom, which finds nothing.
#include <utility>  // which Boost 1.74 forgets

#include <boost/asio.hpp>
#include <chrono>
#include <vector>

#include "servers/cpp/listen.hpp"

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

asio::awaitable<void> serve(tcp::socket socket, std::size_t buffer_bytes) {
  std::vector<char> buffer(buffer_bytes);
  try {
    for (;;) {
      const std::size_t received =
          co_await socket.async_read_some(asio::buffer(buffer), use_awaitable);
      co_await asio::async_write(socket, asio::buffer(buffer, received), use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    // The end, or the peer is gone.
  }
}

asio::awaitable<void> accept_all(tcp::acceptor acceptor, std::size_t buffer_bytes) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    bool accepted = true;
    try {
      tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
      asio::co_spawn(executor, serve(std::move(socket), buffer_bytes), asio::detached);
    } catch (const boost::system::system_error&) {
      accepted = false;
    }
    if (accepted) continue;
    // Until some connection has closed its descriptor.
    asio::steady_timer pause(executor, std::chrono::milliseconds(50));
    co_await pause.async_wait(use_awaitable);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments);
  asio::io_context context(1);
  const tcp family = std::strchr(arguments.host, ':') != nullptr ? tcp::v6() : tcp::v4();
  asio::co_spawn(context,
                 accept_all(tcp::acceptor(context, family, listener), arguments.buffer_bytes),
                 asio::detached);
  echo::print_port(listener);
  context.run();
}
