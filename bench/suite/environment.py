"""What results depend on: the stamp of a run."""

import datetime
import os
import platform
import re
import shutil
import subprocess
import sys
from typing import Any

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SYSCTLS = [
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_max_tw_buckets",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv4.tcp_wmem",
]
VERSIONS = {
    "redis": (["redis-server", "--version"], r"v=([\d.]+)"),
    "redis-benchmark": (["redis-benchmark", "--version"], r"redis-benchmark ([\d.]+)"),
    "twemproxy": (["nutcracker", "--version"], r"nutcracker-([\d.]+)"),
    "haproxy": (["haproxy", "-v"], r"version ([\d.]+)"),
    "go": (["go", "version"], r"go([\d.]+)"),
    "perf": (["perf", "--version"], r"version ([\d.]+)"),
    "python": ([sys.executable, "--version"], r"([\d.]+)"),
}


def words(command: list[str]) -> str:
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return found.stdout + found.stderr
    except OSError:
        return ""


def first(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1).strip() if match else ""


def file_text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def build(folder: str | os.PathLike[str]) -> dict[str, str]:
    """How the programs were built, as CMake noted it."""
    cache = file_text(f"{folder}/CMakeCache.txt")

    def noted(name: str) -> str:
        return first(rf"^{name}:\w+=(.*)$", cache)

    build_type = noted("CMAKE_BUILD_TYPE")
    compiler = noted("CMAKE_CXX_COMPILER")
    flags = f"{noted('CMAKE_CXX_FLAGS')} {noted(f'CMAKE_CXX_FLAGS_{build_type.upper()}')}"
    return {
        "build_type": build_type,
        "sanitizers": noted("STAGECOACH_SANITIZE"),
        "compiler": words([compiler, "--version"]).partition("\n")[0] if compiler else "",
        "flags": f"-std=c++{noted('CMAKE_CXX_STANDARD') or 20} {flags.strip()}",
    }


def unfit_build(folder: str | os.PathLike[str]) -> str:
    """Why programs built so say nothing about speed; empty if they do."""
    found = build(folder)
    if found["sanitizers"]:
        return f"built with sanitizers ({found['sanitizers']})"
    if found["build_type"] != "Release":
        return f"built as {found['build_type'] or 'nothing in particular'}, not as Release"
    return ""


def machine() -> dict[str, Any]:
    cpuinfo = file_text("/proc/cpuinfo")
    sysctls = {}
    for name in SYSCTLS:
        if text := file_text(f"/proc/sys/{name.replace('.', '/')}"):
            sysctls[name] = " ".join(text.split())
    return {
        "cpu": first(r"^model name\s*: (.*)$", cpuinfo) or platform.machine(),
        "cores": os.cpu_count(),
        "governor": file_text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip()
        or None,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        # A distributor's suffix follows the version.
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}",
        "sysctls": sysctls,
    }


def versions() -> dict[str, str]:
    found = {}
    for name, (command, pattern) in VERSIONS.items():
        if shutil.which(command[0]):
            found[name] = first(pattern, words(command))
    boost = first(r'^#define BOOST_LIB_VERSION "(.*)"', file_text("/usr/include/boost/version.hpp"))
    return found | {"boost": boost.replace("_", ".")}


def commit(root: str) -> dict[str, str | bool]:
    """The commit of this checkout, and whether it has changes. A tarball has none, and neither has a
    checkout that git does not trust; a repository around either is not ours."""

    def git(*arguments: str) -> str:
        try:
            command = ["git", "-C", root, *arguments]
            found = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            return ""
        return found.stdout.strip() if found.returncode == 0 else ""

    if not git("ls-files", "run"):
        return {"commit": "unknown", "dirty": False}
    # Files that the measuring itself writes are no change to what is measured.
    dirty = bool(git("status", "--porcelain", "--untracked-files=no"))
    return {"commit": git("rev-parse", "--short", "HEAD") or "unknown", "dirty": dirty}


def stamp(folder: str | os.PathLike[str]) -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        **commit(ROOT),
        **build(folder),
        **machine(),
        "versions": versions(),
        "load_average_before": os.getloadavg()[0],
    }
