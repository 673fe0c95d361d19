"""All stages in order, from the icons to the evaluation.

usage: python -m recipe --out OUT [--preset cpu|gpu] [--from-checkpoint DIR]

A stage that has ended leaves OUT/done/STAGE and is not run again; one that was stopped goes on where it was. Each
stage is a process of its own, so its memory is free again for the next.
"""

import argparse
import fcntl
import signal
import subprocess
import sys
from pathlib import Path

STAGES = {
    "data": ["make_data"],
    "autoencoder": ["train_autoencoder"],
    "encoder": ["train_encoder"],
    "tokenizer": ["train_tokenizer"],
    "latents": ["encode_latents"],
    "decoder": ["train_decoder"],
    "unet": ["train_unet"],
    "vision": ["train_vision"],
    "export": ["export"],
    "classifier": ["train_classifier"],
    "evaluate": ["evaluate"],
}


def main():
    parser = argparse.ArgumentParser(
        prog="recipe", description=__doc__.split("\n\n")[0], epilog="Other options go to every stage."
    )
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument(
        "--from-checkpoint", type=Path, help="go on from an exported checkpoint instead of from nothing"
    )
    parser.add_argument("--until", choices=STAGES, default="evaluate", help="last stage to run")
    arguments, others = parser.parse_known_args()
    done = arguments.out / "done"
    done.mkdir(parents=True, exist_ok=True)
    lock = only_run_in(arguments.out)
    if arguments.from_checkpoint and not (arguments.out / "unet.pt").exists():
        run(["warm_start", str(arguments.from_checkpoint)], arguments.out, [], lock)
    for stage, command in STAGES.items():
        if not (done / stage).exists():
            print(f"== {stage}", flush=True)
            run(command, arguments.out, others, lock)
            (done / stage).touch()
        if stage == arguments.until:
            return


def only_run_in(out: Path):
    """A lock on the folder. The stages inherit it, so that it holds while one of them lives on after a kill of this
    program."""
    lock = open(out / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"{out} must be used by one run but another one is still at work in it") from None
    return lock


def run(command: list[str], out: Path, others: list[str], lock):
    """Runs one stage, passing SIGTERM on; its failure ends this program with the same status."""
    module, *own = command
    stage = subprocess.Popen(
        [sys.executable, "-m", f"recipe.{module}", *own, "--out", str(out), *others], pass_fds=(lock.fileno(),)
    )
    signal.signal(signal.SIGTERM, lambda number, frame: stage.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the stage too
    status = stage.wait()
    if status:
        raise SystemExit(128 - status if status < 0 else status)


if __name__ == "__main__":
    main()
