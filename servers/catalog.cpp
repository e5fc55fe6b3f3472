#include "servers/catalog.hpp"

#include <algorithm>
#include <array>

namespace servers {
namespace {

constexpr std::string_view kBelowModels = "@/";
constexpr std::string_view kPython = "/usr/bin/python3";
constexpr std::string_view kJava = "/usr/bin/java";
// The emulator does not raise the limit of descriptors itself.
constexpr std::string_view kErlang =
    R"(ulimit -n $(ulimit -Hn); exec /usr/bin/erl -noinput -pa "$0" -run echo main "$@")";
constexpr Model::Need kNeedsPython = {kPython, "python3"};
constexpr Model::Need kNeedsUvloop = {"/usr/lib/python3/dist-packages/uvloop", "python3-uvloop"};

// In the order in which they are run and printed.
const std::array kCatalog = {
    // clang-format off
    Model{"asyncio", "Python, asyncio streams", {kPython, "@/python/echo_asyncio.py"}, {kNeedsPython}},
    Model{"asyncio_proto", "Python, asyncio protocol callbacks", {kPython, "@/python/echo_asyncio_proto.py"}, {kNeedsPython}},
    Model{"asyncio_sock", "Python, asyncio loop.sock_recv and sock_sendall", {kPython, "@/python/echo_asyncio_sock.py"}, {kNeedsPython}},
    Model{"uvloop", "Python, asyncio streams on uvloop", {kPython, "@/python/echo_uvloop.py"}, {kNeedsPython, kNeedsUvloop}},
    Model{"uvloop_proto", "Python, asyncio protocol callbacks on uvloop", {kPython, "@/python/echo_uvloop_proto.py"}, {kNeedsPython, kNeedsUvloop}},
    Model{"uvloop_sock", "Python, loop.sock_recv and sock_sendall on uvloop", {kPython, "@/python/echo_uvloop_sock.py"}, {kNeedsPython, kNeedsUvloop}},
    Model{"gevent", "Python, gevent StreamServer, a greenlet a connection", {kPython, "@/python/echo_gevent.py"}, {kNeedsPython, {"/usr/lib/python3/dist-packages/gevent", "python3-gevent"}}},
    Model{"selector", "Python, selectors (epoll), nonblocking sockets", {kPython, "@/python/echo_selector.py"}, {kNeedsPython}},
    Model{"thread", "Python, a thread a connection, blocking sockets", {kPython, "@/python/echo_thread.py"}, {kNeedsPython}},
    Model{"cpp_epoll", "C++, one thread, epoll, level-triggered", {"@/cpp_epoll"}},
    Model{"cpp_poll", "C++, one thread, poll", {"@/cpp_poll"}},
    Model{"cpp_th", "C++, a thread a connection, blocking sockets", {"@/cpp_th"}},
    Model{"cpp_select", "C++, one thread, select", {"@/cpp_select"}, {}, true, 1000},
    Model{"cpp_epoll_et", "C++, one thread, epoll, edge-triggered", {"@/cpp_epoll_et"}},
    Model{"cpp_reuseport", "C++, an epoll loop a CPU, SO_REUSEPORT", {"@/cpp_reuseport"}},
    Model{"cpp_pool", "C++, a pool of threads behind epoll", {"@/cpp_pool"}},
    Model{"cpp_uring", "C++, io_uring, multishot receive, provided buffers", {"@/cpp_uring"}, {{"@/cpp_uring", "liburing-dev"}}},
    Model{"cpp_coro", "C++, a C++20 coroutine a connection, Boost.Asio", {"@/cpp_coro"}, {{"@/cpp_coro", "libboost-dev"}}},
    Model{"cpp_fiber", "C++, a Boost.Fiber a connection on epoll", {"@/cpp_fiber"}, {{"@/cpp_fiber", "libboost-fiber-dev"}}},
    Model{"libuv", "C, libuv callbacks", {"@/libuv"}, {{"@/libuv", "libuv1-dev"}}},
    Model{"libevent", "C, libevent, a bufferevent a connection", {"@/libevent"}, {{"@/libevent", "libevent-dev"}}},
    Model{"twisted", "Python, Twisted protocol on the epoll reactor", {kPython, "@/python/echo_twisted.py"}, {kNeedsPython, {"/usr/lib/python3/dist-packages/twisted", "python3-twisted"}}},
    Model{"tornado", "Python, Tornado TCPServer, a coroutine a connection", {kPython, "@/python/echo_tornado.py"}, {kNeedsPython, {"/usr/lib/python3/dist-packages/tornado", "python3-tornado"}}},
    Model{"eventlet", "Python, eventlet, a green thread a connection", {kPython, "@/python/echo_eventlet.py"}, {kNeedsPython, {"/usr/lib/python3/dist-packages/eventlet", "python3-eventlet"}}},
    Model{"tasklet", "Python, greenlet tasklets and channels on epoll, a tasklet a connection", {kPython, "@/python/echo_tasklet.py"}, {kNeedsPython, {"/usr/lib/python3/dist-packages/greenlet", "python3-greenlet"}}},
    Model{"generator", "Python, generators on a trampoline over epoll, a coroutine a connection", {kPython, "@/python/echo_generator.py"}, {kNeedsPython}},
    Model{"erlang", "Erlang, an actor a connection, gen_tcp, active for a few messages at a time", {"/bin/sh", "-c", kErlang, "@/erlang"}, {{"/usr/bin/erl", "erlang-base"}, {"@/erlang/echo.beam", "erlang-base"}}, false},
    Model{"haskell", "Haskell, a green thread of GHC a connection", {"@/haskell"}, {{"@/haskell", "ghc libghc-network-dev"}}},
    Model{"scala_actors", "Scala, an actor of scala.actors a connection, on a Selector", {kJava, "-Xbootclasspath/a:/usr/share/java/scala-library.jar:/usr/share/java/scala-actors.jar", "-cp", "@/scala/EchoActors.jar", "EchoActors"}, {{kJava, "default-jre-headless"}, {"/usr/share/java/scala-actors.jar", "scala-library"}, {"@/scala/EchoActors.jar", "scala"}}},
    Model{"go", "Go, a goroutine a connection", {"@/go"}, {{"@/go", "golang-go"}}, false},
    Model{"node", "JavaScript, Node, a socket piped to itself", {"/usr/bin/node", "@/node/echo.mjs"}, {{"/usr/bin/node", "nodejs"}}},
    Model{"java_nio", "Java, one thread, a Selector (epoll)", {kJava, "-cp", "@/java", "EchoNio"}, {{kJava, "default-jre-headless"}, {"@/java/EchoNio.class", "default-jdk-headless"}}},
    Model{"tokio", "Rust, a tokio task a connection", {"@/tokio"}, {{"@/tokio", "cargo rustc librust-tokio-dev"}}},
    // clang-format on
};

std::filesystem::path located(std::string_view word, const std::filesystem::path& models) {
  return word.starts_with(kBelowModels) ? models / word.substr(kBelowModels.size())
                                        : std::filesystem::path(word);
}

bool exists(std::string_view word, const std::filesystem::path& models) {
  std::error_code unreadable;
  return std::filesystem::exists(located(word, models), unreadable);
}

}  // namespace

std::span<const Model> catalog() { return kCatalog; }

const Model* find_model(std::string_view name) {
  const auto* const found = std::ranges::find(kCatalog, name, &Model::name);
  return found == kCatalog.end() ? nullptr : found;
}

std::filesystem::path models_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() /
         MSGSTAT_MODELS_DIR;
}

std::vector<std::string> command_line(const Model& model, const std::filesystem::path& models,
                                      std::string_view host, std::uint16_t port,
                                      std::uint64_t buffer_bytes) {
  std::vector<std::string> words;
  words.reserve(model.command.size() + 3);
  for (const std::string_view word : model.command) {
    words.push_back(word.starts_with(kBelowModels) ? located(word, models).string()
                                                   : std::string(word));
  }
  words.emplace_back(host);
  words.push_back(std::to_string(port));
  words.push_back(std::to_string(buffer_bytes));
  return words;
}

std::optional<Missing> missing(const Model& model, const std::filesystem::path& models) {
  for (const Model::Need& need : model.needs) {
    if (!exists(need.path, models)) {
      return Missing{located(need.path, models).string(), std::string(need.package)};
    }
  }
  for (const std::string_view word : model.command) {
    if ((word.starts_with('/') || word.starts_with(kBelowModels)) && !exists(word, models)) {
      return Missing{located(word, models).string(), ""};
    }
  }
  return std::nullopt;
}

}  // namespace servers
