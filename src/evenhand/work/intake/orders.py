"""From what a customer sends to the task that is opened: common params, inheritance, proof.

Pure functions: they look at a request and at the params of its project, and at nothing else.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeGuard

import msgspec

from evenhand.foundation.errors import Invalid
from evenhand.task_types import (
    REGISTRY,
    InvalidParams,
    prove_hypothesis,
    refuse_unhonoured,
    task_type,
)
from evenhand.task_types.outside import is_plain_text, params_of, prove_json
from evenhand.work.projects.placement import Placement, Wanted
from evenhand.work.tasks.tasks import DIGEST_BYTES, TAGS_MAX, NewTask, Purpose

METADATA_BYTES_MAX = 10 * 1024  # the contract's 10 KB
UNIQUE_ID_LENGTH_MAX = 1_000
UNIQUE_ID_BYTES_MAX = 2_400  # what one entry of an index can hold, with the tenant beside it
TAG_LENGTH_MAX = 200
INSTRUCTION_LENGTH_MAX = 500_000  # characters; the longest guideline seen has a tenth of that
URL_LENGTH_MAX = 8_000
PRIORITIES = range(10, 31)
SHORT_NAME_LENGTH_MAX = 500  # characters; even of four bytes each they fit a unique_id

_URL = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_NAME = itemgetter(0)
_MENDS = {
    "project": "Send the name of a project.",
    "batch": "Send the name of a batch.",
    "instruction": "Send the instruction as text.",
    "callback_url": "Send an http(s) URL or an e-mail address.",
    "metadata": 'Send an object such as {"source": "camera 7"}.',
    "priority": "Send 10, 20 or 30.",
    "unique_id": "Send a string of your own.",
    "clear_unique_id_on_error": "Send true or false.",
    "tags": 'Send a list of strings such as ["night", "rain"].',
    "project_version": "Send a version of the project's params, or -1 to inherit nothing.",
}


class TypeMismatch(Invalid):
    """The project is for tasks of another type."""


class Common(msgspec.Struct, frozen=True, kw_only=True):
    """What a task of any type may say of itself."""

    project: str | None = None
    batch: str | None = None
    instruction: str | None = None
    callback_url: str | None = None
    metadata: dict[str, Any] | None = None
    priority: int | None = None
    unique_id: str | None = None
    clear_unique_id_on_error: bool | None = None
    tags: list[str] | None = None
    project_version: int | None = None


# In their order, so that of two faults the same one is always told.
COMMON_NAMES = Common.__struct_fields__
COMMON_TYPES: Mapping[str, Any] = {
    field.name: field.type for field in msgspec.structs.fields(Common)
}
_NAMES = frozenset({"project", "batch", "unique_id"})
# What names one task or its place cannot be handed down to all tasks of a project.
NOT_INHERITED = frozenset({"project", "batch", "unique_id", "project_version"})


# A struct and not a dataclass, as a bulk call makes hundreds of thousands in a few seconds.
class Order(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task as a customer asks for it, before its project has had its say."""

    type: str
    is_test: bool
    wanted: Wanted
    common: Common
    params: Mapping[str, object]
    purpose: Purpose = "live"


def order_of(
    type_name: str, body: Mapping[str, object], *, is_test: bool, purpose: Purpose = "live"
) -> Order:
    """Read what was sent for a new task; proof that the params suffice comes with `composed`."""
    name = task_type(type_name).name
    common, params = divided(body)
    return Order(
        type=name,
        is_test=is_test,
        wanted=Wanted(
            is_test=is_test,
            project=common.project,
            batch=common.batch,
            version=common.project_version,
        ),
        common=common,
        params=params,
        purpose=purpose,
    )


def digest_of(order: Order) -> bytes:
    """Make of a request what only the same request comes to, in whichever order its params came."""
    wanted, common = order.wanted, order.common
    said = (
        order.type,
        wanted.project,
        wanted.batch,
        wanted.version,
        common.instruction,
        common.callback_url,
        common.metadata,
        common.priority,
        common.clear_unique_id_on_error,
        common.tags,
        sorted(order.params.items(), key=_NAME),
    )
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=DIGEST_BYTES).digest()


