"""The customers' task API: Scale's public contract, spoken under /v1.

`SCALE_ROUTER` holds the routes. `slashes_kept` goes around the whole application, so that
names with slashes of their own reach their route; `errors.beside` words what no route took.
"""

from litestar import Router
from litestar.di import Provide

from evenhand.app.scale import batches, bulk, callers, errors, files, gold, projects, tasks
from evenhand.app.scale.paths import slashes_kept

SCALE_ROUTER = Router(
    path=errors.PREFIX,
    route_handlers=[
        tasks.create,
        bulk.create_many,
        tasks.look,
        tasks.receipts,
        tasks.find,
        tasks.cancel,
        tasks.set_unique_id,
        tasks.clear_unique_id,
        tasks.set_metadata,
        tasks.set_tags,
        tasks.add_tags,
        tasks.remove_tags,
        tasks.send_callback,
        tasks.retry,
        gold.create,
        gold.copy,
        gold.find,
        gold.look,
        gold.retire,
        projects.create,
        projects.find,
        projects.look,
        projects.set_params,
        projects.set_policy,
        batches.create,
        batches.find,
        batches.look,
        batches.status,
        batches.finalize,
        batches.set_metadata,
        batches.prioritize,
        files.upload,
        files.import_file,
        files.find,
    ],
    dependencies={"caller": Provide(callers.caller)},
    # Who is calling is asked before anything of a body is read.
    guards=[callers.tenant_only],
    exception_handlers=errors.HANDLERS,
    tags=["tasks"],
)

__all__ = ["SCALE_ROUTER", "errors", "slashes_kept"]
