// Maps and ELF files as bytes, whole, cut and spoilt; classes of lock.
#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "tests/support/descriptor.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/symbol/address_space.hpp"
#include "tracer/symbol/demangle.hpp"
#include "tracer/symbol/elf.hpp"
#include "tracer/symbol/lock_class.hpp"
#include "tracer/symbol/maps.hpp"

__attribute__((visibility("default"), used)) int known_variable = 7;
__attribute__((visibility("default"), used)) int known_zeros[1000];

namespace {

using namespace msgstat::tracer;
using msgstat::FutexWord;

std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(Maps, AreReadLineByLine) {
  const auto regions = parse_maps(
      "55d0c0000000-55d0c0001000 r--p 00002000 fe:01 1234      /usr/bin/a program (deleted)\n"
      "55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0                          [heap]\n"
      "7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n");
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_EQ(regions[0].start, 0x55d0c0000000U);
  EXPECT_EQ(regions[0].file_offset, 0x2000U);
  EXPECT_EQ(regions[0].path, "/usr/bin/a program (deleted)");
  EXPECT_EQ(regions[1].path, "[heap]");
  EXPECT_TRUE(regions[1].writable);
  EXPECT_EQ(regions[2].path, "");
  EXPECT_FALSE(regions[2].readable);
}

TEST(Maps, LeaveOutWhatIsNoMapping) {
  EXPECT_TRUE(parse_maps("").empty());
  EXPECT_TRUE(
      parse_maps("\n\n-\nzz-yy r--p\n2-1 r--p 0 0 0\n10000000000000000-2 r--p 0 0 0").empty());
}

TEST(Elf, HasTheSymbolsThatNmPrints) {
  const std::string self = "/proc/self/exe";
  const auto file = parse_elf(read_file(self));
  ASSERT_TRUE(file);
  const std::string nm = support::run({"nm", std::filesystem::read_symlink(self).string()}).out;
  const std::size_t at = nm.find(" known_variable");
  ASSERT_NE(at, std::string::npos);
  const std::size_t line = nm.rfind('\n', at) + 1;
  const std::uint64_t address = std::stoull(nm.substr(line, 16), nullptr, 16);
  const ElfSymbol* symbol = find_symbol(file->symbols, address + 3);
  ASSERT_NE(symbol, nullptr);
  EXPECT_EQ(symbol->name, "known_variable");
  EXPECT_EQ(symbol->address, address);
  EXPECT_EQ(symbol->bytes, sizeof known_variable);
  EXPECT_FALSE(file->build_id.empty());
}

// RFC 2603 of Rust, and its older mangling.
TEST(Demangle, KnowsCppAndBothOfRust) {
  EXPECT_EQ(demangled("_ZNSt6vectorIiSaIiEE9push_backEOi"),
            "std::vector<int, std::allocator<int> >::push_back(int&&)");
  EXPECT_EQ(demangled("_RNvC6_123foo3bar"), "123foo::bar");
  EXPECT_EQ(demangled("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE"),
            "core::fmt::Write::write_fmt");
  EXPECT_EQ(demangled("pthread_mutex_lock"), "pthread_mutex_lock");
  EXPECT_EQ(demangled("_Z"), "_Z");
  EXPECT_EQ(demangled("f"), "f") << "which is float, where a type is expected";
}

// A number as references have it: C++ in base 36, Rust in base 62.
std::string number(std::size_t value, std::string_view digits) {
  const std::string last(1, digits[value % digits.size()]);
  return value < digits.size() ? last : number(value / digits.size(), digits) + last;
}

// Each argument is a pair of two of the last one: a name that doubles with each.
TEST(Demangle, OfANameThatIsTooLongIsTheName) {
  const auto cpp = [](std::size_t pairs) {
    std::string name = "_Z1fSt4pairI1aS0_E";
    for (std::size_t i = 1; i <= pairs; ++i) {
      const std::string last = "S" + number(i, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") + "_";
      name.append("S_I").append(last).append(last).append("E");
    }
    return name;
  };
  const auto rust = [](std::size_t pairs) {
    std::string name = "_RINvC1a1fTllE";
    std::size_t last = name.size() - 2 - 4;
    for (std::size_t i = 0; i < pairs; ++i) {
      const std::string back =
          "B" + number(last - 1, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") +
          "_";
      last = name.size() - 2;
      name.append("T").append(back).append(back).append("E");
    }
    return name + "E";
  };
  EXPECT_EQ(demangled(cpp(1)), "f(std::pair<a, a>, std::pair<std::pair<a, a>, std::pair<a, a> >)");
  EXPECT_EQ(demangled(rust(1)), "a::f::<(i32, i32), ((i32, i32), (i32, i32))>");
  EXPECT_GT(demangled(cpp(10)).size(), 20'000U);
  EXPECT_GT(demangled(rust(10)).size(), 20'000U);
  for (const std::string& name : {cpp(30), cpp(99), rust(30), rust(99)})
    EXPECT_EQ(demangled(name), name);
}

TEST(Elf, OfAnyBytesGivesAnAnswer) {
  const std::vector<std::byte> whole = read_file("/usr/bin/true");
  ASSERT_TRUE(parse_elf(whole));
  EXPECT_FALSE(parse_elf({}));
  for (std::size_t size = 0; size < whole.size(); size += 997)
    static_cast<void>(parse_elf(std::span(whole).first(size)));
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> spoilt = whole;
    for (int i = 0; i < 16; ++i) {
      // Half of it in the headers, which lead everywhere else.
      const std::size_t range = i % 2 == 0 ? 1024 : spoilt.size();
      spoilt[random() % range] = static_cast<std::byte>(random());
    }
    if (const auto file = parse_elf(spoilt)) find_symbol(file->symbols, random());
  }
}

// A header, sections of which all but the first are one table of symbols, the table, and the one
// name that all symbols have.
std::vector<std::byte> elf_of_one_name(std::size_t tables, std::size_t symbols,
                                       std::size_t length) {
  const std::string name = '\0' + std::string(length, 'n') + '\0';
  const std::size_t table_at = sizeof(Elf64_Ehdr) + (tables + 1) * sizeof(Elf64_Shdr);
  const std::size_t names_at = table_at + symbols * sizeof(Elf64_Sym);
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_shoff = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(tables + 1);
  std::vector<Elf64_Shdr> sections(tables + 1);
  sections[0] = {.sh_type = SHT_STRTAB, .sh_offset = names_at, .sh_size = name.size()};
  for (std::size_t i = 1; i <= tables; ++i)
    sections[i] = {.sh_type = SHT_SYMTAB,
                   .sh_offset = table_at,
                   .sh_size = symbols * sizeof(Elf64_Sym),
                   .sh_link = 0};
  const std::vector<Elf64_Sym> table(symbols, {.st_name = 1,
                                               .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                               .st_shndx = 1,
                                               .st_value = 4096});
  std::vector<std::byte> bytes;
  const auto append = [&bytes](std::span<const std::byte> part) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  };
  append(std::as_bytes(std::span(&header, 1)));
  append(std::as_bytes(std::span(sections)));
  append(std::as_bytes(std::span(table)));
  append(std::as_bytes(std::span(name)));
  return bytes;
}

// One name of a hostile file is no memory for each of its symbols, nor is a table named twice two.
TEST(Elf, IsKeptInProportionToTheFile) {
  const auto few = parse_elf(elf_of_one_name(100, 7, 20));
  ASSERT_TRUE(few);
  EXPECT_EQ(few->symbols.size(), 7U);
  EXPECT_EQ(few->symbols[6].name, std::string(20, 'n'));
  const auto bytes = elf_of_one_name(1, 1000, 24'000);
  const auto many = parse_elf(bytes);
  ASSERT_TRUE(many);
  std::size_t kept = 0;
  for (const ElfSymbol& symbol : many->symbols) kept += symbol.name.size();
  EXPECT_GT(kept, 0U);
  EXPECT_LE(kept, 16 * bytes.size());
}

TEST(AddressSpace, DoesNotReadAFileLongerThanMemory) {
  const support::TemporaryDirectory directory;
  const support::Descriptor file(
      ::open((directory / "hole").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::ftruncate(file.get(), off_t{1} << 40), 0);
  void* mapped = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file.get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  const auto place = AddressSpace(::getpid()).place(reinterpret_cast<std::uint64_t>(mapped), 0);
  ::munmap(mapped, 4096);
  EXPECT_EQ(place.kind, "module");
  EXPECT_EQ(place.symbol, "");
}

TEST(AddressSpace, TellsSymbolsHeapStackAndTheRest) {
  AddressSpace space(::getpid());
  const auto place = [&space](const void* address) {
    return space.place(reinterpret_cast<std::uint64_t>(address), 0);
  };
  EXPECT_EQ(place(&known_variable).symbol, "known_variable");
  const msgstat::Place zeros = place(&known_zeros[500]);  // .bss: in no file
  EXPECT_EQ(zeros.symbol, "known_zeros");
  EXPECT_EQ(zeros.offset, 500 * sizeof(int));
  EXPECT_EQ(zeros.symbol_bytes, sizeof known_zeros);
  int on_stack = 0;
  EXPECT_EQ(place(&on_stack).kind, "stack");
  EXPECT_EQ(place(nullptr).kind, "unknown");
  EXPECT_EQ(AddressSpace(0).place(4096, 0).kind, "unknown");
}

TEST(LockClass, OfASymbolOrOfHowItIsWaitedOn) {
  FutexWord word;
  EXPECT_EQ(lock_class(word, {}), "unknown");
  word.place = {.kind = "symbol", .symbol = "_PyRuntime", .symbol_bytes = 200000, .offset = 424};
  EXPECT_EQ(lock_class(word, {}), "CPython GIL");
  word.place = {.kind = "heap"};
  word.calls = {{"WAIT", 10}};
  word.woken = 10;
  EXPECT_EQ(lock_class(word, {.waits_for_two = 10}), "glibc mutex");
  EXPECT_EQ(lock_class(word, {.waits_for_two = 4}), "unknown");
  EXPECT_EQ(lock_class(word, {.waits_for_thread = true}), "thread join");
}

}  // namespace
