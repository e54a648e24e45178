#!/usr/bin/env python3
"""Checks the dependencies against deny.toml, offline: licences, duplicates, sources.

The rules and their meaning are cargo-deny's. That tool takes minutes to build, so where it is not
installed this reads the same file and checks what can be checked without a network; known
vulnerabilities cannot (`cargo deny check advisories` does).
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = "registry+"


def metadata() -> dict:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def permitted(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be met with the allowed licences."""
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    return disjunction(words, allowed) and not words


def disjunction(words: list[str], allowed: set[str]) -> bool:
    met = conjunction(words, allowed)
    while words and words[0] == "OR":
        words.pop(0)
        met |= conjunction(words, allowed)
    return met


def conjunction(words: list[str], allowed: set[str]) -> bool:
    met = licence(words, allowed)
    while words and words[0] == "AND":
        words.pop(0)
        met &= licence(words, allowed)
    return met


def licence(words: list[str], allowed: set[str]) -> bool:
    name = words.pop(0)
    if name == "(":
        met = disjunction(words, allowed)
        words.pop(0)
        return met
    if words and words[0] == "WITH":
        name = f"{name} WITH {words.pop(1)}"
        words.pop(0)
    return name in allowed


def same(version: str, prefix: str) -> bool:
    return version == prefix or version.startswith(prefix + ".")


def check(packages: list[dict], rules: dict) -> list[str]:
    problems = []
    allowed = set(rules["licenses"]["allow"])
    registries = set(rules["sources"]["allow-registry"])
    versions = defaultdict(set)
    for package in packages:
        title = f"{package['name']} {package['version']}"
        expression = package["license"] or ""
        if not expression or not permitted(expression, allowed):
            problems.append(f"{title}: the licence `{expression}` is not allowed")
        source = package["source"]
        if source is None:
            continue
        if not source.startswith(REGISTRY) or source.removeprefix(REGISTRY) not in registries:
            problems.append(f"{title}: comes from {source}")
        versions[package["name"]].add(package["version"])
    used = set()
    for name, found in sorted(versions.items()):
        left = set(found)
        for skip in rules["bans"].get("skip", []):
            crate, _, prefix = skip["crate"].partition("@")
            hit = {version for version in left if crate == name and same(version, prefix)}
            if hit and len(found) > 1:
                used.add(skip["crate"])
                left -= hit
        if len(left) > 1:
            problems.append(f"{name}: several versions, {', '.join(sorted(left))}")
    for skip in rules["bans"].get("skip", []):
        if skip["crate"] not in used:
            problems.append(f"deny.toml skips {skip['crate']}, which is no duplicate any more")
    return problems


def main() -> int:
    packages = metadata()["packages"]
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    problems = check(packages, rules)
    for problem in problems:
        print(problem)
    print(f"{len(packages)} packages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