def divided(body: Mapping[str, object]) -> tuple[Common, dict[str, object]]:
    """Divide what was sent into what all types share, proven, and the params of the type."""
    params = dict(body)
    shared: dict[str, object] = {}
    for name in COMMON_NAMES:
        value = params.pop(name, None)
        if value is not None and value != "":
            shared[name] = value
    if None in params.values():
        params = {name: value for name, value in params.items() if value is not None}
    if not shared:
        return Common(), params
    if _are_short_names(shared):
        return Common(**shared), params
    prove_json(shared, InvalidParams)
    common = params_of(shared, Common, _MENDS)
    _check(common)
    return common, params


def _are_short_names(shared: dict[str, object]) -> TypeGuard[dict[str, Any]]:
    # What bulk calls are full of; whatever else there is or amiss is left to the full proof.
    for name, value in shared.items():
        fits = name in _NAMES and is_plain_text(value) and len(value) <= SHORT_NAME_LENGTH_MAX
        if not fits:
            return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """What a project hands down to its tasks."""

    common: Common
    params: Mapping[str, object]


def inherited(type_name: str, placement: Placement) -> Inheritance:
    """What a task of this type gets from its project; a project of another type is refused."""
    if placement.type is not None and placement.type != type_name:
        raise TypeMismatch(
            f'Project "{placement.project}" is for tasks of type {placement.type}, and this is '
            f"of type {type_name}. Send it to /v1/task/{placement.type}, or name another project."
        )
    common, params = divided(placement.params)
    return Inheritance(common=common, params=params)


def composed(order: Order, inheritance: Inheritance) -> NewTask:
    """Complete an order with what its project hands down, and prove the whole."""
    own, handed_down = order.common, inheritance.common
    kind = task_type(order.type)
    params = kind.parse_params(_over(inheritance.params, order.params))
    known = kind.params.__struct_fields__
    if len(params) > len(known) or not params.keys() <= frozenset(known):
        refuse_unhonoured(params, (*known, *COMMON_NAMES), order.type)
    prove_hypothesis(kind, params)
    return NewTask(
        type=order.type,
        is_test=order.is_test,
        params=params,
        # The one param that is not replaced: the project's text follows the task's own.
        instruction=_one_after_the_other(own.instruction, handed_down.instruction),
        metadata=_first(own.metadata, handed_down.metadata) or {},
        unique_id=own.unique_id,
        clear_unique_id_on_error=bool(
            _first(own.clear_unique_id_on_error, handed_down.clear_unique_id_on_error)
        ),
        tags=_tags(_first(own.tags, handed_down.tags)),
        priority=_first(own.priority, handed_down.priority),
        callback_url=_first(own.callback_url, handed_down.callback_url),
        purpose=order.purpose,
        asked=None if own.unique_id is None else digest_of(order),
    )


def check_project_params(params: Mapping[str, object], type_name: str | None = None) -> None:
    """Refuse params that a project, of this type or of any, cannot hand down to its tasks."""
    prove_json(dict(params), InvalidParams)
    divided(params)
    kinds = REGISTRY.values() if type_name is None else [task_type(type_name)]
    known = {name for kind in kinds for name in kind.params.__struct_fields__}
    refuse_unhonoured(params, (*known, *COMMON_NAMES), type_name or "any type of task")
    personal = sorted(NOT_INHERITED & params.keys())
    if personal:
        raise InvalidParams(
            "cannot be a param of a project", at=personal[0], hint="Send it with each task."
        )


def check_metadata(metadata: object) -> dict[str, Any]:
    """Prove metadata to be a plain object of at most 10 KB."""
    prove_json(metadata, InvalidParams)
    return _sized(params_of({"metadata": metadata}, Common, _MENDS).metadata or {})


def check_tags(tags: object) -> list[str]:
    """Prove tags to be a list of short strings; how many a task may have is for `work` to say."""
    prove_json({"tags": tags}, InvalidParams)
    proven = params_of({"tags": tags}, Common, _MENDS).tags or []
    _check_each_tag(proven)
    return proven


