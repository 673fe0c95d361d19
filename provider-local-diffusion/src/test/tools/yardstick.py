#!/usr/bin/env python3
"""The engine beside other programs on one Stable Diffusion 1.x folder: runs of 2 and of 8 steps in turn, medians, ratios.

  yardstick.py CHECKPOINT [--ours ./triptych] [--python python3] [--ir IR_FOLDER] [--peers torch,openvino,sdcpp]
               [--rounds 3] [--size 512] [--also 'NAME=MORE ARGUMENTS']...

The engine runs as its command line does, the peers as peers.py does (which says what each needs; --ir is what its "convert"
wrote, without it OpenVINO is left out). Euler, guidance 1: one evaluation a step. Of the two lengths:

  evaluation = (denoise of 8 steps - denoise of 2) / 6
  load       = load + denoise of 2 steps - 2 evaluations     so that what is left to the first evaluation counts as load
  decode     = as it was timed, the first time of its process
  20 guided  = load + 40 evaluations + decode

--also measures the engine once more with other arguments, such as --also 'low=--memory low'. Nothing else should run.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile

FEW, MANY = 2, 8


def run(command, folder):
    """The seconds of one process, by the names of its parts, and the largest it was, in GB."""
    with open(folder / "errors", "wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"must paint but did not: {shlex.join(command)}\n{(folder / 'errors').read_text()[-2000:]}{out[-2000:]}")
    seconds = json.loads(out.strip().splitlines()[-1])["durations"]
    return seconds, usage.ru_maxrss / 1e6


def figures(few, many):
    evaluation = (many["denoise"] - few["denoise"]) / (MANY - FEW)
    load = few["load"] + few["denoise"] - FEW * evaluation
    decode = statistics.mean([few["decode"], many["decode"]])
    return {
        "load": load,
        "evaluation": evaluation,
        "decode": decode,
        "20 guided steps": load + 40 * evaluation + decode,
    }


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        flags = next(line for line in lines if line.startswith("flags")).split()
        known = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "amx_int8", "amx_bf16") if flag in flags]
        return f"{name} ({', '.join(known)})"
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--ours", default="./triptych")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--ir")
    parser.add_argument("--peers", default="torch,openvino")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--also", action="append", default=[])
    options = parser.parse_args()

    ours = [*shlex.split(options.ours), "generate", "a red fox in the snow", "--model", options.checkpoint, "--json"]
    ours += ["--size", f"{options.size}x{options.size}", "--guidance", "1", "--scheduler", "euler", "--seed", "1"]
    programs = {"triptych": ours}
    for one in options.also:
        name, more = one.split("=", 1)
        programs[f"triptych, {name}"] = ours + shlex.split(more)
    peers = [options.python, str(pathlib.Path(__file__).with_name("peers.py"))]
    for name in filter(None, options.peers.split(",")):
        if name == "openvino" and not options.ir:
            continue
        folder = [options.ir] if name == "openvino" else []
        programs[name] = [*peers, name, options.checkpoint, *folder, "--size", str(options.size)]

    measured = {name: [] for name in programs}
    peak = dict.fromkeys(programs, 0.0)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for number in range(options.rounds):
            for name, command in programs.items():
                runs = []
                for steps in (FEW, MANY):
                    output = scratch / f"{number}-{len(runs)}-{name.replace(' ', '')}.png"
                    seconds, size = run([*command, "--steps", str(steps), "--output", str(output)], scratch)
                    runs.append(seconds)
                    peak[name] = max(peak[name], size)
                measured[name].append(figures(*runs))
                print(name, measured[name][-1], file=sys.stderr)

    print(f"{processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}")
    print(f"{options.rounds} rounds, {options.size} x {options.size}\n")
    names = list(next(iter(measured.values()))[0])
    print("| | " + " | ".join(names) + " | peak memory |")
    print("|---|" + "---|" * (len(names) + 1))
    middle = {who: {one: statistics.median(each[one] for each in runs) for one in names} for who, runs in measured.items()}
    for who, values in middle.items():
        cells = []
        for one in names:
            ratio = middle["triptych"][one] / values[one]
            cells.append(f"{values[one]:.2f} s" + ("" if who == "triptych" else f" ({ratio:.2f})"))
        print(f"| {who} | " + " | ".join(cells) + f" | {peak[who]:.1f} GB |")


if __name__ == "__main__":
    main()
