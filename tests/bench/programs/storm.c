/*
 * A storm of futex calls: storm FILE. Four threads hand one condition variable's turn around; FILE
 * is made to hold how often they have, 64 bits. Until it is killed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kThreads = 4 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turns[kThreads];
static const int kNumbers[kThreads] = {0, 1, 2, 3};
static int turn;
static uint64_t* done;

static void* play(void* argument) {
  const int mine = *(const int*)argument;
  pthread_mutex_lock(&mutex);
  for (;;) {
    while (turn != mine) pthread_cond_wait(&turns[mine], &mutex);
    turn = (turn + 1) % kThreads;
    __atomic_add_fetch(done, 1, __ATOMIC_RELAXED);
    pthread_cond_signal(&turns[turn]);
  }
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof *done) != 0) return 1;
  done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (done == MAP_FAILED) return 1;
  for (int i = 0; i < kThreads; i++) pthread_cond_init(&turns[i], NULL);
  for (int i = 1; i < kThreads; i++) {
    pthread_t thread = 0;
    pthread_create(&thread, NULL, play, (void*)&kNumbers[i]);
  }
  play((void*)&kNumbers[0]);
}
