"""Tells whether one Thrift IDL says the same as another about all that it defines.

Both are given as the JSON that Apache's compiler writes of them. What is written for people or for other languages does
not count: comments, annotations, and the order of definitions. Prints a line per service and type, and exits with 1 when one differs.
"""

import json
import sys

KINDS = ["enums", "typedefs", "structs", "services"]
NOT_ON_THE_WIRE = {"doc", "annotations"}


def main():
    ours, theirs = (load(path) for path in sys.argv[1:3])
    differs = False
    for name, definition in ours.items():
        if name not in theirs:
            print(f"FAILED {name}: only one of the two has it")
        elif definition != theirs[name]:
            print(f"FAILED {name}: {definition} is {theirs[name]} in the other")
        else:
            print(f"ok {name}")
            continue
        differs = True
    sys.exit(differs)


def load(path):
    """All definitions of a file by name."""
    with open(path, encoding="utf-8") as file:
        document = bare(json.load(file))
    return {definition["name"]: definition for kind in KINDS for definition in document[kind]}


def bare(value):
    """The value without what is not on the wire."""
    if isinstance(value, dict):
        return {key: bare(inner) for key, inner in value.items() if key not in NOT_ON_THE_WIRE}
    if isinstance(value, list):
        return [bare(inner) for inner in value]
    return value


if __name__ == "__main__":
    main()
