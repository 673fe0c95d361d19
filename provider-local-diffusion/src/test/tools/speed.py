#!/usr/bin/env python3
"""Speed of the local engine beside another build of it, or beside any other program: A B A B, medians and ratios.

  speed.py CHECKPOINT --classpath A.txt [--vs B.txt | --peer 'COMMAND'] [--rounds 3] [--evaluations 3] [--size 512]

A.txt and B.txt hold class paths with provider-local-diffusion's classes and test classes, as
  mvn -q -pl provider-local-diffusion -am test-compile dependency:build-classpath -Dmdep.outputFile=A.txt
writes them, with provider-local-diffusion/target/classes and target/test-classes before it.
A peer is a program that prints lines like those of EngineBenchmark: a name, two blanks or more, seconds, "s", and
perhaps "processors", seconds, "s". Of a name that comes twice the last counts.

"clock" is the median of the seconds on the clock, "processors" that of what all processors worked: on a machine that is
used by others too, the second is the one to compare. Peak is the largest resident set of the process.
"""
import argparse
import os
import platform
import re
import resource
import shlex
import statistics
import subprocess
import sys

LINE = re.compile(r"^(\S.*?) {2,}([\d.]+) s(?:.*?processors ([\d.]+) s)?")


def run(command):
    """What one run says: {name: (clock, processors or None)}, with the whole process as "all"."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    figures = {}
    for line in process.stdout:
        match = LINE.match(line)
        if match:
            figures[match[1]] = (float(match[2]), float(match[3]) if match[3] else None)
        peak = re.match(r"VmHWM:\s+(\d+)", line)
        if peak:
            figures["peak, MB"] = (int(peak[1]) / 1024, None)
    if process.wait() != 0:
        sys.exit(f"must end well but ended with {process.returncode}: {shlex.join(command)}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures["all"] = (worked, worked)
    return figures


def median(runs, name, place):
    values = [one[name][place] for one in runs if name in one and one[name][place] is not None]
    return statistics.median(values) if values else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--classpath", required=True)
    parser.add_argument("--vs")
    parser.add_argument("--peer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--evaluations", type=int, default=3)
    parser.add_argument("--size", type=int, default=512)
    options = parser.parse_args()

    def ours(path):
        with open(path) as file:
            classpath = file.read().strip()
        program = "dev.triptych.diffusion.family.EngineBenchmark"
        numbers = [str(options.size), str(options.size), str(options.evaluations)]
        return ["java", "-cp", classpath, program, options.checkpoint, *numbers]

    commands = {"A": ours(options.classpath)}
    if options.vs:
        commands["B"] = ours(options.vs)
    elif options.peer:
        commands["B"] = shlex.split(options.peer)
    runs = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, command in commands.items():
            runs[name].append(run(command))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{options.rounds} rounds, {options.size} x {options.size}, {shlex.join(sys.argv)}")
    print(f"{'':28}" + "".join(f"{side + ' clock':>12}{side + ' proc.':>12}" for side in commands) + f"{'A/B proc.':>12}")
    for figure in dict.fromkeys(name for side in runs.values() for one in side for name in one):
        values = [median(side, figure, place) for side in runs.values() for place in (0, 1)]
        row = "".join(f"{value:12.3f}" if value is not None else f"{'':>12}" for value in values)
        both = len(values) == 4 and values[1] and values[3]
        print(f"{figure:28}{row}" + (f"{values[1] / values[3]:12.2f}" if both else ""))


if __name__ == "__main__":
    main()
