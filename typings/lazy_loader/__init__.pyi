from collections.abc import Callable
from types import ModuleType
from typing import Any

def attach_stub(
    package_name: str, filename: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]: ...
def load(fullname: str) -> ModuleType: ...
