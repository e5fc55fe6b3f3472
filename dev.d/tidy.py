"""tidy.py BUILD...: clang-tidy on each of our files, as the first BUILD that has it compiles it.

A file that passed is looked at again only when what the compiler sees of it, comments (NOLINT)
included, or .clang-tidy has changed. That is remembered for every checkout of this user.
Warnings of the compiler are the build's to refuse, not clang-tidy's.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

builds = [pathlib.Path(build).resolve() for build in sys.argv[1:]]
source = pathlib.Path(__file__).resolve().parent.parent
# C++20 coroutines of libstdc++ are beyond clang 14.
beyond = {source / "servers/cpp/cpp_coro.cpp"}
cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
passed = cache / "msgstat" / "tidy"
passed.mkdir(parents=True, exist_ok=True)
settings = (source / ".clang-tidy").read_bytes()


def preprocessed(entry):
    words = shlex.split(entry["command"])
    del words[words.index("-o") : words.index("-o") + 2]
    words.remove("-c")
    return subprocess.run(
        [*words, "-E", "-C", "-P"], cwd=entry["directory"], capture_output=True, check=True
    ).stdout


def complaints(entry):
    """What clang-tidy prints of a file with a mistake; empty for one without."""
    key = passed / hashlib.sha256(settings + preprocessed(entry)).hexdigest()
    if key.exists():
        return ""
    result = subprocess.run(
        ["clang-tidy-14", "--quiet", "--extra-arg=-Wno-error", "-p", entry["build"], entry["file"]],
        capture_output=True,
        text=True,
    )
    if result.returncode == 0:
        key.touch()
        return ""
    return result.stdout or result.stderr


def is_ours(entry):
    path = pathlib.Path(entry["file"])
    return source in path.parents and source / "build" not in path.parents and path not in beyond


of_files = {}
for build in builds:
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if is_ours(entry):
            of_files.setdefault(entry["file"], entry | {"build": build})
entries = of_files.values()
failed = 0
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for text in pool.map(complaints, entries):
        if text:
            failed += 1
            print(text, flush=True)
print(f"clang-tidy: {len(entries)} files, {failed} with mistakes")
sys.exit(failed > 0)
