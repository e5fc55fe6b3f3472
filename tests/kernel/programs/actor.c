#include "tests/kernel/programs/actor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char* what) {
  fprintf(stderr, "actor: %s failed\n", what);
  exit(1);
}

void make_calls(const struct command* command, int from) {
  for (int i = from; i + 1 < command->words; i += 2)
    for (long n = 0; n < command->word[i + 1]; ++n) raw6(command->word[i], -1, -1, -1, -1, -1, -1);
}

// calls NUMBER COUNT …: on the main thread.
static void act_calls(const struct command* command) { make_calls(command, 0); }

static const struct entry own_actions[] = {{"calls", act_calls}, {NULL, NULL}};

static const struct entry* const tables[] = {own_actions, thread_actions, family_actions,
                                             odd_actions, load_actions,   unit_actions};

static action find(const char* name) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i)
    for (const struct entry* entry = tables[i]; entry->name != NULL; ++entry)
      if (strcmp(entry->name, name) == 0) return entry->act;
  die(name);
  return NULL;
}

static void obey(char* line) {
  struct command command = {.name = strtok(line, " \n")};
  for (char* word = strtok(NULL, " \n"); word != NULL && command.words < kMaxWords;
       word = strtok(NULL, " \n")) {
    if (command.words == 0) command.text = word;
    command.word[command.words++] = strtol(word, NULL, 0);
  }
  if (command.name != NULL) find(command.name)(&command);
}

int main(void) {
  static char line[4096];
  static const char answer[] = "done\n";
  for (;;) {
    const long size = raw3(SYS_read, 0, (long)line, sizeof line - 1);
    if (size <= 0) break;
    line[size] = 0;
    obey(line);
    raw3(SYS_write, 1, (long)answer, sizeof answer - 1);
  }
  raw3(SYS_exit_group, 0, 0, 0);
}
