// The program that kernel tests measure. It reads commands, one a read(2) of its standard input,
// does what each says with as many system calls as its comment tells, and answers "done" in one
// write(2). So a window opened and closed while it waits holds one read, one write, and the
// command's calls.
#pragma once

#include "tests/kernel/programs/raw.h"

enum { kMaxWords = 32 };

// A command line: a name, and numbers in `word`.
struct command {
  const char* name;
  const char* text;  // the first argument as it stands
  long word[kMaxWords];
  int words;
};

typedef void (*action)(const struct command*);

struct entry {
  const char* name;
  action act;
};

// Each ends with an entry of no name.
extern const struct entry thread_actions[];
extern const struct entry family_actions[];
extern const struct entry odd_actions[];
extern const struct entry load_actions[];
extern const struct entry unit_actions[];

// Prints and ends the program: a call that must work did not.
void die(const char* what);

// word[from], word[from + 1], …: pairs of a system call and how often it is made, each time with
// all arguments -1.
void make_calls(const struct command* command, int from);

// So many fresh pages, one fault each; 1 mmap, 1 madvise, 1 munmap.
void touch_pages(long count);