def check_unique_id(unique_id: str, at: str = "unique_id") -> None:
    """Refuse a unique_id that is too long to be looked up."""
    if len(unique_id) > UNIQUE_ID_LENGTH_MAX or len(unique_id.encode()) > UNIQUE_ID_BYTES_MAX:
        raise InvalidParams(
            f"is longer than {UNIQUE_ID_LENGTH_MAX:,} characters or {UNIQUE_ID_BYTES_MAX:,} bytes",
            at=at,
            hint="Send a shorter one, such as a hash.",
        )


def _is_email(text: str) -> bool:
    name, _, domain = text.partition("@")
    is_one_word = not any(sign.isspace() for sign in text) and "@" not in domain
    if "://" in text:
        return False
    return bool(name) and is_one_word and "." in domain[1:-1]


def check_callback(callback: str, at: str = "callback_url") -> None:
    """Refuse what is neither an http(s) URL nor an e-mail address."""
    # First how long it is: what is looked for in it may cost more than that.
    is_short = len(callback) <= URL_LENGTH_MAX
    if not is_short or not (_URL.fullmatch(callback) or _is_email(callback)):
        raise InvalidParams(
            f"is neither an http(s) URL nor an e-mail address of at most {URL_LENGTH_MAX:,} "
            "characters",
            at=at,
            hint="Send for example https://example.com/callback.",
        )
    authority = _AUTHORITY.match(callback)
    if authority is not None and "@" in authority[1]:
        raise InvalidParams(
            "is a URL with a user or a password in it, which would be kept and shown with the task",
            at=at,
            hint="Leave them out: callbacks are signed, and carry your callback key in the header "
            "`scale-callback-auth`.",
        )


def check_priority(priority: int) -> None:
    """Refuse a priority outside the contract's range."""
    if priority not in PRIORITIES:
        raise InvalidParams("is not within 10 to 30", at="priority", hint=_MENDS["priority"])


def _check(common: Common) -> None:
    if common.instruction is not None and len(common.instruction) > INSTRUCTION_LENGTH_MAX:
        raise InvalidParams(
            f"is longer than {INSTRUCTION_LENGTH_MAX:,} characters",
            at="instruction",
            hint="Shorten it, or link to a document.",
        )
    if common.metadata is not None:
        _sized(common.metadata)
    if common.unique_id is not None:
        check_unique_id(common.unique_id)
    if common.callback_url is not None:
        check_callback(common.callback_url)
    if common.priority is not None:
        check_priority(common.priority)
    if common.tags is not None:
        _check_each_tag(common.tags)
    if common.project_version is not None and not -1 <= common.project_version < 2**31:
        raise InvalidParams(
            "is not a version", at="project_version", hint=_MENDS["project_version"]
        )


def _sized(metadata: dict[str, Any]) -> dict[str, Any]:
    size = len(msgspec.json.encode(metadata))
    if size > METADATA_BYTES_MAX:
        raise InvalidParams(
            f"has {size:,} bytes as JSON; {METADATA_BYTES_MAX:,} are the most",
            at="metadata",
            hint="Keep what is large with yourself and send its id.",
        )
    return metadata


def _check_each_tag(tags: list[str]) -> None:
    for position, tag in enumerate(tags):
        if not tag or len(tag) > TAG_LENGTH_MAX:
            raise InvalidParams(
                f"is empty or longer than {TAG_LENGTH_MAX} characters",
                at=f"tags[{position}]",
                hint=_MENDS["tags"],
            )


def _tags(tags: list[str] | None) -> list[str] | None:
    if tags is None:
        return None
    unique = list(dict.fromkeys(tags))
    if len(unique) > TAGS_MAX:
        raise InvalidParams(
            f"has {len(unique)} entries; {TAGS_MAX} are the most", at="tags", hint="Send fewer."
        )
    return unique


def _over(handed_down: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Put a task's own params, in their order, before those that it does not name."""
    kept = {name: value for name, value in handed_down.items() if name not in own}
    return {**own, **kept}


def _one_after_the_other(own: str | None, handed_down: str | None) -> str:
    return f"{own}\n\n{handed_down}" if own and handed_down else own or handed_down or ""


def _first(own: Any, handed_down: Any) -> Any:
    return handed_down if own is None else own
