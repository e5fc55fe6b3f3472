"""Two threads, bound to CPU 0 and 1, that release each other's lock in turn."""
import os
import threading

turns = [threading.Lock(), threading.Lock()]


def play(player):
    os.sched_setaffinity(0, {player})
    while True:
        turns[player].acquire()
        turns[1 - player].release()


turns[1].acquire()
threading.Thread(target=play, args=(1,), daemon=True).start()
play(0)
